/* From one mode to the other: down, which always works, and up, which waits in vain. */
#include "contended_key.h"

/* --- down -------------------------------------------------------------------------------- */

/*
 *   writer          readers         writer          reader
 *   holds K         queued          queued          queued
 *   downgrade K     have K
 */
static void
downgrade(enum form form, uint32_t fairness)
{

	for (unsigned readers = 0; readers <= 40; readers += 1 + readers) {
		struct sleeper firsts[40], writer, last;
		struct contended_key contended;
		lt_hold_t before;

		contended_open(&contended, form, fairness);
		for (unsigned r = 0; r < readers; r++)
			contended_enqueue_reader(&contended, &firsts[r]);
		contended_enqueue(&contended, &writer);
		contended_enqueue_reader(&contended, &last);
		before = contended.hold;
		contended.hold = lt_downgrade(contended.hold);
		EXPECT(contended.hold.place == before.place && contended.hold.tag == before.tag,
		    "a downgraded hold was another");
		EXPECT(peek_holders(contended.pin) == 1 + readers && peek_is_sound(contended.pin),
		    "a downgrade did not let in the readers that were first");
		EXPECT(sleeper_sleeps(&writer) && sleeper_sleeps(&last),
		    "a downgrade let in a waiter out of turn");
		EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY),
		    "a reader overtook a writer");
		release_shared_if_hold(contended.hold);
		for (unsigned r = 0; r < readers; r++) {
			EXPECT(sleeper_was_resumed(&firsts[r]), "a reader was not resumed");
			contended_release_granted_reader(&contended, &firsts[r]);
		}
		EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
		contended_release_granted(&contended, &writer);
		EXPECT(sleeper_gets_key(&last), "a reader was not let in");
		contended_release_granted_reader(&contended, &last);
		contended_close(&contended);
	}
}

SCENARIO(a_downgrade_lets_in_the_readers_that_are_first)
{

	for_each_form_and_fairness(downgrade);
}

static void
downgrade_unwaited(enum form form, uint32_t fairness)
{
	struct sleeper writer;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended.hold = lt_downgrade(contended.hold);
	EXPECT(peek_holders(contended.pin) == 1, "a downgraded hold was not a shared one");
	EXPECT(has_failed(try_acquire(contended.table, form, 1), LT_BUSY),
	    "a writer got in next to a reader");
	release_shared_if_hold(try_shared(contended.table, form, 1));
	contended_enqueue(&contended, &writer);
	release_shared_if_hold(contended.hold);
	EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
	EXPECT(sleeper_outcome(&writer) == LT_OK, "the key was not granted");
	contended.hold = lt_downgrade(sleeper_end(&writer));
	release_shared_if_hold(try_shared(contended.table, form, 1));
	release_shared_if_hold(contended.hold);
	EXPECT(!is_held(contended.table, form, 1), "a released key was held");
	contended_close(&contended);
}

SCENARIO(a_downgraded_hold_is_a_shared_one)
{

	for_each_form_and_fairness(downgrade_unwaited);
}

/* A woken reader that a writer overtakes goes in with it when the writer becomes a reader. */
SCENARIO(a_downgrade_lets_in_a_woken_reader)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second;
		struct contended_key contended;

		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue_reader(&contended, &first);
		contended_enqueue_reader(&contended, &second);
		release_if_hold(contended.hold);
		contended_barge(&contended);
		EXPECT(sleeper_was_resumed(&first) && sleeper_outcome(&first) == LT_SUSPENDED,
		    "no waiter was woken");
		contended.hold = lt_downgrade(contended.hold);
		EXPECT(sleeper_outcome(&first) == LT_OK && sleeper_outcome(&second) == LT_OK &&
		    peek_holders(contended.pin) == 3 && peek_signalled(contended.pin) == 0,
		    "a downgrade did not let in the readers that were first");
		contended_release_granted_reader(&contended, &first);
		contended_release_granted_reader(&contended, &second);
		release_shared_if_hold(contended.hold);
		contended_close(&contended);
	}
}

SCENARIO(a_downgrade_lets_in_threads)
{
	enum { READERS = 20 };

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i % FORMS;
		struct holder readers[READERS], writer;
		struct crew crew = { 0 };
		struct contended_key contended;

		contended_open(&contended, form, i / FORMS);
		for (unsigned r = 0; r < READERS; r++) {
			readers[r] = (struct holder){ HOLDER, .table = contended.table, .form = form,
			    .number = 1, .deadline = LT_FOREVER, .is_shared = true };
			crew_add(&crew, holder_run, &readers[r]);
			await_queue(contended.pin, r + 1);
		}
		writer = (struct holder){ HOLDER, .table = contended.table, .form = form, .number = 1,
		    .deadline = LT_FOREVER };
		crew_add(&crew, holder_run, &writer);
		await_queue(contended.pin, READERS + 1);
		contended.hold = lt_downgrade(contended.hold);
		for (unsigned r = 0; r < READERS; r++)
			event_await(&readers[r].done, 1);
		EXPECT(peek_holders(contended.pin) == READERS + 1 && event_times(&writer.done) == 0,
		    "a downgrade let in a waiter out of turn");
		for (unsigned r = 0; r < READERS; r++)
			event_raise(&readers[r].let_go);
		EXPECT(event_times(&writer.done) == 0, "a writer got in next to a reader");
		release_shared_if_hold(contended.hold);
		event_await(&writer.done, 1);
		event_raise(&writer.let_go);
		crew_join(&crew);
		contended_close(&contended);
	}
}

