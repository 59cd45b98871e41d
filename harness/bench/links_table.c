/* The table of laconic bench links: text, the formats of sheet.h, HDF5. */
#include "bench/links.h"

#include "store/table.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

/* ---- text ---- */

static const char *say_bytes(double bytes, char text[static 16])
{
  static const char *const units[] = { "B ", "kB", "MB", "GB" };
  size_t k = 0;
  for (; bytes >= 999.95 && k + 1 < LAC_COUNT(units); k++)
    bytes /= 1000;
  snprintf(text, 16, "%.4g %s", bytes, units[k]);
  return text;
}

/* Four digits, and no exponent. */
static int decimals(double x) { return x < 9.9995 ? 3 : x < 99.995 ? 2 : x < 999.95 ? 1 : 0; }

static const char *say_seconds(double seconds, char text[static 16])
{
  static const char *const units[] = { "us", "ms", "s " };
  size_t k = 0;
  for (seconds *= 1e6; seconds >= 999.95 && k + 1 < LAC_COUNT(units); k++)
    seconds /= 1000;
  snprintf(text, 16, "%.*f %s", decimals(seconds), seconds, units[k]);
  return text;
}

static const char *say_rate(double rate, char text[static 16])
{
  snprintf(text, 16, "%.*f", decimals(rate / 1e6), rate / 1e6);
  return text;
}

enum { BYTES = 8, REPEATS = 4, SECONDS = 8, RATE = 6, WRONG = 5 };

void lac_link_head(int ranks, lac_link_widths width)
{
  printf("%d ranks; rates in MB/s\n\n", ranks);
  printf("%-*s %-*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s\n", width.word, "operation", width.codec, "codec",
         BYTES, "dense ", BYTES, "wire ", REPEATS, "reps", SECONDS, "t_min", SECONDS, "t_med", SECONDS, "t_codec", SECONDS, "t_wire",
         RATE, "algbw", RATE, "busbw", RATE, "effbw", WRONG, "wrong");
}

void lac_link_line(const lac_link_cell *c, lac_link_widths width)
{
  char text[2 + 4 + 3][16];
  printf("%-*s %-*s ", width.word, c->op->word, width.codec, c->codec);
  if (*c->left_out) {
    printf("%*s  left out: %s\n", BYTES, say_bytes(8 * c->d, text[0]), c->left_out);
    return;
  }
  printf("%*s %*s %*zu %*s %*s %*s %*s %*s %*s %*s %*.0f\n", BYTES, say_bytes(c->bytes_dense, text[0]),
         BYTES, say_bytes(c->bytes_wire, text[1]), REPEATS, c->repeats, SECONDS, say_seconds(c->t_min, text[2]),
         SECONDS, say_seconds(c->t_med, text[3]), SECONDS, say_seconds(c->t_codec, text[4]), SECONDS, say_seconds(c->t_wire, text[5]),
         RATE, say_rate(c->algbw, text[6]), RATE, say_rate(c->busbw, text[7]), RATE, say_rate(c->effbw, text[8]), WRONG, c->wrong);
  fflush(stdout);
}

void lac_link_foot(const lac_link_cell *cells, size_t count)
{
  static const char *const words[] = {
    "dense, wire: bytes of the vectors and of the messages made of them, each counted once.  Of a repetition, the slowest rank counts;",
    "t_min, t_med: of all repetitions, packing, wire and unpacking together; t_codec: packing and unpacking, in CPU seconds; t_wire:",
    "between ranks.  algbw: wire/t_wire; busbw: what passes the busiest link in one direction, over t_wire; effbw: dense/t_med.",
    "wrong: ranks that unpacked something else than rank 0, or sent what rank 0 unpacked to something else." };
  double sum = 0;
  size_t measured = 0;
  for (size_t i = 0; i < count; i++)
    if (!*cells[i].left_out) {
      sum += cells[i].busbw;
      measured++;
    }
  printf("\n");
  for (size_t i = 0; i < LAC_COUNT(words); i++)
    printf("%s\n", words[i]);
  char text[16];
  if (measured)
    printf("\naverage bus bandwidth: %s MB/s, of %zu lines\n", say_rate(sum / (double)measured, text), measured);
}

