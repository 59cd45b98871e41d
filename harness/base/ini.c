#include "ini.h"

#include "base.h"
#include "file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MOST = 1 << 26 };      /* bytes of a file */
static const char blanks[] = " \t\f\v";

/* A file while it is read: of the value that may go on, the text so far and how far its key is indented. */
typedef struct {
  lac_ini *ini;
  const char *path;
  size_t line;
  char *section;
  int open;
  size_t indent, length, cap;
  char *value;
} reader;

#define REFUSE(r, ...) (lac_context(lac_fail(LAC_EUSER, __VA_ARGS__), "%s: line %zu", (r)->path, (r)->line))

/* ---- entries ---- */

static char *copy_text(const char *text, size_t n)
{
  char *c = malloc(n + 1);
  if (!c) {
    lac_fail(LAC_ENOMEM, "out of memory for a text of %zu bytes", n);
    return NULL;
  }
  memcpy(c, text, n);
  c[n] = 0;
  return c;
}

static int add_entry(reader *r, char *key)
{
  lac_ini *ini = r->ini;
  int status = lac_grow(&ini->entry, &ini->cap, ini->count + 1, sizeof *ini->entry);
  if (status == LAC_OK)
    ini->entry[ini->count++] = (lac_ini_entry){ .section = r->section, .key = key, .line = r->line };
  return status;
}

/* The value of the last key is whole: the next line does not go on with it. */
static int close_value(reader *r)
{
  if (!r->open)
    return LAC_OK;
  lac_ini_entry *last = &r->ini->entry[r->ini->count - 1];
  r->open = 0;
  if (r->length == 0)
    return lac_context(lac_fail(LAC_EUSER, "%s is empty; give it a value or leave it out", last->key), "%s: line %zu", r->path, last->line);
  last->value = copy_text(r->value, r->length);
  return last->value ? LAC_OK : LAC_ENOMEM;
}

static int extend_value(reader *r, const char *text, size_t n)
{
  LAC_TRY(lac_grow(&r->value, &r->cap, r->length + n + 1, 1));
  if (r->length && n)
    r->value[r->length++] = ' ';
  memcpy(r->value + r->length, text, n);
  r->length += n;
  return LAC_OK;
}

/* ---- a line ---- */

static int is_blank(char c) { return c && strchr(blanks, c); }

/* Without the blanks at both ends. */
static void trim(const char **text, size_t *n)
{
  while (*n && is_blank((*text)[*n - 1]))
    --*n;
  while (*n && is_blank(**text))
    ++*text, --*n;
}

/* The length up to a semicolon that begins the text or follows a blank. */
static size_t without_comment(const char *text, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (text[i] == ';' && (i == 0 || is_blank(text[i - 1])))
      return i;
  return n;
}

static int take_section(reader *r, const char *text, size_t n)
{
  const char *inside = text + 1;
  if (text[n - 1] != ']')
    return memchr(text, ']', n) ? REFUSE(r, "has something behind [section]; it belongs into a line of its own")
                                : REFUSE(r, "begins a [section and does not end it with ]");
  n -= 2;
  trim(&inside, &n);
  if (n == 0)
    return REFUSE(r, "names no section: []");
  char *name = copy_text(inside, n), *to = name;
  if (!name)
    return LAC_ENOMEM;
  for (const char *p = name; *p; p++)      /* one blank where there are several */
    if (!is_blank(*p))
      *to++ = *p;
    else if (!is_blank(p[1]))
      *to++ = ' ';
  *to = 0;
  char *before = r->section;
  r->section = name;
  if (add_entry(r, NULL) == LAC_OK)
    return LAC_OK;
  r->section = before;
  free(name);
  return LAC_ENOMEM;
}

static int take_key(reader *r, const char *text, size_t n, size_t indent)
{
  size_t at = 0;
  while (at < n && text[at] != '=' && text[at] != ':')
    at++;
  if (at == n)
    return REFUSE(r, "is neither [section] nor key = value: '%.*s'", (int)(n < 40 ? n : 40), text);
  const char *name = text, *value = text + at + 1;
  size_t name_length = at, value_length = n - at - 1;
  trim(&name, &name_length);
  if (name_length == 0)
    return REFUSE(r, "has a value and no key");
  value_length = without_comment(value, value_length);
  trim(&value, &value_length);
  char *key = copy_text(name, name_length);
  if (!key)
    return LAC_ENOMEM;
  if (add_entry(r, key) != LAC_OK) {
    free(key);
    return LAC_ENOMEM;
  }
  r->open = 1;
  r->indent = indent;
  r->length = 0;
  return extend_value(r, value, value_length);
}

static int check_characters(const reader *r, const char *text, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == 0)
      return REFUSE(r, "holds a zero byte: this is no text, or UTF-16; save it as UTF-8");
    if ((c < ' ' && !is_blank((char)c)) || c == 127)
      return REFUSE(r, "holds the control character 0x%02x; take it out", c);
  }
  return LAC_OK;
}

