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

int lac_mail_begin(lac_run *r)
{
  size_t head = (r->last - r->first) * sizeof(uint64_t);
  LAC_TRY(lac_grow(&r->mail.buf, &r->mail.cap, head + 8, 1));
  memset(r->mail.buf, 0, head);
  r->mail.nbits = 8 * (uint64_t)head;
  return LAC_OK;
}

int lac_mail_append(lac_run *r, uint32_t id)
{
  LAC_TRY(lac_mail_append_bytes(&r->mail, r->message.buf, lac_msg_bytes(&r->message)));
  lac_mail_words(&r->mail)[id - r->first] = r->message.nbits;
  r->bits_up += r->message.nbits;
  r->msgs_up += r->message.nbits > 0;
  return LAC_OK;
}

/* Where a rank's mail ends. */
size_t lac_mail_end(const uint8_t *bytes, uint32_t clients)
{
  const uint64_t *nbits = (const uint64_t *)bytes;
  size_t words = clients;
  for (uint32_t i = 0; i < clients; i++)
    words += (size_t)((nbits[i] + 63) / 64);
  return words * 8;
}
