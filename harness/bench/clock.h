/* clock.h: CPU seconds, for what is measured on a machine that others use, too. */
#ifndef LAC_CLOCK_H
#define LAC_CLOCK_H

#include <time.h>

/* Of this thread: what others do on the machine meanwhile is not counted. */
static inline double lac_cpu_seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
