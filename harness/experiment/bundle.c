#include "experiment/bundle.h"

#include "file.h"
#include "sha256.h"
#include "store/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char format_line[] = "laconic-bundle\t1";

static int ends_with(const char *text, const char *end)
{
  size_t n = strlen(text), m = strlen(end);
  return n > m && strcmp(text + n - m, end) == 0;
}

int lac_bundle_is(const char *path) { return ends_with(path, ".tar.gz"); }

/* ---- packing ---- */

/* A file of the disk; one that is not there is left out unless it has to be. */
static int add_file(lac_archive *b, const char *name, const char *path, int has_to_be)
{
  char *bytes;
  size_t size;
  if (!has_to_be && access(path, F_OK))
    return LAC_OK;
  LAC_TRY(lac_read_file(path, &bytes, &size));
  int status = lac_archive_add(b, name, bytes, size);
  free(bytes);
  return status;
}

static int add_experiment(lac_archive *b, const lac_experiment *e)
{
  const char *slash = strrchr(e->path, '/');
  char *name = lac_asprintf("%s.ini", e->name), *claims = lac_asprintf("%s.claims", e->name);
  char *path = lac_asprintf("%.*s%s.claims", slash ? (int)(slash - e->path + 1) : 0, e->path, e->name);
  int status = name && claims && path ? add_file(b, name, e->path, 1) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = add_file(b, claims, path, 0);
  free(name);
  free(claims);
  free(path);
  return status;
}

static int add_results(lac_archive *b, const lac_collection *c)
{
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    char *name = m->present ? lac_asprintf("results/%s", m->file) : NULL;
    if (!m->present)
      continue;
    int status = !name ? LAC_ENOMEM : lac_archive_find(b, name) ? LAC_OK : add_file(b, name, m->result.path, 1);
    free(name);
    LAC_TRY(status);
  }
  return LAC_OK;
}

