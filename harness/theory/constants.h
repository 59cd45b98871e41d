/* constants.h: the constants of a run that are found when a method asks for them: run->constant. */
#ifndef LAC_CONSTANTS_H
#define LAC_CONSTANTS_H

#include "run/run.h"

extern const char *const lac_constant_name[LAC_CONSTANTS];

#endif
