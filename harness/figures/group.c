#include "figures/group.h"

#include "base.h"
#include <math.h>
#include <stdlib.h>

const char *const lac_band_name[] = { [LAC_BAND_NONE] = "none", [LAC_BAND_QUARTILES] = "quartiles", [LAC_BAND_STD] = "std",
                                      [LAC_BAND_MINMAX] = "minmax", NULL };

/* ---- values of a run ---- */

static double interpolate(lac_axes axes, double x, const double *xs, const double *ys)
{
  double t = axes.xlog ? log(x / xs[0]) / log(xs[1] / xs[0]) : (x - xs[0]) / (xs[1] - xs[0]);
  if (!isfinite(ys[0]) || !isfinite(ys[1]))
    return INFINITY;
  return axes.ylog && ys[0] > 0 && ys[1] > 0 ? exp((1 - t) * log(ys[0]) + t * log(ys[1])) : (1 - t) * ys[0] + t * ys[1];
}

/* *row: the last one that is not behind x; it moves along.  Of several rows at one x the last counts. */
static double value_at(const lac_trace *t, lac_axes axes, double x, size_t *row)
{
  while (*row + 1 < t->rows && t->x[*row + 1] <= x)
    ++*row;
  int is_behind = t->rows == 0 || (*row + 1 == t->rows && x > t->x[*row]);
  if (is_behind && t->ending == LAC_DIVERGED)
    return t->diverged;
  double y = is_behind || x == t->x[*row] ? t->y[*row] : interpolate(axes, x, &t->x[*row], &t->y[*row]);
  return isnan(y) ? INFINITY : y;
}

/* ---- where a group begins and ends ---- */

static int goes_on(const lac_trace *t, double x) { return t->ending == LAC_DIVERGED || x <= t->x[t->rows - 1]; }

static int is_known(const lac_trace *trace, size_t traces, double x)
{
  size_t on = 0;
  for (const lac_trace *t = trace; t < trace + traces; t++) {
    if (t->ending == LAC_RAN_OUT && !goes_on(t, x))
      return 0;
    on += goes_on(t, x);
  }
  return 2 * on >= traces;
}

/* -INFINITY: a run has no row at all, so that nothing is known of it. */
static double first_x(const lac_trace *trace, size_t traces)
{
  double first = -INFINITY;
  for (const lac_trace *t = trace; t < trace + traces; t++) {
    if (t->rows == 0 && t->ending != LAC_DIVERGED)
      return -INFINITY;
    if (t->rows)
      first = fmax(first, t->x[0]);
  }
  return first;
}

/* The least x of any run above x; INFINITY at the end.  next: a row of each run, which moves along. */
static double next_x(const lac_trace *trace, size_t traces, double x, size_t *next)
{
  double least = INFINITY;
  for (size_t i = 0; i < traces; i++) {
    while (next[i] < trace[i].rows && trace[i].x[next[i]] <= x)
      next[i]++;
    if (next[i] < trace[i].rows)
      least = fmin(least, trace[i].x[next[i]]);
  }
  return least;
}

/* ---- centre and band ---- */

lac_point lac_group_summary(lac_summary_of of, double x, double *value, size_t values)
{
  lac_point p = { x, lac_centre_of(of.centre, value, values), 0, 0 };
  double deviation = 0;
  p.low = p.high = p.y;
  if (!isfinite(p.y) && of.centre != LAC_CENTRE_MEDIAN)
    return p;
  switch (of.band) {
  case LAC_BAND_NONE:
    break;
  case LAC_BAND_QUARTILES:
    p.low = lac_quantile(value, values, 0.25);
    p.high = lac_quantile(value, values, 0.75);
    break;
  case LAC_BAND_MINMAX:
    p.low = lac_quantile(value, values, 0);
    p.high = lac_quantile(value, values, 1);
    break;
  case LAC_BAND_STD:
    for (size_t i = 0; of.centre == LAC_CENTRE_GMEAN && i < values; i++)
      value[i] = log(value[i]);
    deviation = lac_deviation(value, values);
    if (!isfinite(deviation))
      break;
    p.low = of.centre == LAC_CENTRE_GMEAN ? p.y / exp(deviation) : p.y - deviation;
    p.high = of.centre == LAC_CENTRE_GMEAN ? p.y * exp(deviation) : p.y + deviation;
  }
  return p;
}

