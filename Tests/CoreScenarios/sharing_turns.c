/*
 * Whose turn it is among readers and writers. A line is written down as a string:
 * R and W are suspensions, r and w threads; readers next to each other are a party.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PLACES	100

struct line {
	struct scene scene;
	const char *places;
	size_t length;
	struct sleeper sleepers[MOST_PLACES];
	struct holder holders[MOST_PLACES];
	struct crew crew;
};

static bool
is_reader(const struct line *line, size_t place)
{

	return line->places[place] == 'R' || line->places[place] == 'r';
}

static bool
is_thread(const struct line *line, size_t place)
{

	return line->places[place] == 'r' || line->places[place] == 'w';
}

static size_t
party_end(const struct line *line, size_t begin)
{
	size_t end = begin + 1;

	while (is_reader(line, begin) && end < line->length && is_reader(line, end))
		end++;
	return end;
}

/* All stand in line behind a writer. */
static void
line_up(struct line *line, const char *places, enum form form, uint32_t fairness)
{

	(void)memset(line, 0, sizeof *line);
	line->places = places;
	line->length = strlen(places);
	scene_set(&line->scene, form, fairness);
	for (size_t p = 0; p < line->length; p++) {
		if (!is_thread(line, p)) {
			if (is_reader(line, p))
				scene_line_up_reader(&line->scene, &line->sleepers[p]);
			else
				scene_line_up(&line->scene, &line->sleepers[p]);
			continue;
		}
		line->holders[p] = (struct holder){ HOLDER, .table = line->scene.table,
		    .form = form, .number = 1, .deadline = LT_FOREVER,
		    .is_shared = is_reader(line, p) };
		crew_add(&line->crew, holder_run, &line->holders[p]);
		await_queue(line->scene.watched, p + 1);
	}
}

static void
expect_in(struct line *line, size_t place)
{

	if (is_thread(line, place))
		event_await(&line->holders[place].done, 1);
	else
		EXPECT(scene_comes_in(&line->sleepers[place]), "whose turn it was did not get in");
}

/* Those of a party hold the key at the same time, and nobody else does. */
static void
expect_party(struct line *line, size_t begin, size_t end)
{
	lt_hold_t watched = line->scene.watched;

	/* One that was sent for lets in the others: it is to come first. */
	for (size_t p = begin; p < end; p++) {
		if (!is_thread(line, p) && line->crew.count > 0)
			event_await(&line->sleepers[p].resumed, line->sleepers[p].begun);
		expect_in(line, p);
	}
	EXPECT(peek_holders(watched) == (is_reader(line, begin) ? end - begin : HELD_BY_WRITER),
	    "not all whose turn it was held the key together");
	EXPECT(peek_queue(watched) == line->length - end && peek_is_sound(watched),
	    "the queue was broken");
	for (size_t p = end; p < line->length; p++)
		EXPECT(is_thread(line, p) ? event_times(&line->holders[p].done) == 0 :
		    sleeper_sleeps(&line->sleepers[p]), "served out of order");
	/* One who comes now may be let in by nobody. */
	if (end < line->length || !is_reader(line, begin))
		EXPECT(has_failed(try_shared(line->scene.table, line->scene.form, 1), LT_BUSY),
		    "a reader overtook the queue");
}

static void
leave(struct line *line, size_t place)
{

	if (is_thread(line, place))
		event_raise(&line->holders[place].let_go);
	else if (is_reader(line, place))
		scene_finish_reader(&line->scene, &line->sleepers[place]);
	else
		scene_finish(&line->scene, &line->sleepers[place]);
}

static void
serve(const char *places, enum form form, uint32_t fairness)
{
	static struct line line;
	size_t end;

	line_up(&line, places, form, fairness);
	release_if_hold(line.scene.hold);
	for (size_t begin = 0; begin < line.length; begin = end) {
		end = party_end(&line, begin);
		expect_party(&line, begin, end);
		/* The first to come is not the first to go. */
		for (size_t p = begin + (end - begin) / 2; p < end; p++)
			leave(&line, p);
		for (size_t p = begin; p < begin + (end - begin) / 2; p++)
			leave(&line, p);
	}
	crew_join(&line.crew);
	scene_clear(&line.scene);
}

