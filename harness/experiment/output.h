/* output.h: a file that a command was asked for: the old one stays until the new one is whole. */
#ifndef LAC_OUTPUT_H
#define LAC_OUTPUT_H

#include <stdio.h>

typedef struct { FILE *to; char *path, *temporary; } lac_output;

/* Begin FOLDER/NAME SUFFIX.  EUSER: the folder cannot be written. */
int lac_output_open(lac_output *o, const char *folder, const char *name, const char *suffix);
/* With `status` OK put it in its place, when every byte is on the disk; else take it away and return status.  EIO names the file. */
int lac_output_close(lac_output *o, int status);

/* The same of a file that somebody else writes: the name of its temporary (caller frees), and FOLDER/TEMPORARY to FOLDER/NAME. */
char *lac_output_temporary(const char *suffix);
int lac_output_place(const char *folder, const char *temporary, const char *name);

#endif
