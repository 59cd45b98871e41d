/* fragments.h: the coordinates dealt out into P fragments, and when each of them travels.

   Fragment p is sent at the steps t = t_p + H, t_p + 2H, ... with t_p = p * spacing (first=partial: from t_p on), and arrives tau
   steps later.

   Layer l of L belongs to fragment l mod P (strided) or floor(l P / L) (sequential).  The layers are the groups of the problem's tensors,
   such as a matrix with its bias; tensors of no group are the last fragment, and the layers are dealt out into the others.  Where the
   problem declares none, layers are single coordinates; with layer=k, k coordinates each.

   What is compressed as one vector: of the problem's layers every tensor, so that each has a scale of its own; of other
   fragments the whole; and with P = 1 the vector as it is, whose layers the compressor knows. */
#ifndef LAC_FRAGMENTS_H
#define LAC_FRAGMENTS_H

#include "algorithm.h"

enum { STRIDED, SEQUENTIAL };
enum { FULL, PARTIAL };

typedef struct {
  uint64_t H, count, layer, spacing, tau;
  int pattern, first;
} fragment_params;

/* For the options of a method whose parameters have a fragment_params called `member`. */
#define FRAGMENT_OPTIONS(type, member)                                                                                   \
  { "H", LAC_UINT, offsetof(type, member.H), "10", ">=1", NULL, "inner steps between two exchanges of a fragment" },     \
  { "fragments", LAC_UINT, offsetof(type, member.count), "1", ">=1", NULL, "fragments P" },                              \
  { "pattern", LAC_CHOICE, offsetof(type, member.pattern), "strided", NULL, "strided|sequential", "which layers make a fragment" }, \
  { "layer", LAC_UINT, offsetof(type, member.layer), "0", NULL, NULL,                                                    \
    "coordinates of a layer; 0: the layers of the problem, else single coordinates" },                                   \
  { "spacing", LAC_UINT, offsetof(type, member.spacing), "0", NULL, NULL,                                                \
    "steps from one fragment to the next; 0: H/(P+1), at least 1" },                                                     \
  { "first", LAC_CHOICE, offsetof(type, member.first), "full", NULL, "full|partial",                                     \
    "full: H steps before the first exchange of each" },                                                                 \
  { "tau", LAC_UINT, offsetof(type, member.tau), "0", "[0,60]", NULL,                                                    \
    "steps between sending and receiving; communication overlaps them" }

/* ---- when ---- */

/* Is the fragment sent at step t? */
static inline int sends(const fragment_params *p, uint64_t fragment, uint64_t t)
{
  uint64_t even = p->H / (p->count + 1), spacing = p->spacing ? p->spacing : even ? even : 1, offset = fragment * spacing;
  return t >= offset + (p->first == FULL ? p->H : 0) && (t - offset) % p->H == 0;
}

/* Does its average arrive at step t? */
static inline int lands(const fragment_params *p, uint64_t fragment, uint64_t t)
{
  return t > p->tau && sends(p, fragment, t - p->tau);
}

typedef int (*fragment_moves)(const fragment_params *, uint64_t fragment, uint64_t t);
static inline int any(const fragment_params *p, fragment_moves when, uint64_t t)
{
  for (uint64_t k = 0; k < p->count; k++)
    if (when(p, k, t))
      return 1;
  return 0;
}

/* ---- what ---- */

/* Walks over the tensors of a fragment: runs of coordinates of one layer, in order. */
typedef struct {
  const fragment_params *p;
  const lac_layer *layers;            /* the problem's; NULL: runs of `run` coordinates */
  size_t d, run, tensors, next;       /* next: tensor to look at */
  uint64_t fragment, layer, of;       /* the layer at hand, of so many */
  int rest, in_rest;                  /* whether there are tensors of no group, and whether the one at hand is */
  size_t at, size;                    /* the tensor at hand */
} walk;

static inline walk walk_over(const lac_env *e, const fragment_params *p, uint64_t fragment)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  walk w = { .p = p, .d = e->d, .run = p->layer ? (size_t)p->layer : 1, .fragment = fragment };
  if (p->layer == 0 && p->count > 1 && s.layer_count) {
    w.layers = s.layers;
    w.tensors = s.layer_count;
    for (size_t t = 0; t < w.tensors; t++) {
      w.of = s.layers[t].group > w.of ? s.layers[t].group : w.of;
      w.rest |= !s.layers[t].group;
    }
  } else
    w.of = w.tensors = (e->d + w.run - 1) / w.run;
  return w;
}