/* --- again, and up ----------------------------------------------------------------------- */

/* Main holds it shared, a writer waits, and main, which reads again, waits behind the writer. */
static void
read_again(enum form form, uint32_t fairness)
{
	struct holder writer;
	struct crew crew = { 0 };
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended.hold = lt_downgrade(contended.hold);
	writer = (struct holder){ HOLDER, .table = contended.table, .form = form, .number = 1,
	    .deadline = LT_FOREVER };
	crew_add(&crew, holder_run, &writer);
	await_queue(contended.pin, 1);
	EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY), "a reader overtook a writer");
	EXPECT(has_failed(acquire_shared(contended.table, form, 1, lt_deadline_after_ns(1000000)),
	    LT_TIMED_OUT), "a reader overtook a writer");
	EXPECT(peek_queue(contended.pin) == 1 && peek_is_sound(contended.pin), "the queue was broken");
	release_shared_if_hold(contended.hold);
	event_await(&writer.done, 1);
	EXPECT(is_hold(writer.hold), "a writer was not let in");
	EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY),
	    "a reader got in next to a writer");
	event_raise(&writer.let_go);
	crew_join(&crew);
	contended_close(&contended);
}

SCENARIO(a_reader_that_reads_again_waits_behind_the_writer)
{

	for_each_form_and_fairness(read_again);
}

static void
ask_for_the_other_mode(enum form form, uint32_t fairness)
{
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	EXPECT(has_failed(acquire_shared(contended.table, form, 1, lt_deadline_after_ns(100000)),
	    LT_TIMED_OUT), "a writer read what it holds");
	contended.hold = lt_downgrade(contended.hold);
	EXPECT(has_failed(acquire(contended.table, form, 1, lt_deadline_after_ns(100000)), LT_TIMED_OUT),
	    "a reader became a writer");
	EXPECT(has_failed(try_acquire(contended.table, form, 1), LT_BUSY), "a reader became a writer");
	EXPECT(peek_holders(contended.pin) == 1, "a call that failed lost its hold");
	release_shared_if_hold(contended.hold);
	contended_barge(&contended);
	release_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(a_holder_waits_for_itself_until_its_deadline)
{

	for_each_form_and_fairness(ask_for_the_other_mode);
}

struct climber {
	lt_table_t *table;
	enum form form;
	struct event has_read, go_up, has_failed;
	lt_hold_t up;
};

static void *
climb(void *pointer)
{
	struct climber *climber = pointer;
	lt_hold_t hold = acquire_shared(climber->table, climber->form, 1, LT_FOREVER);

	event_raise(&climber->has_read);
	event_await(&climber->go_up, 1);
	climber->up = acquire(climber->table, climber->form, 1, lt_deadline_after_ns(2000000));
	release_if_hold(climber->up);
	event_raise(&climber->has_failed);
	event_await(&climber->go_up, 2);
	release_shared_if_hold(hold);
	return NULL;
}

static void
climb_together(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t watched = pin(table, form, 1);
	struct climber climbers[2];
	struct crew crew = { 0 };

	for (unsigned c = 0; c < 2; c++) {
		climbers[c] = (struct climber){ table, form, EVENT, EVENT, EVENT, { 0 } };
		crew_add(&crew, climb, &climbers[c]);
		event_await(&climbers[c].has_read, 1);
	}
	for (unsigned c = 0; c < 2; c++)
		event_raise(&climbers[c].go_up);
	for (unsigned c = 0; c < 2; c++) {
		event_await(&climbers[c].has_failed, 1);
		EXPECT(has_failed(climbers[c].up, LT_TIMED_OUT), "a reader became a writer");
	}
	EXPECT(peek_holders(watched) == 2 && peek_queue(watched) == 0 && peek_is_sound(watched),
	    "a waiter that failed was still counted");
	for (unsigned c = 0; c < 2; c++)
		event_raise(&climbers[c].go_up);
	crew_join(&crew);
	EXPECT(!is_held(table, form, 1), "a released key was held");
	lt_unpin(watched);
	close_empty(table);
}

SCENARIO(two_readers_that_want_to_write_both_give_up)
{

	for_each_form_and_fairness(climb_together);
}
