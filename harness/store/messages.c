#include "store/messages.h"

#include "store/messages_log.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Where the last record of a kind and phase is, and its content, which may be that of an older one; both plus 1, 0: none. */
struct lac_message_last { size_t at, content; uint32_t size; };

/* Bytes at the end in which a record may still grow: those of a round in which nothing is new, at least. */
static size_t window(const lac_message_log *log) { return 256 + 2 * (size_t)log->phases * sizeof(lac_message_record); }

/* Bytes of what is behind a record: whole words, so that a piece is, too. */
static size_t content_size(const lac_message_log *log, int kind)
{
  size_t bits = kind == LAC_MESSAGE_UP ? 32 * (size_t)log->clients : log->leaves_out ? log->clients : 0;
  return kind == LAC_MESSAGE_SUMMARY ? (1 + LAC_QUANTILES) * sizeof(uint64_t) : (bits + 63) / 64 * 8;
}

/* In front of a piece. */
typedef struct { uint64_t from, rounds, hash; uint32_t clients, lag; uint16_t phases; uint8_t full, leaves_out; uint32_t handed_on; } head;

int lac_message_log_open(lac_message_log *log, uint32_t clients, unsigned lag, int full, int leaves_out)
{
  *log = (lac_message_log){ .clients = clients, .lag = lag, .full = full, .leaves_out = leaves_out, .phases = 1 };
  log->row = lac_alloc(clients * sizeof *log->row);
  log->sorted = lac_alloc(((size_t)clients + 2) * sizeof *log->sorted);
  return log->row && log->sorted ? LAC_OK : LAC_ENOMEM;
}

void lac_message_log_clear(lac_message_log *log)
{
  log->rounds = log->hash = log->used = log->stable = 0;
  log->phases = 1;
  log->unchecked = 0;
  log->handed_on = 0;
  if (log->phases_cap)
    memset(log->last, 0, LAC_MESSAGE_KINDS * log->phases_cap * sizeof *log->last);
}

void lac_message_log_close(lac_message_log *log)
{
  free(log->bytes);
  free(log->last);
  free(log->row);
  free(log->sorted);
  *log = (lac_message_log){ 0 };
}

/* ---- records ---- */

int lac_message_next(const lac_message_log *log, size_t *at, lac_message_record *r)
{
  if (log->used - *at < sizeof *r)
    return 0;
  memcpy(r, log->bytes + *at, sizeof *r);
  if (r->content > log->used - *at - sizeof *r || r->count == 0 || r->kind >= LAC_MESSAGE_KINDS)
    return 0;
  *at += sizeof *r + r->content;
  return 1;
}

static int make_room_for_phase(lac_message_log *log, unsigned phase)
{
  enum { PHASES_MOST = 1 << 16 };
  size_t cap = log->phases_cap;
  if (phase < log->phases_cap)
    return LAC_OK;
  if (phase >= PHASES_MOST)
    return lac_fail(LAC_EUSER, "more than %d exchanges in a round cannot be recorded", PHASES_MOST);
  struct lac_message_last *more = realloc(log->last, 2 * LAC_MESSAGE_KINDS * (size_t)(phase + 1) * sizeof *more);
  if (!more)
    return LAC_ENOMEM;
  memset(more + LAC_MESSAGE_KINDS * cap, 0, LAC_MESSAGE_KINDS * (2 * (size_t)(phase + 1) - cap) * sizeof *more);
  log->last = more;
  log->phases_cap = 2 * (phase + 1);
  return LAC_OK;
}

static struct lac_message_last *last_of(lac_message_log *log, const lac_message_record *r)
{
  return &log->last[(size_t)r->phase * LAC_MESSAGE_KINDS + r->kind];
}

