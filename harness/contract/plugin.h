/* plugin.h: a plug-in in a shared object of its own, outside of the tree of laconic.

   Its file is that of a plug-in in the tree, with one line more at its end:

     const lac_compressor_type lac_compressor_mine = { ... };
     LAC_PLUGIN(compressor, mine);                                         (algorithm, compressor or problem)

   cc -shared -fPIC -ffp-contract=off MINE.c -o MINE.so $(pkg-config --cflags laconic), and --plugin=MINE.so or LACONIC_PLUGINS=FOLDER.
   It calls what the headers of the contract declare; laconic itself provides that. */
#ifndef LAC_PLUGIN_H
#define LAC_PLUGIN_H

#include "abi.h"      /* LAC_ABI: the version, and a checksum of the headers that a plug-in is compiled with */

typedef struct { const char *abi, *kind, *name; const void *type; } lac_plugin;

#define LAC_PLUGIN(kind, name) \
  extern const lac_plugin lac_plugin_here; \
  const lac_plugin lac_plugin_here = { LAC_ABI, #kind, #name, &lac_##kind##_##name }

#endif
