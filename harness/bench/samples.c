#include "bench/samples.h"

#include <link.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

/* A signal's handler has no other place for them. */
static struct { volatile uint64_t all, blas; uintptr_t first, last; } counted;

static uintptr_t instruction(const void *context)
{
#if defined(__x86_64__)
  return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
#else
  (void)context;      /* then no sample is one of OpenBLAS */
  return 0;
#endif
}

static void take_sample(int signal, siginfo_t *info, void *context)
{
  uintptr_t at = instruction(context);
  (void)signal;
  (void)info;
  counted.all = counted.all + 1;
  counted.blas = counted.blas + (at >= counted.first && at < counted.last);
}

/* The segment with its instructions. */
static int find_blas(struct dl_phdr_info *library, size_t size, void *data)
{
  (void)size;
  (void)data;
  if (!strstr(library->dlpi_name, "openblas"))
    return 0;
  for (unsigned k = 0; k < library->dlpi_phnum; k++) {
    const ElfW(Phdr) *part = &library->dlpi_phdr[k];
    if (part->p_type == PT_LOAD && part->p_flags & PF_X) {
      counted.first = library->dlpi_addr + part->p_vaddr;
      counted.last = counted.first + part->p_memsz;
    }
  }
  return 1;
}

void lac_samples_start(void)
{
  struct sigaction take = { .sa_sigaction = take_sample, .sa_flags = SA_SIGINFO | SA_RESTART };
  counted.first = counted.last = 0;
  counted.all = counted.blas = 0;
  dl_iterate_phdr(find_blas, NULL);
  sigaction(SIGPROF, &take, NULL);
  setitimer(ITIMER_PROF, &(struct itimerval){ { 0, 1000 }, { 0, 1000 } }, NULL);
}

lac_samples lac_samples_stop(void)
{
  setitimer(ITIMER_PROF, &(struct itimerval){ 0 }, NULL);
  signal(SIGPROF, SIG_IGN);
  return (lac_samples){ (double)counted.all, counted.last > counted.first ? (double)counted.blas : NAN };
}
