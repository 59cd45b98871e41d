#include "links/shape.h"

#include "ini.h"
#include "options.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct { const char *name; double size; } unit;

static const unit rates[] = { { "bit/s", 1 }, { "kbit/s", 1e3 }, { "Mbit/s", 1e6 }, { "Gbit/s", 1e9 },
                              { "B/s", 8 }, { "kB/s", 8e3 }, { "MB/s", 8e6 }, { "GB/s", 8e9 }, { 0 } };
static const unit times[] = { { "s", 1 }, { "ms", 1e-3 }, { "us", 1e-6 }, { 0 } };

typedef struct {
  const char *name;
  const unit *units;
  size_t written;            /* the first of the units, which this file writes, too */
  double least, most;
  const char *unit_list, *range;
} quantity;

static const quantity rate = { "rate", rates, 4, 1e3, 1e11, "kbit/s, Mbit/s or Gbit/s", "between 1kbit/s and 100Gbit/s" };
static const quantity latency = { "time", times, 3, 0, 10, "s, ms or us", "between 0s and 10s" };

static const struct { const char *name; const quantity *quantity; size_t offset; } keys[] = {
  { "rate", &rate, offsetof(lac_shape, rate) },
  { "up", &rate, offsetof(lac_shape, up) },
  { "down", &rate, offsetof(lac_shape, down) },
  { "latency", &latency, offsetof(lac_shape, latency) },
  { "server_rate", &rate, offsetof(lac_shape, server_rate) },
};

void lac_shape_clear(lac_shape *s) { *s = (lac_shape){ NAN, NAN, NAN, NAN, NAN }; }

static const unit *find_unit(const quantity *q, const char *name)
{
  for (const unit *u = q->units; u->name; u++)
    if (strcmp(u->name, name) == 0)
      return u;
  return NULL;
}

static int read_quantity(const quantity *q, const char *what, const char *text, double *value)
{
  char *end;
  double number = strtod(text, &end);
  const unit *u = find_unit(q, end + strspn(end, " "));
  if (end == text)
    return lac_fail(LAC_EUSER, "%s: '%.60s' is no %s; write a number and its unit, %s", what, text, q->name, q->unit_list);
  if (!u)
    return lac_fail(LAC_EUSER, "%s: '%.60s' has no unit of a %s; its units are %s", what, text, q->name, q->unit_list);
  *value = number * u->size;
  if (!(*value >= q->least && *value <= q->most))
    return lac_fail(LAC_EUSER, "%s: a %s of %.60s is not possible; it is %s", what, q->name, text, q->range);
  return LAC_OK;
}

int lac_shape_set(lac_shape *s, const char *what, const char *key, const char *value)
{
  const char *names[LAC_COUNT(keys)];
  for (size_t i = 0; i < LAC_COUNT(keys); i++) {
    names[i] = keys[i].name;
    if (strcmp(keys[i].name, key) == 0)
      return read_quantity(keys[i].quantity, what, value, (double *)((char *)s + keys[i].offset));
  }
  const char *near = lac_nearest(key, names, LAC_COUNT(names));
  return lac_fail(LAC_EUSER, "%s: links have no key '%.40s'%s%s; theirs are rate, up, down, latency and server_rate", what, key,
                  near ? "; did you mean " : "", near ? near : "");
}

/* What a word without a key is: its unit says it. */
static int set_bare(lac_shape *s, const char *what, const char *word)
{
  char *end;
  strtod(word, &end);
  int is_time = end > word && find_unit(&latency, end + strspn(end, " "));
  return lac_shape_set(s, what, is_time ? "latency" : "rate", word);
}

static int set_words(lac_shape *s, const char *what, const char *text)
{
  char *copy = lac_strdup(text), *rest = copy, *word;
  int status = copy ? LAC_OK : LAC_ENOMEM;
  while (status == LAC_OK && (word = strsep(&rest, ","))) {
    char *equals = strchr(word, '=');
    if (equals)
      *equals = 0;
    status = lac_is_nothing(word) ? lac_fail(LAC_EUSER, "%s: '%.60s' has an empty word; remove the comma", what, text) :
             equals ? lac_shape_set(s, what, word, equals + 1) : set_bare(s, what, word);
  }
  free(copy);
  return status;
}

