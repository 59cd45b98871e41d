#include "figures/rates.h"

#include "figures/axes.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rates ---- */

enum { A_DECADE = 10, A_DECADE_MOST = 100 };

static int bad_rates(const char *text, int many)
{
  return lac_fail(LAC_EUSER, "'%.60s' is not two rates, the lower one first%s, such as " LAC_RATES_DEFAULT "%s", text,
                  many ? ", and how many there are in a decade" : "", many ? ", 10" : "");
}

/* Both ends, from texts that are cut where they lie. */
static int parse_ends(lac_rates *r, char *low, const char *text, int many)
{
  char *high = strstr(low, "..");
  if (!high)
    return bad_rates(text, many);
  for (char *end = high; end > low && strchr(" \t", end[-1]);)
    *--end = 0;
  *high = 0;
  high += 2 + strspn(high + 2, " \t");
  return lac_network_rate_of(low, &r->low) && lac_network_rate_of(high, &r->high) && r->low < r->high ? LAC_OK : bad_rates(text, many);
}

int lac_rates_parse(lac_rates *r, const char *text, int many)
{
  char *copy = lac_strdup(text), *comma = copy && many ? strchr(copy, ',') : NULL, *end = NULL;
  double each = A_DECADE;
  if (!copy)
    return LAC_ENOMEM;
  if (comma) {
    each = strtod(comma + 1, &end);
    *comma = 0;
  }
  int is_number = !comma || (end != comma + 1 && !*end && each >= 1 && each <= A_DECADE_MOST);
  int status = is_number ? parse_ends(r, copy, text, many) : bad_rates(text, many);
  if (status == LAC_OK)
    r->count = 2 + (size_t)(each * log10(r->high / r->low) - 1e-9);
  free(copy);
  return status;
}

double lac_rates_at(const lac_rates *r, size_t i)
{
  return r->low * pow(r->high / r->low, (double)i / (double)(r->count - 1));
}

/* ---- the reduction ---- */

static const char clock_before[] = "seconds(";

/* The network of "seconds(NETWORK)". */
static void copy_network(const lac_reduction *of, char network[static LAC_REDUCE_NAME])
{
  snprintf(network, LAC_REDUCE_NAME, "%s", of->clock + sizeof clock_before - 1);
  network[strlen(network) - 1] = 0;
}

int lac_rates_set(lac_reduction *to, const lac_reduction *of, double rate)
{
  char network[LAC_REDUCE_NAME];
  copy_network(of, network);
  *to = *of;
  int length = snprintf(to->clock, sizeof to->clock, "%s%s,rate=%.17gbit/s)", clock_before, network, rate);
  return length < (int)sizeof to->clock ? LAC_OK : lac_fail(LAC_EUSER, "'%.40s...' is longer than any network", network);
}

/* The network with this rate; to be freed. */
static int find_network(lac_network *w, const lac_reduction *of, const lac_networks *all, double rate)
{
  lac_reduction at;
  char network[LAC_REDUCE_NAME];
  LAC_TRY(lac_rates_set(&at, of, rate));
  copy_network(&at, network);
  return lac_network_find(w, all, network);
}

static int same_links(const lac_network *a, const lac_network *b)
{
  return a->each.up == b->each.up && a->each.down == b->each.down && a->server_up == b->server_up && a->server_down == b->server_down;
}

int lac_rates_check(const lac_reduction *of, const lac_networks *all, const lac_rates *r)
{
  lac_network low, high;
  if (of->kind < 0 || !*of->clock)
    return lac_fail(LAC_EUSER, "over the rate of a network there is time_to(COLUMN, LEVEL, NETWORK) and no other number");
  LAC_TRY(find_network(&low, of, all, r->low));
  int status = find_network(&high, of, all, r->high);
  if (status == LAC_OK) {
    if (same_links(&low, &high))
      status = lac_fail(LAC_EUSER, "no link of the network follows its rate: up, down and server_rate say what theirs are; leave one out");
    lac_network_free(&high);
  }
  lac_network_free(&low);
  return status;
}

