/* PowerSGD (Vogels, Karimireddy, Jaggi, NeurIPS 2019), Algorithms 1 and 2: all clients share the factors of a power iteration on the mean,
   one all-reduce for P and one for Q.  For every matrix of the vector, from a common Q of rank r:

     client  M_i = grad f_i(x) + e_i,  sends P_i = M_i Q                                phase 0
     server  P = the mean of P_i, orthonormalised; sends it
     client  sends Q_i = M_i' P                                                        phase 1
     server  Q = the mean of Q_i; sends it, with the next round
     client  e_i = M_i - P Q'                  the error memory holds the averaged factors, so the mean of e_i is M - P P' M, M = mean M_i
     all     D = P Q',  x = x - gamma D;       with mu > 0, Nesterov's momentum as the paper has it:  v = mu v + D,  x = x - gamma (D + v)

   memory=no: no e_i, what a round does not keep is lost; start=cold: every round starts from a Q that is drawn.  Both are there to show
   what the paper's choices are for.

   Biases, vectors and matrices that are no larger than their factors (lowrank.h) go in full, with P.  Everybody who has heard
   P and Q makes the same step, so that x itself never travels.  Q starts from N(0,1), as does a column that has become 0.

   No step size is known from theory: what a power iteration keeps of a matrix has no bound that holds in every round.

   Longer than other methods' files: both ends hold the factors of every matrix, and in each phase something else of them travels. */
#include "compressors/parts/lowrank.h"
#include "algorithm.h"

/* The same vectors at the server and in the mirror.  AVERAGE is D.  FACTORS has a place for every part, at its offset: P and Q by columns,
   or what goes in full.  WORK holds what travels, packed; the server adds up what arrives there. */
enum { X, VELOCITY, AVERAGE, FACTORS, WORK, VECS };
enum { M, CLIENT_VECS };
enum { GRAD, PACKED = GRAD, CLIENT_TMPS };

typedef struct { double gamma, mu; uint64_t rank; int memory, start; } params;
enum { WARM, COLD };
static const lac_option options[] = {
  { "gamma", LAC_REAL, offsetof(params, gamma), "0.1", ">0", NULL, "step size", .step_size = 1 },
  { "mu", LAC_REAL, offsetof(params, mu), "0", "[0,1)", NULL, "momentum; 0: none, not the v of the paper, which would double gamma" },
  { "rank", LAC_UINT, offsetof(params, rank), "2", "[1,1000000]", NULL, "columns of the factors" },
  { "memory", LAC_CHOICE, offsetof(params, memory), "yes", NULL, "no|yes", "error feedback; no: what a round does not keep is lost" },
  { "start", LAC_CHOICE, offsetof(params, start), "warm", NULL, "warm|cold",
    "of a power iteration: the Q of the round before, or one that is drawn" },
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }

/* ---- parts ---- */

static int part_of(const lac_env *e, size_t i, lac_part *p)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  return lac_part_of(&s, of(e)->rank, i, p);
}

/* What travels of a part in a phase, and where it is in FACTORS. */
static size_t numbers(const lac_part *p, unsigned phase) { return phase == 0 ? (p->rank ? p->rank : 1) * p->rows : p->rank * p->cols; }
static size_t place(const lac_part *p, unsigned phase) { return p->offset + (phase == 0 ? 0 : p->rank * p->rows); }

static size_t total(const lac_env *e, unsigned phase)
{
  size_t sum = 0;
  lac_part p;
  for (size_t i = 0; part_of(e, i, &p); i++)
    sum += numbers(&p, phase);
  return sum;
}

static void unpack(const lac_env *e, unsigned phase, const double *packed, double *factors)
{
  lac_part p;
  for (size_t i = 0; part_of(e, i, &p); packed += numbers(&p, phase), i++)
    lac_copy(numbers(&p, phase), packed, factors + place(&p, phase));
}

static void pack(const lac_env *e, unsigned phase, const double *factors, double *packed)
{
  lac_part p;
  for (size_t i = 0; part_of(e, i, &p); packed += numbers(&p, phase), i++)
    lac_copy(numbers(&p, phase), factors + place(&p, phase), packed);
}

/* ---- what everybody does ---- */

/* Columns of Q that are 0, or all of them with start=cold, are drawn: of d numbers of the round, those at its own place. */
static void draw_columns(const lac_env *e, uint64_t round, double **v)
{
  int drawn = 0;
  lac_part p;
  for (size_t i = 0; part_of(e, i, &p); i++)
    for (size_t k = 0; k < p.rank; k++) {
      size_t at = place(&p, 1) + k * p.cols;
      if (of(e)->start == WARM && lac_largest(p.cols, v[FACTORS] + at) > 0)
        continue;
      if (!drawn++)
        lac_common_normal(e, round, e->d, v[WORK]);
      lac_copy(p.cols, v[WORK] + at, v[FACTORS] + at);
    }
  lac_zero(e->d, v[WORK]);
}

static int average(const lac_env *e, double **v)
{
  const double *factors = v[FACTORS];
  lac_part p;
  lac_zero(e->d, v[AVERAGE]);
  for (size_t i = 0; part_of(e, i, &p); i++)
    if (!p.rank)
      lac_copy(p.rows, factors + p.offset, v[AVERAGE] + p.offset);
    else if (lac_outer_add(&p, factors + place(&p, 0), factors + place(&p, 1), 1, v[WORK], v[AVERAGE] + p.offset))
      return lac_fail(LAC_EDIVERGED, "a product of factors is not finite");
  return LAC_OK;
}

