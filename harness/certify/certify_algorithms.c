/* The certificate of a method.

   By contract: it is run with every compressor that it admits, with its defaults and the options that it declares with LAC_ALSO, with
   all clients and, when it can, with some: are the bits those that it declares, are two runs the same, is one rank the same as many,
   are clients with equal data one client?  Then what the method says of itself (certificate.h).

   With options of the user's (--with), the bounds of its theory alone, under these options. */
#include "certify/trial.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  lac_comm *comm, *alone;           /* alone: NULL when this is the only rank */
  const lac_algorithm_type *type;
  const char *with;                 /* NULL: what the suite says */
  const lac_findings *to;
} certifier;

static const char small[] = "clients=7 rounds=12 x0=normal optimum=none";
static const char *home_of(const lac_algorithm_type *type) { return type->saddle ? "problem=bilinear" : "problem=quadratic"; }

/* ---- findings ---- */

static __attribute__((format(printf, 6, 7)))
void say(const certifier *c, const char *check, lac_verdict verdict, double number, double bound, const char *format, ...)
{
  lac_finding f = { .kind = lac_plugin_kinds[LAC_ALGORITHMS].name, .name = c->type->name, .verdict = verdict, .number = number,
                    .bound = bound };
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
  say(c, check, c->with && lac_trial_is_refused(status) ? LAC_NOT_APPLICABLE : LAC_FAIL, NAN, NAN, "%s", lac_error());
  return LAC_OK;
}

static void spec_of(char text[static 256], const lac_algorithm_type *type, const char *options)
{
  snprintf(text, 256, "%s%s%s", type->name, options ? ":" : "", options ? options : "");
}

/* ---- the meter against the declaration ---- */

typedef struct { uint64_t metered, declared, messages; int exact; } traffic;

/* What the method declares for all rounds of a run; participants are those of the last round, the same in every one. */
static void add_declared(lac_run *r, uint64_t rounds, traffic *sum)
{
  lac_env e = r->env;
  for (e.round = 0; e.round < rounds; e.round++) {
    unsigned phases = r->method->phases ? r->method->phases(&e) : 1;
    e.sent = e.round;
    for (e.phase = 0; e.phase < phases; e.phase++) {
      int exact = 0;
      uint32_t senders = r->method->everyone && r->method->everyone(&e) ? e.n : e.participants;
      sum->declared += senders * r->method->uplink_bits(&e, &exact);
      sum->exact &= exact;
    }
  }
}

static void add_metered(const lac_run *r, traffic *sum)
{
  sum->metered += r->meter.bits_up;
  sum->messages += r->meter.msgs_up;
}

/* ---- LAC_KEEPS: what is kept in two places agrees ---- */

static int copy_leaf(lac_run *r, uint32_t client, const void *arg, double *out)
{
  unsigned k = *(const unsigned *)arg;
  size_t at = (size_t)(client - r->first) * r->method->client_vecs + k;
  lac_copy(r->env.d, r->client_store + at * lac_stride(r->env.d), out);
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
    *worst = fmax(*worst, gap(r->env.d, r->server.v[k->server_vec], mean, k->sum ? r->env.n : 1));
  free(mean);
  return status;
}

/* ---- by contract ---- */

enum { CERTIFICATES_MOST = 32 };

