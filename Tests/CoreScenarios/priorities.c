/*
 * Real-time threads in the line for a key. Where the system permits no such policy, the scenarios
 * have nothing to look at.
 */
#include "contended_key.h"

#include <sched.h>

#define MOST_WAITERS	4

/* The order in which the key was had. */
struct order {
	int of[MOST_WAITERS];
	size_t count;
};

/* A thread of SCHED_FIFO's priority, or, if that is 0, an ordinary one. */
struct waiter {
	struct contended_key *contended;
	struct order *order;
	int number, priority;
	bool is_shared;
	struct event done;
};

static void *
acquire_and_note(void *pointer)
{
	struct waiter *waiter = pointer;
	struct contended_key *contended = waiter->contended;
	const struct sched_param own = { .sched_priority = waiter->priority };
	lt_hold_t hold;

	if (waiter->priority > 0 && pthread_setschedparam(pthread_self(), SCHED_FIFO, &own) != 0)
		complain("a policy was refused that was permitted before");
	hold = waiter->is_shared ? acquire_shared(contended->table, contended->form, 1, LT_FOREVER) :
	    acquire(contended->table, contended->form, 1, LT_FOREVER);
	if (waiter->order->count < MOST_WAITERS)
		waiter->order->of[waiter->order->count++] = waiter->number;
	if (waiter->is_shared)
		release_shared_if_hold(hold);
	else
		release_if_hold(hold);
	event_raise(&waiter->done);
	return NULL;
}

static void *
try_policy(void *is_permitted)
{
	const struct sched_param own = { .sched_priority = 1 };

	*(bool *)is_permitted = pthread_setschedparam(pthread_self(), SCHED_FIFO, &own) == 0;
	return NULL;
}

static bool
is_permitted(void)
{
	struct crew crew = { 0 };
	bool permitted = false;

	crew_add(&crew, try_policy, &permitted);
	crew_join(&crew);
	if (!permitted)
		tell("left out: the system refuses SCHED_FIFO");
	return permitted;
}

/* One after the other they stand in line; when the key is free, they come in another order. */
static void
expect_order(uint32_t fairness, const int priorities[MOST_WAITERS],
    const int expected[MOST_WAITERS])
{
	struct waiter waiters[MOST_WAITERS];
	struct order order = { .count = 0 };
	struct crew crew = { 0 };
	struct contended_key contended;

	contended_open(&contended, INTEGERS, fairness);
	for (int i = 0; i < MOST_WAITERS; i++) {
		waiters[i] = (struct waiter){ &contended, &order, i, priorities[i], false, EVENT };
		crew_add(&crew, acquire_and_note, &waiters[i]);
		await_queue(contended.pin, (size_t)i + 1);
	}
	EXPECT(peek_is_sound(contended.pin), "the line is not by priority");
	release_if_hold(contended.hold);
	crew_join(&crew);
	for (int i = 0; i < MOST_WAITERS; i++)
		EXPECT(order.of[i] == expected[i], "the key was had in another order");
	contended_close(&contended);
}

SCENARIO(real_time_threads_queue_before_others)
{

	if (!is_permitted())
		return;
	expect_order(LT_ADAPTIVE, (int[]){ 0, 0, 10, 20 }, (int[]){ 3, 2, 0, 1 });
	expect_order(LT_ADAPTIVE, (int[]){ 0, 10, 0, 10 }, (int[]){ 1, 3, 0, 2 });
	expect_order(LT_ADAPTIVE, (int[]){ 20, 0, 10, 30 }, (int[]){ 3, 0, 2, 1 });
	expect_order(LT_FIFO, (int[]){ 0, 0, 10, 20 }, (int[]){ 0, 1, 2, 3 });
}

/* The head was woken and does not run; a newcomer holds the key meanwhile. */
SCENARIO(a_waiter_that_does_not_run_is_overtaken)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct order order = { .count = 0 };
		struct sleeper head, next;
		struct crew crew = { 0 };
		struct contended_key contended;
		struct waiter waiter = { &contended, &order, 7, 10, false, EVENT };

		if (!is_permitted())
			return;
		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue(&contended, &head);
		contended_enqueue(&contended, &next);
		release_if_hold(contended.hold);
		EXPECT(sleeper_was_resumed(&head), "the head was not woken");
		contended_barge(&contended);
		crew_add(&crew, acquire_and_note, &waiter);
		await_queue(contended.pin, 3);
		EXPECT(peek_is_sound(contended.pin) && peek_signalled(contended.pin) == 0,
		    "one of less priority is still on its way");
		EXPECT(sleeper_poll(&head) == LT_SUSPENDED && sleeper_begin(&head) == LT_SUSPENDED,
		    "a held key was taken");
		release_if_hold(contended.hold);
		crew_join(&crew);
		EXPECT(order.count == 1, "a real-time thread waited for one that does not run");
		EXPECT(sleeper_begin(&head) == LT_OK && sleeper_sleeps(&next),
		    "a waiter that was overtaken lost its place before others");
		contended_release_granted(&contended, &head);
		EXPECT(sleeper_begin(&next) == LT_OK, "the last was forgotten");
		contended_release_granted(&contended, &next);
		contended_close(&contended);
	}
}

/* A writer waits for a reader; a reader of a higher priority does not wait for the writer. */
SCENARIO(a_reader_passes_a_writer_of_less_priority)
{
	struct order order = { .count = 0 };
	struct sleeper writer;
	struct crew crew = { 0 };
	struct contended_key contended;
	struct waiter waiter = { &contended, &order, 7, 10, true, EVENT };

	if (!is_permitted())
		return;
	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended.hold = lt_downgrade(contended.hold);
	contended_enqueue(&contended, &writer);
	crew_add(&crew, acquire_and_note, &waiter);
	crew_join(&crew);
	EXPECT(order.count == 1 && sleeper_sleeps(&writer),
	    "a reader waited for a writer of less priority");
	release_shared_if_hold(contended.hold);
	EXPECT(sleeper_gets_key(&writer), "the writer was forgotten");
	contended_release_granted(&contended, &writer);
	contended_close(&contended);
}
