/* SCAFFOLD (Karimireddy, Kale, Mohri, Reddi, Stich, Suresh, ICML 2020): local steps that subtract c_i and add c (control_variates.h).

     option=II: c_i = (x - y)/(K eta) - c + c_i, the mean of the K local gradients      option=I: c_i = g_i(x), one gradient more

   form=classic: x - y and the change of c_i are sent;  x -= eta_g (1/|S|) sum (x - y),  c += (1/n) sum of the changes.
   form=single (Huang, Li, Li, ICLR 2024): of option II the change of c_i alone, from which x - y follows; half the uplink, the same
   iterates up to rounding: last digits of x - y are lost where c is subtracted, so that no server can have them back.
   With --weights and --sample together the two forms differ by (n/|S|) sum_S w_i - 1 times c, which is 0 in the mean.

   K = 1, eta_g = 1 and all clients: gradient descent. */
#include "control_variates.h"

#include "elementary.h"
#include <math.h>

enum { CHANGES = CONTROL_SERVER_VECS, SERVER_VECS };      /* of c_i, form=classic: their sum */
enum { NEW_CI = LOCAL_CLIENT_TMPS, CLIENT_TMPS };
enum { II, I };
enum { SINGLE, CLASSIC };

typedef struct { control_params control; int option, form; } params;
static const lac_option options[] = {
  CONTROL_OPTIONS,
  { "option", LAC_CHOICE, offsetof(params, option), "II", NULL, "II|I", "what c_i becomes: the mean local gradient, or that at x" },
  { "form", LAC_CHOICE, offsetof(params, form), "single", NULL, "single|classic", "vectors sent up: one (option II alone), or two" },
  { 0 }
};

static uint64_t gradients(const lac_env *e, uint32_t client)
{
  return control_gradients(e, client) + (((const params *)e->params)->option == I);
}

static int is_classic(const lac_env *e) { return ((const params *)e->params)->form == CLASSIC; }

static const char *refuse(const lac_env *e)
{
  if (((const params *)e->params)->option == I && !is_classic(e))
    return "scaffold: option=I needs form=classic, since x - y does not follow from c_i = g_i(x)";
  if (!is_classic(e) && !has_equal_K(e))
    return UNEQUAL_K("scaffold", SERVER_KNOWS_ONE_K, "form=classic or ");
  return !sends_in_full(e) ? "scaffold sends its increments in full; scallion and scafcom are the methods that compress them" :
         refuse_K(e);
}

/* Theorem VII of Karimireddy et al., for S of n clients drawn without replacement and eta_g >= 1, with beta = max L_i:
     f_i mu-strongly convex    eta <= min(1/(81 beta K eta_g), S/(15 mu n K eta_g))
     else                      eta <= (S/n)^(2/3)/(24 beta K eta_g)
   Quoted from memory; t-oracle.py runs both with clients that are sampled. */
static int theory(const lac_env *e, double *eta)
{
  lac_smoothness c;
  double mu, share = lac_participation_of(e), steps = (double)local_K(e, 0) * local_eta_g(e);
  if (((const params *)e->params)->option == I || local_eta_g(e) < 1 || !has_equal_K(e))
    return lac_fail(LAC_ENOTSUP, "its theorem is about option=II, eta_g of at least 1 and the same K at all clients; give eta=NUMBER");
  LAC_TRY(lac_smoothness_of(e, &c));
  if (lac_convexity_of(e, &mu) == LAC_OK)
    *eta = fmin(1 / (81 * c.L_max * steps), share / (15 * mu * steps));
  else
    *eta = lac_exp(2.0 / 3 * lac_log(share)) / (24 * c.L_max * steps);
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return local_resolve(e, &((local_params *)p)->eta, theory); }

/* x - y and the change of c_i. */
static int send_both(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *change = c->tmp[NEW_CI];
  LAC_TRY(controlled_walk(e, m, c));
  LAC_TRY(lac_send(e, c->tmp[MOVED], up));
  if (((const params *)e->params)->option == I) {
    LAC_TRY(lac_gradient(e, c, (unsigned)local_K(e, c->id), m->v[MIRROR_X], change));
    lac_axpy(e->d, -1, c->v[CI], change);
  } else
    for (size_t j = 0; j < e->d; j++)
      change[j] = c->tmp[MOVED][j] / ((double)local_K(e, c->id) * local_eta(e)) - m->v[MIRROR_C][j];
  lac_axpy(e->d, 1, change, c->v[CI]);
  return lac_send(e, change, up);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (is_init(e))
    return send_init(e, m, c, up);
  if (is_classic(e))
    return send_both(e, m, c, up);
  LAC_TRY(walk_to_increment(e, m, c));
  return lac_compress(e, LAC_UP, c->id, c->tmp[INCREMENT], up, 1, c->v[CI]);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (is_init(e) || !is_classic(e))
    return control_server_recv(e, s, client, up);
  LAC_TRY(lac_receive_add(e, up, lac_weight(e, client), s->v[SUM]));
  return lac_receive_add(e, up, lac_weight(e, client), s->v[CHANGES]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (is_init(e) || !is_classic(e))
    return control_server_step(e, s);
  move_by_mean(e, s, local_eta_g(e));
  lac_axpy(e->d, 1.0 / e->n, s->v[CHANGES], s->v[C]);
  lac_zero(e->d, s->v[CHANGES]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  uint64_t bits = control_uplink_bits(e, exact);
  return is_classic(e) && !is_init(e) ? 2 * lac_dense_bits(e) : bits;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3,eta_g=1", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3,eta_g=1,init=gradient", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1,form=classic", .as = "scaffold:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1,form=classic,init=gradient", .with = "sample=uniform:s=3",
    .as = "scaffold:K=3,eta=0.1,init=gradient" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.1,option=I,form=classic", .with = "sample=uniform:s=3", .as = "scaffold:K=1,eta=0.1" },
  /* local steps so short that all K gradients are those at x: their mean is one of them */
  { .claim = LAC_EQUALS, .options = "K=4,eta=1e-7,eta_g=250000", .with = "sample=uniform:s=3", .as = "scaffold:K=1,eta=0.1",
    .tolerance = 1e-4 },
  { .claim = LAC_SOLVES, .rounds = 10000 },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 sample=uniform:s=3", .rounds = 10000 },
  { .claim = LAC_SOLVES, .options = "option=I,form=classic", .with = "problem=quadratic:mu=0.1 sample=uniform:s=3", .rounds = 10000 },
  { .claim = LAC_KEEPS, .server_vec = C, .client_vec = CI, .as = "c = mean c_i" },
  { .claim = LAC_STARTS, .options = "init=gradient", .client_vec = CI, .as = "c_i = grad f_i(x_0)" },
  { .claim = LAC_ALSO, .options = "K=3,init=gradient" },
  { .claim = LAC_ALSO, .options = "K=3,option=I,form=classic" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_scaffold = {
  .name = "scaffold",
  .summary = "local steps with control variates: no client drift, some clients at a time",
  .reference = "Karimireddy et al., ICML 2020, arXiv:1910.06378; Huang, Li, Li, ICLR 2024, arXiv:2308.08165",
  .options = options,
  .params_size = sizeof(params),
  .client_vecs = CONTROL_CLIENT_VECS,
  .refuse = refuse,
  .resolve = resolve,
  .client_step = client_step,
  CONTROL_SLOTS,
  .gradients = gradients,
  .server_vecs = SERVER_VECS,
  .client_tmps = CLIENT_TMPS,
  .server_recv = server_recv,
  .server_step = server_step,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
