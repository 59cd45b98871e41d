/* fuzz-fold.c: libFuzzer target for the content of journals: records with good checksums and any content are folded into a
   result, which is then read. */
#include "fuzz.h"
#include "store/journal.h"
#include "store/recorder.h"
#include "store/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A record is (kind, size, bytes); kind 4 stands for a proper list of columns, kind 5 for `size` cells. */
static int append(lac_journal *j, uint8_t kind, const uint8_t *bytes, size_t size)
{
  static const char columns[] = "0round\n1f\n1grad_norm_sq\n";
  lac_cell cells[255] = { 0 };
  switch (kind % 8) {
  case 4:
    return lac_journal_append(j, 2, columns, sizeof columns);
  case 5:
    memcpy(cells, bytes, size);
    return lac_journal_append(j, 3, cells, (kind / 8) * sizeof *cells);
  default:
    return lac_journal_append(j, kind % 8, bytes, size);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  static char path[64], journal[80];
  lac_journal j;
  lac_result r;
  if (!*path) {
    snprintf(path, sizeof path, "%s/fuzz-fold-%d.h5", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ".", (int)getpid());
    snprintf(journal, sizeof journal, "%s.journal", path);
  }
  unlink(path);
  unlink(journal);
  require(lac_journal_create(&j, journal) == LAC_OK);
  while (size >= 2) {
    size_t length = bytes[1] < size - 2 ? bytes[1] : size - 2;
    require(append(&j, bytes[0], bytes + 2, length) == LAC_OK);
    bytes += 2 + length;
    size -= 2 + length;
  }
  require(lac_journal_flush(&j) == LAC_OK);
  lac_journal_close(&j);
  if (lac_result_open(&r, path) == LAC_OK)
    lac_result_close(&r);
  else
    require(*lac_error());
  unlink(path);
  unlink(journal);
  return 0;
}
