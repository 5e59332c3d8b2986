/*
 * Whose turn it is among readers and writers. A line is written down as a string:
 * R and W are suspensions, r and w threads; a run is readers next to each other.
 */
#include "contended_key.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PLACES	100

struct line {
	struct contended_key contended;
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
run_end(const struct line *line, size_t begin)
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
	contended_open(&line->contended, form, fairness);
	for (size_t p = 0; p < line->length; p++) {
		if (!is_thread(line, p)) {
			if (is_reader(line, p))
				contended_enqueue_reader(&line->contended, &line->sleepers[p]);
			else
				contended_enqueue(&line->contended, &line->sleepers[p]);
			continue;
		}
		line->holders[p] = (struct holder){ HOLDER, .table = line->contended.table,
		    .form = form, .number = 1, .deadline = LT_FOREVER,
		    .is_shared = is_reader(line, p) };
		crew_add(&line->crew, holder_run, &line->holders[p]);
		await_queue(line->contended.pin, p + 1);
	}
}

static void
expect_in(struct line *line, size_t place)
{

	if (is_thread(line, place))
		event_await(&line->holders[place].done, 1);
	else
		EXPECT(sleeper_gets_key(&line->sleepers[place]), "whose turn it was did not get in");
}

/* The readers of a run hold the key at the same time, and no other waiter does. */
static void
expect_run(struct line *line, size_t begin, size_t end)
{
	lt_hold_t watched = line->contended.pin;

	/* A woken reader lets in the others, so it is polled first. */
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
	/* A waiter that comes now may not be let in by any release. */
	if (end < line->length || !is_reader(line, begin))
		EXPECT(has_failed(try_shared(line->contended.table, line->contended.form, 1), LT_BUSY),
		    "a reader overtook the queue");
}

static void
leave(struct line *line, size_t place)
{

	if (is_thread(line, place))
		event_raise(&line->holders[place].let_go);
	else if (is_reader(line, place))
		contended_release_granted_reader(&line->contended, &line->sleepers[place]);
	else
		contended_release_granted(&line->contended, &line->sleepers[place]);
}

static void
serve(const char *places, enum form form, uint32_t fairness)
{
	static struct line line;
	size_t end;

	line_up(&line, places, form, fairness);
	release_if_hold(line.contended.hold);
	for (size_t begin = 0; begin < line.length; begin = end) {
		end = run_end(&line, begin);
		expect_run(&line, begin, end);
		/* The first to come is not the first to go. */
		for (size_t p = begin + (end - begin) / 2; p < end; p++)
			leave(&line, p);
		for (size_t p = begin; p < begin + (end - begin) / 2; p++)
			leave(&line, p);
	}
	crew_join(&line.crew);
	contended_close(&line.contended);
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

SCENARIO(reading_and_writing_suspensions_are_served_in_order)
{
	static const char *const lines[] = { "R", "W", "RR", "RW", "WR", "RRWRRRW", "WWRRWRRW",
	    "RWRWRWRW", "WRRRRRRR", "RRRRRRRW", "WWWW" };

	serve_each(lines, LENGTH_OF(lines));
}

SCENARIO(reading_and_writing_threads_are_served_in_order)
{
	static const char *const lines[] = { "r", "rr", "rw", "wr", "rrwrrrw", "wwrrwrrw", "rwrwrw",
	    "wrrrr" };

	serve_each(lines, LENGTH_OF(lines));
}

SCENARIO(reading_and_writing_threads_and_suspensions_are_served_in_order)
{
	static const char *const lines[] = { "Rr", "rR", "RrwRrrW", "wWrRWrRw", "rWRwrW", "WrRrR",
	    "rRrRrRrRrRrRrRrRrRrRrRrRw" };

	serve_each(lines, LENGTH_OF(lines));
}

/* Runs of each size around the one that a locked section can let in. */
SCENARIO(adjacent_readers_go_in_together)
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

SCENARIO(many_adjacent_reading_threads_go_in_together)
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
		struct contended_key contended;

		contended_open(&contended, i % FORMS, i / FORMS);
		contended.hold = lt_downgrade(contended.hold);
		release_shared_if_hold(try_shared(contended.table, contended.form, 1));
		contended_enqueue(&contended, &writer);
		EXPECT(has_failed(try_shared(contended.table, contended.form, 1), LT_BUSY),
		    "a reader overtook a writer");
		EXPECT(has_failed(acquire_shared(contended.table, contended.form, 1, 1), LT_TIMED_OUT),
		    "a reader overtook a writer");
		contended_enqueue_reader(&contended, &late);
		release_shared_if_hold(contended.hold);
		EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
		EXPECT(sleeper_sleeps(&late), "a reader got in next to a writer");
		contended_release_granted(&contended, &writer);
		EXPECT(sleeper_gets_key(&late), "a reader was not let in");
		contended_release_granted_reader(&contended, &late);
		contended_close(&contended);
	}
}

