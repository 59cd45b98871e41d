/* laconic bench round: how fast a round is, against what the machine can do, measured in the same run; and the door to the other
   benchmarks. */
#include "bench/round.h"
#include "command/commands.h"
#include "store/temporary.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MOST = 16 };

typedef struct {
  lac_comm *comm;
  lac_run_words run;
  int own_case;             /* the user named a data set or problem: that case alone */
  int pin;
  double seconds;
  const char *out, *against;
  lac_round_cell *cells;
  size_t count;
} bench;

static const struct { const char *name, *dataset, *clients; } cases[] = {
  { "a9a, n=20", "dataset=a9a", "clients=20" },
  { "w8a, n=20", "dataset=w8a", "clients=20" },
  { "synthetic d=300, n=20", "dataset=synthetic:rows=1000,d=300", "clients=20" },
  { "synthetic d=1000, n=10^4", "dataset=synthetic:rows=4,d=1000", "clients=10000" },
};

/* What holds unless the user says otherwise.  The point is where no problem starts at a stationary one. */
static const char *const defaults[] = { "problem=logreg:reg=nonconvex,lambda=0.1", "algorithm=ef21:gamma=0.01", "up=topk:k=1",
                                        "x0=normal:scale=0.01" };

/* ---- cases ---- */

/* Defaults, the case's data unless it is the user's own, then what the user said. */
static int make_config(const bench *b, size_t which, lac_config *config)
{
  char **words = lac_alloc((LAC_COUNT(defaults) + 3 + b->run.count) * sizeof *words);
  size_t count = 0;
  *config = (lac_config){ 0 };
  if (!words)
    return LAC_ENOMEM;
  for (size_t i = 0; i < LAC_COUNT(defaults); i++)
    words[count++] = (char *)defaults[i];
  if (!b->own_case) {
    words[count++] = (char *)cases[which].dataset;
    words[count++] = (char *)cases[which].clients;
  }
  for (size_t i = 0; i < b->run.count; i++)
    words[count++] = b->run.setting[i];
  int status = lac_run_config(config, &(lac_run_words){ .setting = words, .count = count });
  free(words);
  return status;
}

static int is_root(const bench *b) { return lac_comm_rank(b->comm) == 0; }

static int measure_case(bench *b, size_t which)
{
  lac_config config;
  lac_round_cell *c = &b->cells[b->count];
  int status = make_config(b, which, &config);
  const char *own = status == LAC_OK && *config.dataset ? config.dataset : config.problem;
  if (status == LAC_OK)
    status = lac_round_measure(b->comm, &config, b->seconds, c);
  if (status == LAC_OK && !(c->name = lac_strdup(b->own_case ? own : cases[which].name)))
    status = LAC_ENOMEM;
  lac_config_clear(&config);
  LAC_TRY(status);
  b->count++;
  if (is_root(b) && b->count == 1)
    lac_round_head(0);
  if (is_root(b))
    lac_round_line(c, 0);
  return LAC_OK;
}

static int measure_cases(bench *b)
{
  if (!(b->cells = lac_alloc(CASES_MOST * sizeof *b->cells)))
    return LAC_ENOMEM;
  if (b->own_case)
    return measure_case(b, 0);
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    int status = measure_case(b, i);
    if (status != LAC_ENODATA)
      LAC_TRY(status);
    else if (is_root(b))
      lac_print(stdout, "%-24s left out: not in LACONIC_DATA\n", cases[i].name);
  }
  return LAC_OK;
}

/* ---- another build ---- */

static int measure_pairs(bench *b)
{
  char **words = lac_alloc((b->run.count + 2) * sizeof *words);
  int status = words ? LAC_OK : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < b->run.count; i++)
    status = (words[i] = lac_asprintf("--%s", b->run.setting[i])) ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK && b->pin)
    status = (words[b->run.count] = lac_strdup("--pin")) ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_round_pair(b->against, (const char *const *)words, b->seconds, &b->cells, &b->count);
  for (char **word = words; word && *word; word++)
    free(*word);
  free(words);
  LAC_TRY(status);
  lac_round_head(1);
  for (size_t i = 0; i < b->count; i++)
    lac_round_line(&b->cells[i], 1);
  return LAC_OK;
}

/* ---- the command line ---- */

static void explain(const bench *b)
{
  lac_print(stdout, "\ndata: as they are stored, which is without values where all are 1 (a9a, w8a).  read: a streaming sum of as many\n"
            "bytes.  gradient: f and grad f of all clients once.  of stream, of dgemm: its rate over that of the read, of a product of\n"
            "matrices.  round: without evaluation; oracle, compress: parts of its wall time; harness: all the rest, with other ranks\n"
            "also the waiting; blas: samples of its CPU time that lie in OpenBLAS; /client: the harness's time for a\n"
            "client, without what a streaming read of its vectors takes.\n"
            "memory: resident bytes per client, and over (its vectors + its shard), of 1000 clients or more.\n");
  lac_print(stdout, b->against ? "Medians of this build's processes.  other: time of the other build over that of this one, median and\n"
                                 "half the distance of the quartiles of five pairs.\n"
                               : "CPU seconds, but for the column that says wall.  Medians of what was measured in turns in this run.\n");
}

