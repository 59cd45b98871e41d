#include "experiment/sweep.h"

#include "experiment/execute.h"
#include "experiment/plan.h"
#include "interrupt.h"
#include "store/result.h"
#include "utf8.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is known of a run; on the board of all ranks when it has been WAITING. */
enum { WAITING, DONE, KEPT, MISSING, FAILED, ELSEWHERE };
/* Numbers on the board. */
enum { NEXT, ENDED, STATES };

typedef struct {
  lac_comm *comm, *part;
  const lac_experiment *e;
  const lac_sweep_options *o;
  lac_keep keep;
  lac_sweep_plan plan;                   /* rank 0 */
  uint8_t *state;                  /* rank 0: before the runs */
  size_t shown;                    /* rank 0: runs of the file whose turn is over */
  uint64_t *todo, todos, groups;   /* all ranks */
  lac_board *board;
  double start;
  int stopped;
} sweep;

static int parse_number(const char *text, const char *what, uint64_t *value)
{
  static const lac_option number = { "array", LAC_UINT, 0, "", NULL, NULL, NULL };
  return lac_option_set(&number, value, what, text);
}

static int read_slurm(uint64_t *index, uint64_t *count)
{
  static const char *const names[] = { "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP" };
  uint64_t value[LAC_COUNT(names)];
  for (size_t i = 0; i < LAC_COUNT(names); i++) {
    const char *text = getenv(names[i]);
    if (!text && i < 2)
      return lac_fail(LAC_EUSER, "--array=slurm: %s is not set; this is no task of a job array (sbatch --array=0-9)", names[i]);
    LAC_TRY(parse_number(text ? text : i == 2 ? "0" : "1", names[i], &value[i]));
  }
  *count = value[1];
  *index = value[0] < value[2] || value[3] == 0 ? UINT64_MAX : (value[0] - value[2]) / value[3];
  return *index < *count ? LAC_OK :
         lac_fail(LAC_EUSER, "--array=slurm: task %llu is not one of %llu in a row; use sbatch --array=0-%llu",
                  (unsigned long long)value[0], (unsigned long long)*count, (unsigned long long)(*count ? *count - 1 : 0));
}

static int parse_array(const char *text, uint64_t *index, uint64_t *count)
{
  const char *slash = strchr(text, '/');
  *index = 0;
  *count = 1;
  if (!*text)
    return LAC_OK;
  if (strcmp(text, "slurm") == 0)
    return read_slurm(index, count);
  if (!slash)
    return lac_fail(LAC_EUSER, "--array must be INDEX/COUNT, such as 0/4, or slurm, not '%.40s'", text);
  if (slash == text || !slash[1])
    return lac_fail(LAC_EUSER, "--array must be INDEX/COUNT, such as 0/4, or slurm, not '%.40s'", text);
  char *first = lac_asprintf("%.*s", (int)(slash - text), text);
  int status = first ? parse_number(first, "--array", index) : LAC_ENOMEM;
  free(first);
  LAC_TRY(status);
  LAC_TRY(parse_number(slash + 1, "--array", count));
  if (*count == 0)
    return lac_fail(LAC_EUSER, "--array=%.40s: there are no shares to take one of; COUNT is at least 1", text);
  return *index < *count ? LAC_OK : lac_fail(LAC_EUSER, "--array=%.40s: the index is 0 to %llu", text, (unsigned long long)(*count - 1));
}

/* Largest number of groups that leaves no rank over and finds room for one run each. */
static uint64_t count_groups(const sweep *s)
{
  uint64_t ranks = (uint64_t)lac_comm_size(s->comm), here = (uint64_t)lac_comm_here(s->comm), groups = s->todos < ranks ? s->todos : ranks;
  double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 2;
  while (groups > 1 && (ranks % groups || (double)s->plan.bytes * (double)((here * groups + ranks - 1) / ranks) > memory))
    groups--;
  return groups ? groups : 1;
}

static int choose_groups(sweep *s)
{
  s->groups = count_groups(s);
  if (strcmp(s->o->groups, "auto") == 0)
    return LAC_OK;
  LAC_TRY(parse_number(s->o->groups, "--groups", &s->groups));
  if (s->groups >= 1 && s->groups <= (uint64_t)lac_comm_size(s->comm))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--groups=%llu: there are %d ranks to make groups of; start more with mpiexec -n",
                  (unsigned long long)s->groups, lac_comm_size(s->comm));
}