int lac_rates_reduction(lac_reduction *of, const char *text, const lac_networks *all, const lac_rates *r)
{
  const char *rest = text;
  if (strncmp(text, "time_to", strlen("time_to")))
    return lac_fail(LAC_EUSER, "over the rate of a network there is time_to(COLUMN, LEVEL, NETWORK), not '%.60s'", text);
  LAC_TRY(lac_reduction_parse(of, &rest));
  if (*rest)
    return lac_fail(LAC_EUSER, "'%.40s' is behind the end of time_to(COLUMN, LEVEL, NETWORK)", rest);
  return lac_rates_check(of, all, r);
}

/* ---- a result ---- */

static int fill_rows(lac_result *swept, const lac_member *m, const lac_reduction *of, const lac_rates *r)
{
  for (size_t i = 0; i < r->count; i++) {
    lac_reduction at;
    lac_known known;
    swept->column[0][i] = lac_rates_at(r, i);
    LAC_TRY(lac_rates_set(&at, of, swept->column[0][i]));
    LAC_TRY(lac_reduction_value(&at, &m->result, m->factor, &swept->column[1][i], &known));
    if (known == LAC_NEVER)
      swept->column[1][i] = INFINITY;
  }
  return LAC_OK;
}

int lac_rates_result(lac_result *swept, const lac_member *m, const lac_reduction *of, const char *name, const lac_rates *r)
{
  const char *const names[] = { "rate", name };
  *swept = (lac_result){ .path = m->result.path, .attributes = m->result.attributes, .attribute = m->result.attribute };
  swept->name = lac_alloc(LAC_COUNT(names) * sizeof *swept->name);
  swept->column = lac_alloc(LAC_COUNT(names) * sizeof *swept->column);
  for (size_t k = 0; swept->name && swept->column && k < LAC_COUNT(names); k++) {
    swept->name[k] = lac_strdup(names[k]);
    swept->column[k] = lac_alloc(r->count * sizeof **swept->column);
    swept->columns++;
    if (!swept->name[k] || !swept->column[k])
      return LAC_ENOMEM;
  }
  if (!swept->columns)
    return LAC_ENOMEM;
  swept->rows = r->count;
  return fill_rows(swept, m, of, r);
}

void lac_rates_free(lac_result *swept)
{
  for (size_t k = 0; k < swept->columns; k++) {
    free(swept->name[k]);
    free(swept->column[k]);
  }
  free(swept->name);
  free(swept->column);
  *swept = (lac_result){ 0 };
}

/* ---- words ---- */

/* The words of a network but its rate. */
static int leave_rate_out(lac_network *w, double rate)
{
  char text[32];
  const char *words = w->words;
  size_t n = strlen(lac_network_rate(rate, text));
  if (strncmp(words, text, n) == 0 && words[n] == ',')
    words += n + 1 + strspn(words + n + 1, " ");
  char *shorter = lac_strdup(words);
  if (!shorter)
    return LAC_ENOMEM;
  free(w->words);
  w->words = shorter;
  return LAC_OK;
}

char *lac_rates_level(const lac_reduction *of) { return lac_asprintf("seconds until %s = %g", lac_axis_words(of->column), of->argument); }

int lac_rates_words(const lac_reduction *of, const lac_networks *all, const lac_rates *r, uint32_t least, uint32_t most, char **words)
{
  lac_network w;
  *words = NULL;
  LAC_TRY(find_network(&w, of, all, r->low));
  int status = leave_rate_out(&w, r->low);
  char *label = status == LAC_OK ? lac_network_label(&w, least, most) : NULL;
  if (label)
    *words = lac_asprintf("seconds on %s", label);
  free(label);
  lac_network_free(&w);
  return status != LAC_OK ? status : *words ? LAC_OK : LAC_ENOMEM;
}
