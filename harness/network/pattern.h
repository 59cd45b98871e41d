/* pattern.h: by which messages from point to point an exchange between n clients and a server is done. */
#ifndef LAC_PATTERN_H
#define LAC_PATTERN_H

#include "network/recorded.h"
#include "options.h"

/* A message between two ranks.  Who receives one of a stage has it before it sends one of the next. */
typedef struct { uint32_t from, to, stage, tag; uint64_t bytes; } lac_hop;

/* By stage.  The first `down` are on their way before the clients compute, the others when they have. */
typedef struct {
  lac_hop *hop;
  size_t count, cap, down;
} lac_hops;

typedef struct {
  lac_spec spec;
  const struct lac_pattern_type *type;
  uint64_t *below;                /* scratch of a tree */
  size_t below_cap;
} lac_pattern;

/* Of "star", "tree:k=2", ...; `what` is the option, for messages.  Close it also after a failure.  EUSER. */
int lac_pattern_open(lac_pattern *r, const char *what, const char *text);
void lac_pattern_close(lac_pattern *r);
/* Ranks 0, 1, ... of the servers; the clients follow. */
uint32_t lac_pattern_servers(const lac_pattern *r);
/* EUSER: messages that arrive rounds later cannot take this route, since others have to pass them on. */
int lac_pattern_takes_late(const lac_pattern *r);
/* List the messages of an exchange; tags are 0.  Empty messages are left out.  The caller frees hops->hop in the end. */
int lac_pattern_list(lac_pattern *r, const lac_recorded *x, lac_hops *hops);

#endif
