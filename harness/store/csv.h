/* csv.h: a table of comma-separated text, as other programs write it: a line of names, then a line a row.  A field with commas, quotes or
   line ends stands in double quotes, a quote inside of it twice (RFC 4180).  A column in which every field is a number, or nothing, is one
   of numbers, where nothing is NaN. */
#ifndef LAC_CSV_H
#define LAC_CSV_H

#include "store/table.h"

/* EUSER: cannot be read, no or double names, a row with more or fewer fields, too many rows or columns.  To be closed when it is OK. */
int lac_csv_read(lac_table *t, const char *path);

#endif
