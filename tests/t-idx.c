/* t-idx.c: IDX files, small ones by hand and damaged in every way, and MNIST where it is. */
#include "datasets/idx.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
static char folder[] = "t-idx.XXXXXX";

/* Three images of 2 x 2 pixels. */
static const unsigned char images[] = {
  0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 255, 51, 0, 0, 0, 0, 0, 1, 2, 0, 102,
};
static const unsigned char labels[] = { 0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255 };

static int parse(const void *image_bytes, size_t image_size, const void *label_bytes, size_t label_size, size_t d, lac_rows **rows)
{
  /* exact copies, so that a sanitizer sees a step beyond the end */
  char *a = malloc(image_size ? image_size : 1), *b = malloc(label_size ? label_size : 1);
  memcpy(a, image_bytes, image_size);
  memcpy(b, label_bytes, label_size);
  int code = lac_idx_parse("images", a, image_size, "labels", b, label_size, d, rows);
  free(a);
  free(b);
  return code;
}

static int is_row(const lac_rows *a, size_t r, double y, size_t count, const uint32_t *col, const double *val)
{
  return a->y[r] == y && a->ptr[r + 1] - a->ptr[r] == count && memcmp(a->col + a->ptr[r], col, count * sizeof *col) == 0 &&
         memcmp(a->val + a->ptr[r], val, count * sizeof *val) == 0;
}

static int is_fixture(const lac_rows *a, size_t d)
{
  return a->m == 3 && a->d == d && is_row(a, 0, 7, 2, (uint32_t[]){ 1, 2 }, (double[]){ 1, 0.2 }) &&
         is_row(a, 1, 0, 0, (uint32_t[]){ 0 }, (double[]){ 0 }) &&
         is_row(a, 2, 255, 3, (uint32_t[]){ 0, 1, 3 }, (double[]){ 1 / 255.0, 2 / 255.0, 0.4 });
}

static void test_parse(void)
{
  lac_rows *a;
  ok(parse(images, sizeof images, labels, sizeof labels, 0, &a) == LAC_OK && is_fixture(a, 4), "images and labels");
  lac_rows_free(a);
  ok(parse(images, sizeof images, labels, sizeof labels, 9, &a) == LAC_OK && is_fixture(a, 9), "with more features");
  lac_rows_free(a);
  ok(parse(images, sizeof images, labels, sizeof labels, 3, &a) == LAC_EUSER && !a, "refused: %s", lac_error());
  ok(parse(labels, sizeof labels, labels, sizeof labels, 0, &a) == LAC_EUSER, "refused: %s", lac_error());
  ok(parse(images, sizeof images, images, sizeof images, 0, &a) == LAC_EUSER, "refused: %s", lac_error());
}

/* "00 00 08 00" and less than a dimension: no byte beyond is read (a sanitizer sees it). */
static void test_no_dimension(void)
{
  int good = 1;
  for (size_t size = 4; size < 8; size++) {
    char *bytes = calloc(size, 1);
    bytes[2] = 8;
    good &= lac_idx_bytes(bytes, size) == 0;
    free(bytes);
  }
  ok(good, "a header without dimensions takes no memory");
}

/* Every length but the right one, and every value of every byte of the headers: refused, or the same size in another shape. */
static void test_damage(void)
{
  unsigned char bytes[sizeof images + 8];
  lac_rows *a;
  int good = 1, accepted = 0;
  memset(bytes, 0, sizeof bytes);
  memcpy(bytes, images, sizeof images);
  for (size_t size = 0; size <= sizeof bytes; size++)
    if (size != sizeof images)
      good &= parse(bytes, size, labels, sizeof labels, 0, &a) == LAC_EUSER;
  ok(good, "images of every other length are refused");
  good = 1;
  memcpy(bytes, labels, sizeof labels);
  for (size_t size = 0; size < sizeof labels + 8; size++)
    if (size != sizeof labels)
      good &= parse(images, sizeof images, bytes, size, 0, &a) == LAC_EUSER;
  ok(good, "labels likewise");
  good = 1;
  for (size_t at = 0; at < 16; at++)
    for (unsigned value = 0; value < 256; value++) {
      memcpy(bytes, images, sizeof images);
      bytes[at] = (unsigned char)value;
      int code = parse(bytes, sizeof images, labels, sizeof labels, 0, &a);
      good &= code == LAC_EUSER || value == images[at];
      if (code == LAC_OK) {
        accepted++;
        lac_rows_free(a);
      }
    }
  ok(good && accepted == 16, "a wrong byte in the header is refused");
  memset(bytes, 255, sizeof bytes);
  memcpy(bytes, images, 4);
  bytes[3] = 4;
  ok(parse(bytes, sizeof bytes, labels, sizeof labels, 0, &a) == LAC_EUSER, "refused: %s", lac_error());
}

