/* The certificate of a method.

   By contract: it is run with every compressor that it admits, with its defaults and the options that it declares with LAC_ALSO, with
   all clients and, when it can, with some, with messages that are lost or count several times, and with a rounded broadcast: are the bits
   those that it declares, are two runs the same, is one rank the same as many, does every client start as the options say, are clients
   with equal data one client?
   Then what the method says of itself (certificate.h).

   With options of the user's (--with), the bounds of its theory alone, under these options. */
#include "certify/trial.h"

#include "run/weights.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  lac_comm *comm, *alone;           /* alone: NULL when this is the only rank */
  const char *name;                 /* under which it is run: its own, or another of it */
  const lac_algorithm_type *type;
  const char *with;                 /* NULL: what the suite says */
  const lac_findings *to;
} certifier;

static const char small_run[] = "clients=7 rounds=12 x0=normal optimum=none";
static const char *home_of(const lac_algorithm_type *type) { return type->saddle == LAC_SADDLE ? "problem=bilinear" : "problem=quadratic"; }

/* ---- findings ---- */

static __attribute__((format(printf, 6, 7)))
void note_finding(const certifier *c, const char *check, lac_verdict verdict, double number, double bound, const char *format, ...)
{
  lac_finding f = { .kind = lac_plugin_kinds[LAC_ALGORITHMS].name, .name = c->name, .verdict = verdict, .number = number, .bound = bound };
  va_list args;
  if (lac_comm_rank(c->comm))
    return;
  snprintf(f.check, sizeof f.check, "%s", check);
  va_start(args, format);
  vsnprintf(f.figure, sizeof f.figure, format, args);
  va_end(args);
  c->to->take(c->to->self, &f);
}

/* PASS when number <= bound; a NaN is no number. */
static lac_verdict judge(double number, double bound) { return number <= bound ? LAC_PASS : LAC_FAIL; }

/* A run that was promised and does not go: that is the finding.  Options of the user's may be refused. */
static int broken(const certifier *c, const char *check, int status)
{
  if (lac_trial_is_fatal(status))
    return status;
  note_finding(c, check, c->with && lac_trial_is_refused(status) ? LAC_NOT_APPLICABLE : LAC_FAIL, NAN, NAN, "%s", lac_error());
  return LAC_OK;
}

static void spec_of(char text[static 256], const certifier *c, const char *options)
{
  snprintf(text, 256, "%s%s%s", c->name, options ? ":" : "", options ? options : "");
}

/* ---- the meter against the declaration ---- */

typedef struct { uint64_t metered, declared, messages; int exact; } traffic;

/* Bits that the method declares for a round; participants are those of the last one, the same in every one. */
static uint64_t declare_round(const lac_run *r, uint64_t round, int *all_exact)
{
  lac_env e = r->env;
  uint64_t bits = 0;
  e.round = e.sent = round;
  e.phase = 0;
  unsigned phases = r->recipe.method->phases ? r->recipe.method->phases(&e) : 1;
  for (; e.phase < phases; e.phase++) {
    int exact = 0;
    uint32_t senders = r->recipe.method->everyone && r->recipe.method->everyone(&e) ? e.n : e.participants;
    bits += senders * r->recipe.method->uplink_bits(&e, &exact);
    *all_exact &= exact;
  }
  return bits;
}

static void add_declared(const lac_run *r, uint64_t rounds, traffic *sum)
{
  for (uint64_t round = 0; round < rounds; round++)
    sum->declared += declare_round(r, round, &sum->exact);
}

static void add_metered(const lac_run *r, traffic *sum)
{
  sum->metered += r->ledger.total.bits_up;
  sum->messages += r->ledger.total.msgs_up;
}

/* ---- LAC_KEEPS: what is kept in two places agrees ---- */

static size_t state_length(const lac_run *r) { return r->recipe.method->client_vecs * lac_stride(r->env.d); }
static const double *state_of(const lac_run *r, uint32_t client) { return lac_client_vector(r, client, 0); }

static int copy_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  lac_copy(r->env.d, lac_client_vector(r, client, *(const unsigned *)arg), out);
  if (r->recipe.method->weighing == LAC_WEIGHS_MESSAGES)
    lac_weigh(r, client, r->env.d, out);
  out[r->env.d] = 0;
  return LAC_OK;
}

/* Largest difference over largest entry; on rank 0. */
static double gap(size_t d, const double *a, const double *b, double factor)
{
  double most = 0, largest = 0;
  for (size_t j = 0; j < d; j++) {
    if (!isfinite(a[j]) || !isfinite(b[j]))
      return INFINITY;
    largest = fmax(largest, fabs(a[j] - factor * b[j]));
    most = fmax(most, fmax(fabs(a[j]), fabs(factor * b[j])));
  }
  return most > 0 ? largest / most : 0;
}