static int add_figures(lac_archive *b, const lac_experiment *e, const char *folder)
{
  static const char *const endings[] = { "pdf", "svg", "png", "gp", "dat", "best", "verdicts", "verdicts.md" };
  for (size_t i = 0; i < LAC_COUNT(endings); i++) {
    char *name = lac_asprintf("figures/%s.%s", e->name, endings[i]), *path = lac_asprintf("%s/%s.%s", folder, e->name, endings[i]);
    int status = name && path ? add_file(b, name, path, 0) : LAC_ENOMEM;
    free(name);
    free(path);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* No word has a tab or ends a line. */
static void put_word(FILE *to, const char *word)
{
  for (; *word; word++)
    fputc((unsigned char)*word < ' ' || *word == 127 ? '?' : *word, to);
}

static void put_line(FILE *to, const char *kind, const char *a, const char *b)
{
  fprintf(to, "%s\t", kind);
  put_word(to, a);
  fputc('\t', to);
  put_word(to, b);
  fputc('\n', to);
}

/* Once each.  Rows that a problem holds out have no name of their own: they are of the data set. */
static void put_data(FILE *to, const lac_collection *c, const char *key, const char *hash)
{
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    const char *sha256 = m->present ? lac_result_attribute(&m->result, hash) : NULL;
    const lac_member *before = c->member;
    while (sha256 && before < m && !(before->present && lac_member_is(before, hash, sha256, strlen(sha256))))
      before++;
    if (sha256 && before == m && lac_member_key(m, key))
      put_line(to, "data", lac_member_key(m, key), sha256);
  }
}

static void put_settings(FILE *to, const char *const *settings)
{
  for (; settings && *settings; settings++)
    for (const lac_option *o = lac_what_options; o->name; o++) {
      size_t n = strlen(o->name);
      if (strncmp(*settings, o->name, n) == 0 && (*settings)[n] == '=') {
        fprintf(to, "setting\t");
        put_word(to, *settings);
        fputc('\n', to);
      }
    }
}

static void put_manifest(FILE *to, const lac_collection *c, const char *const *settings)
{
  char hdf5[32];
  lac_store_version(hdf5);
  fprintf(to, "%s\nexperiment\t%s.ini\n", format_line, c->experiment.name);
  put_line(to, "version", "laconic", PACKAGE_VERSION);
  put_line(to, "version", "hdf5", hdf5);
  put_settings(to, settings);
  for (size_t i = 0; i < c->count; i++) {
    const lac_member *m = &c->member[i];
    fprintf(to, "run\t%zu\t%s\t%s%s\n", i, m->present ? lac_member_key(m, "config_digest") : "-", m->present ? "results/" : "-",
            m->present ? m->file : "");
  }
  put_data(to, c, "dataset", "dataset_sha256");
  put_data(to, c, "test-dataset", "test_dataset_sha256");
}

static void put_readme(FILE *to, const lac_collection *c)
{
  fprintf(to, "An experiment of laconic %s, to be checked without its data and without computing it again.\n\n"
          "    laconic claims THIS.tar.gz       every file against its sum, then every claim against the results\n"
          "    laconic plot THIS.tar.gz         the figure, drawn again\n"
          "    laconic table THIS.tar.gz        a row a run\n\n"
          "Without laconic, tar -xzf THIS.tar.gz unpacks it and sha256sum -c SHA256SUMS checks its files.  Results are HDF5\n"
          "files.  With the data sets that MANIFEST names, laconic run %s.ini computes them again; the digest of a\n"
          "result tells whether it is the same.\n", PACKAGE_VERSION, c->experiment.name);
}

static void put_sums(FILE *to, const lac_archive *b)
{
  char sum[LAC_SHA256_TEXT];
  for (size_t i = 0; i < b->count; i++) {
    lac_sha256(b->file[i].bytes, b->file[i].size, sum);
    fprintf(to, "%s  %s\n", sum, b->file[i].name);
  }
}

/* A text that is written in memory; to add it ends it. */
typedef struct { FILE *to; char *text; size_t size; } text;

static int open_text(text *t)
{
  t->to = open_memstream(&t->text, &t->size);
  return t->to ? LAC_OK : lac_fail(LAC_ENOMEM, "no memory for a text");
}

static int add_text(lac_archive *b, const char *name, text *t)
{
  int status = fclose(t->to) ? lac_fail(LAC_ENOMEM, "no memory for a text") : lac_archive_add(b, name, t->text, t->size);
  free(t->text);
  return status;
}

int lac_bundle_make(lac_archive *b, const lac_collection *c, const char *const *settings, const char *figures)
{
  text t;
  *b = (lac_archive){ 0 };
  LAC_TRY(add_experiment(b, &c->experiment));
  LAC_TRY(add_results(b, c));
  LAC_TRY(add_figures(b, &c->experiment, figures));
  LAC_TRY(open_text(&t));
  put_manifest(t.to, c, settings);
  LAC_TRY(add_text(b, "MANIFEST", &t));
  LAC_TRY(open_text(&t));
  put_readme(t.to, c);
  LAC_TRY(add_text(b, "README", &t));
  lac_archive_sort(b);
  LAC_TRY(open_text(&t));
  put_sums(t.to, b);
  return add_text(b, "SHA256SUMS", &t);
}

/* ---- checking ---- */

/* The next line of a text that is changed on the way; NULL: there is none. */
static char *next_line(char **rest)
{
  char *line = *rest, *end = line ? strchr(line, '\n') : NULL;
  if (!end)
    return NULL;
  *end = 0;
  *rest = end + 1;
  return line;
}

/* Line by line: "SUM  NAME", every file but this one, each once and by name. */
static int check_sums(const lac_archive *b, const char *path, char *sums)
{
  size_t seen = 0;
  const char *before = "";
  for (char *line; (line = next_line(&sums)); seen++) {
    char sum[LAC_SHA256_TEXT];
    const lac_archive_file *f = strlen(line) > LAC_SHA256_TEXT + 1 ? lac_archive_find(b, line + LAC_SHA256_TEXT + 1) : NULL;
    if (!f || strncmp(line + LAC_SHA256_TEXT - 1, "  ", 2) || strcmp(before, f->name) >= 0)
      return lac_fail(LAC_EFORMAT, "%s: line %zu of SHA256SUMS names no file of the bundle, or one out of order", path, seen + 1);
    before = f->name;
    lac_sha256(f->bytes, f->size, sum);
    if (strncmp(line, sum, LAC_SHA256_TEXT - 1))
      return lac_fail(LAC_EFORMAT, "%s: '%s' is not the file that was packed: its SHA-256 differs", path, f->name);
  }
  return *sums ? lac_fail(LAC_EFORMAT, "%s: SHA256SUMS does not end with a line", path) :
         seen + 1 == b->count ? LAC_OK :
         lac_fail(LAC_EFORMAT, "%s has %zu files, and SHA256SUMS names %zu", path, b->count, seen);
}

/* What MANIFEST says; all texts are its own. */
typedef struct {
  const char *experiment;
  const char **setting;        /* ends with NULL */
  size_t settings, setting_cap;
  struct { const char *digest, *file; } *run;
  size_t runs, run_cap;
} manifest;

static void free_manifest(manifest *m)
{
  free(m->setting);
  free(m->run);
}

static int add_setting(manifest *m, const char *setting)
{
  LAC_TRY(lac_grow(&m->setting, &m->setting_cap, m->settings + 2, sizeof *m->setting));
  m->setting[m->settings++] = setting;
  m->setting[m->settings] = NULL;
  return LAC_OK;
}

static int add_run(manifest *m, const char *number, const char *digest, const char *file)
{
  char want[24];
  snprintf(want, sizeof want, "%zu", m->runs);
  if (!digest || !file || strcmp(number, want))
    return LAC_EFORMAT;
  LAC_TRY(lac_grow(&m->run, &m->run_cap, m->runs + 1, sizeof *m->run));
  m->run[m->runs].digest = digest;
  m->run[m->runs++].file = file;
  return LAC_OK;
}

static int read_line(manifest *m, char *line)
{
  const char *kind = strsep(&line, "\t"), *a = strsep(&line, "\t"), *b = strsep(&line, "\t"), *c = strsep(&line, "\t");
  if (!a)
    return LAC_EFORMAT;
  if (strcmp(kind, "run") == 0)
    return add_run(m, a, b, c);
  if (strcmp(kind, "setting") == 0)
    return add_setting(m, a);
  if (strcmp(kind, "experiment") == 0)
    m->experiment = a;
  return LAC_OK;      /* versions and data are for people */
}

static int read_manifest(const char *path, char *rest, manifest *m)
{
  char *line = next_line(&rest);
  if (!line || strcmp(line, format_line))
    return lac_fail(LAC_EFORMAT, "%s: MANIFEST is not of a bundle that this version reads", path);
  for (size_t number = 2; (line = next_line(&rest)); number++) {
    int status = read_line(m, line);
    if (status == LAC_ENOMEM)
      return status;
    if (status != LAC_OK)
      return lac_fail(LAC_EFORMAT, "%s: line %zu of MANIFEST is damaged", path, number);
  }
  return m->experiment && ends_with(m->experiment, ".ini") ? LAC_OK :
         lac_fail(LAC_EFORMAT, "%s: MANIFEST names no experiment file", path);
}

/* A file that has to be there, as a text without zeros. */
static int find_text(const lac_archive *b, const char *path, const char *name, const lac_archive_file **f)
{
  *f = lac_archive_find(b, name);
  return *f && strlen((const char *)(*f)->bytes) == (*f)->size ? LAC_OK :
         lac_fail(LAC_EFORMAT, "%s is no bundle, or not a whole one: %s is not in it, or no text", path, name);
}

static int open_member(const lac_archive *b, const char *path, const manifest *m, size_t i, lac_collection *c)
{
  lac_member *member = &c->member[i];
  const char *name = m->run[i].file, *slash = strrchr(name, '/');
  const lac_archive_file *f = lac_archive_find(b, name);
  if (strcmp(name, "-") == 0 && c->experiment.skip_missing)
    return LAC_OK;
  if (!f)
    return lac_fail(LAC_EFORMAT, "%s: the result of [run %s], '%.120s', is not in it", path, member->run->label, name);
  char *shown = lac_asprintf("%s/%s", path, name);
  int status = shown && (member->file = lac_strdup(slash ? slash + 1 : name)) ?
               lac_result_open_bytes(&member->result, shown, f->bytes, f->size, c->parts) : LAC_ENOMEM;
  member->present = status == LAC_OK;
  const char *complete = member->present ? lac_result_attribute(&member->result, "complete") : NULL;
  const char *digest = member->present ? lac_result_attribute(&member->result, "config_digest") : NULL;
  if (member->present && !(complete && strcmp(complete, "1") == 0 && digest && strcmp(digest, m->run[i].digest) == 0))
    status = lac_fail(LAC_EFORMAT, "%s is not complete, or not of the configuration of [run %s]", shown, member->run->label);
  free(shown);
  return status;
}

static int open_experiment(const lac_archive *b, const char *path, const manifest *m, lac_collection *c)
{
  const lac_archive_file *ini, *claims;
  LAC_TRY(find_text(b, path, m->experiment, &ini));
  char *name = lac_asprintf("%s/%s", path, m->experiment);
  int status = name ? lac_experiment_parse(&c->experiment, name, (const char *)ini->bytes, ini->size, m->setting) : LAC_ENOMEM;
  free(name);
  LAC_TRY(status);
  name = lac_asprintf("%s.claims", c->experiment.name);
  char *shown = lac_asprintf("%s/%s", path, name ? name : "");
  claims = name ? lac_archive_find(b, name) : NULL;
  status = !name || !shown ? LAC_ENOMEM :
           claims ? lac_experiment_append_bytes(&c->experiment, shown, (const char *)claims->bytes, claims->size) : LAC_OK;
  free(name);
  free(shown);
  return status;
}

static int open_all(const lac_archive *b, const char *path, manifest *m, lac_collection *c)
{
  const lac_archive_file *sums, *words;
  LAC_TRY(find_text(b, path, "SHA256SUMS", &sums));
  LAC_TRY(find_text(b, path, "MANIFEST", &words));
  LAC_TRY(check_sums(b, path, (char *)sums->bytes));
  LAC_TRY(read_manifest(path, (char *)words->bytes, m));
  LAC_TRY(open_experiment(b, path, m, c));
  if (m->runs != c->experiment.runs)
    return lac_fail(LAC_EFORMAT, "%s: MANIFEST has %zu runs, and %s has %zu", path, m->runs, m->experiment, c->experiment.runs);
  LAC_TRY(lac_collection_begin(c));
  c->parts = LAC_RESULT_MACHINE;
  for (size_t i = 0; i < c->count; i++)
    LAC_TRY(open_member(b, path, m, i, c));
  return lac_collection_end(c);
}

int lac_bundle_collect(const char *path, const char *const *settings, lac_collection *c)
{
  manifest m = { 0 };
  *c = (lac_collection){ 0 };
  if (settings && *settings)
    return lac_fail(LAC_EUSER, "%s has the results of its own settings; leave %.*s out", path, (int)strcspn(*settings, "="), *settings);
  int status = lac_archive_read(&c->archive, path);
  if (status == LAC_OK)
    status = open_all(&c->archive, path, &m, c);
  free_manifest(&m);
  return status;
}
