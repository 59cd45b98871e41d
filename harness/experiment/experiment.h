/* experiment.h: an experiment file: many runs, grids, one figure, its claims.

     problem = logreg:reg=nonconvex,lambda=0.1       ; before the first section: common to all runs that set no other
     dataset = {mushrooms,synthetic:rows=50\,d=9}    ; {a,b} is a grid: one run for each; a comma inside a value is \,
     best = smallest rounds_to(grad_norm_sq, 1e-7)   ; which of a section's grid figures and claims are about: rule.h
     missing = skip                                  ; leave out runs whose data set is not here
     [run EF21]                                      ; a label, and what differs
     algorithm = ef21:gamma=theory*{1,2,4}
     [run EF21 on w8a]
     label = EF21                                    ; the label, where it is not the section's
     [figure]                                        ; what is drawn: laconic plot --help
     x = round, bits_up_per_client                   ; or of a table, without runs: tabled.h
     [network.wan]                                   ; networks that figures and claims name: network/network.h
     rate = 100 Mbit/s
     [claim ef21-no-floor]                           ; figures/claims.h
     ...
   There are no other sections.  ini.h has the grammar of lines.  --force counts on the command line alone. */
#ifndef LAC_EXPERIMENT_H
#define LAC_EXPERIMENT_H

#include "ini.h"
#include "network/network.h"
#include "run/config.h"

typedef struct {
  const char *section;     /* "run LABEL"; of the experiment */
  char *label;             /* of its section, or what label = says there */
  const char *best;        /* rule by which one of its grid is chosen (rule.h), or NULL; of the experiment */
  lac_config config;
} lac_experiment_run;

typedef struct {
  char *path, *name;       /* name: of the file, without folders and suffix */
  lac_experiment_run *run;
  size_t runs, run_cap;
  lac_ini_entry *setting;  /* of all sections, in the order of the file */
  size_t settings, setting_cap;
  lac_networks *networks;
  int skip_missing;
} lac_experiment;

/* Read and expand.  overrides: "key=value" strings, NULL-terminated, applied to every run last; may be NULL.
   EUSER with the file and the line or the option. */
int lac_experiment_load(lac_experiment *e, const char *path, const char *const *overrides);
/* The same of bytes, of those of the file when they are NULL; `path` names them. */
int lac_experiment_parse(lac_experiment *e, const char *path, const char *bytes, size_t size, const char *const *overrides);
/* Add the sections of a file of claims, which has no others. */
int lac_experiment_append(lac_experiment *e, const char *path);
int lac_experiment_append_bytes(lac_experiment *e, const char *path, const char *bytes, size_t size);
void lac_experiment_free(lac_experiment *e);
/* The label of a [run LABEL], the name of a [claim NAME] section; NULL: it is another one. */
const char *lac_experiment_label(const char *section);
const char *lac_experiment_claim(const char *section);
/* Value of a setting or NULL. */
const char *lac_experiment_setting(const lac_experiment *e, const char *section, const char *key);
/* Set it, also where there is no such setting or section yet.  ENOMEM. */
int lac_experiment_set(lac_experiment *e, const char *section, const char *key, const char *value);
/* Is `word` one of those of a setting, which have commas or blanks between? */
int lac_experiment_lists(const lac_experiment *e, const char *section, const char *key, const char *word);
/* Are runs that differ in this option one point of a grid?  Seeds, and what [figure] has `over`. */
int lac_experiment_repeats(const lac_experiment *e, const char *option);

/* Expand the grids of a text, leftmost first: "a{b,c}" -> "ab", "ac".  malloc'd strings in a malloc'd, NULL-terminated array.
   EUSER: unbalanced braces or more than 100000 results. */
int lac_expand(const char *text, char ***all);
void lac_expand_free(char **all);

#endif
