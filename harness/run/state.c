#include "run/state.h"

#include "run/late.h"
#include "run/name.h"
#include "run/row.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUND, ORACLE_CALLS, BITS_UP, MSGS_UP, BITS_DOWN, MSGS_DOWN, LATE, SMOOTH, SOLVED, COUNTS };
enum { STEPS_MOST = 16 };

/* What is not vectors, gathered in one place for the file. */
typedef struct {
  uint64_t counts[COUNTS], sent[LAC_FLIGHTS];
  double steps[STEPS_MOST], smoothness[4], optimum[2];
} small;

static int is_root(const lac_run *r) { return lac_comm_rank(r->comm) == 0; }

int lac_state_keep(lac_run *r, const lac_state *s)
{
  if (r->kept_count == LAC_KEPT_MOST)
    return lac_fail(LAC_EBUG, "more than %d sections are kept in a checkpoint; raise LAC_KEPT_MOST", LAC_KEPT_MOST);
  r->kept[r->kept_count++] = *s;
  return LAC_OK;
}

int lac_saving_parse(lac_saving *s, const char *text)
{
  static const lac_option rounds = { "checkpoint", LAC_UINT, 0, "", ">=1", NULL, NULL };
  static const struct { char unit; double seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
  char *end;
  double value = strtod(text, &end);
  s->rounds = 0;
  s->seconds = 0;
  if (strcmp(text, "none") == 0)
    return LAC_OK;
  for (size_t i = 0; end > text && i < LAC_COUNT(units); i++)
    if (end[0] == units[i].unit && end[1] == 0 && isfinite(value) && value > 0) {
      s->seconds = value * units[i].seconds;
      return LAC_OK;
    }
  if (lac_option_set(&rounds, &s->rounds, "--", text) == LAC_OK)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--checkpoint must be none, a number of rounds (500) or a time (30s, 10m, 2h), not '%.40s'", text);
}

/* ---- what there is ---- */

/* The numbers that resolve() fills: the values of the method's step sizes. */
static size_t steps_of(const lac_run *r, lac_step *step[STEPS_MOST])
{
  size_t count = 0;
  for (const lac_option *o = r->method->options; o && o->name && count < STEPS_MOST; o++)
    if (o->kind == LAC_STEP)
      step[count++] = (lac_step *)((char *)r->method_spec.params + o->offset);
  return count;
}

static lac_state reals(const char *name, lac_state_owner owner, size_t vectors, size_t length, size_t stride, void *at)
{
  return (lac_state){ name, owner, LAC_STATE_REALS, vectors, length, stride, at };
}

static lac_state counts_of(small *s) { return (lac_state){ "counts", LAC_STATE_ALL, LAC_STATE_COUNTS, 1, COUNTS, COUNTS, s->counts }; }

/* Sections of known shape, once the counts are known. */
static size_t list_sections(lac_run *r, small *s, lac_state *list)
{
  const lac_algorithm_type *m = r->method;
  lac_step *step[STEPS_MOST];
  size_t d = r->env.d, stride = lac_stride(d), steps = steps_of(r, step), late = (size_t)s->counts[LATE], k = 0;
  list[k++] = reals("seconds", LAC_STATE_ROOT, 1, LAC_TIMES, LAC_TIMES, r->seconds);
  list[k++] = reals("steps", LAC_STATE_ALL, 1, steps, steps, s->steps);
  list[k++] = reals("smoothness", LAC_STATE_ALL, 1, 4, 4, s->smoothness);
  list[k++] = (lac_state){ "late", LAC_STATE_ALL, LAC_STATE_COUNTS, 1, late, late, s->sent };
  size_t known = s->counts[SMOOTH] ? r->env.n : 0;
  list[k++] = reals("L_i", LAC_STATE_ALL, 1, known, known, r->client_L);
  if (r->x_star) {
    list[k++] = reals("optimum", LAC_STATE_ALL, 1, 2, 2, s->optimum);
    list[k++] = reals("x_star", LAC_STATE_ALL, 1, d, d, r->x_star);
  }
  list[k++] = reals("server", LAC_STATE_ROOT, m->server_vecs, d, stride, r->server_store);
  list[k++] = reals("mirror", LAC_STATE_ALL, m->mirror_vecs, d, stride, r->mirror_store);
  list[k++] = reals("about", LAC_STATE_ROOT, (size_t)r->env.n * m->server_client_vecs, d, stride, r->about_store);
  for (unsigned i = 0; i < r->kept_count; i++)
    list[k++] = r->kept[i];
  list[k++] = reals("client", LAC_STATE_CLIENTS, m->client_vecs, d, stride, r->client_store);
  return k;
}
enum { SECTIONS_MOST = 12 + LAC_KEPT_MOST };

/* ---- save ---- */

/* Each rank counts its own clients; the file holds the sums, which do not depend on who counted. */
static int sum_counts(lac_run *r, small *s)
{
  uint64_t mine[3] = { r->oracle_calls, r->bits_up, r->msgs_up };
  size_t ranks = (size_t)lac_comm_size(r->comm);
  uint64_t (*all)[3] = lac_alloc(ranks * sizeof *all);
  LAC_TRY(lac_comm_agree(r->comm, all ? LAC_OK : LAC_ENOMEM));
  int status = lac_comm_allgather(r->comm, mine, sizeof mine, all);
  for (size_t p = 0; p < ranks; p++)
    for (int k = 0; k < 3; k++)
      s->counts[ORACLE_CALLS + k] += all[p][k];
  free(all);
  return status;
}

static int collect(lac_run *r, small *s)
{
  lac_step *step[STEPS_MOST];
  LAC_TRY(sum_counts(r, s));
  s->counts[ROUND] = r->round;
  s->counts[BITS_DOWN] = r->bits_down;
  s->counts[MSGS_DOWN] = r->msgs_down;
  s->counts[LATE] = r->late_count;
  s->counts[SMOOTH] = r->smoothness_known != 0;
  s->counts[SOLVED] = r->x_star != NULL;
  for (unsigned i = 0; i < r->late_count; i++)
    s->sent[i] = r->late[i].sent;
  for (size_t i = 0, count = steps_of(r, step); i < count; i++)
    s->steps[i] = step[i]->value;
  memcpy(s->smoothness, (double[]){ r->smoothness.L, r->smoothness.L_am, r->smoothness.L_qm, r->smoothness.L_max }, sizeof s->smoothness);
  memcpy(s->optimum, (double[]){ r->f_star, r->star_grad_norm_sq }, sizeof s->optimum);
  return LAC_OK;
}

/* The configuration in words, for people with h5dump. */
static int put_config(lac_run *r, lac_checkpoint *file)
{
  char *text = lac_run_text(r);
  LAC_TRY(lac_comm_agree(r->comm, text ? LAC_OK : LAC_ENOMEM));
  size_t length = strlen(text);
  int status = lac_checkpoint_put(file, &(lac_state){ "config", LAC_STATE_ROOT, LAC_STATE_BYTES, 1, length, length, text });
  free(text);
  return status;
}

static int put_trace(lac_run *r, lac_checkpoint *file, const lac_sink *sink)
{
  size_t shape[2] = { 0, 0 };
  lac_cell *cells = NULL;
  if (is_root(r) && sink && sink->rows)
    cells = (lac_cell *)sink->rows(sink->self, &shape[0], &shape[1]);
  LAC_TRY(lac_comm_bcast(r->comm, shape, sizeof shape));
  return lac_checkpoint_put(file, &(lac_state){ "trace", LAC_STATE_ROOT, LAC_STATE_COUNTS, shape[0], shape[1], shape[1], cells });
}

/* One posted round at a time: these few vectors are the only ones that are copied. */
static int put_late(lac_run *r, lac_checkpoint *file, unsigned which)
{
  char name[32];
  size_t words = lac_late_words(r, r->late[which].sent);
  uint64_t *rows = lac_alloc((r->last - r->first) * words * sizeof *rows);
  LAC_TRY(lac_comm_agree(r->comm, rows ? LAC_OK : LAC_ENOMEM));
  lac_late_rows(r, which, words, rows);
  snprintf(name, sizeof name, "late.%u", which);
  int status = lac_checkpoint_put(file, &(lac_state){ name, LAC_STATE_CLIENTS, LAC_STATE_COUNTS, 1, words, words, rows });
  free(rows);
  return status;
}

static int put_all(lac_run *r, lac_checkpoint *file, const lac_sink *sink)
{
  lac_state list[SECTIONS_MOST], counts;
  small s = { 0 };
  LAC_TRY(collect(r, &s));
  counts = counts_of(&s);
  LAC_TRY(lac_checkpoint_put(file, &counts));
  LAC_TRY(put_config(r, file));
  size_t count = list_sections(r, &s, list);
  for (size_t k = 0; k < count; k++)
    LAC_TRY(lac_checkpoint_put(file, &list[k]));
  for (unsigned i = 0; i < r->late_count; i++)
    LAC_TRY(put_late(r, file, i));
  LAC_TRY(put_trace(r, file, sink));
  return lac_checkpoint_commit(file);
}

/* More or less: what HDF5 adds is small. */
static uint64_t bytes_of(lac_run *r, const lac_sink *sink)
{
  lac_state list[SECTIONS_MOST];
  small s = { 0 };
  uint64_t bytes = 1 << 16, clients = r->env.n;
  size_t rows = 0, width = 0;
  for (size_t k = 0, count = list_sections(r, &s, list); k < count; k++)
    bytes += 8 * (uint64_t)list[k].vectors * list[k].length * (list[k].owner == LAC_STATE_CLIENTS ? clients : 1);
  for (unsigned i = 0; i < r->late_count; i++)
    bytes += 8 * clients * lac_late_words(r, r->late[i].sent);
  if (is_root(r) && sink && sink->rows)
    sink->rows(sink->self, &rows, &width);
  return bytes + 8 * (uint64_t)rows * width;
}

int lac_state_save(lac_run *r, const lac_sink *sink)
{
  lac_checkpoint *file = NULL;
  int status = lac_checkpoint_create(&file, r->comm, r->env.n, r->saving.path, r->saving.config_digest,
                                     bytes_of(r, sink));
  if (status == LAC_OK)
    status = put_all(r, file, sink);
  lac_checkpoint_close(file);
  return status;
}

/* ---- restore ---- */

static void distribute(lac_run *r, const small *s)
{
  lac_step *step[STEPS_MOST];
  int root = is_root(r);
  r->round = s->counts[ROUND];
  r->oracle_calls = root ? s->counts[ORACLE_CALLS] : 0;
  r->bits_up = root ? s->counts[BITS_UP] : 0;
  r->msgs_up = root ? s->counts[MSGS_UP] : 0;
  r->bits_down = s->counts[BITS_DOWN];
  r->msgs_down = s->counts[MSGS_DOWN];
  for (size_t i = 0, count = steps_of(r, step); i < count; i++)
    step[i]->value = s->steps[i];
  r->smoothness_known = s->counts[SMOOTH] != 0;
  r->smoothness = (lac_smoothness){ s->smoothness[0], s->smoothness[1], s->smoothness[2], s->smoothness[3] };
  if (r->x_star) {
    r->f_star = s->optimum[0];
    r->star_grad_norm_sq = s->optimum[1];
  }
}

static int get_counts(lac_run *r, lac_checkpoint *file, small *s)
{
  lac_state counts = counts_of(s);
  LAC_TRY(lac_checkpoint_get(file, &counts));
  if (s->counts[ROUND] > r->config->rounds || s->counts[LATE] > LAC_FLIGHTS || (s->counts[SOLVED] != 0) != (lac_run_solves(r) != 0))
    return lac_fail(LAC_EFORMAT, "a checkpoint whose counts make no sense for this run");
  if (s->counts[SOLVED] && !r->x_star)
    r->x_star = lac_alloc(r->env.d * sizeof *r->x_star);
  return lac_comm_agree(r->comm, !s->counts[SOLVED] || r->x_star ? LAC_OK : LAC_ENOMEM);
}

static int get_trace(lac_run *r, lac_checkpoint *file, lac_trace *trace)
{
  size_t width;
  LAC_TRY(lac_checkpoint_shape(file, "trace", &trace->rows, &width));
  if (trace->rows && width != r->columns + 1)
    return lac_fail(LAC_EFORMAT, "a checkpoint whose trace has other columns");
  if (is_root(r))
    trace->cells = lac_alloc(trace->rows * width * sizeof *trace->cells);
  LAC_TRY(lac_comm_agree(r->comm, !is_root(r) || trace->cells ? LAC_OK : LAC_ENOMEM));
  return lac_checkpoint_get(file, &(lac_state){ "trace", LAC_STATE_ROOT, LAC_STATE_COUNTS, trace->rows, width, width, trace->cells });
}

static int get_late(lac_run *r, lac_checkpoint *file, unsigned which, uint64_t sent)
{
  char name[32];
  size_t words = lac_late_words(r, sent);
  uint64_t *rows = lac_alloc((r->last - r->first) * words * sizeof *rows);
  LAC_TRY(lac_comm_agree(r->comm, rows ? LAC_OK : LAC_ENOMEM));
  snprintf(name, sizeof name, "late.%u", which);
  int status = lac_checkpoint_get(file, &(lac_state){ name, LAC_STATE_CLIENTS, LAC_STATE_COUNTS, 1, words, words, rows });
  if (status == LAC_OK)
    status = lac_late_post(r, sent, words, rows);
  free(rows);
  return status;
}

/* Nothing of the run but its vectors changes before all sections were found good. */
static int get_all(lac_run *r, lac_checkpoint *file, lac_trace *trace)
{
  lac_state list[SECTIONS_MOST];
  small s = { 0 };
  double seconds[LAC_TIMES];
  LAC_TRY(get_counts(r, file, &s));
  size_t count = list_sections(r, &s, list);
  list[0].at = seconds;
  for (size_t k = 0; k < count; k++)
    LAC_TRY(lac_checkpoint_get(file, &list[k]));
  LAC_TRY(get_trace(r, file, trace));
  distribute(r, &s);
  for (unsigned i = 0; i < (unsigned)s.counts[LATE]; i++)
    LAC_TRY(get_late(r, file, i, s.sent[i]));
  if (is_root(r))
    memcpy(r->seconds, seconds, sizeof seconds);
  return LAC_OK;
}

/* As before the attempt. */
static void forget(lac_run *r, lac_trace *trace)
{
  const uint8_t *all;
  const size_t *starting;
  for (; r->late_count; r->late_count--) {
    lac_flight *flight = r->late[0].flight;
    if (lac_comm_land(r->comm, flight, &all, &starting) == LAC_OK)
      lac_comm_release(r->comm, flight);
    memmove(r->late, r->late + 1, (r->late_count - 1) * sizeof *r->late);
  }
  free(trace->cells);
  free(r->x_star);
  *trace = (lac_trace){ 0 };
  r->x_star = NULL;
  r->f_star = r->star_grad_norm_sq = NAN;
  r->smoothness_known = 0;
  r->round = r->oracle_calls = r->bits_up = r->msgs_up = r->bits_down = r->msgs_down = 0;
}

static int restore_from(lac_run *r, int generation, lac_trace *trace)
{
  lac_checkpoint *file = NULL;
  int status = lac_checkpoint_open(&file, r->comm, r->env.n, r->saving.path, generation, r->saving.config_digest);
  if (status == LAC_OK)
    status = get_all(r, file, trace);
  lac_checkpoint_close(file);
  if (status != LAC_OK)
    forget(r, trace);
  return status;
}

int lac_state_restore(lac_run *r, lac_trace *trace)
{
  int there[LAC_GENERATIONS], status = lac_fail(LAC_EFORMAT, "there is no %s.checkpoint", r->saving.path);
  *trace = (lac_trace){ 0 };
  for (int g = 0; g < LAC_GENERATIONS; g++)
    there[g] = is_root(r) && lac_checkpoint_exists(r->saving.path, g);
  LAC_TRY(lac_comm_bcast(r->comm, there, sizeof there));
  for (int g = 0; g < LAC_GENERATIONS; g++) {
    if (!there[g])
      continue;
    status = restore_from(r, g, trace);
    if (status == LAC_OK && g > 0 && is_root(r))
      lac_checkpoint_promote(r->saving.path);
    if (status != LAC_EFORMAT)
      return status;
    if (g + 1 < LAC_GENERATIONS && there[g + 1] && is_root(r))
      fprintf(stderr, "laconic: %s; the older checkpoint is tried\n", lac_error());
  }
  return status;
}
