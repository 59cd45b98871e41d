/* /messages of a result file: written from a log, a block of rounds at a time; read whole. */
#include "store/fold.h"
#include "store/messages_log.h"
#include "store/store.h"
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

/* Records of a kind and phase in their order, and the content of each. */
typedef struct { lac_message_record record; size_t content; } entry;
typedef struct { entry *all; size_t count, cap, next; } entries;

/* A data set of numbers: which records it is of, its last dimension (0: none), and how a row of it is filled.  `to` is of its type. */
typedef struct plan {
  const char *name, *long_name;
  int kind;
  size_t width;
  hid_t type;
  size_t size;                  /* of a number */
  void (*fill)(const lac_message_record *r, const void *content, size_t width, void *to);
} plan;

static void fill_value(const lac_message_record *r, const void *content, size_t width, void *to)
{
  (void)content;
  (void)width;
  *(uint64_t *)to = r->value;
}

static void fill_up(const lac_message_record *r, const void *content, size_t width, void *to)
{
  (void)r;
  memcpy(to, content, width * sizeof(uint32_t));
}

static void fill_largest(const lac_message_record *r, const void *content, size_t width, void *to)
{
  (void)r;
  (void)width;
  memcpy(to, content, sizeof(uint64_t));
}

static void fill_quantiles(const lac_message_record *r, const void *content, size_t width, void *to)
{
  (void)r;
  memcpy(to, (const uint8_t *)content + sizeof(uint64_t), width * sizeof(uint64_t));
}

static void fill_mask(const lac_message_record *r, const void *content, size_t width, void *to)
{
  const uint8_t *mask = content;
  (void)r;
  for (size_t i = 0; i < width; i++)
    ((uint8_t *)to)[i] = mask[i / 8] >> i % 8 & 1;
}

static int by_round(const void *a, const void *b)
{
  const entry *x = a, *y = b;
  return x->record.first < y->record.first ? -1 : x->record.first > y->record.first;
}

/* One list a phase. */
static int list_entries(const lac_message_log *log, int kind, entries *list)
{
  lac_message_record r;
  for (size_t at = 0, start = 0; lac_message_next(log, &at, &r); start = at) {
    if (r.kind != kind)
      continue;
    entries *e = &list[r.phase];
    size_t before = e->count ? e->all[e->count - 1].content : 0;
    LAC_TRY(lac_grow(&e->all, &e->cap, e->count + 1, sizeof *e->all));
    e->all[e->count++] = (entry){ r, r.same ? before : start + sizeof r };
  }
  for (unsigned k = 0; k < log->phases; k++)
    if (list[k].count)
      qsort(list[k].all, list[k].count, sizeof *list[k].all, by_round);
  return LAC_OK;
}

/* The rows [first, last) of all phases, into zeros. */
static void fill_block(const lac_message_log *log, const plan *p, entries *list, uint64_t first, uint64_t last, uint8_t *to)
{
  size_t row = (p->width ? p->width : 1) * p->size;
  for (unsigned k = 0; k < log->phases; k++)
    for (entries *e = &list[k]; e->next < e->count; e->next++) {
      const entry *at = &e->all[e->next];
      uint64_t from = at->record.first > first ? at->record.first : first, end = at->record.first + (uint64_t)at->record.count;
      for (uint64_t t = from; t < end && t < last; t++)
        p->fill(&at->record, log->bytes + at->content, p->width, to + ((t - first) * log->phases + k) * row);
      if (end > last)
        break;
    }
}

/* rounds x phases x width, but for dimensions that are not there: one phase of clients, no width. */
static int dimensions(const lac_message_log *log, const plan *p, hsize_t size[static 3])
{
  int phases = p->width == 0 || log->phases > 1, count = 0;
  size[count++] = log->rounds;
  if (phases)
    size[count++] = log->phases;
  if (p->width)
    size[count++] = p->width;
  return count;
}

enum { CHUNK = 1 << 16 };      /* numbers */

