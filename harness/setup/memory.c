#include "setup/memory.h"

#include "elementary.h"
#include "room.h"
#include "run/mail.h"
#include "run/row.h"
#include "setup/keep.h"
#include "setup/vectors.h"
#include "theory/optimum.h"
#include "theory/spectrum.h"
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- what there is ---- */

static void lower(lac_room *least, double bytes, const char *name)
{
  if (bytes >= least->bytes)
    return;
  least->bytes = bytes > 0 ? bytes : 0;
  snprintf(least->name, sizeof least->name, "%s", name);
}

/* The number that follows `key` in a file of /proc or /sys; DBL_MAX: there is none ("max", too). */
static double number_in(const char *path, const char *key)
{
  char line[256];
  double value = DBL_MAX;
  FILE *file = fopen(path, "r");
  while (file && value == DBL_MAX && fgets(line, sizeof line, file))
    if (strncmp(line, key, strlen(key)) == 0 && sscanf(line + strlen(key), "%lf", &value) != 1)
      break;
  if (file)
    fclose(file);
  return value;
}

/* Files of cgroups, one below the other: a limit and what is used of it, version 2 and version 1. */
static void lower_to_group(lac_room *least, const char *root, const char *group, const char *most, const char *used)
{
  char path[PATH_MAX], below[1024];
  snprintf(below, sizeof below, "%s", group);
  for (char *slash = below + strlen(below);; *slash = 0) {
    snprintf(path, sizeof path, "%s%s/%s", root, below, most);
    double bytes = number_in(path, "");
    snprintf(path, sizeof path, "%s%s/%s", root, below, used);
    double now = number_in(path, "");
    if (bytes < 0x1p60 && now < DBL_MAX)
      lower(least, bytes - now, "the memory limit of the control group");
    if (!(slash = strrchr(below, '/')))
      return;
  }
}

static void lower_to_groups(lac_room *least)
{
  char line[1024];
  FILE *file = fopen("/proc/self/cgroup", "r");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char *group = strrchr(line, ':'), *memory = strstr(line, ":memory:");
    if (memory)
      lower_to_group(least, "/sys/fs/cgroup/memory", group + 1, "memory.limit_in_bytes", "memory.usage_in_bytes");
    if (strncmp(line, "0::", 3) == 0)
      lower_to_group(least, "/sys/fs/cgroup", line + 3, "memory.max", "memory.current");
  }
  if (file)
    fclose(file);
}

static double megabytes(const char *name)
{
  const char *text = getenv(name);
  double value = text ? atof(text) : 0;
  return value > 0 ? value * 0x1p20 : DBL_MAX;
}

/* "4", "a100:4": what stands last; 1 without. */
static double count_in(const char *name)
{
  const char *text = getenv(name), *colon = text ? strrchr(text, ':') : NULL;
  double value = text ? atof(colon ? colon + 1 : text) : 0;
  return value >= 1 ? value : 1;
}

/* Slurm says one of them. */
static void lower_to_slurm(lac_room *least)
{
  static const struct { const char *memory, *count, *older; } each[] = {
    { "SLURM_MEM_PER_NODE", NULL, NULL },
    { "SLURM_MEM_PER_CPU", "SLURM_CPUS_ON_NODE", NULL },
    { "SLURM_MEM_PER_GPU", "SLURM_GPUS_ON_NODE", "SLURM_GPUS_PER_NODE" },
  };
  for (size_t i = 0; i < LAC_COUNT(each); i++) {
    const char *count = each[i].older && !getenv(each[i].count) ? each[i].older : each[i].count;
    lower(least, megabytes(each[i].memory) * (count ? count_in(count) : 1), each[i].memory);
  }
}

void lac_memory_find(const lac_comm *comm, lac_room *room)
{
  static const struct { int what; const char *name; } process[] = {
    { RLIMIT_AS, "the limit of ulimit -v" }, { RLIMIT_DATA, "the limit of ulimit -d" },
  };
  *room = (lac_room){ DBL_MAX, "" };
  lower(room, number_in("/proc/meminfo", "MemAvailable:") * 1024, "what is free on this machine");
  lower_to_groups(room);
  lower_to_slurm(room);
  room->bytes /= lac_comm_here(comm);
  double pages = number_in("/proc/self/statm", ""), used = pages < DBL_MAX ? pages * (double)sysconf(_SC_PAGESIZE) : 0;
  for (size_t i = 0; i < LAC_COUNT(process); i++) {
    struct rlimit most;
    if (getrlimit(process[i].what, &most) == 0 && most.rlim_cur != RLIM_INFINITY)
      lower(room, (double)most.rlim_cur - (process[i].what == RLIMIT_AS ? used : 0), process[i].name);
  }
}

