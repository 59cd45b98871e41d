/* One configuration: its gradients beside a streaming read and dgemm, its rounds, its memory. */
#include "bench/round.h"

#include "bench/clock.h"
#include "bench/samples.h"
#include "blas.h"
#include "run/round.h"
#include "setup/keep.h"
#include "setup/setup.h"
#include "stats.h"
#include "vec.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- limits of the machine ---- */

/* Eight accumulators of eight lanes: nothing but loads. */
LAC_VECTORISED
static double stream(const double *x, size_t count)
{
  double lane[64] = { 0 }, sum = 0;
  for (size_t i = 0; i + 64 <= count; i += 64)
    for (size_t l = 0; l < 64; l++)
      lane[l] += x[i + l];
  for (size_t l = 0; l < 64; l++)
    sum += lane[l];
  return sum;
}

enum { GEMM = 384, LEAST_BYTES = 1 << 15, PASS_BYTES = 1 << 20 };

/* What runs beside the clients. */
typedef struct {
  double *array;              /* read in a stream */
  size_t count, reads;        /* its doubles; how often it is read at a time */
  double *a, *b, *c;          /* GEMM x GEMM; NULL: not wanted */
} limits;

static int open_limits(limits *l, double bytes, int gemm)
{
  size_t size = (size_t)fmax(bytes, LEAST_BYTES);
  *l = (limits){ .count = size / sizeof(double), .reads = size < PASS_BYTES ? PASS_BYTES / size + 1 : 1, .array = lac_alloc(size) };
  for (size_t i = 0; l->array && i < l->count; i++)
    l->array[i] = 1e-3;
  double **matrix[] = { &l->a, &l->b, &l->c };
  for (size_t k = 0; gemm && k < LAC_COUNT(matrix); k++) {
    if (!(*matrix[k] = lac_alloc(GEMM * GEMM * sizeof(double))))
      return LAC_ENOMEM;
    for (size_t i = 0; i < GEMM * GEMM; i++)
      (*matrix[k])[i] = 1e-3;
  }
  return l->array ? LAC_OK : LAC_ENOMEM;
}

static void close_limits(limits *l)
{
  free(l->array);
  free(l->a);
  free(l->b);
  free(l->c);
}

/* CPU seconds of one read of the array. */
static double time_read(const limits *l)
{
  volatile double sink;
  double start = lac_cpu_seconds();
  for (size_t i = 0; i < l->reads; i++)
    sink = stream(l->array, l->count);
  (void)sink;
  return (lac_cpu_seconds() - start) / (double)l->reads;
}

/* CPU seconds of one operation of dgemm; NaN where nobody asked. */
static double time_gemm(const limits *l)
{
  if (!l->c)
    return NAN;
  double start = lac_cpu_seconds();
  lac_gemm_f64(CblasNoTrans, CblasNoTrans, GEMM, GEMM, GEMM, l->a, GEMM, l->b, GEMM, 0, l->c, GEMM);
  return (lac_cpu_seconds() - start) / (2.0 * GEMM * GEMM * GEMM);
}

/* ---- gradients ---- */

typedef struct { double bytes, nonzeros, flops, vectors; } workload;

/* What the gradients of this rank's clients read and multiply, and the bytes of a client's vectors. */
static workload count_work(const lac_run *r)
{
  const lac_problem *p = &r->instance.problem;
  uint32_t own = r->instance.last - r->instance.first;
  workload w = { .nonzeros = NAN, .vectors = (double)(r->recipe.method->client_vecs * lac_stride(r->env.d) * sizeof(double)) };
  for (uint32_t i = 0; i < own; i++) {
    w.bytes += (double)p->type->shard_bytes(r->instance.shard[i]);
    w.flops += p->type->gemm_flops ? p->type->gemm_flops(p, r->instance.shard[i]) : 0;
  }
  if (p->data && p->type->labels != LAC_SYMBOLS)
    w.nonzeros = (double)lac_data_about(p->data)->nnz * own / r->env.n;
  return w;
}

static int all_gradients(lac_run *r, double *g)
{
  double f;
  const lac_problem *p = &r->instance.problem;
  for (uint32_t i = 0; i < r->instance.last - r->instance.first; i++)
    LAC_TRY(p->type->value_grad(p, r->instance.shard[i], r->instance.x0, &f, g));
  return LAC_OK;
}

