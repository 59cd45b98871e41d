/* laconic.h: everything a program outside the tree needs. */
#ifndef LACONIC_H
#define LACONIC_H

#include "algorithm.h"
#include "base.h"
#include "ranks/comm.h"
#include "compressor.h"
#include "data.h"
#include "msg.h"
#include "options.h"
#include "problem.h"
#include "registry/registry.h"
#include "store/result.h"
#include "rng.h"
#include "theory.h"
#include "vec.h"

#endif
