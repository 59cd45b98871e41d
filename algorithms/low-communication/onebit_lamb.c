/* 1-bit LAMB (Li, Awan, Tang, Rajbhandari, He, HiPC 2022): LAMB until its variance is known, then momentum of one bit a coordinate, both
   ways (two_way.h), with a step size of every layer that follows what the momentum says of the variance.  Of layer l, with
   r_l = |x_l|/|p_l| where neither is 0, at most trust_max and at least trust_min, else 1, and p = m/(sqrt(v) + eps) + wd x:

     t <= freeze    m, v as in Adam, in full;  x_l = x_l - gamma r_l p_l;  c_l = beta3 c_l + (1-beta3) r_l, unless r_l is 1
     t  = freeze    w = v;  s_l = (the mean over layers of |m|/sqrt(size))/(|m_l|/sqrt(size_l)): all layers get momenta of the same size
     t >  freeze    z_i = s (beta1 m + (1-beta1) g_i);  m = (1/s) C'((1/n) sum C(z_i + e_i) + E);  v stays
                    w = beta2 w + (1-beta2) ((m - beta1 m')/(1-beta1))^2 with the m' before
                    f_l = max over j of (sqrt(v_j) + eps)/(sqrt(w_j) + eps), times q_l, plus 1 - q_l, q_l = min(1, |p_l - wd x_l|/|p_l|);
                    at most factor_max, at least factor_min, and within factor_step of the f_l before, relatively
                    x_l = x_l - gamma c_l f_l p_l

   Layers are the tensors of the problem; where it has none, x is one.  No bias correction.  As in the authors' code. */
#include "two_way.h"

/* SCALE is s, of every coordinate.  TRUST is c_l and FACTOR f_l, at the first coordinate of the layer. */
enum { W = COPY_VECS, SCALE, TRUST, FACTOR, LAMB_VECS };

typedef struct { two_way_params own; double trust_max, trust_min, beta3, factor_max, factor_min, factor_step; } params;
static const lac_option options[] = {
  TWO_WAY_OPTIONS("rounds of LAMB in full, before v stays as it is"),
  { "trust_max", LAC_REAL, offsetof(params, trust_max), "10", ">0", NULL, "largest |x|/|p| of a layer" },
  { "trust_min", LAC_REAL, offsetof(params, trust_min), "0.01", ">=0", NULL, "smallest |x|/|p| of a layer" },
  { "beta3", LAC_REAL, offsetof(params, beta3), "0.9", "[0,1)", NULL, "of the average of |x|/|p| that holds behind `freeze`" },
  { "factor_max", LAC_REAL, offsetof(params, factor_max), "4", ">0", NULL, "largest factor of that average" },
  { "factor_min", LAC_REAL, offsetof(params, factor_min), "0.5", ">=0", NULL, "smallest factor" },
  { "factor_step", LAC_REAL, offsetof(params, factor_step), "0.1", "[0,1]", NULL, "most that the factor changes in a round, relatively" },
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }
static talk talk_of(const lac_env *e) { return is_frozen(e) ? COMPRESSED : FULL; }

/* ---- layers ---- */

typedef struct { size_t at, size; } layer;

static size_t layer_count(const lac_env *e)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  return s.layer_count ? s.layer_count : 1;
}

static layer layer_of(const lac_env *e, size_t i)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  return s.layer_count ? (layer){ s.layers[i].offset, s.layers[i].rows * s.layers[i].cols } : (layer){ 0, e->d };
}

static double norm(layer l, const double *x) { return sqrt(lac_norm_sq(l.size, x + l.at)); }
static double within(double value, double least, double most) { return value > most ? most : value < least ? least : value; }

/* ---- until the variance is known ---- */

/* p, in the place of the mean that it was made from. */
LAC_VECTORISED
static void make_update(const two_way_params *p, size_t d, const double *restrict m, const double *restrict v, const double *restrict x,
                        double *restrict update)
{
  for (size_t j = 0; j < d; j++)
    update[j] = m[j] / (sqrt(v[j]) + p->eps) + p->wd * x[j];
}

static void step_of_layer(const lac_env *e, double **v, layer l)
{
  const params *p = of(e);
  double *update = v[MEAN], *trust = v[TRUST] + l.at, of_x = norm(l, v[X]), of_update = norm(l, update), ratio = 1;
  if (of_x > 0 && of_update > 0)
    ratio = within(of_x / of_update, p->trust_min, p->trust_max);
  if (ratio != 1)
    *trust = p->beta3 * *trust + (1 - p->beta3) * ratio;
  lac_axpy(l.size, -p->own.gamma * ratio, update + l.at, v[X] + l.at);
}

/* s and w.  A layer without momentum keeps its scale. */
static void freeze(const lac_env *e, double **v)
{
  size_t layers = layer_count(e);
  double mean = 0;
  for (size_t i = 0; i < layers; i++)
    mean += norm(layer_of(e, i), v[M]) / sqrt((double)layer_of(e, i).size) / (double)layers;
  for (size_t i = 0; i < layers; i++) {
    layer l = layer_of(e, i);
    double own = norm(l, v[M]) / sqrt((double)l.size);
    for (size_t j = l.at; j < l.at + l.size; j++)
      v[SCALE][j] = own > 0 ? mean / own : 1;
    v[FACTOR][l.at] = 1;
  }
  lac_copy(e->d, v[V], v[W]);
}

