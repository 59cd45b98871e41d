#include "network/network.h"

#include "file.h"
#include "options.h"
#include "utf8.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

typedef struct { const char *name; double factor; } unit;
static const unit rates[] = { { "bit/s", 1 }, { "kbit/s", 1e3 }, { "Mbit/s", 1e6 }, { "Gbit/s", 1e9 }, { "Tbit/s", 1e12 },
                              { "B/s", 8 }, { "kB/s", 8e3 }, { "MB/s", 8e6 }, { "GB/s", 8e9 }, { NULL, 0 } };
static const unit times[] = { { "s", 1 }, { "ms", 1e-3 }, { "us", 1e-6 }, { "\xc2\xb5s", 1e-6 }, { "ns", 1e-9 }, { NULL, 0 } };
static const unit sizes[] = { { "B", 1 }, { "kB", 1e3 }, { "MB", 1e6 }, { "KiB", 1024 }, { "MiB", 1048576 }, { NULL, 0 } };

/* A number with one of the units; `bare`: also without one. */
static int parse_quantity(const char *text, const unit *units, int bare, double *value)
{
  char *end;
  if (!strchr("0123456789.", *text))
    return 0;
  *value = strtod(text, &end);
  if (end == text || strpbrk(text, "xXpP") || !isfinite(*value))
    return 0;
  end += strspn(end, " ");
  if (!*end && (bare || *value == 0))
    return 1;
  for (; units->name; units++)
    if (strcmp(end, units->name) == 0) {
      *value *= units->factor;
      return isfinite(*value);
    }
  return 0;
}

typedef enum { RATE, TIME, TIME_OR_MEASURED, BYTES, SHARE, YES_NO, COLD, NUMBER, ROUTE, LAW, CLIENTS } kind;

/* Names and spellings of the keys, where each goes, and what stands there where it is not given. */
typedef struct { const char *name; kind kind; size_t offset; } key_of;
#define AT(member) offsetof(lac_network, member)
enum { KEY_RATE, KEY_UP, KEY_DOWN, KEY_LATENCY, KEY_SERVER, KEY_SERVER_UP, KEY_SERVER_DOWN, KEY_GOODPUT, KEY_TCP, KEY_COLD,
       KEY_RENDEZVOUS, KEY_HANDSHAKE, KEY_OVERHEAD, KEY_COMPUTE, KEY_CODEC, KEY_EXCHANGE, KEY_STRAGGLERS, KEY_SEED, KEY_CLIENTS, KEYS };
static const key_of keys[KEYS] = {
  [KEY_RATE] = { "rate", RATE, AT(each.up) }, [KEY_UP] = { "up", RATE, AT(each.up) }, [KEY_DOWN] = { "down", RATE, AT(each.down) },
  [KEY_LATENCY] = { "latency", TIME, AT(each.latency) }, [KEY_SERVER] = { "server_rate", RATE, AT(server_up) },
  [KEY_SERVER_UP] = { "server_up", RATE, AT(server_up) }, [KEY_SERVER_DOWN] = { "server_down", RATE, AT(server_down) },
  [KEY_GOODPUT] = { "goodput", SHARE, AT(goodput) }, [KEY_TCP] = { "tcp", YES_NO, AT(tcp) }, [KEY_COLD] = { "cold", COLD, AT(cold) },
  [KEY_RENDEZVOUS] = { "rendezvous", BYTES, AT(rendezvous) }, [KEY_HANDSHAKE] = { "handshake", NUMBER, AT(handshake) },
  [KEY_OVERHEAD] = { "overhead", TIME, AT(overhead) },
  [KEY_COMPUTE] = { "compute", TIME_OR_MEASURED, AT(each.compute) }, [KEY_CODEC] = { "codec", TIME_OR_MEASURED, AT(codec) },
  [KEY_EXCHANGE] = { "exchange", ROUTE, 0 }, [KEY_STRAGGLERS] = { "stragglers", LAW, 0 }, [KEY_SEED] = { "seed", NUMBER, AT(seed) },
  [KEY_CLIENTS] = { "clients", CLIENTS, 0 } };

const char *const lac_route_name[LAC_ROUTES] = { "star", "multicast", "shards", "tree", "allgather", "ring" };

