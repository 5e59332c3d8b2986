/*
 * The timer's deadlines, as a heap with the earliest first. The timer's mutex guards all of this.
 */
#ifndef LT_DEADLINES_H
#define LT_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LT_NO_SLOT	SIZE_MAX

struct lt_deadline {
	uint64_t time;			/* A time of lt_now_ns(). */
	size_t slot;			/* Its index in the heap, or LT_NO_SLOT. */
};

struct lt_timer;

/* Makes room for one more deadline. False: there is no memory. */
bool lt_deadlines_make_room(struct lt_timer *);
void lt_deadlines_add(struct lt_timer *, struct lt_deadline *);
void lt_deadlines_take(struct lt_timer *, size_t slot);
void lt_deadlines_free(struct lt_timer *);

#endif /* LT_DEADLINES_H */
