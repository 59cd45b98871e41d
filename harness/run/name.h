/* name.h: the name of a run: a digest of everything that its result depends on. */
#ifndef LAC_NAME_H
#define LAC_NAME_H

#include "run/run.h"

/* The resolved configuration, one key=value a line.  Caller frees; NULL: no memory. */
char *lac_run_text(const lac_run *r);
/* 16 hex digits of such a text. */
void lac_run_digest(const char *text, char digest[static 17]);

#endif