static int measure_kept(lac_run *r, const lac_certificate *k, double *worst)
{
  double *mean = lac_alloc((r->env.d + 1) * sizeof *mean);
  LAC_TRY(lac_comm_agree(r->comm, mean ? LAC_OK : LAC_ENOMEM));
  int status = lac_run_mean(r, copy_leaf, &k->client_vec, mean);
  if (status == LAC_OK && lac_comm_rank(r->comm) == 0)
    *worst = fmax(*worst, gap(r->env.d, r->store.server.v[k->server_vec], mean, k->sum ? r->env.n : 1));
  free(mean);
  return status;
}

/* ---- by contract ---- */

enum { CERTIFICATES_MOST = 32 };

typedef struct {
  const char *options, *sample;     /* of the method; which clients */
  const char *home;                 /* problem and data */
  int varies;                       /* participants differ from round to round: their bits cannot be declared here */
  int rounds;                       /* what the server sends is rounded, and what is kept on both sides agrees as far */
  unsigned admitted, refused, unlike, misplaced;
  char broken[200], refusal[160];      /* the last of each */
  traffic traffic;
  double kept[CERTIFICATES_MOST];
} survey;

static int measure_all_kept(const certifier *c, lac_run *r, survey *s)
{
  for (size_t k = 0; c->type->certificates && c->type->certificates[k].claim && k < CERTIFICATES_MOST; k++)
    if (c->type->certificates[k].claim == LAC_KEEPS)
      LAC_TRY(measure_kept(r, &c->type->certificates[k], &s->kept[k]));
  return LAC_OK;
}

/* Once more, on these ranks or on the first alone: *differs when something is not the same. */
static int run_again(const certifier *c, lac_comm *comm, const char *algorithm, const char *const words[], uint64_t digest,
                     unsigned *differs)
{
  lac_trial t = { 0 };
  int status = LAC_OK, idle = comm == c->alone && lac_comm_rank(c->comm) > 0;
  if (!idle)
    status = lac_trial_run(&t, comm, algorithm, words);
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0)
    *differs += t.digest != digest;
  lac_trial_close(&t);
  return lac_comm_agree(c->comm, status);
}

static int survey_one(const certifier *c, survey *s, const char *algorithm, const char *const words[])
{
  lac_trial t;
  int status = lac_trial_open(&t, c->comm, algorithm, words);
  if (lac_trial_is_refused(status)) {
    s->refused++;
    snprintf(s->refusal, sizeof s->refusal, "%s", lac_error());
    lac_trial_close(&t);
    return LAC_OK;
  }
  s->admitted++;
  if (status == LAC_OK)
    status = lac_trial_rounds(&t);
  if (status == LAC_OK && !s->rounds)
    status = measure_all_kept(c, &t.run, s);
  if (status == LAC_OK) {
    if (!s->varies) {
      add_declared(&t.run, t.run.round, &s->traffic);
      add_metered(&t.run, &s->traffic);
    }
    status = run_again(c, c->comm, algorithm, words, t.digest, &s->unlike);
  }
  if (status == LAC_OK && c->alone)
    status = run_again(c, c->alone, algorithm, words, t.digest, &s->misplaced);
  lac_trial_close(&t);
  if (status != LAC_OK && !lac_trial_is_fatal(status)) {
    snprintf(s->broken, sizeof s->broken, "%s", lac_error());
    return LAC_OK;
  }
  return status;
}

static int survey_compressors(const certifier *c, survey *s)
{
  char algorithm[256], both[128];
  spec_of(algorithm, c, s->options);
  lac_entry k;
  for (size_t i = 0; lac_registry_entry(LAC_COMPRESSORS, i, &k); i++) {
    int down = c->type->compresses_down, two = c->type->sends_two;
    snprintf(both, sizeof both, "up=%s%s%s%s%s", k.name, down ? " down=" : "", down ? k.name : "", two ? " up2=" : "",
             two ? k.name : "");
    LAC_TRY(survey_one(c, s, algorithm, (const char *[]){ small_run, s->home, s->sample, both, NULL }));
  }
  return LAC_OK;
}

/* Draws by size want rows. */
static int survey_losses(const certifier *c, survey *s)
{
  s->sample = "sample=weighted:s=3 dropout=0.3";
  s->home = "problem=lsq dataset=synthetic:rows=6,d=20,labels=real,hetero=1";
  s->varies = 1;
  LAC_TRY(survey_compressors(c, s));
  s->varies = 0;
  return LAC_OK;
}

static int survey_rounding(const certifier *c, survey *s)
{
  s->sample = "sample=full broadcast=bf16";
  s->rounds = 1;
  LAC_TRY(survey_compressors(c, s));
  s->rounds = 0;
  return LAC_OK;
}

static int survey_samples(const certifier *c, survey *s)
{
  s->sample = "sample=full";
  s->home = home_of(c->type);
  LAC_TRY(survey_compressors(c, s));
  LAC_TRY(survey_rounding(c, s));
  s->sample = "sample=uniform:s=3";
  if (c->type->partial >= LAC_SOME_CLIENTS)
    LAC_TRY(survey_compressors(c, s));
  return c->type->partial == LAC_ANY_MESSAGES ? survey_losses(c, s) : LAC_OK;
}