static int run(bench *b)
{
  int ranks = lac_comm_size(b->comm);
  if (b->against && ranks > 1)
    return lac_fail(LAC_EUSER, "--against starts both builds itself, on one rank; start it without mpiexec");
  LAC_TRY(lac_comm_agree(b->comm, b->out && is_root(b) ? lac_temporary_try("--output", b->out) : LAC_OK));
  if (b->pin && !b->against)
    LAC_TRY(lac_round_pin(b->comm));
  LAC_TRY(b->against ? measure_pairs(b) : measure_cases(b));
  if (is_root(b))
    explain(b);
  int status = b->out && is_root(b) ? lac_context(lac_round_write(b->out, b->cells, b->count, b->seconds, ranks), "--output") : LAC_OK;
  return lac_comm_agree(b->comm, status);
}

enum { PIN = 900, AGAINST };
static const struct argp_option own_options[] = {
  { "seconds", 't', "S", 0, "of each measurement [1]", -2 },
  { "pin", PIN, NULL, 0, "bind each rank to a core of its own", -2 },
  { "against", AGAINST, "OTHER/laconic", 0, "pair this build with another one: both run in turns, and the ratio of their times is shown "
    "with its spread", -2 },
  { "output", 'o', "FILE.h5", 0, "also HDF5, for laconic compare", -2 },
  { 0 } };

static int begins_with_one(const char *text, const char *const *words, size_t count)
{
  while (count && strncmp(text, words[count - 1], strlen(words[count - 1])) != 0)
    count--;
  return count > 0;
}

static const lac_option seconds_option = { "seconds", LAC_REAL, 0, "", ">0", NULL, NULL };

static error_t parse(int key, char *value, struct argp_state *state)
{
  static const char *const naming[] = { "problem=", "dataset=", "clients=", "split=" };
  static const char *const chosen[] = { "rounds=", "eval=", "stop=" };
  bench *b = state->input;
  switch (key) {
  case 't':
    return lac_option_set(&seconds_option, &b->seconds, "--", value);
  case PIN:
    b->pin = 1;
    return 0;
  case AGAINST:
    b->against = value;
    return *value ? 0 : lac_fail(LAC_EUSER, "--against wants the path of another laconic");
  case 'o':
    b->out = value;
    return *value ? 0 : lac_fail(LAC_EUSER, "--output wants the name of a file");
  case ARGP_KEY_ARG:
    return strcmp(value, "round") == 0 ? 0 :
           lac_fail(LAC_EUSER, "there are the benchmarks round, compressors and links, not '%.40s'", value);
  default:
    LAC_TRY(lac_run_option(key, value, &b->run));
    b->own_case |= begins_with_one(b->run.setting[b->run.count - 1], naming, LAC_COUNT(naming));
    return begins_with_one(b->run.setting[b->run.count - 1], chosen, LAC_COUNT(chosen)) ?
           lac_fail(LAC_EUSER, "bench round chooses how long it runs; leave --rounds, --eval and --stop out") : 0;
  }
}

static const struct { const char *name; int (*command)(lac_comm *comm, int argc, char **argv); } others[] = {
  { "bench compressors", lac_bench_compressors }, { "bench links", lac_bench_links } };

int lac_command_bench(lac_comm *comm, int argc, char **argv)
{
  for (size_t i = 0; argc > 1 && i < LAC_COUNT(others); i++)
    if (strcmp(argv[1], strchr(others[i].name, ' ') + 1) == 0) {
      argv[1] = (char *)others[i].name;      /* as its --help calls it */
      return others[i].command(comm, argc - 1, argv + 1);
    }
  static const char doc[] = "Measure a round: gradients against a streaming read and dgemm, what the harness adds, memory per client; of "
                            "four cases, or of the one that --problem, --dataset, --clients and --split name.\v"
                            "Unless they are given: --problem=logreg:reg=nonconvex,lambda=0.1 --algorithm=ef21:gamma=0.01 "
                            "--up=topk:k=1 --x0=normal:scale=0.01, and not what a run defaults to.\n\n"
                            "laconic bench compressors --help and laconic bench links --help explain the other benchmarks.\n\n"
                            "  laconic bench round --dataset=synthetic:rows=1000,d=300 --seconds=0.1\n"
                            "  laconic bench round --problem=mlp --clients=4 --seconds=0.1";
  struct argp_option *options = lac_run_options(own_options, 0);
  struct argp argp = { options, parse, "round", doc, NULL, lac_run_help, NULL };
  bench b = { .comm = comm, .seconds = 1 };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &b, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = run(&b);
  lac_round_free(b.cells, b.count);
  lac_run_words_free(&b.run);
  free(options);
  return status;
}
