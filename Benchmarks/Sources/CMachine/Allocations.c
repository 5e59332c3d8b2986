/* Counts the calls that allocate: this program has functions of their names, which pass them on. */
#include "CMachine.h"

#include <errno.h>
#include <stddef.h>

#if defined(__GLIBC__)

static _Thread_local int64_t allocations;

/*
 * An executable's own functions of these names stand in for the C library's,
 * in all shared libraries; the C library's go by other names, too.
 */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *
calloc(size_t number, size_t size)
{
	allocations++;
	return __libc_calloc(number, size);
}

void *
realloc(void *block, size_t size)
{
	allocations++;
	return __libc_realloc(block, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	allocations++;
	return __libc_memalign(alignment, size);
}

int
posix_memalign(void **block, size_t alignment, size_t size)
{
	void *memory = aligned_alloc(alignment, size);

	if (memory == NULL)
		return ENOMEM;
	*block = memory;
	return 0;
}

int64_t
heap_allocations(void)
{
	return allocations;
}

#else

int64_t
heap_allocations(void)
{
	return -1;
}

#endif
