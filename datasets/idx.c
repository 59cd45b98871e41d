/* idx.c: images and their labels in two IDX files, as MNIST comes.

   IDX: two zero bytes, the type (8: unsigned byte), the number of dimensions, every dimension as a big-endian 32-bit number, then
   the elements, the last dimension fastest.  Row r of the data is image r, its pixels as features in that order, 0..255 scaled
   to [0,1]; its label is byte r of the other file. */
#include "idx.h"

#include "rows.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC = 4, UNSIGNED_BYTE = 8, MOST_DIMENSIONS = 4 };

typedef struct {
  unsigned dimensions;
  size_t count, each;            /* elements of the first dimension; bytes of one of them */
  const unsigned char *bytes;
} idx;

int lac_is_idx(const char *bytes, size_t size)
{
  return size >= MAGIC && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 8 && bytes[2] <= 14;
}

static size_t big_endian(const unsigned char *p) { return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]; }

double lac_idx_bytes(const char *bytes, size_t size)
{
  size_t header = MAGIC + 4 * (size_t)(unsigned char)bytes[3], nnz = 0;
  if (header == MAGIC)      /* no dimension to read */
    return 0;
  for (size_t i = header; i < size; i++)
    nnz += bytes[i] != 0;
  return size < header ? 0 : (double)big_endian((const unsigned char *)bytes + MAGIC) * (sizeof(double) + sizeof(size_t)) +
                             (double)nnz * (sizeof(uint32_t) + sizeof(double));
}

/* The header, and that there are as many bytes as it says. */
static int open_idx(const char *name, const char *bytes, size_t size, idx *x)
{
  const unsigned char *p = (const unsigned char *)bytes;
  if (!lac_is_idx(bytes, size))
    return lac_fail(LAC_EUSER, "%s: is not an IDX file: it does not begin with two zero bytes and a type", name);
  x->dimensions = p[3];
  if (p[2] != UNSIGNED_BYTE || x->dimensions < 1 || x->dimensions > MOST_DIMENSIONS)
    return lac_fail(LAC_EUSER, "%s: IDX data of type 0x%02x with %u dimensions; only unsigned bytes (0x08) with 1 to %d are read", name,
                    p[2], x->dimensions, MOST_DIMENSIONS);
  size_t header = MAGIC + 4 * (size_t)x->dimensions, left = size - header;
  if (size < header)
    return lac_fail(LAC_EUSER, "%s: the IDX header is cut short: fetch the file again", name);
  x->bytes = p + header;
  x->count = big_endian(p + MAGIC);
  x->each = 1;
  for (unsigned i = 1; i < x->dimensions; i++) {
    size_t dimension = big_endian(p + MAGIC + 4 * i);
    x->each = dimension && x->each <= INT32_MAX / dimension ? x->each * dimension : 0;
  }
  if (x->count == 0 || x->each == 0)
    return lac_fail(LAC_EUSER, "%s: a dimension of the IDX data is 0, or all together are too large", name);
  if (left / x->each != x->count || left % x->each)
    return lac_fail(LAC_EUSER, "%s: %zu bytes follow the IDX header, which says %zu times %zu: fetch the file again", name, left, x->count,
                    x->each);
  return LAC_OK;
}

static void fill_rows(const idx *images, const idx *labels, lac_rows *rows)
{
  const unsigned char *pixel = images->bytes;
  size_t k = 0;
  for (size_t r = 0; r < images->count; r++) {
    for (size_t j = 0; j < images->each; j++, pixel++)
      if (*pixel) {
        rows->col[k] = (uint32_t)j;
        rows->val[k++] = *pixel / 255.0;
      }
    rows->ptr[r + 1] = k;
    rows->y[r] = labels->bytes[r];
  }
}

int lac_idx_parse(const char *name, const char *bytes, size_t size, const char *labels_name, const char *labels_bytes, size_t labels_size,
                  size_t d, lac_rows **rows)
{
  idx images, labels;
  size_t nnz = 0;
  *rows = NULL;
  LAC_TRY(open_idx(name, bytes, size, &images));
  LAC_TRY(open_idx(labels_name, labels_bytes, labels_size, &labels));
  if (images.dimensions < 2)
    return lac_fail(LAC_EUSER, "%s: holds labels; give the file of the images, labels are found beside it", name);
  if (labels.dimensions != 1 || labels.count != images.count)
    return lac_fail(LAC_EUSER, "%s: %zu labels in %u dimensions do not go with the %zu images of %s", labels_name, labels.count,
                    labels.dimensions, images.count, name);
  if (d && d < images.each)
    return lac_fail(LAC_EUSER, "%s: an image has %zu pixels, which is more than d=%zu", name, images.each, d);
  for (size_t i = 0; i < images.count * images.each; i++)
    nnz += images.bytes[i] != 0;
  *rows = lac_rows_new(images.count, d ? d : images.each, nnz, 1);
  if (!*rows)
    return LAC_ENOMEM;
  fill_rows(&images, &labels, *rows);
  return LAC_OK;
}

/* "train-images-idx3-ubyte.gz" -> "train-labels-idx1-ubyte", packed or not. */
char *lac_idx_labels(const char *path)
{
  static const char *const suffixes[] = { "", ".gz", ".bz2", ".xz" };
  static const char images[] = "images-idx3", labels[] = "labels-idx1";
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *at = strstr(name, images);
  if (!at) {
    lac_fail(LAC_EUSER, "%s: the name of an IDX file of images must have the part '%s', so that '%s' finds its labels", path, images,
             labels);
    return NULL;
  }
  const char *rest = at + strlen(images);
  size_t length = strlen(rest);
  for (size_t i = 1; i < LAC_COUNT(suffixes); i++) {
    size_t cut = strlen(suffixes[i]);
    if (length >= cut && strcmp(rest + length - cut, suffixes[i]) == 0) {
      length -= cut;
      break;
    }
  }
  for (size_t i = 0; i < LAC_COUNT(suffixes); i++) {
    char *found = lac_asprintf("%.*s%s%.*s%s", (int)(at - path), path, labels, (int)length, rest, suffixes[i]);
    if (!found || access(found, R_OK) == 0)
      return found;
    free(found);
  }
  lac_fail(LAC_EUSER, "%s: there is no %.*s%s%.*s beside it, packed or not; fetch the labels too", path, (int)(at - name), name, labels,
           (int)length, rest);
  return NULL;
}
