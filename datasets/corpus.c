/* corpus.c: sources, blocks, windows. */
#include "corpus.h"

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- where it is ---- */

static int is_there(const char *path)
{
  struct stat s;
  return stat(path, &s) == 0;
}

char *lac_corpus_find(const char *name, const char *search)
{
  if (is_there(name))
    return lac_strdup(name);
  char *path = lac_data_find(name, search), *longer = path ? NULL : lac_asprintf("%s.txt", name);
  if (longer)
    path = lac_data_find(longer, search);
  free(longer);
  return path;
}

/* ---- reading ---- */

static int append(lac_corpus *c, size_t *cap, const char *bytes, size_t size)
{
  LAC_TRY(lac_grow(&c->bytes, cap, c->size + size + 1, 1));
  memcpy(c->bytes + c->size, bytes, size);
  c->size += size;
  return LAC_OK;
}

/* What is there already and the file are in memory together. */
static int read_source(lac_corpus *c, const lac_room *room, size_t *cap, const char *path)
{
  char *bytes;
  size_t size;
  LAC_TRY(lac_read_file_into(room, path, &bytes, &size));
  int status = lac_room_check(room, 3 * (double)size + 2 * (double)c->size, path, "a smaller file");
  if (status == LAC_OK)
    status = append(c, cap, bytes, size);
  free(bytes);
  if (status == LAC_OK)
    c->begin[++c->sources] = c->size;
  return status;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* A link would count a file twice. */
static int is_source(const char *path)
{
  struct stat s;
  return lstat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static int read_folder(lac_corpus *c, const lac_room *room, size_t *cap, const char *path)
{
  struct dirent **entry = NULL;
  int status = LAC_OK, count = scandir(path, &entry, NULL, by_bytes);
  if (count < 0)
    return lac_fail(LAC_EUSER, "--dataset: cannot read the folder %s: %s", path, strerror(errno));
  if (!(c->begin = lac_alloc(((size_t)count + 1) * sizeof *c->begin)))
    status = LAC_ENOMEM;
  for (int i = 0; i < count; i++) {
    char *file = status == LAC_OK ? lac_asprintf("%s/%s", path, entry[i]->d_name) : NULL;
    if (status == LAC_OK && !file)
      status = LAC_ENOMEM;
    if (file && is_source(file))
      status = read_source(c, room, cap, file);
    free(file);
    free(entry[i]);
  }
  free(entry);
  if (status == LAC_OK && c->sources == 0)
    return lac_fail(LAC_EUSER, "--dataset: the folder %s holds no file (links and folders in it do not count); give a folder of texts",
                    path);
  return status;
}

static void list_symbols(lac_corpus *c)
{
  uint8_t seen[256] = { 0 };
  for (size_t i = 0; i < c->size; i++)
    seen[c->bytes[i]] = 1;
  for (unsigned b = 0; b < 256; b++)
    if (seen[b])
      c->symbol[c->symbols++] = (uint8_t)b;
}

/* Where a source ends counts, too. */
static void hash_sources(lac_corpus *c)
{
  struct sha256_ctx hash;
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_init(&hash);
  for (size_t s = 0; s < c->sources; s++) {
    uint64_t size = c->begin[s + 1] - c->begin[s];
    uint8_t bytes[8];
    for (unsigned k = 0; k < 8; k++)
      bytes[k] = (uint8_t)(size >> 8 * k);
    sha256_update(&hash, sizeof bytes, bytes);
    sha256_update(&hash, size, c->bytes + c->begin[s]);
  }
  sha256_digest(&hash, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf(c->sha256 + 2 * i, 3, "%02x", digest[i]);
}

int lac_corpus_read(lac_corpus *c, const lac_room *room, const char *path)
{
  struct stat s;
  size_t cap = 0;
  *c = (lac_corpus){ 0 };
  int folder = stat(path, &s) == 0 && S_ISDIR(s.st_mode);
  if (!folder && !(c->begin = lac_alloc(2 * sizeof *c->begin)))
    return LAC_ENOMEM;
  LAC_TRY(folder ? read_folder(c, room, &cap, path) : read_source(c, room, &cap, path));
  list_symbols(c);
  if (folder)
    hash_sources(c);
  else
    lac_sha256(c->bytes, c->size, c->sha256);
  return LAC_OK;
}

void lac_corpus_release(lac_corpus *c)
{
  free(c->bytes);
  c->bytes = NULL;
}

void lac_corpus_free(lac_corpus *c)
{
  lac_corpus_release(c);
  free(c->begin);
  *c = (lac_corpus){ 0 };
}

/* ---- blocks ---- */

static int is_held_out(const lac_windows *w, size_t block) { return w->holdout && block % w->holdout == w->holdout - 1; }

/* The blocks of one kind; into `piece` where it is not NULL. */
static size_t list_pieces(const lac_corpus *c, const lac_windows *w, int held_out, lac_piece *piece)
{
  size_t block = 0, count = 0;
  for (size_t s = 0; s < c->sources; s++)
    for (size_t at = c->begin[s], length; at < c->begin[s + 1]; at += length) {
      length = c->begin[s + 1] - at < w->block ? c->begin[s + 1] - at : w->block;
      if (length <= w->length || is_held_out(w, block++) != held_out)
        continue;
      if (piece)
        piece[count] = (lac_piece){ at, length, (uint32_t)s };
      count++;
    }
  return count;
}

int lac_corpus_cut(const lac_corpus *c, const lac_windows *w, int held_out, lac_pieces *to)
{
  to->count = list_pieces(c, w, held_out, NULL);
  to->piece = lac_alloc((to->count + 1) * sizeof *to->piece);
  if (!to->piece)
    return LAC_ENOMEM;
  list_pieces(c, w, held_out, to->piece);
  return LAC_OK;
}

size_t lac_windows_in(size_t bytes, size_t length, size_t stride) { return bytes > length ? (bytes - length - 1) / stride + 1 : 0; }

/* ---- a client's text ---- */

/* Of `count` blocks, those that hold the windows from `skip` on, `rows` of them: *first, and how many. */
static size_t needed(const lac_pieces *blocks, const size_t *order, size_t count, size_t length, size_t stride, size_t *skip, size_t rows,
                     size_t *first)
{
  size_t seen = 0, last;
  *first = 0;
  for (size_t k = 0, windows; k < count && seen == 0; k++) {
    windows = lac_windows_in(blocks->piece[order ? order[k] : k].length, length, stride);
    if (*skip >= windows) {
      *skip -= windows;
      *first = k + 1;
    } else
      seen = windows - *skip;
  }
  for (last = *first + 1; seen < rows && last < count; last++)
    seen += lac_windows_in(blocks->piece[order ? order[last] : last].length, length, stride);
  return rows ? last - *first : 0;
}

int lac_corpus_text(const lac_corpus *c, const lac_pieces *blocks, const size_t *order, size_t count, size_t length, size_t stride,
                    size_t skip, size_t rows, lac_text **text)
{
  size_t first, size = 0;
  lac_text *t = *text = lac_alloc(sizeof *t);
  if (!t)
    return LAC_ENOMEM;
  t->blocks = needed(blocks, order, count, length, stride, &skip, rows, &first);
  t->rows = rows;
  t->skip = skip;
  t->length = length;
  t->stride = stride;
  for (size_t k = first; k < first + t->blocks; k++)
    size += blocks->piece[order ? order[k] : k].length;
  t->bytes = lac_alloc(size + 1);
  t->at = lac_alloc((t->blocks + 1) * sizeof *t->at);
  t->row = lac_alloc((t->blocks + 1) * sizeof *t->row);
  if (!t->bytes || !t->at || !t->row)
    return LAC_ENOMEM;
  for (size_t k = 0; k < t->blocks; k++) {
    const lac_piece *b = &blocks->piece[order ? order[first + k] : first + k];
    memcpy(t->bytes + t->at[k], c->bytes + b->at, b->length);
    t->at[k + 1] = t->at[k] + b->length;
    t->row[k + 1] = t->row[k] + lac_windows_in(b->length, length, stride);
  }
  return LAC_OK;
}

size_t lac_text_window(const lac_text *t, size_t row)
{
  size_t low = 0, high = t->blocks, at = row + t->skip;      /* row[low] <= at < row[high] */
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (t->row[middle] <= at)
      low = middle;
    else
      high = middle;
  }
  return t->at[low] + (at - t->row[low]) * t->stride;
}

void lac_text_free(lac_text *t)
{
  if (!t)
    return;
  free(t->bytes);
  free(t->at);
  free(t->row);
  free(t);
}
