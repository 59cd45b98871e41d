/* oracle.h: what the harness does around a client's gradients; the gradients themselves are in algorithm.h. */
#ifndef LAC_ORACLE_H
#define LAC_ORACLE_H

#include "run/run.h"

/* The client has had its exchange: with --batch=...,order=epoch its next step follows the last one that it asked for. */
void lac_oracle_end(lac_run *r, uint32_t client);

#endif
