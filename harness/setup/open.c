/* A run before its first round: parts found, checked, loaded; and after its last: released. */
#include "run/run.h"

#include "setup/keep.h"
#include "setup/memory.h"
#include "registry/registry.h"
#include "replay.h"
#include "run/state.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- small specs of the run itself ---- */

typedef struct { double scale; } normal_params;
typedef struct { char *path; } file_params;
static const lac_option normal_options[] = {
  { "scale", LAC_REAL, offsetof(normal_params, scale), "1", ">0", NULL, "standard deviation of every coordinate" }, { 0 } };
static const lac_option file_options[] = {
  { "path", LAC_TEXT, offsetof(file_params, path), "", NULL, NULL, "text file, one number a line" }, { 0 } };

static int x0_zeros(lac_run *r, const void *params) { (void)r, (void)params; return LAC_OK; }

static int x0_normal(lac_run *r, const void *params)
{
  const normal_params *p = params;
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_rng_point(rng, &r->seeds, LAC_SEED_X0, 0, 0, 0);
  lac_rng_normal(rng, r->x0, r->problem.d, p->scale);
  gsl_rng_free(rng);
  return LAC_OK;
}

/* Glorot, Bengio 2010: a weight is uniform in -+sqrt(6/(inputs + outputs)), a bias 0. */
static int x0_glorot(lac_run *r, const void *params)
{
  const lac_layer *layer;
  lac_problem *p = &r->problem;
  (void)params;
  if (!p->type->layers)
    return lac_fail(LAC_EUSER, "--x0=glorot is for problems with layers, such as mlp; %s has none, use zeros or normal", p->type->name);
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_rng_point(rng, &r->seeds, LAC_SEED_X0, 0, 0, 0);
  for (size_t l = 0, layers = p->type->layers(p, &layer); l < layers; l++, layer++)
    for (size_t j = 0; !layer->bias && j < layer->rows * layer->cols; j++)
      r->x0[layer->offset + j] = sqrt(6 / (double)(layer->rows + layer->cols)) * (2 * gsl_rng_uniform(rng) - 1);
  gsl_rng_free(rng);
  return LAC_OK;
}

/* Where the quadratics of the 3PC paper start. */
static int x0_corner(lac_run *r, const void *params)
{
  (void)params;
  r->x0[0] = sqrt((double)r->problem.d);
  return LAC_OK;
}

static int x0_file(lac_run *r, const void *params)
{
  const file_params *p = params;
  double *values;
  size_t rows, cols, d = r->problem.d;
  LAC_TRY(lac_context(lac_read_matrix(p->path, &values, &rows, &cols), "--x0"));
  if (rows * cols == d)
    lac_copy(d, values, r->x0);
  free(values);
  return rows * cols == d ? LAC_OK :
         lac_fail(LAC_EUSER, "--x0: %s holds %zu numbers but the problem has d=%zu", p->path, rows * cols, d);
}

static const struct {
  const char *name;
  const lac_option *options;
  size_t params_size;
  int (*fill)(lac_run *r, const void *params);
} starts[] = {
  { "zeros", NULL, 0, x0_zeros },
  { "normal", normal_options, sizeof(normal_params), x0_normal },
  { "glorot", NULL, 0, x0_glorot },
  { "corner", NULL, 0, x0_corner },
  { "file", file_options, sizeof(file_params), x0_file },
};

static int make_x0(lac_run *r)
{
  const char *text = r->config->x0;
  lac_spec spec;
  for (size_t i = 0; i < LAC_COUNT(starts); i++)
    if (lac_spec_name(text) == strlen(starts[i].name) && strncmp(text, starts[i].name, strlen(starts[i].name)) == 0) {
      LAC_TRY(lac_spec_parse(&spec, "--x0", text, starts[i].options, starts[i].params_size));
      int status = starts[i].fill(r, spec.params);
      lac_spec_free(&spec);
      return status;
    }
  return lac_fail(LAC_EUSER, "--x0: '%.40s' is none of zeros, normal:scale=1, glorot, corner, file:path=FILE", text);
}

