/* data.c: a source of rows, file or generator, and its shards. */
#include "data.h"

#include "corpus.h"
#include "file.h"
#include "find.h"
#include "generator.h"
#include "idx.h"
#include "libsvm.h"
#include "normalise.h"
#include "rows.h"
#include "sha256.h"
#include "split.h"
#include "splits/parts/deal.h"

#include <errno.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_CLASSES = 1000 };

struct lac_data {
  uint32_t n;
  lac_data_info about;
  char *name, *dataset_text;
  lac_spec split;
  const lac_split *split_kind;

  const lac_generator *generator;      /* NULL: a file */
  lac_spec generator_spec;
  void *generated;

  double *distinct;              /* labels of a file */
  lac_rows *all;                 /* the file's rows as they are in it, until they are released */
  lac_normaliser normaliser;     /* of a client's rows */
  const lac_data *train;         /* of a test set, while it is opened: the training set */
  int sparse;
  double reading;                /* bytes that opening took */
  lac_assignment who;            /* of a text: of its blocks */

  lac_corpus *corpus;            /* NULL: no text; of held-out windows, that of the training set */
  int held_out;
  lac_windows windows;
  lac_pieces blocks;
  size_t *windows_of;            /* n + 1: windows of the clients before each */
};

/* ---- what a source says of itself ---- */

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* *distinct: the labels, ascending, or NULL when there are too many. */
static int count_classes(lac_data_info *about, const double *y, size_t m, double **distinct)
{
  double *sorted = malloc(m * sizeof *sorted);
  if (!sorted)
    return lac_fail(LAC_ENOMEM, "out of memory to count the classes of %zu rows", m);
  memcpy(sorted, y, m * sizeof *sorted);
  qsort(sorted, m, sizeof *sorted, by_value);
  uint32_t classes = 1;
  for (size_t i = 1; i < m && classes < MAX_CLASSES; i++)
    if (sorted[i] != sorted[classes - 1])
      sorted[classes++] = sorted[i];
  about->classes = classes;
  if (classes == 2)
    memcpy(about->label, sorted, sizeof about->label);
  if (classes == MAX_CLASSES) {
    free(sorted);
    return LAC_OK;
  }
  double *fewer = realloc(sorted, classes * sizeof *sorted);
  about->distinct = *distinct = fewer ? fewer : sorted;
  return LAC_OK;
}

static int is_kind(const lac_data_kind *kind, const char *text)
{
  size_t length = lac_spec_name(text);
  return length && strlen(kind->name) == length && strncmp(kind->name, text, length) == 0 && (text[length] == 0 || text[length] == ':');
}

static const lac_split *split_of(const char *text)
{
  for (const lac_split *const *s = lac_split_list; *s; s++)
    if (is_kind(&(*s)->kind, text))
      return *s;
  return NULL;
}

/* In the name of a run a file counts by its bytes, wherever it lies. */
static int name_split(lac_data *data)
{
  char sha256[LAC_SHA256_TEXT] = "", *at = data->split_kind->hash ? strstr(data->split.text, "file=") : NULL;
  if (at)
    LAC_TRY(data->split_kind->hash(data->split.params, sha256));
  if (!*sha256)
    return LAC_OK;
  at += strlen("file=");
  char *text = lac_asprintf("%.*s%s%s", (int)(at - data->split.text), data->split.text, sha256, at + strcspn(at, ","));
  free(data->split.text);
  data->split.text = text;
  return text ? LAC_OK : LAC_ENOMEM;
}

static int open_split(lac_data *data, const char *text)
{
  if ((data->split_kind = split_of(text))) {
    const lac_data_kind *k = &data->split_kind->kind;
    LAC_TRY(lac_spec_parse(&data->split, "--split", text, k->options, k->params_size));
    LAC_TRY(lac_split_check(data->split_kind, data->split.params));
    return name_split(data);
  }
  char *word = lac_asprintf("%.*s", (int)strcspn(text, ":"), text);
  const char *near = NULL;
  for (size_t i = 0; word && lac_splits[i]; i++)
    near = lac_nearer(word, near, lac_splits[i]->name);
  free(word);
  return lac_fail(LAC_EUSER, "--split: there is no split '%.60s'; %s%s", text,
                  near ? "did you mean " : "laconic list splits shows all", near ? near : "");
}

/* ---- generators ---- */

static const lac_generator *const generators[] = { &lac_generator_fedprox, &lac_generator_spectral, &lac_generator_synthetic };
const lac_data_kind *const lac_generators[] = { &lac_generator_fedprox.kind, &lac_generator_spectral.kind,
                                                &lac_generator_synthetic.kind, NULL };

static const lac_generator *generator_of(const char *text)
{
  for (size_t i = 0; i < LAC_COUNT(generators); i++)
    if (is_kind(&generators[i]->kind, text))
      return generators[i];
  return NULL;
}