/* --- overtaken by one of the same kind ------------------------------------------------------ */

/* Ways for a reader to find a free key that a woken waiter has not taken yet. */
enum coming { TRIES, TRIES_A_PIN, TAKES_SEVERAL, BEGINS, LOOKS_AGAIN, COMINGS };

static struct contended_key *to_be_released;

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
set_scene_with_look(struct contended_key *contended, enum form form)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = LT_ADAPTIVE,
	    .keys = form == INTEGERS ? LT_KEYS_INTEGER : LT_KEYS_BYTES,
	    .seed = { SEED_0, SEED_1 }, .runs_task = release_meanwhile };

	*contended = (struct contended_key){ .form = form };
	if (lt_table_create(&config, &contended->table) != LT_OK)
		abort();
	contended->pin = pin(contended->table, form, 1);
	contended->hold = acquire(contended->table, form, 1, LT_FOREVER);
	to_be_released = contended;
}

static lt_hold_t
come(struct contended_key *contended, enum coming coming)
{
	lt_hold_t pinned = pin_shared(contended->table, contended->form, 1);
	struct sleeper sleeper;
	size_t count = 1;

	if (coming != LOOKS_AGAIN)
		release_if_hold(contended->hold);
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
		contended_prepare_reader(contended, &sleeper);
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a newcomer did not get a free key");
		return sleeper_end(&sleeper);
	default:
		lt_unpin(pinned);
		return acquire_shared(contended->table, contended->form, 1,
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
	struct contended_key contended;
	lt_hold_t hold;

	set_scene_with_look(&contended, form);
	contended_enqueue_reader(&contended, &first);
	contended_enqueue_reader(&contended, &second);
	contended_enqueue(&contended, &writer);
	hold = come(&contended, coming);
	EXPECT(hold.place == contended.pin.place, "a newcomer did not get a free key");
	EXPECT(sleeper_outcome(&first) == LT_OK && event_times(&first.resumed) == 1,
	    "a woken waiter was resumed again, or forgotten");
	EXPECT(sleeper_outcome(&second) == LT_OK && event_times(&second.resumed) == 1,
	    "the next in line was forgotten");
	EXPECT(peek_holders(contended.pin) == 3 && peek_signalled(contended.pin) == 0 &&
	    peek_is_sound(contended.pin), "the queue was broken");
	release_shared_if_hold(hold);
	/* A reader that has it already may poll once more. */
	EXPECT(lt_suspension_begin(first.suspension, &first.resumed) == LT_OK, "a grant was taken back");
	contended_release_granted_reader(&contended, &second);
	EXPECT(sleeper_sleeps(&writer), "a writer got in next to a reader");
	contended_release_granted_reader(&contended, &first);
	EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
	contended_release_granted(&contended, &writer);
	contended_close(&contended);
}

SCENARIO(a_reader_that_is_overtaken_by_a_reader_goes_in_with_it)
{

	for (enum coming coming = 0; coming < COMINGS; coming++) {
		overtake(INTEGERS, coming);
		overtake(SHORT_BYTES, coming);
		overtake(LONG_BYTES, coming);
		overtake(LARGE_BYTES, coming);
	}
}
