/*
 * The deadlines that the timer keeps: a binary heap of suspensions, the earliest first, each of
 * which knows its slot. All of it under the timer's mutex.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <string.h>

#include "lt_suspend.h"
#include "lt_timer.h"

#define LT_FIRST_SLOTS	64

static void
put(struct lt_timer *timer, size_t slot, struct lt_suspension *suspension)
{

	timer->heap[slot] = suspension;
	suspension->timer_slot = slot;
}

static void
sift_up(struct lt_timer *timer, size_t slot)
{
	struct lt_suspension *moved = timer->heap[slot];

	while (slot > 0) {
		size_t parent = (slot - 1) / 2;

		if (timer->heap[parent]->deadline <= moved->deadline)
			break;
		put(timer, slot, timer->heap[parent]);
		slot = parent;
	}
	put(timer, slot, moved);
}

static void
sift_down(struct lt_timer *timer, size_t slot)
{
	struct lt_suspension *moved = timer->heap[slot];

	for (;;) {
		size_t child = 2 * slot + 1;

		if (child >= timer->count)
			break;
		if (child + 1 < timer->count &&
		    timer->heap[child + 1]->deadline < timer->heap[child]->deadline)
			child++;
		if (moved->deadline <= timer->heap[child]->deadline)
			break;
		put(timer, slot, timer->heap[child]);
		slot = child;
	}
	put(timer, slot, moved);
}

void
lt_deadlines_take(struct lt_timer *timer, size_t slot)
{
	struct lt_suspension *last = timer->heap[--timer->count];

	timer->heap[slot]->timer_slot = LT_NO_SLOT;
	if (slot == timer->count)
		return;
	put(timer, slot, last);
	sift_up(timer, slot);
	sift_down(timer, last->timer_slot);
}

bool
lt_deadlines_make_room(struct lt_timer *timer)
{
	size_t size = timer->capacity * sizeof timer->heap[0];
	size_t capacity = timer->capacity > 0 ? 2 * timer->capacity : LT_FIRST_SLOTS;
	struct lt_suspension **larger;

	if (timer->count < timer->capacity)
		return true;
	larger = lt_allocate(capacity * sizeof timer->heap[0]);
	if (larger == NULL)
		return false;
	if (timer->heap != NULL) {
		memcpy(larger, timer->heap, size);
		lt_deallocate(timer->heap, size);
	}
	timer->heap = larger;
	timer->capacity = capacity;
	return true;
}

void
lt_deadlines_free(struct lt_timer *timer)
{

	lt_deallocate(timer->heap, timer->capacity * sizeof timer->heap[0]);
	timer->heap = NULL;
	timer->capacity = 0;
}

void
lt_deadlines_add(struct lt_timer *timer, struct lt_suspension *suspension)
{

	put(timer, timer->count, suspension);
	sift_up(timer, timer->count++);
}

LT_END

#endif /* LT_SUPPORTED */
