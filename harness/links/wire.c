#include "links/wire.h"

#include "links/shape.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* MOST_AT_ONCE: packets of one device, so that none waits for ever behind a busy one. */
enum { MOST_AT_ONCE = 64, EVENTS = 64 };

typedef struct packet {
  struct packet *next;         /* of those that are not in use */
  uint32_t length;
  uint8_t bytes[LAC_WIRE_MTU];
} packet;

/* A packet arrives at the down link of a host, or at the host. */
typedef struct {
  int64_t time;                /* nanoseconds */
  uint64_t number;             /* of equal times the earlier one first */
  uint32_t host;
  int at_host;
  packet *packet;
} event;

typedef struct {
  double per_byte;             /* nanoseconds */
  int64_t burst, queue;        /* nanoseconds of bytes that pass at once, that may wait */
  int64_t free;                /* when the last byte so far has passed */
} link_state;

typedef struct {
  const lac_links *links;
  const int *tun;
  link_state up[LAC_HOSTS_MOST], down[LAC_HOSTS_MOST];
  event *heap;
  size_t count, cap;
  uint64_t number;
  packet *spare;
} wire;

static int64_t now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- events by time ---- */

static int before(const event *a, const event *b) { return a->time < b->time || (a->time == b->time && a->number < b->number); }

static int add_event(wire *w, event e)
{
  LAC_TRY(lac_grow(&w->heap, &w->cap, w->count + 1, sizeof *w->heap));
  e.number = w->number++;
  size_t i = w->count++;
  for (; i && before(&e, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
    w->heap[i] = w->heap[(i - 1) / 2];
  w->heap[i] = e;
  return LAC_OK;
}

static event take_event(wire *w)
{
  event first = w->heap[0], last = w->heap[--w->count];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < w->count; i = child) {
    child += child + 1 < w->count && before(&w->heap[child + 1], &w->heap[child]);
    if (!before(&w->heap[child], &last))
      break;
    w->heap[i] = w->heap[child];
  }
  w->heap[i] = last;
  return first;
}

/* ---- packets ---- */

static packet *take_packet(wire *w)
{
  packet *p = w->spare;
  if (!p)
    return lac_alloc(sizeof *p);
  w->spare = p->next;
  return p;
}

static void drop_packet(wire *w, packet *p)
{
  p->next = w->spare;
  w->spare = p;
}

/* ---- links ---- */

static void open_link(link_state *s, double rate, uint32_t queue)
{
  s->per_byte = 8e9 / rate;
  s->burst = (int64_t)(lac_links_burst(rate) * s->per_byte);
  s->queue = (int64_t)(queue * s->per_byte);
}

/* When a packet that arrives at `time` has passed; -1: it is lost, since too many wait.  A link that was idle lets a burst pass at once, so
   what this process reads late is not late at the other end. */
static int64_t pass_link(link_state *s, int64_t time, uint32_t length)
{
  if (s->free - time > s->queue)
    return -1;
  if (s->free < time - s->burst)
    s->free = time - s->burst;
  s->free += (int64_t)((length + LAC_WIRE_HEADER) * s->per_byte);
  return s->free > time ? s->free : time;
}

/* The host that an IPv4 packet is for, counted from 0; -1: none. */
static int host_of(const wire *w, const packet *p)
{
  static const uint8_t net[3] = { 10, 77, 0 };
  const uint8_t *to = p->bytes + 16;
  if (p->length < 20 || p->bytes[0] >> 4 != 4 || memcmp(to, net, sizeof net) || to[3] < 1 || to[3] > w->links->hosts)
    return -1;
  return to[3] - 1;
}

static int send_up(wire *w, unsigned from, packet *p)
{
  int to = host_of(w, p);
  int64_t passed = to < 0 || (unsigned)to == from ? -1 : pass_link(&w->up[from], now(), p->length);
  if (passed < 0) {
    drop_packet(w, p);
    return LAC_OK;
  }
  passed += (int64_t)(1e9 * lac_links_latency(w->links, from, (unsigned)to));
  return add_event(w, (event){ .time = passed, .host = (uint32_t)to, .packet = p });
}

static int send_down(wire *w, event e)
{
  int64_t passed = pass_link(&w->down[e.host], e.time, e.packet->length);
  if (passed < 0) {
    drop_packet(w, e.packet);
    return LAC_OK;
  }
  return add_event(w, (event){ .time = passed, .host = e.host, .at_host = 1, .packet = e.packet });
}

/* A device that does not take a packet loses it, as a full one does. */
static void deliver(wire *w, event e)
{
  ssize_t written = write(w->tun[e.host], e.packet->bytes, e.packet->length);
  (void)written;
  drop_packet(w, e.packet);
}

static int do_events(wire *w)
{
  while (w->count && w->heap[0].time <= now()) {
    event e = take_event(w);
    if (e.at_host)
      deliver(w, e);
    else
      LAC_TRY(send_down(w, e));
  }
  return LAC_OK;
}

static int read_device(wire *w, unsigned host)
{
  for (int i = 0; i < MOST_AT_ONCE; i++) {
    packet *p = take_packet(w);
    if (!p)
      return LAC_ENOMEM;
    ssize_t length = read(w->tun[host], p->bytes, sizeof p->bytes);
    if (length < 0) {
      drop_packet(w, p);
      return errno == EAGAIN || errno == EINTR ? LAC_OK : lac_fail(LAC_EIO, "the TUN device of host %u: %s", host + 1, strerror(errno));
    }
    p->length = (uint32_t)length;
    LAC_TRY(send_up(w, host, p));
  }
  return LAC_OK;
}

/* Wait for a packet, at most until the next event. */
static int wait_for_packets(wire *w, int epoll)
{
  struct epoll_event come[EVENTS];
  int64_t left = w->count ? w->heap[0].time - now() : 0;
  left = left > 0 ? left : 0;
  struct timespec limit = { left / 1000000000, left % 1000000000 };
  int count = epoll_pwait2(epoll, come, EVENTS, w->count ? &limit : NULL, NULL);
  if (count < 0 && errno != EINTR)
    return lac_fail(LAC_EIO, "waiting for packets: %s", strerror(errno));
  for (int i = 0; i < count; i++)
    LAC_TRY(read_device(w, come[i].data.u32));
  return LAC_OK;
}

int lac_wire_carry(const lac_links *l, const int *tun)
{
  wire *w = lac_alloc(sizeof *w);
  int epoll = epoll_create1(EPOLL_CLOEXEC), status = w && epoll >= 0 ? LAC_OK : LAC_ENOMEM;
  for (unsigned i = 0; status == LAC_OK && i < l->hosts; i++) {
    struct epoll_event wanted = { .events = EPOLLIN, .data.u32 = i };
    open_link(&w->up[i], l->link[i].up, l->queue);
    open_link(&w->down[i], l->link[i].down, l->queue);
    status = epoll_ctl(epoll, EPOLL_CTL_ADD, tun[i], &wanted) ? lac_fail(LAC_EIO, "waiting for packets: %s", strerror(errno)) : LAC_OK;
  }
  if (status == LAC_OK) {
    w->links = l;
    w->tun = tun;
  }
  while (status == LAC_OK && (status = do_events(w)) == LAC_OK)
    status = wait_for_packets(w, epoll);
  return status;
}