typedef struct { uint64_t fan; double by[2]; } spec_params;
static const lac_option no_options[] = { { 0 } };
static const lac_option shards_options[] = { { "s", LAC_UINT, offsetof(spec_params, fan), "2", "[1,1000000]", NULL, "servers" }, { 0 } };
static const lac_option tree_options[] = { { "k", LAC_UINT, offsetof(spec_params, fan), "2", "[1,1000000]", NULL, "children" }, { 0 } };
static const lac_option exponential_options[] = { { "a", LAC_REAL, offsetof(spec_params, by[0]), "1", ">=0", NULL, "least factor" },
  { "mu", LAC_REAL, offsetof(spec_params, by[1]), "1", ">0", NULL, "rate of what is added" }, { 0 } };
static const lac_option pareto_options[] = { { "x", LAC_REAL, offsetof(spec_params, by[0]), "1", ">0", NULL, "least factor" },
  { "s", LAC_REAL, offsetof(spec_params, by[1]), "2", ">0", NULL, "exponent" }, { 0 } };
static const lac_option two_options[] = { { "q", LAC_REAL, offsetof(spec_params, by[0]), "0.1", "[0,1]", NULL, "share of slow clients" },
  { "c", LAC_REAL, offsetof(spec_params, by[1]), "4", ">0", NULL, "their factor" }, { 0 } };
static const lac_option lognormal_options[] = {
  { "sigma", LAC_REAL, offsetof(spec_params, by[0]), "0.5", ">=0", NULL, "deviation of the logarithm" }, { 0 } };

typedef struct { const char *name; int value; const lac_option *options; } choice_of;
static const choice_of routes[] = { { "star", LAC_BY_STAR, no_options }, { "multicast", LAC_BY_MULTICAST, no_options },
  { "shards", LAC_BY_SHARDS, shards_options }, { "tree", LAC_BY_TREE, tree_options }, { "allgather", LAC_BY_ALLGATHER, no_options },
  { "ring", LAC_BY_RING, no_options }, { NULL, 0, NULL } };
static const choice_of laws[] = { { "none", LAC_STRAGGLE_NONE, no_options },
  { "exponential", LAC_STRAGGLE_EXPONENTIAL, exponential_options },
  { "pareto", LAC_STRAGGLE_PARETO, pareto_options }, { "two", LAC_STRAGGLE_TWO, two_options },
  { "lognormal", LAC_STRAGGLE_LOGNORMAL, lognormal_options }, { NULL, 0, NULL } };

static const choice_of *find_choice(const choice_of *all, const char *text)
{
  size_t n = lac_spec_name(text);
  for (; all->name; all++)
    if (n && strlen(all->name) == n && strncmp(all->name, text, n) == 0 && (text[n] == 0 || text[n] == ':'))
      return all;
  return NULL;
}

/* "tree:k=4", "pareto:x=1,s=2". */
static int parse_choice(const choice_of *all, const char *key, const char *text, int *value, spec_params *by)
{
  const choice_of *c = find_choice(all, text);
  char known[96] = "";
  for (const choice_of *k = all; k->name; k++)
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", k == all ? "" : k[1].name ? ", " : " or ", k->name);
  if (!c)
    return lac_fail(LAC_EUSER, "%s must be %s, not '%.60s'", key, known, text);
  lac_spec s;
  LAC_TRY(lac_spec_parse(&s, key, text, c->options, sizeof *by));
  memcpy(by, s.params, sizeof *by);
  *value = c->value;
  lac_spec_free(&s);
  return LAC_OK;
}

static int set_quantity(const key_of *k, const char *text, double *value)
{
  static const struct { const unit *units; const char *want; } want[] = {
    [RATE] = { rates, "a rate above 0 such as 100Mbit/s, in bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s or B/s, kB/s, MB/s, GB/s" },
    [TIME] = { times, "a time such as 20ms, of 0 or more, in s, ms, us or ns" },
    [TIME_OR_MEASURED] = { times, "measured, none, or a time such as 20ms, of 0 or more, in s, ms, us or ns" },
    [BYTES] = { sizes, "a size such as 64KiB, in B, kB, MB, KiB or MiB" } };
  if (k->kind == TIME_OR_MEASURED && (strcmp(text, "measured") == 0 || strcmp(text, "none") == 0)) {
    *value = *text == 'm' ? NAN : 0;
    return LAC_OK;
  }
  return parse_quantity(text, want[k->kind].units, 0, value) && (k->kind != RATE || *value > 0) ? LAC_OK :
         lac_fail(LAC_EUSER, "%s must be %s, not '%.60s'", k->name, want[k->kind].want, text);
}