/* That of a kind and phase, once more, for a round behind it? */
static int extend_record(lac_message_log *log, const struct lac_message_last *last, const lac_message_record *r)
{
  lac_message_record before;
  if (!last->at || last->at - 1 < log->stable)
    return 0;
  memcpy(&before, log->bytes + last->at - 1, sizeof before);
  if (before.value != r->value || before.first + (uint64_t)before.count != r->first || before.count == UINT32_MAX)
    return 0;
  before.count++;
  memcpy(log->bytes + last->at - 1, &before, sizeof before);
  return 1;
}

static void advance_stable(lac_message_log *log)
{
  lac_message_record r;
  for (size_t next = log->stable; log->used - log->stable > window(log) && lac_message_next(log, &next, &r) && next < log->used;)
    log->stable = next;
}

static int add_record(lac_message_log *log, lac_message_record r, const void *content, size_t size)
{
  LAC_TRY(lac_message_log_check(log));
  LAC_TRY(make_room_for_phase(log, r.phase));
  struct lac_message_last *last = last_of(log, &r);
  log->phases = r.phase >= log->phases ? r.phase + 1u : log->phases;
  r.same = last->content && last->size == size && (!size || memcmp(log->bytes + last->content - 1, content, size) == 0);
  if (r.same && extend_record(log, last, &r))
    return LAC_OK;
  size_t at = log->used;
  r.content = r.same ? 0 : (uint32_t)size;
  LAC_TRY(lac_grow(&log->bytes, &log->cap, at + sizeof r + r.content, 1));
  memcpy(log->bytes + at, &r, sizeof r);
  if (r.content)
    memcpy(log->bytes + at + sizeof r, content, r.content);
  log->used = at + sizeof r + r.content;
  last->at = at + 1;
  if (!r.same)
    *last = (struct lac_message_last){ at + 1, at + sizeof r + 1, r.content };
  advance_stable(log);
  return LAC_OK;
}

/* ---- what is added ---- */

static void add_to_hash(lac_message_log *log, const lac_message_record *r, const void *bytes, size_t size)
{
  uint64_t what[] = { log->hash, r->first, r->phase, r->kind == LAC_MESSAGE_DOWN, r->value, XXH3_64bits(bytes, size) };
  log->hash = XXH3_64bits(what, sizeof what);
}

int lac_message_log_down(lac_message_log *log, uint64_t round, unsigned phase, uint64_t bits, const uint32_t *times)
{
  lac_message_record r = { .first = (uint32_t)round, .count = 1, .phase = (uint16_t)phase, .kind = LAC_MESSAGE_DOWN, .value = bits };
  uint8_t *mask = (uint8_t *)log->sorted;
  size_t size = content_size(log, LAC_MESSAGE_DOWN);
  memset(mask, 0, size);
  for (uint32_t i = 0; size && i < log->clients; i++)
    mask[i / 8] |= (uint8_t)((times[i] > 0) << i % 8);
  add_to_hash(log, &r, mask, size);
  return add_record(log, r, mask, size);
}

