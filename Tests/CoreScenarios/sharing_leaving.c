/* A writer that gives up, first in the queue: those behind it go at once. */
#include "contended_key.h"

/* --- suspensions --------------------------------------------------------------------------- */

enum way { BY_DEADLINE, BY_CANCELLATION, WAYS };

static void
leave(struct sleeper *sleeper, enum way way)
{

	if (way == BY_DEADLINE)
		peek_expire(sleeper->suspension);
	else
		lt_suspension_cancel(sleeper->suspension);
	EXPECT(sleeper_was_resumed(sleeper), "a waiter that left was not resumed");
	sleeper_expect_failure(sleeper, way == BY_DEADLINE ? LT_TIMED_OUT : LT_CANCELLED);
}

static void
for_each_way(void (*scenario)(enum form, uint32_t, enum way))
{

	for (enum form form = 0; form < FORMS; form++) {
		for (unsigned i = 0; i < 2 * WAYS; i++)
			scenario(form, i % 2, i / 2);
	}
}

/*
 *   reader          writer          readers         writer, reader
 *   holds K         queued          queued          queued
 *                   leaves          have K
 */
static void
give_up_before_readers(enum form form, uint32_t fairness, enum way way)
{
	enum { READERS = 20 };
	struct sleeper writer, readers[READERS], next, last;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended.hold = lt_downgrade(contended.hold);
	contended_enqueue(&contended, &writer);
	for (unsigned r = 0; r < READERS; r++)
		contended_enqueue_reader(&contended, &readers[r]);
	contended_enqueue(&contended, &next);
	contended_enqueue_reader(&contended, &last);
	leave(&writer, way);
	EXPECT(peek_holders(contended.pin) == 1 + READERS && peek_is_sound(contended.pin),
	    "readers stayed behind a writer that was gone");
	EXPECT(sleeper_sleeps(&next) && sleeper_sleeps(&last), "a waiter got in out of turn");
	release_shared_if_hold(contended.hold);
	for (unsigned r = 0; r < READERS; r++) {
		EXPECT(sleeper_was_resumed(&readers[r]), "a reader was not resumed");
		contended_release_granted_reader(&contended, &readers[r]);
	}
	EXPECT(sleeper_gets_key(&next), "a writer was not let in");
	contended_release_granted(&contended, &next);
	EXPECT(sleeper_gets_key(&last), "a reader was not let in");
	contended_release_granted_reader(&contended, &last);
	contended_close(&contended);
}

SCENARIO(a_writer_that_gives_up_lets_readers_in)
{

	for_each_way(give_up_before_readers);
}

/* Two writers are ahead: the readers go when the second is gone, whichever leaves first. */
static void
give_up_both(enum form form, uint32_t fairness, enum way way)
{

	for (unsigned later = 0; later < 2; later++) {
		struct sleeper writers[2], reader;
		struct contended_key contended;

		contended_open(&contended, form, fairness);
		contended.hold = lt_downgrade(contended.hold);
		contended_enqueue(&contended, &writers[0]);
		contended_enqueue(&contended, &writers[1]);
		contended_enqueue_reader(&contended, &reader);
		leave(&writers[!later], way);
		EXPECT(sleeper_sleeps(&reader) && peek_is_sound(contended.pin),
		    "a reader overtook a writer");
		EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY),
		    "a reader overtook a writer");
		leave(&writers[later], way);
		EXPECT(sleeper_was_resumed(&reader), "a reader stayed behind writers that were gone");
		release_shared_if_hold(try_shared(contended.table, form, 1));
		EXPECT(peek_holders(contended.pin) == 2, "a reader was not counted");
		contended_release_granted_reader(&contended, &reader);
		release_shared_if_hold(contended.hold);
		contended_close(&contended);
	}
}

SCENARIO(readers_wait_for_the_last_writer_to_give_up)
{

	for_each_way(give_up_both);
}

/* Of readers behind a writer, and of a writer between readers that wait for another writer. */
static void
give_up_elsewhere(enum form form, uint32_t fairness, enum way way)
{
	struct sleeper reader, writer, behind, last;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended_enqueue_reader(&contended, &reader);
	contended_enqueue(&contended, &writer);
	contended_enqueue_reader(&contended, &behind);
	contended_enqueue_reader(&contended, &last);
	leave(&behind, way);
	leave(&writer, way);
	EXPECT(sleeper_sleeps(&reader) && sleeper_sleeps(&last), "a waiter got in next to a writer");
	release_if_hold(contended.hold);
	EXPECT(sleeper_gets_key(&reader), "a reader was not let in");
	EXPECT(peek_holders(contended.pin) == 2 && sleeper_gets_key(&last),
	    "readers that had become neighbours did not go in together");
	contended_release_granted_reader(&contended, &last);
	contended_release_granted_reader(&contended, &reader);
	contended_close(&contended);
}

SCENARIO(a_waiter_that_gives_up_elsewhere_changes_no_turn)
{

	for_each_way(give_up_elsewhere);
}

