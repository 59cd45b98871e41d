/* The table of laconic bench compressors: text, the formats of sheet.h, HDF5. */
#include "bench/bench.h"

#include "store/table.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

/* A number of a cell: its name for --sort, in files, and over two lines of the table. */
static const struct { const char *name, *stored, *unit, *head[2]; size_t offset; lac_role role; int width, falls; const char *format; }
columns[] = {
  { "encode", "encode_rate", "GB/s", { "encode", "GB/s" }, offsetof(lac_bench_cell, encode_rate), LAC_ROLE_NOTE, 8, 1, "%.3g" },
  { "decode", "decode_rate", "GB/s", { "decode", "GB/s" }, offsetof(lac_bench_cell, decode_rate), LAC_ROLE_NOTE, 8, 1, "%.3g" },
  { "both", "both", "memcpy", { "both", "memcpy" }, offsetof(lac_bench_cell, both), LAC_ROLE_NOTE, 7, 1, "%.3f" },
  { "spread", "spread", "%", { "+-", "%" }, offsetof(lac_bench_cell, spread), LAC_ROLE_NOTE, 5, 0, "%.1f" },
  { "written", "bits_written", "bit", { "bits", "written" }, offsetof(lac_bench_cell, written), LAC_ROLE_EXACT, 9, 0, "%.5g" },
  { "declared", "bits_declared", "bit", { "", "declared" }, offsetof(lac_bench_cell, declared), LAC_ROLE_EXACT, 9, 0, "%.5g" },
  { "entropy", "bits_entropy", "bit", { "", "entropy" }, offsetof(lac_bench_cell, entropy), LAC_ROLE_NOTE, 9, 0, "%.5g" },
  { "error", "error", "", { "error", "|C-x|^2" }, offsetof(lac_bench_cell, error), LAC_ROLE_ERROR, 9, 0, "%.3g" },
  { "bound", "bound", "", { "", "theory" }, offsetof(lac_bench_cell, bound), LAC_ROLE_NOTE, 9, 0, "%.3g" },
};

static double value_of(const lac_bench_cell *c, size_t k)
{
  double value;
  memcpy(&value, (const char *)c + columns[k].offset, sizeof value);
  return value;
}

static const char *say(const lac_bench_cell *c, size_t k, char text[static 32])
{
  double value = value_of(c, k);
  if (isnan(value))
    return "-";
  snprintf(text, 32, columns[k].format, value);
  return text;
}

/* ---- order ---- */

int lac_bench_sort(lac_bench_cell *cells, size_t count, const char *column)
{
  size_t k = 0;
  while (k < LAC_COUNT(columns) && strcmp(columns[k].name, column))
    k++;
  if (k == LAC_COUNT(columns))
    return lac_fail(LAC_EUSER, "--sort must be encode, decode, both, spread, written, declared, entropy, error or bound, not '%.40s'",
                    column);
  /* memcpy stays in front; equal ones keep their order */
  for (size_t i = 2; i < count; i++)
    for (size_t j = i; j > 1; j--) {
      double a = value_of(&cells[j - 1], k), b = value_of(&cells[j], k);
      if (isnan(b) || !(isnan(a) || (columns[k].falls ? b > a : b < a)))
        break;
      lac_bench_cell other = cells[j];
      cells[j] = cells[j - 1];
      cells[j - 1] = other;
    }
  return LAC_OK;
}

/* ---- text ---- */