/* Of one text, or of two files that count for the name of the data, one behind the other. */
static void hash_bytes(const char *bytes, size_t size, const char *more, size_t more_size, char sha256[65])
{
  struct sha256_ctx hash;
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_init(&hash);
  sha256_update(&hash, size, (const uint8_t *)bytes);
  sha256_update(&hash, more_size, (const uint8_t *)more);
  sha256_digest(&hash, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
}

static int open_generator(lac_data *data, const lac_room *room, const char *text, const lac_seeds *seeds)
{
  const lac_data_kind *k = &data->generator->kind;
  if (!lac_split_is_plain(data->split_kind, data->split.params))
    return lac_fail(LAC_EUSER, "--split: %s draws rows for each client, there is nothing to split; leave --split out "
                    "(contiguous:scale= is fine)", k->name);
  LAC_TRY(lac_spec_parse(&data->generator_spec, "--dataset", text, k->options, k->params_size));
  data->dataset_text = lac_strdup(data->generator_spec.text);
  if (!data->dataset_text)
    return LAC_ENOMEM;
  hash_bytes(data->dataset_text, strlen(data->dataset_text), NULL, 0, data->about.sha256);
  return data->generator->open(&data->generated, data->generator_spec.params, seeds, data->n, room, &data->about);
}

/* ---- files ---- */

typedef struct { uint64_t d; int normalise; } file_params;
const lac_option lac_file_options[] = {
  {"d", LAC_UINT, offsetof(file_params, d), "0", "[1,2147483647]", NULL, "features, of which a file may use fewer"},
  {"normalise", LAC_CHOICE, offsetof(file_params, normalise), "none", NULL, "none|standard|features|unit",
   "standard: (a - mean)/std of all entries; features: of each; unit: rows of norm 1"},
  {0}
};
#define FILE_OPTIONS "d=N and normalise=standard|features|unit"

/* The text of an option taken apart, and the file it means. */
typedef struct {
  const char *option, *instead;          /* for messages; of what is no file, what may stand there */
  char *name;                            /* without options */
  file_params params;                    /* d 0: not given */
  const char *stray;                     /* options at the end of which one is not known */
  char *path;
  const lac_room *room;
  const lac_manifest_entry *entry;       /* when it was found by its name in the manifest */
  char sha256[65];                       /* of the file itself */
} file_choice;

static int is_file(const char *path)
{
  struct stat s;
  return stat(path, &s) == 0 && !S_ISDIR(s.st_mode);
}

static const lac_option *file_option(const char *text)
{
  size_t length = strcspn(text, "=");
  const lac_option *o = lac_file_options;
  while (o->name && (strlen(o->name) != length || strncmp(o->name, text, length) != 0))
    o++;
  return o->name ? o : NULL;
}

/* Every word of "d=9,normalise=unit", which is cut at its commas.  *known: they are options of a file. */
static int set_options(file_choice *f, char *text, int *known)
{
  const lac_option *o = NULL;
  *known = 1;
  for (char *word; *known && (word = strsep(&text, ","));) {
    char *value = strchr(word, '=');
    o = value ? file_option(word) : NULL;
    *known = o != NULL;
    if (o)
      LAC_TRY(lac_option_set(o, &f->params, f->option, value + 1));
  }
  return LAC_OK;
}

/* Cut the options off; a file whose own name ends so wins. */
static int take_options(file_choice *f, const char *text)
{
  f->name = lac_strdup(text);
  if (!f->name)
    return LAC_ENOMEM;
  char *colon = strrchr(f->name, ':');
  if (!colon || is_file(text) || !strchr(colon, '=') || strchr(colon, '/'))
    return LAC_OK;
  int known, status = set_options(f, colon + 1, &known);
  if (known)
    *colon = '\0';
  else
    f->stray = text + (colon - f->name) + 1;
  return status;
}

/* The nearest name of the manifest or of a generator: one that starts alike, else one that is spelled alike. */
static const char *near_name(const char *text)
{
  char *name = lac_asprintf("%.*s", (int)strcspn(text, ":"), text);
  const char *near = NULL, *alike = NULL;
  size_t length = name ? strlen(name) : 0, generated = LAC_COUNT(generators);
  for (size_t i = 0; name && (i < generated || lac_manifest[i - generated].name); i++) {
    const char *known = i < generated ? generators[i]->kind.name : lac_manifest[i - generated].name;
    if (!alike && length > 2 && strncmp(known, name, length) == 0)
      alike = known;
    near = lac_nearer(name, near, known);
  }
  free(name);
  return alike ? alike : near;
}

/* A name of the manifest, whose file is in none of the folders. */
static int not_here(const file_choice *f, const lac_manifest_entry *e, const char *folders)
{
  const char *install = *e->package ? "apt-get install " : "";
  if (!folders || !*folders)
    return lac_fail(LAC_ENODATA, "%s: %s is not here; %s%s%sset LACONIC_DATA to the folder with the data, run datasets/fetch %s, or give "
                    "a path", f->option, e->name, install, e->package, *install ? ", " : "", e->name);
  return lac_fail(LAC_ENODATA, "%s: %s is not in %.200s; %s%s%srun datasets/fetch %s, or give a path", f->option, e->name, folders, install,
                  e->package, *install ? ", " : "", e->name);
}

static int not_found(const file_choice *f, const char *search)
{
  const char *near = near_name(f->name), *folders = search ? search : getenv("LACONIC_DATA");
  if (f->stray && !near)
    return lac_fail(LAC_EUSER, "%s: '%.60s' is no option of a data file; these are " FILE_OPTIONS, f->option,
                    f->stray);
  if (strchr(f->name, '/'))
    return lac_fail(LAC_EUSER, "%s: %s is %s; give the path of a file", f->option, f->name,
                    access(f->name, F_OK) == 0 ? "a folder" : "not there");
  const lac_manifest_entry *entry = lac_manifest_entry_of(f->name);
  if (entry)
    return not_here(f, entry, folders);
  if (near && f->stray && lac_manifest_entry_of(near) && strncmp(f->name, near, strlen(near)) == 0)
    return lac_fail(LAC_EUSER, "%s: %s has no option '%.60s'; its options are " FILE_OPTIONS, f->option, near, f->stray);
  if (near)
    return lac_fail(LAC_EUSER, "%s: there is no data set '%.60s'; did you mean %s? (or give a path)", f->option,
                    f->name, near);
  return lac_fail(LAC_EUSER, "%s: there is no data set or file '%.60s'; give a path or a name of `laconic list "
                  "datasets`%s", f->option, f->name, f->instead);
}

static int choose_file(file_choice *f, const char *text, const char *search)
{
  LAC_TRY(take_options(f, text));
  if (is_file(f->name))
    f->path = lac_strdup(f->name);
  else if ((f->path = lac_data_find(f->name, search)))
    f->entry = lac_manifest_entry_of(f->name);
  return f->path ? LAC_OK : not_found(f, search);
}

/* A name promises the published bytes; a path promises nothing. */
static int differs(const file_choice *f, const char *path)
{
  return lac_fail(LAC_EUSER, "%s: %s is not the %s of the manifest (its SHA-256 or its rows differ); give the "
                  "path instead of the name to use it all the same", f->option, path, f->entry->name);
}

static int parse_labelled(lac_data *data, const file_choice *f, const char *bytes, size_t size, size_t d, const char *path)
{
  char *labels, sha256[65];
  size_t labels_size;
  LAC_TRY(lac_read_file_into(f->room, path, &labels, &labels_size));
  hash_bytes(labels, labels_size, NULL, 0, sha256);
  int code = f->entry && strcmp(sha256, f->entry->labels_sha256) ? differs(f, path) :
             lac_idx_parse(f->path, bytes, size, path, labels, labels_size, d, &data->all);
  hash_bytes(bytes, size, labels, labels_size, data->about.sha256);
  free(labels);
  return code;
}

static int parse_idx(lac_data *data, const file_choice *f, const char *bytes, size_t size, size_t d)
{
  char *path = lac_idx_labels(f->path);
  if (!path)
    return LAC_EUSER;
  int code = parse_labelled(data, f, bytes, size, d, path);
  free(path);
  return code;
}

/* The rows beside the text: refused before they are there. */
static int check_rows(lac_data *data, const file_choice *f, const char *bytes, size_t size)
{
  double rows = lac_is_idx(bytes, size) ? lac_idx_bytes(bytes, size) : lac_libsvm_bytes(bytes, size);
  data->reading = (double)size + rows;
  return lac_room_check(f->room, (double)size + rows, f->path, "a smaller file");
}

/* Rows of a test set meet the model that the training set has made: what they do not mention is 0. */
static int fit_to_train(lac_data *data)
{
  const lac_data_info *train = &data->train->about;
  if (data->all->d > train->d)
    return lac_fail(LAC_EUSER, "--test-dataset: %s has %zu features, and the model that is trained on %s has %zu; say d=%zu for the "
                    "training set", data->name, data->all->d, train->name, train->d, data->all->d);
  data->all->d = train->d;
  return LAC_OK;
}

/* What a shift makes of rows that are stored without their zeros. */
static void arrange_normalised(lac_data *data)
{
  size_t stored = lac_rows_nnz(data->all);
  data->about.nnz = lac_normaliser_nnz(&data->normaliser, data->all);
  data->sparse = data->train ? lac_data_sparse(data->train) :
                 !data->normaliser.fills && lac_rows_sparse(data->about.rows, data->about.d, stored);
}

/* Test rows are shifted and scaled by the constants of the training set. */
static int normalise_like_train(lac_data *data, const file_choice *f)
{
  if (f->params.normalise)
    return lac_fail(LAC_EUSER, "--test-dataset: %s is normalised as the training set is, with its constants; say normalise= of --dataset",
                    data->name);
  return lac_normaliser_copy(&data->normaliser, &data->train->normaliser);
}

static int parse_file(lac_data *data, file_choice *f, char *bytes, size_t size)
{
  lac_data_info *about = &data->about;
  size_t d = f->params.d ? f->params.d : f->entry ? f->entry->d : 0;
  hash_bytes(bytes, size, NULL, 0, f->sha256);
  memcpy(about->sha256, f->sha256, sizeof about->sha256);
  if (f->entry && strcmp(about->sha256, f->entry->sha256) != 0)      /* before a parse error can hide the cause */
    return differs(f, f->path);
  LAC_TRY(check_rows(data, f, bytes, size));
  LAC_TRY(lac_is_idx(bytes, size) ? parse_idx(data, f, bytes, size, d) : lac_libsvm_parse(f->path, bytes, size, d, &data->all));
  if (data->train)
    LAC_TRY(fit_to_train(data));
  about->rows = data->all->m;
  data->reading += 8 * (double)about->rows;      /* to sort the labels */
  about->d = data->all->d;
  if (f->entry && about->rows != f->entry->rows)
    return differs(f, f->path);
  if (data->train)
    LAC_TRY(normalise_like_train(data, f));
  else
    LAC_TRY(lac_normaliser_fit(&data->normaliser, (lac_normalise_kind)f->params.normalise, data->all));
  arrange_normalised(data);
  return count_classes(about, data->all->y, about->rows, &data->distinct);
}

static int read_and_parse(lac_data *data, file_choice *f)
{
  char *bytes;
  size_t size;
  LAC_TRY(lac_read_file_into(f->room, f->path, &bytes, &size));
  int code = parse_file(data, f, bytes, size);
  free(bytes);
  return code;
}

/* The entry of the manifest with a file of that name; of several, as of images, the one with these bytes. */
static const lac_manifest_entry *entry_of_file(const char *name, size_t length, const char *sha256)
{
  for (const lac_manifest_entry *m = lac_manifest; m->name; m++) {
    const char *file = lac_manifest_file(m);
    if (strlen(file) == length && strncmp(name, file, length) == 0 && (!*m->labels || strcmp(m->sha256, sha256) == 0))
      return m;
  }
  return NULL;
}

/* The last name of a path, without a suffix of packed files. */
static const char *base_name(const char *path, int *length)
{
  static const char *const suffixes[] = { ".gz", ".bz2", ".xz" };
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/')
    end--;
  size_t begin = end;
  while (begin > 0 && path[begin - 1] != '/')
    begin--;
  for (size_t i = 0; i < LAC_COUNT(suffixes); i++) {
    size_t cut = strlen(suffixes[i]);
    if (end - begin > cut && strncmp(path + end - cut, suffixes[i], cut) == 0)
      end -= cut;
  }
  *length = (int)(end - begin);
  return path + begin;
}

/* "mushrooms:d=112": wherever the file lies and however it is packed, the same rows have the same name. */
static char *plain_text(const file_choice *f, size_t d)
{
  int length;
  const char *name = base_name(f->path, &length);
  const lac_manifest_entry *m = entry_of_file(name, (size_t)length, f->sha256);
  return m ? lac_asprintf("%s:d=%zu", m->name, d) : lac_asprintf("%.*s:d=%zu", length, name, d);
}

/* The text without and then with the way in which features are normalised; none is no option, as ever. */
static int name_normalised(lac_data *data, char *plain)
{
  const char *end = plain ? strstr(plain, ",normalise=") : NULL;
  int length = !plain ? 0 : end ? (int)(end - plain) : (int)strlen(plain), kind = (int)data->normaliser.kind;
  char *text = plain ? lac_asprintf("%.*s%s%s", length, plain, kind ? ",normalise=" : "", kind ? lac_normalise_name[kind] : "") : NULL;
  free(plain);
  data->dataset_text = text;
  return text ? LAC_OK : LAC_ENOMEM;
}

static int read_anew(lac_data *data, const lac_room *room, const char *text, const char *search)
{
  file_choice f = {.option = "--dataset", .instead = " or a generator such as synthetic", .room = room};
  if (data->train) {
    f.option = "--test-dataset";
    f.instead = "";
  }
  int code = choose_file(&f, text, search);
  if (code == LAC_OK)
    code = read_and_parse(data, &f);
  if (code == LAC_OK)
    code = name_normalised(data, plain_text(&f, data->about.d));
  free(f.name);
  free(f.path);
  return code;
}

static int take_over(lac_data *data, lac_data *before)
{
  const char *name = data->about.name;
  data->about = before->about;
  data->about.name = name;
  data->sparse = before->sparse;
  data->distinct = before->distinct;
  data->all = before->all;
  data->normaliser = before->normaliser;
  before->normaliser = (lac_normaliser){ 0 };
  before->all = NULL;
  before->distinct = NULL;
  data->dataset_text = lac_strdup(before->dataset_text);
  return data->dataset_text ? LAC_OK : LAC_ENOMEM;
}

static int load_file(lac_data *data, lac_data *before, const lac_room *room, const char *text, const char *search, const lac_seeds *seeds)
{
  LAC_TRY(before && before->all ? take_over(data, before) : read_anew(data, room, text, search));
  if (data->n > data->about.rows)
    return lac_fail(LAC_EUSER, "clients=%u is more than the %zu rows of %s; lower --clients", data->n, data->about.rows, data->name);
  const lac_split_input in = { data->all, data->n, seeds, data->name };
  return lac_split_assign(data->split_kind, data->split.params, &in, &data->who);
}

/* ---- test sets ---- */

static int check_labels(const lac_data *data)
{
  const lac_data_info *train = &data->train->about;
  char label[32];
  for (size_t r = 0; r < data->all->m; r++)
    if (!bsearch(&data->all->y[r], train->distinct, train->classes, sizeof *train->distinct, by_value))
      return lac_fail(LAC_EUSER, "--test-dataset: row %zu of %s has the label %s, which no row of the training set %s has; leave such "
                      "rows out", r + 1, data->name, lac_format_real(data->all->y[r], label), train->name);
  return LAC_OK;
}

/* The clients' own next rows: their laws are those of training. */
static int hold_out(lac_data *data, const lac_room *room, const char *text)
{
  const lac_data *train = data->train;
  const lac_data_kind *k = &data->generator->kind;
  char behind[32];
  if (data->generator != train->generator || !data->generator->hold_out)
    return lac_fail(LAC_EUSER, "--test-dataset: %s holds no rows out from %s; give a file%s", k->name, train->name,
                    data->generator->hold_out ? ", or train on its rows, too" : "");
  LAC_TRY(lac_spec_parse(&data->generator_spec, "--test-dataset", text, k->options, k->params_size));
  for (const lac_option *o = k->options; o->name; o++) {
    char *own = lac_option_text(o, data->generator_spec.params), *other = lac_option_text(o, train->generator_spec.params);
    int status = !own || !other ? LAC_ENOMEM : strcmp(o->name, "rows") == 0 || strcmp(own, other) == 0 ? LAC_OK :
                 lac_fail(LAC_EUSER, "--test-dataset: %s=%s is not the %s=%s of the training set; only rows can differ", o->name, own,
                          o->name, other);
    free(own);
    free(other);
    LAC_TRY(status);
  }
  data->dataset_text = lac_strdup(data->generator_spec.text);
  if (!data->dataset_text)
    return LAC_ENOMEM;
  snprintf(behind, sizeof behind, " behind %zu", lac_data_shard_rows(train, 0));
  hash_bytes(data->dataset_text, strlen(data->dataset_text), behind, strlen(behind), data->about.sha256);
  return data->generator->hold_out(&data->generated, train->generated, data->generator_spec.params, data->n, room, &data->about);
}

static int open_test_file(lac_data *data, lac_data *before, const lac_room *room, const char *dataset, const char *search, int by_class)
{
  static const lac_seeds none;      /* a contiguous split draws nothing */
  const lac_data_info *train = &data->train->about;
  LAC_TRY(before && before->all ? take_over(data, before) : read_anew(data, room, dataset, search));
  if (strcmp(data->about.sha256, train->sha256) == 0)
    return lac_fail(LAC_EUSER, "--test-dataset: %s has the same bytes as the training set, so none of its rows is held out; give other "
                    "rows, or leave --test-dataset out", data->name);
  if (by_class && train->distinct)
    LAC_TRY(check_labels(data));
  data->about.classes = train->classes;
  memcpy(data->about.label, train->label, sizeof data->about.label);
  data->about.distinct = train->distinct;
  const lac_split_input in = { data->all, data->n, &none, data->name };
  return lac_split_assign(data->split_kind, data->split.params, &in, &data->who);
}

static int open_test(lac_data *data, lac_data *before, const lac_room *room, const char *dataset, const char *search, int by_class)
{
  data->about.name = data->name = lac_strdup(dataset);
  if (!data->name)
    return LAC_ENOMEM;
  LAC_TRY(open_split(data, "contiguous"));
  data->generator = generator_of(dataset);
  return data->generator ? hold_out(data, room, dataset) : open_test_file(data, before, room, dataset, search, by_class);
}

int lac_data_open_test(lac_data **data, lac_data *before, const lac_room *room, const char *dataset, const char *search,
                       const lac_data *train, int by_class)
{
  lac_data *d = *data = calloc(1, sizeof *d);
  if (!d)
    return lac_fail(LAC_ENOMEM, "out of memory for the test set");
  d->n = train->n;
  d->train = train;
  int code = open_test(d, before, room, dataset, search, by_class);
  d->train = NULL;
  if (code != LAC_OK) {
    lac_data_close(d);
    *data = NULL;
  }
  return code;
}

/* ---- text ---- */

static size_t stride_of(const lac_data *data) { return data->held_out ? data->windows.length : data->windows.stride; }

static size_t windows_in(const lac_data *data, size_t block)
{
  return lac_windows_in(data->blocks.piece[block].length, data->windows.length, stride_of(data));
}

static int text_not_found(const char *name, const char *search)
{
  const char *folders = search ? search : getenv("LACONIC_DATA");
  if (generator_of(name))
    return lac_fail(LAC_EUSER, "--dataset: %s makes rows of numbers, and the problem takes text; give a file or a folder of texts", name);
  if (strchr(name, '/'))
    return lac_fail(LAC_ENODATA, "--dataset: %s is not there; give the path of a text or of a folder of texts", name);
  return lac_fail(LAC_ENODATA, "--dataset: there is no text '%.60s' here%s%.200s; give the path of a text or of a folder of texts", name,
                  folders ? " or in " : "; LACONIC_DATA names no folders", folders ? folders : "");
}

static int read_text(lac_data *data, const lac_room *room, const char *dataset, const char *search)
{
  char *path = lac_corpus_find(dataset, search);
  int status = path ? LAC_OK : text_not_found(dataset, search), length;
  if (status == LAC_OK && !(data->corpus = lac_alloc(sizeof *data->corpus)))
    status = LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_corpus_read(data->corpus, room, path);
  if (status == LAC_OK) {
    const char *name = base_name(path, &length);
    data->reading = 2 * (double)data->corpus->size;
    data->dataset_text = lac_asprintf("%.*s", length, name);
    status = data->dataset_text ? LAC_OK : LAC_ENOMEM;
  }
  free(path);
  return status;
}

static int take_over_text(lac_data *data, lac_data *before)
{
  data->corpus = before->corpus;
  before->corpus = NULL;
  data->dataset_text = lac_strdup(before->dataset_text);
  return data->dataset_text ? LAC_OK : LAC_ENOMEM;
}

/* Sources stand for classes. */
static int number_sources(lac_data *data)
{
  size_t sources = data->corpus->sources;
  data->about.classes = sources < MAX_CLASSES ? (uint32_t)sources : MAX_CLASSES;
  if (sources >= MAX_CLASSES)
    return LAC_OK;
  if (!(data->distinct = lac_alloc(sources * sizeof *data->distinct)))
    return LAC_ENOMEM;
  for (size_t s = 0; s < sources; s++)
    data->distinct[s] = (double)s;
  data->about.distinct = data->distinct;
  return LAC_OK;
}

static int describe_text(lac_data *data)
{
  lac_data_info *about = &data->about;
  const lac_corpus *c = data->corpus;
  about->d = data->windows.length;
  about->rows = about->nnz = 0;
  for (size_t b = 0; b < data->blocks.count; b++) {
    about->rows += windows_in(data, b);
    about->nnz += data->blocks.piece[b].length;
  }
  about->symbol = c->symbol;
  about->symbols = c->symbols;
  memcpy(about->sha256, c->sha256, sizeof about->sha256);
  return number_sources(data);
}

static int check_text(const lac_data *data)
{
  const lac_corpus *c = data->corpus;
  const char *name = data->name;
  if (data->windows.block <= data->windows.length)
    return lac_fail(LAC_EUSER, "--problem: block=%zu has to be more than the context, %zu, since a window lies within a block; raise block "
                    "or lower context", data->windows.block, data->windows.length);
  if (data->blocks.count == 0 && c->size <= data->windows.length)
    return lac_fail(LAC_EUSER, "--dataset: %s has %zu bytes, and a row takes %zu, the context and the symbol behind it; lower context or "
                    "give a longer text", name, c->size, data->windows.length + 1);
  if (data->blocks.count == 0)
    return lac_fail(LAC_EUSER, "--dataset: none of the blocks of %s that have more than %zu bytes, the context, is for training; lower "
                    "context or block, or raise holdout", name, data->windows.length);
  if (data->n > data->blocks.count)
    return lac_fail(LAC_EUSER, "clients=%u is more than the %zu training blocks of %s; lower --clients or block", data->n,
                    data->blocks.count, name);
  if (lac_split_scale(data->split.params, 0, data->n) != 1 || lac_split_scale(data->split.params, data->n - 1, data->n) != 1)
    return lac_fail(LAC_EUSER, "--split: scale is a factor on features, and a text has none; leave it out");
  return LAC_OK;
}

static int split_blocks(lac_data *data, const lac_seeds *seeds)
{
  size_t m = data->blocks.count;
  lac_rows rows = { .m = m, .y = lac_alloc(m * sizeof *rows.y), .ptr = lac_alloc((m + 1) * sizeof *rows.ptr) };
  for (size_t b = 0; rows.y && b < m; b++)
    rows.y[b] = data->blocks.piece[b].source;
  const lac_split_input in = { &rows, data->n, seeds, data->name, data->corpus->sources };
  int status = rows.y && rows.ptr ? lac_split_assign(data->split_kind, data->split.params, &in, &data->who) : LAC_ENOMEM;
  free(rows.y);
  free(rows.ptr);
  return status;
}

static int count_windows(lac_data *data)
{
  if (!(data->windows_of = lac_alloc(((size_t)data->n + 1) * sizeof *data->windows_of)))
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < data->n; i++) {
    data->windows_of[i + 1] = data->windows_of[i];
    for (size_t k = data->who.first[i]; k < data->who.first[i + 1]; k++)
      data->windows_of[i + 1] += windows_in(data, data->who.order ? data->who.order[k] : k);
  }
  return LAC_OK;
}

