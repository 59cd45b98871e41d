/* bench.h: laconic bench compressors: what is measured, and how it is shown. */
#ifndef LAC_BENCH_H
#define LAC_BENCH_H

#include "sheet.h"
#include "bench/baselines.h"
#include "ranks/comm.h"
#include "compressor.h"

/* Who packs vectors: a compressor, or a baseline. */
typedef struct {
  char *name;                     /* as it was asked for */
  const lac_baseline *baseline;   /* NULL: the compressor */
  lac_compressor compressor;
} lac_codec;

/* The codecs of one call, in the order in which they were added. */
enum { LAC_CODECS_MOST = 128 };
typedef struct { lac_codec codec[LAC_CODECS_MOST]; size_t count; } lac_codecs;

/* The memcpy that all others are measured against. */
int lac_codecs_add_copy(lac_codecs *c);
/* "a/b:grid=1%/5%": a slash separates in front of a name, and belongs to a value elsewhere; `what` is the option, for messages.  EUSER. */
int lac_codecs_add_list(lac_codecs *c, const char *what, const char *text);
/* All of the registry with their defaults, and all baselines but the copy. */
int lac_codecs_add_all(lac_codecs *c);
void lac_codecs_close(lac_codecs *c);

/* A vector that is packed, and where it goes. */
typedef struct {
  char name[80];                  /* "gaussian", "heavy", "gradients:FILE.h5" */
  size_t d;
  double *x, *y, *copy;
  double norm_sq, most;           /* |x|^2, max |x_j| */
  lac_layer layer;                /* the nearest to a square that d allows */
} lac_bench_vector;

/* The names of the inputs that are made here; NULL behind the last. */
const char *lac_bench_vector_name(size_t i);
/* One of these, complete.  Free it also after a failure. */
int lac_bench_vector_random(lac_bench_vector *v, const char *name, size_t d);
/* d and x are there; the rest follows from them. */
int lac_bench_vector_complete(lac_bench_vector *v);
void lac_bench_vector_free(lac_bench_vector *v);

enum { LAC_REPEATS_MOST = 101 };

/* One line of the table. */
typedef struct {
  const char *codec;
  const lac_bench_vector *vector;
  char input[80];
  double d;
  double encode_rate, decode_rate;             /* GB of doubles a second */
  double both;                                 /* time of memcpy over that of encode and decode */
  double spread;                               /* half the distance of the quartiles of that, in per cent */
  double written, declared, entropy;           /* bits per coordinate; NaN where there is none */
  double error, bound;                         /* |C(x) - x|^2 / |x|^2 and what theory allows, NaN: it is silent */
  size_t repeats;
  double encode[LAC_REPEATS_MOST], decode[LAC_REPEATS_MOST];      /* over the memcpy next to it */
  double copy_seconds;
  char left_out[200];                          /* why it was not measured; "" */
  int invalid;                                 /* it does not keep its contract */
} lac_bench_cell;

/* Check that C keeps its contract on this vector, then measure, each repeat when it is this process's turn (child.h; *turns -1: alone).
   A cell that is left out is no error.  ENOMEM. */
int lac_bench_measure(const lac_codec *k, const lac_bench_vector *v, double seconds, int *turns, lac_bench_cell *c);

/* The gradient of client 0 at /final/x of a result, of the run that is written there.  Caller frees *x.  EUSER, ENODATA. */
int lac_bench_gradient(lac_comm *comm, const char *path, const char *data_dir, double **x, size_t *d);

/* ---- tables ---- */

/* EUSER: no such column; the names are in the sentence. */
int lac_bench_sort(lac_bench_cell *cells, size_t count, const char *column);
/* As text for people: a block, the cells of one vector, and what the columns mean. */
void lac_bench_block(const lac_bench_cell *cells, size_t count);
void lac_bench_foot(void);
/* All cells in another format.  ENOMEM. */
int lac_bench_print(lac_sheet_format format, const lac_bench_cell *cells, size_t count);
/* All cells that were measured; seconds: of the option. */
int lac_bench_write(const char *path, const lac_bench_cell *cells, size_t count, double seconds);

/* This build and another one, each a process of its own, in turns: `words` are the options of both, ending with NULL; files[0] and
   files[1] are what this build and the other write.  Prints the ratio of their times, row by row.  EUSER: a build cannot do it. */
int lac_bench_pair(const char *other, const char *const *words, const char *const files[2], lac_sheet_format format);

#endif
