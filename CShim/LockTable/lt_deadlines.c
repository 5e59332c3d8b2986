/*
 * The timer's deadlines: a binary heap with the earliest first, in which each deadline knows its
 * slot. The timer's mutex guards all of this.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include <string.h>

#include "lt_deadlines.h"
#include "lt_platform.h"
#include "lt_timer_state.h"

#define LT_FIRST_SLOTS	64

static void
put(struct lt_timer *timer, size_t slot, struct lt_deadline *deadline)
{

	timer->heap[slot] = deadline;
	deadline->slot = slot;
}

static void
sift_up(struct lt_timer *timer, size_t slot)
{
	struct lt_deadline *moved = timer->heap[slot];

	while (slot > 0) {
		size_t parent = (slot - 1) / 2;

		if (timer->heap[parent]->time <= moved->time)
			break;
		put(timer, slot, timer->heap[parent]);
		slot = parent;
	}
	put(timer, slot, moved);
}

static void
sift_down(struct lt_timer *timer, size_t slot)
{
	struct lt_deadline *moved = timer->heap[slot];

	for (;;) {
		size_t child = 2 * slot + 1;

		if (child >= timer->count)
			break;
		if (child + 1 < timer->count &&
		    timer->heap[child + 1]->time < timer->heap[child]->time)
			child++;
		if (moved->time <= timer->heap[child]->time)
			break;
		put(timer, slot, timer->heap[child]);
		slot = child;
	}
	put(timer, slot, moved);
}

void
lt_deadlines_take(struct lt_timer *timer, size_t slot)
{
	struct lt_deadline *last = timer->heap[--timer->count];

	timer->heap[slot]->slot = LT_NO_SLOT;
	if (slot == timer->count)
		return;
	put(timer, slot, last);
	sift_up(timer, slot);
	sift_down(timer, last->slot);
}

bool
lt_deadlines_make_room(struct lt_timer *timer)
{
	size_t size = timer->capacity * sizeof timer->heap[0];
	size_t capacity = timer->capacity > 0 ? 2 * timer->capacity : LT_FIRST_SLOTS;
	struct lt_deadline **larger;

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
lt_deadlines_add(struct lt_timer *timer, struct lt_deadline *deadline)
{

	put(timer, timer->count, deadline);
	sift_up(timer, timer->count++);
}

LT_END

#endif /* LT_SUPPORTED */
