/*
 * How much the C library's allocator has given out. Swift does not import the
 * headers that say so.
 */
#ifndef C_HEAP_USE_H
#define C_HEAP_USE_H

#include <stdint.h>

/*
 * Bytes that are allocated and not freed, those of all threads and those that
 * are mapped on their own included. -1 where the C library can't tell.
 */
int64_t heap_bytes_in_use(void);

#endif /* C_HEAP_USE_H */