/*
 *   newcomer            writer                  readers
 *   holds K             queued                  queued
 *   release K           signalled
 *   has K, shared       (too late, cancelled)
 *                       begins: leaves          have K
 */
static void
give_up_signalled(enum form form, uint32_t fairness, enum way way)
{
	struct sleeper writer, readers[2];
	struct contended_key contended;

	if (fairness != LT_ADAPTIVE)
		return;
	contended_open(&contended, form, fairness);
	contended_enqueue(&contended, &writer);
	contended_enqueue_reader(&contended, &readers[0]);
	contended_enqueue_reader(&contended, &readers[1]);
	release_if_hold(contended.hold);
	contended.hold = try_shared(contended.table, form, 1);
	EXPECT(is_hold(contended.hold), "a newcomer did not get a free key");
	/* The writer was woken: no other waiter may pass it. */
	EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY), "a reader overtook a writer");
	if (way == BY_DEADLINE)
		peek_expire(writer.suspension);
	else
		lt_suspension_cancel(writer.suspension);
	EXPECT(event_times(&writer.resumed) == 1, "a woken waiter was resumed again");
	EXPECT(sleeper_begin(&writer) == (way == BY_DEADLINE ? LT_TIMED_OUT : LT_CANCELLED),
	    "what was noted was not found");
	EXPECT(peek_holders(contended.pin) == 3 && peek_is_sound(contended.pin),
	    "readers stayed behind a writer that was gone");
	sleeper_expect_failure(&writer, way == BY_DEADLINE ? LT_TIMED_OUT : LT_CANCELLED);
	for (unsigned r = 0; r < 2; r++) {
		EXPECT(sleeper_was_resumed(&readers[r]), "a reader was not resumed");
		contended_release_granted_reader(&contended, &readers[r]);
	}
	release_shared_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(a_woken_writer_that_leaves_lets_readers_in)
{

	for_each_way(give_up_signalled);
}

/* --- threads ----------------------------------------------------------------------------- */

/* The writer is a thread with a deadline; of the readers, every other one is. */
SCENARIO(a_thread_that_is_too_late_lets_readers_in)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i % FORMS;
		struct holder writer, reader;
		struct crew crew = { 0 };
		struct sleeper asleep;
		struct contended_key contended;

		contended_open(&contended, form, i / FORMS);
		contended.hold = lt_downgrade(contended.hold);
		writer = (struct holder){ HOLDER, .table = contended.table, .form = form, .number = 1,
		    .deadline = lt_deadline_after_ns(20000000) };
		reader = (struct holder){ HOLDER, .table = contended.table, .form = form, .number = 1,
		    .deadline = LT_FOREVER, .is_shared = true };
		crew_add(&crew, holder_run, &writer);
		/* On a slow machine it may have given up before it is seen: then all go in anyway. */
		while (peek_queue(contended.pin) == 0 && event_times(&writer.done) == 0)
			pass_time(10000);
		contended_prepare_reader(&contended, &asleep);
		(void)sleeper_begin(&asleep);
		crew_add(&crew, holder_run, &reader);
		event_await(&writer.done, 1);
		EXPECT(has_failed(writer.hold, LT_TIMED_OUT), "a writer got in next to a reader");
		event_await(&reader.done, 1);
		event_await(&asleep.resumed, asleep.begun);
		EXPECT(peek_holders(contended.pin) == 3, "not all readers were let in");
		contended_release_granted_reader(&contended, &asleep);
		event_raise(&reader.let_go);
		crew_join(&crew);
		release_shared_if_hold(contended.hold);
		contended_close(&contended);
	}
}

/* A woken thread that is too late finds a reader, which lets in the waiters behind it. */
SCENARIO(a_woken_thread_that_is_too_late_lets_readers_in)
{
	const unsigned rounds = scaled(200);

	for (unsigned round = 0; round < rounds; round++) {
		struct crew crew = { 0 };
		struct sleeper asleep;
		struct holder writer;
		struct contended_key contended;

		contended_open(&contended, round % FORMS, LT_ADAPTIVE);
		writer = (struct holder){ HOLDER, .table = contended.table, .form = contended.form,
		    .number = 1, .deadline = lt_deadline_after_ns(300000) };
		event_raise(&writer.let_go);
		crew_add(&crew, holder_run, &writer);
		while (peek_queue(contended.pin) == 0 && event_times(&writer.done) == 0)
			pass_time(1000);
		contended_prepare_reader(&contended, &asleep);
		(void)sleeper_begin(&asleep);
		pass_time(round % 8 * 40000);
		/* Signals it, at about its deadline, and takes the key if it can. */
		release_if_hold(contended.hold);
		contended.hold = try_shared(contended.table, contended.form, 1);
		event_await(&writer.done, 1);
		crew_join(&crew);
		/* The writer is gone in any case, and there is a reader, or no holder. */
		event_await(&asleep.resumed, asleep.begun);
		EXPECT(sleeper_gets_key(&asleep), "a reader stayed behind a writer that was gone");
		contended_release_granted_reader(&contended, &asleep);
		release_shared_if_hold(contended.hold);
		contended_close(&contended);
	}
}
