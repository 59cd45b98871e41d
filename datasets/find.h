/* find.h: entries of the manifest. */
#ifndef LAC_DATASETS_FIND_H
#define LAC_DATASETS_FIND_H

#include "data.h"

/* The entry of that manifest name, or NULL. */
const lac_manifest_entry *lac_manifest_entry_of(const char *name);
/* The name of its file without a folder. */
const char *lac_manifest_file(const lac_manifest_entry *e);

#endif
