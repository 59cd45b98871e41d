/* laconic ensemble: several language models on the text that they were not trained on: each, their average, and all together.

   Branch-Train-Merge (Li et al. 2022): with models k = 1..n, priors p(k) and the symbols x_1, x_2, ... of a window,

     p(k | x_<t) = p(k) prod_(s<t) p_k(x_s | x_<s) / (the sum of these over k)
     p(x_t | x_<t) = sum_k p(k | x_<t) p_k(x_t | x_<t)

   With --top=K the K models of largest posterior, of equal ones the first, share it.  Priors are 1/n; with --decay=D they become, after
   each window, (1 - D) p(k) + D p(k | window), so that windows of one domain, which follow each other, are known for what they are.

   With --sources every source of the text, a file of a folder, has rows of its own, of the windows that lie in it. */
#include "command/commands.h"
#include "elementary.h"
#include "registry/registry.h"
#include "setup/alphabet.h"
#include "sheet.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char **path, *dataset, *data_dir;
  size_t count, cap;
  uint64_t top;
  double decay;
  int csv, sources;
} arguments;

static const struct argp_option own_options[] = {
  { "top", 'k', "K", 0, "the K models of largest posterior alone predict a symbol; 0: all [0]", 1 },
  { "decay", 'w', "D", 0, "weight of a window's posterior in the priors of the next one, below 1; 0: priors are equal [0]", 1 },
  { "dataset", 'd', "TEXT", 0, "where the text lies now [the one that the results name]", 1 },
  { "data-dir", 'D', "DIR", 0, "folder of texts that are given by name", 1 },
  { "sources", 's', NULL, 0, "rows for every source of the text, too: a folder's files, by name, from 0 on", 1 },
  { "csv", 'c', NULL, 0, "comma-separated, with all digits", 1 },
  { 0 }
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  static const lac_option any = { "", LAC_UINT, 0, "", NULL, NULL, NULL, NULL }, share = { "", LAC_REAL, 0, "", "[0,1)", NULL, NULL, NULL };
  arguments *a = state->input;
  switch (key) {
  case 'k':
    return lac_option_set(&any, &a->top, "--top", value);
  case 'w':
    return lac_option_set(&share, &a->decay, "--decay", value);
  case 'd':
  case 'D':
    *(key == 'd' ? &a->dataset : &a->data_dir) = value;
    return *value ? LAC_OK : lac_fail(LAC_EUSER, LAC_NOTHING, key == 'd' ? "--dataset" : "--data-dir");
  case 'c':
  case 's':
    *(key == 'c' ? &a->csv : &a->sources) = 1;
    return 0;
  case ARGP_KEY_ARG:
    LAC_TRY(lac_grow(&a->path, &a->cap, a->count + 1, sizeof *a->path));
    a->path[a->count++] = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* ---- the models and the text ---- */

typedef struct {
  size_t count;
  lac_result *result;
  const double **x;            /* of every result: the numbers of the model */
  lac_problem whole, *problem;      /* with adapters around it, and without: the problem of the text */
  lac_data *data, *held_out;
  void *shard;
  size_t windows, length;
  uint32_t *source;            /* of every window */
  double *log_p;               /* models x windows x length */
  double *mean, *mean_log_p;   /* the average of the models, and windows x length of it */
  double *loss;                /* of every window: of the models, of their average, and of all together */
} ensemble;

static int differs(const lac_result *a, const lac_result *b, const char *key)
{
  const char *one = lac_result_attribute(a, key), *other = lac_result_attribute(b, key);
  return !one || !other || strcmp(one, other);
}

static int check_same(const ensemble *e, const char *key)
{
  const lac_result *first = e->result;
  for (const lac_result *r = first; r < first + e->count; r++)
    if (differs(first, r, key))
      return lac_fail(LAC_EUSER, "ensemble: %s and %s are not results of one language model on one text (%s differs); leave one out",
                      first->path, r->path, key);
  return LAC_OK;
}

/* All are results of one problem and of the same text. */
static int check_results(const ensemble *e)
{
  static const char *const same[] = { "problem", "dataset", "dataset_sha256" };
  for (const lac_result *r = e->result; r < e->result + e->count; r++)
    if (!r->x)
      return lac_fail(LAC_EUSER, "ensemble: %s holds no final iterate; finish the run first", r->path);
  for (size_t i = 0; i < LAC_COUNT(same); i++)
    LAC_TRY(check_same(e, same[i]));
  return LAC_OK;
}

static int open_results(ensemble *e, const arguments *a)
{
  if (!(e->result = lac_alloc(a->count * sizeof *e->result)))
    return LAC_ENOMEM;
  for (; e->count < a->count; e->count++)
    LAC_TRY(lac_result_open_parts(&e->result[e->count], a->path[e->count], LAC_RESULT_FINAL));
  return check_results(e);
}

/* A result has the name of a text and not its place. */
static const char *place_of_text(const arguments *a, const lac_result *r, const lac_problem_type *type)
{
  const char *name = lac_result_attribute(r, "dataset"), *own = type->data ? strrchr(type->data, '/') : NULL;
  return a->dataset ? a->dataset : own && strcmp(own + 1, name) == 0 ? type->data : name;
}

/* Of every result, as many as the model has. */
static int choose_numbers(ensemble *e)
{
  if (!(e->x = lac_alloc(e->count * sizeof *e->x)))
    return LAC_ENOMEM;
  for (size_t k = 0, d; k < e->count; k++) {
    e->x[k] = lac_alphabet_numbers(&e->result[k], &e->whole, &d);
    if (!e->x[k] || d != e->problem->d)
      return lac_fail(LAC_EUSER, "ensemble: %s has %zu numbers where its model has %zu; run it again", e->result[k].path, d, e->problem->d);
  }
  return LAC_OK;
}

static int open_problem(ensemble *e, const arguments *a)
{
  const lac_result *r = e->result;
  const char *problem = lac_result_attribute(r, "problem"), *dataset;
  const lac_seeds seeds = { 0 };
  lac_windows w;
  LAC_TRY(lac_problem_choose(&e->whole, r->path, problem));
  lac_problem *p = e->problem = lac_problem_innermost(&e->whole);
  if (!p->type->log_shares)
    return lac_fail(LAC_EUSER, "ensemble: %s is a result of problem %.*s, which predicts no text; give results of --problem=lm", r->path,
                    (int)strcspn(problem, ":"), problem);
  p->n = 1;
  p->type->windows(p->params, &w);
  LAC_TRY(lac_alphabet_read(r, p));
  LAC_TRY(check_same(e, "alphabet"));
  dataset = place_of_text(a, r, p->type);
  LAC_TRY(lac_data_open_text(&e->data, NULL, NULL, &w, dataset, "contiguous", a->data_dir, &seeds, 1));
  p->data = e->data;
  LAC_TRY(p->type->open(p));
  if (strcmp(lac_data_about(e->data)->sha256, lac_result_attribute(r, "dataset_sha256")))
    return lac_fail(LAC_EUSER, "ensemble: %s is not the text of %s, whose held-out windows no model has seen; give that one with "
                    "--dataset", dataset, r->path);
  return choose_numbers(e);
}

static int open_windows(ensemble *e)
{
  LAC_TRY(lac_data_open_held_out(&e->held_out, e->data));
  if (!e->held_out)
    return lac_fail(LAC_EUSER, "ensemble: the runs held no windows out; train with holdout=10, or so");
  lac_problem p = *e->problem;
  p.data = e->held_out;
  LAC_TRY(p.type->load(&p, 0, &e->shard));
  lac_windows w;
  p.type->windows(p.params, &w);
  e->windows = p.type->shard_rows(e->shard);
  e->length = w.length;
  size_t positions = e->windows * e->length;
  e->log_p = lac_alloc(e->count * positions * sizeof(double));
  e->mean = lac_alloc(p.d * sizeof(double));
  e->mean_log_p = lac_alloc(positions * sizeof(double));
  e->loss = lac_alloc((e->count + 2) * e->windows * sizeof(double));
  e->source = lac_alloc(e->windows * sizeof *e->source);
  return e->log_p && e->mean && e->mean_log_p && e->loss && e->source ? lac_data_sources(e->held_out, 0, e->source) : LAC_ENOMEM;
}

static int predict(ensemble *e)
{
  const lac_problem *p = e->problem;
  for (size_t k = 0; k < e->count; k++) {
    LAC_TRY(p->type->log_shares(p, e->shard, e->x[k], e->log_p + k * e->windows * e->length));
    lac_axpy(p->d, 1 / (double)e->count, e->x[k], e->mean);
  }
  LAC_TRY(p->type->log_shares(p, e->shard, e->mean, e->mean_log_p));
  for (size_t k = 0; k < e->count; k++)
    if (!lac_all_finite(e->windows * e->length, e->log_p + k * e->windows * e->length))
      return lac_fail(LAC_EUSER, "ensemble: %s has diverged, its predictions are no numbers; leave it out", e->result[k].path);
  return LAC_OK;
}

static void close_ensemble(ensemble *e)
{
  lac_problem *p = e->problem;
  if (e->shard)
    p->type->unload(e->shard);
  if (e->held_out)
    lac_data_close(e->held_out);
  if (p && p->type->close)
    p->type->close(p);
  if (e->data)
    lac_data_close(e->data);
  lac_problem_forget(&e->whole);
  for (size_t k = 0; k < e->count; k++)
    lac_result_close(&e->result[k]);
  free(e->result);
  free(e->x);
  free(e->log_p);
  free(e->mean);
  free(e->mean_log_p);
  free(e->loss);
  free(e->source);
}

/* ---- predictions together ---- */

static void add_positions(const ensemble *e, const double *log_p, double *loss)
{
  for (size_t i = 0; i < e->windows * e->length; i++)
    loss[i / e->length] -= log_p[i];
}

/* Of n models: the posterior as logarithms, but for a constant, and as shares; the logarithms of those that predict, over the largest
   of all, without and with the next symbol. */
typedef struct { size_t n, top; double *score, *share, *prior, *before, *after; } posterior;

static double largest(size_t n, const double *score)
{
  double most = -INFINITY;
  for (size_t k = 0; k < n; k++)
    most = score[k] > most ? score[k] : most;
  return most;
}

/* The logarithm of the sum of exp(score), some of which may be -inf. */
static double log_sum(size_t n, const double *score)
{
  double most = largest(n, score), sum = 0;
  for (size_t k = 0; k < n; k++)
    sum += lac_exp_minus_f64(most - score[k]);
  return most + lac_log(sum);
}

/* How many models come before this one. */
static size_t rank_of(const posterior *p, size_t k)
{
  size_t before = 0;
  for (size_t i = 0; i < p->n; i++)
    before += p->score[i] > p->score[k] || (p->score[i] == p->score[k] && i < k);
  return before;
}

static void share_out(posterior *p)
{
  double most = largest(p->n, p->score), sum = 0;
  for (size_t k = 0; k < p->n; k++)
    sum += p->share[k] = lac_exp_minus_f64(most - p->score[k]);
  for (size_t k = 0; k < p->n; k++)
    p->share[k] /= sum;
}

/* -log p(x_t | x_<t), from logarithms alone: a probability may be less than the least number. */
static double predict_symbol(const ensemble *e, size_t at, posterior *p)
{
  double most = largest(p->n, p->score);
  for (size_t k = 0; k < p->n; k++)
    p->before[k] = rank_of(p, k) < p->top ? p->score[k] - most : -INFINITY;
  for (size_t k = 0; k < p->n; k++) {
    double log_p = e->log_p[k * e->windows * e->length + at];
    p->after[k] = p->before[k] + log_p;
    p->score[k] += log_p;
  }
  return log_sum(p->n, p->before) - log_sum(p->n, p->after);
}

/* The sum of the losses of a window; afterwards p->share is the posterior behind it. */
static double predict_window(const ensemble *e, size_t window, posterior *p)
{
  double loss = 0;
  for (size_t k = 0; k < p->n; k++)
    p->score[k] = lac_log(p->prior[k]);
  for (size_t t = 0; t < e->length; t++)
    loss += predict_symbol(e, window * e->length + t, p);
  share_out(p);
  return loss;
}

static int predict_together(const ensemble *e, const arguments *a, double *loss)
{
  size_t n = e->count;
  double *numbers = lac_alloc(5 * n * sizeof *numbers);
  if (!numbers)
    return LAC_ENOMEM;
  posterior p = { .n = n, .top = a->top && a->top < n ? (size_t)a->top : n, .score = numbers, .share = numbers + n,
                  .prior = numbers + 2 * n, .before = numbers + 3 * n, .after = numbers + 4 * n };
  for (size_t k = 0; k < n; k++)
    p.prior[k] = 1 / (double)n;
  for (size_t w = 0; w < e->windows; w++) {
    loss[w] = predict_window(e, w, &p);
    for (size_t k = 0; k < n; k++)
      p.prior[k] = (1 - a->decay) * p.prior[k] + a->decay * p.share[k];
  }
  free(numbers);
  return LAC_OK;
}

static int find_losses(const ensemble *e, const arguments *a)
{
  for (size_t k = 0; k < e->count; k++)
    add_positions(e, e->log_p + k * e->windows * e->length, e->loss + k * e->windows);
  add_positions(e, e->mean_log_p, e->loss + e->count * e->windows);
  return predict_together(e, a, e->loss + (e->count + 1) * e->windows);
}

/* ---- the command ---- */

/* How many windows are of a source. */
static size_t windows_of(const ensemble *e, size_t source)
{
  size_t count = 0;
  for (size_t w = 0; w < e->windows; w++)
    count += e->source[w] == source;
  return count;
}

/* Of model k on a source, or on all: -1. */
static double mean_loss(const ensemble *e, size_t k, int64_t source)
{
  double sum = 0;
  size_t count = source < 0 ? e->windows : windows_of(e, (size_t)source);
  for (size_t w = 0; w < e->windows; w++)
    if (source < 0 || e->source[w] == source)
      sum += e->loss[k * e->windows + w];
  return sum / (double)count / (double)e->length;
}

typedef struct { lac_sheet_cell *source, *model, *loss, *bits, *perplexity; } cells;

static int fill_row(const ensemble *e, size_t k, int64_t source, const cells *c, size_t row)
{
  double loss = mean_loss(e, k, source);
  if (c->source)
    c->source[row].text = source < 0 ? lac_strdup("all") : lac_asprintf("%lld", (long long)source);
  c->model[row].text = lac_strdup(k < e->count ? e->result[k].path : k == e->count ? "average" : "ensemble");
  c->loss[row].real = loss;
  c->bits[row].real = loss / lac_log(2);
  c->perplexity[row].real = lac_exp(loss);
  return c->model[row].text && (!c->source || c->source[row].text) ? LAC_OK : LAC_ENOMEM;
}

/* Sources of which a window is held out, with --sources, and all together. */
static int fill_rows(const ensemble *e, const arguments *a, lac_sheet *s)
{
  cells c = { .source = a->sources ? lac_sheet_add(s, "source", "source", "%s") : NULL };
  size_t row = 0;
  c.model = lac_sheet_add(s, "model", "model", "%s");
  c.loss = lac_sheet_add(s, "test_loss", "held-out loss", "%.4f");
  c.bits = lac_sheet_add(s, "test_bits_per_char", "bits/symbol", "%.4f");
  c.perplexity = lac_sheet_add(s, "test_perplexity", "perplexity", "%.4f");
  if ((a->sources && !c.source) || !c.model || !c.loss || !c.bits || !c.perplexity)
    return LAC_ENOMEM;
  for (size_t source = 0; a->sources && source <= e->source[e->windows - 1]; source++)
    for (size_t k = 0; windows_of(e, source) && k < e->count + 2; k++)
      LAC_TRY(fill_row(e, k, (int64_t)source, &c, row++));
  for (size_t k = 0; k < e->count + 2; k++)
    LAC_TRY(fill_row(e, k, -1, &c, row++));
  return LAC_OK;
}

static int print_losses(const ensemble *e, const arguments *a)
{
  size_t sources = 0;
  lac_sheet s;
  for (size_t w = 0; a->sources && w < e->windows; w++)
    sources += w == 0 || e->source[w] != e->source[w - 1];
  lac_sheet_init(&s, (sources + 1) * (e->count + 2));
  int status = fill_rows(e, a, &s);
  if (status == LAC_OK)
    status = lac_sheet_print(&s, a->csv ? LAC_SHEET_CSV : LAC_SHEET_TEXT, stdout);
  lac_sheet_free(&s);
  return status;
}

static int combine(const arguments *a)
{
  ensemble e = { 0 };
  if (!a->count)
    return lac_fail(LAC_EUSER, "ensemble needs results: laconic ensemble A.h5 B.h5 ...");
  int status = open_results(&e, a);
  if (status == LAC_OK)
    status = open_problem(&e, a);
  if (status == LAC_OK)
    status = open_windows(&e);
  if (status == LAC_OK)
    status = predict(&e);
  if (status == LAC_OK)
    status = find_losses(&e, a);
  if (status == LAC_OK)
    status = print_losses(&e, a);
  close_ensemble(&e);
  return status;
}

static const char doc[] =
  "Print the held-out loss of language models, of the average of their parameters, and of their ensemble: every model predicts with the "
  "weight of its posterior, given the symbols of the window so far.\v"
  "The results are of one --problem=lm, or of lora around it, and of one text, which held windows out; the experts of "
  "Branch-Train-Merge are such results.\n\n"
  "  laconic run --problem=lm:width=32 --clients=2 --batch=8 --eval=20 \\\n"
  "    --rounds=20 --algorithm=diloco:H=10,lr=0.004 --seed=1 -o 1.h5\n"
  "  laconic run --problem=lm:width=32 --clients=2 --batch=8 --eval=20 \\\n"
  "    --rounds=20 --algorithm=diloco:H=10,lr=0.004 --seed=2 -o 2.h5\n"
  "  laconic ensemble 1.h5 2.h5 --decay=0.3 --sources";

int lac_command_ensemble(lac_comm *comm, int argc, char **argv)
{
  arguments a = { 0 };
  struct argp argp = { own_options, parse, "RESULT.h5 ...", doc, NULL, NULL, NULL };
  int done = 0, status = lac_argp(comm, &argp, argc, argv, &a, &done);
  if (status == LAC_OK && !done)
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? combine(&a) : LAC_OK);
  free(a.path);
  return status;
}
