/* find.c: the manifest, and files in the search path. */
#include "find.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const lac_manifest_entry lac_manifest[] = {
#include "datasets/manifest_list.h"
  {0}
};

/* Far above any data folder; they end a search that was started in the wrong place, such as $HOME. */
enum { MAX_DEPTH = 6, MAX_FOLDERS = 2000 };

/* Where packages put data sets. */
static const char packaged[] = "/usr/share/datasets";

typedef struct {
  const char *file;          /* without a folder and a compression suffix, or as the user wrote it */
  const lac_manifest_entry *entry;      /* NULL: a file of the user's */
  unsigned folders;          /* seen so far */
  struct { dev_t dev; ino_t ino; } seen[MAX_FOLDERS];      /* symbolic links make loops */
} search_state;

const lac_manifest_entry *lac_manifest_entry_of(const char *name)
{
  for (const lac_manifest_entry *e = lac_manifest; e->name; e++)
    if (strcmp(e->name, name) == 0)
      return e;
  return NULL;
}

const char *lac_manifest_file(const lac_manifest_entry *e)
{
  const char *slash = strrchr(e->file, '/');
  return slash ? slash + 1 : e->file;
}

/* Is the folder called as that of the entry's file? */
static int is_folder_of(const lac_manifest_entry *e, const char *folder)
{
  size_t named = (size_t)(lac_manifest_file(e) - e->file), length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/')
    length--;
  return named && length >= named - 1 && strncmp(folder + length - (named - 1), e->file, named - 1) == 0 &&
         (length == named - 1 || folder[length - named] == '/');
}

/* Data sets whose files have the same names are told apart by their folders. */
static int may_hold(const search_state *s, const char *folder)
{
  if (!s->entry || strchr(s->entry->file, '/'))
    return !s->entry || is_folder_of(s->entry, folder);
  for (const lac_manifest_entry *e = lac_manifest; e->name; e++)
    if (e != s->entry && strcmp(lac_manifest_file(e), s->file) == 0 && is_folder_of(e, folder))
      return 0;
  return 1;
}

static char *file_in(const char *folder, const char *file)
{
  static const char *const suffixes[] = {"", ".gz", ".bz2", ".xz"};
  for (size_t i = 0; i < LAC_COUNT(suffixes); i++) {
    struct stat s;
    char *path = lac_asprintf("%s/%s%s", folder, file, suffixes[i]);
    if (path && stat(path, &s) == 0 && S_ISREG(s.st_mode))
      return path;
    free(path);
  }
  return NULL;
}

static int first_visit(search_state *s, const char *folder)
{
  struct stat st;
  if (s->folders == MAX_FOLDERS || stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
    return 0;
  for (unsigned i = 0; i < s->folders; i++)
    if (s->seen[i].dev == st.st_dev && s->seen[i].ino == st.st_ino)
      return 0;
  s->seen[s->folders].dev = st.st_dev;
  s->seen[s->folders++].ino = st.st_ino;
  return 1;
}

static int may_be_folder(const struct dirent *e)
{
  return e->d_name[0] != '.' && (e->d_type == DT_DIR || e->d_type == DT_LNK || e->d_type == DT_UNKNOWN);
}

/* A folder's own files come before those of its sub-folders, which come by name: the same answer on every machine. */
static char *find_under(search_state *s, const char *folder, unsigned depth)
{
  struct dirent **entries = NULL;
  if (!first_visit(s, folder))
    return NULL;
  char *found = may_hold(s, folder) ? file_in(folder, s->file) : NULL;
  int count = found || depth == MAX_DEPTH ? 0 : scandir(folder, &entries, may_be_folder, alphasort);
  for (int i = 0; i < count; i++) {
    char *sub = found ? NULL : lac_asprintf("%s/%s", folder, entries[i]->d_name);
    if (sub)
      found = find_under(s, sub, depth + 1);
    free(sub);
    free(entries[i]);
  }
  free(entries);
  return found;
}

char *lac_data_find(const char *name, const char *search)
{
  const lac_manifest_entry *entry = lac_manifest_entry_of(name);
  search = search ? search : getenv("LACONIC_DATA");
  if (!*name || strchr(name, '/'))
    return NULL;
  char *folders = lac_asprintf("%s:%s", search ? search : "", entry && *entry->package ? packaged : ""), *rest = folders, *folder;
  char *found = NULL;
  search_state *s = malloc(sizeof *s);
  while (s && !found && (folder = strsep(&rest, ":"))) {
    s->entry = entry;
    s->file = entry ? lac_manifest_file(entry) : name;
    s->folders = 0;
    if (*folder)
      found = find_under(s, folder, 0);
  }
  free(s);
  free(folders);
  return found;
}