static void step_in_full(const lac_env *e, double **v)
{
  const two_way_params *p = two_way(e);
  move_moments(p, e->d, v[MEAN], v[M], v[V]);
  make_update(p, e->d, v[M], v[V], v[X], v[MEAN]);
  for (size_t i = 0; i < layer_count(e); i++)
    step_of_layer(e, v, layer_of(e, i));
  if (step_number(e) == p->freeze)
    freeze(e, v);
}

/* ---- afterwards ---- */

/* The new m and w, and the ratios of the denominators; m/(sqrt(v) + eps) in the place of the mean. */
LAC_VECTORISED
static void take_part(const two_way_params *p, size_t count, const double *restrict scale, const double *restrict v, double *restrict m,
                      double *restrict w, double *restrict mean, double *restrict ratio)
{
  for (size_t j = 0; j < count; j++) {
    double fresh = mean[j] / scale[j], g = (fresh - p->beta1 * m[j]) / (1 - p->beta1), below = sqrt(v[j]) + p->eps;
    m[j] = fresh;
    w[j] = p->beta2 * w[j] + (1 - p->beta2) * g * g;
    mean[j] = fresh / below;
    ratio[j] = below / (sqrt(w[j]) + p->eps);
  }
}

/* The largest ratio. */
static double take_momentum(const lac_env *e, double **v, layer l)
{
  enum { MANY = 512 };
  double ratio[MANY], most = 0;
  for (size_t at = l.at, end = l.at + l.size, count; at < end; at += count) {
    count = end - at < MANY ? end - at : MANY;
    take_part(two_way(e), count, v[SCALE] + at, v[V] + at, v[M] + at, v[W] + at, v[MEAN] + at, ratio);
    most = fmax(most, lac_largest(count, ratio));
  }
  return most;
}

static double factor_of(const lac_env *e, double most, double share, double before)
{
  const params *p = of(e);
  double factor = within(most * share + (1 - share), p->factor_min, p->factor_max);
  return within(factor, before * (1 - p->factor_step), before * (1 + p->factor_step));
}

static void compressed_step_of_layer(const lac_env *e, double **v, layer l)
{
  const params *p = of(e);
  double most = take_momentum(e, v, l), *update = v[MEAN], *factor = v[FACTOR] + l.at, share = 1;
  if (p->own.wd > 0) {
    double own = norm(l, update), all;
    lac_axpy(l.size, p->own.wd, v[X] + l.at, update + l.at);
    all = norm(l, update);
    share = own < all ? own / all : 1;
  }
  *factor = factor_of(e, most, share, *factor);
  lac_axpy(l.size, -p->own.gamma * v[TRUST][l.at] * *factor, update + l.at, v[X] + l.at);
}

static int make_step(const lac_env *e, double **v)
{
  if (talk_of(e) == FULL)
    step_in_full(e, v);
  for (size_t i = 0; talk_of(e) == COMPRESSED && i < layer_count(e); i++)
    compressed_step_of_layer(e, v, layer_of(e, i));
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *z = c->tmp[0];
  if (e->phase)
    return LAC_OK;
  LAC_TRY(lac_gradient(e, c, 0, m->v[X], z));
  if (talk_of(e) == COMPRESSED) {
    mix_momentum(two_way(e), e->d, m->v[M], z, z);
    for (size_t j = 0; j < e->d; j++)
      z[j] *= m->v[SCALE][j];
  }
  return send_up(e, c, z, up);
}

static const char *refuse(const lac_env *e)
{
  const params *p = of(e);
  if (p->trust_min > p->trust_max || p->factor_min > p->factor_max)
    return "onebit_lamb: trust_min and factor_min are at most trust_max and factor_max";
  const char *why = refuse_unused(e);
  return why ? why : two_way_refuse(e);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.01,freeze=0,trust_min=1,trust_max=1", .as = "onebit_adam:gamma=0.01,freeze=0" },
  { .claim = LAC_SOLVES, .options = "gamma=0.1,eps=1,freeze=50", .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2 down=topk:k=1",
    .rounds = 20000 },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=4" },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=6,chunks=2,wd=0.1,beta1=0.5" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_onebit_lamb = {
  .name = "onebit_lamb",
  .summary = "LAMB until the variance is known, then momentum in one bit a coordinate, both ways, and step sizes that follow it",
  .reference = "Li et al. 2022, arXiv:2104.06069",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_ONLY + LAMB_VECS,
  .mirror_vecs = LAMB_VECS,
  .client_vecs = TWO_WAY_CLIENT_VECS,
  .client_tmps = 1,
  .refuse = refuse,
  .client_step = client_step,
  .host_recv = two_way_host_recv,
  .server_step = two_way_server_step,
  TWO_WAY_SLOTS,
  .certificates = certificates,
};
