/* t-network.c: shared links and rounds against numbers by hand and against a second solution; texts and files that are no network. */
#include "tap.h"
#include "base.h"
#include "elementary.h"
#include "network/fluid.h"
#include "network/seconds.h"
#include "rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- shared links ---- */

enum { MOST = 40 };

/* Max-min shares by progressive filling at each event, the slow way. */
static void slow_shares(const lac_flow *flow, const double *left, size_t n, double now, double link, double *rate)
{
  int fixed[MOST] = { 0 };
  size_t open = 0;
  for (size_t i = 0; i < n; i++) {
    fixed[i] = !(left[i] > 0 && flow[i].start <= now);
    rate[i] = 0;
    open += !fixed[i];
  }
  while (open) {
    double fair = link / (double)open;
    int any = 0;
    for (size_t i = 0; i < n; i++)
      if (!fixed[i] && flow[i].limit <= fair) {
        rate[i] = flow[i].limit;
        link -= rate[i];
        fixed[i] = any = 1;
        open--;
        break;      /* the share of the others has changed */
      }
    for (size_t i = 0; i < n && !any; i++)
      if (!fixed[i]) {
        rate[i] = fair;
        fixed[i] = 1;
        open--;
      }
  }
}

static void slow_finish(const lac_flow *flow, size_t n, double link, double *finish)
{
  double left[MOST], rate[MOST], now = INFINITY;
  size_t open = n;
  for (size_t i = 0; i < n; i++) {
    left[i] = flow[i].bits;
    now = fmin(now, flow[i].start);
  }
  while (open) {
    double then = INFINITY, before = now;
    size_t first = n;
    slow_shares(flow, left, n, now, link, rate);
    for (size_t i = 0; i < n; i++) {
      if (left[i] > 0 && flow[i].start > now && flow[i].start < then)
        then = flow[i].start, first = n;
      if (rate[i] > 0 && now + left[i] / rate[i] < then)
        then = now + left[i] / rate[i], first = i;
    }
    now = then;
    for (size_t i = 0; i < n; i++) {
      left[i] -= rate[i] * (then - before);
      if (i == first || (rate[i] > 0 && left[i] <= 1e-13 * flow[i].bits)) {      /* also those that end with it, up to rounding */
        finish[i] = now;
        left[i] = 0;
        open--;
      }
    }
  }
}

static double uniform(gsl_rng *r) { return (gsl_rng_get(r) + 0.5) * 0x1p-32; }

/* Some starts, sizes and limits are equal, some not. */
static void draw_flows(gsl_rng *r, lac_flow *flow, size_t n)
{
  double some[3] = { uniform(r), uniform(r), uniform(r) };
  unsigned same = (unsigned)lac_rng_below(r, 8);
  for (size_t i = 0; i < n; i++)
    flow[i] = (lac_flow){ same & 1 ? some[0] : 3 * uniform(r) * (double)lac_rng_below(r, 2), same & 2 ? some[1] : uniform(r),
                          same & 4 ? some[2] : pow(10, -2 * uniform(r)) };
}

static void test_fluid(void)
{
  lac_fluid *f = lac_fluid_new();
  gsl_rng *r = lac_rng_new();
  double worst = 0, worst_last = 0, fast[MOST], slow[MOST], last;
  int status = LAC_OK;
  lac_rng_point(r, &(lac_seeds){ .axis[0] = 5 }, 0, 0, 0, 0);
  for (int trial = 0; trial < 4000; trial++) {
    lac_flow flow[MOST];
    size_t n = 1 + (size_t)lac_rng_below(r, trial % 4 ? 6 : MOST);
    double link = pow(10, 1 - 2 * uniform(r)), most = 0;
    draw_flows(r, flow, n);
    status |= lac_fluid_finish(f, flow, n, link, fast) | lac_fluid_last(f, flow, n, link, &last);
    slow_finish(flow, n, link, slow);
    for (size_t i = 0; i < n; i++) {
      worst = fmax(worst, fabs(fast[i] - slow[i]) / slow[i]);
      most = fmax(most, slow[i]);
    }
    worst_last = fmax(worst_last, fabs(last - most) / most);
  }
  ok(status == LAC_OK && worst < 1e-11 && worst_last < 1e-11, "4000 links with up to 40 messages, against progressive filling: arrivals "
     "within %.1e, the last within %.1e", worst, worst_last);
  gsl_rng_free(r);
  lac_fluid_free(f);
}