/* ---- what is wanted ---- */

/* Stretches of a run; a part is there in some of them, and the largest sum counts. */
enum { READING = 1, READING_TEST = 2, LOADING = 4, STARTING = 8, RUNNING = 16, ENDING = 32, STRETCHES = 6 };
enum { WITH_STATE = STARTING | RUNNING | ENDING, WITH_SHARDS = LOADING | WITH_STATE, OPENING = READING | READING_TEST,
       ALWAYS = OPENING | WITH_SHARDS };

enum { LIBRARIES = 12 << 20 };      /* bytes for buffers of BLAS, MPI and HDF5 */

typedef struct { const char *name, *remedy; double bytes; unsigned when; } part;
typedef struct { part part[29 + LAC_STORES]; size_t parts; } forecast;

static void add_part(forecast *f, unsigned when, double bytes, const char *name, const char *remedy)
{
  if (bytes > 0)
    f->part[f->parts++] = (part){ name, remedy, bytes, when };
}

static int is_root(const lac_run *r) { return lac_comm_rank(r->comm) == 0; }
static int is_alone(const lac_run *r) { return lac_comm_size(r->comm) == 1; }
static double clients_of(const lac_run *r) { return r->instance.last - r->instance.first; }

/* Rows of a data set, their shards, and what the problem makes of them. */
static int add_rows(forecast *f, const lac_run *r, const lac_data *data, int is_test)
{
  const lac_instance *i = &r->instance;
  const lac_problem_type *type = i->problem.type;
  lac_data_size size = { 0 };
  if (data)
    LAC_TRY(lac_data_measure(data, i->first, i->last, &size));
  lac_footprint own = type->footprint ? type->footprint(&i->problem, size.largest) : (lac_footprint){ 0 };
  unsigned rows = (is_test ? 0 : READING_TEST) | (data && lac_keep_rows(r, data) ? (is_test ? ALWAYS & ~READING : ALWAYS) : LOADING);
  add_part(f, is_test ? READING_TEST : READING, size.reading, is_test ? "the test set while it is read" : "the data file while it is read",
           "a smaller file");
  add_part(f, rows, size.rows, is_test ? "the rows of the test set" : "the rows of the data file", "fewer or shorter rows");
  add_part(f, ALWAYS, size.own, "what the data set keeps", "fewer features, fewer clients");
  double arranged = own.arranges ? size.ones * (8 - 0.5) / 8 : 0;      /* and 4 bytes of a column become 4.5 at most (arrange.c) */
  add_part(f, WITH_SHARDS, size.shards - arranged, is_test ? "the test rows of the clients" : "the rows of the clients",
           "fewer or shorter rows");
  add_part(f, LOADING, size.loading + own.loading, "the making of a client's data", "smaller clients");
  add_part(f, WITH_SHARDS, own.shard * clients_of(r) + (is_test ? 0 : own.shared), "the data of the problem",
           "a smaller problem, fewer clients");
  return LAC_OK;
}

/* Unless they are those of the run before. */
static int add_data(forecast *f, const lac_run *r)
{
  const lac_instance *i = &r->instance;
  if (i->shard)
    return LAC_OK;
  LAC_TRY(add_rows(f, r, i->problem.data, 0));
  return i->test ? add_rows(f, r, i->test, 1) : LAC_OK;
}

/* ---- sums over clients: treesum.h ---- */

/* Whole nodes of the tree that make up the clients first..last-1. */
static double nodes_of(uint64_t first, uint64_t last)
{
  double nodes = 0;
  for (uint64_t size; first < last; first += size, nodes++)
    for (size = 1; first % (2 * size) == 0 && first + 2 * size <= last; size *= 2)
      continue;
  return nodes;
}

/* Vectors of a tree of so many clients: it grows by eight, and what it was is there meanwhile. */
static double tree_vectors(double clients, int from_zero)
{
  double levels = clients > 0 ? floor(lac_log2(clients)) + 2 : 0, most = from_zero ? levels : 2 * levels;
  double rows = 8 * ceil((most < clients ? most : clients) / 8);
  return rows > 8 ? 2 * rows - 8 : rows;
}

