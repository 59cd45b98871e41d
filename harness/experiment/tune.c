#include "experiment/tune.h"

#include "experiment/sweep.h"
#include "network/columns.h"
#include "stats.h"
#include "store/result.h"
#include "store/trace.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rounds of a run of which nothing is known; how far others are timed, in seconds of the winner. */
enum { FIRST_ROUNDS = 8, MARGIN = 2 };
static const uint64_t AS_IT_IS = UINT64_MAX;      /* no round is wanted of this run */

/* ---- what a result tells ---- */

/* The rows of a run so far: round, metric, and seconds on each network. */
typedef struct {
  size_t rows;
  double *round, *value, **seconds;
  int ended, diverged;
} course;

typedef struct {
  const lac_tune_options *o;
  lac_tuning *t;
  course *course;                /* of each run of the file; rank 0 */
  uint64_t *pause;               /* of each run of the file: rounds to run to, 0: to its end, AS_IT_IS */
  size_t *told;                  /* rungs of each network that were told; rank 0 */
  uint64_t first;                /* rounds by which candidates are timed: FIRST_ROUNDS, more where nobody takes time in them */
} search;

static void free_course(course *c, size_t networks)
{
  for (size_t k = 0; c->seconds && k < networks; k++)
    free(c->seconds[k]);
  free(c->seconds);
  free(c->round);
  free(c->value);
  *c = (course){ 0 };
}