static int survey_options(const certifier *c, survey *s)
{
  s->options = NULL;
  LAC_TRY(survey_samples(c, s));
  for (const lac_certificate *k = c->type->certificates; k && k->claim; k++)
    if (k->claim == LAC_ALSO) {
      s->options = k->options;
      LAC_TRY(survey_samples(c, s));
    }
  return LAC_OK;
}

static void say_slots(const certifier *c, const survey *s)
{
  static const char check[] = "keeps the contract of every slot";
  if (*s->broken)
    note_finding(c, check, LAC_FAIL, NAN, NAN, "%s", s->broken);
  else if (!s->admitted)
    note_finding(c, check, LAC_FAIL, NAN, NAN, "%u settings are all refused: %s", s->refused, s->refusal);
  else
    note_finding(c, check, LAC_PASS, NAN, NAN, "%u settings run, %u refused", s->admitted, s->refused);
}

static void say_bits(const certifier *c, const traffic *t)
{
  double over = (double)t->metered - (double)t->declared;
  over = t->exact ? fabs(over) : fmax(0, over);
  note_finding(c, "metered bits are declared bits", judge(over, 0), over, 0, "%llu bits in %llu messages up, %s%llu declared",
      (unsigned long long)t->metered, (unsigned long long)t->messages, t->exact ? "" : "at most ", (unsigned long long)t->declared);
}

static void say_repeats(const certifier *c, const survey *s)
{
  static const char check[] = "placement is invisible";
  note_finding(c, "the same run gives the same bits", judge(s->unlike, 0), s->unlike, 0, "of %u settings differ when run again",
               s->admitted);
  if (c->alone)
    note_finding(c, check, judge(s->misplaced, 0), s->misplaced, 0, "of %u settings differ between 1 and %d ranks", s->admitted,
        lac_comm_size(c->comm));
  else
    note_finding(c, check, LAC_NOT_TESTED, NAN, NAN, "1 rank: run under mpiexec to certify");
}

static void say_kept(const certifier *c, const survey *s)
{
  for (size_t k = 0; c->type->certificates && c->type->certificates[k].claim && k < CERTIFICATES_MOST; k++) {
    const lac_certificate *kept = &c->type->certificates[k];
    double bound = kept->tolerance > 0 ? kept->tolerance : 1e-12;
    char check[160];
    if (kept->claim != LAC_KEEPS)
      continue;
    snprintf(check, sizeof check, "kept on both sides: %s", kept->as);
    note_finding(c, check, s->admitted ? judge(s->kept[k], bound) : LAC_FAIL, s->kept[k], bound,
                 "largest difference, relative, in %u settings", s->admitted);
  }
}

static int certify_contract(const certifier *c)
{
  survey s = { .traffic.exact = 1 };
  LAC_TRY(survey_options(c, &s));
  say_slots(c, &s);
  say_bits(c, &s.traffic);
  say_repeats(c, &s);
  say_kept(c, &s);
  return LAC_OK;
}

/* ---- what clients start from ---- */

static const char *const drawn[] = { "sample=uniform:s=1", "sample=uniform:s=4", "sample=bernoulli:p=0.3", "sample=bernoulli:p=1e-9" };
static const char *const lossless_and_not[] = { "up=identity", "up=topk:k=3" };

/* Two values of an option, each with all clients and with some of them, after round 0. */
typedef struct { lac_trial all[2], some[2]; } starts;
typedef struct { unsigned settings; double missed; } start_survey;

static int differs(const lac_trial pair[2], uint32_t client)
{
  const lac_run *a = &pair[0].run;
  return memcmp(state_of(a, client), state_of(&pair[1].run, client), state_length(a) * sizeof(double)) != 0;
}

/* 1 for a client that holds something else by this option when all take part, and the same when only some are drawn. */
static int missed_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  const starts *s = arg;
  lac_zero(r->env.d + 1, out);
  out[0] = differs(s->all, client) && !differs(s->some, client);
  return LAC_OK;
}

/* An option says what clients start from when it is called init, or when it changes what travels in round 0 and in no round after it. */
static int is_start(const lac_option *o, const lac_run *a, const lac_run *b)
{
  int exact = 1, later = 0;
  if (strcmp(o->name, "init") == 0)
    return 1;
  for (uint64_t round = 1; round < 20; round++)
    later |= declare_round(a, round, &exact) != declare_round(b, round, &exact);
  return !later && declare_round(a, 0, &exact) != declare_round(b, 0, &exact);
}

