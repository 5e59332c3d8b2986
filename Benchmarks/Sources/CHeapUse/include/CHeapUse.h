/*
 * How much the C library's allocator has given out, and how often it was asked.
 * Swift does not import the headers that say so.
 */
#ifndef C_HEAP_USE_H
#define C_HEAP_USE_H

#include <stdint.h>

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

#endif /* C_HEAP_USE_H */
