/* A run before its first round: parts found, checked, loaded; and after its last: released. */
#include "setup/setup.h"

#include "setup/keep.h"
#include "setup/memory.h"
#include "registry/registry.h"
#include "replay.h"
#include "run/kernel.h"
#include "run/name.h"
#include "run/row.h"
#include "run/schedule.h"
#include "run/weights.h"
#include "setup/vectors.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- open ---- */

/* What the training set keeps is not there for the test set. */
static int open_test(lac_run *r, const lac_instance *before, const lac_room *room)
{
  const lac_config *c = r->config;
  lac_instance *i = &r->instance;
  const lac_problem_type *type = i->problem.type;
  lac_data_size train;
  lac_room left = *room;
  if (type->labels == LAC_SYMBOLS && *c->test_dataset)
    return lac_fail(LAC_EUSER, "--test-dataset: problem %s holds out blocks of its own text (holdout); leave --test-dataset out",
                    type->name);
  if (type->labels == LAC_SYMBOLS)
    return lac_data_open_held_out(&i->test, i->problem.data);
  if (!*c->test_dataset)
    return LAC_OK;
  if (type->labels == LAC_NO_DATA)
    return lac_fail(LAC_EUSER, "--test-dataset: problem %s makes its own data; leave --test-dataset out", type->name);
  if (!type->score)
    return lac_fail(LAC_EUSER, "--test-dataset: problem %s does not say what a row costs at a point (score); leave --test-dataset out",
                    type->name);
  LAC_TRY(lac_data_measure(i->problem.data, 0, 0, &train));
  left.bytes -= train.rows + train.own;
  return lac_data_open_test(&i->test, before ? before->test : NULL, &left, c->test_dataset, *c->data_dir ? c->data_dir : NULL,
                            i->problem.data, type->labels != LAC_REAL_LABELS);
}

static const char *data_of(const lac_config *c, const lac_problem_type *type)
{
  return *c->dataset ? c->dataset : type->data ? type->data : "synthetic";
}

/* What a problem shares with its bases. */
static void seed_problem(lac_problem *p, const lac_seeds *seeds)
{
  for (; p; p = p->base)
    p->seeds = *seeds;
}

/* The innermost one first: those around it ask it for its layers. */
static int open_around(lac_problem *p)
{
  p->affine = p->type->affine;
  p->blas = p->type->blas;
  p->proximal = p->type->prox != NULL;
  if (!p->base)
    return p->type->open(p);
  p->base->n = p->n;
  p->base->data = p->data;
  p->base->room = p->room;
  int status = open_around(p->base);
  p->base->room = NULL;
  LAC_TRY(status);
  return p->type->open(p);
}

static int open_data(lac_run *r, const lac_instance *before, const lac_room *room)
{
  const lac_config *c = r->config;
  lac_problem *p = &r->instance.problem;
  lac_data *last = before ? before->problem.data : NULL;
  const char *data_dir = *c->data_dir ? c->data_dir : NULL;
  if (p->type->labels == LAC_NO_DATA && *c->dataset)
    return lac_fail(LAC_EUSER, "--dataset: problem %s makes its own data; leave --dataset out", p->type->name);
  if (p->type->labels == LAC_NO_DATA)
    return LAC_OK;
  if (p->type->labels != LAC_SYMBOLS)
    return lac_data_open_after(&p->data, last, room, data_of(c, p->type), c->split, data_dir, &r->draws.seeds, p->n);
  lac_windows w;
  const lac_problem *inner = lac_problem_innermost(p);
  inner->type->windows(inner->params, &w);
  return lac_data_open_text(&p->data, last, room, &w, data_of(c, p->type), c->split, data_dir, &r->draws.seeds, p->n);
}

static int open_problem(lac_run *r, int kept, const lac_room *room)
{
  const lac_config *c = r->config;
  const lac_instance *before = lac_keep_same(r);
  lac_problem *p = &r->instance.problem;
  if (kept) {
    seed_problem(p, &r->draws.seeds);      /* of this run are the replays */
    return LAC_OK;
  }
  LAC_TRY(lac_problem_choose(p, "--problem", c->problem));
  seed_problem(p, &r->draws.seeds);
  p->n = (uint32_t)c->clients;
  p->room = room;
  LAC_TRY(open_data(r, before, room));
  LAC_TRY(lac_start_alphabet(p, c->x0));
  int status = open_around(p);
  p->room = NULL;
  if (status == LAC_OK)
    status = open_test(r, before, room);
  LAC_TRY(status);
  return p->d ? lac_keep_name(r) : lac_fail(LAC_EUSER, "--problem: %s has no coordinates", p->spec.text);
}

