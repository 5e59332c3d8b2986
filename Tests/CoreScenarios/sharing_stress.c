/* Threads and suspensions that read and write, with a witness of their exclusion. */
#include "support.h"

#include <sched.h>

/* Readers count in; a writer is alone. The data is written by writers, and is not atomic. */
struct library {
	uint32_t readers;		/* Atomic, relaxed: it orders nothing. */
	volatile uint32_t writers;
	uint64_t data, copy;
};

static void
library_read(struct library *library, bool yielding)
{
	uint64_t data = library->data;

	(void)__atomic_add_fetch(&library->readers, 1, __ATOMIC_RELAXED);
	EXPECT(library->writers == 0, "a reader was inside with a writer");
	if (yielding)
		(void)sched_yield();
	EXPECT(library->copy == data, "a reader saw half of what a writer did");
	(void)__atomic_sub_fetch(&library->readers, 1, __ATOMIC_RELAXED);
}

static void
library_write(struct library *library, bool yielding)
{

	EXPECT(library->writers == 0, "two writers were inside");
	EXPECT(__atomic_load_n(&library->readers, __ATOMIC_RELAXED) == 0,
	    "a writer was inside with a reader");
	library->writers = 1;
	library->data++;
	if (yielding)
		(void)sched_yield();
	library->copy++;
	library->writers = 0;
}

/* --- a witness --------------------------------------------------------------------------- */

#define MOST_KEYS	4
#define THREADS		8

struct visitor {
	lt_table_t *table;
	enum form form;
	struct library *libraries;
	uint64_t keys, seed, written;
	unsigned left;
};

static uint64_t
deadline_of(uint64_t random)
{

	switch (random % 4) {
	case 0:
		return LT_NO_WAIT;
	case 1:
		return lt_deadline_after_ns(random % 50000);
	default:
		return LT_FOREVER;
	}
}

static void
visit_to_read(struct visitor *visitor, uint64_t number, uint64_t random)
{
	lt_hold_t hold = acquire_shared(visitor->table, visitor->form, number,
	    deadline_of(random >> 8));

	if (!is_hold(hold)) {
		EXPECT((random >> 8) % 4 < 2, "an acquisition without a deadline failed");
		return;
	}
	library_read(&visitor->libraries[number], random >> 20 & 1);
	lt_release_shared(hold);
}

static void
visit_to_write(struct visitor *visitor, uint64_t number, uint64_t random)
{
	struct library *library = &visitor->libraries[number];
	lt_hold_t hold = acquire(visitor->table, visitor->form, number, deadline_of(random >> 8));

	if (!is_hold(hold)) {
		EXPECT((random >> 8) % 4 < 2, "an acquisition without a deadline failed");
		return;
	}
	library_write(library, random >> 20 & 1);
	visitor->written++;
	if (random >> 21 & 1) {
		hold = lt_downgrade(hold);
		library_read(library, random >> 22 & 1);
		lt_release_shared(hold);
	} else {
		lt_release(hold);
	}
}

/* Of two keys, one is read and the other written. */
static void
visit_two(struct visitor *visitor, uint64_t number, uint64_t other, uint64_t random)
{
	lt_hold_t holds[2] = { pin_shared(visitor->table, visitor->form, number),
	    pin(visitor->table, visitor->form, other) };
	size_t count = 2;

	if (lt_acquire_pinned(holds, &count, deadline_of(random >> 8)) != LT_OK)
		return;
	library_write(&visitor->libraries[other], random >> 20 & 1);
	visitor->written++;
	if (other != number)
		library_read(&visitor->libraries[number], false);
	lt_release_multi(holds, count);
}

static void *
visit(void *pointer)
{
	struct visitor *visitor = pointer;

	for (; visitor->left > 0; visitor->left--) {
		const uint64_t random = random_next(&visitor->seed);
		const uint64_t number = random % visitor->keys;

		switch (random >> 24 & 7) {
		case 0:
		case 1:
			visit_to_write(visitor, number, random);
			break;
		case 2:
			visit_two(visitor, number, (random >> 32) % visitor->keys, random);
			break;
		default:
			visit_to_read(visitor, number, random);
		}
	}
	return NULL;
}

static void
run_visitors(uint64_t keys, uint32_t fairness, enum form form)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct library libraries[MOST_KEYS] = { 0 };
	struct visitor visitors[THREADS];
	lt_hold_t pinned[MOST_KEYS];
	struct crew crew = { 0 };
	uint64_t written = 0;

	for (uint64_t k = 0; k < keys; k++)
		pinned[k] = pin(table, form, k);
	for (unsigned t = 0; t < THREADS; t++) {
		visitors[t] = (struct visitor){ table, form, libraries, keys, t + 1, 0, scaled(1500) };
		crew_add(&crew, visit, &visitors[t]);
	}
	for (unsigned look = scaled(200); look > 0; look--) {
		EXPECT(peek_is_sound(pinned[look % keys]), "no waiter was on the way to a free key");
		pass_time(20000);
	}
	crew_join(&crew);
	for (unsigned t = 0; t < THREADS; t++)
		written += visitors[t].written;
	for (uint64_t k = 0; k < keys; k++) {
		EXPECT(libraries[k].readers == 0 && libraries[k].data == libraries[k].copy,
		    "a library was left in disorder");
		written -= libraries[k].data;
		EXPECT(peek_references(pinned[k]) == 1 && peek_holders(pinned[k]) == 0,
		    "a waiter that left was still counted");
		lt_unpin(pinned[k]);
	}
	EXPECT(written == 0, "a counter guarded by its key is off");
	close_empty(table);
}