/* ---- rounds, by hand ---- */

/* The server's clock at each round, of the last run. */
static double at_round[64];

/* The seconds of all rounds. */
static double run(const char *text, lac_messages *m, const double *calls)
{
  lac_network w;
  double none[64] = { 0 }, total = NAN;
  lac_course c = { .messages = m, .calls = calls ? calls : none, .compute = NAN, .codec = NAN };
  int status = lac_network_find(&w, NULL, text);
  if (status == LAC_OK)
    status = lac_seconds_of(&w, &c, at_round, &total);
  if (status != LAC_OK)
    printf("# %s\n", lac_error());
  lac_network_free(&w);
  return status == LAC_OK ? total : NAN;
}

static int equals(double have, double want)
{
  if (!(fabs(have - want) <= 1e-12 * fabs(want)))
    printf("# have %.17g, want %.17g\n", have, want);
  return fabs(have - want) <= 1e-12 * fabs(want);
}

static void write_file(const char *name, const char *text)
{
  FILE *f = fopen(name, "w");
  if (!f || fputs(text, f) < 0 || fclose(f))
    exit(99);
}

/* Server 10 Mbit/s; down 10, 2, 1 Mbit/s, up 4, 4, 1 Mbit/s; 6 Mbit down, 2, 4 and 1 Mbit up; 0.1 s one way; 1, 0 and 2 s of computing.
   Down: the limits 1 and 2 leave 7 to the first: at 6/7, 3 and 6 s, all + 0.1 s.  Ready: 6/7 + 1.1, 3.1 and 8.1 s.  On the way up from
   6/7 + 1.2, 3.2, 8.2 s: 2/4 s, 4/4 s, 1 s, never together above 10 Mbit/s. */
static void test_three(void)
{
  uint32_t up[3] = { 2000000, 4000000, 1000000 };
  uint64_t down[1] = { 6000000 };
  double calls[1] = { 1 };
  lac_messages m = { .rounds = 1, .phases = 1, .clients = 3, .up = up, .down = down };
  write_file("t-network.csv", "client,up,down,compute\n0,4Mbit/s,10Mbit/s,1s\n# slower\n2, 1e6, 1000 kbit/s, 2\n1,4Mbit/s,2Mbit/s,0\n");
  ok(equals(run("10Mbit/s,100ms,clients=t-network.csv", &m, calls), 9.2), "three unequal clients, the last one decides: 9.2 s");
  up[2] = 0;
  calls[0] = 0;
  down[0] = 0;
  /* 2 and 4 Mbit at once, limits 4 and 4, server 5: 2.5 each until 0.8 s, then 2 Mbit at 4: 1.3 s. */
  ok(equals(run("10Mbit/s,100ms,clients=t-network.csv,server_rate=5Mbit/s", &m, calls), 1.4), "two that share the server's link: 1.4 s");
  uint8_t part[3] = { 0, 1, 1 };
  m.takes_part = part;
  down[0] = 6000000;
  /* The first does not take part: 2 Mbit/s down, 3 s; 4 Mbit at 4: 1 s; 2 x 0.1 s.  The third hears it after 6.1 s. */
  ok(equals(run("10Mbit/s,100ms,clients=t-network.csv", &m, calls), 6.1), "who does not take part neither hears nor sends: 6.1 s");
  unlink("t-network.csv");
}

