/* Vectors of a problem: where it starts, and those of files and results. */
#include "setup/setup.h"

#include "registry/registry.h"
#include "setup/alphabet.h"
#include "store/result.h"
#include "vec.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- starts ---- */

/* Glorot, Bengio 2010: a weight is uniform in -+sqrt(6/(inputs + outputs)), where a weight that meets several inputs at a time is one of
   so many outputs; a bias is 0, a gain 1. */
static void draw_layer(const lac_layer *l, gsl_rng *rng, double *x)
{
  double taps = l->taps ? l->taps : 1, most = sqrt(6 / ((double)l->cols + (double)l->rows * taps));
  for (size_t j = 0; j < l->rows * l->cols; j++)
    x[j] = lac_layer_drawn(l) ? most * (2 * gsl_rng_uniform(rng) - 1) : l->kind == LAC_GAIN;
}

static int draw_layers(const lac_problem *p, gsl_rng *rng, double *x)
{
  const lac_layer *layer;
  for (size_t l = 0, layers = p->type->layers(p, &layer); l < layers; l++, layer++)
    draw_layer(layer, rng, x + layer->offset);
  return LAC_OK;
}

static int draw(const lac_problem *p, uint32_t which, double *x, int (*how)(const lac_problem *p, gsl_rng *rng, double *x))
{
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_rng_point(rng, &p->seeds, LAC_SEED_X0, which, 0, 0);
  int status = how(p, rng, x);
  gsl_rng_free(rng);
  return status;
}

int lac_start_layers(const lac_problem *p, uint32_t which, double *x) { return draw(p, which, x, draw_layers); }

int lac_problem_start(const lac_problem *p, uint32_t which, double *x)
{
  lac_zero(p->d, x);
  return draw(p, which, x, p->type->start ? p->type->start : draw_layers);
}

/* ---- a text ---- */

static int wrong_length(const lac_problem *p, const char *what, const char *path, size_t holds)
{
  return lac_fail(LAC_EUSER, "%s: %s holds %zu numbers but the problem has d=%zu", what, path, holds, p->d);
}

static int read_text(const lac_problem *p, const char *what, const char *path, double *x)
{
  double *values;
  size_t rows, cols;
  LAC_TRY(lac_context(lac_read_matrix(path, &values, &rows, &cols), "%s", what));
  int status = rows * cols == p->d ? LAC_OK : wrong_length(p, what, path, rows * cols);
  if (status == LAC_OK)
    lac_copy(p->d, values, x);
  free(values);
  return status;
}

/* ---- a result ---- */

/* What x means in both: the names, and the options that say so. */
static int check_model(const lac_problem *p, const lac_problem *of, const char *what, const char *path)
{
  for (; p && of; p = p->base, of = of->base) {
    if (strcmp(p->type->name, of->type->name))
      return lac_fail(LAC_EUSER, "%s: %s is a result of %s, not of %s; take one of the same problem", what, path, of->type->name,
                      p->type->name);
    for (const lac_option *o = p->spec.options; o && o->name; o++) {
      char *own = lac_option_text(o, p->params), *other = lac_option_text(o, of->params);
      int status = !own || !other ? LAC_ENOMEM : !o->model || strcmp(own, other) == 0 ? LAC_OK :
                   lac_fail(LAC_EUSER, "%s: %s is a result of %s with %s=%s, and here it is %s=%s; give the same value, or another result",
                            what, path, p->type->name, o->name, other, o->name, own);
      free(own);
      free(other);
      LAC_TRY(status);
    }
  }
  return LAC_OK;
}

/* A result has its own vector and, of a problem around another one, that of the innermost. */
typedef struct { const double *x; size_t d; } vector;

static int choose_vector(const lac_problem *p, lac_problem *of, const lac_result *r, const char *what, const char *path, vector *v)
{
  const char *files = lac_result_attribute(r, "problem_files");
  char own[17];
  int merged = !p->base && of->base;
  LAC_TRY(check_model(p, merged ? lac_problem_innermost(of) : of, what, path));
  *v = merged ? (vector){ r->merged, r->merged_d } : (vector){ r->x, r->d };
  snprintf(own, sizeof own, "%016llx", (unsigned long long)p->fingerprint);
  if (p->base && (!files || strcmp(files, own)))
    return lac_fail(LAC_EUSER, "%s: %s is a result of %s around other frozen numbers; give the same files (base, factors) and, for what is "
                    "drawn, the same --seed.x0", what, path, p->type->name);
  if (!v->x)
    return lac_fail(LAC_EUSER, "%s: %s has no final iterate, since its run did not end; finish it with --resume", what, path);
  return LAC_OK;
}

