/* corpus.h: text as data: a file or a folder, cut into blocks, whose windows are rows (data.h has what a window is). */
#ifndef LAC_DATASETS_CORPUS_H
#define LAC_DATASETS_CORPUS_H

#include "data.h"
#include "sha256.h"

/* A text in memory.  A file is one source; a folder is one source a regular file, by name in byte order. */
typedef struct {
  uint8_t *bytes;              /* of all sources, one behind the other; NULL: released */
  size_t size;
  size_t sources, *begin;      /* where each begins, sources + 1 */
  uint8_t symbol[256];         /* the distinct bytes, ascending */
  uint32_t symbols;
  char sha256[LAC_SHA256_TEXT];      /* of the bytes of a file; of a folder, of the sizes and bytes of its sources */
} lac_corpus;

/* The path of the file or folder that `name` means, looked for as data.h says; malloc'd, NULL: there is none. */
char *lac_corpus_find(const char *name, const char *search);
/* Reads the text, which has to fit into the room.  EUSER.  Free it in any case. */
int lac_corpus_read(lac_corpus *c, const lac_room *room, const char *path);
/* The bytes alone: the rest is there until it is freed. */
void lac_corpus_release(lac_corpus *c);
void lac_corpus_free(lac_corpus *c);

/* A stretch of one source. */
typedef struct { size_t at, length; uint32_t source; } lac_piece;
typedef struct { size_t count; lac_piece *piece; } lac_pieces;

/* The blocks that are held out, or those that are not.  ENOMEM. */
int lac_corpus_cut(const lac_corpus *c, const lac_windows *w, int held_out, lac_pieces *to);
/* Windows in a block of that many bytes. */
size_t lac_windows_in(size_t bytes, size_t length, size_t stride);
/* The blocks listed (`order` NULL: all, from the first on), without the first `skip` of their windows and with `rows` of them. */
int lac_corpus_text(const lac_corpus *c, const lac_pieces *blocks, const size_t *order, size_t count, size_t length, size_t stride,
                    size_t skip, size_t rows, lac_text **text);

#endif
