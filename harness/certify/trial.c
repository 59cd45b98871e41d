/* One run of a certificate: in this process, its rows kept in memory, no files. */
#include "certify/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int lac_trial_is_fatal(int status) { return status == LAC_ENOMEM || status == LAC_EIO || status == LAC_EMPI; }
int lac_trial_is_refused(int status) { return status == LAC_EUSER || status == LAC_ENOTSUP; }

/* "key=value key=value"; a later one wins. */
static int set_words(lac_config *c, const char *words)
{
  char *copy = lac_strdup(words ? words : ""), *rest = copy, *word;
  int status = copy ? LAC_OK : LAC_ENOMEM;
  while (status == LAC_OK && (word = strsep(&rest, " "))) {
    char *value = strchr(word, '=');
    if (value)
      *value++ = 0;
    if (*word)
      status = lac_config_set(c, word, value ? value : "");
  }
  free(copy);
  return status;
}

static int keep_row(void *self, const lac_cell *cells)
{
  lac_trial *t = self;
  LAC_TRY(lac_grow(&t->cell, &t->cap, (t->rows + 1) * t->run.trace.columns, sizeof *t->cell));
  memcpy(t->cell + t->rows++ * t->run.trace.columns, cells, t->run.trace.columns * sizeof *cells);
  return LAC_OK;
}

/* Of everything that must not depend on where the clients are. */
static void take_digest(lac_trial *t)
{
  if (lac_comm_rank(t->run.comm) == 0)
    t->digest = XXH3_64bits_withSeed(t->run.x, t->run.env.d * sizeof(double),
                                     XXH3_64bits(t->cell, t->rows * t->run.trace.columns * sizeof *t->cell));
}

static int configure(lac_trial *t, const char *algorithm, const char *const words[])
{
  LAC_TRY(lac_config_init(&t->config));
  for (; *words; words++)
    LAC_TRY(set_words(&t->config, *words));
  return lac_config_set(&t->config, "algorithm", algorithm);
}

int lac_trial_open(lac_trial *t, lac_comm *comm, const char *algorithm, const char *const words[])
{
  *t = (lac_trial){ 0 };
  LAC_TRY(lac_comm_agree(comm, configure(t, algorithm, words)));
  t->opened = 1;
  LAC_TRY(lac_run_open(&t->run, &t->config, comm));
  return lac_run_load(&t->run);
}

int lac_trial_rounds(lac_trial *t)
{
  LAC_TRY(lac_run_rounds(&t->run, &(lac_sink){ .row = keep_row, .self = t }));
  take_digest(t);
  return LAC_OK;
}

int lac_trial_run(lac_trial *t, lac_comm *comm, const char *algorithm, const char *const words[])
{
  LAC_TRY(lac_trial_open(t, comm, algorithm, words));
  return lac_trial_rounds(t);
}

void lac_trial_close(lac_trial *t)
{
  if (t->opened)
    lac_run_close(&t->run);
  lac_config_clear(&t->config);
  free(t->cell);
  *t = (lac_trial){ 0 };
}

double lac_trial_real(const lac_trial *t, size_t row, const char *column)
{
  for (size_t k = 0; k < t->run.trace.columns; k++)
    if (strcmp(t->run.trace.column[k].name, column) == 0)
      return t->cell[row * t->run.trace.columns + k].real;
  return NAN;
}
