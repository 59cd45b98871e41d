#include "network/ti_trace.h"

#include "file.h"
#include "store/temporary.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- actions, a line each: RANK ACTION ... ---- */

enum { ROOM = 1 << 16, LINE = 128 };

typedef struct {
  FILE *to;
  size_t used;
  char text[ROOM + LINE];
} writer;

static void flush_lines(writer *w)
{
  fwrite(w->text, 1, w->used, w->to);      /* lac_temporary_close tells whether all went well */
  w->used = 0;
}

static void put_number(writer *w, uint64_t number)
{
  char digits[24];
  size_t n = 0;
  do
    digits[n++] = (char)('0' + number % 10);
  while (number /= 10);
  while (n)
    w->text[w->used++] = digits[--n];
}

static void put_word(writer *w, const char *word)
{
  size_t n = strlen(word);
  memcpy(w->text + w->used, word, n);
  w->used += n;
}

/* "RANK ACTION A B" and what follows, to the end of the line. */
static void put_action(writer *w, uint64_t rank, const char *action, uint64_t a, uint64_t b)
{
  if (w->used > ROOM)
    flush_lines(w);
  put_number(w, rank);
  put_word(w, action);
  put_number(w, a);
  w->text[w->used++] = ' ';
  put_number(w, b);
}

/* A byte is datatype 6 of the replayer. */
static void put_transfer(writer *w, uint64_t rank, const char *action, uint64_t partner, const lac_hop *h)
{
  put_action(w, rank, action, partner, h->tag);
  w->text[w->used++] = ' ';
  put_number(w, h->bytes);
  put_word(w, " 6\n");
}

static void put_wait(writer *w, uint64_t rank, const lac_hop *h)
{
  put_action(w, rank, " wait ", h->from, h->to);
  w->text[w->used++] = ' ';
  put_number(w, h->tag);
  put_word(w, "\n");
}

static void put_compute(writer *w, uint64_t rank, double flop)
{
  char line[LINE], real[32];
  snprintf(line, sizeof line, "%llu compute %s\n", (unsigned long long)rank, lac_format_real(flop, real));
  if (w->used > ROOM)
    flush_lines(w);
  put_word(w, line);
}

static void put_for_all(writer *w, uint64_t ranks, const char *action)
{
  for (uint64_t r = 0; r < ranks; r++) {
    if (w->used > ROOM)
      flush_lines(w);
    put_number(w, r);
    put_word(w, action);
  }
}

/* ---- rounds ---- */

typedef struct {
  writer w;
  const lac_messages *m;
  const lac_ti_wish *wish;
  const double *calls;
  lac_ti_account *account;
  lac_hops hops;               /* of the exchange at hand */
  lac_hops *late;              /* lag + 1: what the clients have sent in round t lies in t % (lag + 1) */
  uint64_t *received;          /* ranks: the last stage of all exchanges in which the rank has received */
  uint64_t stage;              /* of all exchanges, counted */
} course;

/* Receives come first on either side, and nobody waits yet: a message begins its way when both sides know of it. */
static void post_stage(course *c, const lac_hop *h, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    put_transfer(&c->w, h[i].to, " irecv ", h[i].from, &h[i]);
    put_transfer(&c->w, h[i].from, " isend ", h[i].to, &h[i]);
    c->account->messages++;
    c->account->bytes += h[i].bytes;
  }
}

/* Who receives waits for what comes, and for what it sends in the same stage, as ranks of a ring do.  Who sends alone goes on: so the
   server is ready for a fast client before a slow one has its message. */
static void wait_for_stage(course *c, lac_hop *h, size_t count)
{
  uint64_t now = ++c->stage;
  for (size_t i = 0; i < count; i++) {
    put_wait(&c->w, h[i].to, &h[i]);
    c->received[h[i].to] = now;
  }
  for (size_t i = 0; i < count; i++)
    if (c->received[h[i].from] == now) {
      put_wait(&c->w, h[i].from, &h[i]);
      h[i].bytes = 0;      /* nobody waits for it any more */
    }
}

static size_t length_of_stage(const lac_hop *h, size_t count)
{
  size_t n = 0;
  while (n < count && h[n].stage == h[0].stage)
    n++;
  return n;
}

static void pass_stages(course *c, lac_hop *h, size_t count)
{
  for (size_t n; count; h += n, count -= n) {
    n = length_of_stage(h, count);
    post_stage(c, h, n);
    wait_for_stage(c, h, n);
  }
}

static void wait_for_sends(course *c, const lac_hop *h, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (h[i].bytes)
      put_wait(&c->w, h[i].from, &h[i]);
}

static int keep_late(lac_hops *late, const lac_hop *h, size_t count)
{
  if (count == 0)
    return LAC_OK;
  LAC_TRY(lac_grow(&late->hop, &late->cap, late->count + count, sizeof *h));
  memcpy(late->hop + late->count, h, count * sizeof *h);
  late->count += count;
  return LAC_OK;
}

static void land(course *c, uint64_t slot)
{
  lac_hops *late = &c->late[slot % (c->m->lag + 1)];
  wait_for_stage(c, late->hop, late->count);
  wait_for_sends(c, late->hop, late->count);
  late->count = 0;
}

