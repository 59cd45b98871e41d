/* laconic as it is on a processor with fewer instructions: t-isa.sh compares the digests.

   The clones of base.h are chosen by resolvers of gcc, which read what __cpu_indicator_init has found.  The linker puts this one in its
   place (--wrap), and it takes bits away, those of WITHOUT.  With LACONIC_ISA in the environment, what is left is printed. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef LAC_CLONES
/* Bits of __cpu_model.features, as gcc numbers them. */
enum { AVX2 = 10, AVX512F = 15 };
extern struct { unsigned vendor, type, subtype, features; } __cpu_model __attribute__((visibility("hidden")));
int __real___cpu_indicator_init(void);
int __wrap___cpu_indicator_init(void);

int __wrap___cpu_indicator_init(void)
{
  int status = __real___cpu_indicator_init();
  __cpu_model.features &= ~(unsigned)(WITHOUT);
  return status;
}

static __attribute__((constructor)) void print(void)
{
  if (getenv("LACONIC_ISA"))
    printf("%s\n", __builtin_cpu_supports("avx512f") ? "avx512f" : __builtin_cpu_supports("avx2") ? "avx2" : "portable");
}
#else
static __attribute__((constructor)) void print(void)
{
  if (getenv("LACONIC_ISA"))
    puts("one");
}
#endif