static int check_vector(const lac_problem *p, const lac_result *r, const char *what, const char *path, vector v)
{
  const char *reason = lac_result_attribute(r, "reason");
  if (v.d != p->d)
    return wrong_length(p, what, path, v.d);
  return lac_all_finite(v.d, v.x) && reason && strcmp(reason, "diverged") ? LAC_OK :
         lac_fail(LAC_EUSER, "%s: %s is no start, since its run diverged; take another result", what, path);
}

static int take_vector(const lac_problem *p, const char *what, const char *path, const lac_result *r, double *x)
{
  const char *text = lac_result_attribute(r, "problem");
  lac_problem of = { 0 };
  vector v;
  if (!text)
    return lac_fail(LAC_EUSER, "%s: %s does not say what problem it is a result of", what, path);
  int status = lac_context(lac_problem_choose(&of, path, text), "%s", what);
  if (status == LAC_OK)
    status = choose_vector(p, &of, r, what, path, &v);
  if (status == LAC_OK)
    status = check_vector(p, r, what, path, v);
  if (status == LAC_OK)
    lac_copy(p->d, v.x, x);
  lac_problem_forget(&of);
  return status;
}

/* Every rank reads it.  Beside the file of a run that goes on lies a journal, which to read would be to end it. */
static int open_result(lac_result *r, const char *what, const char *path, unsigned parts)
{
  char *journal = lac_asprintf("%s.journal", path);
  int status = !journal ? LAC_ENOMEM : access(journal, F_OK) ? LAC_OK :
               lac_fail(LAC_EUSER, "%s: the run of %s has not ended, %s is there; finish it with --resume", what, path, journal);
  free(journal);
  LAC_TRY(status);
  return lac_context(lac_result_open_parts(r, path, parts), "%s", what);
}

static int read_result(const lac_problem *p, const char *what, const char *path, double *x, char digest[static 17])
{
  lac_result r;
  LAC_TRY(open_result(&r, what, path, LAC_RESULT_FINAL));
  const char *own = lac_result_attribute(&r, "digest");
  snprintf(digest, 17, "%s", own ? own : "");
  int status = own ? take_vector(p, what, path, &r, x) :
           lac_fail(LAC_EUSER, "%s: %s has no final iterate, since its run did not end; finish it with --resume", what, path);
  lac_result_close(&r);
  return status;
}

/* Its first bytes tell. */
static int is_result(const char *path)
{
  static const unsigned char hdf5[8] = "\211HDF\r\n\032\n";
  unsigned char first[8] = { 0 };
  FILE *f = fopen(path, "rb");
  size_t count = f ? fread(first, 1, sizeof first, f) : 0;
  if (f)
    fclose(f);
  return count == sizeof first && memcmp(first, hdf5, sizeof first) == 0;
}

int lac_problem_read(const lac_problem *p, const char *what, const char *path, double *x, char digest[static 17])
{
  *digest = 0;
  return is_result(path) ? read_result(p, what, path, x, digest) : read_text(p, what, path, x);
}

/* ---- symbols ---- */

static int take_alphabet(lac_problem *p, const char *what, const char *path)
{
  lac_result r;
  if (!is_result(path))
    return LAC_OK;
  LAC_TRY(open_result(&r, what, path, 0));
  int status = lac_result_attribute(&r, "alphabet") ? lac_alphabet_read(&r, p) : LAC_OK;
  lac_result_close(&r);
  return status;
}

int lac_start_alphabet(lac_problem *p, const char *x0)
{
  static const char start[] = "result:path=";
  lac_problem *inner = lac_problem_innermost(p);
  if (inner->type->labels != LAC_SYMBOLS)
    return LAC_OK;
  if (strncmp(x0, start, strlen(start)) == 0)
    LAC_TRY(take_alphabet(inner, "--x0", x0 + strlen(start)));
  for (; p->base; p = p->base)
    if (p->type->frozen && p->type->frozen(p))
      LAC_TRY(take_alphabet(inner, "--problem", p->type->frozen(p)));
  return LAC_OK;
}
