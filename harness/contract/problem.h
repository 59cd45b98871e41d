/* problem.h: the contract of a problem, f = (1/n) sum f_i with f_i known to client i alone.

   A problem is one file harness/problems/NAME.c that ends with `const lac_problem_type lac_problem_NAME`. */
#ifndef LAC_PROBLEM_H
#define LAC_PROBLEM_H

#include "data.h"
#include "layers.h"

typedef struct lac_problem lac_problem;

/* What a problem makes of a data set. */
typedef enum {
  LAC_NO_DATA,                 /* it makes its own */
  LAC_REAL_LABELS,             /* labels are numbers */
  LAC_TWO_CLASSES,             /* two labels, any: the lower stands for -1, the higher for +1 */
  LAC_CLASSES,                 /* labels of any number of classes, numbered from 0 in ascending order */
  LAC_SYMBOLS                  /* none: --dataset is a text, whose windows are the rows */
} lac_labels;

/* Noise xi of a gradient: the mean of `draws` independent draws, each of mean 0 and E|draw|^2 = sigma^2.  LAC_GAUSS: N(0, sigma^2/d I).
   LAC_SKEWED (d even): coordinates 2j and 2j+1 are (2,0), (0,1) or (-2,-1), equally likely, times sigma sqrt(3/(5d)); what Top-1 keeps of
   it has another mean. */
typedef enum { LAC_GAUSS, LAC_SKEWED } lac_law;
typedef struct { double sigma; lac_law law; uint64_t draws; } lac_noise;

/* Bytes that a problem takes on a rank, as close to the truth as can be told, and not less. */
typedef struct {
  double shard;                /* of one client, beside its rows of the data set */
  double shared;               /* by all shards */
  double loading;              /* for a moment, while a shard is loaded */
  int arranges;                /* its rows, by lac_rows_arrange */
} lac_footprint;

/* What x makes of a shard's rows: the sum of their losses, without a regulariser; how many x classifies right, all, and how many stay right
   under attack.  Counts, so that their sums over clients are exact.  With LAC_SYMBOLS every position of a window counts as a row. */
typedef struct { double loss; uint64_t right, rows, robust; } lac_score;