static void compute(course *c, const lac_recorded *x, double calls)
{
  uint32_t servers = lac_pattern_servers(c->wish->pattern);
  double flop = LAC_TI_SPEED * c->wish->compute * calls;
  for (uint32_t i = 0; flop > 0 && i < x->clients; i++)
    if (lac_recorded_has(x, i))
      put_compute(&c->w, (uint64_t)servers + i, flop);
}

/* What is under way at the same time between two ranks has different tags. */
static void set_tags(const lac_messages *m, lac_hops *h, uint64_t slot, unsigned phase)
{
  for (size_t i = 0; i < h->count; i++)
    h->hop[i].tag = m->lag ? (uint32_t)slot * m->phases + phase : h->hop[i].stage;
}

static int pass_exchange(course *c, uint64_t t, unsigned phase)
{
  lac_recorded x = lac_recorded_of(c->m, t, phase);
  lac_hops *h = &c->hops;
  uint64_t slot = t % (c->m->lag + 1);
  if (!lac_recorded_held(&x, phase))
    return LAC_OK;
  LAC_TRY(lac_pattern_list(c->wish->pattern, &x, h));
  set_tags(c->m, h, slot, phase);
  pass_stages(c, h->hop, h->down);
  compute(c, &x, c->calls[t]);
  if (c->m->lag) {
    post_stage(c, h->hop + h->down, h->count - h->down);
    LAC_TRY(keep_late(&c->late[slot], h->hop + h->down, h->count - h->down));
    wait_for_sends(c, h->hop, h->down);
    land(c, slot + 1);
  } else {
    pass_stages(c, h->hop + h->down, h->count - h->down);
    wait_for_sends(c, h->hop, h->count);
  }
  return LAC_OK;
}

static int pass_rounds(course *c)
{
  uint64_t ranks = c->account->ranks;
  put_for_all(&c->w, ranks, " init\n");
  for (uint64_t t = c->wish->first; t < c->wish->last; t++)
    for (unsigned k = 0; k < c->m->phases; k++)
      LAC_TRY(pass_exchange(c, t, k));
  for (uint64_t t = c->wish->last; t < c->wish->last + c->m->lag; t++)
    land(c, t + 1);
  put_for_all(&c->w, ranks, " finalize\n");
  flush_lines(&c->w);
  return LAC_OK;
}

static int write_actions(course *c)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/actions", c->wish->folder));
  c->w.to = t.to;
  return lac_temporary_close(&t, pass_rounds(c));
}

static int write_text(const char *folder, const char *name, const char *text)
{
  lac_temporary t;
  if (!text)
    return LAC_ENOMEM;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s", folder, name));
  fputs(text, t.to);
  return lac_temporary_close(&t, LAC_OK);
}

static int write_about(const lac_ti_wish *wish, const lac_ti_account *a)
{
  char real[32];
  char *text = lac_asprintf("ranks = %llu\nservers = %u\nexchange = %s\nrounds = %llu:%llu\ncompute = %s\nmessages = %llu\nbytes = %llu\n",
                            (unsigned long long)a->ranks, lac_pattern_servers(wish->pattern), wish->pattern->spec.text,
                            (unsigned long long)wish->first, (unsigned long long)wish->last, lac_format_real(wish->compute, real),
                            (unsigned long long)a->messages, (unsigned long long)a->bytes);
  int status = write_text(wish->folder, "about", text);
  free(text);
  return status;
}

/* EUSER unless it is empty, made here if it is not there. */
static int make_folder(const char *path)
{
  LAC_TRY(lac_make_folders(path));
  DIR *folder = opendir(path);
  if (!folder)
    return lac_fail(LAC_EUSER, "--out: cannot read the folder %s: %s", path, strerror(errno));
  int entries = 0;
  for (struct dirent *e; (e = readdir(folder));)
    entries += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
  closedir(folder);
  return entries ? lac_fail(LAC_EUSER, "--out: %s is not empty; name a new folder", path) : LAC_OK;
}

int lac_ti_write(const lac_messages *m, const double *calls, const lac_ti_wish *wish, lac_ti_account *account)
{
  if (m->handed_on)
    return lac_fail(LAC_EUSER, "the messages of this result go from client to client, and a trace has those between clients and a server "
                    "alone; give the seconds of laconic show --network=...");
  if (m->lag)
    LAC_TRY(lac_pattern_takes_late(wish->pattern));
  LAC_TRY(make_folder(wish->folder));
  *account = (lac_ti_account){ .ranks = (uint64_t)lac_pattern_servers(wish->pattern) + m->clients };
  course *c = lac_alloc(sizeof *c);
  if (!c)
    return LAC_ENOMEM;
  c->m = m;
  c->wish = wish;
  c->calls = calls;
  c->account = account;
  c->late = lac_alloc((m->lag + 1) * sizeof *c->late);
  c->received = lac_alloc(account->ranks * sizeof *c->received);
  int status = c->late && c->received ? write_actions(c) : LAC_ENOMEM;
  for (unsigned i = 0; c->late && i <= m->lag; i++)
    free(c->late[i].hop);
  free(c->late);
  free(c->received);
  free(c->hops.hop);
  free(c);
  if (status == LAC_OK)
    status = write_about(wish, account);
  return status == LAC_OK ? write_text(wish->folder, "trace", "actions\n") : status;
}
