/* Error feedback as of 2014 (EF14, EC-SGD): the memory e_i holds what was not sent.

     form=scaled     v_i = C(e_i + gamma grad f_i(x_t))      e_i += gamma grad f_i(x_t) - v_i      x_{t+1} = x_t - (1/n) sum v_i
     form=unscaled   v_i = C(e_i + grad f_i(x_t))            e_i += grad f_i(x_t) - v_i            x_{t+1} = x_t - gamma (1/n) sum v_i

   The same iterates for a constant gamma and a C with C(a x) = a C(x).

   Seide, Fu, Droppo, Li, Yu 2014; Stich, Cordonnier, Jaggi 2018; Karimireddy, Rebjock, Stich, Jaggi 2019.

   theory: gamma = 1/(L + L_qm xi(alpha)), the step of EF21, at which the EF21 paper compares the two.  It is admissible here:
   with E_t = |(1/n) sum e_i| <= xi gamma |grad f_i| (l2 over t), descent on x - (1/n) sum e_i needs gamma <= 1/(L (1 + xi)) for equal f_i;
   clients that differ leave a floor of order (gamma L xi)^2 times their dissimilarity, whatever gamma.

   With a constraint or another simple part h of the problem, prox_{gamma h} after each step.  On a saddle point it is EF-GD (ef_gd is
   another name for it), and there is no theory.

   With --sample, (1/|S|) sum over S; e_i of the others stays as it is, as in fedef. */
#include "algorithms/parts/descent.h"

enum { E, CLIENT_VECS };

enum { SCALED, UNSCALED };

typedef struct { lac_step gamma; int form; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, theory (here theory-qm), theory-qm or theory-am; *FACTOR", .step_size = 1 },
  { "form", LAC_CHOICE, offsetof(params, form), "scaled", NULL, "scaled|unscaled", "the step size inside or outside the compressor" },
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef14" NEEDS_ALPHA); }

static int theory(const lac_env *e, double *gamma)
{
  LAC_TRY(needs_all_clients(e));
  LAC_TRY(needs_whole_space(e));
  if (lac_is_saddle(e))
    return lac_fail(LAC_ENOTSUP, "there is no theory for error feedback on saddle points; give gamma=NUMBER");
  return lac_theory_qm(e, gamma);
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

/* The step size on either side of C. */
static double inside(const lac_env *e)
{
  const params *p = e->params;
  return p->form == SCALED ? p->gamma.value : 1;
}

static double outside(const lac_env *e)
{
  const params *p = e->params;
  return p->form == SCALED ? 1 : p->gamma.value;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[GRAD]));
  lac_axpy(e->d, inside(e), c->tmp[GRAD], c->v[E]);               /* e + gamma grad */
  lac_copy(e->d, c->v[E], c->tmp[GRAD]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[GRAD], up, -1, c->v[E]);   /* e -= C(.) */
}

static int server_step(const lac_env *e, lac_server *s)
{
  descend_prox(e, s, outside(e), ((const params *)e->params)->gamma.value);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=theory", .as = "gd:gamma=theory" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,form=unscaled", .with = "up=topk:k=2", .as = "ef14:gamma=0.1" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2", .rounds = 20000 },      /* equal clients: no floor */
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .with = "up=topk:k=2 sample=uniform:s=3", .as = "fedef:K=1,eta=0.1" },
  { .claim = LAC_ALSO, .options = "form=unscaled" },
  { .claim = LAC_ALSO, .options = "gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef14 = {
  .name = "ef14",
  .summary = "error feedback of 2014: what was not sent is remembered and added to the next message",
  .reference = "Seide et al. 2014, doi:10.21437/Interspeech.2014-274; Stich, Cordonnier, Jaggi 2018, arXiv:1809.07599",
  .options = options,
  .params_size = sizeof(params),
  .saddle = LAC_SADDLE_TOO,
  .proximal = 1,
  .server_vecs = DESCENT_SERVER_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = DESCENT_CLIENT_TMPS,
  .refuse = refuse,
  .resolve = resolve,
  .client_step = client_step,
  .server_step = server_step,
  DESCENT_SLOTS,
  .partial = LAC_SOME_CLIENTS,
  .participation = "e_i keeps what its messages did not hold, and supposes that they arrive and count alike",
  .certificates = certificates,
};
