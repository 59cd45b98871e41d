#include "network/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { uint64_t count; } params;

static const lac_option tree_options[] = {
  { "k", LAC_UINT, offsetof(params, count), "2", ">=1", NULL, "children of a rank" }, { 0 } };
static const lac_option shards_options[] = {
  { "s", LAC_UINT, offsetof(params, count), "2", "[1,1000000]", NULL, "servers, each of a part of the coordinates" }, { 0 } };

static uint64_t count_of(const lac_pattern *r) { return ((const params *)r->spec.params)->count; }
static uint64_t bytes_of(uint64_t bits) { return bits / 8 + (bits % 8 > 0); }

static int add_hop(lac_hops *h, uint64_t from, uint64_t to, uint64_t stage, uint64_t bytes)
{
  if (bytes == 0)
    return LAC_OK;
  LAC_TRY(lac_grow(&h->hop, &h->cap, h->count + 1, sizeof *h->hop));
  h->hop[h->count++] = (lac_hop){ (uint32_t)from, (uint32_t)to, (uint32_t)stage, 0, bytes };
  return LAC_OK;
}

/* ---- star and shards: s servers, each with its part of every message ---- */

/* The whole bytes of a part: all parts together are the message. */
static uint64_t part_of(uint64_t bits, uint64_t j, uint64_t s)
{
  uint64_t bytes = bytes_of(bits), least = bytes / s;
  return least + (j < bytes % s);
}

static int list_shards(lac_pattern *r, const lac_recorded *x, lac_hops *h)
{
  uint64_t s = lac_pattern_servers(r);
  for (uint32_t i = 0; i < x->clients; i++)
    for (uint64_t j = 0; lac_recorded_has(x, i) && j < s; j++)
      LAC_TRY(add_hop(h, j, s + i, 0, part_of(x->down, j, s)));
  h->down = h->count;
  for (uint32_t i = 0; i < x->clients; i++)
    for (uint64_t j = 0; j < s; j++)
      LAC_TRY(add_hop(h, s + i, j, 1, part_of(x->up[i], j, s)));
  return LAC_OK;
}

/* ---- all-gather: every client gets every message and does the server's step itself, so no server sends ---- */

static int list_allgather(lac_pattern *r, const lac_recorded *x, lac_hops *h)
{
  (void)r;
  for (uint64_t i = 0; i < x->clients; i++)
    for (uint64_t k = 1; k < x->clients; k++)      /* each begins with its neighbour, so that not all send to the same one */
      LAC_TRY(add_hop(h, 1 + i, 1 + (i + k) % x->clients, 0, bytes_of(x->up[i])));
  return LAC_OK;
}

/* In stage s client i hands on the message of client i - s. */
static int list_ring(lac_pattern *r, const lac_recorded *x, lac_hops *h)
{
  (void)r;
  for (uint64_t s = 0; s + 1 < x->clients; s++)
    for (uint64_t i = 0; i < x->clients; i++)
      LAC_TRY(add_hop(h, 1 + i, 1 + (i + 1) % x->clients, s, bytes_of(x->up[(i + x->clients - s) % x->clients])));
  return LAC_OK;
}

/* ---- a tree of ranks, the server its root: rank i is a child of (i - 1) / k; messages go up side by side, not added ---- */

static uint64_t depth_of(uint64_t rank, uint64_t k)
{
  uint64_t depth = 0;
  for (; rank; rank = (rank - 1) / k)
    depth++;
  return depth;
}

/* below[i]: bytes that leave rank i upwards. */
static int sum_below(lac_pattern *r, const lac_recorded *x, uint64_t (*bytes)(const lac_recorded *, uint32_t))
{
  uint64_t k = count_of(r);
  LAC_TRY(lac_grow(&r->below, &r->below_cap, (size_t)x->clients + 1, sizeof *r->below));
  r->below[0] = 0;
  for (uint32_t i = 0; i < x->clients; i++)
    r->below[i + 1] = bytes(x, i);
  for (uint64_t i = x->clients; i > 0; i--)
    r->below[(i - 1) / k] += r->below[i];
  return LAC_OK;
}

static uint64_t whether_in(const lac_recorded *x, uint32_t i) { return (uint64_t)lac_recorded_has(x, i); }
static uint64_t own_bytes(const lac_recorded *x, uint32_t i) { return bytes_of(x->up[i]); }

static int list_tree(lac_pattern *r, const lac_recorded *x, lac_hops *h)
{
  uint64_t k = count_of(r), n = x->clients, most = depth_of(n, k);
  LAC_TRY(sum_below(r, x, whether_in));
  for (uint64_t i = 1; i <= n; i++)
    if (r->below[i])
      LAC_TRY(add_hop(h, (i - 1) / k, i, depth_of(i, k) - 1, bytes_of(x->down)));
  h->down = h->count;
  LAC_TRY(sum_below(r, x, own_bytes));
  for (uint64_t i = n; i > 0; i--)
    LAC_TRY(add_hop(h, i, (i - 1) / k, most + most - depth_of(i, k), r->below[i]));
  return LAC_OK;
}

/* ---- the table ---- */

typedef struct lac_pattern_type {
  const char *name, *shown;
  const lac_option *options;
  int (*list)(lac_pattern *r, const lac_recorded *x, lac_hops *h);
  int servers;          /* 0: as many as the option says */
  int takes_late;       /* a message is one hop: nobody has to pass it on */
} lac_pattern_type;

static const lac_option no_options[] = { { 0 } };
static const lac_pattern_type types[] = {
  { "star", "star", no_options, list_shards, 1, 1 },
  { "allgather", "allgather", no_options, list_allgather, 1, 1 },
  { "ring", "ring", no_options, list_ring, 1, 0 },
  { "tree", "tree:k=2", tree_options, list_tree, 1, 0 },
  { "shards", "shards:s=2", shards_options, list_shards, 0, 1 },
};

int lac_pattern_open(lac_pattern *r, const char *what, const char *text)
{
  *r = (lac_pattern){ 0 };
  size_t length = strcspn(text, ":");
  for (size_t i = 0; i < LAC_COUNT(types); i++)
    if (strlen(types[i].name) == length && strncmp(types[i].name, text, length) == 0)
      r->type = &types[i];
  if (r->type)
    return lac_spec_parse(&r->spec, what, text, r->type->options, sizeof(params));
  char names[128] = "";
  for (size_t i = 0; i < LAC_COUNT(types); i++)
    snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", types[i].shown);
  return lac_fail(LAC_EUSER, "%s: there is no exchange '%.40s'; give one of %s", what, text, names);
}

void lac_pattern_close(lac_pattern *r)
{
  lac_spec_free(&r->spec);
  free(r->below);
  *r = (lac_pattern){ 0 };
}

uint32_t lac_pattern_servers(const lac_pattern *r) { return r->type->servers ? (uint32_t)r->type->servers : (uint32_t)count_of(r); }

int lac_pattern_takes_late(const lac_pattern *r)
{
  return r->type->takes_late ? LAC_OK :
         lac_fail(LAC_EUSER, "--exchange=%s passes messages on, and those of this result arrive rounds later; use star, allgather or "
                  "shards", r->spec.text);
}

int lac_pattern_list(lac_pattern *r, const lac_recorded *x, lac_hops *h)
{
  h->count = h->down = 0;
  return r->type->list(r, x, h);
}
