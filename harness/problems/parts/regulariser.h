/* regulariser.h: what problems of rows add to their loss, over all coordinates or over those that the client's rows touch:

     0,  (lambda/2) |x|^2  or  lambda sum_j x_j^2 / (1 + x_j^2)

   The second derivative of t^2 / (1 + t^2) lies in [-1/2, 2]. */
#ifndef LAC_REGULARISER_H
#define LAC_REGULARISER_H

#include "problem.h"

enum { LAC_REG_NONE, LAC_REG_L2, LAC_REG_NONCONVEX };
enum { LAC_OVER_ALL, LAC_OVER_TOUCHED };

typedef struct { int kind, over; double lambda; } lac_regulariser;

/* Its options, in a params struct of that type with a lac_regulariser of that name. */
#define LAC_REGULARISER_OPTIONS(type, field, kind_, lambda_)                                                              \
  { "reg", LAC_CHOICE, offsetof(type, field.kind), kind_, .choices = "none|l2|nonconvex",                                 \
    .help = "regulariser: lambda/2 |x|^2 (l2) or lambda sum x^2/(1+x^2) (nonconvex)" },                                   \
  { "lambda", LAC_REAL, offsetof(type, field.lambda), lambda_, ">=0", .help = "its weight; not with reg=none" },         \
  { "over", LAC_CHOICE, offsetof(type, field.over), "all", .choices = "all|touched",                                      \
    .help = "coordinates that it sums over: all, or those with an entry above 1e-9 in the client's rows" }

/* EUSER when lambda (not at its default) or over is given with reg=none.  `what` is "--problem=NAME". */
int lac_regulariser_check(const lac_regulariser *r, const char *what, double default_lambda);
/* Its value, and g += its gradient.  touched: d bytes, or NULL for all coordinates. */
double lac_regulariser_value_grad(const lac_regulariser *r, const uint8_t *touched, size_t d, const double *x, double *g);
/* The largest |second derivative|. */
double lac_regulariser_bend(const lac_regulariser *r);
/* out += a diagonal matrix that bounds its Hessian, times v. */
void lac_regulariser_curvature(const lac_regulariser *r, const uint8_t *touched, size_t d, const double *v, double *out);
/* Whether it depends on every coordinate. */
int lac_regulariser_everywhere(const lac_regulariser *r);

#endif
