/*
 * What Swift can't ask of the operating system and of the C library's allocator
 * by itself: variadic system calls, macros over sets of processors, and headers
 * that Swift does not import.
 */
#ifndef C_MACHINE_H
#define C_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "FileLoops.h"
#include "PostgresLoops.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

/*
 * Keeps the calling thread on one core, where that can be had: the n-th of those
 * that the process may use, counted from 0 and over again.
 */
void machine_stay_on_core(int number);

/* Linux only: sleeps while *word is value; may return early. */
void machine_futex_wait(const void *word, uint32_t value);

/* Wakes one thread that sleeps at word. */
void machine_futex_wake(const void *word);

/*
 * The instructions that the calling thread has executed in user mode since it
 * first asked, or -1 where they are not counted.
 */
int64_t machine_instructions(void);

/*
 * Puts a filter before all system calls of the process, for good. It refuses
 * membarrier() or nothing; a filter that refuses nothing takes as long. Returns
 * false where the system has no such filters.
 */
bool machine_filter_calls(bool refuses_membarrier);

/* Whether the system has membarrier(), as LockTable uses it, for this process. */
bool machine_has_membarrier(void);

/*
 * The calling thread's calls that allocate, from its first to now, or -1 where
 * they can't be counted.
 */
int64_t heap_allocations(void);

#endif /* C_MACHINE_H */
