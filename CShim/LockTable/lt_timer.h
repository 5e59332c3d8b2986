/* The timer's state, which the platform keeps. */
#ifndef LT_TIMER_H
#define LT_TIMER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lt_suspension;

struct lt_timer {
	pthread_mutex_t mutex;
	pthread_cond_t earlier;		/* The earliest deadline has changed. */
	struct lt_suspension **heap;
	size_t count, capacity;
	uint64_t until;			/* What its thread sleeps until. */
	bool is_running;
};

struct lt_timer *lt_timer_of_process(void);
/* In a child of fork(): no thread, and no deadlines. Locked. */
void lt_timer_forget(struct lt_timer *);

#endif /* LT_TIMER_H */