/* Nodes that are sent, by this rank and by all. */
static void sent_nodes(const lac_run *r, double *own, double *all)
{
  uint32_t first, last;
  *own = nodes_of(r->instance.first, r->instance.last);
  *all = 0;
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    *all += nodes_of(first, last);
  }
}

static void add_evaluation(forecast *f, const lac_run *r)
{
  double d = (double)r->env.d, vectors = tree_vectors(clients_of(r), r->instance.first == 0), own, all;
  sent_nodes(r, &own, &all);
  vectors += is_root(r) && r->instance.problem.proximal;
  vectors += is_root(r) ? tree_vectors(all < r->env.n ? r->env.n : all, 1) : 0;
  vectors += own * (is_alone(r) ? 1 : 2) + (is_root(r) && !is_alone(r) ? all : 0);      /* packed, padded, gathered */
  add_part(f, ALWAYS, 8 * d, "x_0", "a smaller d");
  add_part(f, WITH_STATE, 8 * d * (2 + (lac_row_takes_all(r) ? vectors : 0)), "the evaluation and its sums", "a smaller d");
}

/* ---- messages ---- */

/* Exchanges of a round in which clients hand messages on. */
static unsigned passes_of(const lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  lac_env e = r->env;
  unsigned phases = m->phases ? m->phases(&e) : 1;
  for (e.phase = 0; m->hands_on && e.phase < phases && m->hands_on(&e);)
    e.phase++;
  return m->hands_on ? e.phase : 0;
}

/* The longest message of a client in the first rounds, as it is declared, however a coin falls. */
static double message_bytes(lac_run *r)
{
  enum { ROUNDS = 64, PHASES = 64 };
  const lac_algorithm_type *m = r->recipe.method;
  lac_env e = r->env;
  double most = 0;
  int exact;
  for (r->draws.supposed_coin = 0; r->draws.supposed_coin < 2; r->draws.supposed_coin++)
    for (e.round = 0; e.round < ROUNDS && e.round <= r->config->rounds; e.round++) {
      unsigned phases = PHASES;
      e.sent = e.round;
      for (e.phase = 0; e.phase < phases && e.phase < PHASES; e.phase++) {
        phases = m->phases ? m->phases(&e) : 1;
        most = fmax(most, (double)m->uplink_bits(&e, &exact) / 8);
      }
    }
  return most + 16;
}

static double broadcast_bytes(const lac_run *r)
{
  int exact;
  lac_site down = lac_lane_site(&r->env, LAC_DOWN, r->env.d);
  return ((double)lac_bits(&down, &exact) + lac_broadcast_width(&r->env) * (double)r->env.d) / 8 + 64;
}

static void add_messages(forecast *f, lac_run *r)
{
  double speak = r->recipe.method->everyone ? r->env.n : lac_sampler_most(&r->recipe.sampler, r->env.n), each = message_bytes(r);
  double own = each * fmin(clients_of(r), speak), all = each * speak, passes = passes_of(r);
  double bits = 8 * passes * (clients_of(r) + (is_root(r) ? r->env.n : 0)), passed = passes > 0 ? 2 * each + 2 * bits : 0;
  unsigned lag = r->recipe.method->lag ? r->recipe.method->lag(&r->env) : 0;
  double flight = own * (lag || !is_alone(r)) + all * lac_exchange_copies(r->exchange);      /* a copy that is sent, and what comes */
  double down = broadcast_bytes(r) * (lac_exchange_joins(r->exchange) ? 1 : 2);
  double bytes = own + (passes > 0 ? passed : (lag + 1) * flight) + down;
  add_part(f, RUNNING | ENDING, bytes, "the messages of a round", "a compressor that sends less, fewer clients");
}

/* Compressors say nothing of their working memory; none takes more than four numbers a coordinate. */
static double working_bytes(const lac_compressor *c, size_t d)
{
  double stages = 0;
  for (double omega; c; c = c->next) {
    lac_site s = lac_site_of(c, d);
    stages += lac_omega(&s, &omega) != LAC_OK || omega > 0;      /* what changes nothing needs nothing */
  }
  return stages * 32 * (double)d;
}

static void add_compressors(forecast *f, const lac_run *r)
{
  const lac_recipe *c = &r->recipe;
  double bytes = working_bytes(&c->up, r->env.d) + working_bytes(&c->up2, r->env.d) + working_bytes(&c->down, r->env.d);
  add_part(f, RUNNING | ENDING, bytes, "the working memory of the compressors", "a smaller d");
}

