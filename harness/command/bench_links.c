/* laconic bench links: exchanges between ranks, over sizes and compressors. */
#include "bench/links.h"
#include "command/commands.h"
#include "store/temporary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  lac_comm *comm;
  const char *operations, *up, *down, *out;
  double least, most, factor;      /* of --sizes, in bytes */
  lac_link_effort effort;
  lac_sheet_format format;
  /* while it goes */
  lac_codecs ups, downs;           /* downs: none, or one */
  lac_link_op *op;
  size_t ops, op_cap, *d, sizes, size_cap, cells, cell_cap;
  lac_link_cell *cell;
  lac_link_widths width;
} bench;

static int is_root(const bench *b) { return lac_comm_rank(b->comm) == 0; }

/* ---- sizes ---- */

static const double least_size = 8, most_size = 1e9;

/* "8", "4k", "1.5Mi"; *end is behind it.  NaN: it is none. */
static double read_bytes(const char *text, char **end)
{
  static const struct { char name; double ten, two; } units[] = { { 'k', 1e3, 1024 }, { 'K', 1e3, 1024 }, { 'M', 1e6, 1048576 },
                                                                  { 'G', 1e9, 1073741824 } };
  double bytes = *text >= '0' && *text <= '9' ? strtod(text, end) : NAN;
  for (size_t i = 0; !isnan(bytes) && i < LAC_COUNT(units); i++)
    if (**end == units[i].name) {
      int two = (*end)[1] == 'i';
      *end += 1 + two;
      return bytes * (two ? units[i].two : units[i].ten);
    }
  return bytes;
}

static int read_sizes(bench *b, const char *text)
{
  char *end;
  b->most = b->least = read_bytes(text, &end);
  b->factor = 10;
  if (!isnan(b->least) && *end == ':')
    b->most = read_bytes(end + 1, &end);
  if (!isnan(b->most) && *end == ':')
    b->factor = end[1] >= '0' && end[1] <= '9' ? strtod(end + 1, &end) : NAN;
  if (isnan(b->least) || isnan(b->most) || isnan(b->factor) || *end)
    return lac_fail(LAC_EUSER, "--sizes=%.40s: give MIN:MAX:FACTOR in bytes, as 8k:8M:10, or one size", text);
  if (!(b->least >= least_size && b->most <= most_size && b->least <= b->most))
    return lac_fail(LAC_EUSER, "--sizes=%.40s: give sizes from 8 bytes, those of one number, to 1G, the smaller one first", text);
  if (!(b->factor >= 1.01 && b->factor <= 1e9))
    return lac_fail(LAC_EUSER, "--sizes=%.40s: FACTOR leads from one size to the next; give a number of at least 1.01", text);
  return LAC_OK;
}

static int list_sizes(bench *b)
{
  const double rounding = 1 + 1e-9;
  for (double bytes = b->least; bytes <= b->most * rounding; bytes *= b->factor) {
    size_t d = (size_t)(bytes * rounding / sizeof(double));
    if (b->sizes && b->d[b->sizes - 1] == d)
      continue;
    LAC_TRY(lac_grow(&b->d, &b->size_cap, b->sizes + 1, sizeof *b->d));
    b->d[b->sizes++] = d;
  }
  return LAC_OK;
}

/* ---- operations and compressors ---- */

static int list_operations(bench *b)
{
  for (const char *at = b->operations;; at++) {
    size_t length = strcspn(at, ",");
    char *word = lac_asprintf("%.*s", (int)length, at);
    int status = word ? lac_grow(&b->op, &b->op_cap, b->ops + 1, sizeof *b->op) : LAC_ENOMEM;
    status = lac_comm_agree(b->comm, status);
    if (status == LAC_OK)
      status = lac_link_op_open(b->comm, word, &b->op[b->ops++]);
    free(word);
    LAC_TRY(status);
    at += length;
    if (!*at)
      return LAC_OK;
  }
}

static int list_codecs(lac_codecs *c, const char *what, const char *text)
{
  LAC_TRY(lac_codecs_add_list(c, what, text));
  for (size_t i = 0; i < c->count; i++)
    if (c->codec[i].baseline)
      return lac_fail(LAC_EUSER, "%s: %s packs no messages of a method; take one of laconic list compressors", what, c->codec[i].name);
  return c->count ? LAC_OK : lac_fail(LAC_EUSER, "%s=%.40s names no compressor", what, text);
}

