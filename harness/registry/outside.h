/* outside.h: plug-ins in shared objects (plugin.h), which the registry then knows like those of the tree. */
#ifndef LAC_OUTSIDE_H
#define LAC_OUTSIDE_H

#include "registry/registry.h"

typedef struct {
  lac_plugin_kind kind;
  const char *name;
  const void *type;
  char *path;
  char sha256[65];       /* of the object's bytes */
} lac_outside;

/* Load the objects that `places` names, with colons between them: files, and folders with all .so files in them by name.  Once, at the
   start, before anything asks the registry.  EUSER: a file that is no plug-in, one for another ABI, a name that is there already. */
int lac_outside_load(const char *places);
/* The i-th of all; NULL: there are not so many. */
const lac_outside *lac_outside_entry(size_t i);

#endif
