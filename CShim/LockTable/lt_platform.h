/*
 * The seam between the core and the machine. Every atomic, every spin, every park and wake-up,
 * every reading of the clock and every allocation of the core goes through this header and the
 * headers that it includes, so that a test build can replace it.
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
 * One turn of a spin loop. The turn uses the processor's instruction that leaves resources to
 * other threads, if there is one, which takes from 1 ns to 60 ns. Elsewhere (wasm, s390x,
 * loongarch64) the turn is as short as the loop.
 */
static inline void
lt_pause(void)
{

#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm64__)
	/* Not "yield", which does nothing on most of these processors. */
	__asm__ volatile("isb" ::: "memory");
#elif defined(__riscv)
	/*
	 * "pause" of Zihintpause, as a number for assemblers that do not know the name.
	 * Processors without Zihintpause ignore it.
	 */
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
#elif defined(__powerpc64__)
	/* "yield": lowers the priority among the threads of a core, until the next such hint. */
	__asm__ volatile("or 27,27,27" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/*
 * Callers give the length of a spin as a time. The creation of the first table measures how many
 * turns fit into a time. Before that, and for a time shorter than a turn, a spin is one turn. If
 * the process has one core, a spin is no turn at all.
 */
void lt_measure_pause(void);
uint32_t lt_pauses_in_ns(uint32_t nanoseconds);

static inline void
lt_spin_ns(uint32_t nanoseconds)
{

	for (uint32_t pauses = lt_pauses_in_ns(nanoseconds); pauses > 0; pauses--)
		lt_pause();
}

/*
 * Lets another thread run, if the scheduler finds one that is as entitled to the core. Never wait
 * for a thread this way.
 */
void lt_yield(void);

/*
 * Sleeping at an address. lt_wake_one() ends the sleep of one thread at the address. The limit ends
 * a sleep, too, and a sleep may end spuriously. These functions read and write nothing at the
 * address. A thread does not fall asleep if lt_wake_one() was called after it read the epoch.
 * (Addresses may share an epoch, and a wake-up may reach a sleeper of another address; then the
 * limit ends the sleep that should have ended.)
 */
LT_COLD uint32_t lt_wake_epoch(const void *address);
/* False: the limit has passed, a signal ended the sleep, or the thread did not fall asleep. */
LT_COLD bool lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns);
LT_COLD void lt_wake_one(const void *address);

/*
 * The heavy fence: a full fence in every thread of the process, and the expensive half of an
 * asymmetric fence, whose other half is lt_light_fence() in the other threads.
 * lt_heavy_fence_exists(): the system has a heavy fence, and has not refused it yet. Call
 * lt_heavy_fence() only if lt_heavy_fence_exists() was true before. False: the system refused it
 * this time, and there was no fence.
 */
bool lt_heavy_fence_exists(void);
LT_COLD bool lt_heavy_fence(void);

/*
 * The allocator. The caller passes the size when it frees, too. NULL: there is no memory.
 * lt_allocate_zeroed() is lt_allocate() and a memset().
 */
void *lt_allocate(size_t size);
void *lt_allocate_zeroed(size_t size);
void lt_deallocate(void *block, size_t size);

/* How many cores the process could use when this was first called, at least one. */
uint32_t lt_usable_cores(void);

#endif /* LT_PLATFORM_H */