static int set_share(const char *name, const char *text, double *value)
{
  return parse_quantity(text, &(unit){ NULL, 0 }, 1, value) && *value > 0 && *value <= 1 ? LAC_OK :
         lac_fail(LAC_EUSER, "%s must be a number in (0,1], not '%.60s'", name, text);
}

static int set_flag(const char *name, const char *text, int *value)
{
  *value = strcmp(text, "yes") == 0;
  return *value || strcmp(text, "no") == 0 ? LAC_OK : lac_fail(LAC_EUSER, "%s must be yes or no, not '%.60s'", name, text);
}

static int set_cold(const char *text, lac_cold *value)
{
  static const char *const names[] = { [LAC_COLD_NEVER] = "no", [LAC_COLD_ALWAYS] = "yes", [LAC_COLD_IDLE] = "idle" };
  for (size_t i = 0; i < LAC_COUNT(names); i++)
    if (strcmp(text, names[i]) == 0) {
      *value = (lac_cold)i;
      return LAC_OK;
    }
  return lac_fail(LAC_EUSER, "cold must be yes, no or idle, not '%.60s'", text);
}

static int set_number(const char *name, const char *text, uint64_t *value)
{
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno ? LAC_OK :
         lac_fail(LAC_EUSER, "%s must be a whole number, not '%.60s'", name, text);
}

static int set_route(lac_network *w, const char *text)
{
  spec_params by = { 0 };
  int route;
  LAC_TRY(parse_choice(routes, "exchange", text, &route, &by));
  w->route = (lac_route)route;
  w->fan = (unsigned)by.fan;
  return LAC_OK;
}

static int set_law(lac_network *w, const char *text)
{
  spec_params by = { 0 };
  int law;
  LAC_TRY(parse_choice(laws, "stragglers", text, &law, &by));
  w->law = (lac_straggle)law;
  memcpy(w->law_by, by.by, sizeof w->law_by);
  return LAC_OK;
}

static int set_key(lac_network *w, int which, const char *text)
{
  const key_of *k = &keys[which];
  void *at = (char *)w + k->offset;
  switch (k->kind) {
  case SHARE:
    return set_share(k->name, text, at);
  case YES_NO:
    return set_flag(k->name, text, at);
  case COLD:
    return set_cold(text, at);
  case NUMBER:
    return set_number(k->name, text, at);
  case ROUTE:
    return set_route(w, text);
  case LAW:
    return set_law(w, text);
  case CLIENTS:
    return LAC_OK;      /* read last */
  default:
    return set_quantity(k, text, at);
  }
}

/* ---- the table of clients ---- */

static const struct { const char *name; const unit *units; size_t offset; int above; } fields[] = {
  { "up", rates, offsetof(lac_endpoint, up), 1 }, { "down", rates, offsetof(lac_endpoint, down), 1 },
  { "latency", times, offsetof(lac_endpoint, latency), 0 }, { "compute", times, offsetof(lac_endpoint, compute), 0 } };
enum { FIELDS = LAC_COUNT(fields), CLIENTS_MOST = 1 << 24 };

/* Fields of a line between commas, without blanks around them; the line is cut where it lies. */
static size_t split_line(char *line, char *field[static FIELDS + 2])
{
  size_t count = 0;
  for (char *p; count < FIELDS + 2 && (p = strsep(&line, ",")); count++) {
    p += strspn(p, " \t");
    for (size_t n = strlen(p); n && strchr(" \t", p[n - 1]);)
      p[--n] = 0;
    field[count] = p;
  }
  return count;
}

/* The place of each column among `fields`; FIELDS: the client. */
static int read_header(char *line, size_t place[static FIELDS + 2], size_t *columns)
{
  char *field[FIELDS + 2];
  unsigned seen = 0;
  *columns = split_line(line, field);
  for (size_t c = 0; c < *columns; c++) {
    size_t k = 0;
    while (k < FIELDS && strcmp(field[c], fields[k].name))
      k++;
    if ((k == FIELDS && strcmp(field[c], "client")) || (seen >> k & 1))
      return lac_fail(LAC_EUSER, "its first line must name client and some of up, down, latency, compute, once each, not '%.40s'",
                      field[c]);
    seen |= 1u << k;
    place[c] = k;
  }
  return seen >> FIELDS & 1 ? LAC_OK : lac_fail(LAC_EUSER, "it has no column client; its first line names the columns");
}

