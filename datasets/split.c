/* split.c: which client gets which rows of a file: the list of splits, each a file of splits/, and what all of them have.

   scale=FROM..TO multiplies the features of client i of n by FROM (TO/FROM)^(i/(n-1)). */
#include "split.h"

#include "elementary.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const lac_split *const lac_split_list[] = { &lac_split_contiguous, &lac_split_shuffled, &lac_split_sorted, &lac_split_dirichlet,
                                            &lac_split_shards, &lac_split_similarity, &lac_split_natural, &lac_split_source, NULL };
const lac_data_kind *const lac_splits[] = {
  &lac_split_contiguous.kind, &lac_split_shuffled.kind, &lac_split_sorted.kind, &lac_split_dirichlet.kind,
  &lac_split_shards.kind, &lac_split_similarity.kind, &lac_split_natural.kind, &lac_split_source.kind, NULL
};

/* ---- the factor on a client's features ---- */

/* A whole word that is a positive number. */
static int parse_factor(const char *word, size_t length, double *factor)
{
  char text[40];
  const char *at = text;
  snprintf(text, sizeof text, "%.*s", length < sizeof text ? (int)length : 0, word);
  return lac_parse_decimal(&at, factor) && !*at && *factor > 0 && isfinite(*factor);
}

static int parse_scale(const char *text, double *from, double *to)
{
  const char *dots = strstr(text, "..");
  return dots && parse_factor(text, (size_t)(dots - text), from) && parse_factor(dots + 2, strlen(dots + 2), to);
}

int lac_split_check(const lac_split *split, const void *params)
{
  double from, to;
  const char *text = ((const lac_split_common *)params)->scale;
  if (!parse_scale(text, &from, &to))
    return lac_fail(LAC_EUSER, "--split: scale must be two positive numbers, FROM..TO, not '%.40s'", text);
  return split->check ? split->check(params) : LAC_OK;
}

double lac_split_scale(const void *params, uint32_t client, uint32_t n)
{
  double from = 1, to = 1;
  parse_scale(((const lac_split_common *)params)->scale, &from, &to);
  return from == to || client == 0 ? from : client + 1 == n ? to : from * lac_exp(lac_log(to / from) * client / (n - 1.0));
}

int lac_split_is_plain(const lac_split *split, const void *params) { return split->is_plain && split->is_plain(params); }

/* ---- who gets which row ---- */

int lac_split_assign(const lac_split *split, const void *params, const lac_split_input *in, lac_assignment *to)
{
  int keeps = split->keeps_order, code = LAC_OK;
  to->first = malloc(((size_t)in->n + 1) * sizeof *to->first);
  to->order = keeps ? NULL : malloc(in->rows->m * sizeof *to->order);
  if (!to->first || (!keeps && !to->order))
    code = lac_fail(LAC_ENOMEM, "out of memory to split %zu rows", in->rows->m);
  else
    code = split->assign(params, in, to);
  if (code != LAC_OK) {
    free(to->first);
    free(to->order);
    *to = (lac_assignment){0};
  }
  return code;
}
