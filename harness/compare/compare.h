/* compare.h: what changed between two sets of results.  Serial: rank 0 alone calls it. */
#ifndef LAC_COMPARE_H
#define LAC_COMPARE_H

#include "store/result.h"
#include "store/table.h"

/* What one call of laconic bench measured of a row: repeats, which belong to its table. */
typedef struct { const double *repeat; size_t count; double median; } lac_sample;

/* One number of a row. */
typedef struct {
  char name[32], unit[24];
  char of[64];                     /* what else there is to say of it: "grad_norm_sq 1e-05" */
  double value;                    /* NaN: not known */
  double noise, floor;             /* a difference of noise |BASE| + floor means nothing */
  int better;                      /* -1: less, 1: more, 0: neither */
  int is_speed;                    /* seconds: other ones at each call */
  lac_sample *sample;              /* of a speed: one a table of its side, in the order of their files */
  size_t samples, sample_cap;
} lac_quantity;

enum { LAC_QUANTITIES_MOST = 40 };

/* A run, or a row of tables of measurements: those of one side that measure the same are one row. */
typedef struct lac_row {
  char *name;                      /* for people */
  char *key;                       /* the digest of its configuration, or what tells the row from others */
  char *file;                      /* without folders; "" for the row of a table */
  char *given;                     /* the options as the user wrote them; "" for the row of a table */
  lac_quantity quantity[LAC_QUANTITIES_MOST];
  size_t quantities;
  const lac_result *result;        /* NULL: of a table */
  int paired;
} lac_row;

/* One side of the comparison: a file, or all .h5 files of a folder. */
typedef struct {
  const char *path;
  lac_row *row;
  size_t rows, row_cap;
  lac_result **result;
  size_t results, result_cap;
  lac_table **table;
  size_t tables, table_cap;
} lac_side;

/* EUSER: not there, damaged, or nothing in it. */
int lac_side_open(lac_side *s, const char *path);
void lac_side_close(lac_side *s);
/* NULL when r has no more room. */
lac_quantity *lac_row_add(lac_row *r, const char *name, const char *unit, int better);

/* ---- bounds: what a file allows ---- */

/*   target = grad_norm_sq:1e-6        ; before the first section: rounds_to and bits_to are until then
     bits_up = base, none, 0, bit      ; reference, lower, upper, unit: NEW is in [reference (1 + lower), reference (1 + upper)]
     [topk*]                           ; for rows whose name matches; the last one that fits counts
     error = 0.9, -10%, 10%
   The reference is a number or BASE's own value; with a reference of 0, lower and upper are absolute.  The unit may be left out. */
typedef struct {
  char *rows, *quantity, unit[24];
  double reference, lower, upper;      /* reference NaN: BASE's */
  int is_used;
} lac_bound;

typedef struct {
  char *path;
  lac_bound *bound;
  size_t count, cap;
  char target[64];                     /* COLUMN:VALUE, or "" */
} lac_bounds;

int lac_bounds_read(lac_bounds *b, const char *path);      /* EUSER with the file and the line */
void lac_bounds_free(lac_bounds *b);

/* ---- changes ---- */

typedef enum {
  LAC_SAME, LAC_BETTER,
  LAC_ALLOWED,                     /* worse, and a bound of the file allows it */
  LAC_FASTER, LAC_SLOWER,          /* seconds, when they do not count */
  LAC_NOTED,                       /* a setting that differs */
  LAC_ADDED,                       /* a row or quantity that is in NEW alone */
  LAC_WORSE, LAC_GONE,             /* regressions */
  LAC_CHANGES
} lac_change_kind;
extern const char *const lac_change_name[LAC_CHANGES];

typedef struct {
  lac_change_kind kind;
  const char *row;
  char quantity[100], unit[24];
  double base, now;
  double low, high;                /* of now / base, with its confidence; NaN: not of repeats */
  size_t pairs;                    /* of measurements; 0: not of several */
  char allowed[64], text[200];     /* text: of NOTED, in place of numbers */
} lac_change;

typedef struct {
  lac_change *change;
  size_t count, cap, of[LAC_CHANGES], pairs;
} lac_changes;

typedef struct {
  const lac_bounds *bounds;
  const char *target;
  int gate_speed;
  size_t speeds;                       /* set by lac_compare: how many are judged, each of which could be a false alarm */
} lac_rules;

/* Seconds count with gate_speed, and where both sides have at least so many measurements of a row. */
enum { LAC_PAIRS_LEAST = 5 };

/* Pair the rows and judge every quantity.  EUSER: nothing to compare, a bound that fits nothing, or too few measurements to gate speed. */
int lac_compare(lac_side *base, lac_side *now, const lac_rules *rules, lac_changes *c);
void lac_changes_free(lac_changes *c);

#endif