static void write_bytes(const char *name, const void *bytes, size_t size)
{
  char *path = lac_asprintf("%s/%s", folder, name);
  FILE *f = fopen(path, "wb");
  if (f) {
    fwrite(bytes, 1, size, f);
    fclose(f);
  }
  free(path);
}

static void drop(const char *name)
{
  char *path = lac_asprintf("%s/%s", folder, name);
  unlink(path);
  free(path);
}

/* As a data set: `path` below the folder.  NULL: it opens. */
static void opens(const char *name, const char *why)
{
  lac_data *data;
  lac_rows *a = NULL;
  char *path = lac_asprintf("%s/%s", folder, name);
  int code = lac_data_open(&data, path, "contiguous", NULL, &seeds, 1);
  if (why)
    ok(code == LAC_EUSER && strstr(lac_error(), why), "refused: %s", lac_error());
  else if (ok(code == LAC_OK && lac_data_shard(data, 0, &a) == LAC_OK, "%s opens", name)) {
    const lac_data_info *info = lac_data_about(data);
    ok(info->classes == 3 && info->distinct[0] == 0 && info->distinct[2] == 255 && info->nnz == 5 && info->d == 4, "its 3 classes");
    ok(a->dense && a->y[0] == 7 && a->dense[1] == 1 && a->dense[2 * a->ld + 3] == 0.4, "its rows");
  } else
    printf("#   %s\n", lac_error());
  lac_rows_free(a);
  lac_data_close(data);
  free(path);
}

static void test_files(void)
{
  write_bytes("tiny-images-idx3-ubyte", images, sizeof images);
  write_bytes("other.images", images, sizeof images);
  opens("tiny-images-idx3-ubyte", "no tiny-labels-idx1-ubyte beside it");
  opens("other.images", "images-idx3");
  write_bytes("tiny-labels-idx1-ubyte.gz", labels, sizeof labels);      /* not packed: the content tells */
  opens("tiny-images-idx3-ubyte", NULL);
  write_bytes("tiny-labels-idx1-ubyte", labels, sizeof labels - 1);
  opens("tiny-images-idx3-ubyte", "fetch the file again");
  drop("tiny-images-idx3-ubyte");
  drop("other.images");
  drop("tiny-labels-idx1-ubyte.gz");
  drop("tiny-labels-idx1-ubyte");
}

static void test_mnist(const char *name, size_t rows, size_t nnz, size_t sevens)
{
  lac_data *data;
  lac_rows *a = NULL;
  char *path = lac_data_find(name, NULL);
  free(path);
  if (!path) {
    skip("not on this machine", "%s", name);
    return;
  }
  if (ok(lac_data_open(&data, name, "contiguous", NULL, &seeds, 1) == LAC_OK && lac_data_shard(data, 0, &a) == LAC_OK, "%s opens", name)) {
    const lac_data_info *info = lac_data_about(data);
    size_t count = 0;
    for (size_t r = 0; r < a->m; r++)
      count += a->y[r] == 7;
    ok(info->rows == rows && info->nnz == nnz && info->d == 784 && info->classes == 10 && count == sevens,
       "%s: rows, nonzeros, sevens", name);
    char *plain = lac_asprintf("%s:d=784", name);
    is_str(lac_data_dataset_text(data), plain, "%s: its own name", name);
    free(plain);
  } else
    printf("#   %s\n", lac_error());
  lac_rows_free(a);
  lac_data_close(data);
}

int main(void)
{
  if (!mkdtemp(folder))
    return 1;
  test_parse();
  test_damage();
  test_no_dimension();
  test_files();
  test_mnist("mnist", 60000, 8994156, 6265);
  test_mnist("mnist.t", 10000, 1511219, 1028);
  test_mnist("fashion-mnist", 60000, 23423502, 6000);
  test_mnist("fashion-mnist.t", 10000, 3920817, 1000);
  rmdir(folder);
  return done();
}