/* CPU seconds of all gradients, so often that a short one can be told from the clock's own time. */
static int time_gradients(lac_run *r, double *g, size_t times, double *seconds)
{
  double start = lac_cpu_seconds();
  for (size_t i = 0; i < times; i++)
    LAC_TRY(all_gradients(r, g));
  *seconds = (lac_cpu_seconds() - start) / (double)times;
  return LAC_OK;
}

/* The k-th of so many repeats: of more than there is room for, evenly spaced ones. */
static void keep_repeats(lac_round_cell *c, int which, const double *ratio, size_t count)
{
  size_t kept = count < LAC_ROUND_REPEATS_MOST ? count : LAC_ROUND_REPEATS_MOST;
  for (size_t k = 0; k < kept; k++)
    c->repeat[which][k] = ratio[k * count / kept];
  c->repeats[which] = kept;
}

static int time_pairs(lac_run *r, const limits *l, const workload *w, double seconds, double *g, lac_round_cell *c)
{
  enum { MOST = 2000, FEWEST = 3 };
  const double least = 1e-3;
  double once, reads[MOST], gradients[MOST], stream_share[MOST], gemm_share[MOST], over[MOST];
  size_t pairs = 0;
  LAC_TRY(time_gradients(r, g, 1, &once));
  LAC_TRY(time_gradients(r, g, 1, &once));      /* warm */
  size_t times = once < least ? (size_t)(least / fmax(once, 1e-8)) + 1 : 1;
  for (double start = lac_seconds(); pairs < FEWEST || (pairs < MOST && lac_seconds() - start < seconds); pairs++) {
    double read = time_read(l), operation = time_gemm(l), array = (double)(l->count * sizeof(double));
    LAC_TRY(time_gradients(r, g, times, &gradients[pairs]));
    reads[pairs] = array / read;
    stream_share[pairs] = w->bytes / gradients[pairs] / reads[pairs];
    gemm_share[pairs] = w->flops * operation / gradients[pairs];
    over[pairs] = gradients[pairs] / read;
  }
  keep_repeats(c, 0, over, pairs);
  c->read = lac_quantile(reads, pairs, 0.5);
  c->gradient_cpu = lac_quantile(gradients, pairs, 0.5);
  c->stream = lac_quantile(stream_share, pairs, 0.5);
  c->gemm = l->c ? lac_quantile(gemm_share, pairs, 0.5) : NAN;
  c->ns_nonzero = 1e9 * c->gradient_cpu / w->nonzeros;
  c->bytes = w->bytes;
  return LAC_OK;
}

static int time_oracle(lac_run *r, const limits *l, const workload *w, double seconds, lac_round_cell *c)
{
  double *g = lac_alloc(r->env.d * sizeof *g);
  int status = g ? time_pairs(r, l, w, seconds, g, c) : LAC_ENOMEM;
  free(g);
  return status;
}

/* ---- memory ---- */

static double resident(void)
{
  long pages = 0, total;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f) {
    if (fscanf(f, "%ld %ld", &total, &pages) != 2)
      pages = 0;
    fclose(f);
  }
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* With fewer clients the process itself, not its clients, is what one would measure. */
enum { MANY = 1000 };

static void measure_memory(const lac_run *r, double before, const workload *w, lac_round_cell *c)
{
  double own = r->instance.last - r->instance.first;
  if (own < MANY)
    return;
  c->memory = (resident() - before) / own;
  c->memory_ratio = c->memory / (w->vectors + w->bytes / own);
}

/* ---- rounds ---- */

/* What a number of rounds took. */
typedef struct { double cpu, wall, part[LAC_TIMES]; } took;