static int fill_points(const lac_trace *trace, size_t traces, lac_summary_of of, lac_axes axes, lac_point **point, size_t *count)
{
  size_t cap = 0, *row = lac_alloc(traces * sizeof *row), *next = lac_alloc(traces * sizeof *next);
  double *value = lac_alloc(traces * sizeof *value), x = first_x(trace, traces);
  int status = row && next && value ? LAC_OK : LAC_ENOMEM;
  for (; status == LAC_OK && isfinite(x) && is_known(trace, traces, x); x = next_x(trace, traces, x, next)) {
    for (size_t i = 0; i < traces; i++)
      value[i] = value_at(&trace[i], axes, x, &row[i]);
    if ((status = lac_grow(point, &cap, *count + 1, sizeof **point)) == LAC_OK)
      (*point)[(*count)++] = lac_group_summary(of, x, value, traces);
  }
  free(row);
  free(next);
  free(value);
  return status;
}

int lac_group_points(const lac_trace *trace, size_t traces, lac_summary_of of, lac_axes axes, lac_point **point, size_t *count)
{
  *point = NULL;
  *count = 0;
  int status = fill_points(trace, traces, of, axes, point, count);
  if (status != LAC_OK) {
    free(*point);
    *point = NULL;
  }
  return status;
}

/* ---- stretches ---- */

/* The end of the axis is in the last stretch; what is behind it, in one more. */
static size_t stretch_of(const lac_stretches *s, double x)
{
  if (x >= s->high)
    return x > s->high ? s->most : s->most - 1;
  double at = s->axes.xlog ? log(x / s->low) / log(s->high / s->low) : (x - s->low) / (s->high - s->low);
  return at > 0 ? (size_t)(at * (double)s->most) : 0;
}

static double mean_of(double sum, size_t count, int is_log) { return is_log ? exp(sum / (double)count) : sum / (double)count; }

/* As it is added up: its logarithm on a logarithmic axis. */
static double on_axis(const lac_stretches *s, double y)
{
  return s->axes.ylog ? log(y > 0 ? y : s->floor) : y;
}

/* Do the points from..end, with one neighbour on each side, go one way? */
static int goes_one_way(const lac_point *point, size_t count, size_t from, size_t end)
{
  int up = 0, down = 0;
  for (size_t i = from > 1 ? from : 1; i < count && i <= end; i++) {
    up |= point[i].y > point[i - 1].y;
    down |= point[i].y < point[i - 1].y;
  }
  return !(up && down);
}

static lac_point mean_point(const lac_stretches *s, const lac_point *p, size_t count, int is_plain)
{
  lac_point sum = { 0 }, extreme = { .low = p->low, .high = p->high };
  for (const lac_point *end = p + count; p < end; p++) {
    sum.x += s->axes.xlog ? log(p->x) : p->x;
    sum.y += on_axis(s, p->y);
    sum.low += on_axis(s, p->low);
    sum.high += on_axis(s, p->high);
    extreme.low = fmin(extreme.low, p->low);
    extreme.high = fmax(extreme.high, p->high);
  }
  lac_point mean = { mean_of(sum.x, count, s->axes.xlog), mean_of(sum.y, count, s->axes.ylog),
                     mean_of(sum.low, count, s->axes.ylog), mean_of(sum.high, count, s->axes.ylog) };
  if (!s->is_group && !is_plain)
    mean.low = extreme.low, mean.high = extreme.high;
  return mean;
}

size_t lac_thin_points(lac_point *point, size_t count, const lac_stretches *s, size_t *averaged)
{
  size_t kept = count > 0;
  int is_plain = 1;
  lac_point last = count ? point[count - 1] : (lac_point){ 0 };
  *averaged = 0;
  for (size_t i = kept, end; i < count; i = end) {
    size_t at = stretch_of(s, point[i].x);
    for (end = i + 1; end < count && stretch_of(s, point[end].x) == at;)
      end++;
    is_plain = end - i == 1 || goes_one_way(point, count, i, end);
    *averaged += !is_plain;
    point[kept++] = end - i == 1 ? point[i] : mean_point(s, &point[i], end - i, is_plain);
  }
  if (count > 1 && point[kept - 1].x != last.x) {      /* up to the end of the curve, where its stretch ends at it */
    double x = last.x;
    if (!is_plain)
      last = point[kept - 1];
    last.x = x;
    point[kept++] = last;
  }
  return kept;
}
