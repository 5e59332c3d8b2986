/* As many readers as there can be; full queues; tables that end under readers. */
#include "scene.h"

#include <stdlib.h>

/* --- the most readers ---------------------------------------------------------------------- */

/* Pretends that the one reader is as many as there can be, less `room`. */
static void
fill(const struct scene *scene, uint32_t room)
{

	peek_set_holders(scene->watched, MOST_READERS - room);
	peek_set_references(scene->watched, MOST_READERS - room + 1);
}

static void
unfill(const struct scene *scene, uint32_t readers)
{

	peek_set_holders(scene->watched, readers);
	peek_set_references(scene->watched, readers + 1);
}

static void
one_more_reader_fails(enum form form, uint32_t fairness)
{
	struct scene scene;
	lt_hold_t hold;

	scene_set(&scene, form, fairness);
	scene.hold = lt_downgrade(scene.hold);
	fill(&scene, 1);
	hold = try_shared(scene.table, form, 1);
	EXPECT(is_hold(hold) && peek_holders(scene.watched) == MOST_READERS,
	    "there was room for one more reader");
	EXPECT(has_failed(try_shared(scene.table, form, 1), LT_BUSY),
	    "more readers got in than can be counted");
	EXPECT(has_failed(acquire_shared(scene.table, form, 1, 1), LT_TIMED_OUT),
	    "more readers got in than can be counted");
	EXPECT(has_failed(try_acquire(scene.table, form, 1), LT_BUSY),
	    "a writer got in beside readers");
	EXPECT(is_held(scene.table, form, 1), "a key with readers was not held");
	EXPECT(peek_is_sound(scene.watched) &&
	    peek_references(scene.watched) == MOST_READERS + 1, "who failed was still counted");
	release_shared_if_hold(hold);
	EXPECT(peek_holders(scene.watched) == MOST_READERS - 1, "a reader was not counted down");
	unfill(&scene, 1);
	release_shared_if_hold(scene.hold);
	scene_clear(&scene);
}

SCENARIO(there_is_a_most_of_readers)
{

	scene_for_each_kind(one_more_reader_fails);
}

/* One goes in when one leaves, in the order in which they came; a writer among them keeps its place. */
static void
one_more_reader_waits(enum form form, uint32_t fairness)
{
	struct sleeper first, second, writer, last;
	struct scene scene;

	scene_set(&scene, form, fairness);
	scene.hold = lt_downgrade(scene.hold);
	fill(&scene, 0);
	scene_line_up_reader(&scene, &first);
	scene_line_up_reader(&scene, &second);
	scene_line_up(&scene, &writer);
	scene_line_up_reader(&scene, &last);
	lt_release_shared(scene.hold);
	EXPECT(sleeper_was_resumed(&first) && sleeper_outcome(&first) == LT_OK,
	    "a reader was not let in when one left");
	EXPECT(sleeper_sleeps(&second) && peek_holders(scene.watched) == MOST_READERS,
	    "more readers got in than can be counted");
	scene_finish_reader(&scene, &first);
	EXPECT(sleeper_was_resumed(&second) && sleeper_outcome(&second) == LT_OK,
	    "a reader was not let in when one left");
	EXPECT(sleeper_sleeps(&writer) && sleeper_sleeps(&last) && peek_is_sound(scene.watched),
	    "somebody got in out of turn");
	/* What was pretended is over: the second is the only one. The writer and the last wait. */
	peek_set_holders(scene.watched, 1);
	peek_set_references(scene.watched, 1 + 1 + 2);
	scene_finish_reader(&scene, &second);
	EXPECT(scene_comes_in(&writer), "a writer was not let in");
	scene_finish(&scene, &writer);
	EXPECT(scene_comes_in(&last), "a reader was not let in");
	scene_finish_reader(&scene, &last);
	scene_clear(&scene);
}

SCENARIO(one_more_reader_goes_in_when_one_leaves)
{

	scene_for_each_kind(one_more_reader_waits);
}

