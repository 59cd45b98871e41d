#include "figures/heading.h"

#include "options.h"
#include <stdlib.h>
#include <string.h>

/* "a9a" of dataset, "spread = 0.5" of spectral.spread, the value alone of what says what it is.  Caller frees; NULL: no memory. */
static char *name_key(const lac_member *m, const char *by)
{
  const char *value = lac_member_key(m, by), *dot = strrchr(by, '.'), *key = dot ? dot + 1 : by;
  value = value ? value : "";
  if (strcmp(by, "dataset") == 0 && strcmp(value, "none") == 0)
    value = lac_result_attribute(&m->result, "problem");
  if (strcmp(by, "dataset") == 0 || strcmp(by, "test-dataset") == 0)
    return lac_asprintf("%.*s", (int)lac_short_length(value), value);
  return strchr(value, ':') || strcmp(key, "label") == 0 ? lac_strdup(value) : lac_asprintf("%s = %s", key, value);
}

/* "a9a, batch = 5": what the keys of [figure] panels are here.  Caller frees; NULL: no memory. */
static char *name_panel(const lac_figure *f, const lac_member *m)
{
  char *text = lac_strdup("");
  for (size_t k = 0; text && k < f->style.bys; k++) {
    char *key = name_key(m, f->style.by[k]), *longer = key ? lac_asprintf("%s%s%s", text, k ? ", " : "", key) : NULL;
    free(key);
    free(text);
    text = longer;
  }
  return text;
}

/* ", n = 20", or nothing where runs of the panel differ in it. */
static void name_clients(const lac_figure *f, const lac_figure_panel *p, char text[32])
{
  const char *clients = lac_result_attribute(&p->member->result, "clients");
  snprintf(text, 32, ", n = %.20s", clients ? clients : "?");
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    const char *other = lac_result_attribute(&c->member->result, "clients");
    if (&f->panel[c->panel] == p && clients && other && strcmp(clients, other))
      *text = '\0';
  }
}

static int is_by_data(const lac_figure *f)
{
  for (size_t k = 0; k < f->style.bys; k++)
    if (strcmp(f->style.by[k], "dataset") == 0)
      return 1;
  return 0;
}

int lac_heading_make(lac_heading *h, const lac_figure *f, size_t panel)
{
  const lac_figure_panel *p = &f->panel[panel];
  const char *rows = lac_result_attribute(&p->member->result, "dataset.rows"), *d = lac_result_attribute(&p->member->result, "d");
  char clients[32];
  *h = (lac_heading){ .text = name_panel(f, p->member) };
  if (!h->text || !is_by_data(f))
    return h->text ? LAC_OK : LAC_ENOMEM;
  name_clients(f, p, clients);
  h->about = rows ? lac_asprintf("%.20s rows, d = %.20s%s", rows, d ? d : "?", clients) : lac_asprintf("d = %.20s%s", d ? d : "?", clients);
  return h->about ? LAC_OK : LAC_ENOMEM;
}
