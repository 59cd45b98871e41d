/* collect_options.h: the command line of plot and claims: FILE.ini, --out=DIR, and the options of laconic run that name a result. */
#ifndef LAC_COLLECT_OPTIONS_H
#define LAC_COLLECT_OPTIONS_H

#include <argp.h>

enum { LAC_COLLECT_MOST = 128, LAC_COLLECT_FIRST_KEY = 1000 };
typedef struct {
  const char *file, *out;
  char *settings[LAC_COLLECT_MOST];      /* "key=value", NULL-terminated */
  size_t count;
} lac_collect_arguments;

/* The option table: ours, then `extra` (ends with { 0 }; keys below LAC_COLLECT_FIRST_KEY).  Lives until the next call. */
const struct argp_option *lac_collect_options(const struct argp_option *extra);
/* Takes what the command's own parser does not know. */
error_t lac_collect_parse(int key, char *value, lac_collect_arguments *a);
void lac_collect_arguments_clear(lac_collect_arguments *a);

#endif
