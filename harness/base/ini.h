/* ini.h: the one reader of files of sections and keys: experiments, claims, bounds.

     ; a comment, also with #
     key = value                  ; or key: value; a comment behind a value begins with a blank and a semicolon
       that goes on               ; in lines that are indented more than their key, up to an empty line
     [section]
   Lines may be of any length and end with LF, CRLF or CR; a mark of UTF-8 at the beginning is no text.  Bytes above 127 stay as they are.
   Every line is read whole, or the file is refused with the number of the line: what is neither section, key nor comment, a section or a
   key of a section that is there already, a key without a value, control characters, UTF-16. */
#ifndef LAC_INI_H
#define LAC_INI_H

#include <stddef.h>

typedef struct {
  char *section;             /* "" before the first; shared by the entries of a section */
  char *key, *value;         /* NULL: the section begins here */
  size_t line;
} lac_ini_entry;

typedef struct {
  lac_ini_entry *entry;      /* in the order of the file */
  size_t count, cap;
} lac_ini;

/* EUSER: "PATH: line N ...". */
int lac_ini_read(lac_ini *ini, const char *path);
/* The same of `size` bytes; `path` is for messages. */
int lac_ini_parse(lac_ini *ini, const char *path, const char *bytes, size_t size);
void lac_ini_free(lac_ini *ini);

#endif