static int open_compressor(lac_run *r, lac_lane lane, lac_compressor *c, const char *what, const char *text)
{
  const char *why;
  LAC_TRY(lac_compressor_open(c, what, text));
  lac_site s = lac_lane_site(&r->env, lane, r->env.d);
  if ((why = lac_refuse(&s)))
    return lac_fail(LAC_EUSER, "%s: %s: %s", what, c->spec.text, why);
  return LAC_OK;
}

/* The plain codes of --broadcast are compressors: both ends of a vector in full write and read them by the same functions. */
static int open_broadcast(lac_run *r)
{
  static const char *const code[] = { [LAC_BROADCAST_F64] = "identity", [LAC_BROADCAST_F32] = "f32", [LAC_BROADCAST_BF16] = "bf16" };
  return lac_compressor_open(&r->recipe.broadcast, "--broadcast", code[r->config->broadcast]);
}

/* The clients with fewest and with most rows: how many steps an epoch has, and whether a batch fits. */
static int measure_batch(lac_batch *b, const lac_data *data, uint32_t n)
{
  size_t least = SIZE_MAX, most = 0;
  uint32_t fewest = 0;
  b->least = UINT64_MAX;
  b->most = 0;
  for (uint32_t i = 0; i < n; i++) {
    size_t rows = lac_data_shard_rows(data, i);
    uint64_t steps = lac_batch_steps(b, rows);
    fewest = rows < least ? i : fewest;
    least = rows < least ? rows : least;
    most = rows > most ? rows : most;
    b->least = steps < b->least ? steps : b->least;
    b->most = steps > b->most ? steps : b->most;
  }
  int passes = b->order == LAC_BATCH_EPOCH;      /* the last batch of an epoch is short: so may be the only one */
  if (b->rows.percent || b->rows.number <= (double)(passes ? most : least))
    return LAC_OK;
  if (passes)
    return lac_fail(LAC_EUSER, "--batch=%s: no client has more than %zu rows; give at most as many, or --batch=full", b->text, most);
  return lac_fail(LAC_EUSER, "--batch=%s is more than the %zu rows of client %u; give at most as many, a percentage such as 10%%, or "
                  "order=epoch, whose last batch is short", b->text, least, fewest);
}

static int open_batch(lac_run *r)
{
  lac_batch *b = &r->recipe.batch;
  const lac_problem *p = &r->instance.problem;
  LAC_TRY(lac_batch_open(b, r->config->batch));
  if (b->rows.number == 0)
    return LAC_OK;
  if (!p->type->batch_grad || !p->data)
    return lac_fail(LAC_EUSER, "--batch: problem %s has no rows to draw; leave --batch out", p->type->name);
  if ((b->replace || b->order == LAC_BATCH_EPOCH) && r->draws.replay[LAC_SEED_BATCH])
    return lac_fail(LAC_EUSER, "--replay.batch says which rows each step uses; leave it out, or replace and order of --batch");
  return measure_batch(b, p->data, p->n);
}

/* Who takes part, what may be lost, how much each counts. */
static int check_participation(const lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  const char *why = m->participation ? m->participation : "nothing is known of it with fewer";
  int sampled = !lac_sampler_is_full(&r->recipe.sampler), lossy = r->config->dropout > 0;
  const char *option = sampled ? "sample" : "dropout";
  if ((sampled || lossy) && m->partial == LAC_ALL_CLIENTS)
    return lac_fail(LAC_EUSER, "--%s: %s needs every client in every round: %s; leave --%s out", option, m->name, why, option);
  if (lossy && m->partial != LAC_ANY_MESSAGES)
    return lac_fail(LAC_EUSER, "--dropout: %s needs every message to arrive: %s; leave --dropout out", m->name, why);
  if (lac_sampler_repeats(&r->recipe.sampler) && m->partial != LAC_ANY_MESSAGES)
    return lac_fail(LAC_EUSER, "--sample=weighted: %s counts every message once: %s; take uniform or bernoulli", m->name, why);
  if (lac_is_weighted(&r->env) && m->weighing == LAC_WEIGHS_NOTHING)
    return lac_fail(LAC_EUSER, "--weights=size: %s does not say how it weighs its clients; leave --weights out", m->name);
  return LAC_OK;
}

