/* As many readers as there can be; full queues; tables that end under readers. */
#include "contended_key.h"

#include <stdlib.h>

/* --- the most readers ---------------------------------------------------------------------- */

/* Pretends that the one reader is as many as there can be, less `room`. */
static void
fill(const struct contended_key *contended, uint32_t room)
{

	peek_set_holders(contended->pin, MOST_READERS - room);
	peek_set_references(contended->pin, MOST_READERS - room + 1);
}

static void
unfill(const struct contended_key *contended, uint32_t readers)
{

	peek_set_holders(contended->pin, readers);
	peek_set_references(contended->pin, readers + 1);
}

static void
one_more_reader_fails(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	lt_hold_t hold;

	contended_open(&contended, form, fairness);
	contended.hold = lt_downgrade(contended.hold);
	fill(&contended, 1);
	hold = try_shared(contended.table, form, 1);
	EXPECT(is_hold(hold) && peek_holders(contended.pin) == MOST_READERS,
	    "there was room for one more reader");
	EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY),
	    "more readers got in than can be counted");
	EXPECT(has_failed(acquire_shared(contended.table, form, 1, 1), LT_TIMED_OUT),
	    "more readers got in than can be counted");
	EXPECT(has_failed(try_acquire(contended.table, form, 1), LT_BUSY),
	    "a writer got in next to readers");
	EXPECT(is_held(contended.table, form, 1), "a key with readers was not held");
	EXPECT(peek_is_sound(contended.pin) &&
	    peek_references(contended.pin) == MOST_READERS + 1, "a waiter that failed was still counted");
	release_shared_if_hold(hold);
	EXPECT(peek_holders(contended.pin) == MOST_READERS - 1, "a reader was not counted down");
	unfill(&contended, 1);
	release_shared_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(the_number_of_readers_is_limited)
{

	for_each_form_and_fairness(one_more_reader_fails);
}

/* One goes in when one leaves, in the order of arrival; a writer among them keeps its place. */
static void
one_more_reader_waits(enum form form, uint32_t fairness)
{
	struct sleeper first, second, writer, last;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended.hold = lt_downgrade(contended.hold);
	fill(&contended, 0);
	contended_enqueue_reader(&contended, &first);
	contended_enqueue_reader(&contended, &second);
	contended_enqueue(&contended, &writer);
	contended_enqueue_reader(&contended, &last);
	lt_release_shared(contended.hold);
	EXPECT(sleeper_was_resumed(&first) && sleeper_outcome(&first) == LT_OK,
	    "a reader was not let in when one left");
	EXPECT(sleeper_sleeps(&second) && peek_holders(contended.pin) == MOST_READERS,
	    "more readers got in than can be counted");
	contended_release_granted_reader(&contended, &first);
	EXPECT(sleeper_was_resumed(&second) && sleeper_outcome(&second) == LT_OK,
	    "a reader was not let in when one left");
	EXPECT(sleeper_sleeps(&writer) && sleeper_sleeps(&last) && peek_is_sound(contended.pin),
	    "a waiter got in out of turn");
	/* What was pretended is over: the second is the only one. The writer and the last wait. */
	peek_set_holders(contended.pin, 1);
	peek_set_references(contended.pin, 1 + 1 + 2);
	contended_release_granted_reader(&contended, &second);
	EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
	contended_release_granted(&contended, &writer);
	EXPECT(sleeper_gets_key(&last), "a reader was not let in");
	contended_release_granted_reader(&contended, &last);
	contended_close(&contended);
}

SCENARIO(one_more_reader_goes_in_when_one_leaves)
{

	for_each_form_and_fairness(one_more_reader_waits);
}

/* The same for threads, and with a hold that fills the last place while the other waits. */
static void
one_more_thread_waits(enum form form, uint32_t fairness)
{
	struct holder readers[2];
	struct crew crew = { 0 };
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended.hold = lt_downgrade(contended.hold);
	fill(&contended, 0);
	for (unsigned r = 0; r < 2; r++) {
		readers[r] = (struct holder){ HOLDER, .table = contended.table, .form = form,
		    .number = 1, .deadline = LT_FOREVER, .is_shared = true };
		crew_add(&crew, holder_run, &readers[r]);
		await_queue(contended.pin, r + 1);
	}
	lt_release_shared(contended.hold);
	event_await(&readers[0].done, 1);
	EXPECT(event_times(&readers[1].done) == 0 && peek_queue(contended.pin) == 1,
	    "more readers got in than can be counted");
	event_raise(&readers[0].let_go);
	event_await(&readers[1].done, 1);
	EXPECT(peek_holders(contended.pin) == MOST_READERS && peek_queue(contended.pin) == 0,
	    "a reader was not let in when one left");
	peek_set_holders(contended.pin, 1);
	peek_set_references(contended.pin, 2);
	event_raise(&readers[1].let_go);
	crew_join(&crew);
	contended_close(&contended);
}

SCENARIO(one_more_thread_goes_in_when_a_reader_leaves)
{

	for_each_form_and_fairness(one_more_thread_waits);
}

