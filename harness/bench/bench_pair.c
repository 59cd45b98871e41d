/* Two builds in turns, repeat by repeat: what slows the machine for a while slows both. */
#include "bench/bench.h"

#include "bench/child.h"
#include "stats.h"
#include "store/table.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORDS_MOST = 150 };

static int start(const char *program, const char *const *words, const char *file, int socket, pid_t *child)
{
  char turns[32];
  char *output = lac_asprintf("--output=%s", file);
  const char *argv[WORDS_MOST + 4] = { "compressors", output, turns };
  size_t count = 3;
  snprintf(turns, sizeof turns, "--turns=%d", socket);
  for (; *words && count < LAC_COUNT(argv) - 1; words++)
    argv[count++] = *words;
  int status = *words ? lac_fail(LAC_EUSER, "--against: more than %d options", WORDS_MOST) :
               output ? lac_child_start(program, argv, child) : LAC_ENOMEM;
  free(output);
  return status;
}

/* Each process keeps its own end alone, so that the other one sees when it ends.  The byte lies ready for the first. */
static int measure(const char *const program[2], const char *const *words, const char *const files[2])
{
  static const char *const name[] = { "compressors", NULL };
  int end[2], status = LAC_OK;
  pid_t child[2];
  int started = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) < 0)
    return lac_fail(LAC_EUSER, "--against: no sockets for the turns");
  lac_turn_pass(end[1]);
  for (; started < 2 && status == LAC_OK; started += status == LAC_OK) {
    int own = dup(end[started]);      /* not CLOEXEC */
    status = own < 0 ? lac_fail(LAC_EUSER, "--against: no more descriptors") :
             start(program[started], words, files[started], own, &child[started]);
    if (own >= 0)
      close(own);
  }
  close(end[0]);
  close(end[1]);
  for (int i = 0; i < started; i++) {
    int ended = lac_child_wait(program[i], name, child[i]);
    status = status == LAC_OK ? ended : status;
  }
  return status;
}

/* ---- the table ---- */

typedef struct { const lac_table *table; const lac_table_column *compressor, *input, *d, *time[2]; } side;

static int open_side(side *s, const lac_table *t)
{
  *s = (side){ t, lac_table_find(t, "compressor"), lac_table_find(t, "input"), lac_table_find(t, "d"),
               { lac_table_find(t, "encode"), lac_table_find(t, "decode") } };
  if (!s->compressor || !s->compressor->text || !s->input || !s->input->text || !s->d || s->d->text || !s->time[0] || s->time[0]->text ||
      !s->time[1] || s->time[1]->text)
    return lac_fail(LAC_EUSER, "%s is no table of laconic bench compressors", t->path);
  return LAC_OK;
}

static int same_row(const side *a, size_t i, const side *b, size_t j)
{
  return strcmp(a->compressor->text[i], b->compressor->text[j]) == 0 && strcmp(a->input->text[i], b->input->text[j]) == 0 &&
         a->d->real[i * a->d->width] == b->d->real[j * b->d->width];
}

/* The median of the repeats; NaN: there are none. */
static double median_of(const lac_table_column *c, size_t row)
{
  double value[LAC_REPEATS_MOST];
  size_t n = 0;
  for (size_t k = 0; k < c->width && n < LAC_REPEATS_MOST; k++)
    if (!isnan(c->real[row * c->width + k]))
      value[n++] = c->real[row * c->width + k];
  return n ? lac_quantile(value, n, 0.5) : NAN;
}

/* Rows of this build that the other one has, too. */
static int fill(lac_sheet *s, const side *own, const side *other)
{
  static const char *const texts[] = { "compressor", "input" }, *const numbers[] = { "d", "encode_ratio", "decode_ratio" };
  static const char *const heads[] = { "d", "encode: this / other", "decode: this / other" };
  lac_sheet_cell *text[2], *number[3];
  for (size_t k = 0; k < LAC_COUNT(texts); k++)
    if (!(text[k] = lac_sheet_add(s, texts[k], texts[k], "")))
      return LAC_ENOMEM;
  for (size_t k = 0; k < LAC_COUNT(numbers); k++)
    if (!(number[k] = lac_sheet_add(s, numbers[k], heads[k], k ? "%.3f" : "%.10g")))
      return LAC_ENOMEM;
  for (size_t i = 0; i < own->table->rows; i++) {
    size_t j = 0;
    while (j < other->table->rows && !same_row(own, i, other, j))
      j++;
    text[0][i].text = lac_strdup(own->compressor->text[i]);
    text[1][i].text = lac_strdup(own->input->text[i]);
    if (!text[0][i].text || !text[1][i].text)
      return LAC_ENOMEM;
    number[0][i].real = own->d->real[i * own->d->width];
    for (int k = 0; k < 2; k++)
      number[1 + k][i].real = j < other->table->rows ? median_of(own->time[k], i) / median_of(other->time[k], j) : NAN;
  }
  return LAC_OK;
}

static int print(const lac_table table[2], lac_sheet_format format)
{
  side own, other;
  lac_sheet s;
  LAC_TRY(open_side(&own, &table[0]));
  LAC_TRY(open_side(&other, &table[1]));
  lac_sheet_init(&s, table[0].rows);
  int status = fill(&s, &own, &other);
  if (status == LAC_OK)
    status = lac_sheet_print(&s, format, stdout);
  lac_sheet_free(&s);
  if (status == LAC_OK && (format == LAC_SHEET_TEXT || format == LAC_SHEET_MARKDOWN))
    printf("\nTimes of this build over those of the other, each over the memcpy next to it; medians of repeats that were made in turns.\n");
  return status;
}

static int open_tables(lac_table table[2], const char *const files[2], int *opened)
{
  for (*opened = 0; *opened < 2; ++*opened) {
    int is_table;
    LAC_TRY(lac_table_open(&table[*opened], files[*opened], &is_table));
    if (!is_table)
      return lac_fail(LAC_EUSER, "--against: %s holds no table", files[*opened]);
  }
  return LAC_OK;
}

int lac_bench_pair(const char *other, const char *const *words, const char *const files[2], lac_sheet_format format)
{
  lac_table table[2];
  int opened;
  LAC_TRY(measure((const char *const[2]){ LAC_CHILD_SELF, other }, words, files));
  int status = open_tables(table, files, &opened);
  if (status == LAC_OK)
    status = print(table, format);
  while (opened-- > 0)
    lac_table_close(&table[opened]);
  return status;
}
