/* links.h: losses of a row as a function of its margin z = a.x, as links (rows.h). */
#ifndef LAC_LINKS_H
#define LAC_LINKS_H

#include "rows.h"

/* (z - y)^2 / 2; its second derivative is 1. */
double lac_residual(const double *y, double *z, size_t m);

/* log(1 + exp(-y z)), y = -1 or 1; its second derivative lies in (0, 1/4]. */
double lac_logistic(const double *y, double *z, size_t m);
/* The side of 0 that z lies on; 0 itself stands for the lower label, as of equal scores of classes the first counts. */
uint64_t lac_logistic_right(const double *y, const double *z, size_t m);
/* EUSER when the data have other than two labels; `instead` is the problem that takes them. */
int lac_logistic_check(const lac_problem *p, const char *instead);
/* The lower label becomes -1 and the higher +1. */
void lac_logistic_signs(const lac_problem *p, lac_rows *rows);

#endif