typedef struct {
  const char *options, *sample;     /* of the method; which clients */
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

/* Once more, on these ranks or on one: *differs when something is not the same. */
static int again(const certifier *c, lac_comm *comm, const char *algorithm, const char *const words[], uint64_t digest, unsigned *differs)
{
  lac_trial t;
  int status = lac_trial_run(&t, comm, algorithm, words);
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
  if (status == LAC_OK)
    status = measure_all_kept(c, &t.run, s);
  if (status == LAC_OK) {
    add_declared(&t.run, t.run.round, &s->traffic);
    add_metered(&t.run, &s->traffic);
    status = again(c, c->comm, algorithm, words, t.digest, &s->unlike);
  }
  if (status == LAC_OK && c->alone)
    status = again(c, c->alone, algorithm, words, t.digest, &s->misplaced);
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
  spec_of(algorithm, c->type, s->options);
  for (const lac_compressor_type *const *k = lac_compressors; *k; k++) {
    int down = c->type->compresses_down, two = c->type->sends_two;
    snprintf(both, sizeof both, "up=%s%s%s%s%s", (*k)->name, down ? " down=" : "", down ? (*k)->name : "", two ? " up2=" : "",
             two ? (*k)->name : "");
    LAC_TRY(survey_one(c, s, algorithm, (const char *[]){ small, home_of(c->type), s->sample, both, NULL }));
  }
  return LAC_OK;
}

static int survey_samples(const certifier *c, survey *s)
{
  s->sample = "sample=full";
  LAC_TRY(survey_compressors(c, s));
  s->sample = "sample=uniform:s=3";
  return c->type->partial ? survey_compressors(c, s) : LAC_OK;
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
    say(c, check, LAC_FAIL, NAN, NAN, "%s", s->broken);
  else if (!s->admitted)
    say(c, check, LAC_FAIL, NAN, NAN, "%u settings are all refused: %s", s->refused, s->refusal);
  else
    say(c, check, LAC_PASS, NAN, NAN, "%u settings run, %u refused", s->admitted, s->refused);
}

static void say_bits(const certifier *c, const traffic *t)
{
  double over = (double)t->metered - (double)t->declared;
  over = t->exact ? fabs(over) : fmax(0, over);
  say(c, "metered bits are declared bits", judge(over, 0), over, 0, "%llu bits in %llu messages up, %s%llu declared",
      (unsigned long long)t->metered, (unsigned long long)t->messages, t->exact ? "" : "at most ", (unsigned long long)t->declared);
}

static void say_repeats(const certifier *c, const survey *s)
{
  static const char check[] = "placement is invisible";
  say(c, "the same run gives the same bits", judge(s->unlike, 0), s->unlike, 0, "of %u settings differ when run again", s->admitted);
  if (c->alone)
    say(c, check, judge(s->misplaced, 0), s->misplaced, 0, "of %u settings differ between 1 and %d ranks", s->admitted,
        lac_comm_size(c->comm));
  else
    say(c, check, LAC_NOT_TESTED, NAN, NAN, "1 rank: run under mpiexec to certify");
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
    say(c, check, s->admitted ? judge(s->kept[k], bound) : LAC_FAIL, s->kept[k], bound, "largest difference, relative, in %u settings",
        s->admitted);
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
      e->bits = fmax(e->bits, fabs((double)four.run.meter.bits_up - 4 * (double)one.run.meter.bits_up));
    }
  }
  lac_trial_close(&one);
  lac_trial_close(&four);
  return status;
}

static int certify_equal_clients(const certifier *c)
{
  static const char check[] = "four clients with equal data are one client that sends a quarter";
  static const char *const deterministic[] = { "up=identity", "up=topk:k=3" };
  equality e = { 0 };
  char algorithm[256];
  int status = LAC_OK;
  for (size_t i = 0; i < LAC_COUNT(deterministic) && status == LAC_OK; i++) {
    spec_of(algorithm, c->type, NULL);
    status = four_as_one(c, algorithm, deterministic[i], &e);
    for (const lac_certificate *k = c->type->certificates; k && k->claim && status == LAC_OK; k++)
      if (k->claim == LAC_ALSO) {
        spec_of(algorithm, c->type, k->options);
        status = four_as_one(c, algorithm, deterministic[i], &e);
      }
  }
  if (status != LAC_OK)
    return broken(c, check, status);
  if (e.admitted == 0)
    say(c, check, LAC_NOT_APPLICABLE, NAN, NAN, "no setting without randomness is admitted on a quadratic; declare one with LAC_ALSO");
  else
    say(c, check, e.bits > 0 ? LAC_FAIL : judge(e.worst, 1e-12), e.worst, 1e-12,
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

static int compare(const certifier *c, const lac_certificate *k, const char *setting, double *worst)
{
  lac_trial a, b = { 0 };
  char algorithm[256];
  const char *words[] = { setting, k->with, NULL };
  spec_of(algorithm, c->type, k->options);
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
    status = compare(c, k, settings[i], &worst);
    count++;
  }
  if (status != LAC_OK)
    return broken(c, check, status);
  say(c, check, judge(worst, bound), worst, bound, "largest difference of f, |grad f|^2 and x, relative, in %u settings", count);
  return LAC_OK;
}

/* ---- LAC_SOLVES ---- */

static int certify_solves(const certifier *c, const lac_certificate *k)
{
  lac_trial t;
  char check[160], algorithm[256], rounds[96];
  uint64_t T = k->rounds ? k->rounds : 10000;
  double bound = k->tolerance > 0 ? k->tolerance : 1e-12;
  spec_of(algorithm, c->type, k->options);
  snprintf(check, sizeof check, "%s reaches the exact solution (%s)", k->options ? k->options : "the default",
           k->with ? k->with : "no compression");
  snprintf(rounds, sizeof rounds, "rounds=%llu eval=%llu optimum=solve clients=10", (unsigned long long)T, (unsigned long long)T);
  int status = lac_trial_run(&t, c->comm, algorithm, (const char *[]){ home_of(c->type), rounds, k->with, NULL });
  if (status == LAC_OK && lac_comm_rank(c->comm) == 0) {
    double left = lac_trial_real(&t, t.rows - 1, "dist_sq") / lac_trial_real(&t, 0, "dist_sq");
    say(c, check, judge(left, bound), left, bound, "|x - x*|^2 over that at the start, after %llu rounds",
        (unsigned long long)t.run.round);
  }
  lac_trial_close(&t);
  return status == LAC_OK ? LAC_OK : broken(c, check, status);
}

/* ---- step size of a run ---- */

static double step_of(const lac_run *r)
{
  for (const lac_option *o = r->method->options; o && o->name; o++)
    if (o->kind == LAC_STEP && strcmp(o->name, "gamma") == 0)
      return ((const lac_step *)((const char *)r->method_spec.params + o->offset))->value;
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
  LAC_TRY(r->problem.type->value_grad(&r->problem, r->shard[client - r->first], x, &f, out));
  out[r->env.d] = lac_norm_sq(r->env.d, out);
  return LAC_OK;
}

/* G_0 <= (1-alpha) (1/n) sum |grad f_i(x_0)|^2 after one compression. */
static int initial_error(lac_run *r, lac_start start, double alpha, double *G0)
{
  double *mean = lac_alloc((r->env.d + 1) * sizeof *mean);
  LAC_TRY(lac_comm_agree(r->comm, mean ? LAC_OK : LAC_ENOMEM));
  int status = lac_run_mean(r, norm_leaf, r->x0, mean);
  *G0 = start == LAC_STARTS_EXACT ? 0 : (1 - alpha) * mean[r->env.d];
  free(mean);
  return status;
}

/* The largest measured/bound over all T, with gamma/scale for gamma.  f* is the solution or what the run found below it. */
static double gradient_ratio(const lac_trial *t, double gamma, double alpha, double G0)
{
  double lowest = t->run.f_star, sum = 0, worst = 0, theta = 1 - sqrt(1 - alpha);
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
  spec_of(algorithm, c->type, k->options);
  int status = lac_trial_open(&t, c->comm, algorithm, (const char *[]){ "rounds=200 optimum=solve x0=normal", problem, up,
                                                                            words_of(k->with), c->with, NULL });
  if (status == LAC_OK)
    status = lac_alpha_of(&t.run.env, &alpha);
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
  say(c, check, judge(worst, 1), worst, 1, "largest measured/bound for any T in %u settings", count);
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
  spec_of(algorithm, c->type, k->options);
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
    say(c, check, judge(worst, 1), worst, 1, "largest mean/bound for t = 1..300, mean of %d seeds", SEEDS);
  }
  free(sum.mean);
  return status == LAC_OK ? LAC_OK : broken(c, check, status);
}

