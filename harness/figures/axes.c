#include "figures/axes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char lac_axis_characters[] = "0123456789.+\u2212()kMGT";

/* ---- units ---- */

typedef enum { PLAIN, SHARE, COUNT, BITS } kind;

/* What a column measures.  PLAIN numbers get a power of ten in the label where they are long, counts a unit, shares neither. */
static const struct { const char *column, *label, *math, *many; kind kind; } known[] = {
  { "grad_norm_sq", "\u2016\u2207f(x)\u2016\u00b2", "$\\|\\nabla f(x)\\|^2$", NULL, PLAIN },
  { "f", "f(x)", "$f(x)$", NULL, PLAIN },
  { "f_gap", "f(x) \u2212 f*", "$f(x)-f^\\star$", NULL, PLAIN },
  { "residual_sq", "\u2016z \u2212 P(z \u2212 F(z))\u2016\u00b2", "$\\|z-P(z-F(z))\\|^2$", NULL, PLAIN },
  { "gap", "duality gap", NULL, NULL, PLAIN },
  { "dist_sq", "\u2016x \u2212 x*\u2016\u00b2", "$\\|x-x^\\star\\|^2$", NULL, PLAIN },
  { "grad_norm_sq_relative", "\u2016\u2207f(x)\u2016\u00b2 / \u2016\u2207f(x\u2070)\u2016\u00b2",
    "$\\|\\nabla f(x)\\|^2/\\|\\nabla f(x^0)\\|^2$", NULL, PLAIN },
  { "f_gap_relative", "(f(x) \u2212 f*) / (f(x\u2070) \u2212 f*)", "$(f(x)-f^\\star)/(f(x^0)-f^\\star)$", NULL, PLAIN },
  { "dist_sq_relative", "\u2016x \u2212 x*\u2016\u00b2 / \u2016x\u2070 \u2212 x*\u2016\u00b2",
    "$\\|x-x^\\star\\|^2/\\|x^0-x^\\star\\|^2$", NULL, PLAIN },
  { "accuracy", "accuracy", NULL, NULL, SHARE },
  { "test_loss", "test loss", NULL, NULL, PLAIN },
  { "test_bits_per_char", "test loss in bits per symbol", NULL, NULL, PLAIN },
  { "test_perplexity", "test perplexity", NULL, NULL, PLAIN },
  { "test_accuracy", "test accuracy", NULL, NULL, SHARE },
  { "test_robust_accuracy", "robust test accuracy", NULL, NULL, SHARE },
  { "round", "round", NULL, "rounds", COUNT },
  { "bits_up", "sent by all clients", NULL, NULL, BITS },
  { "bits_up_per_client", "sent per client", NULL, NULL, BITS },
  { "bits_down", "sent by the server", NULL, NULL, BITS },
  { "bits_down_per_client", "received per client", NULL, NULL, BITS },
  { "bits", "sent by all clients and the server", NULL, NULL, BITS },
  { "bits_per_client", "sent and received per client", NULL, NULL, BITS },
  { "oracle_calls", "gradients", NULL, "gradients", COUNT },
  { "oracle_calls_per_client", "gradients per client", NULL, "gradients per client", COUNT },
  { "samples", "gradients of rows", NULL, "gradients of rows", COUNT },
  { "samples_per_client", "gradients of rows per client", NULL, "gradients of rows per client", COUNT },
  { "msgs_up", "messages of all clients", NULL, "messages of all clients", COUNT },
  { "msgs_up_per_client", "messages per client", NULL, "messages per client", COUNT },
  { "msgs_down", "messages of the server", NULL, "messages of the server", COUNT },
};

const char *lac_axis_words(const char *column)
{
  for (size_t i = 0; i < LAC_COUNT(known); i++)
    if (strcmp(column, known[i].column) == 0)
      return known[i].label;
  return column;
}

