/* laconic sample: text of a trained language model. */
#include "command/commands.h"
#include "elementary.h"
#include "registry/registry.h"
#include "setup/alphabet.h"
#include "utf8.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROMPT = 'p', LENGTH = 'n', TEMPERATURE = 't', TOP = 'k', SEED = 's', GREEDY = 1 };

/* The use of the stream (coin, 0, 0) that symbols are drawn from; those below are the coins and vectors of methods. */
enum { LAC_USE_SAMPLE = 2 };

typedef struct {
  const char *path, *prompt;
  uint64_t length, top, seed;
  double temperature;          /* 0: the largest logit */
  int greedy;
  const char *of_draws;        /* an option that says how symbols are drawn; NULL: none is given */
} arguments;

static const struct argp_option own_options[] = {
  { "prompt", PROMPT, "TEXT", 0, "how the text begins [a line feed, or the first symbol where the model has none]", 1 },
  { "length", LENGTH, "N", 0, "symbols behind the prompt [500]", 1 },
  { "temperature", TEMPERATURE, "TAU", 0, "logits are divided by it: below 1, likely symbols become likelier [1]", 1 },
  { "top", TOP, "K", 0, "draw among the K likeliest symbols alone; 0: among all [0]", 1 },
  { "greedy", GREEDY, NULL, 0, "no draws: the likeliest symbol every time; without --temperature, --top and --seed", 1 },
  { "seed", SEED, "N", 0, "seed of the draws [1]", 1 },
  { 0 }
};

static int set_number(const char *option, const char *text, uint64_t *number)
{
  static const lac_option any = { "", LAC_UINT, 0, "", NULL, NULL, NULL, NULL };
  return lac_option_set(&any, number, option, text);
}