/* A run of so many rounds, evaluated at its two ends only. */
static int run_rounds(lac_comm *comm, const lac_config *config, lac_keep *keep, uint64_t rounds, took *t)
{
  lac_run r;
  lac_config c = *config;
  c.rounds = c.eval = rounds;
  int status = lac_run_open_after(&r, &c, comm, keep);
  if (status == LAC_OK)
    status = lac_run_load(&r);
  double wall = lac_seconds(), cpu = lac_cpu_seconds();
  if (status == LAC_OK)
    status = lac_run_rounds(&r, NULL);
  t->cpu = lac_cpu_seconds() - cpu;
  t->wall = lac_seconds() - wall;
  memcpy(t->part, r.ledger.seconds, sizeof t->part);
  if (status == LAC_OK && r.round < rounds)
    status = lac_fail(LAC_EUSER, "the method diverges in round %llu; give it a smaller step size, as in --algorithm=ef21:gamma=1e-3",
                      (unsigned long long)r.round);
  lac_run_close(&r);
  return status;
}

/* A run of SHORT rounds has what every run has: two evaluations and the first touch of all memory.  What a longer one takes beyond the
   quickest of them are rounds and nothing else. */
enum { SHORT = 2, FEWEST_ROUNDS = 3, REPEATS = 5 };

/* So many rounds that they take the seconds.  A few of them take less than what two runs differ by: more are tried until they do not. */
static int choose_rounds(lac_comm *comm, const lac_config *config, lac_keep *keep, double seconds, took *ends, uint64_t *rounds)
{
  const double most = 1e6;
  double tried = FEWEST_ROUNDS, gone = 0;
  LAC_TRY(run_rounds(comm, config, keep, SHORT, ends));
  for (; tried <= most; tried *= 4) {
    took few;
    LAC_TRY(run_rounds(comm, config, keep, SHORT + (uint64_t)tried, &few));
    gone = few.cpu - ends->cpu;
    LAC_TRY(lac_comm_bcast(comm, &gone, sizeof gone));
    if (gone > seconds / 8)
      break;
  }
  *rounds = tried > most ? (uint64_t)most : (uint64_t)fmin(fmax(tried * seconds / gone, FEWEST_ROUNDS), most);
  return LAC_OK;
}

/* The middles of all repeats together: their parts over what they took. */
static void share_out(const took *t, const took *ends, lac_round_cell *c)
{
  double part[LAC_TIMES] = { 0 };
  for (int i = 0; i < REPEATS; i++)
    for (int k = 0; k < LAC_TIMES; k++)
      part[k] += t[i].part[k] - ends->part[k];
  double total = part[LAC_TIME_TOTAL] - part[LAC_TIME_EVALUATE];
  c->oracle = part[LAC_TIME_ORACLE] / total;
  c->compress = part[LAC_TIME_COMPRESS] / total;
  c->harness = 1 - c->oracle - c->compress;
}

/* Samples of a long run less those of a short one are samples of rounds. */
static int sample_rounds(lac_comm *comm, const lac_config *config, lac_keep *keep, uint64_t rounds, lac_round_cell *c)
{
  took t;
  lac_samples sample[2];
  for (int k = 0; k < 2; k++) {
    lac_samples_start();
    int status = run_rounds(comm, config, keep, k ? SHORT + rounds : SHORT, &t);
    sample[k] = lac_samples_stop();
    LAC_TRY(status);
  }
  double all = sample[1].all - sample[0].all, blas = sample[1].blas - sample[0].blas;
  c->blas = all > 0 ? fmin(fmax(blas / all, 0), 1) : NAN;
  return LAC_OK;
}

static int time_rounds(lac_comm *comm, const lac_config *config, lac_keep *keep, const limits *l, double seconds, lac_round_cell *c)
{
  took t[REPEATS], one, ends;
  uint64_t rounds;
  double read[REPEATS], over[REPEATS], cpu[REPEATS], wall[REPEATS];
  LAC_TRY(choose_rounds(comm, config, keep, seconds / REPEATS, &ends, &rounds));
  for (int i = 0; i < REPEATS; i++) {
    read[i] = time_read(l);
    LAC_TRY(run_rounds(comm, config, keep, SHORT, &one));
    LAC_TRY(run_rounds(comm, config, keep, SHORT + rounds, &t[i]));
    ends = one.wall < ends.wall ? one : ends;
  }
  for (int i = 0; i < REPEATS; i++) {
    cpu[i] = (t[i].cpu - ends.cpu) / (double)rounds;
    wall[i] = (t[i].wall - ends.wall) / (double)rounds;
    over[i] = cpu[i] / read[i];
  }
  keep_repeats(c, 1, over, REPEATS);
  share_out(t, &ends, c);
  c->round_cpu = lac_quantile(cpu, REPEATS, 0.5);
  c->round_wall = lac_quantile(wall, REPEATS, 0.5);
  return sample_rounds(comm, config, keep, rounds * REPEATS, c);
}

