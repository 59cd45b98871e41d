/* laconic tune: which candidate of an experiment file is the fastest on a network. */
#include "command/commands.h"
#include "experiment/tune.h"
#include "network/network.h"
#include "store/table.h"
#include "store/temporary.h"
#include "store/trace.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TARGET = 900, NETWORK, BUDGET, ETA, DRY_RUN, TABLE, CSV, JSON };

typedef struct {
  lac_run_words words;
  const char *target, *output, *table;
  char *metric;                    /* of the target */
  double level, eta, seconds;      /* seconds, rounds: the budget */
  uint64_t rounds;
  char **asked, **network;         /* as they were given; one each */
  size_t asks, ask_cap, networks, network_cap;
  lac_sheet_format format;
  int dry;
} arguments;

/* ---- the command line ---- */

static const struct argp_option own_options[] = {
  { "target", TARGET, "METRIC:VALUE", 0, "what a run has to reach, such as grad_norm_sq:1e-6 or test_accuracy:0.9; in place of --stop", 1 },
  { "network", NETWORK, "NETWORK", 0, "where: a name in the file, RATE[,LATENCY], or FILE.ini (docs/networks.md); several are separated by "
                                      "commas, written as a grid, {10,100}Mbit/s,20ms, or given with several options", 1 },
  { "budget", BUDGET, "SECONDS|N", 0, "how far a run gets at most: modelled time (90s, 10m, 2h), or the time of N rounds of the candidate "
                                      "whose rounds are the shortest [--rounds, and on until one arrives]", 1 },
  { "eta", ETA, "X", 0, "each rung runs X times as long as the one before, with 1/X of its candidates [3]", 1 },
  { "dry-run", DRY_RUN, NULL, 0, "say what would be run, and run nothing", 1 },
  { "output", 'o', "FILE.ini", 0, "the winner, or that of each network, as an experiment file", 1 },
  { "table", TABLE, "FILE.h5", 0, "the ranking as a table of HDF5", 1 },
  { "csv", CSV, NULL, 0, "the ranking comma-separated, with all digits", 1 },
  { "json", JSON, NULL, 0, "the ranking as an array of objects", 1 },
  { 0 }
};

static int set_target(arguments *a, const char *text)
{
  const char *colon = strchr(text, ':');
  char *end;
  a->target = text;
  if (!colon || colon == text || !colon[1])
    return lac_fail(LAC_EUSER, "--target must be METRIC:VALUE, such as grad_norm_sq:1e-6, not '%.60s'", text);
  a->level = strtod(colon + 1, &end);
  if (*end || !isfinite(a->level))
    return lac_fail(LAC_EUSER, "--target: '%.60s' is not a number", colon + 1);
  free(a->metric);
  if (!(a->metric = lac_asprintf("%.*s", (int)(colon - text), text)))
    return LAC_ENOMEM;
  const lac_column_words *about = lac_column_about(a->metric);
  return about && about->is_count ? lac_fail(LAC_EUSER, "--target: %s is a count, which every run reaches; give a metric such as "
                                             "grad_norm_sq", a->metric) : LAC_OK;
}