/* ---- columns ---- */

static const struct { const char *name, *unit; size_t offset; lac_role role; const char *format; } columns[] = {
  { "ranks", "", offsetof(lac_link_cell, ranks), LAC_ROLE_KEY, "%.0f" },
  { "d", "", offsetof(lac_link_cell, d), LAC_ROLE_KEY, "%.10g" },
  { "bytes_dense", "B", offsetof(lac_link_cell, bytes_dense), LAC_ROLE_NOTE, "%.10g" },
  { "bytes_wire", "B", offsetof(lac_link_cell, bytes_wire), LAC_ROLE_EXACT, "%.10g" },
  { "bytes_sent", "B", offsetof(lac_link_cell, bytes_sent), LAC_ROLE_EXACT, "%.10g" },
  { "t_min", "s", offsetof(lac_link_cell, t_min), LAC_ROLE_NOTE, "%.4g" },
  { "t_med", "s", offsetof(lac_link_cell, t_med), LAC_ROLE_NOTE, "%.4g" },
  { "t_max", "s", offsetof(lac_link_cell, t_max), LAC_ROLE_NOTE, "%.4g" },
  { "t_codec", "s", offsetof(lac_link_cell, t_codec), LAC_ROLE_NOTE, "%.4g" },
  { "t_wire", "s", offsetof(lac_link_cell, t_wire), LAC_ROLE_NOTE, "%.4g" },
  { "algbw", "B/s", offsetof(lac_link_cell, algbw), LAC_ROLE_NOTE, "%.4g" },
  { "busbw", "B/s", offsetof(lac_link_cell, busbw), LAC_ROLE_NOTE, "%.4g" },
  { "effbw", "B/s", offsetof(lac_link_cell, effbw), LAC_ROLE_NOTE, "%.4g" },
  { "wrong", "ranks", offsetof(lac_link_cell, wrong), LAC_ROLE_EXACT, "%.0f" },
};
enum { KEYS = 2 };      /* "reps" stands behind the sizes: that many columns and three */

/* NaN: not measured. */
static double value_of(const lac_link_cell *c, size_t k)
{
  double value;
  memcpy(&value, (const char *)c + columns[k].offset, sizeof value);
  return *c->left_out && k >= KEYS ? NAN : value;
}

static const char *op_of(const lac_link_cell *c) { return lac_link_op_name(c->op); }
static const char *exchange_of(const lac_link_cell *c) { return c->op->exchange; }
static const char *codec_of(const lac_link_cell *c) { return c->codec; }
static const char *reason_of(const lac_link_cell *c) { return c->left_out; }
typedef const char *(*text_of)(const lac_link_cell *c);
static const struct { const char *name; text_of text; } texts[] = { { "op", op_of }, { "exchange", exchange_of }, { "codec", codec_of } };

/* ---- Markdown and for programs ---- */

static int fill_texts(lac_sheet *s, const char *name, const lac_link_cell *cells, text_of text)
{
  lac_sheet_cell *to = lac_sheet_add(s, name, name, "");
  for (size_t i = 0; to && i < s->rows; i++)
    if (!(to[i].text = lac_strdup(text(&cells[i]))))
      return 0;
  return to != NULL;
}

static int fill_numbers(lac_sheet *s, const lac_link_cell *cells, size_t k)
{
  lac_sheet_cell *to = lac_sheet_add(s, columns[k].name, columns[k].name, columns[k].format);
  for (size_t i = 0; to && i < s->rows; i++)
    to[i].real = value_of(&cells[i], k);
  return to != NULL;
}

static int fill_repeats(lac_sheet *s, const lac_link_cell *cells)
{
  lac_sheet_cell *to = lac_sheet_add(s, "reps", "reps", "%.0f");
  for (size_t i = 0; to && i < s->rows; i++)
    to[i].real = (double)cells[i].repeats;
  return to != NULL;
}

