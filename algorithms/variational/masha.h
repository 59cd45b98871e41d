/* masha.h: what MASHA1, MASHA2 and their forms with batches share, on the exchanges of reference_point.h.  With z = z^k, w = w^k:

     half = prox_{gamma h}(tau z + (1-tau) w - gamma F(w))
     g_m  = the compressed F_m(half) - F_m(w); with BATCHES, of the same rows at half and at w
     z^{k+1} = prox_{gamma h}(tau z + (1-tau) w - gamma F(w) - gamma g)        without h: half - gamma g
     with probability 1-tau: w^{k+1} = z^k

   Z is the whole space in the paper, for MASHA2 at least; the form with h is that of Alacaoglu and Malitsky (2021).  FEEDBACK: gamma stands
   inside the compressor, e_m holds what a client did not send, and the step is - g. */
#ifndef LAC_MASHA_H
#define LAC_MASHA_H

enum { MORE = 0, ASKS = 0 };
#include "reference_point.h"

#include <math.h>

enum { ERROR = OWN_FW + 1, CLIENT_VECS };
enum { F, AT_W, CLIENT_TMPS };

/* Parameters of a method begin with these. */
typedef struct { lac_step gamma, tau; } masha_params;
#define MASHA_TAU(formula)                                                                                               \
  { "tau", LAC_STEP, offsetof(masha_params, tau), "0.75", NULL, NULL,                                                    \
    "1-tau is the probability of an exchange in full: a number in (0,1), or theory, where 1-tau = " formula ", at most 1/2" }

static const masha_params *masha(const lac_env *e) { return e->params; }
static double refresh_probability(const lac_env *e) { return 1 - masha(e)->tau.value; }

static void make_point(const lac_env *e, double **v)
{
  double tau = masha(e)->tau.value;
  lac_prox_point(e, tau, v[Z], 1 - tau, v[W], masha(e)->gamma.value, v[FW], v[HALF]);
}

static void prepare(const lac_env *e, double **v)
{
  make_point(e, v);
  lac_prox(e, masha(e)->gamma.value, v[HALF]);
}

static void move(const lac_env *e, double **v, int coin)
{
  make_point(e, v);
  lac_axpy(e->d, FEEDBACK ? -1 : -masha(e)->gamma.value, v[G], v[HALF]);
  lac_prox(e, masha(e)->gamma.value, v[HALF]);
  if (coin)
    lac_copy(e->d, v[Z], v[W]);
  lac_copy(e->d, v[HALF], v[Z]);
}

static int refresh(const lac_env *e, const lac_mirror *m, lac_client *c) { return lac_full_gradient(e, c, m->v[W], c->v[OWN_FW]); }

/* F_m(half) - F_m(w) into tmp[F]. */
static int make_difference(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  const double *at_w = c->v[OWN_FW];
  if (BATCHES) {
    LAC_TRY(lac_gradient(e, c, 0, m->v[HALF], c->tmp[F]));
    LAC_TRY(lac_gradient(e, c, 0, m->v[W], c->tmp[AT_W]));      /* step 0 again: the same rows */
    at_w = c->tmp[AT_W];
  } else
    LAC_TRY(lac_full_gradient(e, c, m->v[HALF], c->tmp[F]));
  lac_sub(e->d, c->tmp[F], at_w, c->tmp[F]);
  return LAC_OK;
}

static int answer(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *want = c->tmp[F];
  LAC_TRY(make_difference(e, m, c));
  if (!FEEDBACK)
    return lac_compress(e, LAC_UP, c->id, want, up, 0, NULL);
  for (size_t j = 0; j < e->d; j++)
    c->v[ERROR][j] = want[j] = masha(e)->gamma.value * want[j] + c->v[ERROR][j];
  return lac_compress(e, LAC_UP, c->id, want, up, -1, c->v[ERROR]);      /* e = wanted - sent */
}

/* 1-tau is the compression ratio, so that exchanges in full cost as much as the compressed ones. */
static int tau_by_ratio(const lac_env *e, double *tau)
{
  double ratio;
  if (FEEDBACK)
    LAC_TRY(lac_alpha_of(e, LAC_UP, &ratio));
  else {
    LAC_TRY(lac_omega_of(e, LAC_UP, &ratio));
    ratio = 1 / (1 + ratio);
  }
  *tau = 1 - fmin(ratio, 0.5);
  return LAC_OK;
}

static int masha_resolve(const lac_env *e, masha_params *p, lac_rule gamma)
{
  LAC_TRY(lac_step_resolve(e, &p->tau, tau_by_ratio));
  if (p->tau.value >= 1)
    return lac_fail(LAC_EUSER, "%s: tau=%g is no probability below 1; give a number in (0,1), or theory", MASHA_NAME, p->tau.value);
  return lac_step_resolve(e, &p->gamma, gamma);
}

/* ---- MASHA1: unbiased compressors ---- */

static inline const char *refuse_biased(const lac_env *e, const char *sentence)
{
  double omega;
  if (lac_omega_of(e, LAC_UP, &omega))
    return sentence;
  return lac_omega_of(e, LAC_DOWN, &omega) ? "the --down compressor of masha1 and vr_masha1 has to be unbiased, such as randk" : NULL;
}

/* Of batches: *E with (1/n) sum E|difference of a batch - that of all rows|^2 <= E |half - w|^2. */
static inline int batch_noise(const lac_env *e, double *noise)
{
  *noise = 0;
  return BATCHES && lac_has_batch(e) ? lac_row_smoothness_of(e, 0, noise) : LAC_OK;
}

/* E|g|^2 <= C^2 |half - w|^2.  With the messages' AB inequality, E|(1/n) sum Q_m(x_m)|^2 <= (1-B) |mean x|^2 + A (1/n) sum |x_m|^2. */
static inline int constant_of_g(const lac_env *e, double *C)
{
  lac_smoothness c;
  double A, B, serv, batch;
  LAC_TRY(lac_ab_of(e, &A, &B));
  LAC_TRY(lac_omega_of(e, LAC_DOWN, &serv));
  LAC_TRY(lac_smoothness_of(e, &c));
  LAC_TRY(batch_noise(e, &batch));
  *C = sqrt((1 + serv) * ((1 - B) * (c.L * c.L + batch / e->n) + A * (c.L_qm * c.L_qm + batch)));
  return LAC_OK;
}

static inline int unbiased_theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double C, mu, tau = masha(e)->tau.value;
  LAC_TRY(needs_all_clients(e));
  LAC_TRY(needs_whole_space(e));
  LAC_TRY(lac_smoothness_of(e, &c));
  LAC_TRY(constant_of_g(e, &C));
  if (lac_convexity_of(e, &mu))
    mu = c.L;      /* whatever it is, it is not more */
  *gamma = fmin(fmin(tau / mu, (1 - tau) / (2 * mu)), sqrt((1 - tau) / 2) / C);
  return LAC_OK;
}

/* ---- MASHA2: contractive compressors ---- */

static inline const char *refuse_uncontractive(const lac_env *e, const char *sentence)
{
  double alpha;
  if (lac_alpha_of(e, LAC_UP, &alpha))
    return sentence;
  return lac_alpha_of(e, LAC_DOWN, &alpha) ? "the --down compressor of masha2 and vr_masha2 has to be contractive, such as topk" : NULL;
}

#define MASHA_SLOTS REFERENCE_POINT_SLOTS, .params_size = sizeof(masha_params), .client_vecs = CLIENT_VECS, .client_tmps = CLIENT_TMPS

#endif
