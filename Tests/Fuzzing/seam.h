/*
 * What the core gets in place of the machine: a clock that stands still, memory that runs
 * out on command, a timer's thread that runs on command, and random numbers that are the
 * same each time. The linker puts it there (--wrap).
 *
 * It shares its view into the core with the scenarios (peek_suspensions.c), and nothing else: they
 * leave the clock and the threads to the system, and their allocator must count for several threads
 * and stop them; Exploration/machine.c turns the same functions into steps; and Faults puts itself
 * below the core's platform layer, between it and libc.
 */
#ifndef FUZZ_SEAM_H
#define FUZZ_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLockTable.h"

#include "../CoreScenarios/peek_suspensions.h"

#define SEAM_START	UINT64_C(1000000000000)

/* Everything as new; nothing may be allocated. */
void seam_reset(void);

uint64_t seam_now(void);
void seam_pass_time(uint64_t nanoseconds);

/* The n-th allocation from now (0 = the next), and so many after it, fail. */
void seam_fail(uint64_t n, uint64_t many);
void seam_recover(void);
/* How many have failed since the start. Threads are memory, too. */
uint64_t seam_failures(void);
/* Bytes that the core has and has not given back, and how many of them the timer has. */
size_t seam_outstanding(void);
size_t seam_timer_bytes(void);
size_t seam_suspension_bytes(void);
size_t seam_record_bytes(void);
/* Is this one to fail? Counted like the core's. */
bool seam_should_fail(void);

/* The timer's thread has the processor until it sleeps again. */
void seam_run_timer(void);
/* It has been idle for long enough to end. */
void seam_end_timer(void);

/* The monitor's thread does not sweep by itself: one sweep over a stripe. */
struct lt_table;
void seam_sweep(struct lt_table *, uint32_t stripe);

#endif /* FUZZ_SEAM_H */