static int open_text(lac_data *data, lac_data *before, const lac_room *room, const char *dataset, const char *split, const char *search,
                     const lac_seeds *seeds)
{
  if (data->n == 0)
    return lac_fail(LAC_EUSER, "clients=0: --clients must be at least 1");
  data->about.name = data->name = lac_strdup(dataset);
  if (!data->name)
    return LAC_ENOMEM;
  LAC_TRY(open_split(data, split ? split : "contiguous"));
  LAC_TRY(before && before->corpus && before->corpus->bytes && !before->held_out ? take_over_text(data, before) :
          read_text(data, room, dataset, search));
  LAC_TRY(lac_corpus_cut(data->corpus, &data->windows, 0, &data->blocks));
  LAC_TRY(check_text(data));
  LAC_TRY(describe_text(data));
  LAC_TRY(split_blocks(data, seeds));
  return count_windows(data);
}

int lac_data_open_text(lac_data **data, lac_data *before, const lac_room *room, const lac_windows *w, const char *dataset,
                       const char *split, const char *search, const lac_seeds *seeds, uint32_t n)
{
  lac_data *d = *data = lac_alloc(sizeof *d);
  if (!d)
    return LAC_ENOMEM;
  d->n = n;
  d->windows = *w;
  int code = open_text(d, before, room, dataset, split, search, seeds);
  if (code != LAC_OK) {
    lac_data_close(d);
    *data = NULL;
  }
  return code;
}

