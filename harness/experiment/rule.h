/* rule.h: the grammar of the rule by which best.h chooses:

     best = smallest rounds_to(grad_norm_sq, 1e-7) then smallest last(grad_norm_sq)

   at the head of an experiment file for every [run LABEL], or in one of them; "all" there: no choice.  `then` decides between equals. */
#ifndef LAC_RULE_H
#define LAC_RULE_H

#include "experiment/reduce.h"

enum { LAC_BEST_CRITERIA = 4 };
typedef struct { lac_reduction of; int sign; } lac_best_criterion;      /* sign -1: the largest is the best */
typedef struct { lac_best_criterion by[LAC_BEST_CRITERIA]; size_t count; } lac_best_rule;

int lac_best_rule_parse(lac_best_rule *r, const char *text);      /* EUSER */
/* Does this text, which may be NULL or "all", choose at all? */
int lac_best_rule_chooses(const char *text);
/* EUSER unless the text is a rule, "all" or NULL. */
int lac_best_rule_check(const char *text);

#endif
