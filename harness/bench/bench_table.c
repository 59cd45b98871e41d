/* The table of laconic bench compressors: text, Markdown, CSV, HDF5. */
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

static void print_text(const lac_bench_cell *cells, size_t count)
{
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
}

/* ---- Markdown ---- */

static void print_markdown(const lac_bench_cell *cells, size_t count)
{
  char text[32];
  for (size_t i = 0; i < count; i++) {
    printf("| %s | %.10g | `%s` |", cells[i].input, cells[i].d, cells[i].codec);
    for (size_t k = 0; k < LAC_COUNT(columns); k++)
      printf(" %s |", say(&cells[i], k, text));
    printf(" %s%s |\n", cells[i].invalid ? "**INVALID** " : "", cells[i].left_out);
  }
}

static void markdown_head(void)
{
  printf("| input | d | compressor |");
  for (size_t k = 0; k < LAC_COUNT(columns); k++)
    printf(" %s%s%s%s |", columns[k].name, *columns[k].unit ? " (" : "", columns[k].unit, *columns[k].unit ? ")" : "");
  printf(" |\n|---|---:|---|");
  for (size_t k = 0; k < LAC_COUNT(columns); k++)
    printf("---:|");
  printf("---|\n");
}

/* ---- CSV ---- */

static void put_quoted(const char *text)
{
  putchar('"');
  for (; *text; text++) {
    if (*text == '"')
      putchar('"');
    putchar(*text);
  }
  putchar('"');
}

static void print_csv(const lac_bench_cell *cells, size_t count)
{
  char number[32];
  for (size_t i = 0; i < count; i++) {
    put_quoted(cells[i].input);
    printf(",%.10g,", cells[i].d);
    put_quoted(cells[i].codec);
    for (size_t k = 0; k < LAC_COUNT(columns); k++)
      printf(",%s", isnan(value_of(&cells[i], k)) ? "" : lac_format_real(value_of(&cells[i], k), number));
    printf(",%zu,", cells[i].repeats);
    put_quoted(cells[i].left_out);
    printf("\n");
  }
}

static void csv_head(void)
{
  printf("input,d,compressor");
  for (size_t k = 0; k < LAC_COUNT(columns); k++)
    printf(",%s", columns[k].stored);
  printf(",repeats,left_out\n");
}

/* ---- all three ---- */

void lac_bench_head(lac_bench_format format)
{
  if (format == LAC_BENCH_MARKDOWN)
    markdown_head();
  else if (format == LAC_BENCH_CSV)
    csv_head();
}

void lac_bench_block(lac_bench_format format, const lac_bench_cell *cells, size_t count)
{
  static void (*const print[])(const lac_bench_cell *cells, size_t count) = { print_text, print_markdown, print_csv };
  if (count)
    print[format](cells, count);
  fflush(stdout);
}

void lac_bench_foot(lac_bench_format format)
{
  static const char *const words[] = {
    "encode, decode: bytes of the vector (8 a coordinate) per second of this thread's own time; into a message that is there already,",
    "and added to a vector.",
    "both: time of a memcpy of the vector, next to it, over that of encode and decode; medians; +-: half the distance of its quartiles.",
    "bits per coordinate: written into the message; declared by bits(), the number or a bound; entropy: with log2 C(d,k) bits for a set of",
    "k indices and the order-0 entropy, per run of 16384, for symbols; - where there are neither.  error: |C(x)-x|^2/|x|^2, mean of a",
    "fixed number of draws; theory: the smaller of 1-alpha and omega.  Each was checked (round trip, bits, error) before it was timed." };
  if (format == LAC_BENCH_CSV)
    return;
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
