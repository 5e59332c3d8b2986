/*
 * The rest of the seam: memory, clock, randomness, traps. The allocator is the
 * only mutable state that all tables share.
 */
#define _GNU_SOURCE
#include "lt_platform.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include "CLockTable.h"

static void *
system_allocate(size_t size)
{

	return malloc(size);
}

static void
system_deallocate(void *block, size_t size)
{

	(void)size;
	free(block);
}

static lt_allocator_t allocator = { system_allocate, system_deallocate };

void
lt_set_allocator(const lt_allocator_t *replacement)
{
	const lt_allocator_t standard = { system_allocate, system_deallocate };

	allocator = replacement != NULL ? *replacement : standard;
}

void *
lt_allocate(size_t size)
{

	return allocator.allocate(size);
}

void *
lt_allocate_zeroed(size_t size)
{
	void *block = lt_allocate(size);

	if (block != NULL)
		memset(block, 0, size);
	return block;
}

void
lt_deallocate(void *block, size_t size)
{

	allocator.deallocate(block, size);
}

/*
 * CLOCK_MONOTONIC is the clock that futexes and condition variables wait by. It
 * stands still while the machine is suspended, so waits last that much longer.
 */
uint64_t
lt_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t
lt_deadline_after_ns(uint64_t nanoseconds)
{
	uint64_t now = lt_now_ns();

	/* Times that the kernel's signed seconds and nanoseconds can't hold are no limit. */
	if (nanoseconds > (uint64_t)INT64_MAX - now)
		return LT_FOREVER;
	return now + nanoseconds;
}

void
lt_yield(void)
{

	(void)sched_yield();
}

bool
lt_random(void *bytes, size_t length)
{

	return getentropy(bytes, length) == 0;
}

uint32_t
lt_core_count(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count > 0 ? (uint32_t)count : 1;
}

void
lt_trap(const char *sentence)
{

	(void)fprintf(stderr, "LockTable: %s.\n", sentence);
	(void)fflush(stderr);
	abort();
}