static int read_client(lac_network *w, char *line, const size_t *place, size_t columns, size_t *cap)
{
  char *field[FIELDS + 2], *end;
  size_t count = split_line(line, field), c = 0;
  if (count != columns)
    return lac_fail(LAC_EUSER, "has %zu fields where the first line has %zu", count, columns);
  while (place[c] != FIELDS)
    c++;
  unsigned long id = strtoul(field[c], &end, 10);
  if (*field[c] < '0' || *field[c] > '9' || *end || id >= CLIENTS_MOST)
    return lac_fail(LAC_EUSER, "client must be a whole number from 0 to %d, not '%.40s'", CLIENTS_MOST - 1, field[c]);
  LAC_TRY(lac_grow(&w->client, cap, id + 1, sizeof *w->client));
  for (; w->clients <= id; w->clients++)
    w->client[w->clients].up = NAN;
  if (!isnan(w->client[id].up))
    return lac_fail(LAC_EUSER, "has client %lu again", id);
  w->client[id] = w->each;
  for (c = 0; c < columns; c++) {
    double *at = place[c] < FIELDS ? (double *)((char *)&w->client[id] + fields[place[c]].offset) : NULL;
    if (at && (!parse_quantity(field[c], fields[place[c]].units, 1, at) || (fields[place[c]].above && *at <= 0)))
      return lac_fail(LAC_EUSER, "%s of client %lu must be a %s, not '%.40s'", fields[place[c]].name, id,
                      fields[place[c]].above ? "rate above 0, without a unit in bit/s" : "time of 0 or more, without a unit in s",
                      field[c]);
  }
  return LAC_OK;
}

static int read_lines(lac_network *w, char *text)
{
  size_t place[FIELDS + 2] = { 0 }, columns = 0, cap = 0, number = 0;
  for (char *line; (line = strsep(&text, "\n"));) {
    number++;
    if (!line[strspn(line, " \t")] || *line == '#')
      continue;
    LAC_TRY(columns ? lac_context(read_client(w, line, place, columns, &cap), "line %zu", number) : read_header(line, place, &columns));
  }
  for (uint32_t i = 0; i < w->clients; i++)
    if (isnan(w->client[i].up))
      return lac_fail(LAC_EUSER, "it has no client %u; clients are counted from 0 and none is left out", i);
  return w->clients ? LAC_OK : lac_fail(LAC_EUSER, "it has no client");
}

/* A file that is named in another lies beside it. */
static char *path_beside(const char *path, const char *name)
{
  const char *slash = path && *name != '/' ? strrchr(path, '/') : NULL;
  return lac_asprintf("%.*s%s", slash ? (int)(slash - path + 1) : 0, slash ? path : "", name);
}

static int read_clients(lac_network *w, const char *path, const char *name)
{
  char *file = path_beside(path, name), *text = NULL;
  size_t size;
  int status = file ? lac_read_file(file, &text, &size) : LAC_ENOMEM;
  if (status == LAC_OK && (status = lac_clean_text(file, text, size)) == LAC_OK)
    status = lac_context(read_lines(w, text), "%s", file);
  free(text);
  free(file);
  return lac_context(status, "clients");
}

/* ---- words ---- */

static const char *write_quantity(double x, const unit *units, size_t count, char text[static 32])
{
  const unit *u = units;
  for (size_t i = 0; i < count; i++)
    if (x >= units[i].factor * (1 - 1e-12) && units[i].factor > u->factor)
      u = &units[i];
  snprintf(text, 32, "%.6g %s", x / u->factor, u->name);
  return text;
}

const char *lac_network_rate(double rate, char text[static 32]) { return write_quantity(rate, rates, 4, text); }

int lac_network_rate_of(const char *text, double *rate) { return parse_quantity(text, rates, 0, rate) && *rate > 0; }
int lac_network_size_of(const char *text, double *bytes) { return parse_quantity(text, sizes, 0, bytes); }