SCENARIO(threads_read_and_write)
{

	for (enum form form = 0; form < FORMS; form++) {
		run_visitors(1, LT_ADAPTIVE, form);
		run_visitors(1, LT_FIFO, form);
		run_visitors(MOST_KEYS, form % 2, form);
	}
}

/* --- suspensions that are cancelled, and expire, at any time ----------------------------- */

#define STORMERS	6

struct stormer {
	lt_table_t *table;
	enum form form;
	struct library *library;
	uint64_t seed, written;
	unsigned left;
	/* What may be cancelled now. */
	pthread_mutex_t mutex;
	lt_suspension_t *current;
};

static void
expose(struct stormer *stormer, lt_suspension_t *suspension)
{

	(void)pthread_mutex_lock(&stormer->mutex);
	stormer->current = suspension;
	(void)pthread_mutex_unlock(&stormer->mutex);
}

static void
storm_inside(struct stormer *stormer, lt_hold_t hold, bool is_shared, uint64_t random)
{

	if (!is_shared) {
		library_write(stormer->library, random & 1);
		stormer->written++;
		if ((random & 2) == 0) {
			lt_release(hold);
			return;
		}
		hold = lt_downgrade(hold);
	}
	library_read(stormer->library, random & 4);
	lt_release_shared(hold);
}

static void *
storm(void *pointer)
{
	struct stormer *stormer = pointer;

	for (; stormer->left > 0; stormer->left--) {
		const uint64_t random = random_next(&stormer->seed);
		const bool is_shared = random % 3 > 0;
		struct sleeper sleeper;
		lt_status_t status;
		lt_hold_t hold;

		if (is_shared)
			sleeper_create_shared(&sleeper, stormer->table, stormer->form, 1, LT_FOREVER);
		else
			sleeper_create(&sleeper, stormer->table, stormer->form, 1, LT_FOREVER);
		expose(stormer, sleeper.suspension);
		while ((status = sleeper_begin(&sleeper)) == LT_SUSPENDED) {
			event_await(&sleeper.resumed, sleeper.begun);
			if (sleeper_outcome(&sleeper) != LT_SUSPENDED)
				break;
		}
		expose(stormer, NULL);
		hold = sleeper_end(&sleeper);
		if (is_hold(hold))
			storm_inside(stormer, hold, is_shared, random >> 8);
	}
	return NULL;
}

static void
interrupt_somebody(struct stormer *stormers, uint64_t random)
{
	struct stormer *stormer = &stormers[random % STORMERS];

	(void)pthread_mutex_lock(&stormer->mutex);
	if (stormer->current != NULL) {
		if (random >> 8 & 1)
			lt_suspension_cancel(stormer->current);
		else
			peek_expire(stormer->current);
	}
	(void)pthread_mutex_unlock(&stormer->mutex);
}

static void
run_storm(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t pinned = pin(table, form, 1);
	struct stormer stormers[STORMERS];
	struct library library = { 0 };
	uint64_t seed = 99, written = 0;
	struct crew crew = { 0 };

	for (unsigned s = 0; s < STORMERS; s++) {
		stormers[s] = (struct stormer){ table, form, &library, s + 1, 0, scaled(1000),
		    PTHREAD_MUTEX_INITIALIZER, NULL };
		crew_add(&crew, storm, &stormers[s]);
	}
	for (unsigned i = scaled(1000); i > 0; i--) {
		interrupt_somebody(stormers, random_next(&seed));
		EXPECT(peek_is_sound(pinned), "no waiter was on the way to a free key");
		if (i % 4 == 0)
			pass_time(10000);
	}
	crew_join(&crew);
	for (unsigned s = 0; s < STORMERS; s++)
		written += stormers[s].written;
	EXPECT(library.readers == 0 && library.data == written && library.copy == written,
	    "a counter guarded by its key is off");
	EXPECT(peek_references(pinned) == 1 && peek_holders(pinned) == 0,
	    "a waiter that left was still counted");
	lt_unpin(pinned);
	close_empty(table);
}

SCENARIO(suspensions_read_and_write_while_they_are_interrupted)
{

	for (enum form form = 0; form < FORMS; form++) {
		run_storm(form, LT_ADAPTIVE);
		run_storm(form, LT_FIFO);
	}
}
