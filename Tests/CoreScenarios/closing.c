/* Holds, waits and pins that outlive the closing of their table. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

SCENARIO(an_unused_table_is_freed_at_its_closing)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 16, LT_ADAPTIVE);

		for (uint64_t i = 0; i < 100; i++) {
			lt_hold_t hold = acquire(table, form, i, LT_FOREVER);

			lt_release(acquire(table, form, i + 1000, LT_FOREVER));
			lt_release(hold);
		}
		lt_table_close(table);
		EXPECT(memory_outstanding() == 0, "an unused table left memory");
	}
}

SCENARIO(holds_outlive_the_closing_and_the_last_frees_the_memory)
{

	for (unsigned i = 0; i < 3 * FORMS; i++) {
		enum { KEYS = 60 };
		const enum form form = i % FORMS;
		lt_table_t *table = table_make(form, 1u << 2 * (i / FORMS), LT_ADAPTIVE);
		lt_hold_t holds[KEYS];
		uint64_t order = i + 1;

		for (uint64_t k = 0; k < KEYS; k++)
			holds[k] = acquire(table, form, k, LT_FOREVER);
		/* Some are gone before, so that some stripes are empty and some hold spares. */
		for (uint64_t k = KEYS / 2; k < KEYS; k++)
			lt_release(holds[k]);
		lt_table_close(table);
		for (uint64_t left = KEYS / 2; left > 0; left--) {
			uint64_t k = random_next(&order) % left;

			EXPECT(memory_outstanding() > 0, "a closed table was freed under a hold");
			lt_release(holds[k]);
			holds[k] = holds[left - 1];
		}
		EXPECT(memory_outstanding() == 0, "the last release left memory");
	}
}

/*
 *   main                    waiters
 *   holds K                 queued; one of them with a deadline
 *   closes the table
 *                           one leaves: too late
 *   release K
 *                           one after the other has K; the last frees the table
 */
SCENARIO(waiters_outlive_the_closing)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		enum { WAITERS = 4 };
		const enum form form = i % FORMS;
		lt_table_t *table = table_make(form, 4, i / FORMS);
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);
		struct witness witness = { 0 };
		struct holder waiters[WAITERS];
		struct crew crew = { 0 };

		for (size_t w = 0; w < WAITERS; w++) {
			waiters[w] = (struct holder){ HOLDER, .table = table, .form = form,
			    .number = 1, .deadline = LT_FOREVER, .witness = &witness };
			if (w == 1)
				waiters[w].deadline = lt_now_ns() + 3000000;
			event_raise(&waiters[w].let_go);
			crew_add(&crew, holder_run, &waiters[w]);
		}
		/* No call may come to a closed table: all are in the queue, or were. */
		while (peek_queue(hold) + event_times(&waiters[1].done) < WAITERS)
			pass_time(1000);
		lt_table_close(table);
		event_await(&waiters[1].done, 1);
		EXPECT(memory_outstanding() > 0, "a closed table was freed under its waiters");
		lt_release(hold);
		crew_join(&crew);
		EXPECT(has_failed(waiters[1].hold, LT_TIMED_OUT), "the deadline was lost");
		EXPECT(witness.entries == WAITERS - 1, "a waiter of a closed table did not get in");
		EXPECT(memory_outstanding() == 0, "the last waiter left memory");
	}
}

SCENARIO(pins_outlive_the_closing_and_become_holds)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { KEYS = 6 };
		lt_table_t *table = table_make(form, 4, LT_ADAPTIVE);
		lt_hold_t pins[KEYS], extra;
		size_t count = KEYS;

		for (uint64_t k = 0; k < KEYS; k++)
			pins[k] = pin(table, form, k / 2);
		extra = pin(table, form, 77);
		lt_table_close(table);
		EXPECT(lt_acquire_pinned(pins, &count, LT_NO_WAIT) == LT_OK && count == KEYS / 2,
		    "the pins of a closed table did not become holds");
		while (count > 0)
			lt_release(pins[--count]);
		EXPECT(memory_outstanding() > 0, "a closed table was freed under a pin");
		lt_unpin(extra);
		EXPECT(memory_outstanding() == 0, "the last pin left memory");
	}
}

/* --- closing and releasing at once ---------------------------------------------------- */

#define EACH	20

struct leaver {
	lt_hold_t holds[EACH];
	struct event *start;
};

static void *
release_each(void *pointer)
{
	struct leaver *leaver = pointer;

	event_await(leaver->start, 1);
	for (size_t i = 0; i < EACH; i++)
		lt_release(leaver->holds[i]);
	return NULL;
}

/*
 *   main                       two others
 *   acquires keys for them
 *   closes the table, stripe   release them, stripe after
 *   after stripe               stripe
 *   (the last of them frees it)
 */