static int take_line(reader *r, const char *line, size_t n)
{
  const char *text = line;
  LAC_TRY(check_characters(r, line, n));
  trim(&text, &n);
  size_t indent = (size_t)(text - line);
  if (n == 0)
    return close_value(r);
  if (*text == ';' || *text == '#')
    return LAC_OK;
  if (r->open && indent > r->indent) {
    n = without_comment(text, n);
    trim(&text, &n);
    return extend_value(r, text, n);
  }
  LAC_TRY(close_value(r));
  if (*text != '[')
    return take_key(r, text, n, indent);
  n = without_comment(text, n);
  trim(&text, &n);
  return take_section(r, text, n);
}

/* ---- a file ---- */

static int read_lines(reader *r, const char *at, const char *end)
{
  while (at < end) {
    const char *stop = at;
    while (stop < end && *stop != '\n' && *stop != '\r')
      stop++;
    r->line++;
    LAC_TRY(take_line(r, at, (size_t)(stop - at)));
    at = stop + (end - stop >= 2 && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1);
  }
  return close_value(r);
}

static int compare_texts(const char *a, const char *b) { return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL); }

/* Sections and the keys of a section, in the order of the file where they are the same. */
static int by_name(const void *a, const void *b)
{
  const lac_ini_entry *p = *(lac_ini_entry *const *)a, *q = *(lac_ini_entry *const *)b;
  int order = p->section == q->section ? 0 : strcmp(p->section, q->section);
  order = order ? order : compare_texts(p->key, q->key);
  return order ? order : (p > q) - (p < q);
}

static int refuse_twice(const char *path, const lac_ini_entry *first, const lac_ini_entry *again)
{
  const char *open = *again->section ? "[" : "the head", *close = *again->section ? "]" : "";
  if (!again->key)
    return lac_fail(LAC_EUSER, "%s: line %zu: [%s] is there already, in line %zu; sections need names of their own, and label = says what "
                    "a [run] is called", path, again->line, again->section, first->line);
  return lac_fail(LAC_EUSER, "%s: line %zu: %s is set twice in %s%s%s; it is there already, in line %zu", path, again->line, again->key,
                  open, again->section, close, first->line);
}

static int check_once(const lac_ini *ini, const char *path)
{
  lac_ini_entry **sorted = lac_alloc((ini->count + 1) * sizeof *sorted);
  const lac_ini_entry *first = NULL, *again = NULL;
  if (!sorted)
    return LAC_ENOMEM;
  for (size_t i = 0; i < ini->count; i++)
    sorted[i] = &ini->entry[i];
  qsort(sorted, ini->count, sizeof *sorted, by_name);
  for (size_t i = 1; i < ini->count; i++) {      /* of all, the one that comes first in the file */
    const lac_ini_entry *p = sorted[i - 1], *q = sorted[i];
    if (strcmp(p->section, q->section) == 0 && compare_texts(p->key, q->key) == 0 && (!again || q < again)) {
      first = p;
      again = q;
    }
  }
  free(sorted);
  return again ? refuse_twice(path, first, again) : LAC_OK;
}

/* A mark of UTF-8 is skipped; UTF-16 and UTF-32, with a mark or known by the zero in one of the first two characters, are refused. */
static int skip_mark(const char *path, const char **bytes, size_t *size)
{
  const char *b = *bytes;
  if (*size >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0) {
    *bytes += 3;
    *size -= 3;
  } else if (*size >= 2 && (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0 || !b[0] != !b[1]))
    return lac_fail(LAC_EUSER, "%s: line 1: the file is written in UTF-16 or UTF-32; save it as UTF-8", path);
  return LAC_OK;
}

int lac_ini_parse(lac_ini *ini, const char *path, const char *bytes, size_t size)
{
  reader r = { .ini = ini, .path = path, .section = "" };
  *ini = (lac_ini){ 0 };
  int status = skip_mark(path, &bytes, &size);
  if (status == LAC_OK)
    status = read_lines(&r, bytes, bytes + size);
  if (status == LAC_OK)
    status = check_once(ini, path);
  free(r.value);
  if (status != LAC_OK)
    lac_ini_free(ini);
  return status;
}

int lac_ini_read(lac_ini *ini, const char *path)
{
  static const char of_hdf5[] = "\x89HDF\r\n\x1a\n";
  char *bytes;
  size_t size;
  *ini = (lac_ini){ 0 };
  LAC_TRY(lac_read_file(path, &bytes, &size));
  if (size >= sizeof of_hdf5 - 1 && memcmp(bytes, of_hdf5, sizeof of_hdf5 - 1) == 0) {
    free(bytes);
    return lac_fail(LAC_EUSER, "%s is an HDF5 file, such as a result, and not a file of settings; laconic show %s tells "
                    "what it holds", path, path);
  }
  int status = size <= SIZE_MOST ? lac_ini_parse(ini, path, bytes, size) :
               lac_fail(LAC_EUSER, "cannot read %s: more than %d MB is not a file of settings", path, SIZE_MOST >> 20);
  free(bytes);
  return status;
}

void lac_ini_free(lac_ini *ini)
{
  for (size_t i = 0; i < ini->count; i++) {
    if (!ini->entry[i].key)
      free(ini->entry[i].section);
    free(ini->entry[i].key);
    free(ini->entry[i].value);
  }
  free(ini->entry);
  *ini = (lac_ini){ 0 };
}
