/* report.h: a page of HTML about the results of experiments, with nothing that lies outside of it.

   A part is one experiment file, or a folder of results.  It is collected, judged, and written as a section; what the head of the page
   says of it stays when the results are freed. */
#ifndef LAC_REPORT_H
#define LAC_REPORT_H

#include "figures/claims.h"
#include "figures/figure.h"

typedef struct {
  const char *path;                       /* FILE.ini, or a folder of results */
  int is_folder;
  char id[32];                            /* of the section: "part3" */
  char *name, *title;                     /* "ef21/stepsize", and what the file calls it, or "" */
  size_t runs, of[LAC_RUN_STATES];        /* of them, by state */
  size_t claims, verdict[3];              /* by lac_verdict */
  double progress;                        /* runs that have ended, with fractions of those that are running */
  char *section;                          /* its text; NULL: none yet */
} lac_report_part;

/* Texts are the caller's. */
typedef struct {
  const char *const *settings;            /* as given to laconic run, NULL-terminated, or NULL */
  double refresh;                         /* seconds after which the page is looked at again; 0: it is final */
} lac_report_style;

/* Nothing more will come: every run has ended, or cannot be run. */
int lac_report_is_final(const lac_report_part *p);
/* Look at the results, and make the section anew; the old one stays when a signal came meanwhile.  On one rank, alone.  EUSER: the file,
   its claims or its figure are wrong. */
int lac_report_make(lac_comm *alone, lac_report_part *p, const lac_report_style *style);
void lac_report_free(lac_report_part *p);
/* The whole page, on one rank. */
int lac_report_write(FILE *to, const lac_report_part *part, size_t parts, const lac_report_style *style);

/* ---- what a section is made of ---- */

/* The drawing of gnuplot as an element <svg role="img"> that is named and described by the elements ID-title and ID-desc inside of it.
   EUSER and EIO: it could not be drawn. */
int lac_report_draw(FILE *to, lac_figure *f, const char *id, const char *title);
/* The curves of the figure as JSON, thinned, with every column. */
void lac_report_data(FILE *to, const lac_figure *f);
/* Claims with their verdicts; runs by what there is of them; the results; what made them. */
void lac_report_claims(FILE *to, const lac_report_part *p, const lac_claim *claims, size_t count);
void lac_report_open_runs(FILE *to, const lac_report_part *p, const lac_collection *c, const lac_report_style *style);
int lac_report_results(FILE *to, const lac_report_part *p, const lac_collection *c);
int lac_report_origin(FILE *to, const lac_report_part *p, const lac_collection *c);
/* What people call a state. */
const char *lac_report_state(lac_run_state state);

#endif