static const char *write_time(double x, char text[static 32])
{
  const unit *u = x >= 1 || x == 0 ? &times[0] : x >= 1e-3 ? &times[1] : &times[2];
  snprintf(text, 32, "%.6g %s", x / u->factor, u->name);
  return text;
}

/* Only what is not as by default. */
static void put_words(FILE *to, const lac_network *w, const char *law, const char *table)
{
  char a[32], b[32];
  const lac_endpoint *e = &w->each;
  if (e->up == e->down)
    fprintf(to, "%s", lac_network_rate(e->up, a));
  else
    fprintf(to, "up %s, down %s", lac_network_rate(e->up, a), lac_network_rate(e->down, b));
  if (w->server_up == w->server_down && w->server_up != e->up)
    fprintf(to, ", server %s", lac_network_rate(w->server_up, a));
  else if (w->server_up != w->server_down && (w->server_up != e->up || w->server_down != e->down))
    fprintf(to, ", server up %s, down %s", lac_network_rate(w->server_up, a), lac_network_rate(w->server_down, b));
  fprintf(to, ", %s%s", write_time(e->latency, a), w->tcp ? w->cold == LAC_COLD_IDLE ? ", TCP, cold when idle" : ", TCP" : "");
  if (w->goodput != 1)
    fprintf(to, ", goodput %.6g", w->goodput);
  if (w->overhead > 0)
    fprintf(to, ", overhead %s", write_time(w->overhead, a));
  if (e->compute != 0)
    fprintf(to, ", compute %s", isnan(e->compute) ? "measured" : write_time(e->compute, a));
  if (w->codec != 0)
    fprintf(to, ", codec %s", isnan(w->codec) ? "measured" : write_time(w->codec, a));
  fprintf(to, "%s%s%s%s", w->law ? ", stragglers " : "", w->law ? law : "", table ? ", clients of " : "", table ? table : "");
}

static int write_words(lac_network *w, const char *law, const char *table)
{
  size_t size;
  FILE *to = open_memstream(&w->words, &size);
  if (!to)
    return lac_fail(LAC_ENOMEM, "out of memory for the words of a network");
  put_words(to, w, law, table);
  if (fclose(to))
    return lac_fail(LAC_ENOMEM, "out of memory for the words of a network");
  lac_printable(w->words);
  return LAC_OK;
}

char *lac_network_label(const lac_network *w, uint32_t least, uint32_t most)
{
  char fan[32] = "", to[32] = "";
  if (w->route == LAC_BY_TREE || w->route == LAC_BY_SHARDS)
    snprintf(fan, sizeof fan, ":%c=%u", w->route == LAC_BY_TREE ? 'k' : 's', w->fan);
  if (least < most)
    snprintf(to, sizeof to, " to %u", most);
  return *w->name ? lac_asprintf("%s (%s, n = %u%s, %s%s)", w->name, w->words, least, to, lac_route_name[w->route], fan)
                  : lac_asprintf("%s (n = %u%s, %s%s)", w->words, least, to, lac_route_name[w->route], fan);
}

/* ---- a network of its keys ---- */

/* The value of each key; a later one takes the place of an earlier one. */
typedef struct { char *value[KEYS]; const char *path; } wanted;

static void free_wanted(wanted *v)
{
  for (size_t k = 0; k < KEYS; k++)
    free(v->value[k]);
}

static int find_key(const char *name, size_t length)
{
  for (int k = 0; k < KEYS; k++)
    if (strlen(keys[k].name) == length && strncmp(keys[k].name, name, length) == 0)
      return k;
  return -1;
}

static int refuse_key(const char *name)
{
  const char *names[KEYS];
  for (size_t k = 0; k < KEYS; k++)
    names[k] = keys[k].name;
  const char *near = lac_nearest(name, names, KEYS);
  return near ? lac_fail(LAC_EUSER, "a network has no key '%.40s'; did you mean %s?", name, near)
              : lac_fail(LAC_EUSER, "a network has no key '%.40s'; docs/networks.md has them", name);
}

static int want(wanted *v, int key, const char *text, size_t length)
{
  char *value = lac_asprintf("%.*s", (int)length, text);
  if (!value)
    return LAC_ENOMEM;
  if (lac_is_nothing(value)) {
    free(value);
    return lac_fail(LAC_EUSER, LAC_NOTHING, keys[key].name);
  }
  free(v->value[key]);
  v->value[key] = value;
  return LAC_OK;
}