/* Windows are dealt, not blocks. */
static int deal_held_out(lac_data *data, const lac_data *train)
{
  data->about.name = data->name = lac_strdup(train->name);
  data->dataset_text = lac_strdup(train->dataset_text);
  data->windows_of = lac_alloc(((size_t)data->n + 1) * sizeof *data->windows_of);
  if (!data->name || !data->dataset_text || !data->windows_of)
    return LAC_ENOMEM;
  LAC_TRY(open_split(data, "contiguous"));
  LAC_TRY(lac_corpus_cut(data->corpus, &data->windows, 1, &data->blocks));
  LAC_TRY(describe_text(data));
  lac_cut_evenly(data->windows_of, data->about.rows, data->n);
  return LAC_OK;
}

int lac_data_open_held_out(lac_data **data, const lac_data *train)
{
  lac_data *d = *data = lac_alloc(sizeof *d);
  if (!d)
    return LAC_ENOMEM;
  d->n = train->n;
  d->windows = train->windows;
  d->corpus = train->corpus;
  d->held_out = 1;
  int code = deal_held_out(d, train);
  if (code != LAC_OK || d->about.rows == 0) {
    lac_data_close(d);
    *data = NULL;
  }
  return code;
}

int lac_data_text(const lac_data *data, uint32_t client, lac_text **text)
{
  const lac_assignment *who = &data->who;
  *text = NULL;
  if (client >= data->n || !data->corpus || !data->corpus->bytes)
    return lac_fail(LAC_EBUG, "client %u of %u asks for its text, which is not there", client, data->n);
  size_t rows = data->windows_of[client + 1] - data->windows_of[client], first = data->held_out ? 0 : who->first[client];
  size_t count = data->held_out ? data->blocks.count : who->first[client + 1] - first;
  lac_pieces own = { count, data->blocks.piece + (who->order ? 0 : first) };
  return lac_corpus_text(data->corpus, &own, who->order ? who->order + first : NULL, count, data->windows.length, stride_of(data),
                         data->held_out ? data->windows_of[client] : 0, rows, text);
}