static void test_equal(void)
{
  enum { N = 8, T = 4 };
  uint32_t up[T * N];
  uint64_t down[T];
  double calls[T];
  for (int t = 0; t < T; t++) {
    down[t] = 64000000;
    calls[t] = 2;
    for (int i = 0; i < N; i++)
      up[t * N + i] = 720000;
  }
  lac_messages m = { .rounds = T, .phases = 1, .clients = N, .up = up, .down = down };
  double U = 0.0072, D = 0.64, L = 0.02;
  static const char net[] = "100Mbit/s,20ms";
  char text[160];
  struct { const char *more; double want; } cases[] = {
    { "", T * (2 * L + N * (D + U)) }, { ",compute=0.5s", T * (2 * L + N * (D + U) + 1) },
    { ",goodput=0.5", T * (2 * L + 2 * N * (D + U)) },
    { ",multicast", T * (2 * L + D + N * U) }, { ",shards:s=4", T * (2 * L + N / 4 * (D + U)) }, { ",shards:s=16", T * (2 * L + D + U) },
    { ",ring", T * (N - 1) * (L + U) }, { ",allgather", T * (L + (N - 1) * U) }, { ",codec=1ms", T * (2 * L + N * (D + U) + 1e-3) },
    { ",overhead=5ms", T * (2 * L + N * (D + U) + 1e-2) }, { ",server_rate=1Gbit/s", T * (2 * L + D + U) },
    { ",server_up=200Mbit/s", T * (2 * L + N * D + N * U / 2) }, { ",tree:k=8", T * (2 * L + N * (D + U)) },
    /* k = 2: nodes 1 and 2 below the server, 3 to 6 below them, 7 and 8 below 3.  When 3 hands on three messages, all others are there. */
    { ",tree:k=2", T * (6 * L + 6 * D + 2 * U + 3 * U + 5 * U) } };
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    snprintf(text, sizeof text, "%s%s", net, cases[i].more);
    ok(equals(run(text, &m, calls), cases[i].want), "8 equal clients on %s: %g s", text, cases[i].want);
  }
  m.lag = 2;
  /* Down 5.12 + L, compute 2 x 1 s: a message of 8 U + L is under way while the next round goes on, and only the last one costs time */
  ok(equals(run("100Mbit/s,20ms,compute=0.5s", &m, calls), T * (L + N * D + 1) + L + N * U), "late messages are hidden by what goes on "
     "meanwhile");
  for (int k = 0; k < T * N; k++)
    up[k] = 720000000;
  for (int t = 0; t < T; t++)
    down[t] = 0;
  /* 57.6 s of the link a round, from 1.02, 2.02 and 3.02 s on: 1.5 s of round 0 are through when three rounds share the link, so that it
     arrives at 171.32 s.  Round 3 begins then; its messages are ready 1 s later, at 172.34 s 0.49 s of round 1 are left, at a third. */
  int is_shared = equals(run("100Mbit/s,20ms,compute=0.5s", &m, calls), 1 + L + T * 57.6) && at_round[2] == 0;
  ok(is_shared && equals(at_round[3], 171.32) && equals(at_round[4], 173.81), "late messages that a link cannot take share it, and hold "
     "up the round in which they are due: %.2f, %.2f s", at_round[3], at_round[4]);
}

/* Messages every 4 rounds, 2 rounds late, and what goes down one round later, as streaming methods do: a cycle takes 4 T, what goes down,
   and what of a message's way is not hidden by 2 T. */
static void test_cycle(void)
{
  enum { N = 3, T = 12 };
  uint32_t up[T * N] = { 0 };
  uint64_t down[T] = { [6] = 500000, [10] = 500000 };
  double calls[T], L = 0.1, d = L + N * 0.5;
  for (int t = 0; t < T; t++)
    calls[t] = 1;
  for (int t = 3; t < T; t += 4)
    for (int i = 0; i < N; i++)
      up[t * N + i] = 1000000;
  lac_messages m = { .rounds = T, .phases = 1, .clients = N, .up = up, .down = down, .lag = 2 };
  double way = L + N;
  for (int i = 0; i < 3; i++) {
    double each = (double[]){ 0.2, 1.55, 4 }[i], hidden = fmax(2 * each, way);
    char text[64];
    snprintf(text, sizeof text, "1Mbit/s,100ms,compute=%gs", each);
    ok(equals(run(text, &m, calls), 8 * each + 2 * hidden + 2 * d + way) && equals(at_round[6], 4 * each + way),
       "a message of %.1f s is due after 2 rounds of %g s: they take %g s", way, each, hidden);
  }
}

/* 1 Mbit down and up, 1 Mbit/s, 0.1 s; one client computes 1 s, the other one 5 s, and its first message is lost.  Both hear the server
   after 2.1 s; the message of the first is there at 4.2 s, and the server begins round 1.  The other computes until 7.1 s, hears of that
   at 8.2 s, and sends from 13.2 to 14.3 s. */
