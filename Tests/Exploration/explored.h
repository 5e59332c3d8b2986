/*
 * Included before everything else in the core's files, which are compiled with
 * -fsanitize=thread and linked with tsan_calls.c instead of ThreadSanitizer. So each
 * access to memory and each atomic operation of the core is a call of the explorer's.
 * This header sends it the rest: CK's spinlock, whose assembly the compiler does not
 * see into, pauses, system calls, mutexes, and functions that copy memory.
 */
#ifndef EXPLORED_H
#define EXPLORED_H

#define _GNU_SOURCE
#include <ck_spinlock.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define __builtin_ia32_pause()	((void)0)

/* Spins in a row of a waiter that changes nothing: what the third would find, the second does. */
#define LT_SPINS_QUEUED	2
#define LT_TURNS	2
/* The monitor sweeps at any moment: a second sweep would find what the first does. */
#define LT_SWEEPS_TO_STALL	1
#define LT_STRIPE_SPIN_NS	1
/* Two waiters are refused in one locked section, and a third in another. */
#define LT_REFUSED_AT_ONCE	2
/* One waiter of a flight is landed in each locked section, so others come in between. */
#define LT_LANDED_AT_ONCE	1
/* A few keys are enough for a set to grow, to move its entries and to shrink. */
#define LT_MOST_PER_GROUP	2
#define LT_LEAST_PER_GROUP	1
/* A period of counted holds ends with a jump of the clock, and each hold looks whether it has. */
#define LT_FENCES_PER_SECOND	1000000000
#define LT_COUNTED_PER_LOOK	1
#define LT_TICK_SHIFT	7

/* As <spinlock/fas.h>: an exchange and ck_pr_fence_lock(), ck_pr_fence_unlock() and a store. */
void explorer_took(const unsigned int *);

static inline bool
explored_trylock(ck_spinlock_fas_t *lock)
{

	if (__atomic_exchange_n(&lock->value, 1u, __ATOMIC_ACQUIRE) != 0)
		return false;
	explorer_took(&lock->value);
	return true;
}

/* A caller that reads a stripe's lock goes on to try it: it may as well wait until it is free. */
bool explorer_spins_in_vain(const unsigned int *);

static inline bool
explored_locked(ck_spinlock_fas_t *lock)
{

	return explorer_spins_in_vain(&lock->value);
}

void explorer_let_go(unsigned int *);

static inline void
explored_unlock(ck_spinlock_fas_t *lock)
{

	explorer_let_go(&lock->value);
}

#define ck_spinlock_fas_trylock	explored_trylock
#define ck_spinlock_fas_locked	explored_locked
#define ck_spinlock_fas_unlock	explored_unlock

long explorer_futex(unsigned int *word, int operation, unsigned int value,
    const struct timespec *limit);
#define syscall(number, word, operation, value, limit, ...)			\
	explorer_futex((word), (operation), (unsigned int)(value), (limit))

int explorer_mutex_lock(void *);
int explorer_mutex_unlock(void *);
int explorer_condition_signal(void *);
int explorer_condition_broadcast(void *);
int explorer_ignore(void *);
#define pthread_mutex_lock	explorer_mutex_lock
#define pthread_mutex_unlock	explorer_mutex_unlock
#define pthread_cond_signal	explorer_condition_signal
#define pthread_cond_broadcast	explorer_condition_broadcast
#define pthread_mutex_init(mutex, how)	explorer_ignore(mutex)
#define pthread_mutex_destroy	explorer_ignore
#define pthread_cond_destroy	explorer_ignore

void *explorer_memcpy(void *, const void *, size_t);
void *explorer_memset(void *, int, size_t);
int explorer_memcmp(const void *, const void *, size_t);
#define memcpy	explorer_memcpy
#define memset	explorer_memset
#define memcmp	explorer_memcmp

#endif /* EXPLORED_H */