/* Runs that cannot be are told before any work, the same sentence once. */
static int judge_plan(sweep *s)
{
  const char *last = "";
  size_t others = 0;
  for (size_t i = 0; i < s->e->runs; i++) {
    const lac_planned *run = &s->plan.run[i];
    s->state[i] = WAITING;
    if (run->status == LAC_ENODATA && s->e->skip_missing)
      s->state[i] = MISSING;
    else if (run->status != LAC_OK)
      s->state[i] = FAILED;
    others += s->state[i] == WAITING;
  }
  for (size_t i = 0; i < s->e->runs; i++) {
    const lac_planned *run = &s->plan.run[i];
    if (s->state[i] != FAILED || strcmp(run->why, last) == 0)
      continue;
    if (!others)
      return lac_fail(run->status, "%s, [run %s]: %s", s->e->path, s->e->run[i].label, run->why);
    lac_print(stderr, "laconic: %s, [run %s]: %s\n", s->e->path, s->e->run[i].label, run->why);
    last = run->why;
  }
  return LAC_OK;
}

/* This job's share: of the runs that differ, in the order of the file, every count-th. */
static int share_out(sweep *s)
{
  uint64_t index, count;
  LAC_TRY(parse_array(s->o->array, &index, &count));
  for (size_t i = 0; i < s->e->runs; i++) {
    const lac_planned *run = &s->plan.run[i];
    if (lac_planned_share(run, count) != index)
      s->state[i] = ELSEWHERE;
    else if (run->first != i)
      s->state[i] = KEPT;
    else if (s->state[i] == WAITING && lac_planned_is_there(run, &s->e->run[i].config))
      s->state[i] = KEPT;
  }
  for (size_t k = 0; k < s->e->runs; k++)
    if (s->state[s->plan.order[k]] == WAITING)
      s->todo[s->todos++] = s->plan.order[k];
  return choose_groups(s);
}

static int make_plan(sweep *s)
{
  LAC_TRY(lac_sweep_plan_make(&s->plan, s->e, &s->keep));
  if (!(s->state = lac_alloc(s->e->runs)))
    return LAC_ENOMEM;
  LAC_TRY(judge_plan(s));
  return share_out(s);
}

static int prepare_sweep(sweep *s)
{
  int root = lac_comm_rank(s->comm) == 0;
  uint64_t told[2];
  s->todo = lac_alloc(s->e->runs * sizeof *s->todo);
  LAC_TRY(lac_comm_agree(s->comm, s->todo ? LAC_OK : LAC_ENOMEM));
  LAC_TRY(lac_comm_agree(s->comm, root ? make_plan(s) : LAC_OK));
  told[0] = s->todos;
  told[1] = s->groups;
  LAC_TRY(lac_comm_bcast(s->comm, told, sizeof told));
  s->todos = told[0];
  s->groups = told[1];
  LAC_TRY(lac_comm_bcast(s->comm, s->todo, s->todos * sizeof *s->todo));
  LAC_TRY(lac_board_open(s->comm, STATES + s->e->runs, &s->board));
  s->part = s->comm;
  if (s->groups == 1)
    return LAC_OK;
  int part = (int)((uint64_t)lac_comm_rank(s->comm) * s->groups / (uint64_t)lac_comm_size(s->comm));
  return lac_comm_agree(s->comm, lac_comm_split(s->comm, part, &s->part));
}

/* ---- what becomes of them ---- */

/* Rank 0: the state of a run now. */
static int state_of(sweep *s, size_t i, uint64_t *state)
{
  *state = s->state[i];
  return *state == WAITING ? lac_board_add(s->board, STATES + i, 0, state) : LAC_OK;
}

/* Rank 0: the runs whose turn it is.  A run that is the same as one before has its result. */
static int show_results(sweep *s, int all)
{
  for (uint64_t state; s->shown < s->e->runs; s->shown++) {
    size_t i = s->shown, first = s->plan.run[i].first;
    LAC_TRY(state_of(s, first, &state));
    if (state == WAITING && !all)
      return LAC_OK;
    if (state == DONE || state == KEPT)
      LAC_TRY(s->o->show(s->o->self, &s->e->run[i], s->plan.run[first].path));
  }
  return LAC_OK;
}

static void tell_progress(void *self, double fraction, lac_sweep_progress *p)
{
  sweep *s = self;
  uint64_t ended = 0;
  lac_board_add(s->board, ENDED, 0, &ended);
  double done = (double)ended + (double)s->groups * fraction, left = (double)s->todos - done;
  p->run = ended + 1;
  p->runs = s->todos;
  p->seconds = (lac_seconds() - s->start) * (left > 0 ? left : 0) / done;
}