static int has_compute(const lac_network *w)
{
  for (uint32_t i = 0; i < w->clients; i++)
    if (w->client[i].compute != 0)
      return 1;
  return !w->client && w->each.compute != 0;
}

static int check_network(const lac_network *w, const wanted *v)
{
  int has_rate = v->value[KEY_RATE] || (v->value[KEY_UP] && v->value[KEY_DOWN]);
  int has_server = v->value[KEY_RATE] || v->value[KEY_SERVER] || (v->value[KEY_SERVER_UP] && v->value[KEY_SERVER_DOWN]);
  if (!has_rate)
    return lac_fail(LAC_EUSER, "a network needs a rate, such as rate = 100Mbit/s, or up and down");
  if (!has_server)
    return lac_fail(LAC_EUSER, "the network has up and down of clients and no rate of the server; add server_rate = 1Gbit/s, say");
  if (w->law && !has_compute(w))
    return lac_fail(LAC_EUSER, "stragglers are factors on the time that clients compute, which is 0; add compute = 10ms, say, or measured");
  if (v->value[KEY_SEED] && !v->value[KEY_STRAGGLERS])
    return lac_fail(LAC_EUSER, "seed is that of stragglers; add stragglers = exponential, say, or leave seed out");
  for (int k = KEY_COLD; !w->tcp && k <= KEY_HANDSHAKE; k++)
    if (v->value[k])
      return lac_fail(LAC_EUSER, "%s is about tcp = yes; add it", keys[k].name);
  return LAC_OK;
}

/* with_clients 0: without reading the table that it names. */
static int make_network(lac_network *w, const wanted *v, const char *name, int with_clients)
{
  *w = (lac_network){ .goodput = 1, .cold = LAC_COLD_ALWAYS, .rendezvous = 65536, .handshake = 1, .seed = 1, .fan = 1,
                      .name = lac_strdup(name) };
  if (!w->name)
    return LAC_ENOMEM;
  for (int k = 0; k < KEYS; k++) {
    if (!v->value[k])
      continue;
    LAC_TRY(set_key(w, k, v->value[k]));
    if (k == KEY_RATE)
      w->each.down = w->server_up = w->server_down = w->each.up;
    if (k == KEY_SERVER)
      w->server_down = w->server_up;
    if (k == KEY_TCP && w->tcp && !v->value[KEY_GOODPUT])
      w->goodput = 0.957;
  }
  w->has_codec = v->value[KEY_CODEC] && !isnan(w->codec);
  if (v->value[KEY_CLIENTS] && with_clients)
    LAC_TRY(read_clients(w, v->path, v->value[KEY_CLIENTS]));
  LAC_TRY(v->value[KEY_CLIENTS] && !with_clients ? LAC_OK : check_network(w, v));
  return write_words(w, v->value[KEY_STRAGGLERS], v->value[KEY_CLIENTS]);
}

void lac_network_free(lac_network *w)
{
  free(w->name);
  free(w->words);
  free(w->client);
  *w = (lac_network){ 0 };
}

/* ---- files ---- */

typedef struct { char *name; size_t line; wanted keys; } section_of;
struct lac_networks { char *path; section_of *section; size_t count, cap; };

/* The part of a section's name behind the point; NULL: it is no network. */
static const char *name_of(const char *section)
{
  size_t n = strlen("network");
  if (strncmp(section, "network", n))
    return NULL;
  return section[n] == 0 ? section : section[n] == '.' && section[n + 1] ? section + n + 1 : NULL;
}

int lac_networks_is(const char *section) { return name_of(section) != NULL; }

/* A name stands in lists and in front of options. */
static int check_name(const char *name)
{
  for (const char *p = name; *p; p++)
    if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *p))
      return lac_fail(LAC_EUSER, "the name of a network has letters, digits, _ and -, not '%c': [network.%.60s]", *p, name);
  return strchr("0123456789-", *name) ? lac_fail(LAC_EUSER, "the name of a network begins with a letter: [network.%.60s]", name) :
         find_choice(routes, name) ? lac_fail(LAC_EUSER, "a network cannot be called %s, as an exchange is", name) : LAC_OK;
}

