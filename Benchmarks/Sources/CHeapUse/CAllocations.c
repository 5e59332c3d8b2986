#include "CHeapUse.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic int64_t allocations;
static atomic_bool is_counting;

void
heap_count_allocations(void)
{
	atomic_store(&allocations, 0);
	atomic_store(&is_counting, 1);
}

#if defined(__GLIBC__)

/*
 * An executable's own functions of these names stand in for the C library's,
 * in all shared libraries; the C library's go by other names, too.
 */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static inline void
count(void)
{
	if (atomic_load_explicit(&is_counting, memory_order_relaxed))
		atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *
malloc(size_t size)
{
	count();
	return __libc_malloc(size);
}

void *
calloc(size_t number, size_t size)
{
	count();
	return __libc_calloc(number, size);
}

void *
realloc(void *block, size_t size)
{
	count();
	return __libc_realloc(block, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	count();
	return __libc_memalign(alignment, size);
}

int
posix_memalign(void **block, size_t alignment, size_t size)
{
	void *memory;

	count();
	memory = __libc_memalign(alignment, size);
	if (memory == NULL)
		return ENOMEM;
	*block = memory;
	return 0;
}

int64_t
heap_counted_allocations(void)
{
	atomic_store(&is_counting, 0);
	return atomic_load(&allocations);
}

#else

int64_t
heap_counted_allocations(void)
{
	return -1;
}

#endif
