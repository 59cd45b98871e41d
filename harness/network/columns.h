/* columns.h: seconds(NETWORK) as a column of results: computed from the messages of a result when it is asked for. */
#ifndef LAC_COLUMNS_H
#define LAC_COLUMNS_H

#include "network/seconds.h"
#include "store/result.h"

/* Let a result have the columns seconds(TEXT), where TEXT is as in lac_network_find; `all` may be NULL, and else outlives the result. */
int lac_seconds_attach(lac_result *r, const lac_networks *all);
/* "seconds on wan (100 Mbit/s, 20 ms, n = 64, star)" of such a column, and of runs with so many clients; *words NULL: it is another
   column.  Caller frees.  EUSER. */
int lac_seconds_words(const lac_networks *all, const char *column, uint32_t least, uint32_t most, char **words);
/* The number of clients of a result; 0: it does not say. */
uint32_t lac_seconds_clients(const lac_result *r);

/* What the model takes of a result: its messages, to be closed, calls, to be freed, and measured times, NaN where there are none. */
int lac_seconds_course(const lac_result *r, lac_messages *m, double **calls, lac_course *c);

#endif
