/* The timer's state, which is part of the state of the process (lt_platform.c). */
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
	pthread_cond_t earlier;		/* The thread must wake up before `until`. */
	pthread_cond_t at_rest;		/* The thread is not at work any more. */
	struct lt_deadline **heap;
	size_t count, capacity;
	uint64_t until;			/* The end of the thread's sleep. */
	struct lt_stripe *monitored;	/* The stripes to sweep, by next_monitored. */
	struct lt_stripe *given;	/* The stripes added since the last sweep, likewise. */
	uint64_t sweep_at;		/* The time of the next sweep, if there are stripes. */
	struct lt_deadline *expiring;	/* The thread took it out of the heap to expire it. */
	uint32_t awaiting;		/* The number of threads that wait for `at_rest`. */
	bool is_at_work;		/* The thread may hold a stripe's lock. */
	bool is_running;
	/* What the thread and fork() call. lt_timer_prepare() sets these before all else. */
	void *(*run)(void *);
	void (*await_rest)(struct lt_timer *);
	void (*forget)(struct lt_timer *);
};

struct lt_timer *lt_timer_of_process(void);

#endif /* LT_TIMER_STATE_H */