static int run_starts(const certifier *c, starts *s, const lac_option *o, const char *const value[2], const char *up, const char *sample)
{
  char algorithm[256], option[160];
  for (int k = 0; k < 2; k++) {
    snprintf(option, sizeof option, "%s=%s", o->name, value[k]);
    spec_of(algorithm, c, option);
    LAC_TRY(lac_trial_run(&s->all[k], c->comm, algorithm, (const char *[]){ small_run, home_of(c->type), "rounds=1", up, NULL }));
    LAC_TRY(lac_trial_run(&s->some[k], c->comm, algorithm, (const char *[]){ small_run, home_of(c->type), "rounds=1", up, sample, NULL }));
  }
  return LAC_OK;
}

static int survey_start(const certifier *c, start_survey *found, const lac_option *o, const char *const value[2], const char *up,
                        const char *sample)
{
  starts s = { 0 };
  int status = run_starts(c, &s, o, value, up, sample);
  if (status == LAC_OK && is_start(o, &s.all[0].run, &s.all[1].run)) {
    lac_run *r = &s.all[0].run;
    double *mean = lac_alloc((r->env.d + 1) * sizeof *mean);
    status = lac_comm_agree(c->comm, mean ? LAC_OK : LAC_ENOMEM);
    if (status == LAC_OK)
      status = lac_run_mean(r, missed_leaf, &s, mean);
    if (status == LAC_OK) {
      found->settings++;
      found->missed = fmax(found->missed, mean[0] * r->env.n);
    }
    free(mean);
  }
  for (int k = 0; k < 2; k++) {
    lac_trial_close(&s.all[k]);
    lac_trial_close(&s.some[k]);
  }
  return lac_trial_is_refused(status) ? LAC_OK : status;
}

/* The values of an option, "zero|exact", each with the first. */
static int survey_values(const certifier *c, start_survey *found, const lac_option *o)
{
  char *copy = lac_strdup(o->choices), *rest = copy;
  int status = lac_comm_agree(c->comm, copy ? LAC_OK : LAC_ENOMEM);
  const char *value[2] = { status == LAC_OK ? strsep(&rest, "|") : NULL };
  while (status == LAC_OK && (value[1] = strsep(&rest, "|")))
    for (size_t i = 0; i < LAC_COUNT(lossless_and_not) * LAC_COUNT(drawn) && status == LAC_OK; i++)
      status = survey_start(c, found, o, value, lossless_and_not[i % 2], drawn[i / 2]);
  free(copy);
  return status;
}

/* Under --sample every client starts from what the options say, whether it is drawn in round 0 or not. */
static int certify_starts(const certifier *c)
{
  static const char check[] = "every client starts as the options say, drawn in round 0 or not";
  start_survey found = { 0 };
  int status = LAC_OK;
  if (!c->type->partial) {
    note_finding(c, check, LAC_NOT_APPLICABLE, NAN, NAN, "all clients take part in every round");
    return LAC_OK;
  }
  for (const lac_option *o = c->type->options; o && o->name && status == LAC_OK; o++)
    if (o->kind == LAC_CHOICE)
      status = survey_values(c, &found, o);
  if (status != LAC_OK)
    return broken(c, check, status);
  if (found.settings)
    note_finding(c, check, judge(found.missed, 0), found.missed, 0, "clients that do not, at most, in %u settings", found.settings);
  else
    note_finding(c, check, LAC_NOT_APPLICABLE, NAN, NAN, "no option says what clients start from");
  return LAC_OK;
}

/* ---- LAC_STARTS ---- */

typedef struct { const lac_certificate *k; const uint32_t *in; double *gradient; } claimed_start;

/* |v - grad f_i(x_0)| over |grad f_i(x_0)|, of a client that was not drawn in round 0, in the last place; 0 of the others. */
static int start_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  const claimed_start *s = arg;
  size_t d = r->env.d;
  double f;
  lac_zero(d + 1, out);
  if (s->in[client])
    return LAC_OK;
  const lac_instance *i = &r->instance;
  LAC_TRY(i->problem.type->value_grad(&i->problem, i->shard[client - i->first], i->x0, &f, s->gradient));
  lac_sub(d, state_of(r, client) + s->k->client_vec * lac_stride(d), s->gradient, out);
  out[d] = sqrt(lac_norm_sq(d, out) / lac_norm_sq(d, s->gradient));
  return LAC_OK;
}

static int measure_start(lac_run *r, const lac_certificate *k, double *sum)
{
  uint32_t count;
  size_t d = r->env.d;
  double *mean = lac_alloc((d + 1) * sizeof *mean), *gradient = lac_alloc(d * sizeof *gradient);
  uint32_t *in = lac_alloc(r->env.n * sizeof *in);
  int status = lac_comm_agree(r->comm, mean && gradient && in ? LAC_OK : LAC_ENOMEM);
  if (status == LAC_OK)
    status = lac_sampler_draw(&r->recipe.sampler, r->draws.rng, &r->draws.seeds, r->env.n, 0, in, &count);
  if (status == LAC_OK)
    status = lac_run_mean(r, start_leaf, &(claimed_start){ k, in, gradient }, mean);
  if (status == LAC_OK)
    *sum += mean[d];
  free(in);
  free(gradient);
  free(mean);
  return status;
}

