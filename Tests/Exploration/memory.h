/* Shared by memory.c, atomics.c and blocks.c. */
#ifndef MEMORY_H
#define MEMORY_H

#include "explorer.h"

enum { PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE };

/* Who did what last, and when. */
struct uses {
	uint16_t writer, written_at;
	ex_time_t reads, atomic_reads, atomic_writes;
};

/* Fails if it is not ordered with what it conflicts with. */
void access_bytes(const void *address, size_t size, int access);
const struct uses *uses_at(const void *address);
void mark_freed(const char *start, size_t size);

/* 1 + the index of the atomic that begins there; 0 = none yet. */
uint16_t *atomic_index_at(const void *address);
void atomic_forget(unsigned index, unsigned writer, unsigned written_at);
void atomics_reset(void);
void blocks_reset(void);

#endif /* MEMORY_H */
