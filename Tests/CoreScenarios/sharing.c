/* Shared holds: every kind of key, wherever it lives, and every way to ask for one. */
#include "support.h"

/* With other keys of the stripe about, the key is not where a stripe's only key is. */
#define MOST_OTHERS	2

struct place {
	lt_table_t *table;
	enum form form;
	unsigned others;
	lt_hold_t other[MOST_OTHERS];
};

static void
place_open(struct place *place, enum form form, unsigned others, uint32_t fairness)
{

	*place = (struct place){ .table = table_make(form, 1, fairness), .form = form,
	    .others = others };
	for (unsigned o = 0; o < others; o++)
		place->other[o] = acquire_shared(place->table, form, 100 + o, LT_FOREVER);
}

static void
place_close(struct place *place)
{

	EXPECT(lt_table_count(place->table) == place->others, "entries were left");
	for (unsigned o = 0; o < place->others; o++)
		release_shared_if_hold(place->other[o]);
	close_empty(place->table);
}

static void
in_every_place(void (*scenario)(struct place *))
{

	for (enum form form = 0; form < FORMS; form++) {
		for (unsigned i = 0; i < 2 * (MOST_OTHERS + 1); i++) {
			struct place place;

			place_open(&place, form, i / 2, i % 2);
			scenario(&place);
			place_close(&place);
		}
	}
}

/* --- one and many ---------------------------------------------------------------------- */

static void
overlap(struct place *place)
{
	enum { READERS = 40 };
	lt_hold_t holds[READERS];

	for (unsigned r = 0; r < READERS; r++) {
		uint64_t deadline = r % 3 == 0 ? LT_NO_WAIT : r % 3 == 1 ? 1 : LT_FOREVER;

		holds[r] = acquire_shared(place->table, place->form, 1, deadline);
		EXPECT(is_hold(holds[r]), "readers kept each other out");
		EXPECT(holds[r].place == holds[0].place && holds[r].tag == holds[0].tag,
		    "one key was in two places");
		EXPECT(peek_holders(holds[0]) == r + 1 && peek_references(holds[0]) == r + 1,
		    "a reader was not counted");
	}
	EXPECT(is_held(place->table, place->form, 1), "a key with readers was not held");
	EXPECT(lt_table_count(place->table) == place->others + 1, "the count was wrong");
	for (unsigned r = 0; r < READERS; r++) {
		EXPECT(has_failed(try_acquire(place->table, place->form, 1), LT_BUSY),
		    "a writer got in next to readers");
		EXPECT(is_held(place->table, place->form, 1), "a key with readers was not held");
		release_shared_if_hold(holds[r]);
	}
	EXPECT(!is_held(place->table, place->form, 1), "a key without readers was held");
}

SCENARIO(readers_overlap)
{

	in_every_place(overlap);
}

static void
exclude(struct place *place)
{
	const uint64_t soon = lt_deadline_after_ns(200000);
	lt_hold_t hold = acquire(place->table, place->form, 1, LT_FOREVER);

	EXPECT(peek_holders(hold) == HELD_BY_WRITER, "a writer was not counted");
	EXPECT(has_failed(try_shared(place->table, place->form, 1), LT_BUSY),
	    "a reader got in next to a writer");
	EXPECT(has_failed(acquire_shared(place->table, place->form, 1, 1), LT_TIMED_OUT),
	    "a reader got in next to a writer");
	EXPECT(has_failed(acquire_shared(place->table, place->form, 1, soon), LT_TIMED_OUT),
	    "a reader got in next to a writer");
	EXPECT(has_failed(try_acquire(place->table, place->form, 1), LT_BUSY),
	    "two writers held one key");
	EXPECT(peek_references(hold) == 1 && peek_queue(hold) == 0,
	    "a waiter that failed was still counted");
	release_if_hold(hold);

	hold = acquire_shared(place->table, place->form, 1, LT_FOREVER);
	EXPECT(has_failed(try_acquire(place->table, place->form, 1), LT_BUSY),
	    "a writer got in next to a reader");
	EXPECT(has_failed(acquire(place->table, place->form, 1, 1), LT_TIMED_OUT),
	    "a writer got in next to a reader");
	EXPECT(has_failed(acquire(place->table, place->form, 1, lt_deadline_after_ns(200000)),
	    LT_TIMED_OUT), "a writer got in next to a reader");
	EXPECT(peek_references(hold) == 1 && peek_is_sound(hold),
	    "a waiter that failed was still counted");
	/* A writer that has failed keeps no reader out. */
	release_shared_if_hold(try_shared(place->table, place->form, 1));
	EXPECT(peek_holders(hold) == 1, "a reader was not counted down");
	release_shared_if_hold(hold);
	EXPECT(!is_held(place->table, place->form, 1), "a released key was held");
}

SCENARIO(writers_and_readers_exclude_each_other)
{

	in_every_place(exclude);
}

/* One after the other, in one place: nothing of the one mode is left for the other. */
static void
alternate(struct place *place)
{

	for (unsigned i = 0; i < 64; i++) {
		const bool is_shared = 0x9a5u >> i % 12 & 1;
		lt_hold_t hold = is_shared ? try_shared(place->table, place->form, 1 + i % 3) :
		    try_acquire(place->table, place->form, 1 + i % 3);

		EXPECT(is_hold(hold), "a free key was not acquired");
		EXPECT(peek_holders(hold) == (is_shared ? 1 : HELD_BY_WRITER),
		    "a hold was made the other way");
		if (i % 5 == 0 && !is_shared)
			release_shared_if_hold(lt_downgrade(hold));
		else if (is_shared)
			release_shared_if_hold(hold);
		else
			release_if_hold(hold);
		EXPECT(lt_table_count(place->table) == place->others, "entries were left");
	}
}