static void test_clocks(void)
{
  uint32_t up[4] = { 1000000, 0, 1000000, 1000000 };
  uint64_t down[2] = { 1000000, 1000000 };
  double calls[2] = { 1, 1 };
  lac_messages m = { .rounds = 2, .phases = 1, .clients = 2, .up = up, .down = down };
  write_file("t-network.csv", "client,compute\n0,1s\n1,5s\n");
  double total = run("1Mbit/s,100ms,clients=t-network.csv", &m, calls);
  ok(equals(at_round[1], 4.2) && equals(at_round[2], 14.3) && equals(total, 14.3), "nobody waits for a message that is lost: rounds begin "
     "at 0 and %.1f s, all is done at %.1f s", at_round[1], total);
  up[0] = down[1] = 0;
  /* Round 0: both hear at 2.1 s, and compute until 3.1 and 7.1 s.  Round 1 without the server: until 4.1 and 12.1 s, and 1.1 s to go. */
  total = run("1Mbit/s,100ms,clients=t-network.csv", &m, calls);
  ok(equals(at_round[1], 2.1) && equals(at_round[2], 13.2) && equals(total, 13.2), "a silent round does not hold up the server: %.1f, "
     "%.1f s", at_round[1], at_round[2]);
  up[3] = 0;
  total = run("1Mbit/s,100ms,clients=t-network.csv", &m, calls);
  ok(equals(at_round[2], 5.2) && equals(total, 12.1), "clients that nobody waits for are in the whole: %.1f and %.1f s",
     at_round[2], total);
  /* Only client 3 takes part, a child of client 0, which hands on: two hops of 1.1 s down and two up. */
  uint32_t far_up[5] = { 0, 0, 0, 1000000, 0 };
  uint8_t part[5] = { 0, 0, 0, 1, 0 };
  m = (lac_messages){ .rounds = 1, .phases = 1, .clients = 5, .up = far_up, .down = down, .takes_part = part };
  ok(equals(run("1Mbit/s,100ms,tree:k=2,compute=3s", &m, calls), 2 * 1.1 + 3 + 2 * 1.1), "a client of a tree hands on what it has no "
     "part in");
  unlink("t-network.csv");
}

static void test_phases(void)
{
  uint32_t up[4] = { 1000000, 3000000, 0, 2000000 };      /* one round, two phases, two clients */
  uint64_t down[2] = { 1000000, 0 };
  double calls[1] = { 1 };
  lac_messages m = { .rounds = 1, .phases = 2, .clients = 2, .up = up, .down = down };
  /* 0.1 + 2 + 1 (one gradient a phase) + 0.1 + 4; then 1 + 0.1 + 2 */
  ok(equals(run("1Mbit/s,100ms,compute=1s", &m, calls), 7.2 + 3.1), "two phases, a gradient in each: 10.3 s");
}

/* 4 hosts, 100 Mbit/s, 20 ms: the lines of a table that was made from shaped links.  Sizes are told first, which is an overhead of 1.5
   latencies a message. */
static void test_tcp(void)
{
  static const char net[] = "100Mbit/s,20ms,tcp=yes,goodput=0.965,overhead=30ms";
  struct { const char *what; uint32_t up; uint64_t down; double want; } rows[] = {
    { "topk 1 %", 720000, 64000000, 2.392 }, { "topk both ways", 720000, 720000, 0.385 } };
  for (size_t i = 0; i < LAC_COUNT(rows); i++) {
    uint32_t up[3] = { rows[i].up, rows[i].up, rows[i].up };
    lac_messages m = { .rounds = 1, .phases = 1, .clients = 3, .up = up, .down = &rows[i].down };
    double have = run(net, &m, NULL);
    ok(fabs(have - rows[i].want) < 0.0006, "TCP line, %s: %.4f s, the published line %.3f s", rows[i].what, have, rows[i].want);
  }
  struct { double bytes, down, up; } measured[] = { { 90e3, 0.155, 0.203 }, { 1e6, 0.356, 0.428 }, { 8e6, 2.21, 2.13 } };
  for (size_t i = 0; i < LAC_COUNT(measured); i++) {
    uint32_t bits = (uint32_t)(8 * measured[i].bytes), up[3] = { bits, bits, bits };
    uint64_t none = 0;
    lac_messages m = { .rounds = 1, .phases = 1, .clients = 3, .up = up, .down = &none };
    double line = run("100Mbit/s,20ms,tcp=yes", &m, NULL), plain = run("100Mbit/s,20ms,goodput=0.957", &m, NULL);
    double worst = fmax(fabs(line / measured[i].down - 1), fabs(line / measured[i].up - 1));
    ok(worst < 0.215 && line > plain, "%g kB from 3 hosts: %.3f s with the TCP line, measured %.3f and %.3f s, without it %.3f s",
       measured[i].bytes / 1e3, line, measured[i].down, measured[i].up, plain);
  }
}

/* One client, 1 MB down and 100 kB up, three rounds.  Cold, they take 5 and 2 doublings of a window that begins with 10 segments.  A
   timeout is 0.24 s and what the last message took: 0.08 s down, 0.008 s up.  Each handshake takes two round trips, 0.08 s. */
