/* seal.h: a checksum behind the last byte of a file.  HDF5 reads no further than its own end, so a sealed result is a plain HDF5 file;
   but its library can crash on damaged ones, so that damage has to be found before it looks. */
#ifndef LAC_SEAL_H
#define LAC_SEAL_H

#include "base.h"

/* Append the seal of all bytes so far.  EIO. */
int lac_seal(const char *path);
/* *sealed: it has a seal.  EFORMAT when it has and its bytes are not those of the seal. */
int lac_seal_check(const char *path, int *sealed);

#endif
