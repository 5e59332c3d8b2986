/* Writers among readers, readers among writers: all get their turn. */
#include "support.h"

#include <sched.h>

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

/* If main starves among threads that come again and again, this does not end. */
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
	close_empty(table);
}

SCENARIO(neither_readers_nor_writers_starve)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		come_among(false, 4, 0, fairness);
		come_among(true, 0, 4, fairness);
		come_among(false, 4, 2, fairness);
		come_among(true, 2, 4, fairness);
	}
}

/*
 * Two readers that hand the key to each other: one leaves when the other has come.
 * As long as the writer does not keep newcomers behind it, there is always a reader.
 */
SCENARIO(a_chain_of_readers_ends_at_a_writer)
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
		close_empty(table);
	}
}