void lac_bench_block(const lac_bench_cell *cells, size_t count)
{
  if (!count)
    return;
  int width = (int)strlen("compressor");
  char text[32];
  for (size_t i = 0; i < count; i++)
    width = (int)fmax(width, (double)strlen(cells[i].codec));
  printf("\n%s, d=%.10g (%.4g MB of doubles)\n", cells[0].input, cells[0].d, 8 * cells[0].d / 1e6);
  for (int line = 0; line < 2; line++) {
    printf("%-*s", width, line ? "compressor" : "");
    for (size_t k = 0; k < LAC_COUNT(columns); k++)
      printf(" %*s", columns[k].width, columns[k].head[line]);
    printf("\n");
  }
  for (size_t i = 0; i < count; i++) {
    printf("%-*s", width, cells[i].codec);
    for (size_t k = 0; !*cells[i].left_out && k < LAC_COUNT(columns); k++)
      printf(" %*s", columns[k].width, say(&cells[i], k, text));
    if (*cells[i].left_out)
      printf("  %s: %s", cells[i].invalid ? "INVALID" : "left out", cells[i].left_out);
    printf("\n");
  }
  fflush(stdout);
}

/* ---- Markdown and for programs ---- */

static const char *input_of(const lac_bench_cell *c) { return c->input; }
static const char *codec_of(const lac_bench_cell *c) { return c->codec; }
static const char *reason_of(const lac_bench_cell *c) { return c->left_out; }

/* A copy of a text of each cell; 0: no memory. */
static int fill_texts(lac_sheet *s, const char *name, const lac_bench_cell *cells, const char *(*text_of)(const lac_bench_cell *c))
{
  lac_sheet_cell *to = lac_sheet_add(s, name, name, "");
  for (size_t i = 0; to && i < s->rows; i++)
    if (!(to[i].text = lac_strdup(text_of(&cells[i]))))
      return 0;
  return to != NULL;
}

static int fill_sizes(lac_sheet *s, const lac_bench_cell *cells)
{
  lac_sheet_cell *to = lac_sheet_add(s, "d", "d", "%.10g");
  for (size_t i = 0; to && i < s->rows; i++)
    to[i].real = cells[i].d;
  return to != NULL;
}

static int fill_numbers(lac_sheet *s, const lac_bench_cell *cells)
{
  lac_sheet_cell *to = s->column->cell;
  for (size_t k = 0; to && k < LAC_COUNT(columns); k++) {
    const char *unit = columns[k].unit;
    char *head = lac_asprintf("%s%s%s%s", columns[k].name, *unit ? " (" : "", unit, *unit ? ")" : "");
    to = head ? lac_sheet_add(s, columns[k].stored, head, columns[k].format) : NULL;
    for (size_t i = 0; to && i < s->rows; i++)
      to[i].real = value_of(&cells[i], k);
    free(head);
  }
  to = to ? lac_sheet_add(s, "repeats", "repeats", "%.0f") : NULL;
  for (size_t i = 0; to && i < s->rows; i++)
    to[i].real = (double)cells[i].repeats;
  return to != NULL;
}

int lac_bench_print(lac_sheet_format format, const lac_bench_cell *cells, size_t count)
{
  lac_sheet s;
  lac_sheet_init(&s, count);
  int made = fill_texts(&s, "input", cells, input_of) && fill_sizes(&s, cells) &&
    fill_texts(&s, "compressor", cells, codec_of) && fill_numbers(&s, cells) &&
    fill_texts(&s, "left_out", cells, reason_of);
  int status = made ? lac_sheet_print(&s, format, stdout) : LAC_ENOMEM;
  lac_sheet_free(&s);
  return status;
}

void lac_bench_foot(void)
{
  static const char *const words[] = {
    "encode, decode: bytes of the vector (8 a coordinate) per second of this thread's own time; into a message that is there already,",
    "and added to a vector.",
    "both: time of a memcpy of the vector, next to it, over that of encode and decode; medians; +-: half the distance of its quartiles.",
    "bits per coordinate: written into the message; declared by bits(), the number or a bound; entropy: with log2 C(d,k) bits for a set of",
    "k indices and the order-0 entropy, per run of 16384, for symbols; - where there are neither.  error: |C(x)-x|^2/|x|^2, mean of a",
    "fixed number of draws; theory: the smaller of 1-alpha and omega.  Each was checked (round trip, bits, error) before it was timed." };
  printf("\n");
  for (size_t i = 0; i < LAC_COUNT(words); i++)
    printf("%s\n", words[i]);
}

