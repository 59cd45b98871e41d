/* EF21-Prox (Fatkhullin, Sokolov, Gorbunov, Li, Richtarik 2021): composite problems f + r, r known to the server alone.

     x = prox_{gamma r}(x - gamma g)      g as in EF21 (ef21.h)

     reg=l1      r = lambda |x|_1                       each coordinate towards 0 by gamma lambda
     reg=box     r = 0 on [-lambda, lambda]^d, else oo  each coordinate into the box
     reg=group   r = lambda sum |x_B|, blocks B of `group` coordinates

   The trace holds f and |grad f|^2 of the smooth part alone.  theory: gamma = 1/(2 (L + L_am xi(alpha))). */
#include "ef21.h"

#include <math.h>

enum { L1, BOX, GROUP };

typedef struct { ef21_params ef21; int reg; double lambda; uint64_t group; } params;
static const lac_option options[] = {
  EF21_GAMMA("1/(2 (L + L_am xi))"),
  EF21_INIT,
  { "reg", LAC_CHOICE, offsetof(params, reg), "l1", NULL, "l1|box|group", "what is added to f" },
  { "lambda", LAC_REAL, offsetof(params, lambda), "0.01", ">=0", NULL, "its weight; of a box, half its width" },
  { "group", LAC_UINT, offsetof(params, group), "2", ">=1", NULL, "coordinates of a block" },
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21prox" NEEDS_ALPHA); }

static int theory(const lac_env *e, double *gamma)
{
  LAC_TRY(lac_theory_am(e, gamma));
  *gamma /= 2;
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->ef21.gamma, theory); }

static void shrink(size_t d, double by, double *x)
{
  for (size_t j = 0; j < d; j++)
    x[j] = copysign(fmax(fabs(x[j]) - by, 0), x[j]);
}

static void clip(size_t d, double most, double *x)
{
  for (size_t j = 0; j < d; j++)
    x[j] = fmin(fmax(x[j], -most), most);
}

static void shrink_groups(size_t d, size_t group, double by, double *x)
{
  for (size_t at = 0; at < d; at += group) {
    size_t size = d - at < group ? d - at : group;
    double norm = sqrt(lac_norm_sq(size, x + at)), scale = norm > by ? 1 - by / norm : 0;
    for (size_t j = at; j < at + size; j++)
      x[j] *= scale;
  }
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  double gamma = p->ef21.gamma.value, *x = s->v[X];
  descend(e, s, gamma);
  switch (p->reg) {
  case L1: shrink(e->d, gamma * p->lambda, x); break;
  case BOX: clip(e->d, p->lambda, x); break;
  default: shrink_groups(e->d, p->group, gamma * p->lambda, x);
  }
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1,lambda=0", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,reg=box,lambda=1e9", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,reg=group,group=1", .with = "up=topk:k=2", .as = "ef21prox:gamma=0.1" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "reg=box,lambda=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21prox = {
  .name = "ef21prox",
  .summary = "EF21 with a proximal step at the server: l1, box or group regularisation",
  .reference = "Fatkhullin et al. 2021, arXiv:2110.03294",
  .options = options,
  .params_size = sizeof(params),
  .participation = "its theorem has no form with some of them; ef21pp has one, without the proximal step",
  .refuse = refuse,
  .resolve = resolve,
  EF21_CLIENT,
  EF21_SLOTS,
  .server_vecs = DESCENT_SERVER_VECS,
  .server_step = server_step,
  .certificates = certificates,
};
