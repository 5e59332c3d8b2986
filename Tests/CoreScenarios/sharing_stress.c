/* Threads that read and write: starvation, and a witness of who is inside. */
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

/* --- starvation ------------------------------------------------------------------------------ */

struct patient {
	lt_table_t *table;
	bool is_shared;
	unsigned *stop;
};

static void *
come_again_and_again(void *pointer)
{
	struct patient *patient = pointer;

	while (!__atomic_load_n(patient->stop, __ATOMIC_RELAXED)) {
		lt_hold_t hold = patient->is_shared ?
		    lt_acquire_integer_shared(patient->table, 1, LT_FOREVER) :
		    lt_acquire_integer(patient->table, 1, LT_FOREVER);

		/* Off its core, so that the others come while it holds the key. */
		(void)sched_yield();
		if (patient->is_shared)
			lt_release_shared(hold);
		else
			lt_release(hold);
	}
	return NULL;
}

/* If main starves among those who come again and again, this does not end. */
static void
come_among(bool is_shared, unsigned readers, unsigned writers, uint32_t fairness)
{
	lt_table_t *table = table_make(INTEGERS, 1, fairness);
	unsigned stop = 0;
	struct patient patients[8];
	struct crew crew = { 0 };

	for (unsigned p = 0; p < readers + writers; p++) {
		patients[p] = (struct patient){ table, p < readers, &stop };
		crew_add(&crew, come_again_and_again, &patients[p]);
	}
	for (unsigned i = scaled(100); i > 0; i--) {
		if (is_shared)
			release_shared_if_hold(acquire_shared(table, INTEGERS, 1, LT_FOREVER));
		else
			release_if_hold(acquire(table, INTEGERS, 1, LT_FOREVER));
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	crew_join(&crew);
	EXPECT(lt_table_count(table) == 0, "entries were left");
	lt_table_close(table);
}

static void
nobody_starves(void)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		come_among(false, 4, 0, fairness);
		come_among(true, 0, 4, fairness);
		come_among(false, 4, 2, fairness);
		come_among(true, 2, 4, fairness);
	}
}

/*
 * Two readers who hand the key to each other: one leaves when the other has come.
 * As long as the writer does not keep newcomers behind it, there is always a reader.
 */
static void
a_chain_of_readers_ends_at_a_writer(void)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		enum { LINKS = 50 };
		lt_table_t *table = table_make(i % FORMS, 1, i / FORMS);
		struct holder writer = { HOLDER, .table = table, .form = i % FORMS, .number = 1,
		    .deadline = LT_FOREVER };
		lt_hold_t hold = acquire_shared(table, i % FORMS, 1, LT_FOREVER), next;
		struct crew crew = { 0 };
		unsigned link = 0;

		for (; link < LINKS; link++) {
			if (link == LINKS / 2) {
				crew_add(&crew, holder_run, &writer);
				await_queue(hold, 1);
			}
			next = try_shared(table, i % FORMS, 1);
			if (!is_hold(next))
				break;
			release_shared_if_hold(hold);
			hold = next;
		}
		EXPECT(link == LINKS / 2, "a writer did not end a chain of readers");
		release_shared_if_hold(hold);
		event_await(&writer.done, 1);
		event_raise(&writer.let_go);
		crew_join(&crew);
		EXPECT(lt_table_count(table) == 0, "entries were left");
		lt_table_close(table);
	}
}

/* --- a witness ----------------------------------------------------------------------------------- */

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
	lt_release_several(holds, count);
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
		EXPECT(peek_is_sound(pinned[look % keys]), "nobody was on the way to a free key");
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
		    "who left was still counted");
		lt_unpin(pinned[k]);
	}
	EXPECT(written == 0, "a counter guarded by its key is off");
	EXPECT(lt_table_count(table) == 0, "entries were left");
	lt_table_close(table);
}

static void
threads_read_and_write(void)
{

	for (enum form form = 0; form < FORMS; form++) {
		run_visitors(1, LT_ADAPTIVE, form);
		run_visitors(1, LT_FIFO, form);
		run_visitors(MOST_KEYS, form % 2, form);
	}
}

static const core_scenario_t scenarios[] = {
	{ "nobody starves among readers and writers", nobody_starves },
	{ "a chain of readers ends at a writer", a_chain_of_readers_ends_at_a_writer },
	{ "threads read and write", threads_read_and_write },
};

TOPIC(sharing_stress_topic);
