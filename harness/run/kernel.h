/* kernel.h: runs whose last bits depend on the kernel that OpenBLAS chooses for the processor: base/blas.h. */
#ifndef LAC_KERNEL_H
#define LAC_KERNEL_H

#include "run/run.h"

/* Whether this run multiplies matrices with OpenBLAS, and who does: "--problem=mlp, --up=powersgd". */
enum { LAC_MULTIPLIERS = 128 };
int lac_kernel_matters(const lac_run *r, char who[static LAC_MULTIPLIERS]);

/* EUSER on every rank when it matters and ranks have different kernels.  Collective. */
int lac_kernel_same(const lac_run *r);
/* EUSER when it matters and another kernel has computed what a checkpoint holds. */
int lac_kernel_as_before(const lac_run *r, const char *before);

#endif
