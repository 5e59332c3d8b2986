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
#include "lt_pause.h"
#include "lt_system.h"
#include "lt_thread.h"
#include "lt_tsan.h"

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
#ifdef __linux__
bool lt_heavy_fence_exists(void);
LT_COLD bool lt_heavy_fence(void);
#else
static inline bool
lt_heavy_fence_exists(void)
{

	return false;
}

static inline bool
lt_heavy_fence(void)
{

	return false;
}
#endif

/*
 * The allocator. The caller passes the size when it frees, too. NULL: there is no memory.
 * lt_allocate_zeroed() is lt_allocate() and a memset(), so that no page is missing when a stripe is
 * locked. lt_allocate_untouched() gives zero bytes, too. Without an allocator of the user's it does
 * not touch pages that are new, as those of a large block are in most cases.
 */
void *lt_allocate(size_t size);
void *lt_allocate_zeroed(size_t size);
void *lt_allocate_untouched(size_t size);
void lt_deallocate(void *block, size_t size);

/*
 * Returns a number that no other call in this process has returned or will return, and not 0.
 * Threads take such numbers in blocks, so that few calls write to memory that others share.
 */
uint64_t lt_next_serial(void);

/* Calls what lt_set_join_hook() has set last, if anything. */
void lt_note_join(void);

/* How many cores the process could use when this was first called, at least one. */
uint32_t lt_usable_cores(void);

#endif /* LT_PLATFORM_H */
