/*
 * Included before everything else in the core's files, which are compiled with -fsanitize=thread
 * and linked with tsan_calls.c instead of ThreadSanitizer. So each access of the core to memory is
 * a call of the simulator's. This header sends it what the compiler does not instrument: CK's
 * spinlock, which is assembly, pauses, system calls, and functions that copy memory. The core's
 * constants stay as they are.
 */
#ifndef REPLACED_H
#define REPLACED_H

#define _GNU_SOURCE
#include <ck_spinlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* As <spinlock/fas.h>: an exchange, a load, a store. */
static inline bool
replaced_trylock(ck_spinlock_fas_t *lock)
{

	return __atomic_exchange_n(&lock->value, 1u, __ATOMIC_ACQUIRE) == 0;
}

static inline bool
replaced_locked(ck_spinlock_fas_t *lock)
{

	return __atomic_load_n(&lock->value, __ATOMIC_ACQUIRE) != 0;
}

static inline void
replaced_unlock(ck_spinlock_fas_t *lock)
{

	__atomic_store_n(&lock->value, 0u, __ATOMIC_RELEASE);
}

#define ck_spinlock_fas_trylock	replaced_trylock
#define ck_spinlock_fas_locked	replaced_locked
#define ck_spinlock_fas_unlock	replaced_unlock

/* In place of lt_pause.h: a turn of a spin loop takes CL_PAUSE_NS on the core that makes it. */
#define LT_PAUSE_H
void cl_pause(void);
#define lt_pause	cl_pause

/* A prefetch moves the line, as an access does. The second argument: it is for writing. */
void cl_prefetch(const void *address, int writes, ...);
#define __builtin_prefetch(address, ...)	cl_prefetch((address), __VA_ARGS__)

/* The core makes no other system calls than those of lt_park_futex.c. */
long cl_futex(uint32_t *word, int operation, uint32_t value, const struct timespec *limit);
#define syscall(number, word, operation, value, limit, ...)			\
	cl_futex((word), (operation), (uint32_t)(value), (limit))

void *cl_memcpy(void *, const void *, size_t);
void *cl_memset(void *, int, size_t);
int cl_memcmp(const void *, const void *, size_t);
#define memcpy	cl_memcpy
#define memset	cl_memset
#define memcmp	cl_memcmp

#endif /* REPLACED_H */