static void test_idle(void)
{
  uint32_t up[3] = { 800000, 800000, 800000 };
  uint64_t down[3] = { 8000000, 8000000, 8000000 };
  double calls[3] = { 1, 1, 1 };
  lac_messages m = { .rounds = 3, .phases = 1, .clients = 1, .up = up, .down = down };
  double first = 0.1 + 5 * 0.04 + 0.08 + 0.1 + 2 * 0.04 + 0.008, warm = 0.1 + 0.08 + 0.1 + 0.008;
  static const char net[] = "100Mbit/s,20ms,tcp=yes,goodput=1,cold=idle,rendezvous=18kB,handshake=2,compute=%s";
  char text[128];
  snprintf(text, sizeof text, net, "50ms");      /* each way is idle for less than a timeout */
  ok(equals(run(text, &m, calls), 3 * 0.05 + first + 2 * warm), "cold = idle: connections that are not idle for long are warm");
  snprintf(text, sizeof text, net, "300ms");     /* 0.488 s down, a timeout and a half; 0.56 s up, two */
  ok(equals(run(text, &m, calls), 3 * 0.3 + first + 2 * (warm + 3 * 0.04)), "... windows are halved for every timeout that they are idle");
  ok(equals(run("100Mbit/s,20ms,tcp=yes,goodput=1,handshake=2,compute=50ms", &m, calls), 3 * (0.05 + first)), "cold = yes: every time");
  for (size_t r = 0; r < 4; r++) {
    static const char *const routes[] = { "tree:k=2", "allgather", "ring", "shards:s=2" };
    char never[160], idle[160], always[160];
    snprintf(never, sizeof never, "100Mbit/s,20ms,%s,tcp=yes,cold=no,compute=300ms", routes[r]);
    snprintf(idle, sizeof idle, "100Mbit/s,20ms,%s,tcp=yes,cold=idle,compute=300ms", routes[r]);
    snprintf(always, sizeof always, "100Mbit/s,20ms,%s,tcp=yes,compute=300ms", routes[r]);
    uint32_t two[6] = { 8000000, 8000000, 8000000, 8000000, 8000000, 8000000 };
    lac_messages pair = { .rounds = 3, .phases = 1, .clients = 2, .up = two, .down = down };
    double a = run(never, &pair, calls), b = run(idle, &pair, calls), c = run(always, &pair, calls);
    ok(a < b && b < c, "%s: %.4f s warm, %.4f s idle between rounds, %.4f s cold", routes[r], a, b, c);
  }
}

/* What is a latency and not a rate; how often a ring begins anew; what a server of several gets. */
static void test_waits(void)
{
  uint32_t up[60];
  uint64_t down[20] = { 0 };
  double calls[20];
  for (int k = 0; k < 60; k++)
    up[k] = 1000;
  for (int t = 0; t < 20; t++)
    calls[t] = 1;
  lac_messages late = { .rounds = 20, .phases = 1, .clients = 2, .lag = 15, .up = up, .down = down };
  ok(equals(run("1Gbit/s,100ms,goodput=1,allgather,compute=10ms", &late, calls), 20 * 0.01 + 0.1 + 1e-6),
     "late all-gathers wait for their latencies side by side");
  for (int k = 0; k < 60; k++)
    up[k] = 720000;
  lac_messages round = { .rounds = 1, .phases = 1, .clients = 3, .up = up, .down = down };
  double warm = run("100Mbit/s,20ms,ring,tcp=yes,cold=no", &round, calls);
  double idle = run("100Mbit/s,20ms,ring,tcp=yes,cold=idle", &round, calls);
  double cold = run("100Mbit/s,20ms,ring,tcp=yes", &round, calls);
  ok(idle > warm && fabs(cold - warm - 2 * (idle - warm)) < 1e-12, "a ring of two steps is idle before the first alone");
  double parts = run("100Mbit/s,20ms,shards:s=4,tcp=yes,cold=no", &round, calls);
  double eager = run("100Mbit/s,20ms,shards:s=4,tcp=yes,cold=no,rendezvous=1MB", &round, calls);
  ok(parts == eager && run("100Mbit/s,20ms,tcp=yes,cold=no", &round, calls) > run("100Mbit/s,20ms,tcp=yes,cold=no,rendezvous=1MB", &round,
     calls), "a message of 90 kB is announced, and its four parts are not");
}

