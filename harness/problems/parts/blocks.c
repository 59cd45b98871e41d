#include "blocks.h"

#include "file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static int is_each(const lac_blocks *b) { return b->name && strstr(b->name, "%d"); }

/* The file of one client. */
static char *file_of(const lac_blocks *b, uint32_t client)
{
  const char *at = strstr(b->name, "%d");
  return at ? lac_asprintf("%.*s%u%s", (int)(at - b->name), b->name, (unsigned)client, at + 2) : lac_strdup(b->name);
}

/* At most so many: each ends with a byte that is none of it. */
static double numbers_in(const char *text, size_t size)
{
  size_t count = 1;
  for (size_t i = 1; i < size; i++)
    count += strchr(" \t,\r\n", text[i]) && !strchr(" \t,\r\n", text[i - 1]);
  return (double)count;
}

/* Text and numbers are there together. */
static int add_fingerprint(lac_problem *p, const char *file, size_t *longest)
{
  char *bytes;
  size_t size;
  LAC_TRY(lac_read_file_into(p->room, file, &bytes, &size));
  int status = lac_room_check(p->room, (double)size + 8 * numbers_in(bytes, size), file, "a smaller file");
  p->fingerprint = XXH3_64bits_withSeed(bytes, size, p->fingerprint);
  *longest = size > *longest ? size : *longest;
  free(bytes);
  return status;
}

/* print: the problem that takes the fingerprint, when the file is read for the first time. */
static int read_numbers(const lac_blocks *b, uint32_t client, lac_problem *print, size_t *longest, double **values, size_t *count)
{
  size_t rows = 0, cols = 0;
  char *file = file_of(b, client);
  int status = file ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK && print)
    status = add_fingerprint(print, file, longest);
  if (status == LAC_OK)
    status = lac_read_matrix(file, values, &rows, &cols);
  free(file);
  *count = rows * cols;
  return status == LAC_EUSER ? lac_context(status, "%s", b->what) : status;
}

static int refuse_size(const lac_blocks *b, uint32_t client, size_t has, size_t needs)
{
  char *file = file_of(b, client);
  int status = lac_fail(LAC_EUSER, "%s: %s has %zu numbers, not %zu as the other files and the number of clients say", b->what,
                        file ? file : b->name, has, needs);
  free(file);
  return status;
}

static int open_stack(lac_blocks *b, lac_problem *p)
{
  size_t count;
  LAC_TRY(read_numbers(b, 0, p, &b->longest, &b->all, &count));
  if (b->size == 0 && count % b->n == 0)
    b->size = count / b->n;
  return b->size && count == b->size * b->n ? LAC_OK : refuse_size(b, 0, count, b->size ? b->size * b->n : (count / b->n + 1) * b->n);
}

int lac_blocks_open(lac_blocks *b, lac_problem *p, const char *what, const char *name, size_t size)
{
  *b = (lac_blocks){ .what = what, .name = name, .n = p->n, .size = size };
  if (!is_each(b))
    return open_stack(b, p);
  for (uint32_t i = 0; i < p->n; i++) {      /* every file: a wrong one is found before any work */
    double *values;
    size_t count;
    LAC_TRY(read_numbers(b, i, p, &b->longest, &values, &count));
    free(values);
    if (b->size == 0)
      b->size = count;
    if (count != b->size)
      return refuse_size(b, i, count, b->size);
  }
  return LAC_OK;
}

int lac_blocks_get(const lac_blocks *b, uint32_t client, double **block, int *owned)
{
  size_t count;
  *owned = is_each(b);
  if (!*owned) {
    *block = b->all + client * b->size;
    return LAC_OK;
  }
  LAC_TRY(read_numbers(b, client, NULL, NULL, block, &count));
  if (count == b->size)
    return LAC_OK;
  free(*block);
  *block = NULL;
  return refuse_size(b, client, count, b->size);
}

lac_footprint lac_blocks_footprint(const lac_blocks *b)
{
  double bytes = 8 * (double)b->size;
  return (lac_footprint){ .shard = is_each(b) ? bytes : 0, .shared = is_each(b) ? 0 : bytes * b->n, .loading = (double)b->longest };
}

void lac_blocks_close(lac_blocks *b)
{
  free(b->all);
  b->all = NULL;
}

int lac_blocks_check_symmetric(const lac_blocks *b, uint32_t client, const double *a, size_t d)
{
  double largest = 0, gap = 0;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j <= i; j++) {
      largest = fmax(largest, fmax(fabs(a[i * d + j]), fabs(a[j * d + i])));
      gap = fmax(gap, fabs(a[i * d + j] - a[j * d + i]));
    }
  if (gap <= 1e-12 * largest)
    return LAC_OK;
  char *file = file_of(b, client);
  int status = lac_fail(LAC_EUSER, "%s: %s %s", b->what, file ? file : b->name,
                        is_each(b) ? "is not a symmetric matrix" : "holds a block that is not symmetric");
  free(file);
  return status;
}
