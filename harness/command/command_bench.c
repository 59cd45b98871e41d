/* laconic bench round: how fast a round is, against what the machine can do, measured in the same run.

   Each case runs alone on this rank: gradients of all clients in turn with a streaming read of as many bytes (pairs, so that
   the ratio holds when the machine's speed drifts), then rounds with the clock on the parts, then the memory. */
#include "bench/bench.h"
#include "command/commands.h"
#include "run/round.h"
#include "setup/setup.h"
#include "store/temporary.h"
#include "stats.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  lac_comm *comm;
  lac_config config;
  int own_case;             /* the user named a data set or problem: that case alone */
  double seconds;
  const char *out;
  lac_temporary table;      /* of `out` */
} bench;

/* ---- a physical limit ---- */

/* Eight accumulators of eight lanes: nothing but loads. */
__attribute__((target_clones("avx512f", "avx2", "default")))
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

static int all_gradients(lac_run *r, double *g)
{
  double f;
  for (uint32_t i = 0; i < r->env.n; i++)
    LAC_TRY(r->instance.problem.type->value_grad(&r->instance.problem, r->instance.shard[i], r->instance.x0, &f, g));
  return LAC_OK;
}

typedef struct { size_t bytes; double read_rate, gradient_rate, ratio; } oracle_speed;

static int time_pairs(const bench *b, lac_run *r, const double *array, double *g, oracle_speed *s)
{
  enum { MOST = 2000 };
  volatile double sink;
  double reads[MOST], gradients[MOST], ratios[MOST];
  size_t pairs = 0, repeats = s->bytes < (1 << 20) ? (1 << 20) / s->bytes + 1 : 1;      /* a pass of at least a megabyte */
  for (double start = lac_seconds(); pairs < 3 || (pairs < MOST && lac_seconds() - start < b->seconds); pairs++) {
    double t0 = lac_seconds();
    for (size_t i = 0; i < repeats; i++)
      sink = stream(array, s->bytes / sizeof *array);
    double t1 = lac_seconds();
    for (size_t i = 0; i < repeats; i++)
      LAC_TRY(all_gradients(r, g));
    double t2 = lac_seconds();
    reads[pairs] = (double)(s->bytes * repeats) / (t1 - t0);
    gradients[pairs] = (double)(s->bytes * repeats) / (t2 - t1);
    ratios[pairs] = gradients[pairs] / reads[pairs];
  }
  (void)sink;
  s->read_rate = lac_quantile(reads, pairs, 0.5);
  s->gradient_rate = lac_quantile(gradients, pairs, 0.5);
  s->ratio = lac_quantile(ratios, pairs, 0.5);
  return LAC_OK;
}

static int time_oracle(const bench *b, lac_run *r, oracle_speed *s)
{
  s->bytes = 0;
  for (uint32_t i = 0; i < r->env.n; i++)
    s->bytes += r->instance.problem.type->shard_bytes(r->instance.shard[i]);
  double *array = lac_alloc(s->bytes), *g = lac_alloc(r->env.d * sizeof *g);
  int status = array && g ? LAC_OK : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < s->bytes / sizeof *array; i++)
    array[i] = 1e-3;
  if (status == LAC_OK)
    status = all_gradients(r, g);      /* warm */
  if (status == LAC_OK)
    status = time_pairs(b, r, array, g, s);
  free(array);
  free(g);
  return status;
}

/* ---- rounds ---- */

static size_t resident(void)
{
  long pages = 0, total;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f) {
    if (fscanf(f, "%ld %ld", &total, &pages) != 2)
      pages = 0;
    fclose(f);
  }
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

typedef struct { double rounds, seconds[LAC_TIMES]; } round_speed;

/* A fresh run of so many rounds, evaluated at its two ends only. */
static int time_rounds(bench *b, uint64_t rounds, round_speed *s)
{
  lac_run r;
  lac_config c = b->config;
  c.rounds = c.eval = rounds;
  int status = lac_run_open(&r, &c, b->comm);
  if (status == LAC_OK)
    status = lac_run_load(&r);
  if (status == LAC_OK)
    status = lac_run_rounds(&r, NULL);
  s->rounds = (double)r.round;
  memcpy(s->seconds, r.ledger.seconds, sizeof s->seconds);
  lac_run_close(&r);
  return status;
}

