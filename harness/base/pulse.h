/* pulse.h: what a long computation calls between its parts, every few milliseconds.

   MPI moves the bytes of messages under way only while it is called, so that a gradient that takes as long as its messages would hide
   nothing of them. */
#ifndef LAC_PULSE_H
#define LAC_PULSE_H

/* Nothing, unless somebody has asked for it. */
void lac_pulse(void);
/* From now on lac_pulse calls f(of); NULL: nothing. */
void lac_pulse_calls(void (*f)(void *of), void *of);

#endif