/* A block is with one client, but for held-out blocks at the ends of what a client has. */
static void measure_text(const lac_data *data, uint32_t first, uint32_t last, lac_data_size *size)
{
  double window = (double)stride_of(data), block = (double)data->windows.block;
  size->reading = data->reading;
  size->rows = data->held_out ? 0 : (double)data->corpus->size;
  size->own = 8 * (double)data->n + (double)(sizeof *data->blocks.piece + 8) * (double)data->blocks.count;
  for (uint32_t i = first; i < last; i++) {
    double rows = (double)(data->windows_of[i + 1] - data->windows_of[i]), blocks = rows * window / block + 2;
    double bytes = rows * window + blocks * ((double)data->windows.length + window + 16) + (data->held_out ? 2 * block : 0);
    size->shards += bytes;
    size->largest = bytes > size->largest ? bytes : size->largest;
  }
}

/* Windows of the client by their sources. */
static void count_sources(const lac_data *data, uint32_t client, uint64_t *count)
{
  for (size_t k = data->who.first[client]; k < data->who.first[client + 1]; k++) {
    size_t b = data->who.order ? data->who.order[k] : k;
    count[data->blocks.piece[b].source] += windows_in(data, b);
  }
}

int lac_data_sources(const lac_data *data, uint32_t client, uint32_t *source)
{
  if (client >= data->n || !data->corpus)
    return lac_fail(LAC_EBUG, "client %u of %u asks for the sources of its windows, which are not there", client, data->n);
  size_t begin = data->windows_of[client], end = data->windows_of[client + 1], seen = data->held_out ? 0 : begin;
  for (size_t k = data->held_out ? 0 : data->who.first[client]; seen < end; k++) {
    size_t b = data->who.order ? data->who.order[k] : k;
    for (size_t left = windows_in(data, b); left && seen < end; left--, seen++)
      if (seen >= begin)
        source[seen - begin] = data->blocks.piece[b].source;
  }
  return LAC_OK;
}