/* With fewer clients the process itself, not its clients, is what one would measure. */
enum { MANY = 1000 };
typedef struct { double per_client, needed; } memory_use;

static int measure(bench *b, oracle_speed *oracle, memory_use *memory)
{
  lac_run r;
  size_t before = resident();
  int status = lac_run_open(&r, &b->config, b->comm);
  if (status == LAC_OK)
    status = lac_run_load(&r);
  if (status == LAC_OK)
    status = lac_run_rounds(&r, NULL);
  if (status == LAC_OK) {
    uint32_t n = r.env.n;
    memory->per_client = (double)(resident() - before) / n;
    status = time_oracle(b, &r, oracle);
    memory->needed = (double)(r.recipe.method->client_vecs * lac_stride(r.env.d) * sizeof(double)) + (double)oracle->bytes / n;
  }
  lac_run_close(&r);
  return status;
}

/* ---- the table ---- */

static void print_case(const bench *b, const char *name, const oracle_speed *o, const round_speed *s, const memory_use *m)
{
  double total = s->seconds[LAC_TIME_TOTAL] - s->seconds[LAC_TIME_EVALUATE], oracle = s->seconds[LAC_TIME_ORACLE];
  double compress = s->seconds[LAC_TIME_COMPRESS], rest = total - oracle - compress;
  lac_print(stdout, "%-24.24s %9.2f %9.2f %9.2f %7.2f | %10.2f %7.1f%% %8.1f%% %7.1f%%", name, (double)o->bytes / 1e6, o->read_rate / 1e9,
            o->gradient_rate / 1e9, o->ratio, total / s->rounds * 1e6, 100 * oracle / total, 100 * compress / total,
            100 * rest / total);
  if (b->config.clients >= MANY)
    lac_print(stdout, " | %9.0f %6.2f\n", m->per_client, m->per_client / m->needed);
  else
    lac_print(stdout, " |         -      -\n");
  fflush(stdout);
  if (b->table.to)
    fprintf(b->table.to, "%s\t%zu\t%.6g\t%.6g\t%.4f\t%.6g\t%.4f\t%.4f\t%.4f\t%.0f\t%.4f\n", name, o->bytes, o->read_rate,
            o->gradient_rate, o->ratio, total / s->rounds, oracle / total, compress / total, rest / total, m->per_client,
            m->per_client / m->needed);
}

static int run_case(bench *b, const char *name)
{
  oracle_speed oracle;
  memory_use memory;
  round_speed speed;
  uint64_t rounds = 5;
  b->config.rounds = b->config.eval = 3;
  LAC_TRY(measure(b, &oracle, &memory));
  LAC_TRY(time_rounds(b, rounds, &speed));
  double each = (speed.seconds[LAC_TIME_TOTAL] - speed.seconds[LAC_TIME_EVALUATE]) / speed.rounds;
  rounds = (uint64_t)fmin(fmax(b->seconds / each, 10), 1e6);
  LAC_TRY(time_rounds(b, rounds, &speed));
  print_case(b, name, &oracle, &speed, &memory);
  return LAC_OK;
}

static const struct { const char *name, *dataset, *clients; } cases[] = {
  { "a9a, n=20", "a9a", "20" },
  { "w8a, n=20", "w8a", "20" },
  { "synthetic d=300, n=20", "synthetic:rows=1000,d=300", "20" },
  { "synthetic d=1000, n=10^4", "synthetic:rows=4,d=1000", "10000" },
};

static int run_cases(bench *b)
{
  lac_print(stdout, "%-24s %9s %9s %9s %7s | %10s %8s %9s %8s | %9s %6s\n", "", "data", "read", "gradient", "ratio", "round", "oracle",
            "compress", "harness", "memory", "ratio");
  lac_print(stdout, "%-24s %9s %9s %9s %7s | %10s %8s %9s %8s | %9s %6s\n", "case", "MB", "GB/s", "GB/s", "", "us", "", "", "",
            "B/client", "");
  if (b->own_case)
    return run_case(b, *b->config.dataset ? b->config.dataset : b->config.problem);
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    LAC_TRY(lac_config_set(&b->config, "dataset", cases[i].dataset));
    LAC_TRY(lac_config_set(&b->config, "clients", cases[i].clients));
    int status = run_case(b, cases[i].name);
    if (status == LAC_ENODATA)
      lac_print(stdout, "%-24s left out: not in LACONIC_DATA\n", cases[i].name);
    else
      LAC_TRY(status);
  }
  lac_print(stdout, "\ndata: as they are stored, which is without values where all are 1 (a9a, w8a).  "
            "read: streaming sum of as many bytes.\n"
            "gradient: f and grad f of all clients, bytes of data per second.  harness: a round without oracle and compressor.\n"
            "memory: resident bytes per client, and over (its vectors + its shard).\n"
            "Medians of pairs in this run.\n");
  return LAC_OK;
}

