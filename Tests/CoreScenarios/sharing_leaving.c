/* A writer that gives up, first in the queue: those behind it go at once. */
#include "scene.h"

/* --- suspensions --------------------------------------------------------------------------- */

enum way { BY_DEADLINE, BY_CANCELLATION, WAYS };

static void
leave(struct sleeper *sleeper, enum way way)
{

	if (way == BY_DEADLINE)
		peek_expire(sleeper->suspension);
	else
		lt_suspension_cancel(sleeper->suspension);
	EXPECT(sleeper_was_resumed(sleeper), "who left was not resumed");
	scene_give_up(sleeper, way == BY_DEADLINE ? LT_TIMED_OUT : LT_CANCELLED);
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
	struct scene scene;

	scene_set(&scene, form, fairness);
	scene.hold = lt_downgrade(scene.hold);
	scene_line_up(&scene, &writer);
	for (unsigned r = 0; r < READERS; r++)
		scene_line_up_reader(&scene, &readers[r]);
	scene_line_up(&scene, &next);
	scene_line_up_reader(&scene, &last);
	leave(&writer, way);
	EXPECT(peek_holders(scene.watched) == 1 + READERS && peek_is_sound(scene.watched),
	    "readers stayed behind a writer that was gone");
	EXPECT(sleeper_sleeps(&next) && sleeper_sleeps(&last), "somebody got in out of turn");
	release_shared_if_hold(scene.hold);
	for (unsigned r = 0; r < READERS; r++) {
		EXPECT(sleeper_was_resumed(&readers[r]), "a reader was not resumed");
		scene_finish_reader(&scene, &readers[r]);
	}
	EXPECT(scene_comes_in(&next), "a writer was not let in");
	scene_finish(&scene, &next);
	EXPECT(scene_comes_in(&last), "a reader was not let in");
	scene_finish_reader(&scene, &last);
	scene_clear(&scene);
}

SCENARIO(a_writer_that_gives_up_lets_readers_go)
{

	for_each_way(give_up_before_readers);
}

/* Two writers are ahead: the readers go when the second is gone, whichever leaves first. */
static void
give_up_both(enum form form, uint32_t fairness, enum way way)
{

	for (unsigned later = 0; later < 2; later++) {
		struct sleeper writers[2], reader;
		struct scene scene;

		scene_set(&scene, form, fairness);
		scene.hold = lt_downgrade(scene.hold);
		scene_line_up(&scene, &writers[0]);
		scene_line_up(&scene, &writers[1]);
		scene_line_up_reader(&scene, &reader);
		leave(&writers[!later], way);
		EXPECT(sleeper_sleeps(&reader) && peek_is_sound(scene.watched),
		    "a reader overtook a writer");
		EXPECT(has_failed(try_shared(scene.table, form, 1), LT_BUSY),
		    "a reader overtook a writer");
		leave(&writers[later], way);
		EXPECT(sleeper_was_resumed(&reader), "a reader stayed behind writers that were gone");
		release_shared_if_hold(try_shared(scene.table, form, 1));
		EXPECT(peek_holders(scene.watched) == 2, "a reader was not counted");
		scene_finish_reader(&scene, &reader);
		release_shared_if_hold(scene.hold);
		scene_clear(&scene);
	}
}

SCENARIO(readers_wait_for_the_last_writer_to_give_up)
{

	for_each_way(give_up_both);
}

/* Of readers behind a writer, and of a writer between readers who wait for another writer. */
static void
give_up_elsewhere(enum form form, uint32_t fairness, enum way way)
{
	struct sleeper reader, writer, behind, last;
	struct scene scene;

	scene_set(&scene, form, fairness);
	scene_line_up_reader(&scene, &reader);
	scene_line_up(&scene, &writer);
	scene_line_up_reader(&scene, &behind);
	scene_line_up_reader(&scene, &last);
	leave(&behind, way);
	leave(&writer, way);
	EXPECT(sleeper_sleeps(&reader) && sleeper_sleeps(&last), "somebody got in beside a writer");
	release_if_hold(scene.hold);
	EXPECT(scene_comes_in(&reader), "a reader was not let in");
	EXPECT(peek_holders(scene.watched) == 2 && scene_comes_in(&last),
	    "readers who had become neighbours did not go in together");
	scene_finish_reader(&scene, &last);
	scene_finish_reader(&scene, &reader);
	scene_clear(&scene);
}