/* ---- the contract ---- */

static int open_source(lac_data *data, lac_data *before, const lac_room *room, const char *dataset, const char *split,
                       const char *search, const lac_seeds *seeds)
{
  if (data->n == 0)
    return lac_fail(LAC_EUSER, "clients=0: --clients must be at least 1");
  data->about.name = data->name = lac_strdup(dataset);
  if (!data->name)
    return LAC_ENOMEM;
  LAC_TRY(open_split(data, split ? split : "contiguous"));
  data->generator = generator_of(dataset);
  return data->generator ? open_generator(data, room, dataset, seeds) : load_file(data, before, room, dataset, search, seeds);
}

int lac_data_open(lac_data **data, const char *dataset, const char *split, const char *search, const lac_seeds *seeds,
                  uint32_t n)
{
  return lac_data_open_after(data, NULL, NULL, dataset, split, search, seeds, n);
}

int lac_data_open_after(lac_data **data, lac_data *before, const lac_room *room, const char *dataset, const char *split,
                        const char *search, const lac_seeds *seeds, uint32_t n)
{
  lac_data *d = calloc(1, sizeof *d);
  *data = NULL;
  if (!d)
    return lac_fail(LAC_ENOMEM, "out of memory for the data");
  d->n = n;
  int code = open_source(d, before, room, dataset, split, search, seeds);
  if (code == LAC_OK)
    *data = d;
  else
    lac_data_close(d);
  return code;
}