SCENARIO(closing_meets_the_last_releases)
{
	const unsigned rounds = scaled(600);

	for (unsigned round = 0; round < rounds; round++) {
		const enum form form = round % FORMS;
		lt_table_t *table = table_make(form, round % 2 ? 4 : 1, LT_ADAPTIVE);
		struct event start = EVENT;
		struct leaver leavers[2];
		struct crew crew = { 0 };

		for (uint64_t i = 0; i < LENGTH_OF(leavers); i++) {
			leavers[i].start = &start;
			for (uint64_t k = 0; k < EACH; k++)
				leavers[i].holds[k] = acquire(table, form, EACH * i + k, LT_FOREVER);
			crew_add(&crew, release_each, &leavers[i]);
		}
		event_raise(&start);
		if (round % 3 == 0)
			pass_time(1000 * (round % 50));
		lt_table_close(table);
		crew_join(&crew);
		EXPECT(memory_outstanding() == 0, "memory was left, or freed twice");
	}
}

/* --- closing while a set is made smaller ------------------------------------------------ */

#define SHRINKING	40

struct shrinker {
	struct stop stop;
	struct event over;
	lt_hold_t holds[SHRINKING];
	size_t released;
};

/* Releases, until one release wants a smaller set and is stopped allocating it. */
static void *
release_until_stopped(void *pointer)
{
	struct shrinker *shrinker = pointer;

	stop_at(STOP_ALLOCATE, 0, &shrinker->stop);
	while (event_times(&shrinker->stop.reached) == 0 && shrinker->released < SHRINKING)
		lt_release(shrinker->holds[shrinker->released++]);
	event_raise(&shrinker->over);
	return NULL;
}

enum meanwhile { NOTHING, RELEASE_ALL, GROW, RELEASE_AND_GROW, CLOSE, RELEASE_AND_CLOSE,
    MEANWHILES };

/*
 *   other                          main
 *   release one of the last keys
 *   of many: allocates a smaller
 *   set, and is stopped there
 *                                  releases the others, or fills the set again,
 *                                  or closes the table, or some of it
 *   puts the set into service,
 *   or does not
 */
SCENARIO(a_set_that_shrinks_survives_every_other_change)
{

	for (unsigned i = 0; i < FORMS * MEANWHILES; i++) {
		enum { NEW = 100 };
		const enum form form = i % FORMS;
		const enum meanwhile doing = i / FORMS;
		const bool closes = doing == CLOSE || doing == RELEASE_AND_CLOSE;
		const bool releases = doing % 2 != 0;
		const size_t news = doing == GROW || doing == RELEASE_AND_GROW ? NEW : 0;
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		struct shrinker shrinker = { .stop = STOP, .over = EVENT };
		lt_hold_t holds[NEW];
		struct crew crew = { 0 };

		for (uint64_t k = 0; k < SHRINKING; k++)
			shrinker.holds[k] = acquire(table, form, k, LT_FOREVER);
		crew_add(&crew, release_until_stopped, &shrinker);
		while (event_times(&shrinker.stop.reached) + event_times(&shrinker.over) == 0)
			pass_time(1000);
		if (event_times(&shrinker.stop.reached) == 0) {
			/* Of one hash the set has one entry, and never was large. */
			EXPECT(form >= BYTES_ALIKE, "a large set was not made smaller");
			crew_join(&crew);
			lt_table_close(table);
			continue;
		}
		for (size_t k = shrinker.released; k < SHRINKING && releases; k++)
			lt_release(shrinker.holds[k]);
		EXPECT(!releases || lt_table_count(table) == 0, "entries were left");
		for (uint64_t k = 0; k < news; k++)
			holds[k] = acquire(table, form, 1000 + k, LT_FOREVER);
		if (closes)
			lt_table_close(table);
		event_raise(&shrinker.stop.go_on);
		crew_join(&crew);
		for (uint64_t k = 0; k < news; k++) {
			EXPECT(has_failed(try_acquire(table, form, 1000 + k), LT_BUSY),
			    "a key was lost while the set was made smaller");
			lt_release(holds[k]);
		}
		for (size_t k = shrinker.released; k < SHRINKING && !releases; k++)
			lt_release(shrinker.holds[k]);
		if (!closes) {
			close_empty(table);
		}
		EXPECT(memory_outstanding() == 0, "memory was left");
	}
}

SCENARIO(another_thread_may_release)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, LT_FIFO);
		struct event start = EVENT;
		struct leaver leaver = { .start = &start };
		struct holder waiter = { HOLDER, .table = table, .form = form, .number = 3,
		    .deadline = LT_FOREVER };
		struct crew crew = { 0 };

		for (uint64_t k = 0; k < EACH; k++)
			leaver.holds[k] = acquire(table, form, k, LT_FOREVER);
		crew_add(&crew, holder_run, &waiter);
		await_queue(leaver.holds[3], 1);
		crew_add(&crew, release_each, &leaver);
		event_raise(&start);
		event_await(&waiter.done, 1);
		event_raise(&waiter.let_go);
		crew_join(&crew);
		close_empty(table);
	}
}
