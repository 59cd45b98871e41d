/* compressor.h: the contract of a compressor: a map C: R^d -> R^d and its wire format.

   A compressor is one file compressors/NAME.c that ends with one `const lac_compressor_type lac_compressor_NAME`.
   It allocates no vectors, prints nothing and draws only from the streams that it is handed.

   Compressors are composed, "topk:k=1%+natural+ans": a stage hands what it keeps to the next one as a vector of its own; an entropy
   coder at the end codes the symbols of all stages.  A stage sees the stages behind it only through lac_next. */
#ifndef LAC_COMPRESSOR_H
#define LAC_COMPRESSOR_H

#include "layers.h"
#include "msg.h"
#include "options.h"
#include <gsl/gsl_rng.h>

struct lac_compressor;

/* A row of an option table for quantisers that round either way; params->round is 0 or 1. */
#define LAC_ROUND_OPTION(params) \
  { "round", LAC_CHOICE, offsetof(params, round), "nearest", NULL, "nearest|stochastic", "nearest: contractive; stochastic: unbiased" }

/* One vector on its way: what is known of it at both ends of the wire. */
typedef struct lac_site {
  struct lac_compressor *stage;   /* the compressor with the stages behind it */
  const void *params;             /* its options */
  size_t d;                       /* length of the vector */
  uint32_t client, n;             /* whose vector, of how many clients; client = n: the server's */
  uint64_t round;                 /* in which it is sent */
  const lac_layer *layers;        /* of the vector, in order and without gaps; layer_count = 0: it is one layer of d x 1 */
  size_t layer_count;
  gsl_rng *rng;                   /* at the decoder it stands where it stood at the encoder, so what both can draw is not sent */
  gsl_rng *shared;                /* a second stream, the same for all clients of the round */
  double *state;                  /* encoder: what it remembers of this client, state_size doubles, zero at first; NULL: nothing */
} lac_site;

/* An entropy coder of bytes, at the end of a composition: symbols.h. */
typedef struct {
  size_t (*bound)(size_t count);  /* bytes that `encode` may need */
  /* Fewer bits than this `encode` never needs for a run with so many of each symbol. */
  double (*least)(const uint32_t of[256]);
  /* Code in[0..count) into out (bound(count) bytes); *size bytes of it.  Alphabet 0..symbols-1. */
  int (*encode)(const uint8_t *in, size_t count, unsigned symbols, uint8_t *out, size_t *size);
  /* The other way, hostile: EFORMAT unless exactly `count` symbols come out of exactly `size` bytes. */
  int (*decode)(const uint8_t *in, size_t size, unsigned symbols, uint8_t *out, size_t count);
} lac_coder;

typedef struct lac_compressor_type {
  const char *name, *summary;
  const char *reference;       /* of the paper, with its arXiv:NUMBER, doi:DOI or bib:KEY, by which laconic cite finds the entry */
  const char *bibtex;          /* that entry, where registry/papers.bib has none; NULL: it has */
  const lac_option *options;      /* NULL: none */
  size_t params_size;

  /* Others may stand behind it, "topk+natural": see lac_next. */
  int leads;
  /* C(x) is 0 where x is, and such entries change nothing elsewhere: alpha for the number of the others holds, too. */
  int local;
  /* It calls OpenBLAS (blas.h), whose last bits depend on the processor: the result says so, and ranks with different kernels are
     refused. */
  int blas;
  /* It is an entropy coder.  At the end of a composition it codes the symbols of the others; alone, the bytes of the vector. */
  const lac_coder *coder;
  /* It is another name for a composition, "topk:k={z}+codebook:levels={levels}": {KEY} is the value of an option, and all members below
     are NULL. */
  const char *stands_for;

  /* NULL, or why these options cannot serve vectors of length d ("k=9 is larger than d=8").  May be NULL.
     The sentence lives until the next call.  s->rng is NULL here and in bits, alpha, omega and state_size. */
  const char *(*refuse)(const lac_site *s);

  /* Append C(x) to m.  Same x, same streams and same state: same bits.  EDIVERGED when x has an entry that is not finite. */
  int (*encode)(const lac_site *s, const double *x, lac_msg *m);

  /* Read what encode wrote, all of it and nothing more, and add it: y += scale C(x).  s->state is NULL.
     The bits are hostile: EFORMAT for what no encode wrote, and y is then unspecified but finite. */
  int (*decode_add)(const lac_site *s, double scale, lac_msg *m, double *y);

  /* Bits that encode writes: the number itself (*exact = 1) or an upper bound (0).  Checked on every message. */
  uint64_t (*bits)(const lac_site *s, int *exact);

  /* Constants of the map, or ENOTSUP; NULL means ENOTSUP.
     alpha in (0,1]: E|C(x)-x|^2 <= (1-alpha) |x|^2 (contractive).   omega >= 0: E C(x) = x and E|C(x)-x|^2 <= omega |x|^2. */
  int (*alpha)(const lac_site *s, double *alpha);
  int (*omega)(const lac_site *s, double *omega);

  /* For draws that clients share: E|(1/n) sum C_i(x_i) - mean x_i|^2 <= A (1/n) sum |x_i|^2 - B |mean x_i|^2 (Szlendak, Tyurin,
     Richtarik 2021, "AB inequality").  NULL: draws of their own, A = omega/n and B = 0. */
  int (*ab)(const lac_site *s, double *A, double *B);

  /* Doubles that encode keeps from round to round for one client, those of the stages behind it included; checkpointed.  NULL: those of
     the stages behind it, for a vector of the same length. */
  size_t (*state_size)(const lac_site *s);
} lac_compressor_type;