static int set_file(lac_shape *s, const char *path)
{
  lac_ini ini;
  LAC_TRY(lac_ini_read(&ini, path));
  int status = LAC_OK, found = 0;
  for (size_t i = 0; status == LAC_OK && i < ini.count; i++) {
    const lac_ini_entry *e = &ini.entry[i];
    int ours = strcmp(e->section, "network") == 0;
    found |= ours;
    if (ours && e->key)
      status = lac_context(lac_shape_set(s, e->key, e->key, e->value), "%s: line %zu", path, e->line);
  }
  if (status == LAC_OK && !found)
    status = lac_fail(LAC_EUSER, "%s has no section [network]; write one, with rate = 100Mbit/s and latency = 20ms", path);
  lac_ini_free(&ini);
  return status;
}

int lac_shape_parse(lac_shape *s, const char *what, const char *text)
{
  struct stat about;
  return stat(text, &about) == 0 ? set_file(s, text) : set_words(s, what, text);
}

static double first_of(double a, double b) { return isnan(a) ? b : a; }

/* What was said of one host takes the place of what it has. */
static void overlay(const lac_shape *s, lac_link *link)
{
  link->up = first_of(first_of(s->up, s->rate), link->up);
  link->down = first_of(first_of(s->down, s->rate), link->down);
  link->latency = first_of(s->latency, link->latency);
}

int lac_shape_apply(const lac_shape *s, lac_links *l)
{
  lac_link all = { NAN, NAN, 0 };
  overlay(s, &all);
  if (isnan(all.up) || isnan(all.down))
    return lac_fail(LAC_EUSER, "links need a rate%s; give one, as --network=100Mbit/s or --network=100Mbit/s,20ms",
                    isnan(all.up) && isnan(all.down) ? "" : isnan(all.up) ? " up" : " down");
  for (unsigned i = 0; i < l->hosts; i++)
    l->link[i] = all;
  l->link[0].up = first_of(s->server_rate, all.up);
  l->link[0].down = first_of(s->server_rate, all.down);
  return LAC_OK;
}

int lac_shape_host(lac_links *l, const char *what, const char *text)
{
  lac_shape s;
  char *end;
  unsigned long host = strtoul(text, &end, 10);
  lac_shape_clear(&s);
  if (end == text || *end != ':' || *text == '-')
    return lac_fail(LAC_EUSER, "%s=%.60s names no host; write %s=NUMBER:KEY=VALUE, as %s=3:up=10Mbit/s", what, text, what, what);
  if (host < 1 || host > l->hosts)
    return lac_fail(LAC_EUSER, "%s=%.60s: there is no such host; they are 1 to %u", what, text, l->hosts);
  LAC_TRY(set_words(&s, what, end + 1));
  if (!isnan(s.server_rate))
    return lac_fail(LAC_EUSER, "%s: server_rate is host 1's in --network; give rate, up, down or latency", what);
  if (host == 1 && !isnan(s.latency))
    return lac_fail(LAC_EUSER, "%s: the latency of host 1 is that of the others, one way between it and them; give it for them", what);
  overlay(&s, &l->link[host - 1]);
  return LAC_OK;
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

/* In the largest unit that leaves a number of at least 1. */
static void write_quantity(FILE *to, const quantity *q, double value)
{
  const unit *best = q->units;
  for (size_t i = 0; i < q->written; i++)
    if (value >= q->units[i].size * (1 - 1e-9) && (best->size > value || q->units[i].size > best->size))
      best = &q->units[i];
  fprintf(to, "%.6g%s", value / best->size, best->name);
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
    write_quantity(to, &rate, l->link[first].up);
    fprintf(to, " up, ");
    write_quantity(to, &rate, l->link[first].down);
    fprintf(to, " down, ");
    write_quantity(to, &latency, l->link[first].latency);
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
  fprintf(to, "; %s; congestion control %s", lac_links_delayed(l) ? "TUN" : "veth and tbf", congestion);
  if (fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}
