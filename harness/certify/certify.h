/* certify.h: certificates: what a plug-in owes by contract and what it says of itself, checked by running it. */
#ifndef LAC_CERTIFY_H
#define LAC_CERTIFY_H

#include "ranks/comm.h"
#include "registry/registry.h"
#include "verdicts.h"

/* Who takes the findings; called on rank 0. */
typedef struct {
  void (*take)(void *self, const lac_finding *f);
  void *self;
} lac_findings;

/* Everything about one method or, with options "up=topk:k=3 ..." of laconic run, the bounds of its theory under these.  Collective; a
   failed check is a finding, not an error. */
int lac_certify_algorithm(lac_comm *comm, const lac_entry *method, const char *with, const lac_findings *to);
/* Everything about one compressor.  Not collective. */
int lac_certify_compressor(const lac_compressor_type *type, const lac_findings *to);

/* Vectors that compressors meet: gaussian, huge, denormal, equal, one-hot, ties, alternating. */
enum { LAC_INPUTS = 7 };
extern const char *const lac_input_name[LAC_INPUTS];
void lac_input_fill(gsl_rng *data, unsigned kind, size_t d, double *x);

/* Whether plug-ins of this kind have certificates. */
int lac_is_certified(lac_plugin_kind kind);
/* What the table of `laconic certify --output` in ./certificates.tsv or $LACONIC_CERTIFICATES says: "certified", "FAILED" or "-"; NULL when
   there is none of this version. */
const char *lac_certified(lac_plugin_kind kind, const char *name);

#endif
