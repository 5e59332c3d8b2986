/*
 * What Swift can't ask of the operating system by itself: variadic system
 * calls, and macros over sets of processors.
 */
#ifndef C_MACHINE_H
#define C_MACHINE_H

#include <stdint.h>

/*
 * Keeps the calling thread on one core: the n-th of those that the process may
 * use, counted from 0 and over again. -1 where that can't be had.
 */
int machine_stay_on_core(int number);

/* Does the system have futexes that can be used from here? */
int machine_has_futex(void);

/* Sleeps while *word is value; may return early. */
void machine_futex_wait(const void *word, uint32_t value);

/* Wakes one who sleeps at word. */
void machine_futex_wake(const void *word);

/*
 * A counter of the instructions that the calling thread executes in user mode
 * from now on, or -1 where there is none.
 */
int machine_instructions_open(void);

/* What it has counted, or -1. */
int64_t machine_instructions_read(int counter);

void machine_instructions_close(int counter);

#endif /* C_MACHINE_H */