/* ---- constants, the solution ---- */

/* Does a step size follow a rule? */
static int asks_for_constants(const lac_run *r)
{
  for (const lac_option *o = r->recipe.method->options; o && o->name; o++)
    if (o->kind == LAC_STEP && *((const lac_step *)((const char *)r->recipe.spec.params + o->offset))->rule)
      return 1;
  return 0;
}

static void add_theory(forecast *f, const lac_run *r)
{
  double d = (double)r->env.d, matrix = lac_solves_by_matrix(r) ? 8 * d * d : 0;
  if (asks_for_constants(r) && !r->instance.smoothness_known)
    add_part(f, STARTING, 8 * d * (LAC_SPECTRUM_VECTORS + 2) + (4 * lac_comm_size(r->comm) + 5) * d, "the smoothness constants",
        "a step size that is a number");
  if (!lac_run_solves(r) || r->instance.x_star)
    return;
  add_part(f, STARTING, matrix + 8 * d * 20, "the search for the solution", "--optimum=none");
  add_part(f, WITH_STATE, 8 * d, "the solution", "--optimum=none");
}

/* ---- what is recorded ---- */

/* Rows of the trace; how many a run that stops early has is not known. */
static double trace_rows(const lac_run *r)
{
  return r->trace.stop_column < 0 ? floor((double)r->config->rounds / (double)r->config->eval) + 2 : 0;
}

/* The rows; those that the journal has not written yet, a million a second at most; a file that is made in memory, by HDF5 and then with
   its seal, and a column of it. */
static void add_result(forecast *f, const lac_run *r)
{
  lac_site up = lac_lane_site(&r->env, LAC_UP, r->env.d);
  double rows = trace_rows(r), each = 8 * (double)(r->trace.columns + LAC_BESIDE), waiting = fmin(rows, 1e6 * fmax(r->config->flush, 1));
  double last = 8 * ((double)r->env.d + (double)lac_state_size(&up));
  if (!is_root(r))
    return;
  add_part(f, RUNNING | ENDING, 3.5 * each * rows + 8 * rows + (each + 16) * waiting, "the rows of the trace",
           "a larger --eval, fewer rounds");
  add_part(f, ENDING, 2 * last, "the result while it is written", "a smaller d");
}

/* The log of messages, which grows by doubling and is copied for the journal and the checkpoint.  Where all messages of all rounds have one
   length it stays small; how many rounds a run that stops early has is not known. */
static void add_log(forecast *f, const lac_run *r)
{
  int exact, full = lac_run_records_fully(r);
  lac_site up = lac_lane_site(&r->env, LAC_UP, r->env.d);
  lac_bits(&up, &exact);
  int varies = !exact || !lac_sampler_is_full(&r->recipe.sampler) || r->config->dropout > 0;
  double n = (double)r->env.n, rounds = r->trace.stop_column < 0 ? (double)r->config->rounds : 0;
  double each = varies ? 48 + (full ? 4 * n : 48) + n / 8 : 0, passed = passes_of(r) * (128 + (full ? 4 * n : 48));
  if (is_root(r))
    add_part(f, RUNNING | ENDING, 3 * (each * rounds + 8 * n + 256 + passed), "the record of the messages",
             "--messages=summary, fewer rounds");
}

/* MPI copies what it writes, a buffer at a time; late messages are copied round by round. */
static void add_checkpoint(forecast *f, lac_run *r)
{
  enum { BUFFER = 16 << 20 };
  double most = 0, late = r->recipe.method->lag ? clients_of(r) * message_bytes(r) : 0;
  if (strcmp(r->config->checkpoint, "none") == 0 && !r->config->pause)
    return;
  for (int k = 0; k < LAC_STORES; k++)
    if (r->store.row[k].name)
      most = fmax(most, (double)lac_vectors_row_bytes(r, k));
  add_part(f, RUNNING, fmin(most, BUFFER) + late + 8 * clients_of(r), "the checkpoint while it is written",
      "--checkpoint=none");
}

/* ---- all of it ---- */