SCENARIO(shared_and_exclusive_holds_alternate)
{

	in_every_place(alternate);
}

static void
pin_and_share(struct place *place)
{
	lt_hold_t pinned = pin(place->table, place->form, 1), hold;

	EXPECT(!is_held(place->table, place->form, 1), "a pin held");
	hold = try_shared(place->table, place->form, 1);
	EXPECT(hold.place == pinned.place && peek_references(pinned) == 2, "a pin was elsewhere");
	release_shared_if_hold(hold);
	EXPECT(!is_held(place->table, place->form, 1), "a released key was held");

	hold = acquire_shared(place->table, place->form, 1, LT_OR_PIN);
	EXPECT(hold.place == pinned.place && peek_holders(pinned) == 1, "a free key was not acquired");
	release_shared_if_hold(hold);
	hold = acquire(place->table, place->form, 1, LT_OR_PIN);
	EXPECT(hold.place == pinned.place && peek_holders(pinned) == HELD_BY_WRITER,
	    "a free key was not acquired");
	{
		lt_hold_t kept_out = acquire_shared(place->table, place->form, 1, LT_OR_PIN);

		EXPECT(kept_out.place == (char *)pinned.place + LT_PIN_BIT &&
		    kept_out.tag == pinned.tag, "a held key was not pinned");
		EXPECT(peek_references(pinned) == 3, "a pin was not counted");
		kept_out.place = pinned.place;
		lt_unpin(kept_out);
	}
	release_if_hold(hold);
	lt_unpin(pinned);
}

SCENARIO(pinned_keys_are_shared)
{

	in_every_place(pin_and_share);
}

/* --- the functions for one kind ---------------------------------------------------------- */

SCENARIO(an_integer_is_shared)
{

	for (unsigned others = 0; others < 2; others++) {
		lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
		lt_hold_t other = { NULL, 0 }, first, second;

		if (others > 0)
			other = lt_acquire_integer_shared(table, 9, LT_NO_WAIT);
		first = lt_acquire_integer_shared(table, 1, LT_NO_WAIT);
		second = lt_acquire_integer_shared(table, 1, LT_FOREVER);
		EXPECT(is_hold(first) && first.place == second.place, "readers kept each other out");
		EXPECT(lt_integer_of_tag(table, first.tag) == 1, "the tag was another key's");
		EXPECT(has_failed(lt_acquire_integer(table, 1, LT_NO_WAIT), LT_BUSY),
		    "a writer got in next to readers");
		release_shared_if_hold(first);
		release_shared_if_hold(second);
		release_shared_if_hold(other);
		close_empty(table);
	}
}

SCENARIO(bytes_are_shared)
{
	static const char text[] = "a key that is longer than what is kept in an entry of the table "
	    "and so has to be looked for with the lock let go";
	static const size_t lengths[] = { 0, 1, 16, 64, 65, sizeof text - 1 };

	for (size_t i = 0; i < 2 * LENGTH_OF(lengths); i++) {
		const size_t length = lengths[i / 2];
		lt_table_t *table = table_make(SHORT_BYTES, 1, i % 2);
		lt_hold_t first = lt_acquire_bytes_shared(table, text, length, LT_NO_WAIT);
		lt_hold_t second = lt_acquire_ascii_shared(table, text, length, LT_NO_WAIT);

		EXPECT(is_hold(first) && first.place == second.place && peek_holders(first) == 2,
		    "readers kept each other out");
		EXPECT(has_failed(lt_acquire_bytes(table, text, length, LT_NO_WAIT), LT_BUSY) &&
		    has_failed(lt_acquire_ascii(table, text, length, 1), LT_TIMED_OUT),
		    "a writer got in next to readers");
		EXPECT(has_failed(lt_acquire_ascii_shared(table, "\xc3\xa4", 2, LT_NO_WAIT),
		    LT_NOT_ASCII), "what is not ASCII was taken for it");
		EXPECT(lt_table_count(table) == 1, "the count was wrong");
		release_shared_if_hold(second);
		release_shared_if_hold(first);
		close_empty(table);
	}
}

/* --- threads ------------------------------------------------------------------------------- */

static void
threads_share_and_exclude(struct place *place)
{
	enum { READERS = 4 };
	lt_hold_t pinned = pin(place->table, place->form, 1);
	struct holder readers[READERS], writer = { HOLDER, .table = place->table,
	    .form = place->form, .number = 1, .deadline = LT_FOREVER };
	struct crew crew = { 0 };

	for (unsigned r = 0; r < READERS; r++) {
		readers[r] = (struct holder){ HOLDER, .table = place->table, .form = place->form,
		    .number = 1, .deadline = LT_FOREVER, .is_shared = true };
		crew_add(&crew, holder_run, &readers[r]);
	}
	for (unsigned r = 0; r < READERS; r++)
		event_await(&readers[r].done, 1);
	EXPECT(peek_holders(pinned) == READERS, "readers kept each other out");
	crew_add(&crew, holder_run, &writer);
	await_queue(pinned, 1);
	for (unsigned r = 0; r < READERS; r++) {
		EXPECT(event_times(&writer.done) == 0 && peek_queue(pinned) == 1 &&
		    peek_is_sound(pinned), "a writer got in next to readers");
		event_raise(&readers[r].let_go);
	}
	event_await(&writer.done, 1);
	EXPECT(peek_holders(pinned) == HELD_BY_WRITER, "the writer did not follow the readers");
	event_raise(&writer.let_go);
	crew_join(&crew);
	EXPECT(peek_references(pinned) == 1 && peek_is_sound(pinned),
	    "a waiter that left was still counted");
	lt_unpin(pinned);
}

SCENARIO(a_writer_follows_the_last_reader)
{

	in_every_place(threads_share_and_exclude);
}