/* What is the same on every rank. */
static int list_all(bench *b)
{
  LAC_TRY(list_sizes(b));
  LAC_TRY(list_codecs(&b->ups, "--up", b->up));
  if (b->down)
    LAC_TRY(list_codecs(&b->downs, "--down", b->down));
  if (b->downs.count > 1)
    return lac_fail(LAC_EUSER, "--down names %zu compressors; give one", b->downs.count);
  return b->out && is_root(b) ? lac_temporary_try("--output", b->out) : LAC_OK;
}

/* ---- lines ---- */

/* An operation without any message of this compressor is measured once. */
static int is_left_out(const bench *b, const lac_link_op *op, size_t up)
{
  return up > 0 && !op->up && (!op->down || b->downs.count);
}

static int measure_line(bench *b, const lac_link_op *op, size_t up, size_t d)
{
  LAC_TRY(lac_comm_agree(b->comm, lac_grow(&b->cell, &b->cell_cap, b->cells + 1, sizeof *b->cell)));
  const lac_codec *own = &b->ups.codec[up], *servers = b->downs.count ? b->downs.codec : own;
  lac_link_cell *c = &b->cell[b->cells++];
  LAC_TRY(lac_link_measure(b->comm, op, own, servers, d, &b->effort, c));
  if (is_root(b) && b->format == LAC_SHEET_TEXT)
    lac_link_line(c, b->width);
  return LAC_OK;
}

static int longer(int width, size_t length) { return (int)length > width ? (int)length : width; }

static void choose_widths(bench *b)
{
  size_t down = b->downs.count ? strlen(b->downs.codec->name) + 1 : 0;
  b->width = (lac_link_widths){ (int)strlen("operation"), (int)strlen("codec") };
  for (size_t i = 0; i < b->ops; i++)
    b->width.word = longer(b->width.word, strlen(b->op[i].word));
  for (size_t i = 0; i < b->ups.count; i++)
    b->width.codec = longer(b->width.codec, strlen(b->ups.codec[i].name) + down);
}

static int measure_lines(bench *b)
{
  choose_widths(b);
  if (is_root(b) && b->format == LAC_SHEET_TEXT)
    lac_link_head(lac_comm_size(b->comm), b->width);
  for (size_t s = 0; s < b->sizes; s++) {
    if (s && is_root(b) && b->format == LAC_SHEET_TEXT)
      putchar('\n');
    for (size_t up = 0; up < b->ups.count; up++)
      for (size_t i = 0; i < b->ops; i++)
        if (!is_left_out(b, &b->op[i], up))
          LAC_TRY(measure_line(b, &b->op[i], up, b->d[s]));
  }
  return LAC_OK;
}

static int show(const bench *b)
{
  if (b->format == LAC_SHEET_TEXT || b->format == LAC_SHEET_MARKDOWN) {
    if (b->format == LAC_SHEET_MARKDOWN)
      LAC_TRY(lac_link_print(b->format, b->cell, b->cells));
    lac_link_foot(b->cell, b->cells);
  } else
    LAC_TRY(lac_link_print(b->format, b->cell, b->cells));
  if (b->out)
    LAC_TRY(lac_context(lac_link_write(b->out, b->cell, b->cells, &b->effort), "--output"));
  for (size_t i = 0; i < b->cells; i++)
    if (b->cell[i].wrong > 0)
      return lac_fail(LAC_EBUG, "bench links: on %.0f of %.0f ranks something else was unpacked than was sent, first by %s with "
                      "%s, d=%.10g", b->cell[i].wrong, b->cell[i].ranks, b->cell[i].op->word, b->cell[i].codec, b->cell[i].d);
  return LAC_OK;
}

static int run(bench *b)
{
  if (lac_comm_size(b->comm) == 1)
    return lac_fail(LAC_EUSER, "bench links measures messages between ranks; start two or more, as mpiexec -n 2 laconic bench links");
  LAC_TRY(lac_comm_agree(b->comm, list_all(b)));
  LAC_TRY(list_operations(b));
  LAC_TRY(measure_lines(b));
  return lac_comm_agree(b->comm, is_root(b) ? show(b) : LAC_OK);
}

static void clean_up(bench *b)
{
  for (size_t i = 0; i < b->cells; i++)
    lac_link_cell_free(&b->cell[i]);
  for (size_t i = 0; i < b->ops; i++)
    lac_link_op_close(&b->op[i]);
  lac_codecs_close(&b->ups);
  lac_codecs_close(&b->downs);
  free(b->cell);
  free(b->op);
  free(b->d);
}

