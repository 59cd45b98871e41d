#include "run/pass.h"

#include "run/mail.h"

/* The longest message of a round, as declared. */
static uint64_t most_bits(const lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  lac_env e = r->env;
  uint64_t most = 0;
  int exact;
  unsigned phases = m->phases ? m->phases(&e) : 1;
  for (e.phase = 0; e.phase < phases && m->hands_on(&e); e.phase++) {
    uint64_t bits = m->uplink_bits(&e, &exact);
    most = bits > most ? bits : most;
  }
  return most;
}

int lac_pass_open(lac_run *r) { return r->recipe.method->hands_on ? lac_exchange_link(r->exchange, r->env.n, most_bits(r)) : LAC_OK; }

int lac_pass_is_due(const lac_run *r)
{
  const lac_algorithm_type *m = r->recipe.method;
  return m->hands_on && r->env.n > 1 && m->hands_on(&r->env);
}

static uint32_t own_clients(const lac_run *r) { return r->instance.last - r->instance.first; }

/* The bits of all messages, for rank 0. */
static int note_bits(lac_run *r)
{
  size_t own = own_clients(r), before = r->env.phase * own;
  LAC_TRY(lac_grow(&r->post.passed, &r->post.passed_cap, before + own, sizeof *r->post.passed));
  if (own)
    memcpy(r->post.passed + before, lac_mail_words(&r->post.mail), own * sizeof *r->post.passed);
  return LAC_OK;
}

/* The messages of this rank's clients, number `which` behind the one before, which ends at *at of the mail. */
static lac_passed next_message(const lac_run *r, uint32_t which, size_t *at)
{
  const lac_msg *mail = &r->post.mail;
  lac_passed m = { mail->buf + *at, lac_mail_words(mail)[which], LAC_OK };
  *at += (size_t)((m.nbits + 63) / 64) * 8;
  return m;
}

static lac_passed last_message(const lac_run *r)
{
  uint32_t own = own_clients(r);
  size_t at = lac_mail_end(r->post.mail.buf, own) - (size_t)((lac_mail_words(&r->post.mail)[own - 1] + 63) / 64) * 8;
  return next_message(r, own - 1, &at);
}

static int take_message(lac_run *r, uint32_t id, const lac_passed *m)
{
  const lac_algorithm_type *method = r->recipe.method;
  lac_msg from;
  lac_msg_view(&from, m->bytes, m->nbits);
  LAC_TRY(method->client_recv(&r->env, &r->store.mirror, lac_run_client(r, id), &from));
  if (from.rpos == from.nbits)
    return LAC_OK;
  return lac_fail(LAC_EBUG, "%s left %llu of %llu bits unread of the message of the client before: a bug in its client_recv", method->name,
                  (unsigned long long)(from.nbits - from.rpos), (unsigned long long)from.nbits);
}

/* The first client of this rank gets what came from another rank. */
static int take_messages(lac_run *r, const lac_passed *came)
{
  lac_passed m = *came;
  size_t at = own_clients(r) * sizeof(uint64_t);
  for (uint32_t id = r->instance.first; id < r->instance.last; id++) {
    int status = take_message(r, id, &m);
    LAC_TRY(status == LAC_EBUG ? status : lac_context(status, "client %u", id));
    m = next_message(r, id - r->instance.first, &at);
  }
  return LAC_OK;
}

int lac_pass_deliver(lac_run *r, int *status, int *missed)
{
  lac_passed mine = { 0 }, came;
  double start = lac_seconds();
  if (*status == LAC_OK)
    *status = note_bits(r);
  r->post.passes = r->env.phase + 1;
  mine.status = *status ? *status : *missed;
  if (mine.status == LAC_OK && own_clients(r))
    mine = last_message(r);
  LAC_TRY(lac_exchange_pass(r->exchange, &mine, &came));
  r->ledger.seconds[LAC_TIME_EXCHANGE] += lac_seconds() - start;
  *missed = came.status;
  if (*status == LAC_OK && *missed == LAC_OK)
    *status = take_messages(r, &came);
  return LAC_OK;
}

size_t lac_pass_bytes(const lac_run *r, int rank)
{
  uint32_t first, last;
  lac_comm_clients(r->comm, r->env.n, rank, &first, &last);
  return (size_t)r->post.passes * (last - first) * sizeof *r->post.passed;
}

int lac_pass_record(lac_run *r, const lac_rank_bytes *all)
{
  uint32_t first, last;
  r->post.log.handed_on = r->post.passes;
  for (unsigned k = 0; k < r->post.passes; k++) {
    for (int p = 0; p < lac_comm_size(r->comm); p++) {
      lac_comm_clients(r->comm, r->env.n, p, &first, &last);
      size_t bytes = (last - first) * sizeof *r->post.passed;
      if (bytes)
        memcpy(r->post.log.row + first, all[p].bytes + k * bytes, bytes);
    }
    LAC_TRY(lac_message_log_up(&r->post.log, r->round, k));
    LAC_TRY(lac_message_log_down(&r->post.log, r->round, k, 0, r->draws.times));
  }
  return LAC_OK;
}

int lac_pass_iterate(lac_run *r)
{
  if (own_clients(r))
    lac_copy(r->env.d, lac_client_vector(r, r->instance.first, r->recipe.method->iterate), r->eval.x);
  return lac_exchange_bring(r->exchange, r->eval.x, r->env.d * sizeof(double));
}
