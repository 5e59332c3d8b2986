/* Compiled as the core is: the accesses that checks.c counts. */
#include <stdint.h>
#include <string.h>

#include "checks.h"

void
probe_write(uint64_t *word)
{

	++*word;
}

uint64_t
probe_read(const uint64_t *word)
{

	return *word;
}

void
probe_add(uint64_t *word)
{

	(void)__atomic_fetch_add(word, 1, __ATOMIC_RELAXED);
}

void
probe_copy(void *to, const void *from, size_t size)
{

	memcpy(to, from, size);
}
