/* A run before its first round: parts found, checked, loaded; and after its last: released. */
#include "setup/setup.h"

#include "setup/keep.h"
#include "registry/registry.h"
#include "replay.h"
#include "run/name.h"
#include "run/row.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- open ---- */

static int open_problem(lac_run *r)
{
  const lac_entry *entry;
  const lac_config *c = r->config;
  lac_problem *p = &r->problem;
  if (lac_keep_take(r))
    return LAC_OK;
  LAC_TRY(lac_registry_find("problems", "--problem", c->problem, &entry));
  p->type = entry->type;
  LAC_TRY(lac_spec_parse(&p->spec, "--problem", c->problem, p->type->options, p->type->params_size));
  p->params = p->spec.params;
  p->n = (uint32_t)c->clients;
  p->seeds = r->seeds;
  p->affine = p->type->affine;
  if (p->type->labels != LAC_NO_DATA)
    LAC_TRY(lac_data_open_after(&p->data, lac_keep_data(r), *c->dataset ? c->dataset : "synthetic", c->split,
                                *c->data_dir ? c->data_dir : NULL, &r->seeds, p->n));
  else if (*c->dataset)
    return lac_fail(LAC_EUSER, "--dataset: problem %s makes its own data; leave --dataset out", p->type->name);
  LAC_TRY(p->type->open(p));
  return p->d ? lac_keep_name(r) : lac_fail(LAC_EUSER, "--problem: %s has no coordinates", p->spec.text);
}

static int open_compressor(lac_run *r, lac_compressor *c, const char *what, const char *text)
{
  const char *why;
  LAC_TRY(lac_compressor_open(c, what, text));
  lac_site s = c == &r->up ? lac_up_site(&r->env, r->env.d) : c == &r->up2 ? lac_up2_site(&r->env) : lac_down_site(&r->env);
  if ((why = lac_refuse(&s)))
    return lac_fail(LAC_EUSER, "%s: %s: %s", what, c->spec.text, why);
  return LAC_OK;
}

static int parse_batch(lac_run *r)
{
  static const lac_option rows = { "batch", LAC_AMOUNT, 0, "", ">0", NULL, NULL };
  if (strcmp(r->config->batch, "full") == 0)
    return LAC_OK;
  LAC_TRY(lac_option_set(&rows, &r->batch, "--", r->config->batch));
  return r->problem.type->batch_grad ? LAC_OK :
         lac_fail(LAC_EUSER, "--batch: problem %s has no rows to draw; leave --batch out", r->problem.type->name);
}

/* What a method can do against what is asked of it. */
static int check_together(const lac_run *r)
{
  const char *name = r->method->name;
  if (!r->method->partial && !lac_sampler_is_full(&r->sampler))
    return lac_fail(LAC_EUSER, "--sample: %s needs every client in every round; leave --sample out", name);
  double omega;
  if (!r->method->compresses_down && (lac_down_omega_of(&r->env, &omega) || omega > 0))
    return lac_fail(LAC_EUSER, "--down: %s sends its messages to the clients in full; leave --down out", name);
  lac_site second = lac_up2_site(&r->env);
  if (!r->method->sends_two && (lac_omega(&second, &omega) || omega > 0))
    return lac_fail(LAC_EUSER, "--up2: %s sends one vector a message; leave --up2 out", name);
  if (r->problem.type->saddle && !r->method->saddle)
    return lac_fail(LAC_EUSER, "--algorithm: %s minimises, and problem %s is a saddle point; take extragradient, masha1 or masha2", name,
                    r->problem.type->name);
  return LAC_OK;
}

static int open_method(lac_run *r)
{
  const lac_entry *entry;
  const lac_config *c = r->config;
  const char *why;
  LAC_TRY(lac_registry_find("algorithms", "--algorithm", c->algorithm, &entry));
  r->method = entry->type;
  LAC_TRY(lac_spec_parse(&r->method_spec, "--algorithm", c->algorithm, r->method->options, r->method->params_size));
  r->env = (lac_env){ .d = r->problem.d, .n = r->problem.n, .participants = r->problem.n, .params = r->method_spec.params,
                      .up = &r->up, .up2 = &r->up2,
                      .down = &r->down_compressor, .run = r };
  LAC_TRY(open_compressor(r, &r->up, "--up", c->up));
  LAC_TRY(open_compressor(r, &r->up2, "--up2", c->up2));
  LAC_TRY(open_compressor(r, &r->down_compressor, "--down", c->down));
  LAC_TRY(lac_sampler_open(&r->sampler, c->sample, r->env.n));
  LAC_TRY(parse_batch(r));
  LAC_TRY(check_together(r));
  if (r->method->refuse && (why = r->method->refuse(&r->env)))
    return lac_fail(LAC_EUSER, "--algorithm: %s", why);
  return LAC_OK;
}

