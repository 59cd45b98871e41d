/* algorithm.h: the contract of a method, and all that a method may use.

   A method is one file algorithms/FAMILY/NAME.c that ends with `const lac_algorithm_type lac_algorithm_NAME`.  Its functions are called
   in the order of a round.  What a function is not handed, it does not know: a client sees its own state and what
   the server broadcast, the server sees messages.  State is vectors of d doubles, allocated (zeroed, 64-byte aligned)
   by the harness and named by enums: `enum { X, G, SERVER_VECS }; ... s->v[G]`.

   Round t starts at x_t, evaluates the clients there and ends with x_{t+1}.  A round is one exchange, or several (phases): each
   is server_send, host_recv, client_step, server_recv, server_step, with e->phase set.  In an exchange that hands on there is no server:
   client_step, client_recv. */
#ifndef LAC_ALGORITHM_H
#define LAC_ALGORITHM_H

#include "certificate.h"
#include "compressor.h"
#include "theory.h"
#include "vec.h"

/* What every function may read.  Constant during an exchange. */
typedef struct lac_env {
  size_t d;                    /* coordinates */
  uint32_t n;                  /* clients */
  uint64_t round;              /* t, from 0 */
  unsigned phase;              /* of the round, from 0: which of its exchanges */
  uint64_t sent;               /* round in which the message at hand was sent: round - lag in server_recv, else round */
  uint32_t participants;       /* clients that take part in this exchange and are heard, 1..n */
  uint32_t draws;              /* how often these were drawn: participants, or more with --sample=weighted */
  const void *params;          /* the method's options, resolved; those marked .step_size are of this round, so keep none of them */
  const void *params_before;   /* the same of the round before: for a step that a host makes one round after the server */
  const lac_compressor *up;    /* compressor of client -> server messages */
  const lac_compressor *up2;   /* and of the second vector in them */
  const lac_compressor *down;  /* and of server -> client messages */
  struct lac_run *run;         /* the harness; opaque */
} lac_env;

typedef struct {
  double **v;
  double **of;                 /* in server_recv: what the server keeps of the client whose message it is, server_client_vecs of them */
} lac_server;                                  /* on rank 0 only */
typedef struct { double **v; } lac_mirror;     /* what a rank knows from broadcasts; read-only for clients */
typedef struct {
  uint32_t id;
  double **v;                  /* kept from round to round */
  double **tmp;                /* scratch, shared by the clients of a rank: garbage on entry */
  const void *shard;
  uint64_t steps;              /* of .counts_steps: rounds before this one in which it took part; of others: the round */
} lac_client;

/* Which clients a method can do without (partial). */
typedef enum {
  LAC_ALL_CLIENTS,      /* none: every client in every round */
  LAC_SOME_CLIENTS,     /* --sample: those that were not drawn; every message arrives and counts once */
  LAC_ANY_MESSAGES      /* besides, messages may be lost (--dropout) or count several times (--sample=weighted): server_recv multiplies by
                           lac_weight, and nothing that a client keeps supposes that its message arrived */
} lac_partial;

/* How a method follows --weights, f = sum w_i f_i (weighing). */
typedef enum {
  LAC_WEIGHS_NOTHING,   /* it does not say: refused */
  LAC_WEIGHS_FUNCTIONS, /* client i's function is n w_i f_i: lac_gradient scales, L_i scales too, and the method sees a plain mean */
  LAC_WEIGHS_MESSAGES   /* clients walk on their own f_i, and server_recv multiplies by lac_weight */
} lac_weighing;

/* Whether it is for saddle points, F(z) = 0 with F = (grad_u f, -grad_v f) in place of a gradient. */
typedef enum {
  LAC_MINIMISES,
  LAC_SADDLE_TOO,       /* it minimises; on saddle points it is a baseline */
  LAC_SADDLE            /* made for them; it may minimise, too */
} lac_saddle;