const lac_data_info *lac_data_about(const lac_data *data) { return &data->about; }
const char *lac_data_dataset_text(const lac_data *data) { return data->dataset_text; }
const char *lac_data_split_text(const lac_data *data) { return data->split.text; }
const lac_spec *lac_data_generator(const lac_data *data) { return data->generator_spec.name ? &data->generator_spec : NULL; }

int lac_data_sparse(const lac_data *data) { return data->generator ? data->generator->sparse(data->generated) : data->sparse; }

size_t lac_data_shard_rows(const lac_data *data, uint32_t client)
{
  if (data->generator)
    return data->generator->rows(data->generated, client);
  if (data->corpus)
    return data->windows_of[client + 1] - data->windows_of[client];
  return data->who.first[client + 1] - data->who.first[client];
}

static size_t source_row(const lac_assignment *who, size_t k) { return who->order ? who->order[k] : k; }

static size_t shard_nnz(const lac_data *data, uint32_t client)
{
  size_t nnz = 0;
  for (size_t k = data->who.first[client]; k < data->who.first[client + 1]; k++) {
    size_t r = source_row(&data->who, k);
    nnz += data->all->ptr[r + 1] - data->all->ptr[r];
  }
  return nnz;
}

static int holds_ones(const lac_rows *rows)
{
  size_t k = 0;
  while (k < rows->ptr[rows->m] && rows->val[k] == 1)
    k++;
  return k == rows->ptr[rows->m];
}