/* The compressors of a run: of client -> server messages, of a second vector in them, of server -> client messages. */
typedef enum { LAC_UP, LAC_UP2, LAC_DOWN } lac_lane;

enum { LAC_SCRATCHES = 4 };

typedef struct lac_compressor {
  const lac_compressor_type *type;
  lac_spec spec;                  /* spec.text: of the whole composition */
  struct lac_compressor *next;    /* the stage behind this one */
  const lac_coder *coder;         /* of the composition; NULL: symbols are packed */
  void *scratch[LAC_SCRATCHES];
  size_t scratch_size[LAC_SCRATCHES];
} lac_compressor;

/* Parse "topk:k=1%" or "topk:k=1%+natural+ans".  `what` names the long option in messages.  Defined in registry/compose.c, which knows
   all names. */
int lac_compressor_open(lac_compressor *c, const char *what, const char *text);
void lac_compressor_close(lac_compressor *c);

/* A vector of length d at c: of the only client, in round 0, without streams and state.  Fill in what is known. */
lac_site lac_site_of(const lac_compressor *c, size_t d);

/* What the members of the type do, for a whole composition. */
const char *lac_refuse(const lac_site *s);
int lac_encode(const lac_site *s, const double *x, lac_msg *m);
int lac_decode_add(const lac_site *s, double scale, lac_msg *m, double *y);
uint64_t lac_bits(const lac_site *s, int *exact);
/* ENOTSUP with a sentence that names the composition.  Without an alpha of its own, an unbiased compressor with omega < 1 has
   alpha = 1 - omega: E|C(x)-x|^2 <= omega |x|^2. */
int lac_alpha(const lac_site *s, double *alpha);
int lac_omega(const lac_site *s, double *omega);
size_t lac_state_size(const lac_site *s);
int lac_ab(const lac_site *s, double *A, double *B);      /* ENOTSUP like lac_omega */

/* ---- for stages ---- */

/* The same place, one stage on, for a vector of d numbers without layers.  Its state is s->state: a stage that keeps something itself
   moves it on.  Never asked of a stage that is the last one: s->stage->next tells. */
lac_site lac_next(const lac_site *s, size_t d);

/* k values for the next stage or, where there is none, in the given format, that of an option `value`.  A stage without a next one
   keeps its values as they are: it stands alone, too. */
int lac_values_put(const lac_site *s, lac_value format, size_t k, const double *v, lac_msg *m);
int lac_values_get(const lac_site *s, lac_value format, size_t k, lac_msg *m, double *v);
int lac_values_add(const lac_site *s, lac_value format, size_t k, double scale, lac_msg *m, double *y);      /* y += scale v */
uint64_t lac_values_bits(const lac_site *s, lac_value format, size_t k, int *exact);
const char *lac_values_refuse(const lac_site *s, size_t k);
/* Constants of what the next stage does to k values (without one: alpha = 1, omega = 0). */
int lac_values_alpha(const lac_site *s, size_t k, double *alpha);
int lac_values_omega(const lac_site *s, size_t k, double *omega);

/* Working memory of this stage, 64-byte aligned, contents undefined; it grows in the first rounds and stays.  NULL: none left. */
void *lac_scratch(const lac_site *s, unsigned which, size_t bytes);

#endif
