/* verdict.h: claims and what they came to, in words: for laconic claims and laconic report. */
#ifndef LAC_VERDICT_H
#define LAC_VERDICT_H

#include "figures/claims.h"

/* "HOLDS" */
const char *lac_claim_verdict(lac_verdict verdict);
/* What stands between the numbers: the relation of claims about neighbours compares the further run with the nearer one. */
const char *lac_claim_sign(const lac_claim *claim);
/* The caller frees these texts; NULL: no memory.  The runs of a side, and those that are as small or as large:
   "EF21 ×16 (as EF21 ×4)". */
char *lac_sided_name(const lac_sided *v);
/* Runs of two names may differ in the number only: "EF14 ×16, 2.8e-05 > 1.2e-06 (EF14 ×4)". */
char *lac_claim_case_text(const lac_claim *claim, const lac_claim_case *k);
/* "phishing: left / right 0.42, with 95% in 0.31 to 0.57, of 5 pairs", "phishing: 4 of 5 cases hold". */
char *lac_claim_sample_text(const lac_claim *claim, const lac_claim_sample *s);
/* What the verdict rests on; *word: what that is, "worst: ". */
char *lac_claim_tightest_text(const lac_claim *claim, const char **word);

#endif
