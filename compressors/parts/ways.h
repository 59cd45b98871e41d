/* ways.h: the next stage with other values of one of its options, for a stage that chooses among them.

   Way 0 is the next stage as the user gave it; way w = 1, 2, ... has the w-th value of a list, "0.1%/1%/10%", in the place of its own. */
#ifndef LAC_WAYS_H
#define LAC_WAYS_H

#include "compressor.h"

enum { LAC_WAYS_MOST = 64, LAC_SETTINGS_BYTES = 256 };

/* Which option, and its values; who chooses, and how the list is called there, for messages. */
typedef struct { const char *param, *values, *who, *list; } lac_ways;

/* Options of the next stage, one of them changed. */
typedef struct { _Alignas(max_align_t) unsigned char bytes[LAC_SETTINGS_BYTES]; } lac_settings;

/* At least 1; an empty list has no further ways. */
size_t lac_way_count(const lac_ways *w);
/* The place at the next stage, `at` from lac_next, goes this way as long as `set` lives. */
int lac_way_use(const lac_ways *w, size_t way, lac_site *at, lac_settings *set);
/* NULL, or why the next stage, which is there, has no such option or values.  The sentence lives until the next call. */
const char *lac_ways_refuse(const lac_ways *w, const lac_site *s);

#endif