static hid_t make_set(hid_t at, const plan *p, int count, const hsize_t *size, uint64_t *rounds)
{
  hsize_t chunk[3], others = 1;
  for (int i = 1; i < count; i++) {
    chunk[i] = size[i] < CHUNK ? size[i] : CHUNK;
    others *= chunk[i];
  }
  *rounds = others < CHUNK ? CHUNK / others : 1;
  chunk[0] = *rounds = *rounds < size[0] ? *rounds : size[0];
  hid_t space = H5Screate_simple(count, size, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
  int ok = H5Pset_chunk(how, count, chunk) >= 0;
  if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0 && H5Zfilter_avail(H5Z_FILTER_SHUFFLE) > 0)
    ok = ok && H5Pset_shuffle(how) >= 0 && H5Pset_deflate(how, 1) >= 0;
  hid_t set = ok ? H5Dcreate2(at, p->name, p->type, space, H5P_DEFAULT, how, H5P_DEFAULT) : -1;
  H5Pclose(how);
  H5Sclose(space);
  return set;
}

static int write_block(hid_t set, const plan *p, int count, const hsize_t *size, uint64_t first, uint64_t rounds, const void *bytes)
{
  hsize_t from[3] = { first }, shape[3] = { rounds, count > 1 ? size[1] : 1, count > 2 ? size[2] : 1 };
  hid_t file = H5Dget_space(set), memory = H5Screate_simple(count, shape, NULL);
  int ok = H5Sselect_hyperslab(file, H5S_SELECT_SET, from, NULL, shape, NULL) >= 0 &&
           H5Dwrite(set, p->type, memory, file, H5P_DEFAULT, bytes) >= 0;
  H5Sclose(memory);
  H5Sclose(file);
  return ok;
}

static int write_rows(const lac_message_log *log, hid_t set, const plan *p, int count, const hsize_t *size, uint64_t block, entries *list)
{
  size_t row = log->phases * (p->width ? p->width : 1) * p->size;
  uint8_t *bytes = lac_alloc((block ? block : 1) * row);
  int ok = bytes != NULL;
  for (uint64_t first = 0; ok && first < log->rounds; first += block) {
    uint64_t last = first + block < log->rounds ? first + block : log->rounds;
    memset(bytes, 0, (size_t)(last - first) * row);
    fill_block(log, p, list, first, last, bytes);
    ok = write_block(set, p, count, size, first, last - first, bytes);
  }
  free(bytes);
  return ok;
}

static int write_set(const lac_message_log *log, hid_t at, const plan *p)
{
  hsize_t size[3];
  uint64_t block;
  int count = dimensions(log, p, size);
  int64_t lag = log->lag, handed_on = log->handed_on;
  entries *list = lac_alloc(log->phases * sizeof *list);
  if (!list)
    return 0;
  hid_t set = log->rounds ? make_set(at, p, count, size, &block) : -1;
  int ok = set >= 0 && list_entries(log, p->kind, list) == LAC_OK && write_rows(log, set, p, count, size, block, list);
  ok = ok && lac_store_text(set, "unit", p->size == 1 ? "1" : "bit") && lac_store_text(set, "long_name", p->long_name);
  if (p->kind != LAC_MESSAGE_DOWN)
    ok = ok && lac_store_scalar(set, "lag", H5T_NATIVE_INT64, &lag);
  if (p->kind != LAC_MESSAGE_DOWN && handed_on)
    ok = ok && lac_store_scalar(set, "handed_on", H5T_NATIVE_INT64, &handed_on);
  if (set >= 0)
    H5Dclose(set);
  for (unsigned k = 0; k < log->phases; k++)
    free(list[k].all);
  free(list);
  return ok;
}