/* ---- the command line ---- */

#define OPERATIONS "down,up,round,allgather,ring,tree:k=2,shards:s=2,collective,bcast,gather,mpi-allgather,allreduce"
enum { OPERATIONS_KEY = 900, SIZES, UP, DOWN, WARM_UP, ITERATIONS };
static const struct argp_option options[] = {
  { "operations", OPERATIONS_KEY, "OP,OP...", 0, "down, up, round (down, then up) by a star; OP@EXCHANGE by another exchange, as "
    "up@tree:k=3; an exchange alone, as ring: its round; MPI's own bcast, gather, mpi-allgather, allreduce [all]", 0 },
  { "sizes", SIZES, "MIN:MAX:FACTOR", 0, "bytes of a vector of doubles, with k, M, G or Ki, Mi, Gi [8k:8M:10]", 0 },
  { "up", UP, "SPEC/SPEC...", 0, "compressors of what every rank sends up [identity]", 0 },
  { "down", DOWN, "SPEC", 0, "compressor of what the server sends down [as --up]", 0 },
  { "seconds", 't', "S", 0, "of each line, in at least 3 repetitions [0.3]", 0 },
  { "iterations", ITERATIONS, "N", 0, "repetitions of each line, whatever they take", 0 },
  { "warm-up", WARM_UP, "N", 0, "repetitions before them that do not count: they open the connections [2]", 0 },
  { "markdown", 'm', NULL, 0, "a table in Markdown", 0 },
  { "csv", 'v', NULL, 0, "a line a row, all digits", 0 },
  { "json", 'j', NULL, 0, "an array of objects, all digits", 0 },
  { "output", 'o', "FILE.h5", 0, "also HDF5, with all repetitions, for laconic compare", 0 },
  { 0 } };

static const lac_option seconds_option = { "seconds", LAC_REAL, 0, "", ">0", NULL, NULL };
static const lac_option iterations_option = { "iterations", LAC_UINT, 0, "", "[1,1000]", NULL, NULL };
static const lac_option warm_up_option = { "warm-up", LAC_UINT, 0, "", "[1,1000]", NULL, NULL };

static error_t parse(int key, char *value, struct argp_state *state)
{
  bench *b = state->input;
  switch (key) {
  case OPERATIONS_KEY:
    b->operations = value;
    return 0;
  case SIZES:
    return read_sizes(b, value);
  case UP:
    b->up = value;
    return 0;
  case DOWN:
    b->down = value;
    return 0;
  case 't':
    return lac_option_set(&seconds_option, &b->effort.seconds, "--", value);
  case ITERATIONS:
    return lac_option_set(&iterations_option, &b->effort.repeats, "--", value);
  case WARM_UP:
    return lac_option_set(&warm_up_option, &b->effort.warm_up, "--", value);
  case 'm':
  case 'v':
  case 'j':
    b->format = key == 'm' ? LAC_SHEET_MARKDOWN : key == 'v' ? LAC_SHEET_CSV : LAC_SHEET_JSON;
    return 0;
  case 'o':
    b->out = value;
    return 0;
  case ARGP_KEY_ARG:
    return lac_fail(LAC_EUSER, "bench links takes options alone, not '%.40s'; operations are --operations=%.40s", value, value);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

int lac_bench_links(lac_comm *comm, int argc, char **argv)
{
  static const char doc[] = "Seconds and bandwidth of the exchanges between ranks and of MPI's collectives, over sizes and compressors; "
                            "every message is compared with what was sent.\v"
                            "Start it under mpiexec or laconic links, on two ranks or more.  docs/links.md says what the columns mean.\n\n"
                            "  mpiexec.mpich -n 2 laconic bench links --sizes=8k:80k:10 --seconds=0.01\n"
                            "  laconic links --hosts=4 --network=100Mbit/s laconic bench links \\\n"
                            "    --sizes=80k --operations=down,up,ring --up=identity/topk:k=1% --seconds=0.1 -o links.h5";
  struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
  bench b = { .comm = comm, .operations = OPERATIONS, .up = "identity", .least = 8e3, .most = 8e6, .factor = 10,
              .effort = { .warm_up = 2, .seconds = 0.3 } };
  int done = 0, status = lac_argp(comm, &argp, argc, argv, &b, &done);
  if (status == LAC_OK && !done)
    status = run(&b);
  clean_up(&b);
  return status;
}