/* What a method can do against what is asked of it. */
static int check_together(const lac_run *r)
{
  const char *name = r->recipe.method->name;
  LAC_TRY(check_participation(r));
  double omega;
  if (!r->recipe.method->compresses_down && (lac_omega_of(&r->env, LAC_DOWN, &omega) || omega > 0))
    return lac_fail(LAC_EUSER, "--down: %s sends its messages to the clients in full; leave --down out", name);
  lac_site second = lac_lane_site(&r->env, LAC_UP2, r->env.d);
  int other = lac_omega(&second, &omega) || omega > 0;
  if (other && r->recipe.method->sends_second && !r->recipe.method->sends_second(&r->env))
    return lac_fail(LAC_EUSER, "--up2: %s sends nothing by it with these options (laconic help %s); leave --up2 out", name, name);
  if (other && !lac_sends_second(r))
    return lac_fail(LAC_EUSER, "--up2: %s sends one vector a message; leave --up2 out", name);
  if (r->instance.problem.type->saddle && !r->recipe.method->saddle)
    return lac_fail(LAC_EUSER, "--algorithm: %s minimises, and problem %s is a saddle point; take extragradient, masha1 or masha2", name,
                    r->instance.problem.type->name);
  if (r->instance.problem.proximal && !r->recipe.method->proximal)
    return lac_fail(LAC_EUSER, "--algorithm: %s has no step that stays in the domain of problem %s; take gd, extragradient, masha1 or "
                    "masha2", name, r->instance.problem.type->name);
  if (r->recipe.batch.rows.number > 0 && r->recipe.method->whole)
    return lac_fail(LAC_EUSER, "--batch: %s takes gradients of all rows: %s; leave --batch out", name, r->recipe.method->whole);
  if (r->config->clip > 0 && r->recipe.method->losses)
    return lac_fail(LAC_EUSER, "--clip: %s takes losses, and no gradient that could be clipped; leave --clip out", name);
  return LAC_OK;
}

static int open_method(lac_run *r)
{
  lac_entry entry;
  const lac_config *c = r->config;
  const char *why;
  LAC_TRY(lac_registry_find(LAC_ALGORITHMS, "--algorithm", c->algorithm, &entry));
  r->recipe.method = entry.type;
  LAC_TRY(lac_spec_parse_both(&r->recipe.spec, "--algorithm", c->algorithm, r->recipe.method->options, r->recipe.method->params_size,
                              lac_schedule_options_of(r->recipe.method->options), sizeof(lac_schedule)));
  LAC_TRY(lac_schedule_check(r));
  r->recipe.spec.object = entry.object;
  const lac_problem *p = &r->instance.problem;
  r->env = (lac_env){ .d = p->d, .n = p->n, .participants = p->n, .draws = p->n, .params = r->recipe.spec.params,
                      .params_before = r->recipe.spec.params,
                      .up = &r->recipe.up, .up2 = &r->recipe.up2,
                      .down = &r->recipe.down, .run = r };
  LAC_TRY(open_compressor(r, LAC_UP, &r->recipe.up, "--up", c->up));
  LAC_TRY(open_compressor(r, LAC_UP2, &r->recipe.up2, "--up2", c->up2));
  LAC_TRY(open_compressor(r, LAC_DOWN, &r->recipe.down, "--down", c->down));
  LAC_TRY(open_broadcast(r));
  LAC_TRY(lac_sampler_open(&r->recipe.sampler, c->sample, r->env.n, p->data));
  LAC_TRY(open_batch(r));
  LAC_TRY(check_together(r));
  LAC_TRY(lac_privacy_open(r));
  if (r->recipe.method->refuse && (why = r->recipe.method->refuse(&r->env)))
    return lac_fail(LAC_EUSER, "--algorithm: %s", why);
  return LAC_OK;
}

/* "--seed.noise=7", "--replay.noise=FILE"; what is not said is as --seed says. */
static int open_seeds(lac_run *r)
{
  const lac_config *c = r->config;
  LAC_TRY(lac_config_seeds(c, &r->draws.seeds));
  for (int axis = 0; axis < LAC_SEED_AXES; axis++) {
    if (c->replay[axis] && *c->replay[axis])
      LAC_TRY(lac_replay_open(&r->draws.replay[axis], (lac_seed_axis)axis, c->replay[axis], c->rounds, (uint32_t)c->clients));
    r->draws.seeds.replay[axis] = r->draws.replay[axis];
  }
  return LAC_OK;
}