/* "f(x) / 10⁻⁶". */
static void divide_label(lac_axis *a, int power)
{
  static const char *const raised[] = { "\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074", "\u2075", "\u2076", "\u2077", "\u2078",
                                        "\u2079" };
  char digits[16];
  snprintf(digits, sizeof digits, "%d", abs(power));
  if (*a->math)
    snprintf(a->math + strlen(a->math), sizeof a->math - strlen(a->math), "$\\,/\\,10^{%d}$", power);
  snprintf(a->label + strlen(a->label), sizeof a->label - strlen(a->label), " / 10%s", power < 0 ? "\u207b" : "");
  for (const char *p = digits; *p; p++)
    snprintf(a->label + strlen(a->label), sizeof a->label - strlen(a->label), "%s", raised[*p - '0']);
}

/* A unit so that the largest number has at most four digits. */
static double label_unit(lac_axis *a, const char *column, const char *words, double most)
{
  static const char *const prefix[] = { "", "k", "M", "G", "T" }, *const word[] = { "", "thousand", "million", "billion", "trillion" };
  size_t i = 0, step = 0;
  while (i < LAC_COUNT(known) && strcmp(column, known[i].column))
    i++;
  kind what = i < LAC_COUNT(known) ? known[i].kind : PLAIN;
  const char *text = words ? words : i < LAC_COUNT(known) ? known[i].label : column, *math = i < LAC_COUNT(known) ? known[i].math : NULL;
  int power = most > 0 ? 3 * (int)floor(log10(most) / 3 + 1e-9) : 0;
  if (what != PLAIN && !a->is_log)
    for (double top = most; top >= (what == BITS ? 2e3 : 1e4) && step + 1 < LAC_COUNT(prefix); top /= 1000)
      step++;
  if (what == BITS)
    snprintf(a->label, sizeof a->label, "%s%s %s", prefix[step], step ? "bit" : "bits", text);
  else if (what == COUNT && step)
    snprintf(a->label, sizeof a->label, "%s %s", word[step], known[i].many);
  else {
    snprintf(a->label, sizeof a->label, "%.400s", text);
    snprintf(a->math, sizeof a->math, "%s", math ? math : "");
    if (what == PLAIN && !a->is_log && (power >= 6 || power <= -3)) {
      divide_label(a, power);
      return pow(10, power);
    }
  }
  return pow(10, 3.0 * (double)step);
}

/* ---- ticks ---- */

static void add_tick(lac_axis *a, double at, const char *text, const char *math, int is_minor)
{
  if (a->ticks == LAC_TICKS || at < a->low - 1e-9 * fabs(a->low) || at > a->high + 1e-9 * fabs(a->high))
    return;
  lac_tick *t = &a->tick[a->ticks++];
  *t = (lac_tick){ .at = at, .is_minor = is_minor };
  snprintf(t->text, sizeof t->text, "%s", text);
  snprintf(t->math, sizeof t->math, "%s", math);
}

/* "−0.25", and $-0.25$ for LaTeX. */
static void add_number(lac_axis *a, double at, double unit, int decimals)
{
  char text[40], math[48], digits[32];
  double value = at / unit;
  snprintf(digits, sizeof digits, "%.*f", decimals, fabs(value) < 1e-12 ? 0 : fabs(value));
  snprintf(text, sizeof text, "%s%s", value < 0 && strcspn(digits, "123456789") < strlen(digits) ? "\u2212" : "", digits);
  snprintf(math, sizeof math, "$%s%s$", *text == digits[0] ? "" : "-", digits);
  add_tick(a, at, text, math, 0);
}

static void add_power(lac_axis *a, int power)
{
  char text[40], math[48];
  snprintf(text, sizeof text, "10^{%s%d}", power < 0 ? "\u2212" : "", abs(power));
  snprintf(math, sizeof math, "$10^{%d}$", power);
  add_tick(a, pow(10, power), text, math, 0);
}

