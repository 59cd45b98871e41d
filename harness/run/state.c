#include "run/state.h"

#include "blas.h"
#include "run/kernel.h"
#include "run/late.h"
#include "run/name.h"
#include "run/row.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUND, ORACLE_CALLS, BITS_UP, MSGS_UP, SAMPLES, BITS_DOWN, MSGS_DOWN, WIRE, TRACE_WIRE, LATE, SMOOTH, SOLVED, COUNTS };
enum { STEPS_MOST = 16 };

/* What is not vectors, gathered in one place for the file. */
typedef struct {
  uint64_t counts[COUNTS], sent[LAC_FLIGHTS];
  double seconds[LAC_TIMES], steps[STEPS_MOST], smoothness[4], constants[LAC_CONSTANTS], optimum[2];
  char kernel[LAC_KERNEL];
} scalars;

static int is_root(const lac_run *r) { return lac_comm_rank(r->comm) == 0; }

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
  for (const lac_option *o = r->recipe.method->options; o && o->name && count < STEPS_MOST; o++)
    if (o->kind == LAC_STEP)
      step[count++] = (lac_step *)((char *)r->recipe.spec.params + o->offset);
  return count;
}

static lac_state reals(const char *name, lac_state_owner owner, size_t length, void *at)
{
  return (lac_state){ name, owner, LAC_STATE_REALS, 1, length, length, at };
}

static lac_state counts_of(scalars *s) { return (lac_state){ "counts", LAC_STATE_ALL, LAC_STATE_COUNTS, 1, COUNTS, COUNTS, s->counts }; }

/* Every section of known shape, once the counts are known: put, got or measured. */
typedef int (*section)(void *self, const lac_state *s);

static int each_section(lac_run *r, scalars *s, section visit, void *self)
{
  lac_step *step[STEPS_MOST];
  lac_instance *i = &r->instance;
  size_t late = (size_t)s->counts[LATE], smooth = s->counts[SMOOTH] ? r->env.n : 0, solved = s->counts[SOLVED] != 0;
  const lac_state list[] = {
    (lac_state){ "kernel", LAC_STATE_ALL, LAC_STATE_BYTES, 1, LAC_KERNEL, LAC_KERNEL, s->kernel },
    reals("seconds", LAC_STATE_ROOT, LAC_TIMES, s->seconds),
    reals("steps", LAC_STATE_ALL, steps_of(r, step), s->steps),
    reals("smoothness", LAC_STATE_ALL, 4, s->smoothness),
    reals("constants", LAC_STATE_ALL, LAC_CONSTANTS, s->constants),
    (lac_state){ "late", LAC_STATE_ALL, LAC_STATE_COUNTS, 1, late, late, s->sent },
    reals("L_i", LAC_STATE_ALL, smooth, i->client_L),
    reals("optimum", LAC_STATE_ALL, 2 * solved, s->optimum),
    reals("x_star", LAC_STATE_ALL, r->env.d * solved, i->x_star),
  };
  for (size_t k = 0; k < LAC_COUNT(list); k++)
    LAC_TRY(visit(self, &list[k]));
  for (int k = 0; k < LAC_STORES; k++)
    if (r->store.row[k].name)
      LAC_TRY(visit(self, &r->store.row[k]));
  return LAC_OK;
}

static int put_section(void *file, const lac_state *s) { return lac_checkpoint_put(file, s); }

/* What the server keeps goes to all ranks that serve. */
typedef struct { lac_run *run; lac_checkpoint *file; } source;

static int get_section(void *self, const lac_state *s)
{
  const source *from = self;
  LAC_TRY(lac_checkpoint_get(from->file, s));
  int serves = s->owner == LAC_STATE_ROOT && s >= from->run->store.row && s < from->run->store.row + LAC_STORES;
  return serves && s->at ? lac_exchange_share(from->run->exchange, s->at, s->vectors * s->stride * sizeof(double)) : LAC_OK;
}

