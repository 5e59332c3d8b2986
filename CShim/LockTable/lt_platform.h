/*
 * The seam between the core and the machine. Every atomic, every spin, every park and wake,
 * every look at the clock and every allocation of the core goes through this header and those
 * that it includes, so that a test build can put another one in its place.
 */
#ifndef LT_PLATFORM_H
#define LT_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lt_atomics.h"
#include "lt_cores.h"
#include "lt_park.h"
#include "lt_system.h"
#include "lt_thread.h"
#include "lt_tsan.h"

/*
 * One turn of a spin loop. Where the processor has an instruction that leaves its
 * resources to others, that: it takes from 1 ns to 60 ns. Elsewhere (wasm, s390x,
 * loongarch64) the turn is as short as the loop.
 */
static inline void
lt_pause(void)
{

#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm64__)
	/* As "yield" does nothing on most of them. */
	__asm__ volatile("isb" ::: "memory");
#elif defined(__riscv)
	/* "pause" of Zihintpause, a hint that others ignore, for assemblers that do not know it. */
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
#elif defined(__powerpc64__)
	/* "yield": a lower priority among the threads of a core, until the next one. */
	__asm__ volatile("or 27,27,27" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/*
 * How long to spin is said as a time. The first table of the process measures how many
 * turns that is; before, and for less than one, it is one. None at all if the process has one core.
 */
void lt_measure_pause(void);
uint32_t lt_pauses_in_ns(uint32_t nanoseconds);

static inline void
lt_spin_ns(uint32_t nanoseconds)
{

	for (uint32_t pauses = lt_pauses_in_ns(nanoseconds); pauses > 0; pauses--)
		lt_pause();
}

/* Lets another thread run, if the scheduler finds one that is as entitled to. No way to wait for one. */
void lt_yield(void);

/*
 * Sleeping until another thread wakes one of those that sleep for the same address, or
 * for the limit, or for a moment. Nothing is read or written at the address. A thread
 * that is woken after it read the epoch does not fall asleep. (Addresses may share an
 * epoch, and a wake-up may go to a sleeper of another one; then the limit ends the sleep.)
 */
LT_COLD uint32_t lt_wake_epoch(const void *address);
/* True: it was woken. False: the limit is over, or it did not fall asleep. */
LT_COLD bool lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns);
LT_COLD void lt_wake_one(const void *address);

/*
 * A full fence in every thread of the process: the expensive half of a fence of which the
 * other threads' half is lt_light_fence(). lt_heavy_fence_exists(): the system has one, and has
 * not refused it yet. lt_heavy_fence() is called only where there was one; false: it was refused
 * this time, and there was no fence.
 */
bool lt_heavy_fence_exists(void);
LT_COLD bool lt_heavy_fence(void);

/*
 * The allocator. Sizes are given on both sides; NULL when memory ran out.
 * lt_allocate_zeroed() is lt_allocate() and a memset().
 */
void *lt_allocate(size_t size);
void *lt_allocate_zeroed(size_t size);
void lt_deallocate(void *block, size_t size);

/* The cores that the process can use, at least one, as they were when it first asked. */
uint32_t lt_usable_cores(void);

#endif /* LT_PLATFORM_H */
