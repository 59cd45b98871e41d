#include "experiment/output.h"

#include "base.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Unlike any other, also one of another node that writes to the same folder. */
char *lac_output_temporary(const char *suffix)
{
  uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
    continue;      /* a signal came */
  return lac_asprintf(".laconic-%016llx%s", (unsigned long long)random, suffix);
}

int lac_output_open(lac_output *o, const char *folder, const char *name, const char *suffix)
{
  char *temporary = lac_output_temporary(suffix);
  *o = (lac_output){ .path = lac_asprintf("%s/%s%s", folder, name, suffix) };
  o->temporary = temporary ? lac_asprintf("%s/%s", folder, temporary) : NULL;
  free(temporary);
  int status = o->path && o->temporary ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK && !(o->to = fopen(o->temporary, "wx")))
    status = lac_fail(LAC_EUSER, "--out: cannot write %s: %s", o->path, strerror(errno));
  if (status != LAC_OK) {
    free(o->path);
    free(o->temporary);
    *o = (lac_output){ 0 };
  }
  return status;
}

int lac_output_close(lac_output *o, int status)
{
  errno = 0;
  int bad = fflush(o->to) || ferror(o->to) || fsync(fileno(o->to)), why = errno;
  if (fclose(o->to) && !bad) {
    bad = 1;
    why = errno;
  }
  if (!bad && status == LAC_OK && rename(o->temporary, o->path)) {
    bad = 1;
    why = errno;
  }
  if (bad && status == LAC_OK)
    status = lac_fail(LAC_EIO, "cannot write %s: %s", o->path, why ? strerror(why) : "some of it was lost");
  if (status != LAC_OK)
    unlink(o->temporary);
  free(o->path);
  free(o->temporary);
  *o = (lac_output){ 0 };
  return status;
}

int lac_output_place(const char *folder, const char *temporary, const char *name)
{
  char *from = lac_asprintf("%s/%s", folder, temporary), *to = lac_asprintf("%s/%s", folder, name);
  int status = from && to ? LAC_OK : LAC_ENOMEM, fd = status == LAC_OK ? open(from, O_RDONLY | O_CLOEXEC) : -1;
  if (status == LAC_OK && (fd < 0 || fsync(fd) || rename(from, to)))
    status = lac_fail(LAC_EIO, "cannot write %s: %s", to, strerror(errno));
  if (fd >= 0)
    close(fd);
  free(from);
  free(to);
  return status;
}