/* ---- the command line ---- */

static const struct argp_option options[] = {
  { "problem", 'p', "SPEC", 0, "problem [logreg:reg=nonconvex,lambda=0.1]", 0 },
  { "dataset", 'd', "SPEC", 0, "this data set alone [a9a, w8a where they are, synthetic]", 0 },
  { "clients", 'n', "N", 0, "with --dataset: clients [20]", 0 },
  { "algorithm", 'a', "SPEC", 0, "method [ef21:gamma=0.01]", 0 },
  { "up", 'u', "SPEC", 0, "uplink compressor [topk:k=1]", 0 },
  { "data-dir", 'D', "DIR", 0, "folder with data sets", 0 },
  { "seconds", 't', "S", 0, "of each measurement [1]", 0 },
  { "output", 'o', "FILE", 0, "the same table as tab-separated text", 0 },
  { 0 } };

static const lac_option seconds_option = { "seconds", LAC_REAL, 0, "", ">0", NULL, NULL };

static error_t parse(int key, char *value, struct argp_state *state)
{
  bench *b = state->input;
  switch (key) {
  case 'p':
  case 'd':
    b->own_case = 1;
    return lac_config_set(&b->config, key == 'p' ? "problem" : "dataset", value);
  case 'n':
    return lac_config_set(&b->config, "clients", value);
  case 'a':
    return lac_config_set(&b->config, "algorithm", value);
  case 'u':
    return lac_config_set(&b->config, "up", value);
  case 'D':
    return lac_config_set(&b->config, "data-dir", value);
  case 't':
    return lac_option_set(&seconds_option, &b->seconds, "--", value);
  case 'o':
    b->out = value;
    return 0;
  case ARGP_KEY_ARG:
    return strcmp(value, "round") == 0 ? 0 : lac_fail(LAC_EUSER, "there are the benchmarks round and compressors, not '%.40s'", value);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static int set_defaults(bench *b)
{
  b->seconds = 1;
  LAC_TRY(lac_config_init(&b->config));
  LAC_TRY(lac_config_set(&b->config, "problem", "logreg:reg=nonconvex,lambda=0.1"));
  LAC_TRY(lac_config_set(&b->config, "algorithm", "ef21:gamma=0.01"));
  return lac_config_set(&b->config, "up", "topk:k=1");
}

int lac_command_bench(lac_comm *comm, int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "compressors") == 0) {
    argv[1] = (char *)"bench compressors";      /* as its --help calls it */
    return lac_bench_compressors(comm, argc - 1, argv + 1);
  }
  static const char doc[] = "Measure a round: gradients against a streaming read, what the harness adds, memory per client.\v"
                            "laconic bench compressors --help explains the other benchmark.\n\n"
                            "  laconic bench round --dataset=synthetic:rows=1000,d=300 --seconds=0.1";
  struct argp argp = { options, parse, "round", doc, NULL, NULL, NULL };
  bench b = { .comm = comm };
  int done = 0, status = set_defaults(&b);
  if (status == LAC_OK)
    status = lac_argp(comm, &argp, argc, argv, &b, &done);
  if (status == LAC_OK && lac_comm_size(comm) > 1)
    status = lac_fail(LAC_EUSER, "bench round measures one rank; start it without mpiexec");
  if (status == LAC_OK && !done && b.out)
    status = lac_temporary_open(&b.table, "--output", "%s", b.out);
  if (b.table.to)
    fprintf(b.table.to, "case\tdata_bytes\tread_rate\tgradient_rate\tratio\tround_seconds\t"
            "oracle\tcompress\tharness\tbytes_per_client\tmemory_ratio\n");
  if (status == LAC_OK && !done)
    status = run_cases(&b);
  if (b.table.to)
    status = lac_temporary_close(&b.table, status);
  lac_config_clear(&b.config);
  return status;
}