static void
serve_each(const char *const *lines, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		serve(lines[i], INTEGERS, LT_ADAPTIVE);
		serve(lines[i], INTEGERS, LT_FIFO);
		serve(lines[i], 1 + i % (FORMS - 1), LT_ADAPTIVE);
		serve(lines[i], 1 + i % (FORMS - 1), LT_FIFO);
	}
}

SCENARIO(suspensions_are_served_in_the_order_they_came)
{
	static const char *const lines[] = { "R", "W", "RR", "RW", "WR", "RRWRRRW", "WWRRWRRW",
	    "RWRWRWRW", "WRRRRRRR", "RRRRRRRW", "WWWW" };

	serve_each(lines, LENGTH_OF(lines));
}

SCENARIO(threads_are_served_in_the_order_they_came)
{
	static const char *const lines[] = { "r", "rr", "rw", "wr", "rrwrrrw", "wwrrwrrw", "rwrwrw",
	    "wrrrr" };

	serve_each(lines, LENGTH_OF(lines));
}

SCENARIO(both_are_served_in_the_order_they_came)
{
	static const char *const lines[] = { "Rr", "rR", "RrwRrrW", "wWrRWrRw", "rWRwrW", "WrRrR",
	    "rRrRrRrRrRrRrRrRrRrRrRrRw" };

	serve_each(lines, LENGTH_OF(lines));
}

/* A party of each size around those that one locked section can let in. */
SCENARIO(a_party_of_any_size_goes_in_together)
{
	static const unsigned sizes[] = { 15, 16, 17, 31, 32, 33, 48, 49, 80 };

	for (size_t i = 0; i < 4 * LENGTH_OF(sizes); i++) {
		const unsigned size = sizes[i / 4];
		char places[MOST_PLACES] = { 0 };

		(void)memset(places, 'R', size);
		serve(places, i % FORMS, i % 2);
		(void)strcpy(places + size, i % 4 < 2 ? "WRR" : "W");
		serve(places, i % FORMS, i % 2);
		places[size] = 'R';
	}
}

SCENARIO(a_party_of_many_threads_goes_in_together)
{
	static const unsigned sizes[] = { 17, 40 };

	for (size_t i = 0; i < 2 * LENGTH_OF(sizes); i++) {
		char places[MOST_PLACES] = { 0 };

		(void)memset(places, 'r', sizes[i / 2]);
		(void)strcpy(places + sizes[i / 2], "wr");
		serve(places, INTEGERS, i % 2);
	}
}

SCENARIO(a_reader_does_not_overtake_a_queued_writer)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		struct sleeper writer, late;
		struct scene scene;

		scene_set(&scene, i % FORMS, i / FORMS);
		scene.hold = lt_downgrade(scene.hold);
		release_shared_if_hold(try_shared(scene.table, scene.form, 1));
		scene_line_up(&scene, &writer);
		EXPECT(has_failed(try_shared(scene.table, scene.form, 1), LT_BUSY),
		    "a reader overtook a writer");
		EXPECT(has_failed(acquire_shared(scene.table, scene.form, 1, 1), LT_TIMED_OUT),
		    "a reader overtook a writer");
		scene_line_up_reader(&scene, &late);
		release_shared_if_hold(scene.hold);
		EXPECT(scene_comes_in(&writer), "a writer was not let in");
		EXPECT(sleeper_sleeps(&late), "a reader got in beside a writer");
		scene_finish(&scene, &writer);
		EXPECT(scene_comes_in(&late), "a reader was not let in");
		scene_finish_reader(&scene, &late);
		scene_clear(&scene);
	}
}

/* --- overtaken by one of the same kind ------------------------------------------------------ */

/* Ways for a reader to come, and to find a free key for which another has been sent for. */
enum coming { TRIES, TRIES_A_PIN, TAKES_SEVERAL, BEGINS, LOOKS_AGAIN, COMINGS };

