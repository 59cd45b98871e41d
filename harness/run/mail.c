#include "run/mail.h"

int lac_mail_append_bytes(lac_msg *to, const void *bytes, size_t count)
{
  size_t at = lac_msg_bytes(to), padded = (count + 7) & ~(size_t)7;
  LAC_TRY(lac_grow(&to->buf, &to->cap, at + padded, 1));
  if (padded) {
    memset(to->buf + at + padded - 8, 0, 8);
    memcpy(to->buf + at, bytes, count);
  }
  to->nbits += 8 * (uint64_t)padded;
  return LAC_OK;
}

int lac_mail_begin(lac_run *r, int at_once)
{
  size_t head = (r->instance.last - r->instance.first) * sizeof(uint64_t);
  lac_msg *m = r->post.at = at_once ? &r->post.out : &r->post.mail;
  lac_msg_clear(&r->post.out);
  lac_msg_clear(m);
  LAC_TRY(lac_grow(&m->buf, &m->cap, head + 8, 1));
  memset(m->buf, 0, head);
  m->nbits = 8 * (uint64_t)head;
  return LAC_OK;
}

void lac_mail_open(lac_run *r)
{
  r->post.at->from = r->post.at->nbits;
  r->post.at->uses = 0;
}

uint64_t lac_mail_bits(const lac_run *r) { return r->post.at->nbits - r->post.at->from; }

int lac_mail_close(lac_run *r, uint32_t client, int status)
{
  lac_msg *m = r->post.at;
  uint64_t nbits = lac_mail_bits(r);
  m->from = 0;
  LAC_TRY(status);
  LAC_TRY(lac_msg_put(m, 0, (unsigned)(-m->nbits % 64)));
  lac_mail_words(m)[client - r->instance.first] = nbits;
  r->ledger.bits_up += nbits;
  r->ledger.msgs_up += nbits > 0;
  return LAC_OK;
}

int lac_mail_record(lac_run *r, uint64_t sent, const lac_rank_bytes *all)
{
  uint32_t first, last;
  for (int p = 0; p < lac_comm_size(r->comm); p++) {
    lac_comm_clients(r->comm, r->env.n, p, &first, &last);
    if (all[p].count < (last - first) * sizeof(uint64_t))
      return LAC_OK;      /* a rank has failed */
    memcpy(r->post.log.row + first, all[p].bytes, (last - first) * sizeof(uint64_t));
  }
  return lac_message_log_up(&r->post.log, sent, r->env.phase);
}

int lac_run_records_fully(const lac_run *r)
{
  const lac_config *c = r->config;
  return c->messages == LAC_RECORD_FULL || (c->messages == LAC_RECORD_AUTO && (double)c->rounds * (double)c->clients <= 1e8);
}

size_t lac_mail_most(const lac_run *r, int rank)
{
  uint32_t first, last, speak = 0;
  int exact;
  lac_comm_clients(r->comm, r->env.n, rank, &first, &last);
  if (r->draws.awake == r->env.n)
    speak = last - first;
  else
    for (uint32_t id = first; id < last; id++)
      speak += r->draws.times[id] > 0;
  return ((last - first) + speak * (size_t)((r->recipe.method->uplink_bits(&r->env, &exact) + 63) / 64)) * 8;
}

size_t lac_mail_end(const uint8_t *bytes, uint32_t clients)
{
  const uint64_t *nbits = (const uint64_t *)bytes;
  size_t words = clients;
  for (uint32_t i = 0; i < clients; i++)
    words += (size_t)((nbits[i] + 63) / 64);
  return words * 8;
}
