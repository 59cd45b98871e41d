/* mail.h: the messages of this rank's clients on their way to rank 0.

     mail   nbits of every client of the rank, then the messages in their order, each padded to 8 bytes */
#ifndef LAC_MAIL_H
#define LAC_MAIL_H

#include "run/run.h"

/* Empty mail: every client has said nothing. */
int lac_mail_begin(lac_run *r);
/* The message at hand, r->message, is of this client; it is counted here. */
int lac_mail_append(lac_run *r, uint32_t id);
/* Bytes behind what is written so far, padded to 8. */
int lac_mail_append_bytes(lac_msg *to, const void *bytes, size_t count);
static inline uint64_t *lac_mail_words(const lac_msg *m) { return (uint64_t *)m->buf; }
/* Where the mail of so many clients ends. */
size_t lac_mail_end(const uint8_t *bytes, uint32_t clients);

#endif