/* The first rank of a group: the next run of the list; todos: no more. */
static int take_ticket(sweep *s, uint64_t *ticket)
{
  int status = LAC_OK;
  if (lac_comm_rank(s->part) == 0) {
    if (lac_interrupted())
      s->stopped = lac_fail(LAC_EINTERRUPTED, "stopped as asked between two runs; the same command goes on");
    else
      status = lac_board_add(s->board, NEXT, 1, ticket);
    if (s->stopped)
      *ticket = s->todos;
  }
  LAC_TRY(lac_comm_agree(s->part, status));
  return lac_comm_bcast(s->part, ticket, sizeof *ticket);
}

static int report_state(sweep *s, size_t i, uint64_t state)
{
  uint64_t before;
  if (state == FAILED)
    lac_print(stderr, "laconic: %s, [run %s]: %s\n", s->e->path, s->e->run[i].label, lac_error());
  LAC_TRY(lac_board_add(s->board, STATES + i, state, &before));
  return lac_board_add(s->board, ENDED, 1, &before);
}

/* Nobody begins another run. */
static int stop_all(sweep *s)
{
  uint64_t before;
  return lac_board_add(s->board, NEXT, s->todos, &before);
}

static int one_run(sweep *s, size_t i, lac_execution *how)
{
  lac_outcome out;
  int status = lac_execute(s->part, &s->e->run[i].config, how, &out), first = lac_comm_rank(s->part) == 0;
  if (status == LAC_EINTERRUPTED) {
    s->stopped = lac_context(status, "%s, [run %s]", s->e->path, s->e->run[i].label);
    return first ? stop_all(s) : LAC_OK;
  }
  if (status == LAC_EMPI)
    return status;
  if (first)
    LAC_TRY(report_state(s, i, status ? FAILED : out.missing ? MISSING : out.skipped ? KEPT : DONE));
  return LAC_OK;
}

/* A failure to show a result is told at the end; the runs are more. */
static int run_share(sweep *s)
{
  int root = lac_comm_rank(s->comm) == 0, shown = root ? show_results(s, 0) : LAC_OK;
  uint64_t ticket;
  lac_execution how = { .allow = LAC_ALLOW_FRESH | (s->e->skip_missing ? LAC_ALLOW_MISSING : 0) |
                                  (s->o->pauses ? LAC_ALLOW_PAUSE : 0), .keep = &s->keep, .quiet = !root,
                        .progress = tell_progress, .self = s };
  for (;;) {
    LAC_TRY(take_ticket(s, &ticket));
    if (ticket >= s->todos)
      return shown;
    LAC_TRY(one_run(s, s->todo[ticket], &how));
    if (s->stopped)
      return shown;
    if (root && shown == LAC_OK)
      shown = show_results(s, 0);
  }
}

/* Rank 0, when all have ended. */
static int count_states(sweep *s, lac_sweep_counts *c)
{
  *c = (lac_sweep_counts){ .runs = s->e->runs };
  for (size_t i = 0; i < s->e->runs; i++) {
    uint64_t state;
    size_t first = s->plan.run[i].first;
    LAC_TRY(state_of(s, first, &state));
    state = first != i && state == DONE ? KEPT : state;
    c->share += state != ELSEWHERE;
    c->kept += state == KEPT;
    c->missing += state == MISSING;
    c->failed += state == FAILED;
  }
  return show_results(s, 1);
}

static int finish_sweep(sweep *s, lac_sweep_counts *c)
{
  LAC_TRY(lac_comm_agree(s->comm, lac_comm_rank(s->comm) == 0 ? count_states(s, c) : LAC_OK));
  return lac_comm_agree(s->comm, s->stopped);
}

int lac_sweep(lac_comm *comm, const lac_experiment *e, const lac_sweep_options *o, lac_sweep_counts *counts)
{
  sweep s = { .comm = comm, .e = e, .o = o, .start = lac_seconds() };
  int status = prepare_sweep(&s);
  if (s.groups > 1)
    lac_interrupt_grace(1.5);      /* a group in its rounds saves while another one is in set-up */
  if (status == LAC_OK)
    status = lac_comm_agree(comm, run_share(&s));
  if (status == LAC_OK)
    status = finish_sweep(&s, counts);
  lac_keep_clear(&s.keep);
  if (s.part != comm)
    lac_comm_close(s.part);
  lac_board_close(s.board);
  lac_sweep_plan_free(&s.plan);
  free(s.state);
  free(s.todo);
  return status;
}