/* --- full queues ------------------------------------------------------------------------------ */

SCENARIO(a_full_queue_refuses_readers)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness,
		    .keys = LT_KEYS_INTEGER, .most_waiters = 2, .seed = { SEED_0, SEED_1 } };
		struct sleeper writer, reader, refused;
		struct contended_key contended = { .form = INTEGERS };

		if (lt_table_create(&config, &contended.table) != LT_OK)
			abort();
		contended.pin = pin(contended.table, INTEGERS, 1);
		contended.hold = acquire_shared(contended.table, INTEGERS, 1, LT_FOREVER);
		contended_enqueue(&contended, &writer);
		contended_enqueue_reader(&contended, &reader);
		contended_prepare_reader(&contended, &refused);
		EXPECT(sleeper_begin(&refused) == LT_TOO_MANY, "a full queue grew");
		sleeper_expect_failure(&refused, LT_TOO_MANY);
		EXPECT(has_failed(acquire_shared(contended.table, INTEGERS, 1,
		    lt_deadline_after_ns(UINT64_C(1) << 40)), LT_TOO_MANY), "a full queue grew");
		EXPECT(has_failed(try_shared(contended.table, INTEGERS, 1), LT_BUSY),
		    "a call that would not have waited was refused");
		lt_suspension_cancel(writer.suspension);
		sleeper_expect_failure(&writer, LT_CANCELLED);
		EXPECT(sleeper_gets_key(&reader), "a reader stayed behind a writer that was gone");
		/* The queue is empty and the key is held: a call that does not have to wait gets it. */
		release_shared_if_hold(acquire_shared(contended.table, INTEGERS, 1, LT_FOREVER));
		contended_release_granted_reader(&contended, &reader);
		release_shared_if_hold(contended.hold);
		contended_close(&contended);
	}
}

/* --- tables that end --------------------------------------------------------------------- */

/* The first or the last holders leave after the table's end; the last one frees the memory. */
static void
close_under_readers(enum form form, uint32_t fairness)
{

	for (unsigned readers = 1; readers <= 3; readers++) {
		lt_table_t *table = table_make(form, 1, fairness);
		lt_hold_t holds[3], other = acquire_shared(table, form, 9, LT_FOREVER);

		for (unsigned r = 0; r < readers; r++)
			holds[r] = acquire_shared(table, form, 1, LT_FOREVER);
		lt_table_close(table);
		for (unsigned r = 0; r < readers; r++) {
			EXPECT(peek_holders(holds[r]) == readers - r, "a reader was not counted");
			release_shared_if_hold(holds[r]);
		}
		EXPECT(memory_outstanding() > 0, "a table ended under a reader");
		release_shared_if_hold(other);
		EXPECT(memory_outstanding() == 0, "a table was left");
	}
}

SCENARIO(a_table_that_is_closed_ends_with_its_last_reader)
{

	for_each_form_and_fairness(close_under_readers);
}

/* More readers than one locked section lets in: the rest of them keep the table. */
static void
close_under_waiters(enum form form, uint32_t fairness)
{
	enum { READERS = 40 };
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);
	struct sleeper readers[READERS], writer;

	for (unsigned r = 0; r < READERS; r++) {
		sleeper_enqueue_shared(&readers[r], table, form, 1);
	}
	sleeper_enqueue(&writer, table, form, 1);
	lt_table_close(table);
	if (fairness == LT_FIFO)
		hold = lt_downgrade(hold);
	EXPECT(fairness == LT_ADAPTIVE || peek_holders(hold) == READERS + 1,
	    "readers were not let in");
	if (fairness == LT_FIFO)
		release_shared_if_hold(hold);
	else
		release_if_hold(hold);
	for (unsigned r = 0; r < READERS; r++)
		EXPECT(sleeper_gets_key(&readers[r]), "a reader was not let in");
	for (unsigned r = 0; r < READERS; r++)
		release_shared_if_hold(sleeper_end(&readers[r]));
	EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
	release_if_hold(sleeper_end(&writer));
	EXPECT(memory_outstanding() == 0, "a table was left");
}

SCENARIO(a_table_that_is_closed_goes_on_for_waiting_readers)
{

	for_each_form_and_fairness(close_under_waiters);
}

static void
close_under_threads(enum form form, uint32_t fairness)
{
	enum { READERS = 24 };
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);
	struct holder readers[READERS];
	struct crew crew = { 0 };

	for (unsigned r = 0; r < READERS; r++) {
		readers[r] = (struct holder){ HOLDER, .table = table, .form = form, .number = 1,
		    .deadline = LT_FOREVER, .is_shared = r != READERS / 2 };
		event_raise(&readers[r].let_go);
		crew_add(&crew, holder_run, &readers[r]);
		await_queue(hold, r + 1);
	}
	lt_table_close(table);
	release_if_hold(hold);
	crew_join(&crew);
	EXPECT(memory_outstanding() == 0, "a table was left");
}

SCENARIO(a_table_that_is_closed_goes_on_for_threads_that_read)
{

	for_each_form_and_fairness(close_under_threads);
}