static int set_temperature(const char *text, double *temperature)
{
  static const lac_option positive = { "", LAC_REAL, 0, "", ">0", NULL, NULL, NULL };
  return lac_option_set(&positive, temperature, "--temperature", text);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  if (key == TEMPERATURE || key == TOP || key == SEED)
    a->of_draws = key == TEMPERATURE ? "--temperature" : key == TOP ? "--top" : "--seed";
  switch (key) {
  case PROMPT:
    a->prompt = value;
    return *value ? LAC_OK : lac_fail(LAC_EUSER, LAC_NOTHING, "--prompt");
  case LENGTH:
    return set_number("--length", value, &a->length);
  case TEMPERATURE:
    return set_temperature(value, &a->temperature);
  case TOP:
    return set_number("--top", value, &a->top);
  case SEED:
    return set_number("--seed", value, &a->seed);
  case GREEDY:
    a->greedy = 1;
    return 0;
  case ARGP_KEY_ARG:
    if (a->path)
      return lac_fail(LAC_EUSER, "sample takes one result; leave out '%.60s'", value);
    a->path = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* ---- the model ---- */

static int predicts_no_text(const lac_result *r, const char *problem)
{
  return lac_fail(LAC_EUSER, "sample: %s is a result of problem %.*s, which predicts no text; give one of --problem=lm", r->path,
                  (int)strcspn(problem, ":"), problem);
}

/* The problem without data, as it was in the run, and its numbers. */
static int open_model(const lac_result *r, lac_problem *p, const double **x)
{
  size_t d;
  const char *problem = lac_result_attribute(r, "problem");
  if (!problem || !r->x)
    return lac_fail(LAC_EUSER, "sample: %s %s; finish the run first", r->path, problem ? "holds no final iterate" : "names no problem");
  LAC_TRY(lac_problem_choose(p, r->path, problem));
  lac_problem *model = lac_problem_innermost(p);
  if (!model->type->next)
    return predicts_no_text(r, problem);
  model->n = 1;
  LAC_TRY(lac_alphabet_read(r, model));
  LAC_TRY(model->type->open(model));
  *x = lac_alphabet_numbers(r, p, &d);
  return *x && model->d == d ? LAC_OK :
         lac_fail(LAC_EUSER, "sample: %s has %zu numbers where its model has %zu; run it again", r->path, d, model->d);
}

static void close_model(lac_problem *p)
{
  lac_problem *model = lac_problem_innermost(p);
  if (model->type && model->type->close)
    model->type->close(model);
  lac_problem_forget(p);
}

/* ---- the text so far ---- */

typedef struct {
  uint8_t *symbol;
  size_t count;
  double *logit, *share;       /* of the next symbol; p->symbols of each */
  uint8_t *taken;              /* among the likeliest */
  char held[5];                /* of a character whose rest is to come, on a terminal; `holds` bytes and a 0 */
  size_t holds;
} text;

static int symbol_of(const lac_problem *p, uint8_t byte, uint8_t *symbol)
{
  const uint8_t *at = memchr(p->alphabet, byte, p->symbols);
  if (at)
    *symbol = (uint8_t)(at - p->alphabet);
  return at != NULL;
}

static int begin_text(const arguments *a, const lac_problem *p, text *t)
{
  const char *prompt = a->prompt ? a->prompt : "\n";
  size_t length = strlen(prompt);
  *t = (text){ .symbol = lac_alloc(length + a->length + 1), .logit = lac_alloc(p->symbols * sizeof *t->logit),
               .share = lac_alloc(p->symbols * sizeof *t->share), .taken = lac_alloc(p->symbols) };
  if (!t->symbol || !t->logit || !t->share || !t->taken)
    return LAC_ENOMEM;
  for (; t->count < length; t->count++) {
    uint8_t byte = (uint8_t)prompt[t->count];
    if (!symbol_of(p, byte, &t->symbol[t->count]) && a->prompt)
      return lac_fail(LAC_EUSER, "--prompt: the byte 0x%02x (number %zu of it) is none of the %u symbols of %s; leave it out", byte,
                      t->count + 1, p->symbols, a->path);
  }
  return LAC_OK;
}

static void end_text(text *t)
{
  free(t->symbol);
  free(t->logit);
  free(t->share);
  free(t->taken);
}

/* ---- the next symbol ---- */

static unsigned likeliest(const text *t, unsigned symbols)
{
  unsigned best = symbols;
  for (unsigned k = 0; k < symbols; k++)
    if (!t->taken[k] && (best == symbols || t->logit[k] > t->logit[best]))
      best = k;
  return best;
}

/* The `top` likeliest, of equal ones the lowest. */
static void take_likeliest(text *t, unsigned symbols, uint64_t top)
{
  memset(t->taken, top ? 0 : 1, symbols);
  for (uint64_t i = 0; i < top && i < symbols; i++)
    t->taken[likeliest(t, symbols)] = 1;
}

/* The first symbol whose cumulated probability exceeds u. */
static unsigned draw(text *t, unsigned symbols, double temperature, double u)
{
  double most = -INFINITY, sum = 0, below = 0;
  unsigned last = 0;
  for (unsigned k = 0; k < symbols; k++)
    most = t->taken[k] ? fmax(most, t->logit[k]) : most;
  for (unsigned k = 0; k < symbols; k++)      /* a logit over the temperature may be infinite: no difference of such */
    sum += t->share[k] = t->taken[k] ? lac_exp_minus_f64((most - t->logit[k]) / temperature) : 0;
  for (unsigned k = 0; k < symbols; k++) {
    below += t->share[k];
    last = t->share[k] > 0 ? k : last;
    if (below > u * sum)
      return k;
  }
  return last;      /* rounding has left the sum below u */
}

static int add_symbol(const arguments *a, const lac_problem *p, const double *x, gsl_rng *rng, text *t)
{
  uint32_t word = 0;
  LAC_TRY(p->type->next(p, x, t->symbol, t->count, t->logit));
  if (!lac_all_finite(p->symbols, t->logit))
    return lac_fail(LAC_EUSER, "sample: %s has diverged, its logits are no numbers; train with a smaller step", a->path);
  take_likeliest(t, p->symbols, a->greedy ? 1 : a->top);
  if (!a->greedy)
    LAC_TRY(lac_rng_words(rng, &word, 1));
  t->symbol[t->count++] = (uint8_t)draw(t, p->symbols, a->greedy ? 1 : a->temperature, (word + 0.5) * 0x1p-32);
  return LAC_OK;
}

static void show_held(text *t)
{
  t->held[t->holds] = 0;
  t->holds = 0;
  lac_print(stdout, "%s", t->held);
}

/* Characters are shown whole: their bytes come one by one. */
static void show_byte(text *t, uint8_t byte)
{
  if ((byte & 0xc0) != 0x80)      /* a character begins */
    show_held(t);
  t->held[t->holds++] = byte ? (char)byte : '?';
  if (t->holds >= lac_utf8_length((uint8_t)t->held[0]))
    show_held(t);
}

/* A terminal is told what lac_print tells it; a file gets the bytes as they are. */
static int print_symbols(const lac_problem *p, text *t, size_t from)
{
  int terminal = isatty(STDOUT_FILENO);
  for (size_t i = from; i < t->count; i++) {
    uint8_t byte = p->alphabet[t->symbol[i]];
    if (terminal)
      show_byte(t, byte);
    else
      putchar(byte);
  }
  return (terminal ? fflush(stdout) : 0) || ferror(stdout) ? lac_fail(LAC_EIO, "cannot write the text: %s", strerror(errno)) : LAC_OK;
}

static int write_text(const arguments *a, const lac_problem *p, const double *x, text *t)
{
  lac_seeds seeds = { 0 };
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  seeds.axis[LAC_SEED_COIN] = a->seed;
  lac_rng_point(rng, &seeds, LAC_SEED_COIN, 0, 0, LAC_USE_SAMPLE);
  int status = print_symbols(p, t, 0);
  for (uint64_t i = 0; i < a->length && status == LAC_OK; i++)
    if ((status = add_symbol(a, p, x, rng, t)) == LAC_OK)
      status = print_symbols(p, t, t->count - 1);
  gsl_rng_free(rng);
  show_held(t);
  if (status == LAC_OK && isatty(STDOUT_FILENO))
    putchar('\n');
  return status;
}

/* ---- the command ---- */

static int sample_result(const arguments *a, const lac_result *r)
{
  lac_problem p = { 0 };
  text t = { 0 };
  const double *x = NULL;
  int status = open_model(r, &p, &x);
  const lac_problem *model = lac_problem_innermost(&p);
  if (status == LAC_OK)
    status = begin_text(a, model, &t);
  if (status == LAC_OK)
    status = write_text(a, model, x, &t);
  end_text(&t);
  close_model(&p);
  return status;
}

static int sample(const arguments *a)
{
  lac_result r;
  if (!a->path)
    return lac_fail(LAC_EUSER, "sample needs a result: laconic sample R.h5");
  if (a->length > UINT32_MAX)
    return lac_fail(LAC_EUSER, "--length=%llu is more than 4294967295 symbols; give less", (unsigned long long)a->length);
  if (a->greedy && a->of_draws)
    return lac_fail(LAC_EUSER, "--greedy draws no symbol, and %s says how to draw one; leave one of them out", a->of_draws);
  LAC_TRY(lac_result_open_parts(&r, a->path, LAC_RESULT_FINAL));
  int status = sample_result(a, &r);
  lac_result_close(&r);
  return status;
}

static const char doc[] =
  "Print text of a language model that was trained by a run of --problem=lm: the prompt, and symbols drawn one by one from what the model "
  "predicts behind it.\v"
  "The model sees the last symbols only, as many as its context.  The same seed gives the same text on one machine.\n\n"
  "  laconic run --problem=lm:width=32 --clients=2 --batch=8 --eval=20 \\\n"
  "    --rounds=20 --algorithm=diloco:H=10,lr=0.004 -o lm.h5\n"
  "  laconic sample lm.h5 --prompt='The licensee ' --temperature=0.8 --top=20\n"
  "  laconic sample lm.h5 --greedy --length=80";

int lac_command_sample(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .length = 500, .temperature = 1, .seed = 1 };
  struct argp argp = { own_options, parse, "RESULT.h5", doc, NULL, NULL, NULL };
  int done = 0, status = lac_argp(comm, &argp, argc, argv, &a, &done);
  if (status == LAC_OK && !done)
    status = lac_comm_agree(comm, lac_comm_rank(comm) == 0 ? sample(&a) : LAC_OK);
  return status;
}
