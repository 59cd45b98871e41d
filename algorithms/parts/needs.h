/* needs.h: how a method refuses a compressor, "NAME" NEEDS_ALPHA. */
#ifndef LAC_NEEDS_H
#define LAC_NEEDS_H

#include "algorithm.h"

#define NEEDS_ALPHA " needs a contractive compressor (one with alpha), such as topk or randk:scale=no"
#define NEEDS_OMEGA " needs an unbiased compressor (one with omega), such as randk"

#endif
