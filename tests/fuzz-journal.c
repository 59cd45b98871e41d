/* fuzz-journal.c: libFuzzer target for journals.  The first byte chooses: even, the bytes are the file; odd, they are records
   (kind, size, bytes) that are written properly and then cut, and must come back up to the cut. */
#include "fuzz.h"
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct { const uint8_t *bytes; size_t size, records, most; int known, is_cut; } expected;

static int each(void *self, uint32_t kind, const void *record, size_t size)
{
  expected *e = self;
  require(size == 0 || record != NULL);
  volatile uint8_t sum = 0;
  for (size_t i = 0; i < size; i++)
    sum = (uint8_t)(sum + ((const uint8_t *)record)[i]);
  if (e->known) {
    require(e->size >= 2 && kind == e->bytes[0] && size <= e->bytes[1] && size <= e->size - 2 && memcmp(record, e->bytes + 2, size) == 0);
    e->bytes += 2 + size;
    e->size -= 2 + size;
  }
  e->records++;
  return LAC_OK;
}

static int lose(void *self, uint32_t kind, const void *record, size_t size)
{
  const expected *e = self;
  (void)kind;
  require((!e->known || e->is_cut) && (size == 0 || record != NULL));
  return LAC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  static char path[64];
  static int fd = -1;
  if (fd < 0) {
    fd = memfd_create("journal", 0);
    require(fd >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  }
  if (size < 2)
    return 0;
  expected e = { .bytes = bytes + 2, .size = size - 2, .known = bytes[0] % 2, .is_cut = bytes[1] != 0 };
  require(ftruncate(fd, 0) == 0);
  if (e.known) {
    lac_journal j = { .fd = dup(fd) };      /* create() would refuse what exists */
    require(j.fd >= 0 && lseek(j.fd, 0, SEEK_SET) == 0 && write(j.fd, "laconic1", 8) == 8);
    const uint8_t *at = e.bytes;
    for (size_t left = e.size; left >= 2;) {
      size_t length = at[1] < left - 2 ? at[1] : left - 2;
      require(lac_journal_append(&j, at[0], at + 2, length) == LAC_OK);
      at += 2 + length;
      left -= 2 + length;
      e.most++;
    }
    require(lac_journal_flush(&j) == LAC_OK);
    lac_journal_close(&j);
    off_t whole = lseek(fd, 0, SEEK_END);
    require(ftruncate(fd, whole - (whole < bytes[1] ? whole : bytes[1])) == 0);
  } else
    require(pwrite(fd, bytes + 1, size - 1, 0) == (ssize_t)(size - 1));
  size_t damaged;
  int status = lac_journal_read(path, each, lose, &e, &damaged);
  require(!damaged || !e.known || e.is_cut);      /* the content of the record that is cut may look like records */
  require(status == LAC_OK || (status == LAC_EFORMAT && !e.known));
  if (e.known)
    require(e.records <= e.most && (e.is_cut || e.records == e.most));
  return 0;
}
