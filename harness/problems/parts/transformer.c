#include "transformer.h"
#include "elementary.h"
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- places ---- */

static double parameters(const lac_transformer *t)
{
  double D = (double)t->width, V = (double)t->vocab;
  return V * D * (t->tied ? 1 : 2) + (double)t->context * D + (double)t->depth * (12 * D * D + 13 * D) + 2 * D;
}

/* The next tensor of x; returns where it begins. */
static size_t place(lac_transformer *t, const char *name, unsigned number, size_t rows, size_t cols, lac_layer_kind kind)
{
  char *text = t->name[t->layers];
  size_t at = t->d;
  if (number)
    snprintf(text, sizeof *t->name, "%s%u", name, number);
  else
    snprintf(text, sizeof *t->name, "%s", name);
  t->layer[t->layers++] = (lac_layer){ text, rows, cols, at, kind, number, 1 };
  t->d += rows * cols;
  return at;
}

static void place_block(lac_transformer *t, unsigned number, lac_block_place *b)
{
  size_t D = t->width;
  b->ln1g = place(t, "ln1g", number, D, 1, LAC_GAIN);
  b->ln1b = place(t, "ln1b", number, D, 1, LAC_BIAS);
  b->wqkv = place(t, "Wqkv", number, 3 * D, D, LAC_WEIGHT);
  b->bqkv = place(t, "bqkv", number, 3 * D, 1, LAC_BIAS);
  b->wo = place(t, "Wo", number, D, D, LAC_WEIGHT);
  b->bo = place(t, "bo", number, D, 1, LAC_BIAS);
  b->ln2g = place(t, "ln2g", number, D, 1, LAC_GAIN);
  b->ln2b = place(t, "ln2b", number, D, 1, LAC_BIAS);
  b->wup = place(t, "Wup", number, 4 * D, D, LAC_WEIGHT);
  b->bup = place(t, "bup", number, 4 * D, 1, LAC_BIAS);
  b->wdown = place(t, "Wdown", number, D, 4 * D, LAC_WEIGHT);
  b->bdown = place(t, "bdown", number, D, 1, LAC_BIAS);
}

/* Numbers that a position leaves behind in a block. */
static size_t kept_of_position(const lac_transformer *t) { return 17 * t->width + t->heads * t->context + 2; }

/* Products are fast from 256 positions on, and every chunk adds to the whole gradient. */
static size_t windows_of_chunk(const lac_transformer *t)
{
  enum { POSITIONS = 512, KEPT = 1 << 24 };
  size_t windows = POSITIONS / t->context, fit = KEPT / (kept_of_position(t) * t->depth * t->context);
  windows = windows < fit ? windows : fit;
  return windows ? windows : 1;
}

int lac_transformer_open(lac_transformer *t)
{
  size_t most = 5 + LAC_BLOCK_TENSORS * t->depth;
  if (parameters(t) > INT32_MAX)
    return lac_fail(LAC_EUSER, "--problem=lm: %.0f parameters are too many; lower width or depth", parameters(t));
  t->block = lac_alloc(t->depth * sizeof *t->block);
  t->kept = lac_alloc(t->depth * sizeof *t->kept);
  t->layer = lac_alloc(most * sizeof *t->layer);
  t->name = lac_alloc(most * sizeof *t->name);
  if (!t->block || !t->kept || !t->layer || !t->name)
    return LAC_ENOMEM;
  t->wte = place(t, "wte", 0, t->vocab, t->width, LAC_TABLE);
  t->wpe = place(t, "wpe", 0, t->context, t->width, LAC_TABLE);
  for (unsigned l = 0; l < t->depth; l++)
    place_block(t, l + 1, &t->block[l]);
  t->lnfg = place(t, "lnfg", 0, t->width, 1, LAC_GAIN);
  t->lnfb = place(t, "lnfb", 0, t->width, 1, LAC_BIAS);
  t->head = t->tied ? t->wte : place(t, "head", 0, t->vocab, t->width, LAC_WEIGHT);
  t->windows = windows_of_chunk(t);
  return LAC_OK;
}

/* ---- scratch ---- */

