/* D-EC-SGD with bias correction: error compensation around shifts h_i that are learnt by a second compressed vector, --up2.

     form=diana (EC-SGD-DIANA, Gorbunov, Kovalev, Makarenko, Richtarik 2020), --up2 unbiased:
       D_i = C(e_i + g_i - h_i + h)            q_i = Q(g_i - h_i)            both sent; h = (1/n) sum h_i
       e_i += g_i - h_i + h - D_i              h_i += a q_i, a = 1/(1 + omega)
       x -= gamma (1/n) sum D_i
     form=contractive, --up2 contractive:
       D_i = C(e_i + g_i - h_i)                q_i = C_2(g_i - h_i)
       e_i += g_i - h_i - D_i                  h_i += q_i
       x -= gamma (1/n) sum (h_i + D_i)        with the old h_i

   The first needs h at the clients, which costs a second vector down.  init=zero: h_i^0 = 0; init=exact: grad f_i(x_0), sent in full.
   The paper has gamma inside C; for a C with C(a x) = a C(x) and a constant gamma these are the same iterates.  Our own derivation of the
   second form from its description.  No step size of a theorem could be verified. */
#include "control.h"

enum { MIRROR_H = DESCENT_MIRROR_VECS, MIRROR_VECS };
enum { Q = CONTROL_SERVER_VECS, SERVER_VECS };
enum { DIANA, CONTRACTIVE };

typedef struct { control_params control; int form; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(control_params, gamma), "theory-qm", NULL, NULL,
    "step size: a number, theory-qm or theory-am (EF21's); *FACTOR", .step_size = 1 },
  { "form", LAC_CHOICE, offsetof(params, form), "diana", NULL, "diana|contractive", "how h_i is learnt" },
  { "init", LAC_CHOICE, offsetof(control_params, init), "zero", NULL, "zero|exact", "what h_i starts from" },
  { 0 }
};

static int form(const lac_env *e) { return ((const params *)e->params)->form; }

static const char *refuse(const lac_env *e)
{
  double constant;
  if (form(e) == DIANA && lac_omega_of(e, LAC_UP2, &constant))
    return "decsgd:form=diana needs an unbiased --up2 compressor, such as randk; form=contractive takes topk";
  if (form(e) == CONTRACTIVE && lac_alpha_of(e, LAC_UP2, &constant))
    return "decsgd:form=contractive needs a contractive --up2 compressor, such as topk";
  return without_alpha(e, "decsgd" NEEDS_ALPHA);
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((control_params *)p)->gamma, NULL); }

/* a */
static double rate(const lac_env *e)
{
  double omega = 0;
  return form(e) == DIANA && lac_omega_of(e, LAC_UP2, &omega) == LAC_OK ? 1 / (1 + omega) : 1;
}

static int send_x_and_h(const lac_env *e, lac_server *s, lac_msg *down)
{
  double *h = s->v[Q];
  LAC_TRY(control_send(e, s, down));
  if (is_start(e) || form(e) != DIANA)
    return LAC_OK;
  for (size_t j = 0; j < e->d; j++)
    h[j] = s->v[SHIFT][j] / e->n;
  LAC_TRY(lac_send(e, h, down));
  lac_zero(e->d, h);
  return LAC_OK;
}

static int take_x_and_h(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  LAC_TRY(control_host_recv(e, m, down));
  return is_start(e) || form(e) != DIANA ? LAC_OK : lac_receive(e, down, m->v[MIRROR_H]);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *diff = c->tmp[DIFF];
  if (is_start(e))
    return send_start(e, m, c, up);
  LAC_TRY(difference(e, m, c));
  lac_axpy(e->d, 1, m->v[MIRROR_H], diff);                 /* 0 in form=contractive */
  LAC_TRY(send_with_memory(e, c, 1, up));
  lac_axpy(e->d, -1, m->v[MIRROR_H], diff);
  return lac_compress(e, LAC_UP2, c->id, diff, up, rate(e), c->v[H]);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  LAC_TRY(control_recv(e, s, client, up, SHIFT));
  return is_start(e) ? LAC_OK : lac_decompress(e, LAC_UP2, client, up, rate(e), s->v[Q]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (is_start(e))
    return LAC_OK;
  if (form(e) == CONTRACTIVE)
    lac_axpy(e->d, 1, s->v[SHIFT], s->v[SUM]);
  descend(e, s, control_gamma(e));
  lac_axpy(e->d, 1, s->v[Q], s->v[SHIFT]);
  lac_zero(e->d, s->v[SUM]);
  lac_zero(e->d, s->v[Q]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  int first, second = 1;
  uint64_t bits = control_uplink_bits(e, &first) + (is_start(e) ? 0 : lac_part_bits(e, LAC_UP2, e->d, &second));
  *exact = first && second;
  return bits;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,form=contractive,init=exact", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=topk:k=2 up2=randk:k=2", .rounds = 40000 },
  { .claim = LAC_SOLVES, .options = "form=contractive", .with = "problem=quadratic:mu=0.1 up=topk:k=2 up2=topk:k=2", .rounds = 40000 },
  { .claim = LAC_KEEPS, .server_vec = SHIFT, .client_vec = H, .sum = 1, .as = "SHIFT = sum h_i" },
  { .claim = LAC_ALSO, .options = "form=contractive,init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_decsgd = {
  .name = "decsgd",
  .summary = "error compensation with shifts that a second compressed vector (--up2) learns: EC-SGD-DIANA, or with two biased compressors",
  .reference = "Gorbunov, Kovalev, Makarenko, Richtarik, NeurIPS 2020, arXiv:2010.12292; "
               "Gao, Islamov, Stich, ICLR 2024, arXiv:2311.05645",
  .options = options,
  .params_size = sizeof(params),
  .participation = "its paper has no form with some of them; ef14 and ef21pp have one",
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .sends_two = 1,
  .refuse = refuse,
  .resolve = resolve,
  .phases = control_phases,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CONTROL_CLIENT_VECS,
  .client_tmps = CONTROL_CLIENT_TMPS,
  .server_init = descent_init,
  .server_send = send_x_and_h,
  .host_recv = take_x_and_h,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
