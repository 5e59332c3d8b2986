/*
 * What Swift can't ask of the operating system and of the C library's allocator
 * by itself: variadic system calls, macros over sets of processors, and headers
 * that Swift does not import.
 */
#ifndef C_MACHINE_H
#define C_MACHINE_H

#include <stdint.h>

/*
 * Keeps the calling thread on one core: the n-th of those that the process may
 * use, counted from 0 and over again. -1 where that can't be had.
 */
int machine_stay_on_core(int number);

/* Linux only: sleeps while *word is value; may return early. */
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

/*
 * Bytes that are allocated and not freed, those of all threads and those that
 * are mapped on their own included. -1 where the C library can't tell.
 */
int64_t heap_bytes_in_use(void);

/*
 * Counts the calling thread's calls that allocate, from 0, until it asks for
 * the count.
 */
void heap_count_allocations(void);

/* Ends that; -1 where calls can't be counted. */
int64_t heap_counted_allocations(void);

/* Gives what is free back to the system, where the C library can. */
void heap_give_back(void);

#endif /* C_MACHINE_H */