/* ---- all of it ---- */

static int certify_claim(const certifier *c, const lac_certificate *k)
{
  switch (k->claim) {
  case LAC_EQUALS: return certify_equals(c, k);
  case LAC_SOLVES: return certify_solves(c, k);
  case LAC_GRADIENTS: return certify_gradients(c, k);
  case LAC_DISTANCES: return certify_distances(c, k);
  default: return LAC_OK;
  }
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
    say(c, "is its ancestor in a special case", LAC_NOT_APPLICABLE, NAN, NAN, "none is declared");
  if (!count_claims(c->type, LAC_SOLVES, LAC_SOLVES))
    say(c, "reaches the exact solution", LAC_NOT_APPLICABLE, NAN, NAN, "not declared");
  if (!count_claims(c->type, LAC_GRADIENTS, LAC_DISTANCES))
    say(c, "never above its theory", LAC_NOT_APPLICABLE, NAN, NAN, "no bound is declared");
  say(c, "trajectories computed elsewhere", LAC_NOT_TESTED, NAN, NAN, "tests/t-truth*.py compare them, with LACONIC_TRUTH");
}

static int certify_bounds(const certifier *c)
{
  int status = LAC_OK;
  for (const lac_certificate *k = c->type->certificates; k && k->claim && status == LAC_OK; k++)
    if (k->claim == LAC_GRADIENTS || k->claim == LAC_DISTANCES)
      status = certify_claim(c, k);
  return status;
}

int lac_certify_algorithm(lac_comm *comm, const lac_algorithm_type *type, const char *with, const lac_findings *to)
{
  certifier c = { .comm = comm, .type = type, .with = with, .to = to };
  if (with)
    return certify_bounds(&c);
  if (lac_comm_size(comm) > 1)
    LAC_TRY(lac_comm_agree(comm, lac_comm_open_alone(&c.alone)));
  int status = certify_contract(&c);
  if (status == LAC_OK)
    status = certify_equal_clients(&c);
  for (const lac_certificate *k = type->certificates; k && k->claim && status == LAC_OK; k++)
    status = certify_claim(&c, k);
  if (status == LAC_OK)
    say_absent(&c);
  lac_comm_close(c.alone);
  return status;
}
