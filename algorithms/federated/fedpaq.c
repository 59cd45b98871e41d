/* FedPAQ (Reisizadeh, Mokhtari, Hassani, Jadbabaie, Pedarsani, AISTATS 2020): FedAvg whose messages are compressed without bias.

     y = x;  K times: y -= eta g_i(y);  Q(x - y) is sent;  x -= eta_g (1/|S|) sum Q(x - y)

   The noise of Q does not vanish at x*, since x - y does not: it stalls there, and drifts as FedAvg does. */
#include "local_steps.h"

static const lac_option options[] = { LOCAL_OPTIONS, { 0 } };

static const char *refuse(const lac_env *e)
{
  double omega;
  return lac_omega_of(e, LAC_UP, &omega) ? "fedpaq" NEEDS_OMEGA "; fedef takes contractive ones" : refuse_K(e);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1", .with = "up=identity", .as = "fedavg:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=1,eta_g=0.1", .with = "up=randk:k=4", .as = "gd:gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_fedpaq = {
  .name = "fedpaq",
  .summary = "FedAvg with unbiased compression; stalls at the noise of the compressor",
  .reference = "Reisizadeh, Mokhtari, Hassani, Jadbabaie, Pedarsani, AISTATS 2020, arXiv:1909.13014",
  .options = options,
  .params_size = sizeof(local_params),
  .refuse = refuse,
  .resolve = resolve_without_theory,
  .client_step = walk_and_send,
  FEDAVG_SLOTS,
  .partial = LAC_ANY_MESSAGES,
  .certificates = certificates,
};