int lac_message_log_write(const lac_message_log *log, hid_t file)
{
  const plan plans[] = {
    { "down", "bits of the server's message to each client that takes part", LAC_MESSAGE_DOWN, 0, H5T_NATIVE_UINT64, 8, fill_value },
    { "takes_part", "clients that take part", log->leaves_out ? LAC_MESSAGE_DOWN : -1, log->clients, H5T_NATIVE_UINT8, 1, fill_mask },
    { "up", "bits of each client's message", log->full ? LAC_MESSAGE_UP : -1, log->clients, H5T_NATIVE_UINT32, 4, fill_up },
    { "up_sum", "bits of all clients' messages", log->full ? -1 : LAC_MESSAGE_SUMMARY, 0, H5T_NATIVE_UINT64, 8, fill_value },
    { "up_max", "bits of the longest message", log->full ? -1 : LAC_MESSAGE_SUMMARY, 0, H5T_NATIVE_UINT64, 8, fill_largest },
    { "up_quantiles", "bits of a message: 0, 25, 50, 75, 100 % of the clients send no more", log->full ? -1 : LAC_MESSAGE_SUMMARY,
      LAC_QUANTILES, H5T_NATIVE_UINT64, 8, fill_quantiles },
  };
  int64_t clients = log->clients;
  hid_t group = H5Gcreate2(file, "messages", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  int ok = group >= 0 && lac_store_scalar(group, "clients", H5T_NATIVE_INT64, &clients);
  for (size_t i = 0; ok && log->rounds && i < LAC_COUNT(plans); i++)
    ok = plans[i].kind < 0 || write_set(log, group, &plans[i]);
  if (group >= 0)
    H5Gclose(group);
  return ok;
}

/* ---- reading ---- */

/* Nothing but what is written above: stored in chunks of this file, by no filters but these two. */
static int is_stored_here(hid_t set)
{
  hid_t how = H5Dget_create_plist(set);
  int filters = how >= 0 ? H5Pget_nfilters(how) : -1, ok = filters >= 0 && H5Pget_layout(how) == H5D_CHUNKED;
  for (int i = 0; ok && i < filters; i++) {
    unsigned flags, config;
    size_t values = 0;
    H5Z_filter_t filter = H5Pget_filter2(how, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
    ok = filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE;
  }
  H5Pclose(how);
  return ok;
}

/* Deflate makes at most 1032 bytes of one, so a file cannot claim more than that. */
enum { DEFLATE_MOST = 1032 };

/* A set of these numbers, of 2 or 3 dimensions (one phase is left out of three where `may_lack` says so).  Caller frees *values. */
static int read_set(const lac_file *f, hid_t group, const char *name, hid_t type, int may_lack, hsize_t size[static 3], void **values)
{
  hid_t set = lac_load_object(group, name, H5I_DATASET), space = set >= 0 ? H5Dget_space(set) : -1, own = set >= 0 ? H5Dget_type(set) : -1;
  int count = space >= 0 && H5Sget_simple_extent_type(space) == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : 0;
  size_t unit = H5Tget_size(type);
  *values = NULL;
  size[0] = size[1] = size[2] = 1;
  int ok = own >= 0 && H5Tequal(own, type) > 0 && count >= 2 && count <= 2 + may_lack && is_stored_here(set) &&
           H5Sget_simple_extent_dims(space, size, NULL) == count;
  if (ok && may_lack && count == 2) {
    size[2] = size[1];
    size[1] = 1;
  }
  hsize_t most = ok ? DEFLATE_MOST * (hsize_t)(f->left < H5Dget_storage_size(set) ? f->left : H5Dget_storage_size(set)) / unit : 0;
  ok = ok && size[0] && size[1] && size[2] && size[0] <= most && size[1] <= most / size[0] && size[2] <= most / size[0] / size[1] &&
       (*values = malloc((size_t)(size[0] * size[1] * size[2]) * unit)) && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values) >= 0;
  H5Tclose(own);
  H5Sclose(space);
  H5Dclose(set);
  return ok ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is damaged: /messages/%s is not of the kind that laconic writes", f->path, name);
}

/* How late messages are, and which do not go to the server. */
static int read_lag(const lac_file *f, hid_t group, lac_messages *m)
{
  int64_t value = -1, handed_on = 0;
  hid_t set = lac_load_object(group, "up", H5I_DATASET);
  int ok = set >= 0 && lac_load_attribute(set, "lag", H5T_NATIVE_INT64, &value) && value >= 0 && value <= UINT16_MAX;
  if (ok && H5Aexists(set, "handed_on") > 0)
    ok = lac_load_attribute(set, "handed_on", H5T_NATIVE_INT64, &handed_on) && handed_on > 0 && handed_on <= m->phases;
  H5Dclose(set);
  m->lag = ok ? (unsigned)value : 0;
  m->handed_on = ok ? (unsigned)handed_on : 0;
  return ok ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is damaged: /messages/up has no lag, or hands on in phases that are not there", f->path);
}

static int read_all(lac_messages *m, const lac_file *f, hid_t group)
{
  hsize_t up[3], other[3];
  LAC_TRY(read_set(f, group, "up", H5T_NATIVE_UINT32, 1, up, (void **)&m->up));
  m->rounds = up[0];
  m->phases = (unsigned)up[1];
  m->clients = (uint32_t)up[2];
  LAC_TRY(read_lag(f, group, m));
  LAC_TRY(read_set(f, group, "down", H5T_NATIVE_UINT64, 0, other, (void **)&m->down));
  int same = other[0] == up[0] && other[1] == up[1] && up[1] <= UINT16_MAX && up[2] <= UINT32_MAX;
  if (same && H5Lexists(group, "takes_part", H5P_DEFAULT) > 0) {
    LAC_TRY(read_set(f, group, "takes_part", H5T_NATIVE_UINT8, 1, other, (void **)&m->takes_part));
    same = memcmp(other, up, sizeof up) == 0;
  }
  return same ? LAC_OK : lac_fail(LAC_EFORMAT, "%s is damaged: the sets of /messages have different shapes", f->path);
}

/* A run that was killed in its first round has the group alone. */
static int is_empty(lac_messages *m, hid_t group)
{
  int64_t clients;
  H5G_info_t about;
  int yes = H5Gget_info(group, &about) >= 0 && about.nlinks == 0 && lac_load_attribute(group, "clients", H5T_NATIVE_INT64, &clients) &&
            clients > 0 && clients <= UINT32_MAX;
  if (yes)
    *m = (lac_messages){ .phases = 1, .clients = (uint32_t)clients };
  return yes;
}

static int read_group(lac_messages *m, const lac_file *f)
{
  hid_t group = lac_load_object(f->id, "messages", H5I_GROUP);
  int status = group >= 0 && is_empty(m, group) ? LAC_OK :
               group >= 0 && H5Lexists(group, "up", H5P_DEFAULT) > 0 ? read_all(m, f, group) :
               group >= 0 && H5Lexists(group, "up_sum", H5P_DEFAULT) > 0 ?
               lac_fail(LAC_EUSER, "%s has only a summary of its messages; run it again with --messages=full --force", f->path) :
               lac_fail(LAC_EUSER, "%s has no /messages, which seconds are computed from; run it again with --force", f->path);
  if (group >= 0)
    H5Gclose(group);
  return status;
}

static int open_messages(lac_messages *m, const char *path, const lac_bytes *bytes)
{
  lac_file f;
  *m = (lac_messages){ 0 };
  int status = bytes ? lac_load_bytes(&f, path, bytes) : lac_load_file(&f, path);
  if (status == LAC_OK)
    status = read_group(m, &f);
  lac_load_close(&f);
  if (status != LAC_OK)
    lac_messages_close(m);
  return status;
}

int lac_messages_open(lac_messages *m, const char *path) { return open_messages(m, path, NULL); }

int lac_messages_of(lac_messages *m, const lac_result *r)
{
  lac_bytes b = { (uint8_t *)(uintptr_t)r->bytes, r->size };
  return open_messages(m, r->path, r->bytes ? &b : NULL);
}

void lac_messages_close(lac_messages *m)
{
  free(m->up);
  free(m->down);
  free(m->takes_part);
  *m = (lac_messages){ 0 };
}
