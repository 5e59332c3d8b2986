/* What the timer keeps, which is part of the state of the process (lt_platform.c). */
#ifndef LT_TIMER_STATE_H
#define LT_TIMER_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lt_stripe;
struct lt_deadline;

struct lt_timer {
	pthread_mutex_t mutex;
	pthread_cond_t earlier;		/* There is something to do before `until`. */
	pthread_cond_t at_rest;		/* The thread is not at work any more. */
	struct lt_deadline **heap;
	size_t count, capacity;
	uint64_t until;			/* What its thread sleeps until. */
	struct lt_stripe *monitored;	/* Those to sweep, by next_monitored; and since the last sweep. */
	struct lt_stripe *given;
	uint64_t sweep_at;		/* If there are any. */
	struct lt_deadline *expiring;	/* Taken out of the heap, and in the thread's hands. */
	uint32_t awaiting;		/* Who waits for `at_rest`. */
	bool is_at_work;		/* The thread may have a stripe's lock. */
	bool is_running;
	/* What the thread runs, and what fork() needs: lt_timer_prepare() says, before anything else. */
	void *(*run)(void *);
	void (*await_rest)(struct lt_timer *);
	void (*forget)(struct lt_timer *);
};

struct lt_timer *lt_timer_of_process(void);

#endif /* LT_TIMER_STATE_H */