enum { LAC_SERVER_SPEAKS = 1, LAC_CLIENTS_SPEAK = 2 };

typedef struct lac_algorithm_type {
  const char *name, *summary;
  const char *reference;       /* of the paper, with its arXiv:NUMBER, doi:DOI or bib:KEY, by which laconic cite finds the entry */
  const char *bibtex;          /* that entry, where registry/papers.bib has none; NULL: it has */
  /* It is another name for a method, "gd": the options and all else are those of that one, and all members below are NULL. */
  const char *stands_for;
  const lac_option *options;
  size_t params_size;
  unsigned server_vecs, mirror_vecs, client_vecs, client_tmps;
  unsigned server_client_vecs; /* vectors that the server keeps of every client: n times this many */
  lac_partial partial;
  const char *participation;   /* why it can do without no more than `partial` says: a clause, for the sentence that refuses */
  lac_weighing weighing;
  int counts_steps;            /* uses lac_client.steps */
  int compresses_down;         /* uses e->down */
  int sends_two;               /* uses e->up2 */
  int (*sends_second)(const lac_env *e);      /* whether it uses e->up2 with these options; NULL: as sends_two says */
  int uneven;                  /* client 0 has a task of its own and sends more than the others */
  int losses;                  /* uses lac_loss, in place of gradients, which are what --clip and --dp change: both are refused */
  int draws_apart;             /* clients draw what they do, each for itself: several with equal data are not one */
  int needs_solution;          /* lac_solution_of: x* is found before round 0 */
  lac_saddle saddle;
  int proximal;                /* uses lac_prox: runs on problems with a constraint or another simple part */
  const char *whole;           /* why it asks for gradients of all rows alone: a clause, for the sentence that refuses --batch; or NULL */

  /* NULL, or why this method cannot run here ("ef21 needs a contractive compressor; ...").  May be NULL. */
  const char *(*refuse)(const lac_env *e);
  /* Replace every `theory` option by its number; collective (it may ask for smoothness constants).  ENOTSUP when a constant
     is unknown.  May be NULL. */
  int (*resolve)(const lac_env *e, void *params);

  /* Exchanges of this round, the same on all ranks.  NULL: 1. */
  unsigned (*phases)(const lac_env *e);
  /* Who has something to say in this round: LAC_SERVER_SPEAKS | LAC_CLIENTS_SPEAK, the same on all ranks.  NULL: both, always.  Rounds of
     silence cost no communication. */
  unsigned (*speaks)(const lac_env *e);
  /* 1: all clients take part in this exchange, whatever --sample says: the one from which all of them start (g_i^0, c_i).  The same on
     all ranks.  NULL: never. */
  int (*everyone)(const lac_env *e);
  /* The round whose draw of clients holds in this one, at most e->round; the same on all ranks.  NULL: this one. */
  uint64_t (*sampled_in)(const lac_env *e);
  /* Late delivery: the message of round t reaches server_recv in round t + lag, whatever the network does.  NULL: 0.  One phase, all
     clients, and uplink_bits is the size of the message or a bound near it. */
  unsigned (*lag)(const lac_env *e);
  /* 1: in this exchange the message of client i goes to client i + 1, that of the last one to client 0, and none to the server, which is
     silent.  These are the first exchanges of a round, and another one follows; the same on all ranks.  All clients take part, nothing is
     late.  NULL: never. */
  int (*hands_on)(const lac_env *e);

  /* Of a method without a server these are NULL, and server_vecs is 0: */
  int (*server_init)(const lac_env *e, lac_server *s, const double *x0);             /* rank 0 */
  int (*host_init)(const lac_env *e, lac_mirror *m, const double *x0);               /* every rank; x0 is known to all.  NULL: zeros */
  int (*server_send)(const lac_env *e, lac_server *s, lac_msg *down);                /* rank 0: one message for all */
  int (*host_recv)(const lac_env *e, lac_mirror *m, lac_msg *down);                  /* every rank, once a round */
  int (*client_step)(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up);
  int (*server_recv)(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up); /* rank 0, ascending id */
  int (*server_step)(const lac_env *e, lac_server *s);                               /* rank 0: x_{t+1} */
  /* Before round 0, for every client.  NULL: zeros. */
  int (*client_init)(const lac_env *e, lac_client *c, const double *x0);
  /* In an exchange that hands on, when all clients have made their step: client c gets the message of the client before it. */
  int (*client_recv)(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *from);

  /* Gradients that a client asks for in a round, at most, each with a step or a phase of its own: --dp counts them.  NULL: 1. */
  uint64_t (*gradients)(const lac_env *e, uint32_t client);
  /* Where the iterate is: its index among the server's vectors or, of a method with client_recv, among those of every client, which all
     have the same one.  They change it in the last exchange of a round, which is not the first one, nor one that hands on. */
  unsigned iterate;
  /* Bits of one uplink message of this round: the number (*exact = 1) or an upper bound (0).  Checked on every message. */
  uint64_t (*uplink_bits)(const lac_env *e, int *exact);
  /* What can be checked besides this contract, ending with { 0 }: certificate.h.  NULL: nothing. */
  const lac_certificate *certificates;
} lac_algorithm_type;

