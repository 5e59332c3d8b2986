/*
 * What the system is asked for, with no state: clocks, conditions, cancellation, randomness, the
 * calling thread; and what is said to the user.
 */
#ifndef LT_SYSTEM_H
#define LT_SYSTEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lt_atomics.h"

/* Prints "LockTable: <sentence>" to standard error and aborts. */
_Noreturn LT_COLD void lt_trap(const char *sentence);

/* Fills in random bytes; false if the system has none to give. */
bool lt_random(void *bytes, size_t length);

/*
 * The calling thread's priority, 1 or more, if its policy is a real-time one; 0 for all others. A
 * system call or two.
 */
LT_COLD uint8_t lt_real_time_priority(void);
/* The calling thread's number and name. */
struct lt_acquirer;
void lt_identify_thread(struct lt_acquirer *);

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

#endif /* LT_SYSTEM_H */
