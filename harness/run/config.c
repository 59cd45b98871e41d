#include "run/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(lac_config, field)
#define AXIS(axis, name, help, ...) \
  { "seed." name, LAC_TEXT, AT(axis_seed[axis]), "", NULL, NULL, "seed for " help " (default: --seed)", __VA_ARGS__ }
#define REPLAY(axis, name, help, columns, ...) \
  { "replay." name, LAC_TEXT, AT(replay[axis]), "", NULL, NULL, "file of " help ", used instead of drawing them; columns " columns, \
    __VA_ARGS__ }

const lac_option lac_what_options[] = {
  { "problem", LAC_TEXT, AT(problem), "logreg", NULL, NULL, "objective, e.g. logreg:reg=nonconvex,lambda=0.1" },
  { "dataset", LAC_TEXT, AT(dataset), "", NULL, NULL,
    "manifest name, path to LIBSVM text (plain, .gz, .bz2, .xz), or synthetic:...; :d=N fixes the features, "
    ":normalise=standard makes their mean 0 and variance 1 (laconic help mnist)" },
  { "test-dataset", LAC_TEXT, AT(test_dataset), "", NULL, NULL,
    "rows held out: test_loss and test_accuracy in the trace; a manifest name, a path, or the generator of --dataset", .later = 1 },
  { "clients", LAC_UINT, AT(clients), "20", "[1,4294967295]", NULL, "number n of clients, on any number of ranks" },
  { "split", LAC_TEXT, AT(split), "contiguous", NULL, NULL,
    "how rows are split over clients: contiguous, shuffled, sorted, dirichlet, shards, similarity, natural" },
  { "algorithm", LAC_TEXT, AT(algorithm), "ef21", NULL, NULL, "method, e.g. ef21:gamma=theory*8" },
  { "up", LAC_TEXT, AT(up), "identity", NULL, NULL, "compressor of client messages, e.g. topk:k=1%" },
  { "up2", LAC_TEXT, AT(up2), "identity", NULL, NULL, "compressor of the second vector of a client message, for methods that send two" },
  { "down", LAC_TEXT, AT(down), "identity", NULL, NULL, "compressor of server messages, for methods that compress both ways" },
  { "broadcast", LAC_CHOICE, AT(broadcast), "f64", NULL, "f64|f32|bf16",
    "format of the vectors that the server sends in full, rounded to nearest", .later = 1 },
  { "weights", LAC_CHOICE, AT(weights), "uniform", NULL, "uniform|size",
    "w_i of f = sum w_i f_i: 1/n, or the client's share of all rows", .later = 1 },
  { "sample", LAC_TEXT, AT(sample), "full", NULL, NULL,
    "clients that take part in a round: full, uniform:s=N, bernoulli:p=P, weighted:s=N (by their rows, with replacement)" },
  { "dropout", LAC_REAL, AT(dropout), "0", "[0,1)", NULL, "probability that a client that took part is not heard: its message is lost",
    .later = 1 },
  { "batch", LAC_TEXT, AT(batch), "full", NULL, NULL,
    "batch size: full, a row count or a percentage of the client's rows; distinct rows, redrawn at every step; "
    "32,replace=yes: with replacement; 32,order=epoch: each row once an epoch, in a new order, the last "
    "batch short if 32 does not divide the rows" },
  { "clip", LAC_REAL, AT(clip), "0", ">=0", NULL,
    "largest norm of a gradient that a client computes: one that is longer is scaled down to it; 0: none", .later = 1 },
  { "dp", LAC_TEXT, AT(dp), "none", NULL, NULL,
    "differential privacy for rows: none, or gauss:clip=C,sigma=S,delta=1e-5: rows are clipped to C, sums get noise S C, and the "
    "trace has epsilon; gauss:epsilon=4 finds sigma", .later = 1 },
  { "rounds", LAC_UINT, AT(rounds), "1000", "<=4294967295", NULL, "maximum number of rounds" },
  { "stop", LAC_TEXT, AT(stop), "none", NULL, NULL,
    "end early: METRIC:VALUE, e.g. grad_norm_sq:1e-7 (at or below) or bits_up:1e9 (at or above)" },
  { "eval", LAC_UINT, AT(eval), "1", ">=1", NULL, "evaluate and record every N rounds" },
  { "evaluate", LAC_CHOICE, AT(evaluate), "auto", NULL, "auto|all|held-out",
    "what a row of the trace takes: all, f and its gradient over all rows; held-out, the rows that are held out alone; auto: held-out "
    "where the problem says that a pass over all rows costs too much (lm), else all", .later = 1 },
  { "x0", LAC_TEXT, AT(x0), "auto", NULL, NULL,
    "initial point: auto (the problem's own, zeros where it has none), zeros, normal:scale=1, glorot, corner (sqrt(d), 0, ...), "
    "file:path=FILE (one number a line), result:path=R.h5 (where a run of the same problem ended); where the problem has a "
    "constraint, the nearest point that meets it" },
  { "optimum", LAC_CHOICE, AT(optimum), "auto", NULL, "auto|none|solve",
    "solve: find the solution first (of several the one of least norm), and record f_gap and dist_sq; auto: for saddle points that "
    "are unique" },
  { "seed", LAC_UINT, AT(seed), "1", NULL, NULL, "seed of all randomness" },
  AXIS(LAC_SEED_DATA, "data", "generated data and problems"),
  AXIS(LAC_SEED_PARTITION, "partition", "the split of rows over clients"),
  AXIS(LAC_SEED_X0, "x0", "the initial point"),
  AXIS(LAC_SEED_NOISE, "noise", "the compressors of clients"),
  AXIS(LAC_SEED_DOWN, "down", "the server's compressor"),
  AXIS(LAC_SEED_SAMPLE, "sample", "the sampling of clients"),
  AXIS(LAC_SEED_BATCH, "batch", "batches"),
  AXIS(LAC_SEED_COIN, "coin", "the coins of a method"),
  AXIS(LAC_SEED_DIRECTION, "direction", "directions that clients draw", .later = 1),
  AXIS(LAC_SEED_DP, "dp", "the noise of --dp", .later = 1),
  REPLAY(LAC_SEED_NOISE, "noise", "index sets of randk", "round,client,..., and phase,step where a round has several"),
  REPLAY(LAC_SEED_DOWN, "down", "index sets of the server's randk", "round,..., and phase,step where a round has several"),
  REPLAY(LAC_SEED_SAMPLE, "sample", "clients that take part", "round,..."),
  REPLAY(LAC_SEED_BATCH, "batch", "rows of the batches", "round,client,..., and phase,step where a round has several"),
  REPLAY(LAC_SEED_COIN, "coin", "coins", "round,... (0 or 1, or numbers in [0,1) under the name u)"),
  REPLAY(LAC_SEED_DIRECTION, "direction", "directions that clients draw", "round,client,..., and step where a round has several",
         .later = 1),
  REPLAY(LAC_SEED_DP, "dp", "normal numbers, d a row, for the noise of --dp", "round,client,..., and phase,step where a round has several",
         .later = 1),
  { 0 }
};

