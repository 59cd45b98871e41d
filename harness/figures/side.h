/* side.h: a side of a claim: what it selects, and the one number that this comes to.  claims.h has the grammar. */
#ifndef LAC_SIDE_H
#define LAC_SIDE_H

#include "experiment/collect.h"
#include "experiment/reduce.h"

enum { LAC_CLAIM_KEYS = 8 };

/* How many runs are one number; without a word, they must be one. */
typedef enum { LAC_ONE, LAC_SMALLEST, LAC_LARGEST, LAC_MEAN, LAC_MEDIAN } lac_chooser;
/* KEY=VALUE|VALUE of a result, or COLUMN>=NUMBER (>, <=, <) of the rows of a table. */
typedef enum { LAC_IS_ONE_OF, LAC_IS_BELOW, LAC_IS_AT_MOST, LAC_IS_ABOVE, LAC_IS_AT_LEAST } lac_compare;
typedef struct { const char *key, *values; lac_compare compare; double number; } lac_condition;

typedef struct {
  double scale;                    /* the number itself when there is no reduction */
  double plus;                     /* added to what is reduced and scaled */
  lac_reduction of;                /* kind -1: a number */
  lac_chooser choose;
  char *text;                      /* of the conditions, whose keys and values point into it; to be freed */
  lac_condition where[LAC_CLAIM_KEYS];
  size_t wheres;
} lac_side;

/* Values of the keys that a case is about.  One more than a claim may name: the key that something increases with. */
typedef struct { const char *key[LAC_CLAIM_KEYS + 1], *value[LAC_CLAIM_KEYS + 1]; size_t count; } lac_grouping;

/* A side in a group. */
typedef struct {
  double value;
  const lac_member *run;           /* whose it is, the first of several; NULL: a number, or nothing is selected */
  char *ties;                      /* what smallest or largest could as well have chosen, or NULL */
  const char *how;                 /* "mean" or "median" of these runs, or NULL */
  const lac_member **run_of;
  double *value_of;
  size_t runs;
  lac_known known;
  int found;
  size_t rows;                     /* of a table, that it is about */
} lac_sided;

/* EUSER.  Free s->text in any case. */
int lac_side_parse(lac_side *s, const char *text);
/* The conditions alone, that stand behind `of`. */
int lac_side_where(lac_side *s, const char *text);
/* Does a row of a result of a table meet the conditions on numbers?  EUSER: it has no such column. */
int lac_side_takes(const lac_side *s, const lac_result *r, size_t row, int *takes);
/* g may be NULL.  The right side does not follow the keys that it names itself. */
int lac_side_selects(const lac_member *m, const lac_side *s, const lac_grouping *g, int is_right);
/* EUSER: more than one run without a word for it, a column that the results do not have.  Free v in any case. */
int lac_side_evaluate(const lac_collection *c, const lac_side *s, const lac_grouping *g, int is_right, lac_sided *v);
void lac_sided_free(lac_sided *v);
/* Do both come from the same results in the same way? */
int lac_sided_same(const lac_sided *a, const lac_sided *b);
/* The next piece between commas that is not empty, without blanks around it; NULL at the end.  The text is cut where it lies. */
char *lac_next_piece(char **text);

#endif
