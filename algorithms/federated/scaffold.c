/* SCAFFOLD (Karimireddy, Kale, Mohri, Reddi, Stich, Suresh, ICML 2020, option II) in the form that needs one message up
   (Huang, Li, Li, ICLR 2024): the same iterates, half the uplink.

     delta_i = (x - y)/(K eta) - c        sent; y after K local steps (local_steps.h)
     c_i += delta_i

   K = 1, eta_g = 1 and all clients: gradient descent. */
#include "local_steps.h"

static const lac_option options[] = { LOCAL_OPTIONS, { 0 } };

static const char *refuse(const lac_env *e)
{
  double omega;
  int unbiased = lac_omega_of(e, LAC_UP, &omega) == LAC_OK;
  return unbiased && omega == 0 ? NULL : "scaffold sends its increments in full; scafcom is the method that compresses them";
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (is_init(e))
    return send_init(e, m, c, up);
  LAC_TRY(local_steps(e, m, c));
  return lac_compress(e, LAC_UP, c->id, c->tmp[INCREMENT], up, 1, c->v[CI]);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3,eta_g=1", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3,eta_g=1,init=gradient", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .rounds = 10000 },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 sample=uniform:s=3", .rounds = 10000 },
  { .claim = LAC_KEEPS, .server_vec = C, .client_vec = CI, .as = "c = mean c_i" },
  { .claim = LAC_STARTS, .options = "init=gradient", .client_vec = CI, .as = "c_i = grad f_i(x_0)" },
  { .claim = LAC_ALSO, .options = "K=3,init=gradient" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_scaffold = {
  .name = "scaffold",
  .summary = "local steps with control variates: no client drift, some clients at a time",
  .reference = "Karimireddy et al., ICML 2020, arXiv:1910.06378; Huang, Li, Li, ICLR 2024, arXiv:2308.08165",
  .options = options,
  .params_size = sizeof(local_params),
  .client_vecs = LOCAL_CLIENT_VECS,
  .refuse = refuse,
  .client_step = client_step,
  LOCAL_SLOTS,
  .certificates = certificates,
};