static int certify_start(const certifier *c, const lac_certificate *k)
{
  char check[160], algorithm[256];
  double off = 0, bound = k->tolerance > 0 ? k->tolerance : 1e-12;
  int status = LAC_OK;
  spec_of(algorithm, c, k->options);
  snprintf(check, sizeof check, "%s: %s for every client, drawn or not", k->options ? k->options : "the default", k->as);
  for (size_t i = 0; i < LAC_COUNT(drawn) && status == LAC_OK; i++) {
    lac_trial t;
    status = lac_trial_run(&t, c->comm, algorithm,
                           (const char *[]){ small_run, home_of(c->type), "rounds=1", k->with ? k->with : "", drawn[i], NULL });
    if (status == LAC_OK)
      status = measure_start(&t.run, k, &off);
    lac_trial_close(&t);
  }
  if (status != LAC_OK)
    return broken(c, check, status);
  note_finding(c, check, judge(off, bound), off, bound, "mean difference, relative, of those not drawn, summed over %zu samples",
               LAC_COUNT(drawn));
  return LAC_OK;
}

/* ---- two runs, row by row ---- */

/* Largest difference of a column, over its largest value; a is `later` rows behind. */
static double column_gap(const lac_trial *a, const lac_trial *b, const char *column, unsigned later)
{
  double most = 0, largest = 0;
  for (size_t row = 0; row + later < a->rows && row < b->rows; row++) {
    double x = lac_trial_real(a, row + later, column), y = lac_trial_real(b, row, column);
    if (!isfinite(x) || !isfinite(y))
      return INFINITY;
    largest = fmax(largest, fabs(x - y));
    most = fmax(most, fmax(fabs(x), fabs(y)));
  }
  return most > 0 ? largest / most : 0;
}

static double trial_gap(const lac_trial *a, const lac_trial *b, unsigned later)
{
  double f = column_gap(a, b, "f", later), g = column_gap(a, b, "grad_norm_sq", later);
  if (a->rows != b->rows || a->rows <= later)
    return INFINITY;
  return fmax(fmax(f, g), later ? 0 : gap(a->run.env.d, a->run.x, b->run.x, 1));
}

/* ---- equal clients are one client ---- */

typedef struct { unsigned admitted; double worst, bits; } equality;

/* One client alone has no neighbour. */
static int sends_evenly(const lac_algorithm_type *m) { return !m->uneven && !m->hands_on; }

static int four_as_one(const certifier *c, const char *algorithm, const char *up, equality *e)
{
  lac_trial one, four;
  const char *base = "problem=quadratic:hetero=0 rounds=25 x0=normal optimum=none";
  int status = lac_trial_run(&one, c->comm, algorithm, (const char *[]){ base, up, "clients=1", NULL });
  if (status != LAC_OK) {
    lac_trial_close(&one);
    return lac_trial_is_refused(status) ? LAC_OK : status;
  }
  status = lac_trial_run(&four, c->comm, algorithm, (const char *[]){ base, up, "clients=4", NULL });
  if (status == LAC_OK) {
    e->admitted++;
    if (lac_comm_rank(c->comm) == 0) {
      e->worst = fmax(e->worst, trial_gap(&four, &one, 0));
      if (sends_evenly(c->type))
        e->bits = fmax(e->bits, fabs((double)four.run.ledger.total.bits_up - 4 * (double)one.run.ledger.total.bits_up));
    }
  }
  lac_trial_close(&one);
  lac_trial_close(&four);
  return status;
}

static int certify_equal_clients(const certifier *c)
{
  const char *check = sends_evenly(c->type) ? "four clients with equal data are one client that sends a quarter" :
                      "four clients with equal data are one client";
  static const char *const deterministic[] = { "up=identity", "up=topk:k=3" };
  equality e = { 0 };
  char algorithm[256];
  int status = LAC_OK;
  if (c->type->draws_apart) {
    note_finding(c, check, LAC_NOT_APPLICABLE, NAN, NAN, "each client draws what it does for itself");
    return LAC_OK;
  }
  for (size_t i = 0; i < LAC_COUNT(deterministic) && status == LAC_OK; i++) {
    spec_of(algorithm, c, NULL);
    status = four_as_one(c, algorithm, deterministic[i], &e);
    for (const lac_certificate *k = c->type->certificates; k && k->claim && status == LAC_OK; k++)
      if (k->claim == LAC_ALSO) {
        spec_of(algorithm, c, k->options);
        status = four_as_one(c, algorithm, deterministic[i], &e);
      }
  }
  if (status != LAC_OK)
    return broken(c, check, status);
  if (e.admitted == 0)
    note_finding(c, check, LAC_NOT_APPLICABLE, NAN, NAN,
                 "no setting without randomness is admitted on a quadratic; declare one with LAC_ALSO");
  else
    note_finding(c, check, e.bits > 0 ? LAC_FAIL : judge(e.worst, 1e-12), e.worst, 1e-12,
        "largest difference, relative, in %u settings; bits differ by %g", e.admitted, e.bits);
  return LAC_OK;
}

