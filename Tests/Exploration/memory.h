/* Shared by memory.c, atomics.c and blocks.c. */
#ifndef MEMORY_H
#define MEMORY_H

#include "explorer.h"

/* The last write, and the last access of each other sort by each thread. */
struct uses {
	uint16_t writer, written_at;
	/* The rest is a word's, in what would be padding: a word is one cache line. */
	uint16_t atomic;		/* 1 + the index of the atomic that begins here; 0: none. */
	bool is_split : 1, is_freed : 1, is_atomic : 1; /* Atomic: some byte of it was used so. */
	uint32_t generation;		/* The execution that the rest is of. */
	ex_time_t reads, atomic_reads, atomic_writes;
};

/* Fails if it is not ordered with what it conflicts with. */
void access_atomic(const void *address, size_t size, bool writes);
const struct uses *uses_at(const void *address);
void mark_freed(const char *start, size_t size);

/* 1 + the index of the atomic that begins there; 0 = none yet. */
uint16_t *atomic_index_at(const void *address);
void atomic_forget(unsigned index, unsigned writer, unsigned written_at);
void atomics_reset(void);
void blocks_reset(void);

#endif /* MEMORY_H */