static void test_shares(void)
{
  uint32_t up[2] = { 1000000, 1000000 };
  uint64_t down = 2000000;
  double calls = 3;
  lac_messages m = { .rounds = 1, .phases = 1, .clients = 2, .up = up, .down = &down };
  lac_course c = { .messages = &m, .calls = &calls, .compute = 0.25, .codec = NAN };
  lac_network w;
  lac_shares s = { 0 };
  int status = lac_network_find(&w, NULL, "10Mbit/s,20ms,compute=measured,codec=3ms");
  ok(status == LAC_OK && lac_seconds_share(&w, &c, &s) == LAC_OK && equals(s.compute, 0.75) && fabs(s.codec - 3e-3) < 1e-15 &&
     fabs(s.latency - 0.04) < 1e-15 && fabs(s.bandwidth - 0.6) < 1e-15 && equals(s.total, 1.393),
     "shares: compute 0.75 (as measured), codec 0.003, latency 0.04, bandwidth 0.6 s");
  lac_network_free(&w);
}

/* ---- stragglers ---- */

static double mean_of_largest(const char *law, uint32_t n, int rounds)
{
  char text[128];
  double sum = 0, *factor = lac_alloc(n * sizeof *factor);
  lac_network w;
  snprintf(text, sizeof text, "1Mbit/s,compute=1s,stragglers=%s", law);
  if (lac_network_find(&w, NULL, text) != LAC_OK || !factor)
    return NAN;
  for (int t = 0; t < rounds; t++) {
    double most = 0;
    lac_straggle_factors(&w, (uint64_t)t, n, factor);
    for (uint32_t i = 0; i < n; i++)
      most = fmax(most, factor[i]);
    sum += most;
  }
  lac_network_free(&w);
  free(factor);
  return sum / rounds;
}

static void test_stragglers(void)
{
  enum { N = 64 };
  double harmonic = 0;
  for (int k = 1; k <= N; k++)
    harmonic += 1.0 / k;
  struct { const char *law; double want, within; } cases[] = {
    { "exponential:a=1,mu=2", 1 + harmonic / 2, 0.01 }, { "two:q=0.05,c=6", 1 + 5 * (1 - pow(0.95, N)), 0.01 },
    { "pareto:x=1,s=4", exp(lgamma(N + 1) + lgamma(1 - 0.25) - lgamma(N + 1 - 0.25)), 0.02 },
    { "lognormal:sigma=0", 1, 1e-12 } };
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    double have = mean_of_largest(cases[i].law, N, 20000);
    ok(fabs(have / cases[i].want - 1) <= cases[i].within, "the slowest of 64, %s: %.4f in the mean of 20000 rounds, %.4f by formula",
       cases[i].law, have, cases[i].want);
  }
}

/* ---- what is no network ---- */

