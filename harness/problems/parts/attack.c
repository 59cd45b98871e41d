/* attack.c: the adversary of mlp.  mlp.c includes this file once for each precision: REAL is its type, T(name) the name with the precision
   behind it, PRECISION the member of lac_reals. */

/* Every feature of a goes up its slope by `step`, and back into the box around `from`. */
LAC_VECTORISED
static void T(ascend)(size_t count, REAL step, REAL radius, REAL least, REAL most, const REAL *restrict from, const REAL *restrict slope,
                      REAL *restrict a)
{
  for (size_t j = 0; j < count; j++) {
    REAL low = from[j] - radius, high = from[j] + radius, to = a[j] + (slope[j] > 0 ? step : slope[j] < 0 ? -step : 0);
    low = low < least ? least : low;
    high = high > most ? most : high;
    a[j] = to < low ? low : to > high ? high : to;
  }
}

/* The rows of a slice as they are in the data. */
static const REAL *T(dense_rows)(const model *k, const lac_slice *s, size_t *ld)
{
  REAL *room = k->gathered.PRECISION;
  if (!s->of->sparse)
    return T(lac_slice_dense)(s, room, ld);
  *ld = k->network.width[0];
  for (size_t r = 0; r < s->count; r++)
    T(lac_slice_row)(s, r, room + r * *ld);
  return room;
}

/* The rows of a slice after so many steps of the adversary, a matrix with a row every width[0]; their scores are in a[L].  right, where it
   is not NULL: right[r] becomes 0 where row r was wrong at one of the steps + 1 points. */
static const REAL *T(attack_rows)(const model *k, const lac_slice *s, const REAL *x, uint64_t steps, uint8_t *right)
{
  const lac_network *n = &k->network;
  size_t features = n->width[0], classes = n->width[n->layers], ld = 0;
  const REAL *from = T(dense_rows)(k, s, &ld);
  REAL *a0 = k->perturbed.PRECISION, *scores = n->a[n->layers].PRECISION, step = (REAL)(2.5 * k->epsilon / (double)steps);
  for (size_t r = 0; r < s->count; r++)
    memcpy(a0 + r * features, from + r * ld, features * sizeof *a0);
  for (uint64_t done = 0;; done++) {
    T(lac_network_forward)(n, s->count, x, a0, features);
    if (right)
      T(lac_slice_right)(s, classes, scores, right);
    if (done == steps)
      return a0;
    T(lac_slice_softmax)(s, classes, 1, scores);
    T(lac_network_backward)(n, s->count, x, a0, features, 1, NULL);
    for (size_t r = 0; r < s->count; r++)
      T(ascend)(features, step, (REAL)k->epsilon, (REAL)k->least, (REAL)k->most, from + r * ld, n->delta[0].PRECISION + r * features,
                a0 + r * features);
  }
}

/* An input that the adversary may not have, or least. */
static double T(find_outside)(const model *k, const lac_class_rows *of)
{
  REAL *row = k->perturbed.PRECISION;
  for (size_t r = 0; r < of->rows->m; r++) {
    lac_slice s = slice(k, of, NULL, r, of->rows->m);
    T(lac_slice_row)(&s, 0, row);
    for (size_t j = 0; j < k->network.width[0]; j++)
      if (!(row[j] >= (REAL)k->least && row[j] <= (REAL)k->most))
        return row[j];
  }
  return k->least;
}
