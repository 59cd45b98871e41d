/* laconic trace: the messages of a result as a time-independent trace, which SimGrid replays on any network. */
#include "command/commands.h"
#include "network/ti_trace.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT = 'o', EXCHANGE = 1, COMPUTE, ROUNDS };

typedef struct {
  const char *path, *out, *exchange;
  double compute;
  uint64_t first, last;
} arguments;

static const struct argp_option own_options[] = {
  { "out", OUT, "DIR", 0, "where the trace is written: a new or an empty folder", 1 },
  { "exchange", EXCHANGE, "NAME", 0, "which way messages take: star, allgather, ring, tree:k=2, shards:s=2 [star]", 1 },
  { "compute", COMPUTE, "SECONDS", 0, "a gradient of one client, on a host of 1 Gflop/s [0]", 1 },
  { "rounds", ROUNDS, "A:B", 0, "rounds A to B-1 only, counted from 0; either may be left out [all]", 1 },
  { 0 }
};

static int read_seconds(const char *text, double *seconds)
{
  char *end;
  *seconds = strtod(text, &end);
  return !*end && isfinite(*seconds) && *seconds >= 0 ? LAC_OK :
         lac_fail(LAC_EUSER, "--compute: '%.40s' is no number of seconds from 0 on", text);
}

/* The digits at *at, which moves behind them; `none` where there are none. */
static uint64_t read_count(const char **at, uint64_t none)
{
  size_t digits = strspn(*at, "0123456789");
  uint64_t count = digits ? strtoull(*at, NULL, 10) : none;
  *at += digits;
  return count;
}

static int read_rounds(const char *text, arguments *a)
{
  const char *at = text;
  a->first = read_count(&at, 0);
  int colon = *at == ':';
  at += colon;
  a->last = read_count(&at, UINT64_MAX);
  return colon && !*at && a->first < a->last ? LAC_OK : lac_fail(LAC_EUSER, "--rounds: '%.40s' is not A:B with A < B", text);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case OUT:
    a->out = value;
    return 0;
  case EXCHANGE:
    a->exchange = value;
    return 0;
  case COMPUTE:
    return read_seconds(value, &a->compute);
  case ROUNDS:
    return read_rounds(value, a);
  case ARGP_KEY_ARG:
    if (a->path)
      return lac_fail(LAC_EUSER, "trace takes one result; leave out '%.60s'", value);
    a->path = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* Only these rounds. */
static int check_rounds(const lac_messages *m, const arguments *a, lac_ti_wish *wish)
{
  int to_end = a->last == UINT64_MAX;
  wish->first = a->first;
  wish->last = to_end ? m->rounds : a->last;
  return wish->first < wish->last && wish->last <= m->rounds ? LAC_OK :
         lac_fail(LAC_EUSER, "--rounds: %s has the rounds 0 to %llu", a->path, (unsigned long long)m->rounds - 1);
}

static int write_trace(const lac_messages *m, const arguments *a, lac_pattern *pattern)
{
  lac_result r;
  double *calls = NULL;
  lac_ti_account made;
  lac_ti_wish wish = { .folder = a->out, .pattern = pattern, .compute = a->compute };
  LAC_TRY(check_rounds(m, a, &wish));
  LAC_TRY(lac_result_open_parts(&r, a->path, 0));
  int status = lac_recorded_calls(&r, m, &calls);
  if (status == LAC_OK)
    status = lac_ti_write(m, calls, &wish, &made);
  free(calls);
  lac_result_close(&r);
  if (status == LAC_OK)
    lac_print(stdout, "wrote %s, %s: %llu ranks, %llu rounds, %llu messages of %.6g MB\n", a->out, pattern->spec.text,
              (unsigned long long)made.ranks, (unsigned long long)(wish.last - wish.first), (unsigned long long)made.messages,
              (double)made.bytes / 1e6);
  return status;
}

static int trace(const arguments *a)
{
  lac_pattern pattern;
  lac_messages m;
  if (!a->path || !a->out)
    return lac_fail(LAC_EUSER, "trace needs a result and a folder: laconic trace R.h5 -o DIR");
  int status = lac_pattern_open(&pattern, "--exchange", a->exchange);
  if (status == LAC_OK && (status = lac_messages_open(&m, a->path)) == LAC_OK) {
    status = write_trace(&m, a, &pattern);
    lac_messages_close(&m);
  }
  lac_pattern_close(&pattern);
  return status;
}

static const char doc[] =
  "Write the messages of a result as a time-independent trace, which the SMPI of SimGrid replays on any network, with thousands of ranks: "
  "tools/simulate --replay=DIR.\v"
  "Rank 0 is the server and ranks 1 to n are the clients; with shards:s the servers are ranks 0 to s-1.  All messages go from point to "
  "point, with the bytes that the run has counted; those of the evaluation are left out.  A client computes as many gradients as the "
  "trace of the result says.  allgather and ring: every client gets every client's message and does the server's step itself, so that "
  "nothing goes down.  tree: messages go up side by side, not added.\n\n"
  "  laconic trace r.h5 -o r.trace --compute=0.1\n"
  "  laconic trace r.h5 -o r.ring --exchange=ring --rounds=0:2";

int lac_command_trace(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .exchange = "star", .last = UINT64_MAX };
  struct argp argp = { own_options, parse, "RESULT.h5 -o DIR", doc, NULL, NULL, NULL };
  int done = 0, status = lac_argp(comm, &argp, argc, argv, &a, &done);
  if (status == LAC_OK && !done)
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? trace(&a) : LAC_OK);
  return status;
}