const lac_option lac_where_options[] = {
  { "output", LAC_TEXT, AT(output), "", NULL, NULL, "result file (HDF5); default RESULTS/DIGEST.h5" },
  { "results", LAC_TEXT, AT(results), "results", NULL, NULL, "folder of results that are named by their digest" },
  { "data-dir", LAC_TEXT, AT(data_dir), "", NULL, NULL, "folders with data sets, colon-separated; default $LACONIC_DATA" },
  { "force", LAC_CHOICE, AT(force), "no", NULL, "no|yes", "overwrite an existing output" },
  { "checkpoint", LAC_TEXT, AT(checkpoint), "none", NULL, NULL,
    "save the state beside the output every N rounds (500) or at an interval (30s, 10m, 2h), and when a signal stops the run" },
  { "resume", LAC_CHOICE, AT(resume), "no", NULL, "no|yes|auto",
    "continue from the checkpoint, on any number of ranks; auto: or start, when there is none; a finished run is left as it is" },
  { "pause", LAC_UINT, AT(pause), "0", NULL, NULL, "save the state after N rounds of the run and stop, as a signal does; 0: do not" },
  { "progress", LAC_CHOICE, AT(progress), "auto", NULL, "auto|yes|no",
    "progress line on standard error; auto: when that is a terminal, also that of an mpiexec on this machine" },
  { "overlap", LAC_CHOICE, AT(overlap), "yes", NULL, "yes|no", "send late messages while clients compute; no: wait for each" },
  { "messages", LAC_CHOICE, AT(messages), "auto", NULL, "auto|full|summary",
    "what to record of the bits of each message: full, every client's; summary: sum, maximum and quantiles of each exchange; auto: "
    "full, unless --rounds times --clients exceeds 1e8" },
  { "exchange", LAC_TEXT, AT(exchange), "auto", NULL, NULL,
    "by which links messages travel between ranks: collective (auto), star, allgather, ring, tree:k=2, shards:s=2" },
  { "server", LAC_CHOICE, AT(server), "shared", NULL, "shared|own",
    "own: the ranks that run the server host no clients, so that no client shares the server's link" },
  { "flush", LAC_REAL, AT(flush), "1", ">=0", NULL, "seconds between writes to disk: what a killed run may lose" },
  { 0 }
};

