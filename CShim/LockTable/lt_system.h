/*
 * The part of the seam that keeps no state: clocks, conditions, cancellation, randomness, the
 * calling thread, and messages to the user.
 */
#ifndef LT_SYSTEM_H
#define LT_SYSTEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lt_atomics.h"

/* Prints "LockTable: <sentence>." to standard error and aborts. */
_Noreturn LT_COLD void lt_trap(const char *sentence);

/* Fills in random bytes. False: the system has none to give. */
bool lt_random(void *bytes, size_t length);

/*
 * The calling thread's priority, 1 or more, if its policy is a real-time one; 0 otherwise. The call
 * makes one or two system calls.
 */
LT_COLD uint8_t lt_real_time_priority(void);
/* Asks the system for the calling thread's number. */
LT_COLD uint64_t lt_system_thread_id(void);
/*
 * Fills in the name of the thread that has the number. The name stays empty if the thread has
 * exited, or if the system does not tell. The call makes several system calls, and keeps errno.
 */
struct lt_acquirer;
LT_COLD void lt_name_thread(struct lt_acquirer *);

/* lt_now_ns(), up to a tick of the kernel (1–10 ms) behind, for a quarter of the time to read. */
uint64_t lt_coarse_now_ns(void);

/*
 * Between these two calls a pthread_cancel() of the calling thread stays pending, whichever
 * functions the thread calls. So the thread does not end while a queue points at its stack, or in
 * the middle of a change.
 */
int lt_defer_cancellation(void);
void lt_restore_cancellation(int before);

/*
 * Makes a mutex whose holder runs at the priority of the threads that wait for it, if the system
 * has such mutexes. A thread that signals under the mutex and is preempted by the thread that it
 * woke would keep this one waiting until the scheduler has run all ordinary threads. Traps if the
 * system has no memory for a mutex.
 */
void lt_mutex_init(pthread_mutex_t *);

/* Makes a condition whose deadlines are times of lt_now_ns(). Traps if the system refuses it. */
void lt_condition_init(pthread_cond_t *);
/* The same, but returns false if the system refuses it. */
bool lt_condition_try_init(pthread_cond_t *);
/* False: the deadline has passed. */
bool lt_condition_wait(pthread_cond_t *, pthread_mutex_t *, uint64_t deadline);

#endif /* LT_SYSTEM_H */