static int set_budget(arguments *a, const char *text)
{
  static const struct { const char *unit; double seconds; } units[] = { { "ms", 1e-3 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
  char *end;
  double number = strtod(text, &end);
  end += strspn(end, " ");
  a->seconds = 0;
  a->rounds = 0;
  for (size_t i = 0; i < LAC_COUNT(units); i++)
    if (strcmp(end, units[i].unit) == 0)
      a->seconds = number * units[i].seconds;
  if (!*end && number >= 1 && number <= UINT32_MAX && floor(number) == number)
    a->rounds = (uint64_t)number;
  return a->rounds || (a->seconds > 0 && isfinite(a->seconds)) ? LAC_OK :
         lac_fail(LAC_EUSER, "--budget must be a time above 0, such as 90s, 10m or 2h, or a number of rounds, not '%.60s'", text);
}

static int set_eta(arguments *a, const char *text)
{
  static const lac_option eta = { "eta", LAC_REAL, 0, "3", "[1.1,1000]", NULL, NULL };
  return lac_option_set(&eta, &a->eta, "--", text);
}

static int add_network(arguments *a, char *text)
{
  LAC_TRY(lac_grow(&a->asked, &a->ask_cap, a->asks + 1, sizeof *a->asked));
  a->asked[a->asks++] = text;
  return LAC_OK;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case TARGET:
    return set_target(a, value);
  case NETWORK:
    return add_network(a, value);
  case BUDGET:
    return set_budget(a, value);
  case ETA:
    return set_eta(a, value);
  case DRY_RUN:
    a->dry = 1;
    return 0;
  case 'o':
    a->output = value;
    return 0;
  case TABLE:
    a->table = value;
    return 0;
  case CSV:
  case JSON:
    a->format = key == CSV ? LAC_SHEET_CSV : LAC_SHEET_JSON;
    return 0;
  default:
    return lac_run_option(key, value, &a->words);
  }
}

static int check_arguments(const arguments *a)
{
  if (!a->words.file)
    return lac_fail(LAC_EUSER, "tune needs an experiment file: laconic tune FILE.ini --target=grad_norm_sq:1e-6 --network=100Mbit/s,20ms");
  if (!a->target)
    return lac_fail(LAC_EUSER, "--target is needed, METRIC:VALUE, such as --target=grad_norm_sq:1e-6");
  if (!a->asks)
    return lac_fail(LAC_EUSER, "--network is needed, such as --network=100Mbit/s,20ms, or the name of one in the file");
  for (size_t i = 0; i < a->words.count; i++)
    if (strncmp(a->words.setting[i], "stop=", strlen("stop=")) == 0)
      return lac_fail(LAC_EUSER, "--stop and --target say both when a run ends; leave out --stop");
  return LAC_OK;
}

/* Every run stops at the target. */
static int add_stop(arguments *a)
{
  lac_run_words *w = &a->words;
  LAC_TRY(lac_grow(&w->setting, &w->cap, w->count + 2, sizeof *w->setting));
  if (!(w->setting[w->count] = lac_asprintf("stop=%s", a->target)))
    return LAC_ENOMEM;
  w->setting[++w->count] = NULL;
  return LAC_OK;
}

/* ---- networks ---- */

static int is_network(const lac_networks *all, const char *text)
{
  lac_network w;
  int status = lac_network_find(&w, all, text);
  if (status == LAC_OK)
    lac_network_free(&w);
  return status == LAC_OK;
}

static int keep_network(arguments *a, const char *text, size_t length)
{
  LAC_TRY(lac_grow(&a->network, &a->network_cap, a->networks + 1, sizeof *a->network));
  char *one = lac_asprintf("%.*s", (int)length, text);
  return one ? (a->network[a->networks++] = one, LAC_OK) : LAC_ENOMEM;
}

/* "wan,lan,10Mbit/s,20ms" is three: a piece that is a network by itself begins one, and others belong to the one before. */
static int split_networks(arguments *a, const lac_networks *all, const char *text)
{
  const char *from = text, *comma = text;
  while ((comma = strchr(comma, ','))) {
    const char *next = comma + 1;
    char *piece = lac_asprintf("%.*s", (int)strcspn(next, ","), next);
    if (!piece)
      return LAC_ENOMEM;
    if (is_network(all, piece)) {
      int status = keep_network(a, from, (size_t)(comma - from));
      from = next;
      if (status != LAC_OK) {
        free(piece);
        return status;
      }
    }
    free(piece);
    comma = next;
  }
  return keep_network(a, from, strlen(from));
}

static int find_networks(arguments *a, const lac_networks *all)
{
  for (size_t i = 0; i < a->asks; i++) {
    char **text;
    LAC_TRY(lac_context(lac_expand(a->asked[i], &text), "--network"));
    int status = LAC_OK;
    for (char **one = text; status == LAC_OK && *one; one++)
      status = split_networks(a, all, *one);
    lac_expand_free(text);
    LAC_TRY(status);
  }
  for (size_t i = 0; i < a->networks; i++)
    for (size_t k = 0; k < i; k++)
      if (strcmp(a->network[i], a->network[k]) == 0)
        return lac_fail(LAC_EUSER, "--network: '%.60s' is given twice", a->network[i]);
  return LAC_OK;
}

/* ---- what is going to be run ---- */

/* Those that say how long the last rung is. */
static double rounds_of_last(const arguments *a, const lac_tuning *t)
{
  uint64_t most = a->rounds;
  for (size_t k = 0; !a->rounds && k < t->all.count; k++) {
    uint64_t own = t->all.e->run[t->all.at[k].run[0]].config.rounds;
    most = own > most ? own : most;
  }
  return (double)most;
}

static size_t most_seeds(const lac_tuning *t)
{
  size_t most = 0;
  for (size_t k = 0; k < t->all.count; k++)
    most = t->all.at[k].runs > most ? t->all.at[k].runs : most;
  return most;
}

/* Every rung goes on from the one before. */
static void print_plan(const arguments *a, const lac_tuning *t)
{
  size_t count = t->all.count, rungs = lac_tune_rungs(count, a->eta);
  double share = pow(a->eta, -(double)(rungs - 1)), before = 0, total = 0, last = a->seconds > 0 ? a->seconds : rounds_of_last(a, t);
  lac_print(stdout, "%s: %zu candidates, %zu runs%s; target %s\n", t->all.e->path, count, t->runs,
            t->all.left_out ? ", and some are left out" : "", a->target);
  for (size_t r = 0; r < rungs; r++, share *= a->eta) {
    size_t left = lac_tune_left(count, a->eta, r);
    lac_print(stdout, "  %zu candidates to %s%.4g%s\n", left, r ? "" : "at most ", last * share,
              a->seconds > 0 ? " s" : " times the shortest round");
    total += (double)(left * most_seeds(t)) * (last * share - before);
    before = last * share;
  }
  if (a->seconds > 0)
    lac_print(stdout, "the budget: %.4g modelled seconds a run, %.4g of all runs%s\n", a->seconds, total,
              a->networks > 1 ? ", on each network" : "");
  else
    lac_print(stdout, "the budget: about %.0f rounds of all runs at most%s%s\n", total, a->networks > 1 ? ", on each network" : "",
              a->rounds ? "" : "; if none arrives, those that are left go on up to --rounds");
}

/* ---- what came out ---- */

static void tell_rung(void *self, size_t network, size_t rung, double seconds, size_t candidates, size_t arrived)
{
  const arguments *a = self;
  if (a->format != LAC_SHEET_TEXT)
    return;
  if (rung == 0)
    lac_print(stdout, "\non %s\n", a->network[network]);
  lac_print(stdout, "  rung %zu: %zu candidates to %.6g s, %zu arrived\n", rung + 1, candidates, seconds, arrived);
  fflush(stdout);
}

static const char *candidate_name(const lac_tuning *t, const lac_tune_place *p) { return t->all.at[p->candidate].name; }

/* How many times slower than the winner; NaN: not known. */
static double slower(const lac_tune_ranking *r, const lac_tune_place *p)
{
  return r->arrived && isfinite(p->seconds) ? p->seconds / r->place[0].seconds : NAN;
}

/* Do the seconds of its seeds and of the winner's overlap? */
static int is_tie(const lac_tune_ranking *r, const lac_tune_place *p)
{
  return p != r->place && isfinite(p->seconds) && p->least <= r->place[0].most && p->most >= r->place[0].least;
}

typedef struct {
  lac_sheet sheet;
  lac_sheet_cell *network, *rate, *latency, *place, *section, *within, *name, *seconds, *least, *most, *slower, *value, *rung, *state;
} columns;

static int add_columns(columns *c, const lac_tuning *t, const arguments *a, int with_network)
{
  int with_seeds = most_seeds(t) > 1 || with_network;
  lac_sheet *s = &c->sheet;
  c->network = with_network ? lac_sheet_add(s, "network", "network", "") : NULL;
  c->rate = with_network ? lac_sheet_add(s, "rate", "bit/s", "%.4g") : NULL;
  c->latency = with_network ? lac_sheet_add(s, "latency", "latency", "%.4g") : NULL;
  c->place = lac_sheet_add(s, "place", "place", "%.0f");
  c->section = with_network ? lac_sheet_add(s, "section", "section", "") : NULL;
  c->within = with_network ? lac_sheet_add(s, "place_in_section", "in section", "%.0f") : NULL;
  c->name = lac_sheet_add(s, "candidate", "candidate", "");
  c->seconds = lac_sheet_add(s, "seconds", "seconds", "%.4g");
  c->least = with_seeds ? lac_sheet_add(s, "seconds_least", "least", "%.4g") : NULL;
  c->most = with_seeds ? lac_sheet_add(s, "seconds_most", "most", "%.4g") : NULL;
  c->slower = lac_sheet_add(s, "slower", "x slower", "%.3f");
  c->value = lac_sheet_add(s, "value", a->metric, "%.3g");
  c->rung = lac_sheet_add(s, "rung", "rung", "%.0f");
  c->state = lac_sheet_add(s, "state", "state", "");
  return (!with_network || (c->network && c->rate && c->latency && c->section && c->within)) && c->place && c->name && c->seconds &&
         (!with_seeds || (c->least && c->most)) && c->slower && c->value && c->rung && c->state ? LAC_OK : LAC_ENOMEM;
}

static const char *state_of(const lac_tune_ranking *r, size_t k)
{
  const lac_tune_place *p = &r->place[k];
  return p->diverged ? "diverged" : isfinite(p->seconds) ? (k == 0 ? "winner" : is_tie(r, p) ? "as good" : "arrived") :
         k < r->left ? "not arrived" : "dropped";
}

static const char *section_of(const lac_tuning *t, const lac_tune_place *p) { return t->all.e->run[t->all.at[p->candidate].run[0]].label; }

/* From 1 on, among the candidates of its section. */
static unsigned place_in_section(const lac_tuning *t, const lac_tune_ranking *r, size_t k)
{
  unsigned place = 1;
  for (size_t i = 0; i < k; i++)
    place += strcmp(section_of(t, &r->place[i]), section_of(t, &r->place[k])) == 0;
  return place;
}

static int fill_network(columns *c, size_t row, const lac_tuning *t, size_t network, size_t k, const arguments *a)
{
  const lac_tune_ranking *r = &t->ranking[network];
  c->rate[row].real = r->rate;
  c->latency[row].real = r->latency;
  c->within[row].real = place_in_section(t, r, k);
  c->network[row].text = lac_strdup(a->network[network]);
  c->section[row].text = lac_strdup(section_of(t, &r->place[k]));
  return c->network[row].text && c->section[row].text ? LAC_OK : LAC_ENOMEM;
}

static int fill_row(columns *c, size_t row, const lac_tuning *t, size_t network, size_t k, const arguments *a)
{
  const lac_tune_ranking *r = &t->ranking[network];
  const lac_tune_place *p = &r->place[k];
  if (c->network)
    LAC_TRY(fill_network(c, row, t, network, k, a));
  if (!(c->name[row].text = lac_strdup(candidate_name(t, p))) || !(c->state[row].text = lac_strdup(state_of(r, k))))
    return LAC_ENOMEM;
  if (c->least) {
    c->least[row].real = isfinite(p->least) ? p->least : NAN;
    c->most[row].real = isfinite(p->most) ? p->most : NAN;
  }
  c->place[row].real = (double)k + 1;
  c->seconds[row].real = isfinite(p->seconds) ? p->seconds : NAN;
  c->slower[row].real = slower(r, p);
  if (a->format == LAC_SHEET_TEXT && r->arrived && k < r->left && !isfinite(p->seconds) && !p->diverged &&
      !(c->slower[row].text = lac_asprintf("> %.3f", r->end / r->place[0].seconds)))
    return LAC_ENOMEM;
  c->value[row].real = p->value;
  c->rung[row].real = (double)p->rung + 1;
  return LAC_OK;
}

/* The rankings of networks first..last-1. */
static int make_sheet(lac_sheet *s, const lac_tuning *t, size_t first, size_t last, const arguments *a)
{
  columns c = { 0 };
  lac_sheet_init(&c.sheet, (last - first) * t->all.count);
  int status = add_columns(&c, t, a, a->format != LAC_SHEET_TEXT);
  for (size_t w = first, row = 0; w < last; w++)
    for (size_t k = 0; status == LAC_OK && k < t->all.count; k++, row++)
      status = fill_row(&c, row, t, w, k, a);
  *s = c.sheet;
  return status;
}

static int print_sheet(const lac_tuning *t, size_t first, size_t last, const arguments *a)
{
  lac_sheet s;
  int status = make_sheet(&s, t, first, last, a);
  if (status == LAC_OK)
    status = lac_sheet_print(&s, a->format, stdout);
  lac_sheet_free(&s);
  return status;
}

static void print_ties(const lac_tuning *t, const lac_tune_ranking *r)
{
  for (size_t k = 1; k < r->left; k++)
    if (is_tie(r, &r->place[k]))
      lac_print(stdout, "as good, %s: %s\n",
                r->place[k].least == r->place[k].most && r->place[0].least == r->place[0].most ? "to the same second"
                                                                                              : "by the spread over seeds",
                candidate_name(t, &r->place[k]));
}

static int print_winner(const lac_tuning *t, size_t network)
{
  const lac_tune_ranking *r = &t->ranking[network];
  char *edge;
  if (!r->arrived) {
    lac_print(stdout, "none arrives in %.6g s%s\n", r->end, r->ended ? ", and all that are left have done their --rounds or diverged" : "");
    return LAC_OK;
  }
  lac_print(stdout, "fastest: %s, %.6g s", candidate_name(t, r->place), r->place[0].seconds);
  if (r->left > 1 && isfinite(r->place[1].seconds))
    lac_print(stdout, "; the next takes %.3f times as long", slower(r, &r->place[1]));
  else if (r->left > 1)
    lac_print(stdout, "; the next takes more than %.3f times as long", r->end / r->place[0].seconds);
  lac_print(stdout, "\n");
  print_ties(t, r);
  LAC_TRY(lac_candidate_edge(&t->all, r->place[0].candidate, &edge));
  if (edge)
    lac_print(stdout, "at the edge of the grid: %s; a wider grid may have a faster one\n", edge);
  free(edge);
  return LAC_OK;
}

static int print_all(const lac_tuning *t, const arguments *a)
{
  if (a->format != LAC_SHEET_TEXT)
    return print_sheet(t, 0, t->networks, a);
  for (size_t w = 0; w < t->networks; w++) {
    lac_print(stdout, "\n%s\n", t->ranking[w].label);
    LAC_TRY(print_sheet(t, w, w + 1, a));
    LAC_TRY(print_winner(t, w));
  }
  lac_print(stdout, "\nspent: %.0f rounds of %zu runs; all of them to their --rounds are %.0f\n", t->rounds, t->runs, t->grid);
  return LAC_OK;
}

/* ---- files ---- */

static int add_real(lac_table *f, const char *name, const char *unit, const lac_sheet *s)
{
  lac_table_column *to = lac_table_add(f, name, unit, LAC_ROLE_EXACT, 1);
  const lac_sheet_column *from = lac_sheet_find(s, name);
  for (size_t i = 0; to && from && i < s->rows; i++)
    to->real[i] = from->cell[i].real;
  return to ? LAC_OK : LAC_ENOMEM;
}

static int add_text(lac_table *f, const char *name, lac_role role, const lac_sheet *s)
{
  lac_table_column *to = lac_table_add(f, name, "", role, 0);
  const lac_sheet_column *from = lac_sheet_find(s, name);
  for (size_t i = 0; to && from && i < s->rows; i++)
    if (!(to->text[i] = lac_strdup(from->cell[i].text)))
      return LAC_ENOMEM;
  return to ? LAC_OK : LAC_ENOMEM;
}

static int fill_table(lac_table *f, const lac_sheet *s, const arguments *a)
{
  static const struct { const char *name, *unit; } real[] = {
    { "rate", "bit/s" }, { "latency", "s" }, { "place", "" }, { "place_in_section", "" }, { "seconds", "s" }, { "seconds_least", "s" },
    { "seconds_most", "s" }, { "slower", "" },
    { "value", "" }, { "rung", "" } };
  LAC_TRY(add_text(f, "network", LAC_ROLE_KEY, s));
  LAC_TRY(add_text(f, "candidate", LAC_ROLE_KEY, s));
  LAC_TRY(add_text(f, "section", LAC_ROLE_NOTE, s));
  LAC_TRY(add_text(f, "state", LAC_ROLE_NOTE, s));
  for (size_t i = 0; i < LAC_COUNT(real); i++)
    LAC_TRY(add_real(f, real[i].name, real[i].unit, s));
  LAC_TRY(lac_table_note(f, "command", "tune"));
  return lac_table_note(f, "target", a->target);
}

static int write_table(const lac_tuning *t, const arguments *a)
{
  arguments all = *a;
  lac_sheet s;
  lac_table f;
  all.format = LAC_SHEET_CSV;
  int status = make_sheet(&s, t, 0, t->networks, &all);
  lac_table_init(&f, s.rows);
  if (status == LAC_OK)
    status = fill_table(&f, &s, a);
  if (status == LAC_OK)
    status = lac_table_write(&f, a->table);
  lac_table_close(&f);
  lac_sheet_free(&s);
  return status;
}

/* A section for each network that has a winner. */
static int print_winners(const lac_tuning *t, const arguments *a, size_t *winner, size_t *winners, FILE *to)
{
  *winners = 0;
  fprintf(to, "; The first at %s, of %zu candidates of %s.\n", a->target, t->all.count, t->all.e->path);
  for (size_t w = 0; w < t->networks; w++) {
    const lac_tune_ranking *r = &t->ranking[w];
    const char *label = section_of(t, &r->place[0]);
    if (!r->arrived)
      continue;
    char *section = t->networks > 1 ? lac_asprintf("%s on %s", label, a->network[w]) : lac_strdup(label);
    if (!section)
      return LAC_ENOMEM;
    fprintf(to, "\n; %s: %.6g s\n", r->label, r->place[0].seconds);
    winner[*winners] = r->place[0].candidate;
    int status = lac_candidate_print(&t->all, winner[(*winners)++], section, to);
    free(section);
    LAC_TRY(status);
  }
  return LAC_OK;
}

static int write_bytes(const char *path, const char *bytes, size_t size)
{
  lac_temporary f;
  LAC_TRY(lac_temporary_open(&f, "--output", "%s", path));
  fwrite(bytes, 1, size, f.to);
  return lac_temporary_close(&f, LAC_OK);
}

/* The file is read again before it is written: it runs to the results that are there. */
static int write_winners(const lac_tuning *t, const arguments *a)
{
  char *bytes = NULL;
  size_t size, winners = 0, *winner = lac_alloc(t->networks * sizeof *winner);
  FILE *to = winner ? open_memstream(&bytes, &size) : NULL;
  int status = to ? print_winners(t, a, winner, &winners, to) : LAC_ENOMEM;
  if (to && fclose(to))
    status = LAC_ENOMEM;
  if (status == LAC_OK && winners)
    status = lac_candidates_check(&t->all, winner, winners, bytes, size);
  if (status == LAC_OK && winners)
    status = write_bytes(a->output, bytes, size);
  if (status == LAC_OK && winners && a->format == LAC_SHEET_TEXT)
    lac_print(stdout, "wrote %s\n", a->output);
  free(bytes);
  free(winner);
  return status;
}

static int check_winners(const lac_tuning *t, const arguments *a)
{
  for (size_t w = 0; w < t->networks; w++) {
    const lac_tune_ranking *r = &t->ranking[w];
    if (!r->arrived)
      return lac_fail(LAC_EUSER, "no candidate reaches %s on %s in %.6g s; %s", a->target, a->network[w], r->end,
                      r->ended ? "give more --rounds, an easier --target or other candidates" : "give a larger --budget");
  }
  return LAC_OK;
}

static int show_all(const lac_tuning *t, const arguments *a)
{
  LAC_TRY(print_all(t, a));
  if (a->table)
    LAC_TRY(write_table(t, a));
  if (a->output)
    LAC_TRY(write_winners(t, a));
  return check_winners(t, a);
}

/* ---- laconic tune ---- */

static int try_outputs(const arguments *a)
{
  if (a->output)
    LAC_TRY(lac_temporary_try("--output", a->output));
  return a->table ? lac_temporary_try("--table", a->table) : LAC_OK;
}

static int tune_opened(lac_comm *comm, arguments *a, const lac_tune_options *o, lac_tuning *t)
{
  int root = lac_comm_rank(comm) == 0;
  if (root && (a->dry || a->format == LAC_SHEET_TEXT)) {
    print_plan(a, t);
    fflush(stdout);
  }
  if (a->dry)
    return LAC_OK;
  LAC_TRY(lac_comm_agree(comm, root ? try_outputs(a) : LAC_OK));
  LAC_TRY(lac_tune(comm, o, t));
  return lac_comm_agree(comm, root ? show_all(t, a) : LAC_OK);
}

static int tune_file(lac_comm *comm, arguments *a)
{
  lac_experiment e;
  lac_tuning t = { 0 };
  LAC_TRY(check_arguments(a));
  LAC_TRY(add_stop(a));
  LAC_TRY(lac_comm_agree(comm, lac_load_to_run(&e, &a->words)));
  int status = lac_comm_agree(comm, find_networks(a, e.networks));
  lac_tune_options o = { .e = &e, .metric = a->metric, .level = a->level, .network = a->network, .networks = a->networks, .eta = a->eta,
                         .seconds = a->seconds, .rounds = a->rounds, .rung = tell_rung, .self = a };
  if (status == LAC_OK)
    status = lac_tune_open(comm, &o, &t);
  if (status == LAC_OK)
    status = tune_opened(comm, a, &o, &t);
  lac_tune_free(&t);
  lac_experiment_free(&e);
  return status;
}

static const char doc[] =
  "Find the candidate of an experiment file that is the first at a target on a network: which method, compressor and step is the fastest "
  "there, in modelled seconds.\v"
  "The candidates are all runs of the file; seeds, and what [figure] has `over`, are repetitions of one.  Successive halving: every "
  "candidate runs for a while, the best third goes on three times as long, and so on, until one arrives.  A candidate is judged by the "
  "median of its seeds.  What was dropped may be better later on: to compare all candidates to the end, give a large --eta.\n\n"
  "Results are named by their digest and stay in --results.  A search that was stopped or killed goes on when it is asked for again, "
  "another network makes use of the same runs, and a finished search computes nothing.  "
  "It comes to the same ranking on any number of ranks.  "
  "The seconds are those of time_to(METRIC, VALUE, NETWORK), from the bits that were sent; a network with the time of gradients "
  "and codecs, compute= and codec=, counts these, too.\n\n"
  "If no candidate arrives the exit status is 1.\n\n"
  "  laconic tune grid.ini --target=grad_norm_sq:1e-3 --network=100Mbit/s,20ms \\\n"
  "    --dry-run\n"
  "  laconic tune grid.ini --target=grad_norm_sq:1e-3 --network=1Gbit/s \\\n"
  "    --network=1Mbit/s,50ms -o winner.ini";

int lac_command_tune(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .eta = 3 };
  struct argp_option *options = lac_run_options(own_options, LAC_OPTIONS_RESULT);
  struct argp argp = { options, parse, "FILE.ini", doc, NULL, NULL, NULL };
  int done = 0, status = options ? lac_argp(comm, &argp, argc, argv, &a, &done) : LAC_ENOMEM;
  if (status == LAC_OK && !done)
    status = tune_file(comm, &a);
  for (size_t i = 0; i < a.networks; i++)
    free(a.network[i]);
  free(a.network);
  free(a.asked);
  free(a.metric);
  lac_run_words_free(&a.words);
  free(options);
  return status;
}