/* ---- what a method may call, beside theory.h; harness/run/ defines it (oracle.c, lane.c) ---- */

/* g = a gradient of f_i at x (of a saddle point: F_i(x)): of the whole shard or, with --batch, of rows drawn for (client, round,
   phase, step), the same rows (and noise, where the problem has some) whenever these are the same.  Steps of an exchange count from 0:
   with --batch=...,order=epoch step k of a client uses the k-th batch after those of its exchanges before.  Counted as one oracle call
   and, in `samples`, as so many rows.  With --clip=C it is scaled down to a norm of at most C. */
int lac_gradient(const lac_env *e, const lac_client *c, unsigned step, const double *x, double *g);

/* f = the loss on the rows that lac_gradient of this step has, without noise; counted alike.  For methods with .losses. */
int lac_loss(const lac_env *e, const lac_client *c, unsigned step, const double *x, double *f);

/* Steps that one pass over a client's rows takes with --batch, ceil(m_i/B_i); 1 without.  The same on all ranks. */
uint64_t lac_epoch_steps(const lac_env *e, uint32_t client);
/* Of the client that has fewest, and of the one that has most. */
void lac_epoch_steps_of(const lac_env *e, uint64_t *least, uint64_t *most);

/* Whether there is a --batch. */
int lac_has_batch(const lac_env *e);

/* The gradient of the whole shard, also with --batch, and without noise; with --clip=C scaled, too. */
int lac_full_gradient(const lac_env *e, const lac_client *c, const double *x, double *g);

/* ---- the simple part h of the problem, which all know, so that nothing of it travels (problem.h) ----

   A step of z along v is lac_prox_point(e, 1, z, 0, NULL, gamma, v, to); lac_prox(e, gamma, to).  Where h = 0 that is to = z - gamma v. */

/* to = a grad psi(z) + b grad psi(w) - gamma v: with psi = |.|^2/2, a z + b w - gamma v.  w NULL: without it.  `to` may be v. */
void lac_prox_point(const lac_env *e, double a, const double *z, double b, const double *w, double gamma, const double *v, double *to);
/* From that point to one of the domain, in place: x = prox_{gamma h}(x).  h = 0: as it is. */
void lac_prox(const lac_env *e, double gamma, double *x);
/* Whether h is there. */
int lac_is_proximal(const lac_env *e);
/* Whether the problem is a saddle point. */
int lac_is_saddle(const lac_env *e);