/* NULL would end the list that it stands in. */
static const char *words_of(const char *words) { return words ? words : ""; }

/* ---- LAC_EQUALS ---- */

static const char *const settings[] = {
  "problem=quadratic clients=7 rounds=40 x0=normal optimum=none",
  "problem=logreg:reg=nonconvex dataset=synthetic:rows=20,d=20,hetero=1 clients=5 rounds=40 x0=normal optimum=none",
  "problem=logreg:reg=nonconvex dataset=synthetic:rows=20,d=20,hetero=1 clients=1 rounds=40 x0=normal optimum=none",      /* centralised */
};

static int compare_runs(const certifier *c, const lac_certificate *k, const char *setting, double *worst)
{
  lac_trial a, b = { 0 };
  char algorithm[256];
  const char *words[] = { setting, k->with, NULL };
  spec_of(algorithm, c, k->options);
  int status = lac_trial_run(&a, c->comm, algorithm, words);
  if (status == LAC_OK)
    status = lac_trial_run(&b, c->comm, k->as, words);
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0)
    *worst = fmax(*worst, trial_gap(&a, &b, k->later));
  lac_trial_close(&a);
  lac_trial_close(&b);
  return status;
}

static int has_word(const char *words, const char *key) { return words && strstr(words, key); }

static int certify_equals(const certifier *c, const lac_certificate *k)
{
  double bound = k->tolerance > 0 ? k->tolerance : 1e-12, worst = 0;
  unsigned count = 0;
  char check[160];
  int status = LAC_OK;
  snprintf(check, sizeof check, "%s is %s%s (%s)", k->options ? k->options : "the default", k->as, k->later ? ", later" : "",
           k->with ? k->with : "no compression");
  for (size_t i = 0; i < LAC_COUNT(settings) && status == LAC_OK; i++) {
    int one_problem = has_word(k->with, "problem="), some_clients = has_word(k->with, "sample=");
    if ((one_problem && i > 0) || (some_clients && i == 2))
      continue;
    status = compare_runs(c, k, settings[i], &worst);
    count++;
  }
  if (status != LAC_OK)
    return broken(c, check, status);
  note_finding(c, check, judge(worst, bound), worst, bound, "largest difference of f, |grad f|^2 and x, relative, in %u settings", count);
  return LAC_OK;
}

/* ---- LAC_SOLVES: the run ends when it is there, far below every bound, or after its rounds ---- */

static int certify_solves(const certifier *c, const lac_certificate *k)
{
  lac_trial t;
  char check[160], algorithm[256], rounds[128];
  uint64_t T = k->rounds ? k->rounds : 10000;
  double bound = k->tolerance > 0 ? k->tolerance : 1e-12;
  spec_of(algorithm, c, k->options);
  snprintf(check, sizeof check, "%s reaches the exact solution (%s)", k->options ? k->options : "the default",
           k->with ? k->with : "no compression");
  snprintf(rounds, sizeof rounds, "rounds=%llu eval=%llu stop=dist_sq:1e-16 optimum=solve clients=10", (unsigned long long)T,
           (unsigned long long)(T < 20 ? 1 : T / 20));
  int status = lac_trial_run(&t, c->comm, algorithm, (const char *[]){ home_of(c->type), rounds, k->with, NULL });
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0) {
    double left = lac_trial_real(&t, t.rows - 1, "dist_sq") / lac_trial_real(&t, 0, "dist_sq");
    note_finding(c, check, judge(left, bound), left, bound, "|x - x*|^2 over that at the start, after %llu rounds",
        (unsigned long long)t.run.round);
  }
  lac_trial_close(&t);
  return status == LAC_OK ? LAC_OK : broken(c, check, status);
}

/* ---- step size of a run ---- */

static double step_of(const lac_run *r)
{
  for (const lac_option *o = r->recipe.method->options; o && o->name; o++)
    if (o->kind == LAC_STEP && strcmp(o->name, "gamma") == 0)
      return ((const lac_step *)((const char *)r->recipe.spec.params + o->offset))->value;
  return NAN;
}

/* ---- LAC_GRADIENTS ---- */

static const char *const landscapes[] = {
  "problem=quadratic:hetero=0.5 clients=10",
  "problem=lsq dataset=synthetic:rows=15,d=20,labels=real,hetero=1 clients=10",
  "problem=logreg:reg=nonconvex,lambda=0.1 dataset=synthetic:rows=30,d=20,hetero=1 clients=10",
};
static const char *const strengths[] = { "up=topk:k=1", "up=topk:k=2", "up=topk:k=5", "up=topk:k=10" };