static void add_vectors(forecast *f, const lac_run *r)
{
  static const char *const store[LAC_STORES][2] = {
    [LAC_STORE_SERVER] = { "the vectors of the server", "a smaller d" },
    [LAC_STORE_MIRROR] = { "what a rank knows from broadcasts", "a smaller d" },
    [LAC_STORE_CLIENT] = { "the vectors of the clients", "fewer clients, a smaller d" },
    [LAC_STORE_ABOUT] = { "what the server keeps of every client", "fewer clients, a smaller d" },
    [LAC_STORE_UP_MEMORY] = { "what the clients' compressors remember", "another compressor, fewer clients" },
    [LAC_STORE_DOWN_MEMORY] = { "what the server's compressor remembers", "another compressor" },
    [LAC_STORE_BATCHES] = { "the counters of the clients' batches", "fewer clients" },
    [LAC_STORE_SCRATCH] = { "the vectors of one client at work", "a smaller d" },
  };
  for (int k = 0; k < LAC_STORES; k++)
    add_part(f, WITH_STATE, (double)lac_vectors_row_bytes(r, k), store[k][0], store[k][1]);
}

/* What chooses the rows of a batch. */
static void add_batch(forecast *f, const lac_run *r)
{
  const lac_batch *b = &r->recipe.batch;
  double most = 0;
  for (uint32_t i = r->instance.first; b->rows.number > 0 && i < r->instance.last; i++)
    most = fmax(most, (double)lac_data_shard_rows(r->instance.problem.data, i));
  add_part(f, WITH_STATE, (4 + 1.0 / 8 + (b->order == LAC_BATCH_EPOCH ? 4 : 0)) * most, "the choice of a client's rows", "smaller clients");
}

static void add_privacy(forecast *f, const lac_run *r)
{
  add_part(f, WITH_STATE, lac_privacy_bytes(r), "the noise of --dp", "a smaller d");
}

/* The stretch that takes most, of those that are asked for. */
static double peak(const forecast *f, unsigned among, unsigned *when)
{
  double most = 0;
  *when = 1;
  for (unsigned bit = 0; bit < STRETCHES; bit++) {
    double sum = 0;
    for (size_t i = 0; i < f->parts; i++)
      sum += f->part[i].when & among & 1u << bit ? f->part[i].bytes : 0;
    if (sum > most) {
      most = sum;
      *when = 1u << bit;
    }
  }
  return most;
}

static int compare(const forecast *f, lac_run *r, const lac_room *room, unsigned among)
{
  unsigned when;
  double all = r->forecast = peak(f, among, &when);
  const part *most = NULL;
  for (size_t i = 0; i < f->parts; i++)
    if (f->part[i].when & when && (!most || f->part[i].bytes > most->bytes))
      most = &f->part[i];
  if (all <= room->bytes)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "d=%zu with %u clients takes %.3g GB on rank %d, %.3g GB of it for %s; %s leaves %.3g GB: take %s, more "
                  "machines or fewer ranks on each", r->env.d, r->env.n, all / 1e9, lac_comm_rank(r->comm), most->bytes / 1e9,
                  most->name, room->name, room->bytes / 1e9, most->remedy);
}

int lac_memory_check_clients(const lac_run *r, const lac_room *room)
{
  uint32_t first, last, n = (uint32_t)r->config->clients;
  lac_comm_clients(r->comm, n, lac_comm_rank(r->comm), &first, &last);
  double each = lac_comm_rank(r->comm) ? 21 : 33;
  return lac_room_check(room, each * (double)n + 128 * (double)(last - first), "what is kept of each client", "fewer clients");
}

int lac_memory_check(lac_run *r, const lac_room *room, int only_open)
{
  forecast f = { 0 };
  LAC_TRY(add_data(&f, r));
  add_part(&f, ALWAYS, LIBRARIES, "the buffers of the libraries", "a machine with more memory");
  add_evaluation(&f, r);
  double each = 21 + 12 * is_root(r) + 8 * (r->instance.weight != NULL) + 8 * lac_sampler_repeats(&r->recipe.sampler);
  add_part(&f, WITH_STATE, each * (double)r->env.n + 16 * clients_of(r), "what is kept of each client", "fewer clients");
  add_vectors(&f, r);
  add_batch(&f, r);
  add_privacy(&f, r);
  add_messages(&f, r);
  add_compressors(&f, r);
  add_theory(&f, r);
  add_result(&f, r);
  add_log(&f, r);
  add_checkpoint(&f, r);
  return compare(&f, r, room, only_open ? OPENING : ALWAYS);
}