static inline void look_at(walk *w, size_t t)
{
  if (w->layers) {
    w->in_rest = !w->layers[t].group;
    w->layer = w->in_rest ? 0 : w->layers[t].group - 1;
    w->at = w->layers[t].offset;
    w->size = w->layers[t].rows * w->layers[t].cols;
  } else {
    w->layer = t;
    w->at = t * w->run;
    w->size = w->d - w->at < w->run ? w->d - w->at : w->run;
  }
}

/* Of the tensor at hand. */
static inline uint64_t fragment_of(const walk *w)
{
  uint64_t dealt = w->p->count - (uint64_t)w->rest;      /* fragments that layers are dealt out into */
  if (w->in_rest)
    return dealt;
  return w->p->pattern == STRIDED ? w->layer % dealt : w->layer * dealt / w->of;
}

/* The next tensor into w->at and w->size; 0: there is none. */
static inline int next_tensor(walk *w)
{
  while (w->next < w->tensors) {
    look_at(w, w->next++);
    if (fragment_of(w) == w->fragment)
      return 1;
  }
  return 0;
}

/* The size of the next vector that is compressed on its own; they follow one another in the fragment.  0: there is none. */
static inline size_t next_vector(walk *w)
{
  size_t size = 0;
  while (next_tensor(w)) {
    size += w->size;
    if (w->layers)
      break;
  }
  return size;
}

static inline size_t fragment_size(const lac_env *e, const fragment_params *p, uint64_t fragment)
{
  size_t size = 0;
  for (walk w = walk_over(e, p, fragment); next_tensor(&w);)
    size += w.size;
  return size;
}

/* part = the fragment of x, and back. */
static inline void gather(const lac_env *e, const fragment_params *p, uint64_t fragment, const double *x, double *part)
{
  for (walk w = walk_over(e, p, fragment); next_tensor(&w); part += w.size)
    lac_copy(w.size, x + w.at, part);
}

static inline void scatter(const lac_env *e, const fragment_params *p, uint64_t fragment, const double *part, double *x)
{
  for (walk w = walk_over(e, p, fragment); next_tensor(&w); part += w.size)
    lac_copy(w.size, part, x + w.at);
}

static inline const char *refuse_fragment(const lac_env *e, const fragment_params *p, uint64_t fragment)
{
  size_t size;
  for (walk w = walk_over(e, p, fragment); (size = next_vector(&w));) {
    lac_site s = lac_lane_site(e, LAC_UP, size);
    if (lac_refuse(&s))
      return lac_refuse(&s);
  }
  return fragment_size(e, p, fragment) ? NULL : "a fragment has no layer; lower fragments or take layers of one coordinate, layer=1";
}

/* NULL, or why they cannot travel. */
static inline const char *refuse_fragments(const lac_env *e, const fragment_params *p)
{
  const char *why = p->tau >= p->H ? "tau must be less than H" : p->count > e->d ? "fragments is more than the coordinates" : NULL;
  for (uint64_t k = 0; k < p->count && !why; k++)
    why = refuse_fragment(e, p, k);
  return why;
}

/* Append the fragment in `part`, compressed. */
static inline int send_fragment(const lac_env *e, const fragment_params *p, uint64_t fragment, uint32_t client, const double *part,
                                lac_msg *up)
{
  size_t size;
  for (walk w = walk_over(e, p, fragment); (size = next_vector(&w)); part += size)
    LAC_TRY(lac_compress_part(e, LAC_UP, client, size, part, up, 0, NULL));
  return LAC_OK;
}

/* part += weight times what send_fragment sent. */
static inline int receive_fragment(const lac_env *e, const fragment_params *p, uint64_t fragment, uint32_t client, double weight,
                                   lac_msg *up, double *part)
{
  size_t size;
  for (walk w = walk_over(e, p, fragment); (size = next_vector(&w)); part += size)
    LAC_TRY(lac_decompress_part(e, LAC_UP, client, size, up, weight, part));
  return LAC_OK;
}

/* Bits of send_fragment; *exact becomes 0 when they are a bound. */
static inline uint64_t fragment_bits(const lac_env *e, const fragment_params *p, uint64_t fragment, int *exact)
{
  uint64_t bits = 0;
  size_t size;
  for (walk w = walk_over(e, p, fragment); (size = next_vector(&w));) {
    int one;
    bits += lac_part_bits(e, LAC_UP, size, &one);
    *exact = *exact && one;
  }
  return bits;
}

#endif
