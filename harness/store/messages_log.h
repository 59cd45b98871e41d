/* messages_log.h: the records of a log of messages, for the files that write and read them. */
#ifndef LAC_MESSAGES_LOG_H
#define LAC_MESSAGES_LOG_H

#include "store/messages.h"
#include <hdf5.h>

/* The server's message (the content: which clients take part, a bit each, if clients may be left out); the clients' (the content: 32 bits
   each); a summary of theirs (largest and quantiles, 64 bits each). */
enum { LAC_MESSAGE_DOWN, LAC_MESSAGE_UP, LAC_MESSAGE_SUMMARY, LAC_MESSAGE_KINDS };

/* Of the rounds [first, first + count); `content` bytes follow.  same: none, since they are those of the record of this kind and phase
   before.  value: bits of the server's message, or of all clients'. */
typedef struct {
  uint32_t first, count, content;
  uint16_t phase;
  uint8_t kind, same;
  uint64_t value;
} lac_message_record;

/* The record at *at, which moves behind it; 0: there is none that is whole. */
int lac_message_next(const lac_message_log *log, size_t *at, lac_message_record *r);

/* The group /messages of a log that was checked; 1, or 0: HDF5 refused. */
int lac_message_log_write(const lac_message_log *log, hid_t file);

#endif