static int copy_column(const lac_result *r, const char *name, double **to)
{
  lac_derived q;
  LAC_TRY(lac_result_find(r, name, &q));
  if (!(*to = lac_alloc((r->rows + 1) * sizeof **to)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < r->rows; i++)
    (*to)[i] = lac_derived_at(&q, i);
  return LAC_OK;
}

/* A run that ended before its first round has sent nothing. */
static int copy_seconds(const search *s, const lac_result *r, course *c)
{
  if (!(c->seconds = lac_alloc(s->o->networks * sizeof *c->seconds)))
    return LAC_ENOMEM;
  int is_empty = c->ended && c->round[c->rows - 1] <= 0;
  for (size_t k = 0; k < s->o->networks; k++) {
    char *name = is_empty ? lac_strdup("round") : lac_asprintf("seconds(%s)", s->o->network[k]);
    int status = name ? copy_column(r, name, &c->seconds[k]) : LAC_ENOMEM;
    free(name);
    LAC_TRY(status);
  }
  return LAC_OK;
}

static int copy_rows(const search *s, lac_result *r, course *c)
{
  const char *complete = lac_result_attribute(r, "complete"), *reason = lac_result_attribute(r, "reason");
  c->rows = r->rows;
  c->ended = complete && strcmp(complete, "1") == 0;
  c->diverged = c->ended && reason && strcmp(reason, "diverged") == 0;
  LAC_TRY(lac_seconds_attach(r, s->o->e->networks));
  LAC_TRY(copy_column(r, "round", &c->round));
  LAC_TRY(copy_column(r, s->o->metric, &c->value));
  return copy_seconds(s, r, c);
}

/* Nothing is known of a run that has no file, or one without rows. */
static int read_course(search *s, size_t run)
{
  lac_result r;
  course *c = &s->course[run];
  const char *path = s->t->all.plan.run[run].path;
  free_course(c, s->o->networks);
  if (lac_result_open_parts(&r, path, 0) != LAC_OK)
    return LAC_OK;
  int status = r.rows ? lac_context(copy_rows(s, &r, c), "%s", path) : LAC_OK;
  lac_result_close(&r);
  return status;
}

static int read_courses(search *s)
{
  const lac_candidates *all = &s->t->all;
  for (size_t k = 0; k < all->count; k++)
    for (size_t i = 0; i < all->at[k].runs; i++)
      if (s->pause[all->at[k].run[i]] != AS_IT_IS)
        LAC_TRY(read_course(s, all->at[k].run[i]));
  return LAC_OK;
}

/* ---- how far runs have to go ---- */

static uint64_t to_row(const lac_config *c, double round) { return (uint64_t)ceil(round / (double)c->eval) * c->eval; }

/* A run is paused one round behind a row, when the row is there; 0: it goes to its end. */
static uint64_t pause_behind(const lac_config *c, uint64_t row) { return row + 1 < c->rounds ? row + 1 : 0; }

/* Rows until the seconds are passed, as far as the rounds so far tell. */
static uint64_t pause_for(const search *s, const course *c, const lac_config *config, size_t network, double seconds)
{
  double so_far = c->seconds[network][c->rows - 1], rounds = c->round[c->rows - 1];
  if (!(so_far > 0))
    return rounds < (double)s->first ? pause_behind(config, to_row(config, (double)s->first)) : 0;
  double more = rounds * (seconds / so_far - 1), most = 4 * (rounds + 1);      /* the rounds so far need not be like those to come */
  return pause_behind(config, to_row(config, rounds + 1 + (more < most ? more : most)));
}

static int knows(const course *c, size_t network, double seconds)
{
  return c->ended || (c->rows && c->seconds[network][c->rows - 1] > seconds);
}

static int is_counted(const search *s, const course *c)
{
  return c->ended || (c->rows && c->round[c->rows - 1] >= (double)s->first);
}

/* Want this of every run of the candidates that does not have it yet; seconds < 0: the first rounds. */
static size_t want(search *s, const size_t *candidate, size_t count, size_t network, double seconds)
{
  size_t wanted = 0;
  for (size_t k = 0; k < count; k++) {
    const lac_candidate *at = &s->t->all.at[candidate[k]];
    for (size_t i = 0; i < at->runs; i++) {
      const course *c = &s->course[at->run[i]];
      const lac_config *config = &s->o->e->run[at->run[i]].config;
      if (seconds < 0 ? is_counted(s, c) : knows(c, network, seconds))
        continue;
      s->pause[at->run[i]] = c->rows && seconds >= 0 ? pause_for(s, c, config, network, seconds)
                                                     : pause_behind(config, to_row(config, (double)s->first));
      wanted++;
    }
  }
  return wanted;
}

/* ---- judging ---- */

/* The metric of a run when so many seconds have passed; seconds to the target.  Has it diverged until then? */
static int judge_run(const search *s, const course *c, size_t network, double seconds, double *arrival, double *value)
{
  const lac_column_words *about = lac_column_about(s->o->metric);
  int rises = about && about->better > 0;
  size_t last = 0;
  *arrival = INFINITY;
  for (size_t i = 0; i < c->rows && c->seconds[network][i] <= seconds; i++) {
    last = i;
    if (isinf(*arrival) && (rises ? c->value[i] >= s->o->level : c->value[i] <= s->o->level))
      *arrival = c->seconds[network][i];
  }
  int diverged = c->diverged && last + 1 == c->rows;
  *value = diverged || isnan(c->value[last]) ? lac_column_diverged(s->o->metric) : c->value[last];
  return diverged;
}

/* Infinity beside infinity has no number between. */
static double median_of(double *x, size_t count)
{
  double median = lac_quantile(x, count, 0.5);
  return isnan(median) ? INFINITY : median;
}

static int judge(const search *s, size_t network, double seconds, lac_tune_place *p)
{
  const lac_candidate *at = &s->t->all.at[p->candidate];
  double *arrival = lac_alloc(at->runs * sizeof *arrival), *value = lac_alloc(at->runs * sizeof *value);
  size_t diverged = 0;
  for (size_t i = 0; arrival && value && i < at->runs; i++)
    diverged += (size_t)judge_run(s, &s->course[at->run[i]], network, seconds, &arrival[i], &value[i]);
  if (arrival && value) {
    p->seconds = median_of(arrival, at->runs);
    p->least = arrival[0];
    p->most = arrival[at->runs - 1];
    p->value = median_of(value, at->runs);
    p->diverged = 2 * diverged > at->runs;
  }
  int status = arrival && value ? LAC_OK : LAC_ENOMEM;
  free(arrival);
  free(value);
  return status;
}

/* Negative: a is better.  Equal candidates stay in the order of the file. */
static int compare(const lac_tune_place *a, const lac_tune_place *b, int rises)
{
  if (a->seconds != b->seconds)
    return a->seconds < b->seconds ? -1 : 1;
  if (a->value != b->value)
    return (a->value < b->value) == !rises ? -1 : 1;
  return 0;
}

static void sort_places(lac_tune_place *p, size_t count, int rises)
{
  for (size_t i = 1; i < count; i++) {
    lac_tune_place one = p[i];
    size_t k = i;
    for (; k > 0 && compare(&one, &p[k - 1], rises) < 0; k--)
      p[k] = p[k - 1];
    p[k] = one;
  }
}

/* ---- rungs ---- */

size_t lac_tune_left(size_t candidates, double eta, size_t rung)
{
  for (; rung; rung--) {
    size_t fewer = (size_t)ceil((double)candidates / eta);
    candidates = fewer < 2 ? 2 : fewer;
  }
  return candidates;
}

size_t lac_tune_rungs(size_t candidates, double eta)
{
  size_t rungs = 1;
  while ((double)lac_tune_left(candidates, eta, rungs - 1) > eta && lac_tune_left(candidates, eta, rungs - 1) > 2)
    rungs++;
  return rungs;
}

/* Modelled seconds of a round of the candidate that has the shortest ones, by the first rounds. */
static double shortest_round(const search *s, size_t network)
{
  double least = INFINITY;
  for (size_t k = 0; k < s->t->all.count; k++)
    for (size_t i = 0; i < s->t->all.at[k].runs; i++) {
      const course *c = &s->course[s->t->all.at[k].run[i]];
      size_t row = 0;
      while (row + 1 < c->rows && c->round[row] < (double)s->first)
        row++;
      double each = row ? c->seconds[network][row] / c->round[row] : 0;
      least = each > 0 && each < least ? each : least;
    }
  return least;
}

static uint64_t most_rounds(const search *s)
{
  uint64_t most = 0;
  for (size_t k = 0; k < s->t->all.count; k++) {
    const lac_config *c = &s->o->e->run[s->t->all.at[k].run[0]].config;
    most = c->rounds > most ? c->rounds : most;
  }
  return most;
}

/* The first rung without --budget=SECONDS is as long as so many rounds of a candidate that takes time. */
static int is_timed(const search *s, size_t network) { return s->o->seconds > 0 || isfinite(shortest_round(s, network)); }

static int check_start(const search *s)
{
  for (size_t k = 0; k < s->t->all.count; k++)
    for (size_t i = 0; i < s->t->all.at[k].runs; i++) {
      double arrival, value;
      const course *c = &s->course[s->t->all.at[k].run[i]];
      judge_run(s, c, 0, c->rows ? c->seconds[0][0] : 0, &arrival, &value);
      if (isfinite(arrival))
        return lac_fail(LAC_EUSER, "--target: %s has it before its first round; give a target that is harder to reach",
                        s->t->all.at[k].name);
    }
  return LAC_OK;
}

/* Nothing more comes of who is left, after the seconds of this rung either. */
static int have_ended(const search *s, size_t network, const lac_tune_ranking *r)
{
  for (size_t k = 0; k < r->left; k++) {
    const lac_candidate *at = &s->t->all.at[r->place[k].candidate];
    for (size_t i = 0; i < at->runs; i++) {
      const course *c = &s->course[at->run[i]];
      if (!c->ended || c->seconds[network][c->rows - 1] > r->end)
        return 0;
    }
  }
  return 1;
}

static size_t count_arrived(const lac_tune_ranking *r)
{
  size_t arrived = 0;
  while (arrived < r->left && isfinite(r->place[arrived].seconds))
    arrived++;
  return arrived;
}

/* Judge who is left, and put them in order.  *missing: more rounds are needed first. */
static int climb(search *s, size_t network, lac_tune_ranking *r, size_t *missing)
{
  const lac_column_words *about = lac_column_about(s->o->metric);
  size_t *candidate = lac_alloc(r->left * sizeof *candidate);
  if (!candidate)
    return LAC_ENOMEM;
  for (size_t k = 0; k < r->left; k++)
    candidate[k] = r->place[k].candidate;
  *missing = want(s, candidate, r->left, network, r->end);
  free(candidate);
  if (*missing)
    return LAC_OK;
  for (size_t k = 0; k < r->left; k++) {
    r->place[k].rung = r->rungs;
    LAC_TRY(judge(s, network, r->end, &r->place[k]));
  }
  sort_places(r->place, r->left, about && about->better > 0);
  r->arrived = count_arrived(r) > 0;
  r->ended = have_ended(s, network, r);
  if (s->told[network] == r->rungs) {
    s->told[network]++;
    s->o->rung(s->o->self, network, r->rungs, r->end, r->left, count_arrived(r));
  }
  r->rungs++;
  return LAC_OK;
}

/* Who is as good as the last one that goes on does so, too; a candidate that diverged does not. */
static void drop(lac_tune_ranking *r, size_t keep)
{
  while (keep < r->left && compare(&r->place[keep - 1], &r->place[keep], 0) == 0)
    keep++;
  while (keep > 1 && r->place[keep - 1].diverged)
    keep--;
  r->left = keep < r->left ? keep : r->left;
}

/* Rungs in front, of all candidates, so that a target that is near is found before much is run; *first: seconds of the first one. */
static size_t rungs_in_front(const search *s, size_t network, double *first)
{
  double least = (double)s->first * shortest_round(s, network);
  size_t rungs = 0;
  for (; *first / s->o->eta >= least; rungs++)
    *first /= s->o->eta;
  return rungs;
}

/* Who is slower than the winner by how much is known as far as the last rung goes: to MARGIN times its seconds, if the budget allows.  With
   more time another median may come in: of an even number of seeds it is a mean. */
static int time_others(search *s, size_t network, double most, lac_tune_ranking *r, size_t *missing)
{
  for (;;) {
    double end = MARGIN * r->place[0].seconds < most ? MARGIN * r->place[0].seconds : most;
    if (*missing || !r->arrived || r->end >= end)
      return LAC_OK;
    r->end = end;
    r->rungs--;
    LAC_TRY(climb(s, network, r, missing));
  }
}

/* From the first rung as far as results go.  *missing: more rounds are needed to go on. */
static int decide(search *s, size_t network, size_t *missing)
{
  const lac_tune_options *o = s->o;
  lac_tune_ranking *r = &s->t->ranking[network];
  size_t count = s->t->all.count, rungs = lac_tune_rungs(count, o->eta);
  int is_open = !(o->seconds > 0) && !o->rounds;
  *r = (lac_tune_ranking){ .place = r->place, .label = r->label, .rate = r->rate, .latency = r->latency, .left = count };
  for (size_t k = 0; k < count; k++)
    r->place[k] = (lac_tune_place){ .candidate = k };
  r->end = o->seconds > 0 ? o->seconds : shortest_round(s, network) * (double)(o->rounds ? o->rounds : most_rounds(s));
  double most = is_open ? INFINITY : r->end;
  for (size_t k = 1; k < rungs; k++)
    r->end /= o->eta;
  size_t front = rungs_in_front(s, network, &r->end);
  for (;;) {
    LAC_TRY(climb(s, network, r, missing));
    if (*missing || r->arrived || r->ended || (r->rungs >= front + rungs && !is_open))
      return time_others(s, network, most, r, missing);
    if (r->rungs > front && r->rungs < front + rungs)
      drop(r, lac_tune_left(count, o->eta, r->rungs - front));
    r->end *= o->eta;
  }
}

/* The first rounds of all candidates, and twice as many while nobody takes time in them, as where clients send once in 50 rounds. */
static int time_first(search *s, size_t *missing)
{
  size_t *all = lac_alloc(s->t->all.count * sizeof *all), network = 0;
  if (!all)
    return LAC_ENOMEM;
  for (size_t k = 0; k < s->t->all.count; k++)
    all[k] = k;
  while (!(*missing = want(s, all, s->t->all.count, 0, -1)) && network < s->o->networks && s->first < most_rounds(s)) {
    if (is_timed(s, network))
      network++;
    else
      s->first *= 2;
  }
  free(all);
  return LAC_OK;
}

static int check_times(const search *s)
{
  for (size_t network = 0; network < s->o->networks; network++)
    if (!is_timed(s, network))
      return lac_fail(LAC_EUSER, "--network=%.80s: no run takes any time on it; give more --rounds, or the network compute=10ms, say",
                      s->o->network[network]);
  return LAC_OK;
}

/* All that can be decided; where more rounds are needed, s->pause has them. */
static int next_step(search *s, size_t *missing)
{
  LAC_TRY(read_courses(s));
  for (size_t i = 0; i < s->o->e->runs; i++)
    s->pause[i] = AS_IT_IS;
  LAC_TRY(time_first(s, missing));
  if (*missing)
    return LAC_OK;
  LAC_TRY(check_start(s));
  LAC_TRY(check_times(s));
  for (size_t network = 0; network < s->o->networks && !*missing; network++)
    LAC_TRY(decide(s, network, missing));
  return LAC_OK;
}

/* ---- running ---- */

static int show_nothing(void *self, const lac_experiment_run *run, const char *path)
{
  (void)self, (void)run, (void)path;
  return LAC_OK;
}

/* The runs of which rounds are wanted, as an experiment of their own. */
static int run_wanted(lac_comm *comm, const search *s)
{
  const lac_experiment *e = s->o->e;
  lac_experiment some = *e;
  lac_sweep_options how = { .groups = "auto", .array = "", .show = show_nothing, .pauses = 1 };
  lac_sweep_counts counts = { 0 };
  some.runs = 0;
  some.run = lac_alloc(e->runs * sizeof *some.run);
  LAC_TRY(lac_comm_agree(comm, some.run ? LAC_OK : LAC_ENOMEM));
  for (size_t i = 0; i < e->runs; i++) {
    if (s->pause[i] == AS_IT_IS)
      continue;
    lac_experiment_run *run = &some.run[some.runs++];
    *run = e->run[i];
    run->config.resume = LAC_RESUME_AUTO;
    run->config.pause = s->pause[i];
    run->config.progress = LAC_PROGRESS_NO;
    if (run->config.messages == LAC_RECORD_AUTO)
      run->config.messages = LAC_RECORD_FULL;      /* seconds are made of them */
  }
  int status = lac_sweep(comm, &some, &how, &counts);
  free(some.run);
  LAC_TRY(status);
  if (counts.missing)
    status = lac_fail(LAC_EUSER, "the data set of %zu runs is not there any more", counts.missing);
  else if (counts.failed)
    status = lac_fail(LAC_EUSER, "%zu of %zu runs failed; the reasons are above", counts.failed, counts.runs);
  return lac_comm_agree(comm, status);
}

static int take_steps(lac_comm *comm, search *s)
{
  int root = lac_comm_rank(comm) == 0;
  for (uint64_t missing = 0;; missing = 0) {
    size_t count = 0;
    int status = root ? next_step(s, &count) : LAC_OK;
    missing = count;
    LAC_TRY(lac_comm_agree(comm, status));
    LAC_TRY(lac_comm_bcast(comm, &missing, sizeof missing));
    if (!missing)
      return LAC_OK;
    LAC_TRY(lac_comm_bcast(comm, s->pause, s->o->e->runs * sizeof *s->pause));
    LAC_TRY(run_wanted(comm, s));
  }
}

static void count_rounds(const search *s)
{
  lac_tuning *t = s->t;
  t->rounds = t->grid = 0;
  for (size_t k = 0; k < t->all.count; k++)
    for (size_t i = 0; i < t->all.at[k].runs; i++) {
      const course *c = &s->course[t->all.at[k].run[i]];
      t->rounds += c->rows ? c->round[c->rows - 1] : 0;
      t->grid += (double)s->o->e->run[t->all.at[k].run[i]].config.rounds;
    }
}

int lac_tune(lac_comm *comm, const lac_tune_options *o, lac_tuning *t)
{
  search s = { .o = o, .t = t, .course = lac_alloc(o->e->runs * sizeof *s.course), .pause = lac_alloc(o->e->runs * sizeof *s.pause),
               .told = lac_alloc(o->networks * sizeof *s.told), .first = FIRST_ROUNDS };
  int status = lac_comm_agree(comm, s.course && s.pause && s.told ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = take_steps(comm, &s);
  if (status == LAC_OK && lac_comm_rank(comm) == 0)
    count_rounds(&s);
  for (size_t i = 0; s.course && i < o->e->runs; i++)
    free_course(&s.course[i], o->networks);
  free(s.course);
  free(s.pause);
  free(s.told);
  return status;
}

/* ---- before any run ---- */

/* Times that were measured differ from call to call, and so would the choice. */
static int check_network(const lac_network *w, const char *text)
{
  int measured = isnan(w->codec) || isnan(w->each.compute);
  for (uint32_t i = 0; w->client && i < w->clients; i++)
    measured |= isnan(w->client[i].compute);
  return measured ? lac_fail(LAC_EUSER, "--network=%.80s has a time that is measured, which differs from call to call, and so would the "
                             "choice; give it as a number, such as compute=3ms", text) : LAC_OK;
}

static int open_network(const lac_tune_options *o, size_t k, const lac_tuning *t)
{
  lac_tune_ranking *r = &t->ranking[k];
  lac_network w;
  uint32_t clients = (uint32_t)o->e->run[t->all.at[0].run[0]].config.clients;
  LAC_TRY(lac_context(lac_network_find(&w, o->e->networks, o->network[k]), "--network"));
  int status = check_network(&w, o->network[k]);
  if (status == LAC_OK && w.client && w.clients != clients)
    status = lac_fail(LAC_EUSER, "--network=%.80s has %u clients and the runs have %u; give --clients or another network", o->network[k],
                      w.clients, clients);
  if (status == LAC_OK) {
    r->label = lac_network_label(&w, clients, clients);
    r->place = lac_alloc(t->all.count * sizeof *r->place);
    r->rate = w.client ? w.client[0].up : w.each.up;
    r->latency = w.client ? w.client[0].latency : w.each.latency;
    status = r->label && r->place ? LAC_OK : LAC_ENOMEM;
  }
  lac_network_free(&w);
  return status;
}

/* The name of a result is that of its configuration, and whether rounds are missing is for the search to say. */
static int check_run(const lac_experiment *e, const lac_experiment_run *run)
{
  static const char *const own[] = { "output", "force", "resume", "pause" };
  lac_config usual;
  LAC_TRY(lac_config_init(&usual));
  int status = LAC_OK;
  for (const lac_option *o = lac_where_options; status == LAC_OK && o->name; o++)
    for (size_t i = 0; status == LAC_OK && i < LAC_COUNT(own); i++) {
      if (strcmp(o->name, own[i]))
        continue;
      char *text = lac_option_text(o, &run->config), *other = lac_option_text(o, &usual);
      status = !text || !other ? LAC_ENOMEM : strcmp(text, other) == 0 ? LAC_OK :
               lac_fail(LAC_EUSER, "%s, [run %s]: tune names results itself and goes on with them; leave out %s = %.80s", e->path,
                        run->label, o->name, text);
      free(text);
      free(other);
    }
  lac_config_clear(&usual);
  if (status == LAC_OK && run->config.messages == LAC_RECORD_SUMMARY)
    status = lac_fail(LAC_EUSER, "%s, [run %s]: seconds are made of every message; leave out messages = summary", e->path, run->label);
  return status;
}

static int open_tuning(const lac_tune_options *o, lac_tuning *t)
{
  for (size_t i = 0; i < o->e->runs; i++)
    LAC_TRY(check_run(o->e, &o->e->run[i]));
  LAC_TRY(lac_candidates_open(&t->all, o->e));
  for (size_t k = 0; k < t->all.count; k++)
    t->runs += t->all.at[k].runs;
  if (!(t->ranking = lac_alloc(o->networks * sizeof *t->ranking)))
    return LAC_ENOMEM;
  t->networks = o->networks;
  for (size_t k = 0; k < o->networks; k++)
    LAC_TRY(open_network(o, k, t));
  return LAC_OK;
}

int lac_tune_open(lac_comm *comm, const lac_tune_options *o, lac_tuning *t)
{
  *t = (lac_tuning){ 0 };
  return lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? open_tuning(o, t) : LAC_OK);
}

void lac_tune_free(lac_tuning *t)
{
  for (size_t k = 0; t->ranking && k < t->networks; k++) {
    free(t->ranking[k].place);
    free(t->ranking[k].label);
  }
  free(t->ranking);
  lac_candidates_free(&t->all);
  *t = (lac_tuning){ 0 };
}
