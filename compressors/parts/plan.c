#include "plan.h"

#include <math.h>
#include <string.h>

enum { UNITS = LAC_PLAN_UNITS };

size_t lac_plan_room(size_t layers) { return 2 * (UNITS + 1) * sizeof(double) + layers * (UNITS + 1); }

/* UNITS + 1: does not fit. */
static unsigned units_of(double error, double budget)
{
  if (error == 0)
    return 0;
  return error <= budget ? (unsigned)ceil(error / budget * UNITS) : UNITS + 1;
}

/* now[u]: the least cost of the layers so far within u units, from `last` of one layer less; chosen[u]: the way of this one. */
static void add_layer(size_t ways, const double *error, const double *cost, double budget, const double *last, double *now, uint8_t *chosen)
{
  for (unsigned u = 0; u <= UNITS; u++)
    now[u] = INFINITY;
  memset(chosen, 0, UNITS + 1);
  for (size_t w = 0; w < ways; w++)
    for (unsigned u = units_of(error[w], budget), rest = 0; u <= UNITS; u++, rest++)
      if (last[rest] + cost[w] < now[u]) {
        now[u] = last[rest] + cost[w];
        chosen[u] = (uint8_t)w;
      }
}

static double total(size_t layers, size_t ways, const double *of, const uint8_t *way)
{
  double sum = 0;
  for (size_t i = 0; i < layers; i++)
    sum += of[i * ways + way[i]];
  return sum;
}

void lac_plan_layers(size_t layers, size_t ways, const double *error, const double *cost, void *room, uint8_t *way)
{
  double *last = room, *now = last + UNITS + 1;
  uint8_t *chosen = (uint8_t *)(now + UNITS + 1);
  memset(way, 0, layers);
  double budget = total(layers, ways, error, way), uniform = total(layers, ways, cost, way);
  for (unsigned u = 0; u <= UNITS; u++)
    last[u] = 0;
  for (size_t i = 0; i < layers; i++) {
    double *spare = last;
    add_layer(ways, error + i * ways, cost + i * ways, budget, last, now, chosen + i * (UNITS + 1));
    last = now;
    now = spare;
  }
  if (!(last[UNITS] < uniform))
    return;
  unsigned left = UNITS;
  for (size_t i = layers; i-- > 0;) {
    way[i] = chosen[i * (UNITS + 1) + left];
    left -= units_of(error[i * ways + way[i]], budget);
  }
  if (total(layers, ways, error, way) > budget)      /* by rounding */
    memset(way, 0, layers);
}