typedef struct lac_problem_type {
  const char *name, *summary;
  const char *reference;       /* of the paper, with its arXiv:NUMBER, doi:DOI or bib:KEY, by which laconic cite finds the entry */
  const char *bibtex;          /* that entry, where registry/papers.bib has none; NULL: it has */
  const lac_option *options;
  size_t params_size;
  int saddle;                  /* f is a saddle function of x = (u, v) and "gradient" means F = (grad_u f, -grad_v f) */
  int ambiguous;               /* it may have several solutions: --optimum=auto looks for none */
  int affine;                  /* the gradient is affine in x: the solution is that of a linear system (unless open clears p->affine) */
  int blas;                    /* it multiplies matrices with OpenBLAS (blas.h), whose last bits depend on the processor (unless open
                                  clears p->blas): the result says so, and ranks with different kernels are refused */
  int costly;                  /* a pass over all rows takes too long for every row of the trace: --evaluate=auto asks for the rows that are
                                  held out alone, where there are some */
  lac_labels labels;           /* whether and how the shards are rows of --dataset */
  void (*windows)(const void *params, lac_windows *w);      /* with LAC_SYMBOLS: which windows are rows */
  const char *data;            /* what --dataset is when it is left out; NULL: "synthetic" */

  /* It stands around another problem, p->base, whose vector it makes of its own: "lora:rank=4+mlp:hidden=32".  This is that problem where
     none is named; NULL: it stands alone.  Shards, labels and data are the base's, and a slot that the base does not have is not called. */
  const char *wraps;
  /* out = the vector of the innermost base that x stands for.  Goes with wraps. */
  int (*expand)(const lac_problem *p, const double *x, double *out);
  const char *(*frozen)(const lac_problem *p);      /* the file of the base's vector, which may be a result; NULL: there is none */
  const char *adapted;         /* matrices that lora adapts unless it is told, by their names as in its `on`; NULL: all weights */

  /* Once per rank: check the options, set p->d, and p->self if the problem shares something among its shards.  What is large is
     allocated by load, after the footprint was checked; what is read from files here has to fit into p->room. */
  int (*open)(lac_problem *p);
  void (*close)(lac_problem *p);                                            /* may be NULL */

  /* Client `client`'s own data: a function of (options, data, seeds, n, client) alone. */
  int (*load)(const lac_problem *p, uint32_t client, void **shard);
  void (*unload)(void *shard);

  /* f = f_i(x) and g = grad f_i(x), both of them, in one pass over the shard.  x, g: d doubles, 64-byte aligned.  One that takes more than
     some milliseconds calls lac_pulse (pulse.h) between its parts, so that late messages move meanwhile. */
  int (*value_grad)(const lac_problem *p, const void *shard, const double *x, double *f, double *g);

  /* The same for the mean over `count` of the shard's rows, by their numbers in the order of the data.  NULL: no batches. */
  int (*batch_grad)(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f, double *g);
  size_t (*shard_rows)(const void *shard);      /* goes with batch_grad */
  /* With g_r the gradient of row r's own loss: g = the mean over `count` rows of g_r min(1, most/|g_r|), and f the mean loss.  rows NULL:
     all rows, in their order.  What all rows share, a regulariser, is added to both as it is.  NULL: rows pass batch_grad one by one. */
  int (*clipped_grad)(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double most,
                      double *f, double *g);

  /* out = M v for a symmetric M with -M <= Hessian f_i(x) <= M or Hessian f_i = M: then L_i = |lambda|_max(M), and
     L = |lambda|_max of the mean of the M.  NULL: no smoothness constant is known. */
  int (*curvature)(const lac_problem *p, const void *shard, const double *v, double *out);

  /* touched[j] = 1 for the coordinates on which f_i depends, by data above 1e-9; d bytes, zero at first.  NULL: not known. */
  int (*support)(const lac_problem *p, const void *shard, uint8_t *touched);

  /* The noise of stochastic gradients: lac_gradient gives grad f_i(x) + xi, drawn anew for every step.  NULL: none. */
  lac_noise (*noise)(const lac_problem *p);

  /* A constant with which every row's own function (regulariser included) is smooth: max_j L_ij.  NULL: not known. */
  int (*row_smoothness)(const lac_problem *p, const void *shard, double *L);

  /* *mu > 0: every f_i is mu-strongly convex, of a saddle point F mu-strongly monotone.  NULL or ENOTSUP: not known. */
  int (*convexity)(const lac_problem *p, double *mu);

  /* The simple part h of f + h (of a saddle point: 0 in F + dh), which all know: a constraint is its indicator.  From a point of the dual,
     in place, x = argmin_u gamma h(u) + psi(u) - <x, u>: with psi = |.|^2/2 the proximal operator of gamma h, of a constraint the
     projection.  NULL: h = 0, and so it is where open clears p->proximal. */
  void (*prox)(const lac_problem *p, double gamma, double *x);
  /* to += a grad psi(x), finite also where x lies on the rim of the domain.  NULL: psi = |.|^2/2. */
  void (*add_dual)(const lac_problem *p, double a, const double *x, double *to);

  /* Of a saddle point, max_v' g(u, v') - min_u' g(u', v) over the domain (with h, if that is no constraint), from F = F(x), the mean
     of the clients.  NULL: no closed form. */
  double (*gap)(const lac_problem *p, const double *x, const double *F);

  /* The layers of x, in the order of their offsets, without gaps; how many.  They live as long as the problem.  With
     more than one matrix, x = 0 is a stationary point and no start.  NULL: x is one layer of d. */
  size_t (*layers)(const lac_problem *p, const lac_layer **layers);

  /* The point at which the problem starts unless --x0 says otherwise: drawn from rng, the stream (x0, 0, 0, 0) at its beginning, tensor by
     tensor in their order.  x holds zeros.  NULL: zeros. */
  int (*start)(const lac_problem *p, gsl_rng *rng, double *x);

  /* The forward pass alone, over a shard of training or test rows.  With LAC_CLASSES and LAC_SYMBOLS the trace has a column `accuracy`, the
     share of right rows over all clients; with a test set it has `test_loss` and, unless labels are real, `test_accuracy`.  NULL: neither,
     and --test-dataset is refused. */
  int (*score)(const lac_problem *p, const void *shard, const double *x, lac_score *score);

  /* Fills score->robust: how many of the rows x classifies right before and after an adversary has changed their features.  Asked for
     where open sets p->attacked, of test rows alone: the trace then has test_robust_accuracy.  NULL: there is no adversary. */
  int (*attack)(const lac_problem *p, const void *shard, const double *x, lac_score *score);

  /* With LAC_SYMBOLS, for laconic sample: the logits of the symbol behind `count` >= 1 of them, by their numbers in p->alphabet; scratch is
     made with the first call.  NULL: none. */
  int (*next)(const lac_problem *p, const double *x, const uint8_t *symbols, size_t count, double *logits);

  /* With LAC_SYMBOLS, for laconic ensemble: of every position of every row, the logarithm of the probability of the symbol that follows;
     rows x w.length numbers.  NULL: none. */
  int (*log_shares)(const lac_problem *p, const void *shard, const double *x, double *log_p);

  size_t (*shard_bytes)(const void *shard);      /* bytes that one value_grad reads from the shard */

  /* After open, before any load.  `rows`: bytes of the largest client's rows, 0 with LAC_NO_DATA.  NULL: nothing beside the rows. */
  lac_footprint (*footprint)(const lac_problem *p, double rows);
  /* Floating-point operations of the matrix products of one value_grad.  NULL: it has none. */
  double (*gemm_flops)(const lac_problem *p, const void *shard);
} lac_problem_type;

