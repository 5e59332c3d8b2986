/*
 * The seam between the core and the machine. Every atomic, every spin, every
 * park and wake, every look at the clock and every allocation of the core goes
 * through this header, so that a test build can put another one in its place.
 */
#ifndef LT_PLATFORM_H
#define LT_PLATFORM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lt_tsan.h"

#define LT_CACHE_LINE	64

#define lt_likely(x)	__builtin_expect(!!(x), 1)
#define lt_unlikely(x)	__builtin_expect(!!(x), 0)
#define LT_COLD		__attribute__((noinline, cold))
#define LT_NOINLINE	__attribute__((noinline))
#define LT_INLINE	inline __attribute__((always_inline))

#define lt_load_relaxed(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define lt_load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define lt_store_relaxed(p, v)		__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define lt_store_release(p, v)		__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define lt_exchange_acquire(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define lt_exchange_release(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_RELEASE)
#define lt_decrement_acq_rel(p)		__atomic_sub_fetch((p), 1, __ATOMIC_ACQ_REL)
#define lt_increment_64_relaxed(p)	__atomic_add_fetch((p), UINT64_C(1), __ATOMIC_RELAXED)
#define lt_increment_release(p)		__atomic_add_fetch((p), 1, __ATOMIC_RELEASE)
#define lt_increment_relaxed(p)		__atomic_add_fetch((p), 1, __ATOMIC_RELAXED)
/* Between a store and a load: the compiler leaves them in their order. The machine need not. */
#define lt_keep_order()			__atomic_signal_fence(__ATOMIC_SEQ_CST)
#define lt_swap_if_relaxed(p, expected, v)					\
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

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
 * other threads' half is lt_keep_order(). lt_barrier_all_exists(): the system has one, and has
 * not refused it yet. lt_barrier_all() is called only where there was one; false: it was refused
 * this time, and there was no fence.
 */
bool lt_barrier_all_exists(void);
LT_COLD bool lt_barrier_all(void);

/* Prints "LockTable: <sentence>" to standard error and aborts. */
_Noreturn LT_COLD void lt_trap(const char *sentence);

/*
 * The allocator. Sizes are given on both sides; NULL when memory ran out.
 * lt_allocate_zeroed() is lt_allocate() and a memset().
 */
void *lt_allocate(size_t size);
void *lt_allocate_zeroed(size_t size);
void lt_deallocate(void *block, size_t size);

/* Fills in random bytes; false if the system has none to give. */
bool lt_random(void *bytes, size_t length);
/* The cores that the process can use, at least one, as they were when it first asked. */
uint32_t lt_usable_cores(void);
/*
 * Starts a thread, detached, without the program's signals, of that name (at most 15 bytes, and
 * lasting). It has the ordinary policy and the main thread's cores and nice value, and not those
 * of the thread that calls this; what the system does not permit of that is inherited after
 * all. False: the system has no thread to give.
 */
bool lt_start_thread(const char *name, void *(*run)(void *), void *argument);
/*
 * The calling thread's priority, 1 or more, if its policy is a real-time one; 0 for all others. A
 * system call or two.
 */
LT_COLD uint8_t lt_real_time_priority(void);
/* The calling thread's number and name. */
struct lt_acquirer;
void lt_identify_thread(struct lt_acquirer *);

/*
 * A place where one thread sleeps until another sends it on. One lt_unpark()
 * is consumed by one lt_park(), whichever comes first; a second lt_unpark()
 * before that is a mistake of the caller's.
 *
 * The parker may be destroyed, and its memory reused, as soon as lt_park() has
 * returned true, even while the lt_unpark() that let it go has not returned.
 */
#if defined(__linux__) && !defined(LT_PORTABLE_PARKING)
#define LT_PARK_FUTEX 1
struct lt_parker {
	uint32_t token;
};
#else
struct lt_parker {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	bool token;
};
#endif

void lt_parker_init(struct lt_parker *);
void lt_parker_destroy(struct lt_parker *);
/*
 * Sleeps until the token comes. True: it was consumed. False: the deadline (in
 * lt_now_ns()'s time, or LT_FOREVER) passed without it.
 */
bool lt_park(struct lt_parker *, uint64_t deadline);
void lt_unpark(struct lt_parker *);

/* As lt_now_ns(), or up to a tick of the kernel's (1–10 ms) before; a quarter of the time to ask. */
uint64_t lt_coarse_now_ns(void);

/*
 * Between these two a pthread_cancel() of the calling thread stays pending, whichever functions
 * it calls. So that the thread does not end while a queue points at its stack, or amid a change.
 */
int lt_defer_cancellation(void);
void lt_restore_cancellation(int before);

/* Conditions whose deadlines are in lt_now_ns()'s time. False: the deadline passed. */
void lt_condition_init(pthread_cond_t *);
/* The same, but where the system refuses one, it is false and no trap. */
bool lt_condition_try_init(pthread_cond_t *);
bool lt_condition_wait(pthread_cond_t *, pthread_mutex_t *, uint64_t deadline);

/* --- lt_cores.c ------------------------------------------------------------------------ */

uint32_t lt_count_usable_cores(void);

#ifdef __linux__
/* Room for an affinity mask: of 8192 cores, the most that the kernel can be built for. */
#define LT_MASK_BYTES	1024u
#define LT_ALL_CORES	UINT32_MAX

/*
 * The cores that a quota of time is worth, rounded up: of version 1's two files, and of version
 * 2's one. LT_ALL_CORES: the texts set no limit.
 */
uint32_t lt_cores_of_quota(const char *quota, const char *period);
uint32_t lt_cores_of_cpu_max(const char *text);
/*
 * The least that a directory along the process's path in each hierarchy allows. Takes the
 * names of /proc/self/cgroup and of the directory below which the hierarchies are mounted.
 */
uint32_t lt_cores_of_groups(const char *groups, const char *mounts);
#endif

#endif /* LT_PLATFORM_H */
