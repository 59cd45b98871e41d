/* table.h: measurements as an HDF5 file: what `laconic bench compressors -o FILE.h5` writes and `laconic compare` reads.

     /bench/NAME      a column, one entry a row: text, or doubles; with repeats, rows x width doubles, NaN where a row has fewer
                      attributes: role, unit
     attributes of /  what is known of the whole: laconic_version, host, ...

   Serial: rank 0 alone calls it. */
#ifndef LAC_TABLE_H
#define LAC_TABLE_H

#include "store/result.h"

/* More than a table of measurements ever has; a file with more is refused. */
enum { LAC_TABLE_COLUMNS_MOST = 32, LAC_TABLE_ROWS_MOST = 1 << 16, LAC_TABLE_WIDTH_MOST = 1 << 12 };

/* What a column is good for when two tables are compared. */
typedef enum {
  LAC_ROLE_KEY,           /* which row this is */
  LAC_ROLE_EXACT,         /* a count: any more is worse */
  LAC_ROLE_ERROR,         /* a real number that a run gives again, up to rounding: more is worse */
  LAC_ROLE_SPEED,         /* measured times, over those of something that ran next to them: they differ from call to call */
  LAC_ROLE_NOTE,          /* for people */
  LAC_ROLES
} lac_role;

typedef struct {
  char *name, *unit;
  lac_role role;
  size_t width;           /* doubles a row */
  char **text;            /* NULL: real */
  double *real;           /* rows x width */
} lac_table_column;

typedef struct {
  char *path;
  size_t rows, columns, attributes;
  lac_table_column *column;
  lac_attribute *attribute;
} lac_table;

/* An empty table of so many rows, to be filled; close it. */
void lac_table_init(lac_table *t, size_t rows);
/* One more column, all NULL or NaN; width 0: text (each a malloc'd string).  NULL: no memory.  Lives until the next one is added. */
lac_table_column *lac_table_add(lac_table *t, const char *name, const char *unit, lac_role role, size_t width);
int lac_table_note(lac_table *t, const char *key, const char *value);
/* EIO. */
int lac_table_write(const lac_table *t, const char *path);

/* EUSER: cannot be read, damaged; *is_table = 0, LAC_OK and nothing to close when the file holds no table. */
int lac_table_open(lac_table *t, const char *path, int *is_table);
void lac_table_close(lac_table *t);
const lac_table_column *lac_table_find(const lac_table *t, const char *name);       /* NULL: none */

#endif
