/* papers.h: BibTeX of what was used.

   An entry of papers.bib belongs to every reference that has its arXiv:EPRINT, its doi:DOI, or bib:KEY where it has neither.  A plug-in
   that names a paper which is not there brings the entry itself, in .bibtex of its type. */
#ifndef LAC_PAPERS_H
#define LAC_PAPERS_H

#include "registry/registry.h"
#include <stdio.h>

enum { LAC_PAPERS_MOST = 128 };

/* What was named so far; all zeros at first. */
typedef struct {
  unsigned char named[LAC_PAPERS_MOST];      /* by the place in papers.bib */
  const char **own;                          /* .bibtex of plug-ins */
  size_t owns, cap;
} lac_papers;

/* Add the papers of a reference, which may be NULL, and `bibtex`, a plug-in's own or NULL.  *found: how many there are.  ENOMEM. */
int lac_papers_add(lac_papers *p, const char *reference, const char *bibtex, size_t *found);
/* The entries, each once: those of papers.bib in its order, then those of plug-ins. */
void lac_papers_print(const lac_papers *p, FILE *to);
void lac_papers_free(lac_papers *p);

#endif