static struct scene *to_be_released;

/* Asked of a thread that has looked for a while, before it looks again. */
static bool
release_meanwhile(void *context, const lt_sleep_t *sleep)
{

	(void)context;
	(void)sleep;
	release_if_hold(to_be_released->hold);
	return false;
}

static void
set_scene_with_look(struct scene *scene, enum form form)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = LT_ADAPTIVE,
	    .keys = form == INTEGERS ? LT_KEYS_INTEGER : LT_KEYS_BYTES,
	    .seed = { SEED_0, SEED_1 }, .runs_task = release_meanwhile };

	*scene = (struct scene){ .form = form };
	if (lt_table_create(&config, &scene->table) != LT_OK)
		abort();
	scene->watched = pin(scene->table, form, 1);
	scene->hold = acquire(scene->table, form, 1, LT_FOREVER);
	to_be_released = scene;
}

static lt_hold_t
come(struct scene *scene, enum coming coming)
{
	lt_hold_t pinned = pin_shared(scene->table, scene->form, 1);
	struct sleeper sleeper;
	size_t count = 1;

	if (coming != LOOKS_AGAIN)
		release_if_hold(scene->hold);
	switch (coming) {
	case TRIES_A_PIN:
		EXPECT(lt_try_pinned(&pinned), "a newcomer did not get a free key");
		break;
	case TAKES_SEVERAL:
		EXPECT(lt_acquire_pinned(&pinned, &count, LT_FOREVER) == LT_OK,
		    "a newcomer did not get a free key");
		break;
	case BEGINS:
		lt_unpin(pinned);
		scene_enter_reader(scene, &sleeper);
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a newcomer did not get a free key");
		return sleeper_end(&sleeper);
	default:
		lt_unpin(pinned);
		return acquire_shared(scene->table, scene->form, 1,
		    coming == TRIES ? LT_NO_WAIT : LT_FOREVER);
	}
	pinned.place = (char *)pinned.place - LT_SHARED_BIT;
	return pinned;
}

/*
 *   holder          newcomer        first, second   writer
 *   holds K                         queued          queued
 *   release K                       first: signalled
 *                   has K, shared
 *                                   have K: the second is resumed, the
 *                                   first is already
 */
static void
overtake(enum form form, enum coming coming)
{
	struct sleeper first, second, writer;
	struct scene scene;
	lt_hold_t hold;

	set_scene_with_look(&scene, form);
	scene_line_up_reader(&scene, &first);
	scene_line_up_reader(&scene, &second);
	scene_line_up(&scene, &writer);
	hold = come(&scene, coming);
	EXPECT(hold.place == scene.watched.place, "a newcomer did not get a free key");
	EXPECT(sleeper_outcome(&first) == LT_OK && event_times(&first.resumed) == 1,
	    "one that is on its way was resumed, or forgotten");
	EXPECT(sleeper_outcome(&second) == LT_OK && event_times(&second.resumed) == 1,
	    "the next in line was forgotten");
	EXPECT(peek_holders(scene.watched) == 3 && peek_signalled(scene.watched) == 0 &&
	    peek_is_sound(scene.watched), "the queue was broken");
	release_shared_if_hold(hold);
	/* One that has it already may ask once more. */
	EXPECT(lt_suspension_begin(first.suspension, &first.resumed) == LT_OK, "a grant was taken back");
	scene_finish_reader(&scene, &second);
	EXPECT(sleeper_sleeps(&writer), "a writer got in beside a reader");
	scene_finish_reader(&scene, &first);
	EXPECT(scene_comes_in(&writer), "a writer was not let in");
	scene_finish(&scene, &writer);
	scene_clear(&scene);
}

SCENARIO(a_reader_who_is_overtaken_by_a_reader_goes_in_with_him)
{

	for (enum coming coming = 0; coming < COMINGS; coming++) {
		overtake(INTEGERS, coming);
		overtake(SHORT_BYTES, coming);
		overtake(LONG_BYTES, coming);
	}
}