/* ---- what a message counts, in server_recv ----

   (1/e->draws) sum lac_weight(e, i) v_i over the participants is an unbiased estimate of the mean that defines f: of sum w_i v_i with
   LAC_WEIGHS_MESSAGES, else of (1/n) sum v_i.  A client that was drawn k times with probability q_i a draw counts k w_i/q_i:

     full, uniform, bernoulli   n w_i            so that the estimate is (n/|S|) sum_S w_i v_i
     weighted                   k n w_i/(n q_i)  with --weights=size: k, the plain mean of the draws

   What the server adds up over rounds, once for each client (c = sum w_i c_i), is (1/n) sum lac_weight(e, i) v_i of a method that is not
   LAC_ANY_MESSAGES. */
double lac_weight(const lac_env *e, uint32_t client);
/* --weights is not uniform. */
int lac_is_weighted(const lac_env *e);

/* ---- compressed vectors: on the lane of --up, of --up2 or of --down ---- */

/* Append C(x) to the message and then read it back: y += s * C(x) with exactly what the other side will decode.  y may be NULL.
   client: whose message it is; the server's own, on LAC_DOWN, is of client e->n.  Each call draws from a stream of its own, (client,
   round, how many compressed vectors came before), which the decoder is handed, too. */
int lac_compress(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y);
/* The other side: y += s * (the next compressed vector of the message). */
int lac_decompress(const lac_env *e, lac_lane lane, uint32_t client, lac_msg *m, double s, double *y);
/* The same for `size` numbers that are not a whole vector: a fragment, a layer. */
int lac_compress_part(const lac_env *e, lac_lane lane, uint32_t client, size_t size, const double *x, lac_msg *m, double s, double *y);
int lac_decompress_part(const lac_env *e, lac_lane lane, uint32_t client, size_t size, lac_msg *m, double s, double *y);
uint64_t lac_part_bits(const lac_env *e, lac_lane lane, size_t size, int *exact);
/* .uplink_bits of a method whose message is one lac_compress on LAC_UP. */
uint64_t lac_compressed_bits(const lac_env *e, int *exact);
/* A vector of that length on a lane, for what depends on neither client nor stream: constants, bits, refusals. */
lac_site lac_lane_site(const lac_env *e, lac_lane lane, size_t size);

/* ---- vectors in full ----

   A client sends 64 bits a coordinate.  The server sends them in the format of --broadcast, so that clients may hold a rounded vector where
   the server holds the vector itself.  A server that computes from what its clients were sent, as they do, rounds its own first. */

int lac_send(const lac_env *e, const double *x, lac_msg *m);
int lac_receive(const lac_env *e, lac_msg *m, double *x);                    /* x = */
int lac_receive_add(const lac_env *e, lac_msg *m, double s, double *y);      /* y += s x */
int lac_send_part(const lac_env *e, size_t size, const double *x, lac_msg *m);
int lac_receive_part(const lac_env *e, size_t size, lac_msg *m, double *x);
uint64_t lac_dense_bits(const lac_env *e);                                   /* of one lac_send by a client */
/* x becomes what clients receive when the server sends it, and stays that when it is sent.  EDIVERGED beyond the format's range. */
int lac_as_received(const lac_env *e, size_t size, double *x);
/* Bits of a coordinate that the server sends in full: 64, 32 or 16.  A method whose server sends none refuses fewer than 64. */
unsigned lac_broadcast_width(const lac_env *e);

/* ---- draws that all share ---- */

/* The coin of a round, the same for all: 1 with probability p. */
int lac_coin(const lac_env *e, uint64_t round, double p);
/* Normal numbers of a round, the same for all: x_j ~ N(0,1). */
void lac_common_normal(const lac_env *e, uint64_t round, size_t count, double *x);
/* The direction that a client draws in this round for a step below 65536, which everybody can draw again: x_j ~ N(0,1), or a row of
   --replay.direction.  EUSER: that table has no such row. */
int lac_direction(const lac_env *e, uint32_t client, unsigned step, size_t count, double *x);

#endif
