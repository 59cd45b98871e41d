#include "links/shape.h"

#include "network/network.h"
#include <stdio.h>
#include <stdlib.h>

/* What tbf counts in, and what anybody waits for. */
static const double rate_least = 1e3, rate_most = 1e11, latency_most = 10;

static int find_network(lac_network *w, const char *text)
{
  int status = lac_network_find(w, NULL, text);
  if (status == LAC_OK && w->client)
    status = lac_fail(LAC_EUSER, "links take no table of clients; give --host=NUMBER:KEY=VALUE for each host that differs");
  if (status == LAC_OK && w->law)
    status = lac_fail(LAC_EUSER, "links do not make ranks slow; leave stragglers out");
  return status;
}

static int check_link(const lac_link *k, unsigned host)
{
  int rates = k->up >= rate_least && k->up <= rate_most && k->down >= rate_least && k->down <= rate_most;
  return rates && k->latency <= latency_most ? LAC_OK :
         lac_fail(LAC_EUSER, "the links of host %u cannot be made: a rate is 1kbit/s to 100Gbit/s, and a latency at most 10s", host + 1);
}

int lac_shape_all(lac_links *l, const char *text)
{
  lac_network w = { 0 };
  int status = find_network(&w, text);
  if (status == LAC_OK) {
    l->link[0] = (lac_link){ .up = w.server_down, .down = w.server_up, .latency = w.each.latency };
    for (unsigned i = 1; i < l->hosts; i++)
      l->link[i] = (lac_link){ w.each.up, w.each.down, w.each.latency };
  }
  lac_network_free(&w);
  for (unsigned i = 0; status == LAC_OK && i < l->hosts; i++)
    status = check_link(&l->link[i], i);
  return status;
}

int lac_shape_host(lac_links *l, const char *text, const char *host)
{
  lac_network w = { 0 };
  char *end, *all;
  unsigned long number = strtoul(host, &end, 10);
  if (end == host || *end != ':' || *host == '-')
    return lac_fail(LAC_EUSER, "--host=%.60s names no host; write --host=NUMBER:KEY=VALUE, as --host=3:up=10Mbit/s", host);
  if (number < 2 || number > l->hosts)
    return lac_fail(LAC_EUSER, "--host=%.60s: no host of that number can differ; they go to %u, and host 1 has server_rate of --network",
                    host, l->hosts);
  if (!(all = lac_asprintf("%s,%s", text, end + 1)))
    return LAC_ENOMEM;
  lac_link *link = &l->link[number - 1];
  int status = lac_context(find_network(&w, all), "--host=%.60s", host);
  if (status == LAC_OK)
    *link = (lac_link){ w.each.up, w.each.down, w.each.latency };
  lac_network_free(&w);
  free(all);
  return status == LAC_OK ? check_link(link, (unsigned)number - 1) : status;
}

/* ---- what links are like ---- */

int lac_links_delayed(const lac_links *l)
{
  for (unsigned i = 1; i < l->hosts; i++)
    if (l->link[i].latency > 0)
      return 1;
  return 0;
}

double lac_links_latency(const lac_links *l, unsigned i, unsigned j)
{
  return i == 0 ? l->link[j].latency : j == 0 ? l->link[i].latency : (l->link[i].latency + l->link[j].latency) / 2;
}

/* 16 KiB at 100 Mbit/s, and always two frames. */
double lac_links_burst(double rate)
{
  double bytes = rate * 1.31072e-3 / 8;
  return bytes < 4096 ? 4096 : bytes;
}

static int same_link(const lac_link *a, const lac_link *b) { return a->up == b->up && a->down == b->down && a->latency == b->latency; }

/* A run of equal hosts at a time. */
static void write_links(FILE *to, const lac_links *l)
{
  for (unsigned first = 0, last; first < l->hosts; first = last + 1) {
    for (last = first; last + 1 < l->hosts && same_link(&l->link[first], &l->link[last + 1]);)
      last++;
    fprintf(to, "%s", first ? "; " : ", ");
    if (first || last + 1 < l->hosts)
      fprintf(to, last > first ? "hosts %u to %u: " : "host %u: ", first + 1, last + 1);
    char up[32], down[32];
    const lac_link *k = &l->link[first];
    fprintf(to, "%s up, %s down, %.6g ms", lac_network_rate(k->up, up), lac_network_rate(k->down, down), 1e3 * k->latency);
  }
}

char *lac_links_text(const lac_links *l, const char *congestion)
{
  char *text = NULL;
  size_t size;
  FILE *to = open_memstream(&text, &size);
  if (!to)
    return NULL;
  fprintf(to, "%u hosts", l->hosts);
  write_links(to, l);
  fprintf(to, "; %s; ", lac_links_delayed(l) ? "TUN" : "veth and tbf");
  if (l->queue != LAC_QUEUE)
    fprintf(to, "queues of %.6g MiB; ", l->queue / 1048576.0);
  fprintf(to, "congestion control %s", congestion);
  if (fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}