/* The same for threads, and with a hold that fills the last place while the other waits. */
static void
one_more_thread_waits(enum form form, uint32_t fairness)
{
	struct holder readers[2];
	struct crew crew = { 0 };
	struct scene scene;

	scene_set(&scene, form, fairness);
	scene.hold = lt_downgrade(scene.hold);
	fill(&scene, 0);
	for (unsigned r = 0; r < 2; r++) {
		readers[r] = (struct holder){ HOLDER, .table = scene.table, .form = form,
		    .number = 1, .deadline = LT_FOREVER, .is_shared = true };
		crew_add(&crew, holder_run, &readers[r]);
		await_queue(scene.watched, r + 1);
	}
	lt_release_shared(scene.hold);
	event_await(&readers[0].done, 1);
	EXPECT(event_times(&readers[1].done) == 0 && peek_queue(scene.watched) == 1,
	    "more readers got in than can be counted");
	event_raise(&readers[0].let_go);
	event_await(&readers[1].done, 1);
	EXPECT(peek_holders(scene.watched) == MOST_READERS && peek_queue(scene.watched) == 0,
	    "a reader was not let in when one left");
	peek_set_holders(scene.watched, 1);
	peek_set_references(scene.watched, 2);
	event_raise(&readers[1].let_go);
	crew_join(&crew);
	scene_clear(&scene);
}

SCENARIO(one_more_thread_goes_in_when_a_reader_leaves)
{

	scene_for_each_kind(one_more_thread_waits);
}

/* --- full queues ------------------------------------------------------------------------------ */

SCENARIO(readers_are_turned_away_from_a_full_queue)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness, .keys = LT_KEYS_INTEGER,
		    .most_waiters = 2, .seed = { SEED_0, SEED_1 } };
		struct sleeper writer, reader, refused;
		struct scene scene = { .form = INTEGERS };

		if (lt_table_create(&config, &scene.table) != LT_OK)
			abort();
		scene.watched = pin(scene.table, INTEGERS, 1);
		scene.hold = acquire_shared(scene.table, INTEGERS, 1, LT_FOREVER);
		scene_line_up(&scene, &writer);
		scene_line_up_reader(&scene, &reader);
		scene_enter_reader(&scene, &refused);
		EXPECT(sleeper_begin(&refused) == LT_TOO_MANY, "a full queue grew");
		scene_give_up(&refused, LT_TOO_MANY);
		EXPECT(has_failed(acquire_shared(scene.table, INTEGERS, 1,
		    lt_deadline_after_ns(UINT64_C(1) << 40)), LT_TOO_MANY), "a full queue grew");
		EXPECT(has_failed(try_shared(scene.table, INTEGERS, 1), LT_BUSY),
		    "who would not have waited was turned away");
		lt_suspension_cancel(writer.suspension);
		scene_give_up(&writer, LT_CANCELLED);
		EXPECT(scene_comes_in(&reader), "a reader stayed behind a writer that was gone");
		/* The queue is empty, the key is not: whoever does not have to wait goes in. */
		release_shared_if_hold(acquire_shared(scene.table, INTEGERS, 1, LT_FOREVER));
		scene_finish_reader(&scene, &reader);
		release_shared_if_hold(scene.hold);
		scene_clear(&scene);
	}
}

/* --- tables that end ---------------------------------------------------------------------------- */

/* The holders leave first, or the last, after the table's end; each frees what it was the last to need. */
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

	scene_for_each_kind(close_under_readers);
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
		sleeper_create_shared(&readers[r], table, form, 1, LT_FOREVER);
		EXPECT(sleeper_begin(&readers[r]) == LT_SUSPENDED, "a held key was not waited for");
	}
	sleeper_create(&writer, table, form, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&writer) == LT_SUSPENDED, "a held key was not waited for");
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
		EXPECT(scene_comes_in(&readers[r]), "a reader was not let in");
	for (unsigned r = 0; r < READERS; r++)
		release_shared_if_hold(sleeper_end(&readers[r]));
	EXPECT(scene_comes_in(&writer), "a writer was not let in");
	release_if_hold(sleeper_end(&writer));
	EXPECT(memory_outstanding() == 0, "a table was left");
}

SCENARIO(a_table_that_is_closed_goes_on_for_waiting_readers)
{

	scene_for_each_kind(close_under_waiters);
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

	scene_for_each_kind(close_under_threads);
}