/* "--seed.noise=7", "--replay.noise=FILE"; what is not said is as --seed says. */
static int open_seeds(lac_run *r)
{
  static const lac_option number = { "seed", LAC_UINT, 0, "", NULL, NULL, NULL };
  const lac_config *c = r->config;
  for (int axis = 0; axis < LAC_SEED_AXES; axis++) {
    char what[32];
    r->seeds.axis[axis] = c->seed;
    snprintf(what, sizeof what, "--seed.%s", lac_seed_name[axis]);
    if (*c->axis_seed[axis])
      LAC_TRY(lac_option_set(&number, &r->seeds.axis[axis], what, c->axis_seed[axis]));
    snprintf(what, sizeof what, "--replay.%s", lac_seed_name[axis]);
    if (c->replay[axis] && *c->replay[axis])
      LAC_TRY(lac_replay_open(&r->replay[axis], what, c->replay[axis], c->rounds, (uint32_t)c->clients));
    r->seeds.replay[axis] = r->replay[axis];
  }
  return LAC_OK;
}

/* The vectors must fit into the machine: better a sentence than the OOM killer. */
static int check_memory(const lac_run *r)
{
  const lac_algorithm_type *m = r->method;
  int rank = lac_comm_rank(r->comm);
  uint32_t first, last;
  lac_comm_clients(r->comm, r->env.n, rank, &first, &last);
  double vectors = 4 + m->client_tmps + m->mirror_vecs + (double)(last - first) * m->client_vecs;      /* 4: x0, and what evaluates */
  if (rank == 0)
    vectors += m->server_vecs + (double)r->env.n * m->server_client_vecs;
  double bytes = vectors * 8 * (double)r->problem.d, memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  if (bytes <= memory)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%.0f vectors of d=%zu need %.0f GB on rank %d, and this machine has %.0f GB; take a smaller problem, fewer "
                  "clients or more machines", vectors, r->problem.d, bytes / 1e9, rank, memory / 1e9);
}

static int open_parts(lac_run *r)
{
  LAC_TRY(open_seeds(r));
  LAC_TRY(open_problem(r));
  LAC_TRY(open_method(r));
  lac_row_choose_columns(r);
  LAC_TRY(lac_row_parse_stop(r));
  LAC_TRY(check_memory(r));
  r->x0 = lac_alloc(r->problem.d * sizeof *r->x0);
  LAC_TRY(r->x0 ? lac_x0_make(r) : LAC_ENOMEM);
  return lac_x0_check(r);
}

int lac_run_open(lac_run *r, const lac_config *config, lac_comm *comm) { return lac_run_open_after(r, config, comm, NULL); }

int lac_run_open_after(lac_run *r, const lac_config *config, lac_comm *comm, lac_keep *keep)
{
  lac_comm_overlaps(comm, config->overlap == LAC_OVERLAP_YES);
  *r = (lac_run){ .config = config, .comm = comm, .keep = keep, .f_star = NAN, .star_grad_norm_sq = NAN };
  lac_forget_constants(r);
  LAC_TRY(lac_comm_agree(comm, open_parts(r)));
  char *text = lac_run_text(r);
  int status = text ? lac_comm_same(comm, "options", text) : LAC_ENOMEM;
  free(text);
  return status;
}

/* ---- close ---- */

static void close_problem(lac_run *r)
{
  for (uint32_t i = r->first; r->shard && i < r->last; i++)
    if (r->shard[i - r->first])
      r->problem.type->unload(r->shard[i - r->first]);
  if (r->problem.type && r->problem.type->close)
    r->problem.type->close(&r->problem);
  lac_data_close(r->problem.data);
  lac_spec_free(&r->problem.spec);
}

void lac_run_close(lac_run *r)
{
  if (!lac_keep_give(r))
    close_problem(r);
  lac_spec_free(&r->method_spec);
  lac_compressor_close(&r->up);
  lac_compressor_close(&r->up2);
  lac_compressor_close(&r->down_compressor);
  lac_sampler_close(&r->sampler);
  for (int axis = 0; axis < LAC_SEED_AXES; axis++)
    lac_replay_close(r->replay[axis]);
  lac_tree_close(&r->tree);
  lac_tree_close(&r->root);
  lac_msg_free(&r->down);
  lac_msg_free(&r->message);
  lac_msg_free(&r->out);
  lac_msg_free(&r->mail);
  if (r->rng)
    gsl_rng_free(r->rng);
  if (r->shared)
    gsl_rng_free(r->shared);
  void *arrays[] = { r->x0, r->shard, r->client_store, r->server_store, r->mirror_store, r->tmp_store, r->about_store, r->vectors,
                     r->x_eval, r->leaf, r->takes_part, r->batch_rows, r->row_set, r->post_sizes, r->x_star, r->up_memory,
                     r->down_memory, r->client_L, r->key };
  for (size_t i = 0; i < LAC_COUNT(arrays); i++)
    free(arrays[i]);
  *r = (lac_run){ 0 };
}