/* |grad f_i(x0)|^2 in the last place; the mean of these is G_0 of estimators that start at 0. */
static int norm_leaf(lac_run *r, uint32_t client, const void *x, double *out)
{
  double f;
  LAC_TRY(lac_client_value_grad(r, client, x, &f, out));
  out[r->env.d] = lac_norm_sq(r->env.d, out);
  return LAC_OK;
}

/* G_0 <= (1-alpha) (1/n) sum |grad f_i(x_0)|^2 after one compression. */
static int initial_error(lac_run *r, lac_start start, double alpha, double *G0)
{
  double *mean = lac_alloc((r->env.d + 1) * sizeof *mean);
  LAC_TRY(lac_comm_agree(r->comm, mean ? LAC_OK : LAC_ENOMEM));
  int status = lac_run_mean(r, norm_leaf, r->instance.x0, mean);
  *G0 = start == LAC_STARTS_EXACT ? 0 : (1 - alpha) * mean[r->env.d];
  free(mean);
  return status;
}

/* The largest measured/bound over all T, with gamma/scale for gamma.  f* is the solution or what the run found below it. */
static double gradient_ratio(const lac_trial *t, double gamma, double alpha, double G0)
{
  double lowest = t->run.instance.f_star, sum = 0, worst = 0, theta = 1 - sqrt(1 - alpha);
  for (size_t row = 0; row < t->rows; row++)
    lowest = fmin(lowest, lac_trial_real(t, row, "f"));
  double start = lac_trial_real(t, 0, "f") - lowest;
  for (size_t row = 0; row + 1 < t->rows; row++) {
    sum += lac_trial_real(t, row, "grad_norm_sq");
    double ratio = sum / (2 * start / gamma + G0 / theta);
    if (!(ratio <= worst))
      worst = isnan(ratio) ? INFINITY : ratio;
  }
  return strcmp(t->run.reason, "diverged") == 0 ? INFINITY : worst;
}

static int bound_one(const certifier *c, const lac_certificate *k, const char *problem, const char *up, double *worst)
{
  lac_trial t;
  char algorithm[256];
  double alpha = 1, G0 = 0;
  spec_of(algorithm, c, k->options);
  int status = lac_trial_open(&t, c->comm, algorithm, (const char *[]){ "rounds=200 optimum=solve x0=normal", problem, up,
                                                                            words_of(k->with), c->with, NULL });
  if (status == LAC_OK)
    status = lac_alpha_of(&t.run.env, LAC_UP, &alpha);
  if (status == LAC_OK)
    status = initial_error(&t.run, k->start, alpha, &G0);
  if (status == LAC_OK)
    status = lac_trial_rounds(&t);
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0)
    *worst = fmax(*worst, gradient_ratio(&t, step_of(&t.run) / (k->scale > 0 ? k->scale : 1), alpha, G0));
  lac_trial_close(&t);
  return status;
}

static int certify_gradients(const certifier *c, const lac_certificate *k)
{
  char check[160];
  double worst = 0;
  unsigned count = 0;
  int status = LAC_OK, given = has_word(k->with, "up=") || has_word(c->with, "up=");
  snprintf(check, sizeof check, "%s is never above its theory: mean |grad f|^2 <= %g (f0 - f*)/(gamma T) + G0/(theta T)",
           k->options ? k->options : "the default", 2 * (k->scale > 0 ? k->scale : 1));
  for (size_t p = 0; p < (has_word(c->with, "problem=") ? 1 : LAC_COUNT(landscapes)); p++)
    for (size_t i = 0; i < (given ? 1 : LAC_COUNT(strengths)) && status == LAC_OK; i++, count++)
      status = bound_one(c, k, landscapes[p], strengths[i], &worst);
  if (status != LAC_OK)
    return broken(c, check, status);
  note_finding(c, check, judge(worst, 1), worst, 1, "largest measured/bound for any T in %u settings", count);
  return LAC_OK;
}

/* ---- LAC_DISTANCES ---- */

enum { SEEDS = 16 };

typedef struct { size_t rows; double *mean, shrink; } distances;

static int add_distances(const certifier *c, const lac_certificate *k, unsigned seed, distances *sum)
{
  lac_trial t;
  char algorithm[256], seeds[128];
  double mu = NAN;
  spec_of(algorithm, c, k->options);
  snprintf(seeds, sizeof seeds, "seed.noise=%u seed.down=%u seed.coin=%u", seed, seed + 1000, seed + 2000);
  int status = lac_trial_run(&t, c->comm, algorithm,
                             (const char *[]){ home_of(c->type), "clients=7 rounds=300 x0=normal optimum=solve",
                                               words_of(k->with), seeds, c->with, NULL });
  if (status == LAC_OK)
    status = lac_convexity_of(&t.run.env, &mu);
  sum->shrink = 1 - k->rate * step_of(&t.run) * mu;
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0) {
    if (!sum->mean)
      sum->mean = lac_alloc((sum->rows = t.rows) * sizeof(double));
    if (!sum->mean)
      status = LAC_ENOMEM;
    for (size_t row = 0; status == LAC_OK && row < sum->rows; row++)
      sum->mean[row] += row < t.rows ? lac_trial_real(&t, row, "dist_sq") / SEEDS : INFINITY;
  }
  lac_trial_close(&t);
  return lac_comm_agree(c->comm, status);
}