static int compare_bits(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Largest, and quantiles by linear interpolation, rounded down; the row is sorted afterwards. */
static void summarise(lac_message_log *log, uint64_t summary[static 1 + LAC_QUANTILES])
{
  uint32_t n = log->clients;
  qsort(log->row, n, sizeof *log->row, compare_bits);
  summary[0] = log->row[n - 1];
  for (int k = 0; k < LAC_QUANTILES; k++) {
    uint64_t at = (uint64_t)k * (n - 1), whole = at / (LAC_QUANTILES - 1), rest = at % (LAC_QUANTILES - 1);
    uint64_t low = log->row[whole], high = rest ? log->row[whole + 1] : low;
    summary[1 + k] = low + (high - low) * rest / (LAC_QUANTILES - 1);
  }
}

int lac_message_log_up(lac_message_log *log, uint64_t round, unsigned phase)
{
  lac_message_record r = { .first = (uint32_t)round, .count = 1, .phase = (uint16_t)phase, .kind = LAC_MESSAGE_UP };
  uint64_t summary[1 + LAC_QUANTILES], sum = 0, all = 0;
  for (uint32_t i = 0; i < log->clients; i++) {
    sum += log->row[i];
    all |= log->row[i];
    log->sorted[i] = (uint32_t)log->row[i];
  }
  r.value = sum;
  add_to_hash(log, &r, log->row, log->clients * sizeof *log->row);
  if (!log->full) {
    r.kind = LAC_MESSAGE_SUMMARY;
    summarise(log, summary);
    return add_record(log, r, summary, sizeof summary);
  }
  if (all > UINT32_MAX)
    return lac_fail(LAC_EUSER, "--messages: a message of 2^32 bits or more cannot be recorded in full; give --messages=summary");
  log->sorted[log->clients] = 0;
  return add_record(log, r, log->sorted, content_size(log, LAC_MESSAGE_UP));
}

/* ---- pieces ---- */

const void *lac_message_log_piece(lac_message_log *log, size_t from, size_t *size)
{
  head h = { from, log->rounds, log->hash, log->clients, log->lag, (uint16_t)log->phases, log->full != 0, log->leaves_out != 0,
             log->handed_on };
  size_t count = log->used - from;
  *size = sizeof h + count;
  if (lac_grow(&log->bytes, &log->cap, log->used + *size, 1) != LAC_OK)
    return NULL;
  memcpy(log->bytes + log->used, &h, sizeof h);
  if (count)
    memcpy(log->bytes + log->used + sizeof h, log->bytes + from, count);
  return log->bytes + log->used;
}

int lac_message_log_take(lac_message_log *log, const void *piece, size_t size)
{
  head h;
  if (size < sizeof h)
    return lac_fail(LAC_EFORMAT, "a torn record of messages");
  memcpy(&h, piece, sizeof h);
  if (log->clients == 0 && h.clients > 0)
    LAC_TRY(lac_message_log_open(log, h.clients, h.lag, h.full, h.leaves_out));
  size_t count = size - sizeof h, at = (size_t)h.from;
  if (h.from > log->used || h.clients != log->clients || h.clients == 0 || h.lag != log->lag || h.full != (log->full != 0) ||
      h.leaves_out != (log->leaves_out != 0) || h.phases == 0 || h.handed_on > h.phases)
    return lac_fail(LAC_EFORMAT, "a record of messages that does not continue the one before");
  LAC_TRY(lac_grow(&log->bytes, &log->cap, at + count, 1));
  if (count)
    memcpy(log->bytes + at, (const uint8_t *)piece + sizeof h, count);
  log->used = at + count;
  log->rounds = h.rounds;
  log->phases = h.phases;
  log->hash = h.hash;
  log->handed_on = h.handed_on;
  log->unchecked = 1;
  return LAC_OK;
}

/* What a record may say, and have behind it. */
static int is_good(const lac_message_log *log, const lac_message_record *r)
{
  return r->content == (r->same ? 0 : content_size(log, r->kind)) && r->same < 2 && r->phase < log->phases &&
         (r->kind == LAC_MESSAGE_DOWN || (r->kind == LAC_MESSAGE_UP) == log->full);
}

int lac_message_log_check(lac_message_log *log)
{
  lac_message_record r;
  size_t at = 0;
  if (!log->unchecked)
    return LAC_OK;
  if (log->phases_cap)
    memset(log->last, 0, LAC_MESSAGE_KINDS * log->phases_cap * sizeof *log->last);
  for (size_t start = 0; lac_message_next(log, &at, &r); start = at) {
    LAC_TRY(make_room_for_phase(log, r.phase));
    struct lac_message_last *last = last_of(log, &r);
    if (!is_good(log, &r) || (r.same && !last->content))
      return lac_fail(LAC_EFORMAT, "a damaged record of messages");
    if (r.same)
      last->at = start + 1;
    else
      *last = (struct lac_message_last){ start + 1, start + sizeof r + 1, r.content };
  }
  log->stable = 0;
  log->unchecked = 0;
  advance_stable(log);
  return at == log->used ? LAC_OK : lac_fail(LAC_EFORMAT, "a torn record of messages");
}
