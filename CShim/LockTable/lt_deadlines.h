/*
 * The deadlines that the timer keeps, as a heap: the earliest first. All of it under the mutex of the
 * timer.
 */
#ifndef LT_DEADLINES_H
#define LT_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LT_NO_SLOT	SIZE_MAX

struct lt_deadline {
	uint64_t time;			/* By lt_now_ns()'s clock. */
	size_t slot;			/* In the heap; LT_NO_SLOT: it is not there. */
};

struct lt_timer;

/* For one more. False: no memory. */
bool lt_deadlines_make_room(struct lt_timer *);
void lt_deadlines_add(struct lt_timer *, struct lt_deadline *);
void lt_deadlines_take(struct lt_timer *, size_t slot);
void lt_deadlines_free(struct lt_timer *);

#endif /* LT_DEADLINES_H */