/* The step of a round whose factors are known, with Q as it was sent: the columns that are drawn are for the next round.  p: the
   parameters of that round. */
static int step(const lac_env *e, const params *p, double **v)
{
  LAC_TRY(average(e, v));
  lac_axpy(e->d, -p->gamma, v[AVERAGE], v[X]);
  if (p->mu > 0) {
    for (size_t j = 0; j < e->d; j++)
      v[VELOCITY][j] = p->mu * v[VELOCITY][j] + v[AVERAGE][j];
    lac_axpy(e->d, -p->gamma, v[VELOCITY], v[X]);
  }
  return LAC_OK;
}

/* ---- the rounds ---- */

static const char *refuse(const lac_env *e)
{
  double alpha;
  for (unsigned phase = 0; phase < 2; phase++) {
    lac_site s = lac_lane_site(e, LAC_UP, total(e, phase));
    if (total(e, phase) && (lac_refuse(&s) || lac_alpha(&s, &alpha) || alpha < 1))
      return "powersgd sends its factors as they are; use --up=identity";
  }
  return NULL;
}

static unsigned phases(const lac_env *e)
{
  (void)e;
  return 2;
}

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[X]);
  draw_columns(e, 0, m->v);
  return LAC_OK;
}

/* In phase 1 P, in phase 0 the Q of the round before. */
static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (e->phase == 0 && e->round == 0)
    return LAC_OK;
  pack(e, !e->phase, s->v[FACTORS], s->v[WORK]);
  LAC_TRY(lac_send_part(e, total(e, !e->phase), s->v[WORK], down));
  lac_zero(e->d, s->v[WORK]);
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  if (e->phase == 0 && e->round == 0)
    return LAC_OK;
  LAC_TRY(lac_receive_part(e, total(e, !e->phase), down, m->v[WORK]));
  unpack(e, !e->phase, m->v[WORK], m->v[FACTORS]);
  if (e->phase == 0) {
    LAC_TRY(step(e, e->params_before, m->v));
    draw_columns(e, e->round, m->v);
  }
  return LAC_OK;
}

/* M = grad f_i(x) + e with e = (the M before) - D, which is 0 at first, and with memory=no always. */
static int accumulate(const lac_env *e, const lac_mirror *m, lac_client *c)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[X], c->tmp[GRAD]));
  for (size_t j = 0; j < e->d; j++)
    c->v[M][j] = c->tmp[GRAD][j] + (of(e)->memory ? c->v[M][j] - m->v[AVERAGE][j] : 0);
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *to = c->tmp[PACKED];
  lac_part p;
  if (e->phase == 0)
    LAC_TRY(accumulate(e, m, c));
  for (size_t i = 0; part_of(e, i, &p); to += numbers(&p, e->phase), i++) {
    const double *own = c->v[M] + p.offset, *other = m->v[FACTORS] + place(&p, !e->phase);
    if (!p.rank)
      lac_copy(numbers(&p, e->phase), own, to);
    else if (e->phase == 0)
      lac_times(&p, own, other, to);
    else
      lac_times_transposed(&p, own, other, to);
  }
  return total(e, e->phase) ? lac_compress_part(e, LAC_UP, c->id, total(e, e->phase), c->tmp[PACKED], up, 0, NULL) : LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return total(e, e->phase) ? lac_decompress_part(e, LAC_UP, client, total(e, e->phase), up, 1, s->v[WORK]) : LAC_OK;
}

/* All make a step of the factors that the clients are sent. */
static int round_factors(const lac_env *e, double *factors)
{
  lac_part p;
  for (size_t i = 0; part_of(e, i, &p); i++)
    LAC_TRY(lac_as_received(e, numbers(&p, e->phase), factors + place(&p, e->phase)));
  return LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  lac_part p;
  for (size_t j = 0; j < e->d; j++)
    s->v[WORK][j] /= e->n;
  unpack(e, e->phase, s->v[WORK], s->v[FACTORS]);
  lac_zero(e->d, s->v[WORK]);
  for (size_t i = 0; e->phase == 0 && part_of(e, i, &p); i++)
    lac_orthonormalise(p.rows, p.rank, s->v[FACTORS] + place(&p, 0));
  LAC_TRY(round_factors(e, s->v[FACTORS]));
  return e->phase == 1 ? step(e, of(e), s->v) : LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return total(e, e->phase) ? lac_part_bits(e, LAC_UP, total(e, e->phase), exact) : 0;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1,rank=1000000", .as = "gd:gamma=0.1" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1", .rounds = 20000 },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,rank=1000000,memory=no,start=cold", .as = "gd:gamma=0.1" },
  { .claim = LAC_ALSO, .options = "mu=0.5,rank=1" },
  { .claim = LAC_ALSO, .options = "rank=1,memory=no,start=cold" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_powersgd = {
  .name = "powersgd",
  .summary = "power iteration on the mean gradient: all clients share the factors, averaged P and averaged Q",
  .reference = "Vogels, Karimireddy, Jaggi 2019, arXiv:1905.13727",
  .options = options,
  .params_size = sizeof(params),
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .participation = "the memory e_i and x itself are made of the factors of every round, which a client that was away does not have",
  .server_vecs = VECS,
  .mirror_vecs = VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .phases = phases,
  .server_init = server_init,
  .server_send = server_send,
  .host_init = host_init,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