static void test_refusals(void)
{
  static const struct { const char *text, *says; } cases[] = {
    { "", "names no network" }, { "wan", "there is none called 'wan'" }, { "100", "in bit/s, kbit/s" }, { "100 parsec", "rate above 0" },
    { "0Mbit/s,1ms", "above 0" }, { "-5Mbit/s", "rate must be" },
    { "nanMbit/s", "there is none called" }, { "infMbit/s", "there is none called" },
    { "1e999Mbit/s", "rate must be" }, { "100Mbit/s,-1ms", "no latency such as" }, { "100Mbit/s,latency=-1ms", "latency must be" },
    { "100Mbit/s,20", "no latency such as" }, { "100Mbit/s,20 m", "no latency such as" }, { "100Mbit/s,latency=nan", "latency must be" },
    { "latency=20ms", "needs a rate" }, { "up=1Mbit/s,down=2Mbit/s", "no rate of the server" }, { "up=1Mbit/s", "needs a rate" },
    { "100Mbit/s,,20ms", "behind a comma" }, { "100Mbit/s,", "behind a comma" }, { "100Mbit/s,20ms,latncy=3ms", "did you mean latency" },
    { "100Mbit/s,goodput=0", "in (0,1]" }, { "100Mbit/s,goodput=1.5", "in (0,1]" }, { "100Mbit/s,tcp=maybe", "yes or no" },
    { "100Mbit/s,exchange=pigeon", "star, multicast, shards, tree, allgather or ring" }, { "100Mbit/s,tree:k=0", "k must be" },
    { "100Mbit/s,ring:k=2", "ring" }, { "100Mbit/s,stragglers=two:q=2,c=3,compute=1s", "q must be" },
    { "100Mbit/s,seed=-1", "whole number" }, { "100Mbit/s,compute=1s,seed=2", "add stragglers" },
    { "100Mbit/s,stragglers=two", "add compute" }, { "100Mbit/s,stragglers=pareto:x=1,s=0", "s must be" },
    { "100Mbit/s,cold=no", "tcp = yes" }, { "100Mbit/s,handshake=2", "tcp = yes" }, { "100Mbit/s,tcp=yes,cold=cool", "yes, no or idle" },
    { "100Mbit/s,tcp=yes,handshake=-1", "handshake must be a whole number" },
    { "100Mbit/s,rate=", "empty" }, { "100Mbit/s,clients=nowhere.csv", "nowhere.csv" }, { "nowhere.ini", "nowhere.ini" },
    { "t-network.ini:lan", "has no [network.lan]" }, { "t-network.ini", "say which" }, { "0x10Mbit/s", "rate must be" } };
  size_t right = 0;
  lac_network w;
  write_file("t-network.ini", "[network.a]\nrate=1Mbit/s\n[network.b]\nrate=2 Mbit/s\n[run x]\nd=3\n");
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    int status = lac_network_find(&w, NULL, cases[i].text), is_right = status == LAC_EUSER && strstr(lac_error(), cases[i].says);
    if (!is_right)
      printf("# '%s': %s\n", cases[i].text, status == LAC_OK ? "taken" : lac_error());
    lac_network_free(&w);
    right += (size_t)is_right;
  }
  ok(right == LAC_COUNT(cases), "%zu of %zu texts that are no network are refused with a sentence that says why", right, LAC_COUNT(cases));
  ok(lac_network_find(&w, NULL, "1Mbit/s,shards") == LAC_OK && w.fan == 2, "two shards by default, as of a run");
  lac_network_free(&w);
  ok(lac_network_find(&w, NULL, "t-network.ini:b,3ms,ring") == LAC_OK && w.each.up == 2e6 && w.each.latency == 3e-3 &&
     w.route == LAC_BY_RING && strcmp(w.name, "b") == 0, "a section of a file, with a latency and an exchange behind it");
  lac_network_free(&w);
  unlink("t-network.ini");
}

static void test_tables(void)
{
  static const struct { const char *text, *says; } cases[] = {
    { "", "has no client" }, { "client,up\n", "has no client" }, { "up\n1e6\n", "no column client" },
    { "client,up\n0,1e6\n2,1e6\n", "no client 1" },
    { "client,up\n0,1e6\n0,1e6\n", "again" }, { "client,up\n0,0\n", "above 0" }, { "client,up\n0,nan\n", "above 0" },
    { "client,up\n0\n", "1 fields" },
    { "client,latency\n0,-1\n", "of 0 or more" }, { "client,speed\n0,1\n", "'speed'" }, { "client,up,up\n0,1,1\n", "'up'" },
    { "client,up\n-1,1e6\n", "whole number" }, { "client,up\n99999999999,1e6\n", "0 to 16777215" },
    { "client,up\n16777216,1e6\n", "0 to 16777215" }, { "client,up\n,1e6\n", "whole number" },
    { "up,client\n1e6,\n", "whole number" }, { "client,up\n0,1e6,\n", "3 fields" } };
  size_t right = 0;
  lac_network w;
  for (size_t i = 0; i < LAC_COUNT(cases); i++) {
    write_file("t-network.csv", cases[i].text);
    int status = lac_network_find(&w, NULL, "1Mbit/s,clients=t-network.csv");
    int is_right = status == LAC_EUSER && strstr(lac_error(), cases[i].says);
    if (!is_right)
      printf("# '%s': %s\n", cases[i].text, status == LAC_OK ? "taken" : lac_error());
    lac_network_free(&w);
    right += (size_t)is_right;
  }
  static const struct { const char *table, *options; int is_right; } slow[] = {
    { "client,up\n0,1e6\n", "", 0 }, { "client,up\n0,1e6\n", ",compute=1ms", 1 }, { "client,compute\n0,0\n", ",compute=1ms", 0 },
    { "client,compute\n0,0\n1,1ms\n", "", 1 } };
  size_t as_said = 0;
  for (size_t i = 0; i < LAC_COUNT(slow); i++) {
    char text[128];
    snprintf(text, sizeof text, "1Mbit/s,clients=t-network.csv,stragglers=two%s", slow[i].options);
    write_file("t-network.csv", slow[i].table);
    int status = lac_network_find(&w, NULL, text);
    as_said += slow[i].is_right ? status == LAC_OK : status == LAC_EUSER && strstr(lac_error(), "add compute");
    lac_network_free(&w);
  }
  ok(as_said == LAC_COUNT(slow), "%zu of %zu: stragglers need a client of the table that computes", as_said, LAC_COUNT(slow));
  unlink("t-network.csv");
  ok(right == LAC_COUNT(cases), "%zu of %zu tables of clients are refused with a sentence that says why", right, LAC_COUNT(cases));
}