typedef struct { uint64_t clients, bytes; } measure;

static int measure_section(void *self, const lac_state *s)
{
  measure *m = self;
  m->bytes += 8 * (uint64_t)s->vectors * s->length * (s->owner == LAC_STATE_CLIENTS ? m->clients : 1);
  return LAC_OK;
}

/* ---- save ---- */

/* Each rank counts its own clients; the file holds the sums, which do not depend on who counted. */
static int sum_counts(lac_run *r, scalars *s)
{
  static const int sum[] = { ORACLE_CALLS, BITS_UP, MSGS_UP, SAMPLES, WIRE, TRACE_WIRE };
  enum { SUMS = LAC_COUNT(sum) };
  uint64_t mine[SUMS] = { r->ledger.oracle_calls, r->ledger.bits_up, r->ledger.msgs_up, r->ledger.samples,
                          lac_exchange_traffic(r->exchange, LAC_FOR_METHOD)->bytes + r->ledger.wire_before,
                          lac_exchange_traffic(r->exchange, LAC_FOR_TRACE)->bytes + r->ledger.trace_wire_before };
  size_t ranks = (size_t)lac_comm_size(r->comm);
  uint64_t (*all)[SUMS] = lac_alloc(ranks * sizeof *all);
  LAC_TRY(lac_comm_agree(r->comm, all ? LAC_OK : LAC_ENOMEM));
  int status = lac_comm_allgather(r->comm, mine, sizeof mine, all);
  for (size_t p = 0; p < ranks; p++)
    for (int k = 0; k < SUMS; k++)
      s->counts[sum[k]] += all[p][k];
  free(all);
  return status;
}

