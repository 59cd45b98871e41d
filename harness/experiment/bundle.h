/* bundle.h: an experiment as one file that can be checked elsewhere: archive.h.

     MANIFEST           lines of words with a tab between: what follows
     SHA256SUMS         of every other file, by name, as sha256sum -c reads it
     README             how to check it
     NAME.ini           the experiment file; NAME.claims, if there is one
     results/NAME.h5    every result that its runs have
     figures/NAME.pdf   and its like: figures and verdicts, if there are some

   MANIFEST:  laconic-bundle 1            the format
              experiment NAME.ini
              version PACKAGE WHICH       of laconic and HDF5 here
              setting KEY=VALUE           of the command line that packed it
              run NUMBER DIGEST FILE      in the order of the file, from 0; DIGEST: of the configuration; FILE "-": missing = skip
              data NAME SHA256            of the data sets of the runs

   Nothing of it is unpacked to the disk. */
#ifndef LAC_BUNDLE_H
#define LAC_BUNDLE_H

#include "experiment/collect.h"
#include "store/archive.h"

/* Is it called NAME.tar.gz? */
int lac_bundle_is(const char *path);
/* Fill a bundle with an experiment whose results were collected, settings as lac_collect; figures and verdicts of the folder `figures`.
   Caller frees it, in any case.  EUSER. */
int lac_bundle_make(lac_archive *b, const lac_collection *c, const char *const *settings, const char *figures);
/* Check every file against its sum and open the experiment and its results, as lac_collect does; c->experiment.path is PATH/NAME.ini.
   EUSER: cannot be read, or settings are given.  EFORMAT: what is wrong with it.  Free it in any case. */
int lac_bundle_collect(const char *path, const char *const *settings, lac_collection *c);

#endif