static int fill(lac_sheet *s, const lac_link_cell *cells)
{
  for (size_t k = 0; k < LAC_COUNT(texts); k++)
    if (!fill_texts(s, texts[k].name, cells, texts[k].text))
      return 0;
  for (size_t k = 0; k < LAC_COUNT(columns); k++)
    if ((k == KEYS + 3 && !fill_repeats(s, cells)) || !fill_numbers(s, cells, k))
      return 0;
  return fill_texts(s, "left_out", cells, reason_of);
}

int lac_link_print(lac_sheet_format format, const lac_link_cell *cells, size_t count)
{
  lac_sheet s;
  lac_sheet_init(&s, count);
  int status = fill(&s, cells) ? lac_sheet_print(&s, format, stdout) : LAC_ENOMEM;
  lac_sheet_free(&s);
  return status;
}

/* ---- HDF5 ---- */

static int add_texts(lac_table *t, const lac_link_cell *const *cells)
{
  for (size_t k = 0; k < LAC_COUNT(texts); k++) {
    lac_table_column *c = lac_table_add(t, texts[k].name, "", LAC_ROLE_KEY, 0);
    for (size_t i = 0; c && i < t->rows; i++)
      if (!(c->text[i] = lac_strdup(texts[k].text(cells[i]))))
        return LAC_ENOMEM;
    if (!c)
      return LAC_ENOMEM;
  }
  return LAC_OK;
}

static int add_numbers(lac_table *t, const lac_link_cell *const *cells)
{
  for (size_t k = 0; k < LAC_COUNT(columns); k++) {
    lac_table_column *c = lac_table_add(t, columns[k].name, columns[k].unit, columns[k].role, 1);
    if (!c)
      return LAC_ENOMEM;
    for (size_t i = 0; i < t->rows; i++)
      c->real[i] = value_of(cells[i], k);
  }
  return LAC_OK;
}

static int add_repeats(lac_table *t, const lac_link_cell *const *cells)
{
  size_t most = 1;
  for (size_t i = 0; i < t->rows; i++)
    most = cells[i]->repeats > most ? cells[i]->repeats : most;
  lac_table_column *c = lac_table_add(t, "seconds", "s", LAC_ROLE_SPEED, most);
  if (!c)
    return LAC_ENOMEM;
  for (size_t i = 0; i < t->rows; i++)
    memcpy(c->real + i * most, cells[i]->seconds, cells[i]->repeats * sizeof *c->real);
  return LAC_OK;
}

static int add_notes(lac_table *t, const lac_link_effort *effort)
{
  char text[64];
  struct utsname host;
  time_t now = time(NULL);
  uname(&host);
  const char *links = getenv("LACONIC_LINKS");
  LAC_TRY(lac_table_note(t, "laconic_version", PACKAGE_VERSION));
  LAC_TRY(lac_table_note(t, "bench", "links"));
  LAC_TRY(lac_table_note(t, "host", host.nodename));
  LAC_TRY(lac_table_note(t, "machine", host.machine));
  LAC_TRY(lac_table_note(t, "links", links ? links : "none"));
  char mpi[128];
  lac_comm_version(mpi);
  LAC_TRY(lac_table_note(t, "mpi", mpi));
  LAC_TRY(lac_table_note(t, "warm_up", lac_format_real((double)effort->warm_up, text)));
  if (!effort->repeats)
    LAC_TRY(lac_table_note(t, "seconds_per_line", lac_format_real(effort->seconds, text)));
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  return lac_table_note(t, "ended", text);
}

int lac_link_write(const char *path, const lac_link_cell *cells, size_t count, const lac_link_effort *effort)
{
  lac_table t;
  const lac_link_cell **measured = lac_alloc((count + 1) * sizeof *measured);
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
    status = add_notes(&t, effort);
  if (status == LAC_OK)
    status = lac_table_write(&t, path);
  lac_table_close(&t);
  free(measured);
  return status;
}