static int add_entry(lac_networks *all, const lac_ini_entry *e)
{
  const char *name = name_of(e->section);
  if (!e->key) {
    LAC_TRY(check_name(name));
    LAC_TRY(lac_grow(&all->section, &all->cap, all->count + 1, sizeof *all->section));
    all->section[all->count] = (section_of){ .name = lac_strdup(name), .line = e->line, .keys.path = all->path };
    return all->section[all->count++].name ? LAC_OK : LAC_ENOMEM;
  }
  int key = find_key(e->key, strlen(e->key));
  return key < 0 ? refuse_key(e->key) : want(&all->section[all->count - 1].keys, key, e->value, strlen(e->value));
}

static int check_section(const section_of *s)
{
  lac_network w;
  int status = make_network(&w, &s->keys, s->name, 0);
  lac_network_free(&w);
  return status;
}

static int read_sections(lac_networks *all, const lac_ini_entry *entry, size_t count)
{
  for (const lac_ini_entry *e = entry; e < entry + count; e++)
    if (lac_networks_is(e->section))
      LAC_TRY(lac_context(add_entry(all, e), "%s: line %zu", all->path, e->line));
  for (const section_of *s = all->section; s < all->section + all->count; s++)
    LAC_TRY(lac_context(check_section(s), "%s: line %zu: [network%s%s]", all->path, s->line, strcmp(s->name, "network") ? "." : "",
                        strcmp(s->name, "network") ? s->name : ""));
  return LAC_OK;
}

int lac_networks_new(lac_networks **all, const char *path, const lac_ini_entry *entry, size_t count)
{
  lac_networks *made = *all = lac_alloc(sizeof *made);
  int status = made && (made->path = lac_strdup(path)) ? read_sections(made, entry, count) : LAC_ENOMEM;
  if (status != LAC_OK) {
    lac_networks_free(made);
    *all = NULL;
  }
  return status;
}

void lac_networks_free(lac_networks *all)
{
  for (size_t i = 0; all && i < all->count; i++) {
    free_wanted(&all->section[i].keys);
    free(all->section[i].name);
  }
  if (all) {
    free(all->section);
    free(all->path);
  }
  free(all);
}

/* ---- texts ---- */

static const section_of *find_section(const lac_networks *all, const char *name, size_t length)
{
  for (size_t i = 0; all && i < all->count; i++)
    if (strlen(all->section[i].name) == length && strncmp(all->section[i].name, name, length) == 0)
      return &all->section[i];
  return NULL;
}

static int take_section(wanted *v, const section_of *s)
{
  v->path = s->keys.path;
  for (int k = 0; k < KEYS; k++)
    if (s->keys.value[k])
      LAC_TRY(want(v, k, s->keys.value[k], strlen(s->keys.value[k])));
  return LAC_OK;
}

/* Names what there is. */
static int refuse_name(const lac_networks *all, const char *text, size_t length)
{
  char known[200] = "";
  for (size_t i = 0; all && i < all->count; i++)
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%.60s", i ? ", " : "", all->section[i].name);
  return lac_fail(LAC_EUSER, "there is none called '%.*s'%s%s%s; give the name of a [network.NAME] section, FILE.ini, or a text such as "
                  "100Mbit/s,20ms", (int)(length < 60 ? length : 60), text, *known ? " (known: " : "", known, *known ? ")" : "");
}

/* "FILE.ini" or "FILE.ini:NAME".  The section lives in *file, to be freed. */
static int find_in_file(lac_networks **file, const lac_networks *all, const char *text, size_t length, const section_of **s)
{
  char *word = lac_asprintf("%.*s", (int)length, text), *end = word ? strstr(word, ".ini") : NULL;
  if (!word)
    return LAC_ENOMEM;
  for (char *next; end && (next = strstr(end + 1, ".ini"));)
    end = next;
  const char *name = end && end[4] == ':' ? end + 5 : NULL;
  if (!end || (end[4] && !name)) {
    free(word);
    return refuse_name(all, text, length);
  }
  end[4] = 0;
  char *path = path_beside(all ? all->path : NULL, word);
  lac_ini ini = { 0 };
  int status = path ? lac_ini_read(&ini, path) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_networks_new(file, path, ini.entry, ini.count);
  if (status == LAC_OK) {
    const char *want_name = name ? name : "network";
    *s = find_section(*file, want_name, strlen(want_name));
    *s = !*s && !name && (*file)->count == 1 ? (*file)->section : *s;
    if (!*s)
      status = lac_fail(LAC_EUSER, "%s has no [network%s%s]%s", path, name ? "." : "", name ? name : "",
                        name || !(*file)->count ? "" : "; say which of its networks, as FILE.ini:NAME");
  }
  lac_ini_free(&ini);
  free(path);
  free(word);
  return status;
}

