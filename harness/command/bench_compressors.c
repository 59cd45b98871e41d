/* laconic bench compressors: every compressor on every vector. */
#include "bench/bench.h"
#include "command/commands.h"
#include "store/temporary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ONE_SIZE = 1000000 };

typedef struct {
  lac_comm *comm;
  const char **asked, **input, *sort, *out, *data_dir, *against, *other_out;
  size_t *size, askeds, inputs, sizes, asked_cap, input_cap, size_cap;
  double seconds;
  int sizes_given, turns;
  lac_sheet_format format;
  /* while it goes */
  lac_codecs codecs;
  size_t cells, cell_cap, measured, broken;
  lac_bench_cell *cell;
} bench;

static int add_codecs(bench *b)
{
  LAC_TRY(lac_codecs_add_copy(&b->codecs));
  for (size_t i = 0; i < b->askeds; i++)
    LAC_TRY(lac_codecs_add_list(&b->codecs, "--compressors", b->asked[i]));
  return b->askeds ? LAC_OK : lac_codecs_add_all(&b->codecs);
}

/* ---- the table ---- */

static int measure_all(bench *b, const lac_bench_vector *v)
{
  size_t first = b->cells;
  for (size_t i = 0; i < b->codecs.count; i++) {
    LAC_TRY(lac_grow(&b->cell, &b->cell_cap, b->cells + 1, sizeof *b->cell));
    lac_bench_cell *c = &b->cell[b->cells];
    LAC_TRY(lac_bench_measure(&b->codecs.codec[i], v, b->seconds, &b->turns, c));
    b->cells++;
    b->measured += !*c->left_out && !b->codecs.codec[i].baseline;
    b->broken += (size_t)c->invalid;
  }
  if (b->sort)
    LAC_TRY(lac_bench_sort(b->cell + first, b->cells - first, b->sort));
  if (b->format == LAC_SHEET_TEXT)
    lac_bench_block(b->cell + first, b->cells - first);
  return LAC_OK;
}

/* Without --size, the inputs behind the first two have one. */
static int is_left_out(const bench *b, const char *name, size_t d)
{
  return !b->sizes_given && d != ONE_SIZE && strcmp(name, lac_bench_vector_name(0)) && strcmp(name, lac_bench_vector_name(1));
}