static int open_x0(lac_run *r)
{
  lac_instance *i = &r->instance;
  if (!i->x0) {
    i->x0 = lac_alloc(i->problem.d * sizeof *i->x0);
    int status = i->x0 ? lac_x0_make(r) : LAC_ENOMEM;
    if (status != LAC_OK) {
      free(i->x0);
      i->x0 = NULL;
      return status;
    }
  }
  return lac_x0_check(r);
}

/* Better a sentence than the OOM killer: what is to come is compared with the room before it is there. */
static int open_parts(lac_run *r, int kept, const lac_room *room, int only_open)
{
  LAC_TRY(lac_memory_check_clients(r, room));
  LAC_TRY(open_seeds(r));
  LAC_TRY(open_problem(r, kept, room));
  LAC_TRY(lac_weights_open(r));
  LAC_TRY(open_method(r));
  lac_comm_clients(r->comm, r->env.n, lac_comm_rank(r->comm), &r->instance.first, &r->instance.last);
  LAC_TRY(lac_row_choose_columns(r));
  LAC_TRY(lac_row_parse_stop(r));
  lac_vectors_describe(r);
  LAC_TRY(lac_memory_check(r, room, only_open));
  return open_x0(r);
}

/* All ranks see what there is before any of them takes something of it. */
static int open_run(lac_run *r, const lac_config *config, lac_comm *comm, lac_keep *keep, int only_open)
{
  lac_room room;
  *r = (lac_run){ .config = config, .comm = comm, .keep = keep };
  lac_forget_constants(r);
  LAC_TRY(lac_comm_agree(comm, lac_exchange_open(&r->exchange, comm, config->exchange, config->server == LAC_SERVER_OWN,
                                                  config->overlap == LAC_OVERLAP_YES)));
  LAC_TRY(lac_comm_same(comm, "--exchange", lac_exchange_text(r->exchange)));
  int kept = lac_keep_take(r);
  lac_memory_find(comm, &room);
  LAC_TRY(lac_comm_agree(comm, LAC_OK));
  LAC_TRY(lac_comm_agree(comm, open_parts(r, kept, &room, only_open)));
  char *text = lac_run_text(r);
  int status = text ? lac_comm_same(comm, "options", text) : LAC_ENOMEM;
  free(text);
  return status == LAC_OK ? lac_kernel_same(r) : status;
}

int lac_run_open(lac_run *r, const lac_config *config, lac_comm *comm) { return open_run(r, config, comm, NULL, 0); }

int lac_run_open_after(lac_run *r, const lac_config *config, lac_comm *comm, lac_keep *keep)
{
  return open_run(r, config, comm, keep, 0);
}

int lac_run_open_to_name(lac_run *r, const lac_config *config, lac_comm *comm, lac_keep *keep)
{
  return open_run(r, config, comm, keep, 1);
}

/* ---- close ---- */

void lac_run_close(lac_run *r)
{
  if (!lac_keep_give(r))
    lac_instance_close(&r->instance);
  lac_schedule_close(r);
  lac_spec_free(&r->recipe.spec);
  lac_compressor_close(&r->recipe.up);
  lac_compressor_close(&r->recipe.up2);
  lac_compressor_close(&r->recipe.down);
  lac_compressor_close(&r->recipe.broadcast);
  lac_sampler_close(&r->recipe.sampler);
  lac_batch_close(&r->recipe.batch);
  lac_privacy_close(&r->recipe.privacy);
  for (int axis = 0; axis < LAC_SEED_AXES; axis++)
    lac_replay_close(r->draws.replay[axis]);
  lac_tree_close(&r->eval.tree);
  lac_tree_close(&r->eval.root);
  lac_msg_free(&r->post.down);
  lac_msg_free(&r->post.opening);
  lac_msg_free(&r->post.out);
  lac_msg_free(&r->post.mail);
  lac_message_log_close(&r->post.log);
  lac_msg_free(&r->post.row);
  lac_exchange_close(r->exchange);
  if (r->draws.rng)
    gsl_rng_free(r->draws.rng);
  if (r->draws.shared)
    gsl_rng_free(r->draws.shared);
  lac_vectors_free(r);
  void *arrays[] = { r->eval.x, r->eval.leaf, r->eval.moved, r->draws.times, r->draws.lost, r->draws.batch_rows, r->draws.row_set,
                     r->draws.order, r->post.passed, r->post.sizes, r->post.row_sizes, r->key };
  for (size_t i = 0; i < LAC_COUNT(arrays); i++)
    free(arrays[i]);
  *r = (lac_run){ 0 };
}