static const lac_option *const tables[] = { lac_what_options, lac_where_options };

int lac_config_init(lac_config *c)
{
  *c = (lac_config){ 0 };
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    LAC_TRY(lac_option_defaults(tables[i], c));
  return LAC_OK;
}

void lac_config_clear(lac_config *c)
{
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    lac_option_clear(tables[i], c);
}

int lac_config_copy(lac_config *to, const lac_config *from)
{
  *to = *from;
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    for (const lac_option *o = tables[i]; o->name; o++)
      if (o->kind == LAC_TEXT) {
        char **text = (char **)((char *)to + o->offset);
        if (!(*text = lac_strdup(*text)))
          return LAC_ENOMEM;
      }
  return LAC_OK;
}

int lac_config_set(lac_config *c, const char *key, const char *value)
{
  const char *near = NULL;
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    for (const lac_option *o = tables[i]; o->name; o++) {
      if (strcmp(o->name, key) == 0)
        return lac_option_set(o, c, "--", value);
      near = lac_nearer(key, near, o->name);
    }
  return near ? lac_fail(LAC_EUSER, "run has no option '%.40s'; did you mean %s?", key, near)
              : lac_fail(LAC_EUSER, "run has no option '%.40s'; see laconic help run", key);
}

int lac_config_set_pair(lac_config *c, const char *pair)
{
  size_t n = strcspn(pair, "=");
  char *key = lac_asprintf("%.*s", (int)n, pair);
  int status = key ? lac_config_set(c, key, pair + n + (pair[n] == '=')) : LAC_ENOMEM;
  free(key);
  return status;
}

int lac_config_seeds(const lac_config *c, lac_seeds *seeds)
{
  static const lac_option number = { "seed", LAC_UINT, 0, "", NULL, NULL, NULL };
  *seeds = (lac_seeds){ 0 };
  for (int axis = 0; axis < LAC_SEED_AXES; axis++) {
    char what[32];
    seeds->axis[axis] = c->seed;
    snprintf(what, sizeof what, "--seed.%s", lac_seed_name[axis]);
    if (*c->axis_seed[axis])
      LAC_TRY(lac_option_set(&number, &seeds->axis[axis], what, c->axis_seed[axis]));
  }
  return LAC_OK;
}
