/* SCAFCOM (Huang, Li, Li, ICLR 2024): SCAFFOLD with contractive compression and local momentum.

     v_i = (1-beta) v_i + beta ((x - y)/(K eta) + c_i - c)      the mean local gradient; y after K local steps (control_variates.h)
     delta_i = C(v_i - c_i)                                     sent
     c_i += delta_i

   beta = 1 and no compression: SCAFFOLD.  What was not sent stays in v_i - c_i: there is no other memory that could grow stale. */
#include "control_variates.h"

typedef struct { control_params control; double beta; } params;
static const lac_option options[] = {
  CONTROL_OPTIONS,
  { "beta", LAC_REAL, offsetof(params, beta), "0.2", "(0,1]", NULL, "momentum: weight of the new mean gradient; 1 without noise" },
  { 0 }
};
enum { VI = CONTROL_CLIENT_VECS, CLIENT_VECS };

static const char *refuse(const lac_env *e)
{
  double alpha;
  if (!has_equal_K(e))
    return UNEQUAL_K("scafcom", SERVER_KNOWS_ONE_K, "or ");
  return lac_alpha_of(e, LAC_UP, &alpha) ? "scafcom" NEEDS_ALPHA : refuse_K(e);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = e->params;
  double *v = c->v[VI], *increment = c->tmp[INCREMENT];
  if (is_init(e)) {
    LAC_TRY(send_init(e, m, c, up));
    lac_copy(e->d, c->v[CI], v);
    return LAC_OK;
  }
  LAC_TRY(walk_to_increment(e, m, c));
  for (size_t j = 0; j < e->d; j++)
    v[j] = (1 - p->beta) * v[j] + p->beta * (increment[j] + c->v[CI][j]);
  lac_sub(e->d, v, c->v[CI], increment);
  return lac_compress(e, LAC_UP, c->id, increment, up, 1, c->v[CI]);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "beta=1", .as = "scaffold" },
  { .claim = LAC_EQUALS, .options = "beta=1,K=3,eta=0.1,init=gradient", .with = "sample=uniform:s=3",
    .as = "scaffold:K=3,eta=0.1,init=gradient" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.1,init=gradient", .with = "up=topk:k=4", .as = "ef21sgdm:gamma=0.1,eta=0.2,init=exact" },
  /* local steps so short that all K gradients are those at x: momentum counts once a round */
  { .claim = LAC_EQUALS, .options = "K=4,eta=1e-7,eta_g=250000,init=gradient", .with = "up=topk:k=4",
    .as = "ef21sgdm:gamma=0.1,eta=0.2,init=exact", .tolerance = 1e-4 },
  { .claim = LAC_SOLVES, .options = "beta=1", .with = "problem=quadratic:mu=0.1 up=topk:k=4", .rounds = 10000 },
  { .claim = LAC_KEEPS, .server_vec = C, .client_vec = CI, .as = "c = mean c_i" },
  { .claim = LAC_STARTS, .options = "init=gradient", .client_vec = CI, .as = "c_i = grad f_i(x_0)" },
  { .claim = LAC_STARTS, .options = "init=gradient", .client_vec = VI, .as = "v_i = grad f_i(x_0)" },
  { .claim = LAC_ALSO, .options = "init=gradient" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_scafcom = {
  .name = "scafcom",
  .summary = "SCAFFOLD with a biased compressor and local momentum",
  .reference = "Huang, Li, Li, ICLR 2024, arXiv:2308.08165",
  .options = options,
  .params_size = sizeof(params),
  .client_vecs = CLIENT_VECS,
  .refuse = refuse,
  .resolve = resolve_without_theory,
  .client_step = client_step,
  SINGLE_SLOTS,
  .gradients = control_gradients,
  .certificates = certificates,
};