SCENARIO(who_gives_up_elsewhere_changes_nobodys_turn)
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
	struct scene scene;

	if (fairness != LT_ADAPTIVE)
		return;
	scene_set(&scene, form, fairness);
	scene_line_up(&scene, &writer);
	scene_line_up_reader(&scene, &readers[0]);
	scene_line_up_reader(&scene, &readers[1]);
	release_if_hold(scene.hold);
	scene.hold = try_shared(scene.table, form, 1);
	EXPECT(is_hold(scene.hold), "a newcomer did not get a free key");
	/* The writer is on its way: nobody else may pass it. */
	EXPECT(has_failed(try_shared(scene.table, form, 1), LT_BUSY), "a reader overtook a writer");
	if (way == BY_DEADLINE)
		peek_expire(writer.suspension);
	else
		lt_suspension_cancel(writer.suspension);
	EXPECT(event_times(&writer.resumed) == 1, "one that is on its way was resumed");
	EXPECT(sleeper_begin(&writer) == (way == BY_DEADLINE ? LT_TIMED_OUT : LT_CANCELLED),
	    "what was noted was not found");
	EXPECT(peek_holders(scene.watched) == 3 && peek_is_sound(scene.watched),
	    "readers stayed behind a writer that was gone");
	scene_give_up(&writer, way == BY_DEADLINE ? LT_TIMED_OUT : LT_CANCELLED);
	for (unsigned r = 0; r < 2; r++) {
		EXPECT(sleeper_was_resumed(&readers[r]), "a reader was not resumed");
		scene_finish_reader(&scene, &readers[r]);
	}
	release_shared_if_hold(scene.hold);
	scene_clear(&scene);
}

SCENARIO(a_signalled_writer_that_leaves_lets_readers_go)
{

	for_each_way(give_up_signalled);
}

/* --- threads ----------------------------------------------------------------------------------- */

/* The writer is a thread with a deadline; of the readers, every other one is. */
SCENARIO(a_thread_that_is_too_late_lets_readers_go)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i % FORMS;
		struct holder writer, reader;
		struct crew crew = { 0 };
		struct sleeper asleep;
		struct scene scene;

		scene_set(&scene, form, i / FORMS);
		scene.hold = lt_downgrade(scene.hold);
		writer = (struct holder){ HOLDER, .table = scene.table, .form = form, .number = 1,
		    .deadline = lt_deadline_after_ns(20000000) };
		reader = (struct holder){ HOLDER, .table = scene.table, .form = form, .number = 1,
		    .deadline = LT_FOREVER, .is_shared = true };
		crew_add(&crew, holder_run, &writer);
		/* On a slow machine it may have given up before it is seen: then all go in anyway. */
		while (peek_queue(scene.watched) == 0 && event_times(&writer.done) == 0)
			pass_time(10000);
		scene_enter_reader(&scene, &asleep);
		(void)sleeper_begin(&asleep);
		crew_add(&crew, holder_run, &reader);
		event_await(&writer.done, 1);
		EXPECT(has_failed(writer.hold, LT_TIMED_OUT), "a writer got in beside a reader");
		event_await(&reader.done, 1);
		event_await(&asleep.resumed, asleep.begun);
		EXPECT(peek_holders(scene.watched) == 3, "not all readers were let in");
		scene_finish_reader(&scene, &asleep);
		event_raise(&reader.let_go);
		crew_join(&crew);
		release_shared_if_hold(scene.hold);
		scene_clear(&scene);
	}
}

/* A signalled thread that comes too late finds a reader, and leaves those behind it to him. */
SCENARIO(a_signalled_thread_that_is_too_late_lets_readers_go)
{
	const unsigned rounds = scaled(200);

	for (unsigned round = 0; round < rounds; round++) {
		struct crew crew = { 0 };
		struct sleeper asleep;
		struct holder writer;
		struct scene scene;

		scene_set(&scene, round % FORMS, LT_ADAPTIVE);
		writer = (struct holder){ HOLDER, .table = scene.table, .form = scene.form,
		    .number = 1, .deadline = lt_deadline_after_ns(300000) };
		event_raise(&writer.let_go);
		crew_add(&crew, holder_run, &writer);
		while (peek_queue(scene.watched) == 0 && event_times(&writer.done) == 0)
			pass_time(1000);
		scene_enter_reader(&scene, &asleep);
		(void)sleeper_begin(&asleep);
		pass_time(round % 8 * 40000);
		/* Signals it, at about its deadline, and takes the key if it can. */
		release_if_hold(scene.hold);
		scene.hold = try_shared(scene.table, scene.form, 1);
		event_await(&writer.done, 1);
		crew_join(&crew);
		/* Whatever it was, the writer is gone, and there is a reader, or nobody. */
		event_await(&asleep.resumed, asleep.begun);
		EXPECT(scene_comes_in(&asleep), "a reader stayed behind a writer that was gone");
		scene_finish_reader(&scene, &asleep);
		release_shared_if_hold(scene.hold);
		scene_clear(&scene);
	}
}
