/*
 * The timer: one thread for the deadlines of all suspensions of the process. It
 * is started by the first that has one, and ends when there has been none for a
 * while. The deadlines are in a binary heap, the earliest first.
 *
 * Lock order: the timer's mutex, then a stripe's lock. Continuations are
 * resumed with neither.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <pthread.h>
#include <string.h>

#include "lt_core.h"
#include "lt_suspend.h"
#include "lt_timer.h"

#define LT_TIMER_IDLE_NS	1000000000u
#define LT_TIMER_SLOTS		64

/* What it orders among those who have deadlines is no promise: see lt_tsan.h. */
static void
lock(struct lt_timer *timer)
{

	lt_tsan_ignore_all();
	(void)pthread_mutex_lock(&timer->mutex);
}

static void
unlock(struct lt_timer *timer)
{

	(void)pthread_mutex_unlock(&timer->mutex);
	lt_tsan_heed_all();
}

static void
put(struct lt_timer *timer, size_t slot, struct lt_suspension *suspension)
{

	timer->heap[slot] = suspension;
	suspension->timer_slot = slot;
}

static void
rise(struct lt_timer *timer, size_t slot)
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
sink(struct lt_timer *timer, size_t slot)
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

static void
take(struct lt_timer *timer, size_t slot)
{
	struct lt_suspension *last = timer->heap[--timer->count];

	timer->heap[slot]->timer_slot = LT_NO_SLOT;
	if (slot == timer->count)
		return;
	put(timer, slot, last);
	rise(timer, slot);
	sink(timer, last->timer_slot);
}

static bool
make_room(struct lt_timer *timer)
{
	size_t size = timer->capacity * sizeof timer->heap[0];
	size_t capacity = timer->capacity > 0 ? 2 * timer->capacity : LT_TIMER_SLOTS;
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

static void
free_heap(struct lt_timer *timer)
{

	lt_deallocate(timer->heap, timer->capacity * sizeof timer->heap[0]);
	timer->heap = NULL;
	timer->capacity = 0;
}

/* Sleeps until the earliest deadline. False: there has been none for a while. */
static bool
await_deadline(struct lt_timer *timer)
{
	while (timer->count == 0 || timer->heap[0]->deadline > lt_now_ns()) {
		bool idle = timer->count == 0;
		uint64_t until = idle ? lt_now_ns() + LT_TIMER_IDLE_NS : timer->heap[0]->deadline;
		bool in_time;

		timer->until = until;
		in_time = lt_condition_wait(&timer->earlier, &timer->mutex, until);
		if (idle && !in_time && timer->count == 0)
			return false;
	}
	return true;
}

static void *
run(void *argument)
{
	struct lt_timer *timer = argument;

	lock(timer);
	while (await_deadline(timer)) {
		struct lt_suspension *due = timer->heap[0];
		struct lt_leftovers leftovers = { 0 };
		lt_resume_t resume = due->waiter.resume;
		void *continuation;

		take(timer, 0);
		/* Under the mutex, so that nobody ends the suspension meanwhile. */
		continuation = lt_suspension_expire(due, &leftovers);
		unlock(timer);
		lt_send(leftovers.woken, leftovers.more);
		if (continuation != NULL) {
			lt_tsan_acquire(due);
			resume(continuation);
		}
		lock(timer);
	}
	free_heap(timer);
	timer->is_running = false;
	unlock(timer);
	return NULL;
}

bool
lt_timer_add(struct lt_suspension *suspension)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool added = false;

	lock(timer);
	if (make_room(timer)) {
		if (!timer->is_running)
			timer->is_running = lt_start_thread(run, timer);
		if (timer->is_running) {
			put(timer, timer->count, suspension);
			rise(timer, timer->count++);
			added = true;
			if (suspension->timer_slot == 0)
				(void)pthread_cond_signal(&timer->earlier);
		} else {
			free_heap(timer);
		}
	}
	unlock(timer);
	return added;
}

void
lt_timer_remove(struct lt_suspension *suspension)
{
	struct lt_timer *timer = lt_timer_of_process();

	lock(timer);
	if (suspension->timer_slot != LT_NO_SLOT)
		take(timer, suspension->timer_slot);
	/* The thread may be asleep for a deadline far away that is none any more. */
	if (timer->count == 0 && timer->is_running &&
	    timer->until > lt_now_ns() + LT_TIMER_IDLE_NS)
		(void)pthread_cond_signal(&timer->earlier);
	unlock(timer);
}

/* The parent's deadlines are the parent's: whom they resume may have no thread here. */
void
lt_timer_forget(struct lt_timer *timer)
{

	while (timer->count > 0)
		timer->heap[--timer->count]->timer_slot = LT_NO_SLOT;
	timer->is_running = false;
}

bool
lt_timer_is_running(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool is_running;

	lock(timer);
	is_running = timer->is_running;
	unlock(timer);
	return is_running;
}

LT_END