/* Pieces of right texts, in any order, cut and with bytes changed. */
static void test_hostile(void)
{
  static const char *const pieces[] = { "100Mbit/s", ",", "20ms", "=", "stragglers", "=two:q=0.1", "c=4", "compute=1s", "tree:k=", ":",
    "1e308", "Gbit/s", "clients=", ".ini", "t.ini:", "(", ")", "seed=7", "\xff", " ", "rate", "-", "%s%n", "[network]" };
  gsl_rng *r = lac_rng_new();
  size_t taken = 0, refused = 0, wrong = 0;
  lac_rng_point(r, &(lac_seeds){ .axis[0] = 9 }, 0, 0, 0, 0);
  for (int trial = 0; trial < 200000; trial++) {
    char text[256] = "";
    for (uint64_t k = lac_rng_below(r, 8); k > 0; k--)
      strcat(text, pieces[lac_rng_below(r, LAC_COUNT(pieces))]);
    lac_network w;
    int status = lac_network_find(&w, NULL, text);
    int is_sane = status == LAC_OK ? w.each.up > 0 && w.each.latency >= 0 && w.goodput > 0 && w.words : status == LAC_EUSER && *lac_error();
    wrong += (size_t)!is_sane;
    *(status == LAC_OK ? &taken : &refused) += 1;
    lac_network_free(&w);
  }
  gsl_rng_free(r);
  ok(!wrong && taken > 100 && refused > 100, "200000 texts made of pieces: %zu taken, %zu refused, %zu neither", taken, refused, wrong);
}

/* ---- speed ---- */

static void test_speed(void)
{
  enum { N = 1000, T = 10000 };
  uint32_t *up = malloc(sizeof *up * N * T);
  uint64_t *down = malloc(sizeof *down * T);
  double *calls = calloc(T, sizeof *calls), *clocks = malloc(sizeof *clocks * (T + 1)), total;
  for (size_t k = 0; k < (size_t)N * T; k++)
    up[k] = 1000;
  for (size_t t = 0; t < T; t++)
    down[t] = 64000;
  lac_messages m = { .rounds = T, .phases = 1, .clients = N, .up = up, .down = down };
  lac_course c = { .messages = &m, .calls = calls };
  lac_network w;
  int status = lac_network_find(&w, NULL, "100Mbit/s,20ms");
  clock_t start = clock();
  status |= lac_seconds_of(&w, &c, clocks, &total);
  double took = (double)(clock() - start) / CLOCKS_PER_SEC;
  lac_network_free(&w);
  ok(status == LAC_OK && fabs(total / (T * (0.04 + 0.64 + 0.01)) - 1) < 1e-12 && took < 10,
     "10000 rounds of 1000 equal clients: %.2f s of the processor", took);
  for (size_t k = 0; k < (size_t)N * T / 10; k++)
    up[k] = 1000 + (uint32_t)(k * 2654435761u >> 12) % 9000;
  m.rounds = T / 10;
  status = lac_network_find(&w, NULL, "100Mbit/s,20ms,server_rate=1Gbit/s,compute=1ms,stragglers=exponential");
  for (size_t t = 0; t < T; t++)
    calls[t] = 1;
  start = clock();
  status |= lac_seconds_of(&w, &c, clocks, &total);
  took = (double)(clock() - start) / CLOCKS_PER_SEC;
  lac_network_free(&w);
  ok(status == LAC_OK && took < 60, "1000 rounds of 1000 clients that straggle and differ: %.2f s of the processor", took);
  free(up);
  free(down);
  free(calls);
  free(clocks);
}

int main(void)
{
  test_fluid();
  test_three();
  test_equal();
  test_phases();
  test_cycle();
  test_clocks();
  test_tcp();
  test_idle();
  test_waits();
  test_shares();
  test_stragglers();
  test_refusals();
  test_tables();
  test_hostile();
  test_speed();
  return done();
}