/* Splitting takes 36 bytes a row for an order by label, and 36 more for the lines of a file that says whose they are. */
static void measure_file(const lac_data *data, uint32_t first, uint32_t last, lac_data_size *size)
{
  double m = (double)data->about.rows, rows = data->all ? 16 * m + 12 * (double)lac_rows_nnz(data->all) : 0;
  size->reading = data->reading > 0 ? fmax(data->reading, rows + 72 * m) : 0;
  size->rows = (data->reading > 0 ? rows : 0) + (data->who.order ? 8 * m : 0);      /* what was taken over was there before */
  size->own = 8 * (double)data->n + (data->normaliser.shift ? 16 * (double)data->about.d : 0);
  int ones = data->sparse && data->normaliser.kind == LAC_NORMALISE_NONE && data->all && holds_ones(data->all);
  for (uint32_t i = first; data->all && i < last; i++) {
    double m_i = (double)lac_data_shard_rows(data, i), nnz = (double)shard_nnz(data, i);
    double bytes = lac_rows_forecast(m_i, data->about.d, nnz, data->sparse);
    size->shards += bytes;
    size->ones += ones ? 8 * nnz : 0;
    size->largest = bytes > size->largest ? bytes : size->largest;
  }
}

int lac_data_measure(const lac_data *data, uint32_t first, uint32_t last, lac_data_size *size)
{
  *size = (lac_data_size){0};
  if (data->corpus) {
    measure_text(data, first, last, size);
    return LAC_OK;
  }
  int status = data->generator ? data->generator->measure(data->generated, first, last, size) : LAC_OK;
  if (!data->generator)
    measure_file(data, first, last, size);
  if (lac_split_scale(data->split.params, 0, data->n) != 1 || lac_split_scale(data->split.params, data->n - 1, data->n) != 1)
    size->ones = 0;
  return status;
}

static void copy_row(const lac_rows *from, size_t r, lac_rows *to, size_t i)
{
  size_t begin = from->ptr[r], count = from->ptr[r + 1] - begin;
  to->y[i] = from->y[r];
  if (to->ptr) {
    memcpy(to->col + to->ptr[i], from->col + begin, count * sizeof *to->col);
    memcpy(to->val + to->ptr[i], from->val + begin, count * sizeof *to->val);
    to->ptr[i + 1] = to->ptr[i] + count;
  } else
    for (size_t k = begin; k < begin + count; k++)
      to->dense[i * to->ld + from->col[k]] = from->val[k];
}

static int file_shard(const lac_data *data, uint32_t client, lac_rows **rows)
{
  const lac_rows *all = data->all;
  const lac_assignment *who = &data->who;
  size_t first = who->first[client], m = who->first[client + 1] - first;
  *rows = lac_rows_new(m, all->d, shard_nnz(data, client), data->sparse);
  if (!*rows)
    return LAC_ENOMEM;
  for (size_t i = 0; i < m; i++)
    copy_row(all, source_row(who, first + i), *rows, i);
  lac_normaliser_apply(&data->normaliser, *rows);
  return LAC_OK;
}

static void scale_features(lac_rows *rows, double factor)
{
  double *value = rows->dense ? rows->dense : rows->val;
  size_t count = rows->dense ? rows->m * rows->ld : rows->ptr[rows->m];
  for (size_t k = 0; factor != 1 && k < count; k++)
    value[k] *= factor;
}

int lac_data_shard(const lac_data *data, uint32_t client, lac_rows **rows)
{
  *rows = NULL;
  if (client >= data->n)
    return lac_fail(LAC_EBUG, "client %u of %u asks for its rows", client, data->n);
  if (!data->generator && !data->all)
    return lac_fail(LAC_EBUG, "client %u asks for its rows after they were released", client);
  LAC_TRY(data->generator ? data->generator->shard(data->generated, client, rows) : file_shard(data, client, rows));
  scale_features(*rows, lac_split_scale(data->split.params, client, data->n));
  return LAC_OK;
}

static void count_label(const lac_data_info *about, double y, uint64_t *count)
{
  const double *at = bsearch(&y, about->distinct, about->classes, sizeof y, by_value);
  if (at)
    count[at - about->distinct]++;
}

int lac_data_count_labels(const lac_data *data, uint32_t client, uint64_t *count)
{
  const lac_data_info *about = &data->about;
  lac_rows *own = NULL;
  if (client >= data->n || !about->distinct || (!data->generator && !data->all && !data->who.first))
    return lac_fail(LAC_EBUG, "client %u of %u asks for its classes, which are not there", client, data->n);
  memset(count, 0, about->classes * sizeof *count);
  if (data->corpus) {
    count_sources(data, client, count);
    return LAC_OK;
  }
  if (data->generator)
    LAC_TRY(data->generator->shard(data->generated, client, &own));
  for (size_t r = 0; own && r < own->m; r++)
    count_label(about, own->y[r], count);
  for (size_t k = own ? 0 : data->who.first[client]; !own && k < data->who.first[client + 1]; k++)
    count_label(about, data->all->y[source_row(&data->who, k)], count);
  lac_rows_free(own);
  return LAC_OK;
}

void lac_data_release(lac_data *data)
{
  if (data->corpus) {      /* the order of the blocks is small, and rows are counted after a release */
    if (!data->held_out)
      lac_corpus_release(data->corpus);
    return;
  }
  lac_rows_free(data->all);
  free(data->who.order);
  data->all = NULL;
  data->who.order = NULL;
}

void lac_data_close(lac_data *data)
{
  if (!data)
    return;
  lac_data_release(data);
  if (data->corpus && !data->held_out) {
    lac_corpus_free(data->corpus);
    free(data->corpus);
  }
  free(data->blocks.piece);
  free(data->windows_of);
  free(data->who.order);
  if (data->generator)
    data->generator->close(data->generated);
  if (data->generator_spec.name)
    lac_spec_free(&data->generator_spec);
  if (data->split.name)
    lac_spec_free(&data->split);
  lac_normaliser_free(&data->normaliser);
  free(data->who.first);
  free(data->distinct);
  free(data->name);
  free(data->dataset_text);
  free(data);
}