/* All units of a hidden layer would stay alike for ever. */
static int check_x0(const lac_run *r)
{
  const lac_layer *layer;
  const lac_problem *p = &r->problem;
  size_t matrices = 0, layers = p->type->layers ? p->type->layers(p, &layer) : 0;
  for (size_t l = 0; l < layers; l++)
    matrices += !layer[l].bias;
  for (size_t j = 0; j < p->d; j++)
    if (r->x0[j] != 0)
      return LAC_OK;
  return matrices < 2 ? LAC_OK :
         lac_fail(LAC_EUSER, "--x0: at zero the hidden units of %s learn nothing; use --x0=glorot", p->type->name);
}

/* "grad_norm_sq:1e-7" */
static int parse_stop(lac_run *r)
{
  const char *text = r->config->stop, *colon = strchr(text, ':');
  char *end = NULL, all[256] = "";
  r->stop_column = -1;
  if (strcmp(text, "none") == 0)
    return LAC_OK;
  for (size_t k = 1; k < r->columns; k++) {
    const char *name = r->column[k].name;
    snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k > 1 ? ", " : "", name);
    if (colon && strlen(name) == (size_t)(colon - text) && strncmp(name, text, (size_t)(colon - text)) == 0)
      r->stop_column = (int)k;
  }
  if (r->stop_column < 0)
    return lac_fail(LAC_EUSER, "--stop must be none or METRIC:VALUE with a metric of %s, not '%.40s'", all, text);
  r->stop_value = strtod(colon + 1, &end);
  if (end == colon + 1 || *end || !isfinite(r->stop_value))
    return lac_fail(LAC_EUSER, "--stop: '%.40s' is not a number", colon + 1);
  return LAC_OK;
}

int lac_run_solves(const lac_run *r)
{
  int asked = r->config->optimum;
  return asked == LAC_OPTIMUM_SOLVE || (asked == LAC_OPTIMUM_AUTO && r->problem.type->saddle) || r->method->needs_solution;
}

/* The order of run.c's fill_row. */
static void set_columns(lac_run *r)
{
  static const lac_column base[] = {
    { "round", 0, 0 }, { "f", 1, 0 }, { "grad_norm_sq", 1, 0 }, { "bits_up", 0, 0 }, { "bits_down", 0, 0 }, { "msgs_up", 0, 0 },
    { "msgs_down", 0, 0 }, { "oracle_calls", 0, 0 }, { "f_gap", 1, 0 }, { "dist_sq", 1, 0 },
  };
  r->columns = LAC_COUNT(base) - (lac_run_solves(r) ? 0 : 2);
  memcpy(r->column, base, r->columns * sizeof *base);
  if (r->problem.type->score)
    r->column[r->columns++] = (lac_column){ "accuracy", 1, 1 };
}

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

