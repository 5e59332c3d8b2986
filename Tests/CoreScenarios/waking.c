/* Which waiters are woken, when, and in which order. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#include <sched.h>

#define MOST_WAITERS	8

struct line {
	lt_table_t *table;
	enum form form;
	unsigned *order;		/* Guarded by the key itself. */
	unsigned *served;
	unsigned number;
};

static void *
stand_in_line(void *pointer)
{
	struct line *place = pointer;
	lt_hold_t hold = acquire(place->table, place->form, 1, LT_FOREVER);

	place->order[(*place->served)++] = place->number;
	lt_release(hold);
	return NULL;
}

/* With no newcomers about, an adaptive table serves in the order of the queue, too. */
SCENARIO(waiters_are_served_in_the_order_they_came)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		lt_table_t *table = table_make(i % FORMS, 1, i < FORMS ? LT_ADAPTIVE : LT_FIFO);
		lt_hold_t hold = acquire(table, i % FORMS, 1, LT_FOREVER);
		unsigned order[MOST_WAITERS], served = 0;
		struct line places[MOST_WAITERS];
		struct crew crew = { 0 };

		for (unsigned w = 0; w < MOST_WAITERS; w++) {
			places[w] = (struct line){ table, i % FORMS, order, &served, w };
			crew_add(&crew, stand_in_line, &places[w]);
			await_queue(hold, w + 1);
		}
		lt_release(hold);
		crew_join(&crew);
		EXPECT(served == MOST_WAITERS, "a waiter was not served");
		for (unsigned w = 0; w < MOST_WAITERS; w++)
			EXPECT(order[w] == w, "a waiter was served out of order");
		close_empty(table);
	}
}

/*
 *   main                     waiter
 *   holds K                  queued
 *   release K: it is the
 *   waiter's from here on
 *   try K: LT_BUSY
 *                            (runs at last)
 */
SCENARIO(a_fifo_release_lets_no_newcomer_barge)
{
	const unsigned rounds = scaled(200);

	for (unsigned round = 0; round < rounds; round++) {
		lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		struct holder waiter = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
		    .deadline = LT_FOREVER };
		struct crew crew = { 0 };

		crew_add(&crew, holder_run, &waiter);
		await_queue(hold, 1);
		lt_release(hold);
		EXPECT(has_failed(try_acquire(table, INTEGERS, 1), LT_BUSY),
		    "a newcomer got in before the waiter");
		event_raise(&waiter.let_go);
		crew_join(&crew);
		close_empty(table);
	}
}

/*
 * One release sends for one waiter; releases of other keys of the stripe, and
 * releases while that one is on its way, send for none.
 */
SCENARIO(one_release_wakes_one_waiter_of_its_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
			enum { WAITERS = 3 };
			lt_table_t *table = table_make(form, 1, fairness);
			lt_hold_t a = acquire(table, form, 1, LT_FOREVER);
			lt_hold_t b = acquire(table, form, 2, LT_FOREVER);
			lt_hold_t pin_a = pin(table, form, 1);
			struct holder waiters[2 * WAITERS];
			struct crew crew = { 0 };
			unsigned in = 0;

			for (unsigned i = 0; i < 2 * WAITERS; i++) {
				waiters[i] = (struct holder){ HOLDER, .table = table, .form = form,
				    .number = 1 + i / WAITERS, .deadline = LT_FOREVER };
				crew_add(&crew, holder_run, &waiters[i]);
				await_queue(i < WAITERS ? a : b, i % WAITERS + 1);
			}
			for (unsigned i = 0; i < 100; i++)
				lt_release(acquire(table, form, 3 + i % 5, LT_FOREVER));
			EXPECT(peek_queue(a) == WAITERS && peek_queue(b) == WAITERS,
			    "a release reached another key's waiter");

			lt_release(a);
			event_await(&waiters[0].done, 1);
			EXPECT(peek_queue(pin_a) == WAITERS - 1, "it was not one waiter that left");
			EXPECT(peek_queue(b) == WAITERS, "a waiter of another key was woken");
			EXPECT(peek_is_sound(pin_a) && peek_is_sound(b), "the queue was broken");
			for (unsigned i = 0; i < WAITERS; i++)
				in += event_times(&waiters[i].done);
			EXPECT(in == 1, "more than one got in");

			lt_release(b);
			for (unsigned i = 0; i < 2 * WAITERS; i++)
				event_raise(&waiters[i].let_go);
			crew_join(&crew);
			lt_unpin(pin_a);
			close_empty(table);
		}
	}
}

/* --- starvation ------------------------------------------------------------------- */

static void *
acquire_once(void *pointer)
{
	struct holder *holder = pointer;

	holder->hold = acquire(holder->table, holder->form, holder->number, holder->deadline);
	event_raise(&holder->done);
	lt_release(holder->hold);
	return NULL;
}

