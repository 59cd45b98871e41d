/* checkpoint.h: named sections of memory in one HDF5 file, written and read by all ranks together.

   A section is vectors of rank 0, of every rank (the same everywhere), or of the clients; of clients, each rank writes and reads its
   own, so the file does not depend on how many ranks there are.  Every section carries the XXH3 of its bytes, and the file's
   metadata the checksums of HDF5: what was torn or has changed is noticed.

     FILE.checkpoint       the newest      FILE.checkpoint.1     the one before      FILE.checkpoint.tmp.*   being written
   A file takes its name only when it is on disk.  Everything here is collective, and all ranks return the same status. */
#ifndef LAC_CHECKPOINT_H
#define LAC_CHECKPOINT_H

#include "ranks/comm.h"

typedef enum { LAC_STATE_BYTES, LAC_STATE_COUNTS, LAC_STATE_REALS } lac_state_kind;      /* uint8_t, uint64_t, double */
typedef enum { LAC_STATE_ROOT, LAC_STATE_ALL, LAC_STATE_CLIENTS } lac_state_owner;

typedef struct {
  const char *name;
  lac_state_owner owner;
  lac_state_kind kind;
  size_t vectors, length;      /* of rank 0, or of each client: so many vectors of so many elements; 0 of them: no section */
  size_t stride;               /* elements from one vector to the next */
  void *at;                    /* the first vector, of the first client of this rank; unused where the section is not owned */
} lac_state;

typedef struct lac_checkpoint lac_checkpoint;
enum { LAC_GENERATIONS = 2 };

/* Begin a new one beside the result file `path`, for n clients and about so many bytes: EIO at once when the disk has no room for them. */
int lac_checkpoint_create(lac_checkpoint **c, lac_comm *comm, uint32_t n, const char *path, const char *config_digest, uint64_t bytes);
int lac_checkpoint_put(lac_checkpoint *c, const lac_state *s);
/* On disk, renamed, the one before kept; then closed. */
int lac_checkpoint_commit(lac_checkpoint *c);

/* Open a generation (0: the newest).  EFORMAT: torn, damaged, of another version or configuration; the sentence says which. */
int lac_checkpoint_open(lac_checkpoint **c, lac_comm *comm, uint32_t n, const char *path, int generation, const char *config_digest);
/* Vectors and length of a section; 0, 0 when there is none. */
int lac_checkpoint_shape(lac_checkpoint *c, const char *name, size_t *vectors, size_t *length);
/* Into memory of exactly the section's shape.  EFORMAT. */
int lac_checkpoint_get(lac_checkpoint *c, const lac_state *s);
/* Close and, if it was being written, throw away. */
void lac_checkpoint_close(lac_checkpoint *c);

/* The rest is for rank 0 alone. */
/* "FILE.checkpoint" or "FILE.checkpoint.1"; caller frees. */
char *lac_checkpoint_path(const char *path, int generation);
int lac_checkpoint_exists(const char *path, int generation);
/* The newest is bad, the one before good: put it first, so that the next one does not push it out.  The bad one is kept as .bad. */
void lac_checkpoint_promote(const char *path);
void lac_checkpoint_remove(const char *path);

#endif
