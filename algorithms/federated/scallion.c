/* SCALLION (Huang, Li, Li, ICLR 2024): SCAFFOLD with unbiased compression of scaled increments.

     delta_i = Q(alpha ((x - y)/(K eta) - c))     sent; y after K local steps (control_variates.h)
     c_i += delta_i

   alpha = 1 and no compression: SCAFFOLD.  E|c_i - g|^2 shrinks by (1-alpha)^2 + alpha^2 omega a round: alpha < 2/(1+omega), and least at
   theory, alpha = 1/(1+omega). */
#include "control_variates.h"

typedef struct { control_params control; lac_step alpha; int beyond; } params;
static const lac_option options[] = {
  CONTROL_OPTIONS,
  { "alpha", LAC_STEP, offsetof(params, alpha), "theory", NULL, NULL, "scale of the increments: a number, or theory = 1/(1 + omega)" },
  BEYOND_OPTION(params),
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double omega;
  if (!has_equal_K(e))
    return UNEQUAL_K("scallion", SERVER_KNOWS_ONE_K, "or ");
  return ((const params *)e->params)->beyond || lac_omega_of(e, LAC_UP, &omega) == LAC_OK ? refuse_K(e) :
         "scallion" NEEDS_OMEGA "; scafcom takes contractive ones; beyond=yes runs it all the same";
}

static int theory(const lac_env *e, double *alpha)
{
  double omega;
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  *alpha = 1 / (1 + omega);
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  double omega;
  LAC_TRY(resolve_without_theory(e, p));
  LAC_TRY(lac_step_resolve(e, &p->alpha, theory));
  if (!p->beyond && lac_omega_of(e, LAC_UP, &omega) == LAC_OK && p->alpha.value >= 2 / (1 + omega))
    return lac_fail(LAC_EUSER, "scallion diverges with alpha=%g: it has to be below 2/(1+omega) = %g; beyond=yes runs it all the same",
                    p->alpha.value, 2 / (1 + omega));
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double alpha = ((const params *)e->params)->alpha.value;
  if (is_init(e))
    return send_init(e, m, c, up);
  LAC_TRY(walk_to_increment(e, m, c));
  for (size_t j = 0; j < e->d; j++)
    c->tmp[INCREMENT][j] *= alpha;
  return lac_compress(e, LAC_UP, c->id, c->tmp[INCREMENT], up, 1, c->v[CI]);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "alpha=1,K=3,eta=0.1", .with = "up=identity", .as = "scaffold:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "alpha=1,K=3,eta=0.1,init=gradient", .with = "up=identity sample=uniform:s=3",
    .as = "scaffold:K=3,eta=0.1,init=gradient" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=randk:k=4", .rounds = 20000 },
  { .claim = LAC_KEEPS, .server_vec = C, .client_vec = CI, .as = "c = mean c_i" },
  { .claim = LAC_STARTS, .options = "init=gradient", .client_vec = CI, .as = "c_i = grad f_i(x_0)" },
  { .claim = LAC_ALSO, .options = "alpha=0.1,init=gradient" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_scallion = {
  .name = "scallion",
  .summary = "SCAFFOLD with an unbiased compressor and scaled increments",
  .reference = "Huang, Li, Li, ICLR 2024, arXiv:2308.08165",
  .options = options,
  .params_size = sizeof(params),
  .client_vecs = CONTROL_CLIENT_VECS,
  .refuse = refuse,
  .resolve = resolve,
  .client_step = client_step,
  SINGLE_SLOTS,
  .gradients = control_gradients,
  .certificates = certificates,
};
