/* seal.h: a checksum behind the last byte of a file.  HDF5 reads no further than its own end, so a sealed file is a plain HDF5 file; but
   its library can crash on damaged ones, so damage has to be found before it looks.

   A seal tells damage, and changes by other programs.  It is no signature: whoever means to can compute one.  So what is read behind a
   good seal is checked as well, type, extent and size (store.h); but the structure of the file is in the hands of the HDF5 library, which
   is not proof against every sequence of bytes that somebody composes and seals. */
#ifndef LAC_SEAL_H
#define LAC_SEAL_H

#include "base.h"

enum { LAC_SEAL_BYTES = 16 };

/* The seal of so many bytes. */
void lac_seal_make(const void *bytes, size_t size, uint8_t seal[static LAC_SEAL_BYTES]);
/* Do the last bytes seal those before?  EFORMAT; `path` is for messages. */
int lac_seal_check_bytes(const void *bytes, size_t size, const char *path);
/* *size: of the file.  EUSER: not there, or no regular file.  EFORMAT: it has no seal, or its bytes are not those of the seal. */
int lac_seal_check(const char *path, uint64_t *size);

#endif
