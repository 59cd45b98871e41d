#include "network/recorded.h"

lac_recorded lac_recorded_of(const lac_messages *m, uint64_t round, unsigned phase)
{
  size_t row = (size_t)round * m->phases + phase;
  return (lac_recorded){ m->clients, m->down[row], m->up + row * m->clients, m->takes_part ? m->takes_part + row * m->clients : NULL };
}

int lac_recorded_held(const lac_recorded *x, unsigned phase)
{
  int held = phase == 0 || x->down > 0;
  for (uint32_t i = 0; !held && i < x->clients; i++)
    held = x->up[i] > 0;
  return held;
}

/* Clients that take part in the exchanges of the rounds [first, last). */
static double count_parts(const lac_messages *m, uint64_t first, uint64_t last)
{
  double count = 0;
  for (uint64_t t = first; t < last; t++)
    for (unsigned k = 0; k < m->phases; k++) {
      lac_recorded x = lac_recorded_of(m, t, k);
      uint32_t held = lac_recorded_held(&x, k) ? x.clients : 0, parts = x.takes_part ? 0 : held;
      for (uint32_t i = 0; x.takes_part && i < held; i++)
        parts += x.takes_part[i];
      count += parts;
    }
  return count;
}

static int divide_calls(const lac_result *r, const lac_messages *m, double *calls)
{
  const double *round = lac_result_column(r, "round"), *total = lac_result_column(r, "oracle_calls");
  uint64_t t = 0;
  double each = 0;
  for (size_t i = 1; round && total && i < r->rows; i++) {
    if (!(round[i] >= (double)t) || round[i] > (double)m->rounds)
      return lac_fail(LAC_EFORMAT, "%s is damaged: it has rows up to round %.10g and messages of %llu rounds", r->path, round[i],
                      (unsigned long long)m->rounds);
    double parts = count_parts(m, t, (uint64_t)round[i]);
    each = parts > 0 ? (total[i] - total[i - 1]) / parts : 0;
    for (; t < (uint64_t)round[i]; t++)
      calls[t] = each;
  }
  for (; t < m->rounds; t++)
    calls[t] = each;
  return LAC_OK;
}

int lac_recorded_calls(const lac_result *r, const lac_messages *m, double **calls)
{
  *calls = lac_alloc((m->rounds + 1) * sizeof **calls);
  return *calls ? divide_calls(r, m, *calls) : LAC_ENOMEM;
}