/* Steps of 1, 2 or 5 times a power of ten, with 4 or 5 minor ones in each. */
static void make_linear(lac_axis *a, double unit, double length, double apart)
{
  double least = (a->high - a->low) * apart / length, ten = pow(10, floor(log10(least) + 1e-9));
  int times = least <= ten * 1.0001 ? 1 : least <= 2 * ten ? 2 : least <= 5 * ten ? 5 : 10, minors = times == 2 ? 4 : 5;
  double step = times * ten;
  int decimals = (int)fmax(0, -floor(log10(step / unit) + 1e-9));
  double first = floor(a->low / step);
  for (double i = first; i * step <= a->high && i - first < 50; i++) {
    add_number(a, i * step, unit, decimals > 9 ? 9 : decimals);
    for (int k = 1; k < minors; k++)
      add_tick(a, (i + (double)k / minors) * step, "", "", 1);
  }
}

enum { DECADE = 16 };      /* points that the ticks inside a decade need */

/* "2·10^{4}". */
static void add_multiple(lac_axis *a, int times, int power)
{
  char text[40], math[48];
  snprintf(text, sizeof text, "%d\u00b710^{%s%d}", times, power < 0 ? "\u2212" : "", abs(power));
  snprintf(math, sizeof math, "$%d\\cdot 10^{%d}$", times, power);
  add_tick(a, times * pow(10, power), text, math, 0);
}

/* Where there are fewer than two powers: 2 and 5 times them, or 3 times, as there is room; from 5 to 10 is 0.3 of a decade. */
static void add_multiples(lac_axis *a, int first, int last, double decade, double apart)
{
  enum { WIDER = 2 };      /* than a power alone */
  for (int power = first; power <= last; power++)
    if (decade * 0.3 >= WIDER * apart) {
      add_multiple(a, 2, power);
      add_multiple(a, 5, power);
    } else if (decade * 0.47 >= WIDER * apart)
      add_multiple(a, 3, power);
}

/* Powers of ten; the minor ones are their multiples where there is room, and the powers between. */
static void make_log(lac_axis *a, double length, double apart)
{
  double decades = log10(a->high / a->low);
  int every = (int)fmax(1, ceil(decades * apart / length));
  int first = (int)floor(log10(a->low) + 1e-9), last = (int)floor(log10(a->high) + 1e-9);
  if (last - (int)ceil(log10(a->low) - 1e-9) < 1)
    add_multiples(a, first, last, length / decades, apart);
  for (int power = first; power <= last; power++) {
    if (power % every == 0)
      add_power(a, power);
    else
      add_tick(a, pow(10, power), "", "", 1);
    for (int k = 2; k < 10 && every == 1 && length >= DECADE * decades; k++)
      add_tick(a, k * pow(10, power), "", "", 1);
  }
}

void lac_axis_make(lac_axis *a, const char *column, const char *words, double low, double high, int is_log, double length, double apart)
{
  *a = (lac_axis){ .low = low, .high = high, .is_log = is_log };
  double unit = label_unit(a, column, words, fmax(fabs(low), fabs(high)));
  if (is_log)
    make_log(a, length, apart);
  else
    make_linear(a, unit, length, apart);
}

/* "10^{−2}" takes the room of 10 and, at four fifths, of −2. */
static double tick_width(const lac_tick *t, const lac_metrics *m, double size)
{
  size_t n = strcspn(t->text, "^"), rest = strlen(t->text);
  double width = lac_text_width(m, t->text, n, size, 0);
  return n == rest ? width : width + 0.8 * lac_text_width(m, t->text + n + 2, rest - n - 3, size, 0);
}

double lac_axis_width(const lac_axis *a, const lac_metrics *m, double size)
{
  double width = 0;
  for (const lac_tick *t = a->tick; t < a->tick + a->ticks; t++)
    width = fmax(width, tick_width(t, m, size));
  return width;
}
