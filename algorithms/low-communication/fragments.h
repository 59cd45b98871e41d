/* fragments.h: the coordinates dealt out into P fragments, and when each of them travels.

   Fragment p is sent at the steps t = t_p + H, t_p + 2H, ... with t_p = p * spacing (first=partial: from t_p on), and arrives tau
   steps later.  H=epochs:E: as many steps as E passes over the rows of a client take.

   Layer l of L belongs to fragment l mod P (strided) or floor(l P / L) (sequential).  The layers are the groups of the problem's tensors,
   such as a matrix with its bias; tensors of no group are the last fragment, and the layers are dealt out into the others.  Where the
   problem declares none, layers are single coordinates; with layer=k, k coordinates each.

   What is compressed as one vector: of the problem's layers every tensor, so that each has a scale of its own; of other
   fragments the whole; and with P = 1 the vector as it is, whose layers the compressor knows.  The fragments that up2 lists travel by
   --up2, in another precision than those that travel by --up. */
#ifndef LAC_FRAGMENTS_H
#define LAC_FRAGMENTS_H

#include "algorithm.h"

enum { STRIDED, SEQUENTIAL };
enum { FULL, PARTIAL };

typedef struct {
  lac_steps H;
  uint64_t count, layer, spacing, tau;
  int pattern, first;
  lac_widths up2;
} fragment_params;

/* For the options of a method whose parameters have a fragment_params called `member`. */
#define FRAGMENT_OPTIONS(type, member)                                                                                   \
  { "H", LAC_STEPS, offsetof(type, member.H), "10", "[1,4294967295]", NULL,                                              \
    "inner steps between two exchanges of a fragment; epochs:E: E passes over a client's rows" },                        \
  { "fragments", LAC_UINT, offsetof(type, member.count), "1", "[1,4294967295]", NULL, "fragments P" },                   \
  { "pattern", LAC_CHOICE, offsetof(type, member.pattern), "strided", NULL, "strided|sequential", "which layers make a fragment" }, \
  { "layer", LAC_UINT, offsetof(type, member.layer), "0", "[0,4294967295]", NULL,                                        \
    "coordinates of a layer; 0: the layers of the problem, else single coordinates" },                                   \
  { "spacing", LAC_UINT, offsetof(type, member.spacing), "0", "[0,4294967295]", NULL,                                    \
    "steps from one fragment to the next; 0: H/(P+1), at least 1" },                                                     \
  { "first", LAC_CHOICE, offsetof(type, member.first), "full", NULL, "full|partial",                                     \
    "full: H steps before the first exchange of each" },                                                                 \
  { "tau", LAC_UINT, offsetof(type, member.tau), "0", "[0,60]", NULL,                                                    \
    "steps between sending and receiving; communication overlaps them" }
/* Behind the method's other options. */
#define FRAGMENT_UP2_OPTION(type, member)                                                                                \
  { "up2", LAC_WIDTHS, offsetof(type, member.up2), "", NULL, NULL,                                                       \
    "fragments that --up2 compresses in the place of --up: their numbers from 0 on, joined by x (0x2)" }

/* ---- when ---- */

/* H in steps. */
static inline uint64_t fragment_H(const lac_env *e, const fragment_params *p)
{
  return p->H.epochs ? p->H.epochs * lac_epoch_steps(e, 0) : p->H.number;
}

static inline uint64_t spacing_of(const fragment_params *p, uint64_t H)
{
  uint64_t even = H / (p->count + 1);
  return p->spacing ? p->spacing : even ? even : 1;
}

/* Is the fragment sent at step t? */
static inline int sends(const lac_env *e, const fragment_params *p, uint64_t fragment, uint64_t t)
{
  uint64_t H = fragment_H(e, p), offset = fragment * spacing_of(p, H);
  return t >= offset + (p->first == FULL ? H : 0) && (t - offset) % H == 0;
}

/* How often it has been sent up to step t, at which it is sent. */
static inline uint64_t exchanges_until(const lac_env *e, const fragment_params *p, uint64_t fragment, uint64_t t)
{
  uint64_t H = fragment_H(e, p), offset = fragment * spacing_of(p, H);
  return (t - offset) / H + (p->first == PARTIAL && offset > 0);
}

/* Does its average arrive at step t? */
static inline int lands(const lac_env *e, const fragment_params *p, uint64_t fragment, uint64_t t)
{
  return t > p->tau && sends(e, p, fragment, t - p->tau);
}

typedef int (*fragment_moves)(const lac_env *e, const fragment_params *, uint64_t fragment, uint64_t t);
static inline int any(const lac_env *e, const fragment_params *p, fragment_moves when, uint64_t t)
{
  for (uint64_t k = 0; k < p->count; k++)
    if (when(e, p, k, t))
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

/* Of its messages. */
static inline lac_lane lane_of(const fragment_params *p, uint64_t fragment)
{
  for (size_t i = 0; i < p->up2.count; i++)
    if (p->up2.at[i] == fragment)
      return LAC_UP2;
  return LAC_UP;
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
    lac_site s = lac_lane_site(e, lane_of(p, fragment), size);
    if (lac_refuse(&s))
      return lac_refuse(&s);
  }
  return fragment_size(e, p, fragment) ? NULL : "a fragment has no layer; lower fragments or take layers of one coordinate, layer=1";
}

static inline const char *refuse_H(const lac_env *e, const fragment_params *p)
{
  uint64_t least, most;
  lac_epoch_steps_of(e, &least, &most);
  if (p->H.epochs && least != most)
    return "H=epochs:E is not the same number of steps for all clients here; take clients with equally many rows, or H=NUMBER";
  if (p->H.epochs > UINT32_MAX / most)
    return "H=epochs:E is more steps than a run can have rounds; take fewer epochs";
  return p->tau >= fragment_H(e, p) ? "tau must be less than H" : NULL;
}

static inline const char *refuse_up2(const fragment_params *p)
{
  for (size_t i = 0; i < p->up2.count; i++)
    if (p->up2.at[i] >= p->count)
      return "up2 lists a fragment that is not there; they are numbered from 0 to fragments - 1";
  return NULL;
}

/* NULL, or why they cannot travel. */
static inline const char *refuse_fragments(const lac_env *e, const fragment_params *p)
{
  const char *why = refuse_H(e, p);
  why = why ? why : p->count > e->d ? "fragments is more than the coordinates" : refuse_up2(p);
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
    LAC_TRY(lac_compress_part(e, lane_of(p, fragment), client, size, part, up, 0, NULL));
  return LAC_OK;
}

/* part += weight times what send_fragment sent. */
static inline int receive_fragment(const lac_env *e, const fragment_params *p, uint64_t fragment, uint32_t client, double weight,
                                   lac_msg *up, double *part)
{
  size_t size;
  for (walk w = walk_over(e, p, fragment); (size = next_vector(&w)); part += size)
    LAC_TRY(lac_decompress_part(e, lane_of(p, fragment), client, size, up, weight, part));
  return LAC_OK;
}

/* Bits of send_fragment; *exact becomes 0 when they are a bound. */
static inline uint64_t fragment_bits(const lac_env *e, const fragment_params *p, uint64_t fragment, int *exact)
{
  uint64_t bits = 0;
  size_t size;
  for (walk w = walk_over(e, p, fragment); (size = next_vector(&w));) {
    int one;
    bits += lac_part_bits(e, lane_of(p, fragment), size, &one);
    *exact = *exact && one;
  }
  return bits;
}

#endif