static int collect(lac_run *r, scalars *s)
{
  lac_step *step[STEPS_MOST];
  LAC_TRY(sum_counts(r, s));
  lac_blas_kernel(s->kernel);
  s->counts[ROUND] = r->round;
  s->counts[BITS_DOWN] = r->ledger.bits_down;
  s->counts[MSGS_DOWN] = r->ledger.msgs_down;
  s->counts[LATE] = r->post.late_count;
  s->counts[SMOOTH] = r->smoothness_used != 0;
  s->counts[SOLVED] = lac_run_solves(r) != 0;
  for (unsigned i = 0; i < r->post.late_count; i++)
    s->sent[i] = r->post.late[i].sent;
  for (size_t i = 0, count = steps_of(r, step); i < count; i++)
    s->steps[i] = step[i]->value;
  const lac_smoothness *L = &r->instance.smoothness;
  memcpy(s->smoothness, (double[]){ L->L, L->L_am, L->L_qm, L->L_max }, sizeof s->smoothness);
  memcpy(s->optimum, (double[]){ r->instance.f_star, r->instance.star_grad_norm_sq }, sizeof s->optimum);
  memcpy(s->constants, r->constant, sizeof s->constants);
  memcpy(s->seconds, r->ledger.seconds, sizeof s->seconds);
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

static int put_messages(lac_run *r, lac_checkpoint *file)
{
  size_t size = 0;
  const void *piece = is_root(r) ? lac_message_log_piece(&r->post.log, 0, &size) : NULL;
  LAC_TRY(lac_comm_agree(r->comm, !is_root(r) || piece ? LAC_OK : LAC_ENOMEM));
  LAC_TRY(lac_comm_bcast(r->comm, &size, sizeof size));
  return lac_checkpoint_put(file, &(lac_state){ "messages", LAC_STATE_ROOT, LAC_STATE_COUNTS, 1, size / 8, size / 8,
                                                 (void *)(uintptr_t)piece });
}

/* One posted round at a time: these few vectors are the only ones that are copied. */
static int put_late(lac_run *r, lac_checkpoint *file, unsigned which)
{
  char name[32];
  size_t words = lac_late_words(r, r->post.late[which].sent);
  uint64_t *rows = lac_alloc((r->instance.last - r->instance.first) * words * sizeof *rows);
  LAC_TRY(lac_comm_agree(r->comm, rows ? LAC_OK : LAC_ENOMEM));
  lac_late_rows(r, which, words, rows);
  snprintf(name, sizeof name, "late.%u", which);
  int status = lac_checkpoint_put(file, &(lac_state){ name, LAC_STATE_CLIENTS, LAC_STATE_COUNTS, 1, words, words, rows });
  free(rows);
  return status;
}

static int put_all(lac_run *r, lac_checkpoint *file, const lac_sink *sink)
{
  scalars s = { 0 };
  LAC_TRY(collect(r, &s));
  lac_state counts = counts_of(&s);
  LAC_TRY(lac_checkpoint_put(file, &counts));
  LAC_TRY(put_config(r, file));
  LAC_TRY(each_section(r, &s, put_section, file));
  for (unsigned i = 0; i < r->post.late_count; i++)
    LAC_TRY(put_late(r, file, i));
  LAC_TRY(put_messages(r, file));
  LAC_TRY(put_trace(r, file, sink));
  return lac_checkpoint_commit(file);
}

/* More or less: what HDF5 adds is small. */
static uint64_t bytes_of(lac_run *r, const lac_sink *sink)
{
  scalars s = { .counts = { [SMOOTH] = 1, [SOLVED] = lac_run_solves(r) != 0 } };
  measure m = { .clients = r->env.n, .bytes = 1 << 16 };
  size_t rows = 0, width = 0;
  each_section(r, &s, measure_section, &m);
  for (unsigned i = 0; i < r->post.late_count; i++)
    m.bytes += 8 * m.clients * lac_late_words(r, r->post.late[i].sent);
  if (is_root(r) && sink && sink->rows)
    sink->rows(sink->self, &rows, &width);
  return m.bytes + 8 * (uint64_t)rows * width + r->post.log.used;
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

static void distribute(lac_run *r, const scalars *s)
{
  lac_step *step[STEPS_MOST];
  int root = is_root(r);
  r->round = s->counts[ROUND];
  r->ledger.oracle_calls = root ? s->counts[ORACLE_CALLS] : 0;
  r->ledger.bits_up = root ? s->counts[BITS_UP] : 0;
  r->ledger.msgs_up = root ? s->counts[MSGS_UP] : 0;
  r->ledger.samples = root ? s->counts[SAMPLES] : 0;
  r->ledger.wire_before = root ? s->counts[WIRE] : 0;
  r->ledger.trace_wire_before = root ? s->counts[TRACE_WIRE] : 0;
  r->ledger.bits_down = s->counts[BITS_DOWN];
  r->ledger.msgs_down = s->counts[MSGS_DOWN];
  for (size_t i = 0, count = steps_of(r, step); i < count; i++)
    step[i]->value = s->steps[i];
  if ((r->smoothness_used = s->counts[SMOOTH] != 0)) {
    r->instance.smoothness_known = 1;
    r->instance.smoothness = (lac_smoothness){ s->smoothness[0], s->smoothness[1], s->smoothness[2], s->smoothness[3] };
  }
  memcpy(r->constant, s->constants, sizeof s->constants);
  r->instance.f_star = s->optimum[0];
  r->instance.star_grad_norm_sq = s->optimum[1];
  if (root)
    memcpy(r->ledger.seconds, s->seconds, sizeof s->seconds);
}

static int get_counts(lac_run *r, lac_checkpoint *file, scalars *s)
{
  lac_state counts = counts_of(s);
  LAC_TRY(lac_checkpoint_get(file, &counts));
  if (s->counts[ROUND] > r->config->rounds || s->counts[LATE] > LAC_FLIGHTS || (s->counts[SOLVED] != 0) != (lac_run_solves(r) != 0))
    return lac_fail(LAC_EFORMAT, "a checkpoint whose counts make no sense for this run");
  if (s->counts[SOLVED] && !r->instance.x_star)
    r->instance.x_star = lac_alloc(r->env.d * sizeof *r->instance.x_star);
  return lac_comm_agree(r->comm, !s->counts[SOLVED] || r->instance.x_star ? LAC_OK : LAC_ENOMEM);
}

static int get_trace(lac_run *r, lac_checkpoint *file, lac_trace *trace)
{
  size_t width;
  LAC_TRY(lac_checkpoint_shape(file, "trace", &trace->rows, &width));
  if (trace->rows && width != r->trace.columns + LAC_BESIDE)
    return lac_fail(LAC_EFORMAT, "a checkpoint whose trace has other columns");
  if (is_root(r))
    trace->cells = lac_alloc(trace->rows * width * sizeof *trace->cells);
  LAC_TRY(lac_comm_agree(r->comm, !is_root(r) || trace->cells ? LAC_OK : LAC_ENOMEM));
  return lac_checkpoint_get(file, &(lac_state){ "trace", LAC_STATE_ROOT, LAC_STATE_COUNTS, trace->rows, width, width, trace->cells });
}

static int get_messages(lac_run *r, lac_checkpoint *file)
{
  size_t vectors, length;
  LAC_TRY(lac_checkpoint_shape(file, "messages", &vectors, &length));
  if (vectors != 1)
    return lac_fail(LAC_EFORMAT, "a checkpoint without messages, of another version");
  void *piece = is_root(r) ? lac_alloc(8 * length) : NULL;
  LAC_TRY(lac_comm_agree(r->comm, !is_root(r) || piece ? LAC_OK : LAC_ENOMEM));
  int status = lac_checkpoint_get(file, &(lac_state){ "messages", LAC_STATE_ROOT, LAC_STATE_COUNTS, 1, length, length, piece });
  if (status == LAC_OK && is_root(r)) {
    status = lac_message_log_take(&r->post.log, piece, 8 * length);
    if (status == LAC_OK)
      status = lac_message_log_check(&r->post.log);
  }
  free(piece);
  return lac_comm_agree(r->comm, status);
}

static int get_late(lac_run *r, lac_checkpoint *file, unsigned which, uint64_t sent)
{
  char name[32];
  size_t words = lac_late_words(r, sent);
  uint64_t *rows = lac_alloc((r->instance.last - r->instance.first) * words * sizeof *rows);
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
  scalars s = { 0 };
  LAC_TRY(get_counts(r, file, &s));
  LAC_TRY(each_section(r, &s, get_section, &(source){ r, file }));
  s.kernel[LAC_KERNEL - 1] = 0;
  LAC_TRY(lac_kernel_as_before(r, s.kernel));
  LAC_TRY(get_trace(r, file, trace));
  LAC_TRY(get_messages(r, file));
  distribute(r, &s);
  for (unsigned i = 0; i < (unsigned)s.counts[LATE]; i++)
    LAC_TRY(get_late(r, file, i, s.sent[i]));
  return LAC_OK;
}

/* As before the attempt. */
static void forget(lac_run *r, lac_trace *trace)
{
  const lac_rank_bytes *all;
  for (; r->post.late_count; r->post.late_count--) {
    lac_flight *flight = r->post.late[0].flight;
    if (lac_exchange_land(r->exchange, flight, &all) == LAC_OK)
      lac_exchange_release(r->exchange, flight);
    memmove(r->post.late, r->post.late + 1, (r->post.late_count - 1) * sizeof *r->post.late);
  }
  free(trace->cells);
  free(r->instance.x_star);
  *trace = (lac_trace){ 0 };
  r->instance.x_star = NULL;
  r->instance.smoothness_known = 0;
  lac_forget_constants(r);
  r->ledger.samples = r->ledger.wire_before = r->ledger.trace_wire_before = 0;
  lac_message_log_clear(&r->post.log);
  r->round = r->ledger.oracle_calls = r->ledger.bits_up = r->ledger.msgs_up = r->ledger.bits_down = r->ledger.msgs_down = 0;
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
