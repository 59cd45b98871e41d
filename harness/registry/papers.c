#include "registry/papers.h"

#include "registry/papers_list.h"
#include "utf8.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct { const char *text; size_t length; } span;

/* The next entry from `at` on, from its @ to its last brace; 0: there is none. */
static int next_entry(const char *at, span *entry)
{
  const char *start = strstr(at, "\n@"), *end = start ? strstr(start, "\n}") : NULL;
  if (!end)
    return 0;
  *entry = (span){ start + 1, (size_t)(end + 2 - (start + 1)) };
  return 1;
}

static int find_in(span within, const char *what, span *rest)
{
  const char *at = memmem(within.text, within.length, what, strlen(what));
  if (at)
    *rest = (span){ at + strlen(what), within.length - (size_t)(at - within.text) - strlen(what) };
  return at != NULL;
}

/* The value of a field, "doi"; 0: the entry does not have it. */
static int find_field(span entry, const char *field, span *value)
{
  char start[32];
  snprintf(start, sizeof start, "\n  %s = {", field);
  if (!find_in(entry, start, value))
    return 0;
  value->length = (size_t)((const char *)memchr(value->text, '}', value->length) - value->text);
  return 1;
}

static span find_key(span entry)
{
  span key = { "", 0 };
  find_in(entry, "{", &key);
  key.length = (size_t)((const char *)memchr(key.text, ',', key.length) - key.text);
  return key;
}

/* Does the reference have "arXiv:" and then this, whole? */
static int has_word(const char *reference, const char *prefix, span id)
{
  for (const char *at = reference; (at = strstr(at, prefix)); at += strlen(prefix)) {
    const char *word = at + strlen(prefix);
    if (strncmp(word, id.text, id.length) == 0 && !isalnum((unsigned char)word[id.length]))
      return 1;
  }
  return 0;
}

static int names_entry(const char *reference, span entry)
{
  span eprint = { "", 0 }, doi = { "", 0 };
  int has_eprint = find_field(entry, "eprint", &eprint), has_doi = find_field(entry, "doi", &doi);
  if (!has_eprint && !has_doi)
    return has_word(reference, "bib:", find_key(entry));
  return (has_eprint && has_word(reference, "arXiv:", eprint)) || (has_doi && has_word(reference, "doi:", doi));
}

static int add_own(lac_papers *p, const char *bibtex)
{
  for (size_t i = 0; i < p->owns; i++)
    if (strcmp(p->own[i], bibtex) == 0)
      return LAC_OK;
  LAC_TRY(lac_grow(&p->own, &p->cap, p->owns + 1, sizeof *p->own));
  p->own[p->owns++] = bibtex;
  return LAC_OK;
}

int lac_papers_add(lac_papers *p, const char *reference, const char *bibtex, size_t *found)
{
  span entry = { papers, 0 };
  *found = bibtex != NULL;
  for (size_t i = 0; reference && i < LAC_PAPERS_MOST && next_entry(entry.text + entry.length, &entry); i++)
    if (names_entry(reference, entry)) {
      p->named[i] = 1;
      ++*found;
    }
  return bibtex ? add_own(p, bibtex) : LAC_OK;
}

void lac_papers_print(const lac_papers *p, FILE *to)
{
  span entry = { papers, 0 };
  for (size_t i = 0; i < LAC_PAPERS_MOST && next_entry(entry.text + entry.length, &entry); i++)
    if (p->named[i])
      lac_print(to, "%.*s\n\n", (int)entry.length, entry.text);
  for (size_t i = 0; i < p->owns; i++)
    lac_print(to, "%s\n\n", p->own[i]);
}

void lac_papers_free(lac_papers *p)
{
  free(p->own);
  *p = (lac_papers){ 0 };
}
