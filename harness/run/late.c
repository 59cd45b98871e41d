/* Late mail: what the clients send in round t reaches the server in round t + lag. */
#include "run/late.h"

#include "run/mail.h"

/* Bytes that a rank posts: every message at its declared size. */
static size_t post_size(const lac_run *r, int rank)
{
  uint32_t first, last;
  int exact;
  lac_comm_clients(r->comm, r->env.n, rank, &first, &last);
  return (last - first) * 8 * (size_t)(1 + (r->recipe.method->uplink_bits(&r->env, &exact) + 63) / 64);
}

/* A rank that has failed posts too, so that nobody waits for it. */
int lac_late_send(lac_run *r, int status)
{
  for (int p = 0; p < lac_comm_size(r->comm); p++)
    r->post.sizes[p] = post_size(r, p);
  r->post.late[r->post.late_count].sent = r->round;
  return lac_exchange_post(r->exchange, &r->post.late[r->post.late_count++].flight, status, r->post.mail.buf, lac_msg_bytes(&r->post.mail),
                           r->post.sizes);
}

int lac_late_land(lac_run *r, const lac_rank_bytes **all)
{
  *all = NULL;
  if (r->post.late_count == 0 || r->post.late[0].sent + r->post.lag != r->round)
    return LAC_OK;
  return lac_exchange_land(r->exchange, r->post.late[0].flight, all);
}

void lac_late_release(lac_run *r)
{
  if (r->post.late_count == 0 || r->post.late[0].sent + r->post.lag != r->round)
    return;
  lac_exchange_release(r->exchange, r->post.late[0].flight);
  memmove(r->post.late, r->post.late + 1, --r->post.late_count * sizeof *r->post.late);
}

/* What the end of the run finds under way has to arrive before its memory goes. */
int lac_late_drain(lac_run *r)
{
  const lac_rank_bytes *all;
  uint64_t word;
  LAC_TRY(lac_comm_hear(r->comm, &word));
  r->env.phase = 0;
  for (; r->post.late_count; memmove(r->post.late, r->post.late + 1, --r->post.late_count * sizeof *r->post.late)) {
    LAC_TRY(lac_exchange_land(r->exchange, r->post.late[0].flight, &all));
    if (all && lac_comm_rank(r->comm) == 0 && r->post.late[0].sent < r->round)
      LAC_TRY(lac_mail_record(r, r->post.late[0].sent, all));
    lac_exchange_release(r->exchange, r->post.late[0].flight);
  }
  return LAC_OK;
}

size_t lac_late_words(lac_run *r, uint64_t sent)
{
  uint64_t now = r->env.round;
  int exact;
  r->env.round = sent;
  size_t words = (size_t)(1 + (r->recipe.method->uplink_bits(&r->env, &exact) + 63) / 64);
  r->env.round = now;
  return words;
}

void lac_late_rows(const lac_run *r, unsigned which, size_t words, uint64_t *rows)
{
  const uint64_t *nbits = lac_exchange_posted(r->post.late[which].flight), *message = nbits + (r->instance.last - r->instance.first);
  for (uint32_t i = 0; i < r->instance.last - r->instance.first; i++, rows += words) {
    size_t length = (size_t)((nbits[i] + 63) / 64);
    rows[0] = nbits[i];
    memcpy(rows + 1, message, length * sizeof *rows);
    message += length;
  }
}

int lac_late_post(lac_run *r, uint64_t sent, size_t words, const uint64_t *rows)
{
  uint64_t now = r->round;
  int status = lac_mail_begin(r, 0);
  for (uint32_t i = 0; status == LAC_OK && i < r->instance.last - r->instance.first; i++, rows += words) {
    if (rows[0] > 64 * (uint64_t)(words - 1))
      status = lac_fail(LAC_EFORMAT, "a late message in the checkpoint is longer than %s allows", r->recipe.method->name);
    else
      status = lac_mail_append_bytes(&r->post.mail, rows + 1, (size_t)((rows[0] + 63) / 64) * 8);
    lac_mail_words(&r->post.mail)[i] = rows[0];
  }
  LAC_TRY(lac_comm_agree(r->comm, status));
  r->round = r->env.round = sent;
  status = lac_late_send(r, LAC_OK);
  r->round = r->env.round = now;
  return status;
}