typedef struct { lac_reals *at; double numbers; } part;
enum { KEPT_PARTS = 11, SHARED_PARTS = 9 };

/* What a block keeps. */
static void list_kept(const lac_transformer *t, lac_block_kept *k, part p[static KEPT_PARTS])
{
  double N = (double)t->windows * (double)t->context, D = (double)t->width;
  const part all[KEPT_PARTS] = {
    { &k->xh1, N * D }, { &k->r1, N }, { &k->n1, N * D }, { &k->z, 3 * N * D },
    { &k->attention, N * (double)t->heads * (double)t->context }, { &k->o, N * D },
    { &k->xh2, N * D }, { &k->r2, N }, { &k->n2, N * D }, { &k->ge, 4 * N * D }, { &k->slope, 4 * N * D },
  };
  memcpy(p, all, sizeof all);
}

/* What all blocks share. */
static void list_shared(lac_transformer *t, part p[static SHARED_PARTS])
{
  double N = (double)t->windows * (double)t->context, D = (double)t->width, V = (double)t->vocab, T = (double)t->context;
  const part all[SHARED_PARTS] = {
    { &t->h, N * D }, { &t->xhf, N * D }, { &t->rf, N }, { &t->nf, N * D }, { &t->logits, N * V },
    { &t->dn, N * D }, { &t->du, 4 * N * D }, { &t->dz, 3 * N * D }, { &t->da, T * T },
  };
  memcpy(p, all, sizeof all);
}

static int allocate(const part *p, size_t parts, int precision)
{
  for (size_t i = 0; i < parts; i++)
    LAC_TRY(lac_classes_scratch(p[i].at, precision, (size_t)p[i].numbers));
  return LAC_OK;
}

int lac_transformer_scratch(lac_transformer *t)
{
  part shared[SHARED_PARTS], kept[KEPT_PARTS];
  list_shared(t, shared);
  LAC_TRY(allocate(shared, SHARED_PARTS, t->precision));
  for (size_t l = 0; l < t->depth; l++) {
    list_kept(t, &t->kept[l], kept);
    LAC_TRY(allocate(kept, KEPT_PARTS, t->precision));
  }
  if (!t->symbols)
    t->symbols = lac_alloc(t->windows * (t->context + 1));
  return t->symbols ? LAC_OK : LAC_ENOMEM;
}

double lac_transformer_numbers(const lac_transformer *t)
{
  lac_transformer sizes = *t;
  lac_block_kept none = { 0 };
  part shared[SHARED_PARTS], kept[KEPT_PARTS];
  double sum = 0;
  list_shared(&sizes, shared);
  list_kept(t, &none, kept);
  for (size_t i = 0; i < SHARED_PARTS; i++)
    sum += shared[i].numbers;
  for (size_t i = 0; i < KEPT_PARTS; i++)
    sum += (double)t->depth * kept[i].numbers;
  return sum;
}

static void free_parts(const part *p, size_t parts)
{
  for (size_t i = 0; i < parts; i++)
    free(p[i].at->f64);
}

void lac_transformer_close(lac_transformer *t)
{
  part shared[SHARED_PARTS], kept[KEPT_PARTS];
  list_shared(t, shared);
  free_parts(shared, SHARED_PARTS);
  for (size_t l = 0; t->kept && l < t->depth; l++) {
    list_kept(t, &t->kept[l], kept);
    free_parts(kept, KEPT_PARTS);
  }
  free(t->symbols);
  free(t->block);
  free(t->kept);
  free(t->layer);
  free(t->name);
  *t = (lac_transformer){ 0 };
}

/* Three products of every matrix, two operations a weight each; attention has two forwards and four backwards, over all T x T pairs. */
double lac_transformer_flops(const lac_transformer *t)
{
  double D = (double)t->width, L = (double)t->depth;
  return 6 * (12 * L * D * D + (double)t->vocab * D) + 12 * L * (double)t->context * D;
}

/* ---- in f64 and in f32 ---- */

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#define ROOT sqrt
#include "decoder.c"
#undef REAL
#undef T
#undef PRECISION
#undef ROOT

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#define ROOT sqrtf
#include "decoder.c"
