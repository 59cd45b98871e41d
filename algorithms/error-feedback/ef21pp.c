/* EF21-PP (Fatkhullin, Sokolov, Gorbunov, Li, Richtarik 2021): EF21 with some clients at a time (--sample).

     c_i = C(grad f_i(x) - g_i) for i in S_t, 0 for the others      g_i += c_i      g = (1/n) sum over ALL g_i      (ef21.h)

   Everyone takes part in round 0, which makes g_i^0.

   theory: gamma = 1/(L + L_am xi(p alpha)), p the probability of taking part: C with probability p and 0 else is contractive with
   p alpha. */
#include "ef21.h"

static const lac_option options[] = { EF21_GAMMA("1/(L + L_am xi(p alpha))"), EF21_INIT, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21pp" NEEDS_ALPHA); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, ef21_theory_partial); }

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },      /* all clients */
  { .claim = LAC_SOLVES, .options = "gamma=theory*8", .with = "up=topk:k=2 sample=uniform:s=3", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .options = "init=exact", .with = "sample=uniform:s=5" },      /* of the mean over samples; here of one */
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_STARTS, .options = "init=exact", .client_vec = GI, .as = "g_i = grad f_i(x_0)" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21pp = {
  .name = "ef21pp",
  .summary = "EF21 with partial participation (--sample); the estimates of the others stay in the mean",
  .reference = "Fatkhullin et al. 2021, arXiv:2110.03294",
  .options = options,
  .params_size = sizeof(ef21_params),
  .partial = LAC_SOME_CLIENTS,
  .participation = "g_i moves with the message, and the mean of the g_i at the server has to move with it",
  .everyone = ef21_first_round,
  .refuse = refuse,
  .resolve = resolve,
  EF21_CLIENT,
  EF21_SERVER,
  EF21_SLOTS,
  .certificates = certificates,
};