static int open_parts(lac_run *r)
{
  LAC_TRY(open_seeds(r));
  LAC_TRY(open_problem(r));
  LAC_TRY(open_method(r));
  set_columns(r);
  LAC_TRY(parse_stop(r));
  LAC_TRY(lac_memory_check(r));      /* better a sentence than the OOM killer */
  r->x0 = lac_alloc(r->problem.d * sizeof *r->x0);
  LAC_TRY(r->x0 ? make_x0(r) : LAC_ENOMEM);
  return check_x0(r);
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

/* ---- the name of a run ---- */

static void add_line(char **text, const char *key, const char *value)
{
  char *longer = *text ? lac_asprintf("%s%s=%s\n", *text, key, value ? value : "") : NULL;
  free(*text);
  *text = longer;
}

static void add_hash(char **text, const char *key, uint64_t hash)
{
  char digits[17];
  snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
  add_line(text, key, digits);
}

/* The canonical spec where the run holds one, the user's words elsewhere. */
static const char *resolved_text(const lac_run *r, const char *key)
{
  const lac_data *data = r->problem.data;
  const struct { const char *key, *text; } specs[] = {
    { "problem", r->problem.spec.text },
    { "dataset", data ? lac_data_dataset_text(data) : "none" },
    { "split", data ? lac_data_split_text(data) : "none" },
    { "algorithm", r->method_spec.text },
    { "up", r->up.spec.text },
    { "up2", r->up2.spec.text },
    { "down", r->down_compressor.spec.text },
    { "sample", r->sampler.spec.text },
  };
  for (size_t i = 0; i < LAC_COUNT(specs); i++)
    if (strcmp(key, specs[i].key) == 0)
      return specs[i].text;
  return NULL;
}

char *lac_run_text(const lac_run *r)
{
  char *text = lac_strdup("");
  for (const lac_option *o = lac_what_options; o->name; o++) {
    char *value = lac_option_text(o, r->config);
    const char *spec = resolved_text(r, o->name);
    add_line(&text, o->name, spec ? spec : value);
    free(value);
  }
  if (r->problem.data)
    add_line(&text, "dataset_sha256", lac_data_about(r->problem.data)->sha256);
  add_hash(&text, "problem_files", r->problem.fingerprint);
  for (int axis = 0; axis < LAC_SEED_AXES; axis++)
    if (r->replay[axis]) {
      char key[32];
      snprintf(key, sizeof key, "replay.%s.values", lac_seed_name[axis]);
      add_hash(&text, key, lac_replay_hash(r->replay[axis]));
    }
  add_hash(&text, "x0_values", XXH3_64bits(r->x0, r->problem.d * sizeof *r->x0));
  return text;
}

void lac_run_digest(const char *text, char digest[static 17])
{
  snprintf(digest, 17, "%016llx", (unsigned long long)XXH3_64bits(text, strlen(text)));
}

/* ---- load ---- */

static int load_shards(lac_run *r)
{
  if (r->shard)
    return LAC_OK;
  r->shard = lac_alloc((r->last - r->first) * sizeof *r->shard);
  if (!r->shard)
    return LAC_ENOMEM;
  for (uint32_t i = r->first; i < r->last; i++)
    LAC_TRY(lac_context(r->problem.type->load(&r->problem, i, &r->shard[i - r->first]), "client %u", i));
  if (r->problem.data && !lac_keep_rows(r))
    lac_data_release(r->problem.data);
  return LAC_OK;
}

static int make_vectors(double **store, double ***pointers, unsigned count, size_t stride)
{
  *store = lac_alloc(count * stride * sizeof(double));
  for (unsigned k = 0; k < count && *store; k++)
    *(*pointers)++ = *store + k * stride;
  return *store ? LAC_OK : LAC_ENOMEM;
}

static size_t largest_shard(const lac_run *r)
{
  size_t most = 0;
  for (uint32_t i = 0; r->batch.number > 0 && i < r->last - r->first; i++) {
    size_t rows = r->problem.type->shard_rows(r->shard[i]);
    most = rows > most ? rows : most;
  }
  return most;
}

static int allocate(lac_run *r)
{
  const lac_algorithm_type *m = r->method;
  size_t d = r->env.d, stride = lac_stride(d), local = r->last - r->first;
  int root = lac_comm_rank(r->comm) == 0;
  double **at;
  size_t all = m->client_vecs + m->client_tmps + m->mirror_vecs + m->server_vecs + m->server_client_vecs;
  r->vectors = lac_alloc(all * sizeof *r->vectors);
  size_t largest = largest_shard(r);
  r->client_store = lac_alloc(local * m->client_vecs * stride * sizeof(double));
  r->x_eval = lac_alloc(d * sizeof(double));
  r->leaf = lac_alloc((d + 1) * sizeof(double));
  r->rng = lac_rng_new();
  r->shared = lac_rng_new();
  r->takes_part = lac_alloc(r->env.n);
  r->client_L = lac_alloc(r->env.n * sizeof *r->client_L);
  r->batch_rows = lac_alloc(lac_batch_of(r, largest) * sizeof *r->batch_rows);
  r->row_set = lac_alloc(LAC_CHOICE_WORDS(largest) * sizeof *r->row_set);
  r->post_sizes = lac_alloc((size_t)lac_comm_size(r->comm) * sizeof *r->post_sizes);
  r->lag = m->lag ? m->lag(&r->env) : 0;
  if (!r->post_sizes || !r->vectors || !r->client_store || !r->x_eval || !r->leaf || !r->rng || !r->shared || !r->takes_part ||
      !r->client_L || !r->batch_rows || !r->row_set)
    return LAC_ENOMEM;
  lac_tree_open(&r->tree, d + 1);
  lac_tree_open(&r->root, d + 1);
  r->client.v = r->vectors;
  r->client.tmp = at = r->vectors + m->client_vecs;
  LAC_TRY(make_vectors(&r->tmp_store, &at, m->client_tmps, stride));
  r->mirror.v = at;
  LAC_TRY(make_vectors(&r->mirror_store, &at, m->mirror_vecs, stride));
  r->server.v = at;
  if (!root)
    return LAC_OK;
  LAC_TRY(make_vectors(&r->server_store, &at, m->server_vecs, stride));
  r->server.of = at;
  r->about_store = lac_alloc(r->env.n * m->server_client_vecs * stride * sizeof(double));
  return r->about_store ? LAC_OK : LAC_ENOMEM;
}

static int start_state(lac_run *r, const double *x0)
{
  if (r->method->host_init)
    LAC_TRY(r->method->host_init(&r->env, &r->mirror, x0));
  return lac_comm_rank(r->comm) == 0 ? r->method->server_init(&r->env, &r->server, x0) : LAC_OK;
}

/* What compressors remember, with the other state. */
static int make_memories(lac_run *r)
{
  lac_site up = lac_up_site(&r->env, r->env.d), down = lac_down_site(&r->env);
  size_t up_size = lac_state_size(&up), down_size = lac_state_size(&down), local = r->last - r->first;
  r->up_memory_stride = lac_stride(up_size);
  r->down_memory_size = down_size;
  r->up_memory = up_size ? lac_alloc(local * r->up_memory_stride * sizeof(double)) : NULL;
  r->down_memory = down_size ? lac_alloc(down_size * sizeof(double)) : NULL;
  if ((up_size && !r->up_memory) || (down_size && !r->down_memory))
    return LAC_ENOMEM;
  const lac_state kept[] = {
    { "up_memory", LAC_STATE_CLIENTS, LAC_STATE_REALS, 1, up_size, r->up_memory_stride, r->up_memory },
    { "down_memory", LAC_STATE_ROOT, LAC_STATE_REALS, 1, down_size, down_size, r->down_memory },
  };
  for (size_t i = 0; i < LAC_COUNT(kept); i++)
    if (kept[i].length)
      LAC_TRY(lac_state_keep(r, &kept[i]));
  return lac_state_keep(r, &(lac_state){ "constants", LAC_STATE_ALL, LAC_STATE_REALS, 1, LAC_CONSTANTS, LAC_CONSTANTS, r->constant });
}

size_t lac_run_bytes(const lac_run *r)
{
  const lac_algorithm_type *m = r->method;
  size_t vectors = m->server_vecs + (size_t)r->env.n * (m->client_vecs + m->server_client_vecs), bytes = 0;
  if (r->problem.data) {
    const lac_data_info *about = lac_data_about(r->problem.data);
    bytes = 2 * (about->rows + about->nnz) * (sizeof(double) + sizeof(uint32_t));      /* the rows of the file, and those of the shards */
  }
  return bytes + vectors * lac_stride(r->env.d) * sizeof(double);
}

int lac_run_prepare(lac_run *r)
{
  lac_comm_clients(r->comm, r->env.n, lac_comm_rank(r->comm), &r->first, &r->last);
  int status = load_shards(r);
  if (status == LAC_OK)
    status = allocate(r);
  if (status == LAC_OK)
    status = make_memories(r);
  return lac_comm_agree(r->comm, status);
}

/* A checkpoint that turned out to be bad may have left something there. */
static void clear_state(lac_run *r)
{
  size_t stride = lac_stride(r->env.d), local = r->last - r->first;
  lac_zero(local * r->method->client_vecs * stride, r->client_store);
  lac_zero(r->method->mirror_vecs * stride, r->mirror_store);
  if (r->up_memory)
    lac_zero(local * r->up_memory_stride, r->up_memory);
  if (r->down_memory)
    lac_zero(r->down_memory_size, r->down_memory);
  if (r->server_store)
    lac_zero(r->method->server_vecs * stride, r->server_store);
  if (r->about_store)
    lac_zero(r->env.n * r->method->server_client_vecs * stride, r->about_store);
}

static int solution(lac_run *r)
{
  int known;
  LAC_TRY(lac_comm_agree(r->comm, lac_keep_solution(r, &known)));
  return known ? LAC_OK : lac_run_solve(r);
}

int lac_run_start(lac_run *r)
{
  clear_state(r);
  lac_forget_constants(r);
  if (r->method->resolve)
    LAC_TRY(lac_comm_agree(r->comm, r->method->resolve(&r->env, r->method_spec.params)));
  if (lac_run_solves(r))
    LAC_TRY(solution(r));
  return lac_comm_agree(r->comm, start_state(r, r->x0));
}

int lac_run_load(lac_run *r)
{
  LAC_TRY(lac_run_prepare(r));
  return lac_run_start(r);
}

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