/*
 * Main takes the key again right after each release, and holds it most of the
 * time, until the waiters have had it. If they starve, this does not end.
 */
SCENARIO(a_greedy_thread_does_not_starve_waiters)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		for (unsigned waiters = 1; waiters <= 3; waiters += 2) {
			lt_table_t *table = table_make(INTEGERS, 1, fairness);
			struct holder patient[3];
			struct crew crew = { 0 };
			unsigned served = 0, looks = 0;
			lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

			for (unsigned w = 0; w < waiters; w++) {
				patient[w] = (struct holder){ HOLDER, .table = table,
				    .form = INTEGERS, .number = 1, .deadline = LT_FOREVER };
				crew_add(&crew, acquire_once, &patient[w]);
				await_queue(hold, w + 1);
			}
			while (served < waiters) {
				lt_release(hold);
				hold = acquire(table, INTEGERS, 1, LT_FOREVER);
				if (++looks % 16 == 0)
					pass_time(1000);
				for (served = 0; served < waiters; served++) {
					if (event_times(&patient[served].done) == 0)
						break;
				}
			}
			lt_release(hold);
			crew_join(&crew);
			close_empty(table);
		}
	}
}

/*
 * The bound of an adaptive table's unfairness, step by step:
 *
 *   main                        waiter
 *   holds K                     queued
 *   (longer than the bound)
 *   release K: signals it
 *   acquire K before it comes
 *                               finds K held, and itself starving: queued again
 *   release K: it is the
 *   waiter's from here on
 *   try K: LT_BUSY
 */
SCENARIO(a_starving_waiter_is_handed_the_key)
{
	enum { ENOUGH = 20 };
	const unsigned rounds = scaled(2000);
	unsigned overtaken = 0;

	/* Where there is but one core to be had, the woken waiter may be first each time. */
	for (unsigned round = 0; round < rounds && overtaken < ENOUGH; round++) {
		lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		struct holder waiter = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
		    .deadline = LT_FOREVER };
		struct crew crew = { 0 };

		crew_add(&crew, holder_run, &waiter);
		await_queue(hold, 1);
		pass_time(LT_HANDOFF_BOUND_NS + 1000);
		lt_release(hold);
		hold = try_acquire(table, INTEGERS, 1);
		if (is_hold(hold)) {
			overtaken++;
			while (peek_signalled(hold) > 0)
				(void)sched_yield();
			EXPECT(peek_queue(hold) == 1, "two threads held one key");
			lt_release(hold);
			EXPECT(has_failed(try_acquire(table, INTEGERS, 1), LT_BUSY),
			    "a starving waiter was overtaken once more");
		}
		event_raise(&waiter.let_go);
		crew_join(&crew);
		close_empty(table);
	}
}

/* --- more threads than cores ------------------------------------------------------ */

#define CROWD	32

struct crowd {
	lt_table_t *table;
	struct witness *witnesses;
	unsigned left;
	uint64_t seed;
};

#define CROWD_KEYS	3

static void *
crowd_in(void *pointer)
{
	struct crowd *one = pointer;

	while (one->left-- > 0) {
		uint64_t number = random_next(&one->seed) % CROWD_KEYS;
		lt_hold_t hold = lt_acquire_integer(one->table, number, LT_FOREVER);

		witness_enter(&one->witnesses[number]);
		/* Off its core with the key held. */
		if (one->left % 4 == 0)
			(void)sched_yield();
		witness_leave(&one->witnesses[number]);
		lt_release(hold);
	}
	return NULL;
}

SCENARIO(many_more_threads_than_cores_make_progress)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		lt_table_t *table = table_make(INTEGERS, 1, fairness);
		struct witness witnesses[CROWD_KEYS] = { 0 };
		lt_hold_t pinned[CROWD_KEYS];
		struct crowd crowd[CROWD];
		struct crew crew = { 0 };
		uint64_t entries = 0;

		for (uint64_t i = 0; i < CROWD_KEYS; i++)
			pinned[i] = pin(table, INTEGERS, i);
		for (size_t i = 0; i < CROWD; i++) {
			crowd[i] = (struct crowd){ table, witnesses, scaled(400), i + 1 };
			crew_add(&crew, crowd_in, &crowd[i]);
		}
		for (unsigned i = scaled(400); i > 0; i--) {
			EXPECT(peek_is_sound(pinned[i % CROWD_KEYS]),
			    "no waiter was on the way to a free key");
			pass_time(20000);
		}
		crew_join(&crew);
		for (uint64_t i = 0; i < CROWD_KEYS; i++) {
			entries += witnesses[i].entries;
			lt_unpin(pinned[i]);
		}
		EXPECT(entries == CROWD * scaled(400), "a counter guarded by its key is off");
		close_empty(table);
	}
}
