/* base.h: error codes, the one error sentence, aligned arrays.  Everything else includes this. */
#ifndef LAC_BASE_H
#define LAC_BASE_H

#include <stddef.h>
#include <stdint.h>

/* Every fallible function returns one of these; 0 is success.  The sentence that goes with a failure is left
   by lac_fail() and read by lac_error().  Of several ranks the largest counts. */
enum lac_status {
  LAC_OK = 0,
  LAC_EDIVERGED,  /* a vector is no longer finite: an outcome of a run, not an error of the program */
  LAC_EINTERRUPTED, /* a signal asked the run to save its state and stop: exit 75 (EX_TEMPFAIL) */
  LAC_EWORSE,     /* a comparison found a regression: an answer of `laconic compare`, exit 1; its errors are exit 2 */
  LAC_EUSER,      /* an option, file or combination that the user must change: exit 1, before any work */
  LAC_ENODATA,    /* a data set that is not on this machine: as EUSER, but an experiment file may leave the run out */
  LAC_ENOTSUP,    /* no theory or no constant known: the user must give the value */
  LAC_ENOMEM,
  LAC_EIO,        /* the operating system refused: short read, full disk */
  LAC_EFORMAT,    /* bytes that do not mean anything: a corrupt message, file or journal */
  LAC_EMPI,
  LAC_EBUG        /* a module broke its contract: bits written are not bits declared, unread bits */
};

/* Remember one sentence and return code, so that `return lac_fail(...)` reads well.  A control character or a byte that is not UTF-8, from
   the name of a file or from what is in it, becomes '?'; of more than 1023 bytes the middle is left out. */
int lac_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Put "context: " in front of the remembered sentence and return code unchanged; 0 passes through. */
int lac_context(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The sentence of the last failure on this rank; never NULL. */
const char *lac_error(void);

#define LAC_TRY(call)                          \
  do {                                         \
    int lac_status_ = (call);                  \
    if (lac_status_ != LAC_OK)                 \
      return lac_status_;                      \
  } while (0)

/* Zeroed memory, 64-byte aligned, size padded to a multiple of 64; NULL (and lac_fail) when there is none.
   Free with free(). */
void *lac_alloc(size_t bytes);
/* Grow *array (elements of `size` bytes, capacity *cap) to hold `need`; contents kept. */
int lac_grow(void *array, size_t *cap, size_t need, size_t size);
/* Doubles from the start of one vector to the start of the next, so that each is 64-byte aligned. */
size_t lac_stride(size_t d);

char *lac_strdup(const char *s);                                           /* NULL and lac_fail when no memory */
char *lac_asprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *lac_shell_word(const char *text);      /* as a shell reads it: quoted where it has to be; caller frees; NULL: no memory */
double lac_seconds(void);                                                   /* monotonic wall clock */
/* A clock for many short spans: in a unit of its own, which is told by how many ticks a longer span of seconds has. */
static inline uint64_t lac_ticks(void)
{
#if defined(__x86_64__) && !defined(LAC_SMPI)      /* simulated ranks have a clock of their own */
  return __builtin_ia32_rdtsc();
#else
  return (uint64_t)(1e9 * lac_seconds());
#endif
}

/* The shortest decimal text that reads back as exactly x. buf holds at least 32 bytes; returns buf. */
char *lac_format_real(double x, char *buf);

/* Loops with this mark are compiled for several vector lengths; each does the same operations in the same order. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define LAC_CLONES
#define LAC_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LAC_VECTORISED
#endif

#define LAC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