struct lac_problem {
  const lac_problem_type *type;
  lac_spec spec;
  const void *params;          /* spec.params */
  size_t d;
  uint32_t n;
  lac_seeds seeds;
  int affine, blas;            /* as its type says, if open does not know better */
  int proximal;                /* its type has a prox, and these options leave something for it */
  int attacked;                /* its options have an adversary, set by open */
  int at_zero;                 /* x = 0 is a start although there are several matrices; set by open */
  uint64_t fingerprint;        /* of files that the options name, set by open; 0: none */
  uint8_t alphabet[256];       /* with LAC_SYMBOLS: the bytes that symbols 0, 1, ... stand for, ascending; set by open, unless they are
                                  given, those of a model that was trained before: open then refuses a text with other bytes */
  unsigned symbols;            /* how many; 0: not given */
  void *made;                  /* its type, of one that wraps: what the base lacks is not there */
  lac_problem *base;           /* of one that wraps: open before it, closed after it, with the same n, seeds and data */
  char origin[17];             /* digest of the result that its frozen numbers come from, set by open; "": none */
  const lac_room *room;        /* what there is for its files; NULL: enough */
  lac_data *data;              /* NULL with LAC_NO_DATA, and where `next` alone is asked for; owned by the run */
  void *self;
};

/* ---- what a problem may call beside the base; harness/setup/start.c defines it ---- */

/* x, p->d numbers: where the problem starts without --x0, or as --x0=glorot where it does not say, drawn from stream `which` of x0. */
int lac_problem_start(const lac_problem *p, uint32_t which, double *x);
/* x, p->d numbers, from a file: text with one number a line, or the final iterate of a result, of this problem or of one that wraps it.
   digest: of that result; "" of text.  `what` is the option in messages.  EUSER: another problem, another length, no iterate. */
int lac_problem_read(const lac_problem *p, const char *what, const char *path, double *x, char digest[static 17]);

#endif
