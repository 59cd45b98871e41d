/* samples.h: where CPU time goes, by samples of it, as often as the system takes them: every 1 to 10 ms. */
#ifndef LAC_SAMPLES_H
#define LAC_SAMPLES_H

/* Samples since the start: all, and those whose instruction lies in OpenBLAS. */
typedef struct { double all, blas; } lac_samples;

/* Begin to count, by the signal SIGPROF.  One at a time. */
void lac_samples_start(void);
/* End.  blas is NaN where OpenBLAS is no shared library of this process. */
lac_samples lac_samples_stop(void);

#endif
