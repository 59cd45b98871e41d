/* Two builds in turns.  Each is a process of its own, this build too, so that both start alike; what they measured comes in the file of
   their -o. */
#include "bench/child.h"
#include "bench/round.h"

#include "stats.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAIRS = 5, WORDS_MOST = 160 };

/* This build and the other one: cells[build][pair]. */
typedef struct {
  const char *program[2];
  lac_round_cell *cells[2][PAIRS];
  size_t count;
} pairing;

static int run_child(const char *program, const char *const *words, const char *seconds, const char *output)
{
  const char *argv[WORDS_MOST] = { "round", seconds, output };
  size_t count = 3;
  pid_t child;
  for (; *words && count < WORDS_MOST - 1; words++)
    argv[count++] = *words;
  LAC_TRY(lac_child_start(program, argv, &child));
  return lac_child_wait(program, argv, child);
}

static int measure_build(const char *program, const char *const *words, double seconds, lac_round_cell **cells, size_t *count)
{
  const char *folder = getenv("TMPDIR");
  char time[64], number[64], *path = lac_asprintf("%s/laconic-bench-XXXXXX", folder && *folder ? folder : "/tmp");
  int fd = path ? mkstemp(path) : -1;
  *cells = NULL;
  *count = 0;
  char *output = fd >= 0 ? lac_asprintf("--output=%s", path) : NULL;
  snprintf(time, sizeof time, "--seconds=%s", lac_format_real(seconds, number));
  int status = output ? run_child(program, words, time, output) : lac_fail(LAC_EUSER, "--against: no temporary file");
  if (status == LAC_OK)
    status = lac_context(lac_round_read(path, cells, count), "--against: %s", program);
  if (status != LAC_OK) {
    lac_round_free(*cells, *count);
    *cells = NULL;
  }
  if (fd >= 0) {
    close(fd);
    unlink(path);
  }
  free(output);
  free(path);
  return status;
}

static int measure_pairs(pairing *p, const char *const *words, double seconds)
{
  for (int pair = 0; pair < PAIRS; pair++)
    for (int turn = 0; turn < 2; turn++) {
      size_t count;
      int build = (pair + turn) % 2;      /* the first of a pair is not always the same */
      LAC_TRY(measure_build(p->program[build], words, seconds / PAIRS, &p->cells[build][pair], &count));
      if (pair + turn > 0 && count != p->count) {
        lac_round_free(p->cells[build][pair], count);
        p->cells[build][pair] = NULL;
        return lac_fail(LAC_EUSER, "--against: the two builds measure different cases");
      }
      p->count = count;
    }
  return LAC_OK;
}

/* ---- medians ---- */

static double median_at(lac_round_cell *const cells[PAIRS], size_t i, size_t offset)
{
  double value[PAIRS];
  for (int pair = 0; pair < PAIRS; pair++)
    memcpy(&value[pair], (const char *)&cells[pair][i] + offset, sizeof value[pair]);
  return lac_quantile(value, PAIRS, 0.5);
}

/* Of a number, the other build's over this one's. */
static void compare_at(const pairing *p, size_t i, size_t offset, double *ratio, double *spread)
{
  double sorted[PAIRS];
  for (int pair = 0; pair < PAIRS; pair++) {
    double time[2];
    for (int build = 0; build < 2; build++)
      memcpy(&time[build], (const char *)&p->cells[build][pair][i] + offset, sizeof time[build]);
    sorted[pair] = time[1] / time[0];
  }
  *ratio = lac_quantile(sorted, PAIRS, 0.5);
  *spread = (lac_quantile(sorted, PAIRS, 0.75) - lac_quantile(sorted, PAIRS, 0.25)) / 2 / *ratio;
}

#define AT(field) offsetof(lac_round_cell, field)

static int join(const pairing *p, size_t i, lac_round_cell *c)
{
  static const size_t numbers[] = { AT(bytes), AT(read), AT(ns_nonzero), AT(stream), AT(gemm), AT(gradient_cpu), AT(round_cpu),
                                    AT(round_wall), AT(per_client), AT(oracle), AT(compress), AT(harness), AT(blas), AT(beside),
                                    AT(memory), AT(memory_ratio) };
  for (size_t k = 0; k < LAC_COUNT(numbers); k++) {
    double median = median_at(p->cells[0], i, numbers[k]);
    memcpy((char *)c + numbers[k], &median, sizeof median);
  }
  compare_at(p, i, AT(gradient_cpu), &c->gradient_other, &c->gradient_spread);
  compare_at(p, i, AT(round_cpu), &c->round_other, &c->round_spread);
  return (c->name = lac_strdup(p->cells[0][0][i].name)) ? LAC_OK : LAC_ENOMEM;
}

static int join_all(const pairing *p, lac_round_cell *cells)
{
  for (size_t i = 0; i < p->count; i++) {
    if (strcmp(p->cells[0][0][i].name, p->cells[1][0][i].name) != 0)
      return lac_fail(LAC_EUSER, "--against: the two builds measure different cases");
    LAC_TRY(join(p, i, &cells[i]));
  }
  return LAC_OK;
}

int lac_round_pair(const char *other, const char *const *words, double seconds, lac_round_cell **cells, size_t *count)
{
  pairing p = { .program = { LAC_CHILD_SELF, other } };
  *cells = NULL;
  *count = 0;
  int status = measure_pairs(&p, words, seconds);
  if (status == LAC_OK && !(*cells = lac_alloc((p.count + 1) * sizeof **cells)))
    status = LAC_ENOMEM;
  if (status == LAC_OK) {
    *count = p.count;
    status = join_all(&p, *cells);
  }
  for (int build = 0; build < 2; build++)
    for (int pair = 0; pair < PAIRS; pair++)
      if (p.cells[build][pair])
        lac_round_free(p.cells[build][pair], p.count);
  return status;
}
