/* laconic show --network: what the seconds of a run on a network go to. */
#include "command/commands.h"
#include "network/columns.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>

/* ---- a table of the parts ---- */

static int fill_parts(lac_sheet *s, const lac_shares *p, double rounds)
{
  const struct { const char *name; double seconds; } parts[] = {
    { "compute", p->compute }, { "codec", p->codec }, { "latency", p->latency }, { "bandwidth", p->bandwidth }, { "total", p->total } };
  lac_sheet_init(s, LAC_COUNT(parts));
  lac_sheet_cell *name = lac_sheet_add(s, "part", "part", ""), *seconds = lac_sheet_add(s, "seconds", "seconds", "%.6g");
  lac_sheet_cell *each = lac_sheet_add(s, "seconds_per_round", "a round", "%.6g"), *share = lac_sheet_add(s, "share", "share", "%.3f");
  if (!name || !seconds || !each || !share)
    return LAC_ENOMEM;
  for (size_t i = 0; i < LAC_COUNT(parts); i++) {
    if (!(name[i].text = lac_strdup(parts[i].name)))
      return LAC_ENOMEM;
    seconds[i].real = parts[i].seconds;
    each[i].real = rounds > 0 ? parts[i].seconds / rounds : NAN;
    share[i].real = p->total > 0 ? parts[i].seconds / p->total : NAN;
  }
  return LAC_OK;
}

/* ---- where compression wins ---- */

/* What passed the server's link, or would have passed with `width` bits an entry in the same messages; exchanges in which clients sent. */
typedef struct { double sent, entries, exchanges; } volume;

static volume measure(const lac_messages *m, double d)
{
  volume v = { 0 };
  size_t n = m->clients;
  for (uint64_t k = 0; k < m->rounds * m->phases; k++) {
    const uint8_t *part = m->takes_part ? m->takes_part + k * n : NULL;
    double senders = 0, receivers = 0;
    for (size_t i = 0; i < n; i++) {
      v.sent += m->up[k * n + i];
      senders += m->up[k * n + i] > 0;
      receivers += !part || part[i];
    }
    v.sent += (double)m->down[k] * receivers;
    v.entries += d * (senders + (m->down[k] > 0 ? receivers : 0));
    v.exchanges += senders > 0;
  }
  return v;
}

static void print_limit(const lac_messages *m, double d, double codec, double width)
{
  char rate[32], key[40];
  volume v = measure(m, d);
  double saved = width * v.entries - v.sent, time = codec * v.exchanges;
  snprintf(key, sizeof key, "pays_below_%.0f_bits", width);
  lac_print(stdout, "  %-22s %s; dense: %.0f bits an entry, sent: %.4g\n", key,
            saved <= 0 ? "never" : time > 0 ? lac_network_rate(saved / time, rate) : "any rate", width, v.sent / v.entries);
}

static void print_compression(const lac_result *r, const lac_network *w, const lac_course *c)
{
  const char *d = lac_result_attribute(r, "d");
  double codec = w->has_codec ? w->codec : c->codec;
  if (!d || isnan(codec)) {
    lac_print(stdout, "  %-22s not known: the result has no time of compressors; give codec=TIME\n", "pays_below");
    return;
  }
  lac_print(stdout, "  %-22s %.4g, %s\n", "codec_per_message", codec, w->has_codec ? "as the network says" : "as measured in this run");
  if (c->messages->handed_on)      /* they are sums, or parts of vectors, and pass no server */
    return;
  print_limit(c->messages, atof(d), codec, 64);
  print_limit(c->messages, atof(d), codec, 32);
}

/* ---- the whole ---- */

static void print_head(const lac_result *r, const char *words, const lac_messages *m, const double *clock)
{
  double least = INFINITY, most = 0;
  lac_print(stdout, "%s\n  %-22s %s\n  %-22s %llu", r->path, "network", words, "rounds", (unsigned long long)m->rounds);
  for (uint64_t t = 0; t < m->rounds; t++) {
    double round = clock[t + 1] - clock[t];
    least = fmin(least, round);
    most = fmax(most, round);
  }
  if (m->rounds)
    lac_print(stdout, ", %.6g to %.6g s each", least, most);
  if (m->lag)
    lac_print(stdout, ", messages %u rounds late", m->lag);
  lac_print(stdout, "\n");
}

static int print_all(const lac_result *r, const lac_network *w, const lac_course *c, lac_sheet_format format)
{
  const lac_messages *m = c->messages;
  lac_shares shares;
  lac_sheet s;
  double *clock = lac_alloc((m->rounds + 1) * sizeof *clock), total;
  char *words = lac_network_label(w, m->clients, m->clients);
  int status = clock && words ? lac_seconds_of(w, c, clock, &total) : LAC_ENOMEM;
  if (status == LAC_OK && (status = lac_seconds_share(w, c, &shares)) == LAC_OK) {
    if (format == LAC_SHEET_TEXT) {
      print_head(r, words, m, clock);
      print_compression(r, w, c);
      lac_print(stdout, "\n");
    }
    status = fill_parts(&s, &shares, (double)m->rounds);
    if (status == LAC_OK)
      status = lac_sheet_print(&s, format, stdout);
    lac_sheet_free(&s);
  }
  free(clock);
  free(words);
  return status;
}

int lac_show_network(const lac_result *r, const char *text, lac_sheet_format format)
{
  lac_network w;
  lac_messages m;
  lac_course c;
  double *calls;
  LAC_TRY(lac_context(lac_network_find(&w, NULL, text), "--network"));
  int status = lac_seconds_course(r, &m, &calls, &c);
  if (status == LAC_OK) {
    status = lac_context(print_all(r, &w, &c, format), "--network");
    lac_messages_close(&m);
    free(calls);
  }
  lac_network_free(&w);
  return status;
}
