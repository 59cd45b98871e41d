#include "store/trace.h"

#include <math.h>
#include <string.h>

static const lac_column_words columns[] = {
  { "round", "round", "rounds done", -1, 1 },
  { "f", "", "objective at the server's iterate", -1, 0 },
  { "grad_norm_sq", "", "squared norm of its gradient", -1, 0 },
  { "f_gap", "", "objective less its least value", -1, 0 },
  { "dist_sq", "", "squared distance to the solution", -1, 0 },
  { "residual_sq", "", "squared length of a step of size 1 that stays in the domain; 0 at a solution", -1, 0 },
  { "gap", "", "duality gap over the domain", -1, 0 },
  { "epsilon", "", "privacy spent: rows of a client are (epsilon, delta)-private", -1, 0 },
  { "accuracy", "", "share of the training rows that are classified correctly", 1, 0 },
  { "test_loss", "", "mean loss of the test rows, without a regulariser", -1, 0 },
  { "test_bits_per_char", "bit", "mean loss of the symbols held out, in bits", -1, 0 },
  { "test_perplexity", "", "exponential of the mean loss of the symbols held out", -1, 0 },
  { "test_accuracy", "", "share of the test rows that are classified correctly", 1, 0 },
  { "test_robust_accuracy", "", "share of the test rows that stay correctly classified under attack", 1, 0 },
  { "bits", "bit", "bits that all clients and the server have sent", -1, 1 },
  { "bits_up", "bit", "bits that all clients have sent", -1, 1 },
  { "bits_down", "bit", "bits that the server has sent, counted for every receiver", -1, 1 },
  { "msgs_up", "message", "messages that all clients have sent", -1, 1 },
  { "msgs_down", "message", "messages that the server has sent, counted for every receiver", -1, 1 },
  { "oracle_calls", "call", "gradients that all clients have computed", -1, 1 },
  { "seconds", "s", "modelled seconds on a network", -1, 0 },
  { "samples", "row", "rows of data whose gradients all clients have computed", -1, 1 },
};

size_t lac_column_bare(const char *name)
{
  static const char *const ends[] = { "_per_client", "_relative" };
  size_t length = strlen(name);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t end = strlen(ends[i]);
    if (length > end && strcmp(name + length - end, ends[i]) == 0)
      return length - end;
  }
  return length;
}

const lac_column_words *lac_column_about(const char *name)
{
  size_t bare = lac_column_bare(name), open = strcspn(name, "(");      /* seconds(NETWORK) */
  bare = open < bare ? open : bare;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    if (strncmp(columns[i].name, name, bare) == 0 && !columns[i].name[bare])
      return &columns[i];
  return NULL;
}

double lac_column_diverged(const char *name)
{
  const lac_column_words *about = lac_column_about(name);
  return about && about->better > 0 ? 0 : INFINITY;
}
