/* The timer's state, which the platform keeps. */
#ifndef LT_TIMER_H
#define LT_TIMER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lt_stripe;
struct lt_suspension;

struct lt_timer {
	pthread_mutex_t mutex;
	pthread_cond_t earlier;		/* There is something to do before `until`. */
	pthread_cond_t at_rest;		/* The thread is not at work any more. */
	struct lt_suspension **heap;
	size_t count, capacity;
	uint64_t until;			/* What its thread sleeps until. */
	struct lt_stripe *monitored;	/* Those to sweep, by next_monitored; and since the last sweep. */
	struct lt_stripe *given;
	uint64_t sweep_at;		/* If there are any. */
	struct lt_suspension *expiring;	/* Taken out of the heap, and in the thread's hands. */
	uint32_t awaiting;		/* Who waits for `at_rest`. */
	bool is_at_work;		/* The thread may have a stripe's lock. */
	bool is_running;
};

struct lt_timer *lt_timer_of_process(void);
/* Until the thread has no stripe's lock. Locked. */
void lt_timer_await_rest(struct lt_timer *);
/* In a child of fork(): no thread, no deadlines, nothing to sweep. Locked, and at rest. */
void lt_timer_forget(struct lt_timer *);

/* --- lt_deadlines.c: the heap ------------------------------------------------------- */

/* For one more. False: no memory. */
bool lt_deadlines_make_room(struct lt_timer *);
void lt_deadlines_add(struct lt_timer *, struct lt_suspension *);
void lt_deadlines_take(struct lt_timer *, size_t slot);
void lt_deadlines_free(struct lt_timer *);

#endif /* LT_TIMER_H */