/* ---- all of it ---- */

/* Gradients and memory of a run that has gone three rounds. */
static int measure_run(lac_comm *comm, const lac_config *config, double seconds, limits *l, workload *w, lac_round_cell *c)
{
  lac_run r;
  lac_config three = *config;
  double before = resident();
  three.rounds = three.eval = 3;
  int status = lac_run_open(&r, &three, comm);
  if (status == LAC_OK)
    status = lac_run_load(&r);
  if (status == LAC_OK)
    status = lac_run_rounds(&r, NULL);
  if (status == LAC_OK) {
    *w = count_work(&r);
    measure_memory(&r, before, w, c);
    status = open_limits(l, w->bytes, w->flops > 0);
    if (status == LAC_OK)
      status = time_oracle(&r, l, w, seconds, c);
    status = lac_comm_agree(comm, status);
  }
  lac_run_close(&r);
  return status;
}

int lac_round_measure(lac_comm *comm, const lac_config *config, double seconds, lac_round_cell *c)
{
  limits l = { 0 };
  workload w = { 0 };
  lac_keep keep = { 0 };
  *c = (lac_round_cell){ .ns_nonzero = NAN, .gemm = NAN, .blas = NAN, .memory = NAN, .memory_ratio = NAN,
                         .gradient_other = NAN, .gradient_spread = NAN,
                         .round_other = NAN, .round_spread = NAN };
  int status = measure_run(comm, config, seconds, &l, &w, c);
  if (status == LAC_OK)
    status = time_rounds(comm, config, &keep, &l, seconds, c);
  if (status == LAC_OK) {
    uint32_t first, last;
    lac_comm_clients(comm, (uint32_t)config->clients, lac_comm_rank(comm), &first, &last);
    c->per_client = c->round_cpu / fmax(last - first, 1);
    c->beside = c->harness * c->per_client - w.vectors / c->read;
  }
  lac_keep_clear(&keep);
  close_limits(&l);
  return status;
}

/* ---- a core for each rank ---- */

/* Which of this machine's ranks this one is. */
static int place_here(lac_comm *comm, int *place)
{
  char name[256] = "";
  int rank = lac_comm_rank(comm);
  uint64_t own, *all = lac_alloc((size_t)lac_comm_size(comm) * sizeof *all);
  gethostname(name, sizeof name - 1);
  own = XXH3_64bits(name, strlen(name));
  int status = lac_comm_agree(comm, all ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = lac_comm_allgather(comm, &own, sizeof own, all);
  *place = 0;
  for (int r = 0; status == LAC_OK && r < rank; r++)
    *place += all[r] == own;
  free(all);
  return status;
}

static int bind(int place)
{
  cpu_set_t may, one;
  CPU_ZERO(&one);
  if (sched_getaffinity(0, sizeof may, &may))
    return lac_fail(LAC_EUSER, "--pin: the system does not say which cores there are");
  place %= CPU_COUNT(&may);
  for (int core = 0; core < CPU_SETSIZE; core++)
    if (CPU_ISSET(core, &may) && place-- == 0)
      CPU_SET(core, &one);
  return sched_setaffinity(0, sizeof one, &one) == 0 ? LAC_OK : lac_fail(LAC_EUSER, "--pin: the system binds no process to a core");
}

int lac_round_pin(lac_comm *comm)
{
  int place, ranks = lac_comm_here(comm), cores = lac_comm_cores(comm);
  int status = ranks <= cores ? LAC_OK : lac_fail(LAC_EUSER, "--pin: %d ranks and %d cores; start fewer ranks", ranks, cores);
  LAC_TRY(lac_comm_agree(comm, status));
  LAC_TRY(place_here(comm, &place));
  return lac_comm_agree(comm, bind(place));
}