/* The largest mean/bound; below 1e-20 of the start there is only rounding. */
static double distance_ratio(const distances *s, double scale)
{
  double worst = 0, bound = s->rows ? scale * s->mean[0] : NAN;
  for (size_t row = 0; row < s->rows; row++, bound *= s->shrink) {
    double ratio = (s->mean[row] - 1e-20 * s->mean[0]) / bound;
    if (row > 0 && !(ratio <= worst))
      worst = isnan(ratio) ? INFINITY : ratio;
  }
  return s->rows > 1 ? worst : INFINITY;
}

static int certify_distances(const certifier *c, const lac_certificate *k)
{
  distances sum = { 0 };
  int status = LAC_OK;
  char check[160];
  snprintf(check, sizeof check, "%s is never above its theory: E |x_t - x*|^2 <= %g (1 - %g gamma mu)^t |x_0 - x*|^2",
           k->options ? k->options : "the default", k->scale, k->rate);
  for (unsigned seed = 1; seed <= SEEDS && status == LAC_OK; seed++)
    status = add_distances(c, k, seed, &sum);
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0) {
    double worst = distance_ratio(&sum, k->scale);
    note_finding(c, check, judge(worst, 1), worst, 1, "largest mean/bound for t = 1..300, mean of %d seeds", SEEDS);
  }
  free(sum.mean);
  return status == LAC_OK ? LAC_OK : broken(c, check, status);
}

/* ---- all of it ---- */

static int certify_claim(const certifier *c, const lac_certificate *k)
{
  switch (k->claim) {
  case LAC_EQUALS: return certify_equals(c, k);
  case LAC_STARTS: return certify_start(c, k);
  case LAC_SOLVES: return certify_solves(c, k);
  case LAC_GRADIENTS: return certify_gradients(c, k);
  case LAC_DISTANCES: return certify_distances(c, k);
  default: return LAC_OK;
  }
}

/* By rank 0: whether more ranks compute something else was surveyed, and rounds by the ten thousand take them long. */
static int certify_claims(const certifier *c)
{
  certifier own = *c;
  int status = LAC_OK;
  if (c->alone)
    own.comm = c->alone;
  for (const lac_certificate *k = c->type->certificates; lac_comm_rank(c->comm) == 0 && k && k->claim && status == LAC_OK; k++)
    status = certify_claim(&own, k);
  return lac_comm_agree(c->comm, status);
}

static unsigned count_claims(const lac_algorithm_type *type, lac_claim_kind a, lac_claim_kind b)
{
  unsigned count = 0;
  for (const lac_certificate *k = type->certificates; k && k->claim; k++)
    count += k->claim == a || k->claim == b;
  return count;
}

static void say_absent(const certifier *c)
{
  if (!count_claims(c->type, LAC_EQUALS, LAC_EQUALS))
    note_finding(c, "is its ancestor in a special case", LAC_NOT_APPLICABLE, NAN, NAN, "none is declared");
  if (!count_claims(c->type, LAC_SOLVES, LAC_SOLVES))
    note_finding(c, "reaches the exact solution", LAC_NOT_APPLICABLE, NAN, NAN, "not declared");
  if (!count_claims(c->type, LAC_GRADIENTS, LAC_DISTANCES))
    note_finding(c, "never above its theory", LAC_NOT_APPLICABLE, NAN, NAN, "no bound is declared");
  note_finding(c, "trajectories computed elsewhere", LAC_NOT_TESTED, NAN, NAN, "tests/t-truth*.py compare them, with LACONIC_TRUTH");
}

static int certify_bounds(const certifier *c)
{
  int status = LAC_OK;
  for (const lac_certificate *k = c->type->certificates; k && k->claim && status == LAC_OK; k++)
    if (k->claim == LAC_GRADIENTS || k->claim == LAC_DISTANCES)
      status = certify_claim(c, k);
  return status;
}

int lac_certify_algorithm(lac_comm *comm, const lac_entry *method, const char *with, const lac_findings *to)
{
  const lac_algorithm_type *type = method->type;
  certifier c = { .comm = comm, .name = method->name, .type = type, .with = with, .to = to };
  if (with)
    return certify_bounds(&c);
  if (lac_comm_size(comm) > 1)
    LAC_TRY(lac_comm_agree(comm, lac_comm_open_alone(&c.alone)));
  int status = certify_contract(&c);
  if (status == LAC_OK)
    status = certify_starts(&c);
  if (status == LAC_OK)
    status = certify_equal_clients(&c);
  if (status == LAC_OK)
    status = certify_claims(&c);
  if (status == LAC_OK)
    say_absent(&c);
  lac_comm_close(c.alone);
  return status;
}