static int run_random(bench *b, const char *name)
{
  for (size_t i = 0; i < b->sizes; i++) {
    lac_bench_vector v;
    if (is_left_out(b, name, b->size[i]))
      continue;
    int status = lac_bench_vector_random(&v, name, b->size[i]);
    if (status == LAC_OK)
      status = measure_all(b, &v);
    lac_bench_vector_free(&v);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* "gradients:FILE.h5", once: its length is that of the problem. */
static int run_gradients(bench *b, const char *input)
{
  const char *path = strchr(input, ':') + 1, *base = strrchr(path, '/');
  lac_bench_vector v = { .d = 0 };
  snprintf(v.name, sizeof v.name, "gradients:%.60s", base ? base + 1 : path);
  int status = lac_context(lac_bench_gradient(b->comm, path, b->data_dir, &v.x, &v.d), "--input");
  if (status == LAC_OK)
    status = lac_bench_vector_complete(&v);
  if (status == LAC_OK)
    status = measure_all(b, &v);
  lac_bench_vector_free(&v);
  return status;
}

static int run_inputs(bench *b)
{
  for (size_t i = 0; i < b->inputs; i++)
    LAC_TRY(strchr(b->input[i], ':') ? run_gradients(b, b->input[i]) : run_random(b, b->input[i]));
  if (b->format != LAC_SHEET_TEXT)
    LAC_TRY(lac_bench_print(b->format, b->cell, b->cells));
  if (b->format == LAC_SHEET_TEXT || b->format == LAC_SHEET_MARKDOWN)
    lac_bench_foot();
  if (b->out && b->measured)
    LAC_TRY(lac_context(lac_bench_write(b->out, b->cell, b->cells, b->seconds), "--output"));
  for (size_t i = 0; i < b->cells; i++)
    if (b->cell[i].invalid)
      return lac_fail(LAC_EBUG, "bench: %zu rows do not keep their contract and were not timed, the first: %s, %s, d=%.10g: %s",
                      b->broken, b->cell[i].codec, b->cell[i].input, b->cell[i].d, b->cell[i].left_out);
  return b->measured || b->codecs.count > 1 ? LAC_OK : lac_fail(LAC_EUSER, "bench: nothing was measured");
}

/* ---- another build ---- */

static int add_word(char **words, size_t *count, const char *option, const char *value)
{
  return (words[(*count)++] = lac_asprintf("--%s=%s", option, value)) ? LAC_OK : LAC_ENOMEM;
}

/* The options of both builds. */
static int fill_words(const bench *b, char **words)
{
  char number[64];
  size_t count = 0;
  for (size_t i = 0; i < b->askeds; i++)
    LAC_TRY(add_word(words, &count, "compressors", b->asked[i]));
  for (size_t i = 0; i < b->inputs; i++)
    LAC_TRY(add_word(words, &count, "input", b->input[i]));
  for (size_t i = 0; i < b->sizes; i++) {
    snprintf(number, sizeof number, "%zu", b->size[i]);
    LAC_TRY(add_word(words, &count, "size", number));
  }
  if (b->data_dir)
    LAC_TRY(add_word(words, &count, "data-dir", b->data_dir));
  return add_word(words, &count, "seconds", lac_format_real(b->seconds, number));
}

static int measure_pair(const bench *b)
{
  if (!b->against || !b->out || !b->other_out)
    return lac_fail(LAC_EUSER, "--against, --output and --other-output go together: each build writes a file");
  if (b->sort)
    return lac_fail(LAC_EUSER, "--against keeps the order of the rows; leave --sort out");
  LAC_TRY(lac_temporary_try("--other-output", b->other_out));
  char **words = lac_alloc((b->askeds + b->inputs + b->sizes + 3) * sizeof *words);
  int status = words ? fill_words(b, words) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_bench_pair(b->against, (const char *const *)words, (const char *const[2]){ b->out, b->other_out }, b->format);
  for (char **word = words; word && *word; word++)
    free(*word);
  free(words);
  return status;
}

/* ---- the command line ---- */

enum { AGAINST = 900, OTHER_OUTPUT, TURNS };
static const struct argp_option options[] = {
  { "compressors", 'e', "SPEC/SPEC...", 0, "these, also compositions such as topk:k=1%+natural, and zstd, zfp; may be repeated "
    "[all, with their defaults]", 0 },
  { "size", 's', "D", 0, "coordinates; may be repeated [1e4, 1e6, 1e7 for gaussian and heavy, 1e6 for the others]", 0 },
  { "input", 'i', "NAME", 0, "gaussian, heavy (Student's t, 3 degrees of freedom), sparse (99 % zeros), ties (few magnitudes), "
    "differences (what EF21 compresses), or gradients:FILE.h5, the gradient of client 0 at the end of that run; may be repeated "
    "[all but gradients]", 0 },
  { "sort", 'c', "COLUMN", 0, "encode, decode, both, spread, written, declared, entropy, error or bound [as listed]", 0 },
  { "seconds", 't', "S", 0, "of each cell [0.3]", 0 },
  { "markdown", 'm', NULL, 0, "one table in Markdown", 0 },
  { "csv", 'v', NULL, 0, "comma-separated, all digits", 0 },
  { "json", 'j', NULL, 0, "an array of objects, all digits", 0 },
  { "output", 'o', "FILE.h5", 0, "also HDF5, with all repeats, for laconic compare", 0 },
  { "data-dir", 'D', "DIR", 0, "folder with data sets, for gradients", 0 },
  { "against", AGAINST, "OTHER/laconic", 0, "another build beside this one, in turns, repeat by repeat: the ratio of their times is "
    "shown; --output and --other-output are what the two measured", 0 },
  { "other-output", OTHER_OUTPUT, "FILE.h5", 0, "what the other build measured", 0 },
  { "turns", TURNS, "SOCKET", OPTION_HIDDEN, NULL, 0 },
  { 0 } };

static int add_text(const char ***list, size_t *count, size_t *cap, const char *text)
{
  LAC_TRY(lac_grow(list, cap, *count + 1, sizeof **list));
  (*list)[(*count)++] = text;
  return LAC_OK;
}

static int add_size(bench *b, const char *value)
{
  char *end;
  double d = strtod(value, &end);
  if (*end || !(d >= 1 && d <= 2147483647) || d != floor(d))
    return lac_fail(LAC_EUSER, "--size must be a whole number from 1 to 2147483647, not '%.40s'", value);
  LAC_TRY(lac_grow(&b->size, &b->size_cap, b->sizes + 1, sizeof *b->size));
  b->size[b->sizes++] = (size_t)d;
  return LAC_OK;
}

static int add_input(bench *b, const char *value)
{
  int known = strncmp(value, "gradients:", strlen("gradients:")) == 0;
  for (size_t i = 0; lac_bench_vector_name(i); i++)
    known |= strcmp(value, lac_bench_vector_name(i)) == 0;
  if (!known)
    return lac_fail(LAC_EUSER, "--input must be gaussian, heavy, sparse, ties, differences or gradients:FILE.h5, not '%.60s'", value);
  return add_text(&b->input, &b->inputs, &b->input_cap, value);
}

static const lac_option seconds_option = { "seconds", LAC_REAL, 0, "", ">0", NULL, NULL };

static error_t parse(int key, char *value, struct argp_state *state)
{
  bench *b = state->input;
  switch (key) {
  case 'e':
    return add_text(&b->asked, &b->askeds, &b->asked_cap, value);
  case 's':
    return add_size(b, value);
  case 'i':
    return add_input(b, value);
  case 'c':
    b->sort = value;
    return lac_bench_sort(NULL, 0, value);
  case 't':
    return lac_option_set(&seconds_option, &b->seconds, "--", value);
  case 'm':
  case 'v':
  case 'j':
    b->format = key == 'm' ? LAC_SHEET_MARKDOWN : key == 'v' ? LAC_SHEET_CSV : LAC_SHEET_JSON;
    return 0;
  case 'o':
    b->out = value;
    return 0;
  case 'D':
    b->data_dir = value;
    return 0;
  case AGAINST:
    b->against = value;
    return *value ? 0 : lac_fail(LAC_EUSER, "--against wants the path of another laconic");
  case OTHER_OUTPUT:
    b->other_out = value;
    return *value ? 0 : lac_fail(LAC_EUSER, "--other-output wants the name of a file");
  case TURNS:
    b->turns = atoi(value);      /* lac_bench_pair wrote it */
    return 0;
  case ARGP_KEY_ARG:
    return lac_fail(LAC_EUSER, "bench compressors takes options alone, not '%.40s'; compressors are --compressors=%.40s", value, value);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static int fill_defaults(bench *b)
{
  static const char *const sizes[] = { "1e4", "1e6", "1e7" };
  b->sizes_given = b->sizes > 0;
  for (size_t i = 0; i < LAC_COUNT(sizes) && b->sizes == i; i++)
    LAC_TRY(add_size(b, sizes[i]));
  for (size_t i = 0; lac_bench_vector_name(i) && b->inputs == i; i++)
    LAC_TRY(add_input(b, lac_bench_vector_name(i)));
  return LAC_OK;
}

static int run(bench *b)
{
  if (lac_comm_size(b->comm) > 1)
    return lac_fail(LAC_EUSER, "bench compressors measures one rank; start it without mpiexec");
  if (b->out)
    LAC_TRY(lac_temporary_try("--output", b->out));
  if (b->against || b->other_out)
    return measure_pair(b);
  int status = fill_defaults(b);
  if (status == LAC_OK)
    status = add_codecs(b);
  if (status == LAC_OK)
    status = run_inputs(b);
  lac_codecs_close(&b->codecs);
  free(b->cell);
  return status;
}

int lac_bench_compressors(lac_comm *comm, int argc, char **argv)
{
  static const char doc[] = "Compressors side by side: speed against a memcpy of the same vector, bits that are written against those "
                            "that are declared and the entropy, error against theory.\v"
                            "  laconic bench compressors --compressors=topk:k=1%+natural/zstd \\\n"
                            "    --size=1e5 --seconds=0.1";
  struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
  bench b = { .comm = comm, .seconds = 0.3, .turns = -1 };
  int done = 0;
  int status = lac_argp(comm, &argp, argc, argv, &b, &done);
  if (status == LAC_OK && !done)
    status = run(&b);
  free(b.asked);
  free(b.input);
  free(b.size);
  return status;
}
