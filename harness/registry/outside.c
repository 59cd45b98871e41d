#include "registry/outside.h"

#include "file.h"
#include "plugin.h"
#include "sha256.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The one table that is filled at run time: the shared objects stay for the life of the process, as the tables of the tree do. */
static struct { lac_outside *entry; size_t count, cap; } outside;

const lac_outside *lac_outside_entry(size_t i) { return i < outside.count ? &outside.entry[i] : NULL; }

/* ---- one object ---- */

static int kind_of(const char *word, lac_plugin_kind *kind)
{
  static const char *const words[] = { [LAC_ALGORITHMS] = "algorithm", [LAC_COMPRESSORS] = "compressor", [LAC_PROBLEMS] = "problem" };
  for (size_t k = 0; k < LAC_COUNT(words); k++)
    if (strcmp(words[k], word) == 0) {
      *kind = (lac_plugin_kind)k;
      return 1;
    }
  return 0;
}

static int is_within(uint64_t offset, uint64_t length, size_t size) { return offset <= size && length <= size - offset; }

/* Does every part that the loader will map lie within the file?  It maps what is not there, too, and dies of it. */
static int is_whole_object(const char *bytes, size_t size)
{
  ElfW(Ehdr) head;
  ElfW(Phdr) part;
  if (size < sizeof head || memcmp(bytes, ELFMAG, SELFMAG))
    return 0;
  memcpy(&head, bytes, sizeof head);
  if (head.e_type != ET_DYN || head.e_phentsize != sizeof part || !is_within(head.e_phoff, head.e_phnum * sizeof part, size) ||
      !is_within(head.e_shoff, (uint64_t)head.e_shnum * head.e_shentsize, size))
    return 0;
  for (size_t k = 0; k < head.e_phnum; k++) {
    memcpy(&part, bytes + head.e_phoff + k * sizeof part, sizeof part);
    if (!is_within(part.p_offset, part.p_filesz, size))
      return 0;
  }
  return 1;
}

/* Before the loader sees it: its sentences name neither the option nor the remedy. */
static int read_object(const char *path, lac_outside *o)
{
  char *bytes;
  size_t size;
  LAC_TRY(lac_read_file(path, &bytes, &size));
  int is_object = is_whole_object(bytes, size);
  if (is_object)
    lac_sha256(bytes, size, o->sha256);
  free(bytes);
  return is_object ? LAC_OK : lac_fail(LAC_EUSER, "%s is no shared object, or not a whole one; compile the plug-in with cc -shared -fPIC",
                                       path);
}

static int is_taken(lac_plugin_kind kind, const char *name)
{
  lac_entry e;
  for (size_t i = 0; lac_registry_entry(kind, i, &e); i++)
    if (strcmp(e.name, name) == 0)
      return 1;
  return 0;
}

/* What all three kinds of types begin with. */
typedef struct { const char *name; } any_type;

static int check_plugin(const char *path, const lac_plugin *p, lac_outside *o)
{
  if (!p)
    return lac_fail(LAC_EUSER, "%s is no plug-in of laconic: its file does not end with LAC_PLUGIN(KIND, NAME)", path);
  if (!p->abi || strcmp(p->abi, LAC_ABI))
    return lac_fail(LAC_EUSER, "%s is for laconic %.60s and this is %s; compile it anew with the headers of this one", path,
                    p->abi ? p->abi : "(none)", LAC_ABI);
  if (!kind_of(p->kind, &o->kind))
    return lac_fail(LAC_EUSER, "%s is a plug-in of the kind '%.40s'; there are algorithm, compressor and problem", path, p->kind);
  if (strcmp(((const any_type *)p->type)->name, p->name) || lac_spec_name(p->name) != strlen(p->name))
    return lac_fail(LAC_EUSER, "%s: LAC_PLUGIN says '%.40s' and the plug-in '%.40s'; a name is [a-z][a-z0-9_]*, the same in both", path,
                    p->name, ((const any_type *)p->type)->name);
  if (is_taken(o->kind, p->name))
    return lac_fail(LAC_EUSER, "%s: there is a %s '%s' already; give the plug-in another name", path, p->kind, p->name);
  o->name = p->name;
  o->type = p->type;
  return LAC_OK;
}

static int load_object(const char *path)
{
  lac_outside o = { .path = NULL };
  LAC_TRY(read_object(path, &o));
  LAC_TRY(lac_grow(&outside.entry, &outside.cap, outside.count + 1, sizeof o));
  char *where = strchr(path, '/') ? lac_strdup(path) : lac_asprintf("./%s", path);
  void *object = where ? dlopen(where, RTLD_NOW | RTLD_LOCAL) : NULL;
  int status = !where ? LAC_ENOMEM : object ? check_plugin(path, dlsym(object, "lac_plugin_here"), &o)
                                            : lac_fail(LAC_EUSER, "%s cannot be loaded: %s", path, dlerror());
  if (status != LAC_OK) {
    free(where);
    return status;
  }
  o.path = where;
  outside.entry[outside.count++] = o;
  return LAC_OK;
}

/* ---- files and folders ---- */

static int is_object_name(const struct dirent *e)
{
  size_t n = strlen(e->d_name);
  return n > 3 && e->d_name[0] != '.' && strcmp(e->d_name + n - 3, ".so") == 0;
}

static int load_folder(const char *path)
{
  struct dirent **entry;
  int count = scandir(path, &entry, is_object_name, alphasort), status = LAC_OK;
  if (count < 0)
    return lac_fail(LAC_EUSER, "cannot read the folder %s: %s", path, strerror(errno));
  for (int i = 0; i < count; i++) {
    char *file = status == LAC_OK ? lac_asprintf("%s/%s", path, entry[i]->d_name) : NULL;
    if (status == LAC_OK)
      status = file ? load_object(file) : LAC_ENOMEM;
    free(file);
    free(entry[i]);
  }
  free(entry);
  return status;
}

static int load_place(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode) ? load_folder(path) : load_object(path);
}

int lac_outside_load(const char *places)
{
  char *all = lac_strdup(places), *rest = all, *place;
  int status = all ? LAC_OK : LAC_ENOMEM;
  while (status == LAC_OK && (place = strsep(&rest, ":")))
    if (*place)
      status = load_place(place);
  free(all);
  return status;
}
