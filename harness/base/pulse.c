#include "pulse.h"

#include <stddef.h>

static struct { void (*f)(void *); void *of; } call;

void lac_pulse(void)
{
  if (call.f)
    call.f(call.of);
}

void lac_pulse_calls(void (*f)(void *of), void *of)
{
  call.f = f;
  call.of = of;
}