/* Pieces between commas, without blanks around them; those of a law's options stay together: stragglers=two:q=0.1,c=4. */
static size_t next_piece(const char **text, size_t *length)
{
  *text += strspn(*text, " \t");
  size_t n = strcspn(*text, ","), blanks = n;
  while (strncmp(*text, "stragglers", 10) == 0 && (*text)[n] == ',') {
    const char *more = *text + n + 1 + strspn(*text + n + 1, " \t");
    size_t name = strcspn(more, "=,");
    if (more[name] != '=' || find_key(more, name) >= 0 || find_choice(routes, more))
      break;
    n = (size_t)(more - *text) + strcspn(more, ",");
    blanks = n;
  }
  while (blanks && strchr(" \t", (*text)[blanks - 1]))
    blanks--;
  *length = blanks;
  return n;
}

/* A piece behind the first: a latency, an exchange, or KEY=VALUE. */
static int take_piece(wanted *v, const char *piece, size_t length)
{
  char *text = lac_asprintf("%.*s", (int)length, piece);
  if (!text)
    return LAC_ENOMEM;
  double x;
  char *equals = strchr(text, '=');
  size_t name = equals ? (size_t)(equals - text) : 0;
  while (name && strchr(" \t", text[name - 1]))
    name--;
  int key = equals ? find_key(text, name) : -1, status;
  if (find_choice(routes, text))
    status = want(v, KEY_EXCHANGE, text, length);
  else if (key >= 0)
    status = want(v, key, equals + 1 + strspn(equals + 1, " \t"), strlen(equals + 1 + strspn(equals + 1, " \t")));
  else if (equals) {
    text[name] = 0;
    status = refuse_key(text);
  } else if (parse_quantity(text, times, 0, &x))
    status = want(v, KEY_LATENCY, text, length);
  else
    status = lac_fail(LAC_EUSER, "'%.60s' is no latency such as 20ms, no exchange such as ring, and not KEY=VALUE", text);
  free(text);
  return status;
}

/* The first piece names a network, or is a rate or a KEY=VALUE.  *name: of a section, which lives as long as `all` and `file`. */
static int take_first(wanted *v, const lac_networks *all, lac_networks **file, const char *piece, size_t length, const char **name)
{
  const section_of *s = find_section(all, piece, length);
  if (!s && strchr("0123456789.-+", *piece) && !memmem(piece, length, ".ini", 4))
    return want(v, KEY_RATE, piece, length);
  if (!s && memchr(piece, '=', length))
    return take_piece(v, piece, length);
  if (!s)
    LAC_TRY(find_in_file(file, all, piece, length, &s));
  *name = s->name;
  return take_section(v, s);
}

static int take_text(wanted *v, const lac_networks *all, lac_networks **file, const char *text, const char **name)
{
  const char *at = text;
  size_t length, n = next_piece(&at, &length);
  if (length == 0)
    return lac_fail(LAC_EUSER, "it names no network; give a text such as 100Mbit/s,20ms");
  LAC_TRY(take_first(v, all, file, at, length, name));
  for (at += n; *at; at += n) {
    at++;
    n = next_piece(&at, &length);
    if (length == 0)
      return lac_fail(LAC_EUSER, "there is nothing behind a comma");
    LAC_TRY(take_piece(v, at, length));
  }
  return LAC_OK;
}

int lac_network_find(lac_network *w, const lac_networks *all, const char *text)
{
  wanted v = { .path = all ? all->path : NULL };
  lac_networks *file = NULL;
  const char *name = "";
  *w = (lac_network){ 0 };
  int status = take_text(&v, all, &file, text, &name);
  if (status == LAC_OK)
    status = make_network(w, &v, name, 1);
  free_wanted(&v);
  lac_networks_free(file);
  if (status != LAC_OK)
    lac_network_free(w);
  return lac_context(status, "network '%.80s'", text);
}
