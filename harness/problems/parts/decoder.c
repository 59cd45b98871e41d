/* decoder.c: the passes of a transformer over a chunk.  transformer.c includes this file once for each precision: REAL is its type, T(name)
   the name with the precision behind it, PRECISION the member of lac_reals, ROOT the square root.

   N positions of a chunk are the rows of matrices.  A sum over a row has LANES partial sums, so that vectors of any length can follow its
   order. */
#define LANES 16
#define INLINE static inline __attribute__((always_inline))

/* ---- rows ---- */

INLINE REAL T(add_lanes)(REAL *lane)
{
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++)
      lane[l] += lane[l + half];
  return lane[0];
}

INLINE REAL T(sum_row)(size_t count, const REAL *x)
{
  REAL lane[LANES] = { 0 };
  size_t j = 0;
  for (; j + LANES <= count; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += x[j + l];
  for (size_t l = 0; j + l < count; l++)
    lane[l] += x[j + l];
  return T(add_lanes)(lane);
}

INLINE REAL T(sum_squares)(size_t count, const REAL *x, REAL mean)
{
  REAL lane[LANES] = { 0 };
  size_t j = 0;
  for (; j + LANES <= count; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += (x[j + l] - mean) * (x[j + l] - mean);
  for (size_t l = 0; j + l < count; l++)
    lane[l] += (x[j + l] - mean) * (x[j + l] - mean);
  return T(add_lanes)(lane);
}

INLINE REAL T(sum_products)(size_t count, const REAL *x, const REAL *y)
{
  REAL lane[LANES] = { 0 };
  size_t j = 0;
  for (; j + LANES <= count; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += x[j + l] * y[j + l];
  for (size_t l = 0; j + l < count; l++)
    lane[l] += x[j + l] * y[j + l];
  return T(add_lanes)(lane);
}

INLINE REAL T(largest)(size_t count, const REAL *x)
{
  REAL lane[LANES];
  size_t j = 0;
  for (size_t l = 0; l < LANES; l++)
    lane[l] = x[0];
  for (; j + LANES <= count; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] = x[j + l] > lane[l] ? x[j + l] : lane[l];
  for (size_t l = 0; j + l < count; l++)
    lane[l] = x[j + l] > lane[l] ? x[j + l] : lane[l];
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++)
      lane[l] = lane[l + half] > lane[l] ? lane[l + half] : lane[l];
  return lane[0];
}

/* Every row of C = b. */
LAC_VECTORISED
static void T(fill)(size_t rows, size_t cols, const REAL *restrict b, REAL *restrict c)
{
  for (size_t r = 0; r < rows; r++, c += cols)
    for (size_t k = 0; k < cols; k++)
      c[k] = b[k];
}

/* Every row of C += b. */
LAC_VECTORISED
static void T(add_to_rows)(size_t rows, size_t cols, const REAL *restrict b, REAL *restrict c)
{
  for (size_t r = 0; r < rows; r++, c += cols)
    for (size_t k = 0; k < cols; k++)
      c[k] += b[k];
}

/* g += the first `cols` entries of the rows of C, one every ld. */
LAC_VECTORISED
static void T(add_rows)(size_t rows, size_t cols, const REAL *restrict c, size_t ld, REAL *restrict g)
{
  for (size_t r = 0; r < rows; r++, c += ld)
    for (size_t k = 0; k < cols; k++)
      g[k] += c[k];
}

/* ---- layer norm: y = g xh + b, xh = (x - mean)/sqrt(variance + 1e-5) ---- */

LAC_VECTORISED
static void T(norm)(size_t rows, size_t D, const REAL *restrict x, const REAL *restrict g, const REAL *restrict b, REAL *restrict xh,
                    REAL *restrict r, REAL *restrict y)
{
  for (size_t i = 0; i < rows; i++, x += D, xh += D, y += D) {
    REAL mean = T(sum_row)(D, x) / (REAL)D, variance = T(sum_squares)(D, x, mean) / (REAL)D;
    REAL one_over = r[i] = 1 / ROOT(variance + (REAL)1e-5);
    for (size_t k = 0; k < D; k++) {
      xh[k] = (x[k] - mean) * one_over;
      y[k] = g[k] * xh[k] + b[k];
    }
  }
}

/* dy becomes q = dy g; dx += r (q - mean q - xh mean(q xh)). */
LAC_VECTORISED
static void T(norm_backward)(size_t rows, size_t D, const REAL *restrict xh, const REAL *restrict r, const REAL *restrict g,
                             REAL *restrict dy, REAL *restrict dx, REAL *restrict dg, REAL *restrict db)
{
  for (size_t i = 0; i < rows; i++, xh += D, dy += D, dx += D) {
    for (size_t k = 0; k < D; k++) {
      dg[k] += dy[k] * xh[k];
      db[k] += dy[k];
      dy[k] *= g[k];
    }
    REAL mean = T(sum_row)(D, dy) / (REAL)D, along = T(sum_products)(D, dy, xh) / (REAL)D;
    for (size_t k = 0; k < D; k++)
      dx[k] += r[i] * (dy[k] - mean - xh[k] * along);
  }
}

/* ---- attention ---- */

/* Row i of S (length x length, a row every ld) becomes softmax(scale S_ij) over j <= i, and 0 behind. */
LAC_VECTORISED
static void T(causal_softmax)(size_t length, size_t ld, REAL scale, REAL *restrict s)
{
  for (size_t i = 0; i < length; i++, s += ld) {
    size_t whole = (i / LANES + 1) * LANES, count = whole < length ? whole : length;
    for (size_t j = i + 1; j < count; j++)
      s[j] = s[i];
    REAL most = T(largest)(count, s);
    for (size_t j = 0; j < count; j++)
      s[j] = T(lac_exp_minus)((most - s[j]) * scale);
    for (size_t j = i + 1; j < length; j++)
      s[j] = 0;
    REAL share = 1 / T(sum_row)(count, s);
    for (size_t j = 0; j < count; j++)
      s[j] *= share;
  }
}

/* dA becomes dS = scale A (dA - rowsum(dO O)), 0 where A is. */
LAC_VECTORISED
static void T(softmax_backward)(size_t length, size_t dh, size_t ld, REAL scale, const REAL *restrict a, const REAL *restrict o,
                                const REAL *restrict d_o, REAL *restrict da)
{
  for (size_t i = 0; i < length; i++, a += length, da += length, o += ld, d_o += ld) {
    REAL sum = T(sum_products)(dh, o, d_o);
    size_t whole = (i / LANES + 1) * LANES, count = whole < length ? whole : length;
    for (size_t j = 0; j < count; j++)
      da[j] = a[j] * (da[j] - sum) * scale;
    for (size_t j = i + 1; j < length; j++)
      da[j] = 0;
  }
}

INLINE REAL T(attention_scale)(const lac_transformer *t) { return (REAL)(1 / sqrt((double)(t->width / t->heads))); }

static void T(attend)(const lac_transformer *t, size_t windows, size_t length, const lac_block_kept *k)
{
  size_t D = t->width, dh = D / t->heads, pairs = t->context * t->context;
  for (size_t w = 0; w < windows; w++)
    for (size_t e = 0; e < t->heads; e++) {
      const REAL *q = k->z.PRECISION + w * length * 3 * D + e * dh;
      REAL *s = k->attention.PRECISION + (w * t->heads + e) * pairs, *o = k->o.PRECISION + w * length * D + e * dh;
      T(lac_gemm)(CblasNoTrans, CblasTrans, length, length, dh, q, 3 * D, q + D, 3 * D, 0, s, length);
      T(causal_softmax)(length, length, T(attention_scale)(t), s);
      T(lac_gemm)(CblasNoTrans, CblasNoTrans, length, dh, length, s, length, q + 2 * D, 3 * D, 0, o, D);
    }
}

/* From dO to dz = [dQ dK dV]. */
static void T(attend_backward)(const lac_transformer *t, size_t windows, const lac_block_kept *k, const REAL *d_o)
{
  size_t D = t->width, L = t->context, dh = D / t->heads;
  REAL *da = t->da.PRECISION;
  for (size_t w = 0; w < windows; w++)
    for (size_t e = 0; e < t->heads; e++) {
      size_t at = w * L * D + e * dh;
      const REAL *q = k->z.PRECISION + w * L * 3 * D + e * dh, *a = k->attention.PRECISION + (w * t->heads + e) * L * L;
      REAL *dq = t->dz.PRECISION + w * L * 3 * D + e * dh;
      T(lac_gemm)(CblasTrans, CblasNoTrans, L, dh, L, a, L, d_o + at, D, 0, dq + 2 * D, 3 * D);
      T(lac_gemm)(CblasNoTrans, CblasTrans, L, L, dh, d_o + at, D, q + 2 * D, 3 * D, 0, da, L);
      T(softmax_backward)(L, dh, D, T(attention_scale)(t), a, k->o.PRECISION + at, d_o + at, da);
      T(lac_gemm)(CblasNoTrans, CblasNoTrans, L, dh, L, da, L, q + D, 3 * D, 0, dq, 3 * D);
      T(lac_gemm)(CblasTrans, CblasNoTrans, L, dh, L, da, L, q, 3 * D, 0, dq + D, 3 * D);
    }
}

/* ---- forwards ---- */

/* Y = X W' + b for rows X; W is out x in. */
static void T(affine)(size_t rows, size_t in, size_t out, const REAL *x, const REAL *w, const REAL *b, REAL *y)
{
  T(fill)(rows, out, b, y);
  T(lac_gemm)(CblasNoTrans, CblasTrans, rows, out, in, x, in, w, in, 1, y, out);
}

/* Y += X W' + b. */
static void T(add_affine)(size_t rows, size_t in, size_t out, const REAL *x, const REAL *w, const REAL *b, REAL *y)
{
  T(add_to_rows)(rows, out, b, y);
  T(lac_gemm)(CblasNoTrans, CblasTrans, rows, out, in, x, in, w, in, 1, y, out);
}

LAC_VECTORISED
static void T(embed)(const lac_transformer *t, size_t windows, size_t length, const REAL *x, REAL *restrict h)
{
  size_t D = t->width;
  for (size_t w = 0; w < windows; w++)
    for (size_t i = 0; i < length; i++, h += D) {
      const REAL *symbol = x + t->wte + t->symbols[w * (t->context + 1) + i] * D, *position = x + t->wpe + i * D;
      for (size_t k = 0; k < D; k++)
        h[k] = symbol[k] + position[k];
    }
}

static void T(block_forward)(const lac_transformer *t, size_t l, size_t windows, size_t length, const REAL *x)
{
  const lac_block_place *p = &t->block[l];
  const lac_block_kept *k = &t->kept[l];
  size_t D = t->width, rows = windows * length;
  REAL *h = t->h.PRECISION, *u = k->ge.PRECISION;
  T(norm)(rows, D, h, x + p->ln1g, x + p->ln1b, k->xh1.PRECISION, k->r1.PRECISION, k->n1.PRECISION);
  T(affine)(rows, D, 3 * D, k->n1.PRECISION, x + p->wqkv, x + p->bqkv, k->z.PRECISION);
  T(attend)(t, windows, length, k);
  T(add_affine)(rows, D, D, k->o.PRECISION, x + p->wo, x + p->bo, h);
  T(norm)(rows, D, h, x + p->ln2g, x + p->ln2b, k->xh2.PRECISION, k->r2.PRECISION, k->n2.PRECISION);
  T(affine)(rows, D, 4 * D, k->n2.PRECISION, x + p->wup, x + p->bup, u);
  T(lac_activate)(LAC_GELU, rows * 4 * D, u, k->slope.PRECISION);
  T(add_affine)(rows, 4 * D, D, u, x + p->wdown, x + p->bdown, h);
}

void T(lac_transformer_forward)(const lac_transformer *t, size_t windows, size_t length, const REAL *x)
{
  REAL *h = t->h.PRECISION;
  T(embed)(t, windows, length, x, h);
  for (size_t l = 0; l < t->depth; l++)
    T(block_forward)(t, l, windows, length, x);
  T(norm)(windows * length, t->width, h, x + t->lnfg, x + t->lnfb, t->xhf.PRECISION, t->rf.PRECISION, t->nf.PRECISION);
}

void T(lac_transformer_logits)(const lac_transformer *t, size_t first, size_t rows, const REAL *x)
{
  size_t D = t->width, V = t->vocab;
  T(lac_gemm)(CblasNoTrans, CblasTrans, rows, V, D, t->nf.PRECISION + first * D, D, x + t->head, D, 0, t->logits.PRECISION, V);
}

static size_t T(follower)(const lac_transformer *t, size_t row)
{
  return t->symbols[row / t->context * (t->context + 1) + row % t->context + 1];
}

LAC_VECTORISED
double T(lac_transformer_loss)(const lac_transformer *t, size_t windows, double share)
{
  size_t V = t->vocab;
  REAL *s = t->logits.PRECISION;
  double loss = 0;
  for (size_t row = 0; row < windows * t->context; row++, s += V) {
    size_t right = T(follower)(t, row);
    REAL most = T(largest)(V, s), below = most - s[right];
    for (size_t k = 0; k < V; k++)
      s[k] = T(lac_exp_minus)(most - s[k]);
    REAL sum = T(sum_row)(V, s), factor = (REAL)share / sum;
    for (size_t k = 0; k < V; k++)
      s[k] *= factor;
    s[right] -= (REAL)share;
    loss += below + lac_log(sum);
  }
  return loss;
}

uint64_t T(lac_transformer_right)(const lac_transformer *t, size_t windows)
{
  const REAL *s = t->logits.PRECISION;
  uint64_t right = 0;
  for (size_t row = 0; row < windows * t->context; row++, s += t->vocab) {
    size_t best = 0;
    for (size_t k = 1; k < t->vocab; k++)
      best = s[k] > s[best] ? k : best;
    right += s[best] == s[best] && best == T(follower)(t, row);      /* a NaN is the largest of none */
  }
  return right;
}

/* ---- backwards ---- */

/* Of Y = X W' + b, from dY: dW += dY'X, db += 1'dY, dX = dY W. */
static void T(affine_backward)(size_t rows, size_t in, size_t out, const REAL *x, const REAL *w, const REAL *dy, REAL *dw, REAL *db,
                               REAL *dx)
{
  T(lac_gemm)(CblasTrans, CblasNoTrans, out, in, rows, dy, out, x, in, 1, dw, in);
  if (db)
    T(add_rows)(rows, out, dy, out, db);
  T(lac_gemm)(CblasNoTrans, CblasNoTrans, rows, in, out, dy, out, w, in, 0, dx, in);
}

static void T(block_backward)(const lac_transformer *t, size_t l, size_t windows, const REAL *x, REAL *g)
{
  const lac_block_place *p = &t->block[l];
  const lac_block_kept *k = &t->kept[l];
  size_t D = t->width, rows = windows * t->context;
  REAL *dx = t->h.PRECISION, *dn = t->dn.PRECISION, *du = t->du.PRECISION, *dz = t->dz.PRECISION;
  T(affine_backward)(rows, 4 * D, D, k->ge.PRECISION, x + p->wdown, dx, g + p->wdown, g + p->bdown, du);
  T(lac_times_slope)(LAC_GELU, rows * 4 * D, NULL, k->slope.PRECISION, du);
  T(affine_backward)(rows, D, 4 * D, k->n2.PRECISION, x + p->wup, du, g + p->wup, g + p->bup, dn);
  T(norm_backward)(rows, D, k->xh2.PRECISION, k->r2.PRECISION, x + p->ln2g, dn, dx, g + p->ln2g, g + p->ln2b);
  T(affine_backward)(rows, D, D, k->o.PRECISION, x + p->wo, dx, g + p->wo, g + p->bo, dn);
  T(attend_backward)(t, windows, k, dn);
  T(affine_backward)(rows, D, 3 * D, k->n1.PRECISION, x + p->wqkv, dz, g + p->wqkv, NULL, dn);
  T(add_rows)(rows, D, dz, 3 * D, g + p->bqkv);      /* that of the keys stays 0: see lm.c */
  T(add_rows)(rows, D, dz + 2 * D, 3 * D, g + p->bqkv + 2 * D);
  T(norm_backward)(rows, D, k->xh1.PRECISION, k->r1.PRECISION, x + p->ln1g, dn, dx, g + p->ln1g, g + p->ln1b);
}

/* In the order of the positions, behind what a tied head has added. */
LAC_VECTORISED
static void T(embed_backward)(const lac_transformer *t, size_t windows, const REAL *restrict dx, REAL *restrict g)
{
  size_t D = t->width;
  for (size_t w = 0; w < windows; w++)
    for (size_t i = 0; i < t->context; i++, dx += D) {
      REAL *symbol = g + t->wte + t->symbols[w * (t->context + 1) + i] * D, *position = g + t->wpe + i * D;
      for (size_t k = 0; k < D; k++) {
        symbol[k] += dx[k];
        position[k] += dx[k];
      }
    }
}

void T(lac_transformer_backward)(const lac_transformer *t, size_t windows, const REAL *x, REAL *g)
{
  size_t D = t->width, rows = windows * t->context;
  REAL *dx = t->h.PRECISION, *dn = t->dn.PRECISION;
  T(affine_backward)(rows, D, t->vocab, t->nf.PRECISION, x + t->head, t->logits.PRECISION, g + t->head, NULL, dn);
  memset(dx, 0, rows * D * sizeof *dx);
  T(norm_backward)(rows, D, t->xhf.PRECISION, t->rf.PRECISION, x + t->lnfg, dn, dx, g + t->lnfg, g + t->lnfb);
  for (size_t l = t->depth; l-- > 0;)
    T(block_backward)(t, l, windows, x, g);
  T(embed_backward)(t, windows, dx, g);
}

#undef LANES
#undef INLINE
