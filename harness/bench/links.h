/* links.h: laconic bench links: seconds of exchanges between ranks, over sizes and compressors, and how they are shown. */
#ifndef LAC_BENCH_LINKS_H
#define LAC_BENCH_LINKS_H

#include "bench/bench.h"

/* What is measured: a way of messages by an exchange (ranks/exchange.h), or a collective of MPI. */
typedef struct {
  const struct lac_link_kind *kind;
  char *exchange;                 /* with all options; "mpi": a collective of MPI */
  char *word;                     /* as the table calls it: "down", "ring", "up@tree:k=2" */
  int down, up;                   /* whether the server's message travels, and every rank's; neither: a sum of dense vectors */
} lac_link_op;

/* "down", "up" and "round" (down, then up) by a star; OP@EXCHANGE by another one; an EXCHANGE alone: its round; "bcast", "gather",
   "mpi-allgather", "allreduce".  Collective.  EUSER.  Free it also after a failure. */
int lac_link_op_open(lac_comm *comm, const char *text, lac_link_op *op);
void lac_link_op_close(lac_link_op *op);
const char *lac_link_op_name(const lac_link_op *op);      /* without the exchange */

enum { LAC_LINK_REPEATS_MOST = 1000, LAC_LINK_REPEATS_LEAST = 3 };

/* How often: so many repetitions, thrown away at first; then `repeats`, or, where that is 0, as many as take the seconds. */
typedef struct { uint64_t warm_up, repeats; double seconds; } lac_link_effort;

/* One line of the table.  Bytes: of all messages of a repetition, each counted once; NaN: there is no such number.  Rates in bytes a
   second. */
typedef struct {
  const lac_link_op *op;
  char *codec;                              /* what the messages hold */
  double d, ranks;
  double bytes_dense;                       /* of the vectors */
  double bytes_wire;                        /* of the messages */
  double bytes_sent;                        /* by all ranks over all links, with what an exchange adds; NaN: of MPI's own */
  size_t repeats;
  double *seconds;                          /* of each repetition */
  double t_min, t_med, t_max;               /* of them */
  double t_codec, t_wire;                   /* medians: encoding and decoding; between ranks */
  double algbw;                             /* bytes_wire over t_wire */
  double busbw;                             /* bytes that pass the busiest link in one direction, over t_wire */
  double effbw;                             /* bytes_dense over t_med */
  double wrong;                             /* ranks that decoded something else than rank 0; the most of all repetitions */
  char left_out[200];                       /* why it was not measured; "" */
} lac_link_cell;

/* Measure one line; up, down: what packs the messages of ranks, and of the server.  Collective; free *c also after a failure.  A line that
   is left out is no error. */
int lac_link_measure(lac_comm *comm, const lac_link_op *op, const lac_codec *up, const lac_codec *down, size_t d,
                     const lac_link_effort *effort, lac_link_cell *c);
void lac_link_cell_free(lac_link_cell *c);

/* ---- tables; rank 0 alone ---- */

/* Characters of the two columns whose longest entry decides. */
typedef struct { int word, codec; } lac_link_widths;

/* As text for people: the lines as they come, and what is said of all of them. */
void lac_link_head(int ranks, lac_link_widths width);
void lac_link_line(const lac_link_cell *c, lac_link_widths width);
void lac_link_foot(const lac_link_cell *cells, size_t count);
/* All in another format.  ENOMEM. */
int lac_link_print(lac_sheet_format format, const lac_link_cell *cells, size_t count);
/* Those that were measured, for laconic compare. */
int lac_link_write(const char *path, const lac_link_cell *cells, size_t count, const lac_link_effort *effort);

#endif
