#include "links/shape.h"

#include "network/network.h"
#include "options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- one host ---- */

enum { RATE, UP, DOWN, LATENCY, KEYS };
static const char *const key_name[KEYS] = { "rate", "up", "down", "latency" };

/* The value of each key; a later one takes the place of an earlier one.  What has no name is a latency, as in a network. */
static int read_keys(char *text, const char *value[static KEYS])
{
  for (char *name; (name = strsep(&text, ","));) {
    char *equals = strchr(name, '=');
    size_t k = 0;
    name += strspn(name, " \t");
    name[strcspn(name, "= \t")] = 0;
    while (k < KEYS && strcmp(name, key_name[k]))
      k++;
    if (!equals && *name >= '0' && *name <= '9')
      value[LATENCY] = name;
    else if (equals && k < KEYS)
      value[k] = equals + 1;
    else {
      const char *near = lac_nearest(name, key_name, KEYS);
      return near ? lac_fail(LAC_EUSER, "a host has no key '%.40s'; did you mean %s?", name, near)
                  : lac_fail(LAC_EUSER, "a host has no key '%.40s'; give it rate, up, down or latency", name);
    }
  }
  return LAC_OK;
}

/* The network's text with the host's keys behind it: its rate, which takes the place of the network's up and down; then its own. */
static int write_host(const char *network, char *keys, char **text)
{
  const char *value[KEYS] = { 0 };
  size_t size;
  LAC_TRY(read_keys(keys, value));
  FILE *to = open_memstream(text, &size);
  if (!to)
    return LAC_ENOMEM;
  fprintf(to, "%s", network);
  for (size_t k = RATE; value[RATE] && k <= DOWN; k++)
    fprintf(to, ",%s=%s", key_name[k], value[RATE]);
  for (size_t k = UP; k < KEYS; k++)
    if (value[k])
      fprintf(to, ",%s=%s", key_name[k], value[k]);
  return fclose(to) == 0 ? LAC_OK : LAC_ENOMEM;
}

static int find_host(lac_network *w, const char *network, const char *keys)
{
  char *copy = lac_strdup(keys), *all = NULL;
  int status = copy ? write_host(network, copy, &all) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = find_network(w, all);
  free(copy);
  free(all);
  return status;
}

int lac_shape_host(lac_links *l, const char *text, const char *host)
{
  lac_network w = { 0 };
  char *end;
  unsigned long number = strtoul(host, &end, 10);
  if (end == host || *end != ':' || *host == '-')
    return lac_fail(LAC_EUSER, "--host=%.60s names no host; write --host=NUMBER:KEY=VALUE, as --host=3:up=10Mbit/s", host);
  if (number < 2 || number > l->hosts)
    return lac_fail(LAC_EUSER, "--host=%.60s: no host of that number can differ; they go to %u, and host 1 has server_rate of --network",
                    host, l->hosts);
  lac_link *link = &l->link[number - 1];
  int status = lac_context(find_host(&w, text, end + 1), "--host=%.60s", host);
  if (status == LAC_OK)
    *link = (lac_link){ w.each.up, w.each.down, w.each.latency };
  lac_network_free(&w);
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
