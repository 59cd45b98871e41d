/* mail.h: the messages of this rank's clients in one exchange.  A client writes straight into what the rank sends.

     mail   nbits of every client of the rank, then the messages in their order, each padded to 8 bytes */
#ifndef LAC_MAIL_H
#define LAC_MAIL_H

#include "run/run.h"

/* Empty mail: no client has said anything.  at_once: it goes to rank 0 in r->post.out, else it waits in r->post.mail. */
int lac_mail_begin(lac_run *r, int at_once);
/* r->post.at is ready for the next client's message, which begins at its `from`. */
void lac_mail_open(lac_run *r);
/* What was written since is the message of this client, and is counted here; unless the client failed with this status, which is
   returned. */
int lac_mail_close(lac_run *r, uint32_t client, int status);
/* Bits written since. */
uint64_t lac_mail_bits(const lac_run *r);

/* Rank 0: record how long the messages are that arrived from all ranks and were sent in that round. */
int lac_mail_record(lac_run *r, uint64_t sent, const lac_rank_bytes *all);
/* Whether every client's bits are recorded, or a summary: --messages. */
int lac_run_records_fully(const lac_run *r);

/* Bytes behind what is written so far, padded to 8. */
int lac_mail_append_bytes(lac_msg *to, const void *bytes, size_t count);
static inline uint64_t *lac_mail_words(const lac_msg *m) { return (uint64_t *)m->buf; }
/* Bytes of the mail of a rank's clients in this exchange, at most: the same on all ranks. */
size_t lac_mail_most(const lac_run *r, int rank);
/* Where the mail of so many clients ends. */
size_t lac_mail_end(const uint8_t *bytes, uint32_t clients);

#endif