/* ---- HDF5 ---- */

static int add_texts(lac_table *t, const lac_bench_cell *const *cells)
{
  lac_table_column *c = lac_table_add(t, "compressor", "", LAC_ROLE_KEY, 0);
  for (size_t i = 0; c && i < t->rows; i++)
    if (!(c->text[i] = lac_strdup(cells[i]->codec)))
      return LAC_ENOMEM;
  if (!c || !(c = lac_table_add(t, "input", "", LAC_ROLE_KEY, 0)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < t->rows; i++)
    if (!(c->text[i] = lac_strdup(cells[i]->input)))
      return LAC_ENOMEM;
  return LAC_OK;
}

static int add_numbers(lac_table *t, const lac_bench_cell *const *cells)
{
  lac_table_column *c = lac_table_add(t, "d", "", LAC_ROLE_KEY, 1);
  for (size_t i = 0; c && i < t->rows; i++)
    c->real[i] = cells[i]->d;
  for (size_t k = 0; c && k < LAC_COUNT(columns); k++) {
    c = lac_table_add(t, columns[k].stored, columns[k].unit, columns[k].role, 1);
    for (size_t i = 0; c && i < t->rows; i++)
      c->real[i] = value_of(cells[i], k);
  }
  if (c && (c = lac_table_add(t, "memcpy", "s", LAC_ROLE_NOTE, 1)))
    for (size_t i = 0; i < t->rows; i++)
      c->real[i] = cells[i]->copy_seconds;
  return c ? LAC_OK : LAC_ENOMEM;
}

static int add_repeats(lac_table *t, const lac_bench_cell *const *cells)
{
  for (int decode = 0; decode < 2; decode++) {
    lac_table_column *c = lac_table_add(t, decode ? "decode" : "encode", "memcpy", LAC_ROLE_SPEED, LAC_REPEATS_MOST);
    if (!c)
      return LAC_ENOMEM;
    for (size_t i = 0; i < t->rows; i++)
      memcpy(c->real + i * LAC_REPEATS_MOST, decode ? cells[i]->decode : cells[i]->encode, cells[i]->repeats * sizeof *c->real);
  }
  return LAC_OK;
}

static int add_notes(lac_table *t, double seconds)
{
  char text[64];
  struct utsname host;
  time_t now = time(NULL);
  uname(&host);
  LAC_TRY(lac_table_note(t, "laconic_version", PACKAGE_VERSION));
  LAC_TRY(lac_table_note(t, "bench", "compressors"));
  LAC_TRY(lac_table_note(t, "host", host.nodename));
  LAC_TRY(lac_table_note(t, "machine", host.machine));
  LAC_TRY(lac_table_note(t, "compiler", __VERSION__));
  LAC_TRY(lac_table_note(t, "seconds_per_cell", lac_format_real(seconds, text)));
  LAC_TRY(lac_table_note(t, "input_bytes_per_coordinate", "8"));
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  return lac_table_note(t, "ended", text);
}

int lac_bench_write(const char *path, const lac_bench_cell *cells, size_t count, double seconds)
{
  lac_table t;
  const lac_bench_cell **measured = lac_alloc((count + 1) * sizeof *measured);
  size_t rows = 0;
  for (size_t i = 0; measured && i < count; i++)
    if (!*cells[i].left_out)
      measured[rows++] = &cells[i];
  lac_table_init(&t, rows);
  int status = measured ? add_texts(&t, measured) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = add_numbers(&t, measured);
  if (status == LAC_OK)
    status = add_repeats(&t, measured);
  if (status == LAC_OK)
    status = add_notes(&t, seconds);
  if (status == LAC_OK)
    status = lac_table_write(&t, path);
  lac_table_close(&t);
  free(measured);
  return status;
}
