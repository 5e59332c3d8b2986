/*
 * Keys of more than 64 bytes: which are one, where they live, and how much memory they leave. Up to
 * 256 bytes their entries are used again, up to 1024 they are compared under the lock.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#include <string.h>

#define MOST	5000

/* What an idle stripe may keep besides: an entry for 256 bytes, two of 64, a set, a record. */
#define MOST_KEPT	1024

static const size_t lengths[] = { 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 255, 256, 257, 258,
    259, 260, 1023, 1024, 1025, MOST };

/* All keys begin with the same bytes, as far as they go. */
static const unsigned char *
beginning(void)
{
	static unsigned char bytes[MOST];

	for (size_t i = 0; i < MOST; i++)
		bytes[i] = (unsigned char)('a' + i % 23);
	return bytes;
}

static lt_hold_t
take(lt_table_t *table, size_t length)
{

	return lt_acquire_bytes(table, beginning(), length, LT_NO_WAIT);
}

static bool
is_free(lt_table_t *table, size_t length)
{
	const lt_key_t key = lt_key_bytes(table, beginning(), length);

	return !lt_is_held(table, &key);
}

/* Each is itself while it is the only one, whatever was there before. */
SCENARIO(keys_of_ever_other_lengths_take_turns_in_one_stripe)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	const size_t fresh = lt_table_bytes(table), count = LENGTH_OF(lengths);

	for (size_t i = 0; i < 3 * count; i++) {
		/* Up, down, and up in steps of five. */
		const size_t at = i < count ? i : i < 2 * count ? 2 * count - 1 - i : i * 5 % count;
		const lt_hold_t hold = take(table, lengths[at]);

		EXPECT(is_hold(hold), "a free key was busy");
		EXPECT(has_failed(take(table, lengths[at]), LT_BUSY), "a key had two holders");
		EXPECT(is_free(table, lengths[at] - 1), "a key was taken for a longer one");
		EXPECT(lt_table_count(table) == 1, "the count was wrong");
		EXPECT(lt_table_bytes(table) <= fresh + MOST_KEPT + lengths[at],
		    "a key took up more than its length");
		release_if_hold(hold);
		EXPECT(is_free(table, lengths[at]), "a released key was held");
		EXPECT(lt_table_bytes(table) <= fresh + MOST_KEPT, "an unused stripe stayed large");
	}
	close_empty(table);
}

SCENARIO(keys_of_many_lengths_are_held_at_once)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	const size_t fresh = lt_table_bytes(table);
	lt_hold_t holds[LENGTH_OF(lengths)];
	size_t sum = 0;

	for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
		holds[i] = take(table, lengths[i]);
		EXPECT(is_hold(holds[i]), "a longer key was taken for a shorter one");
		sum += lengths[i];
	}
	/* One of up to 64 bytes needs none. */
	EXPECT(lt_table_bytes(table) >= fresh + sum - 64, "keys took no memory");
	for (size_t i = 0; i < LENGTH_OF(lengths); i++)
		EXPECT(has_failed(take(table, lengths[i]), LT_BUSY), "a key was lost");
	for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
		const size_t at = i * 8 % LENGTH_OF(lengths);

		lt_release(holds[at]);
		EXPECT(is_free(table, lengths[at]), "a key was not released");
	}
	EXPECT(lt_table_bytes(table) <= fresh + MOST_KEPT, "an unused stripe stayed large");
	close_empty(table);
}

/* One hash for all, so that it is the comparison that tells them apart. */
SCENARIO(long_keys_with_equal_beginnings_are_different_keys)
{
	static const size_t from[] = { 65, 256, 257, 1024, 1025 };

	for (size_t i = 0; i < LENGTH_OF(from); i++) {
		lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
		unsigned char bytes[1025];
		lt_key_t key = lt_key_bytes(table, bytes, from[i]);
		lt_hold_t first, second;

		(void)memcpy(bytes, beginning(), from[i]);
		key.hash = 7;
		first = lt_acquire(table, &key, LT_NO_WAIT);
		for (size_t at = 64; at < from[i]; at += at < 128 ? 1 : 61) {
			bytes[at] ^= 1;
			second = lt_acquire(table, &key, LT_NO_WAIT);
			EXPECT(is_hold(second), "keys that begin alike were taken for one");
			EXPECT(lt_is_held(table, &key), "the second was lost");
			release_if_hold(second);
			bytes[at] ^= 1;
		}
		EXPECT(lt_is_held(table, &key), "the first was lost");
		release_if_hold(first);
		close_empty(table);
	}
}

/* The short key's home is not the long one's, so none of them has to be allocated anew. */
SCENARIO(a_long_key_and_a_short_one_that_take_turns_allocate_nothing)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	uint64_t calls = 0;

	for (size_t i = 0; i < 100; i++) {
		const size_t length = 65 + i * 37 % 192;
		const lt_hold_t long_one = take(table, i < 2 ? 256 : length);
		lt_hold_t short_one = take(table, 1 + i % 64);

		EXPECT(is_hold(long_one) && is_hold(short_one), "a free key was busy");
		EXPECT(has_failed(take(table, 1 + i % 64), LT_BUSY), "the short key was lost");
		release_if_hold(i % 2 == 0 ? long_one : short_one);
		EXPECT(is_free(table, length) == (i % 2 == 0) || i < 2,
		    "the wrong one was released");
		release_if_hold(i % 2 == 0 ? short_one : long_one);
		short_one = take(table, 1 + i % 64);
		EXPECT(is_hold(short_one), "a free key was busy");
		release_if_hold(short_one);
		if (i == 2)
			calls = memory_calls();
	}
	EXPECT(memory_calls() == calls || has_diagnostics_set(),
	    "steady coming and going allocated");
	close_empty(table);
}

/* A short key may be held for long. It is not to keep the memory that was for a long one. */
SCENARIO(short_keys_that_stay_do_not_take_the_room_of_long_ones)
{
	enum { STAY = 200 };
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	lt_table_t *other = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	lt_hold_t holds[2][STAY];

	for (size_t i = 0; i < STAY; i++) {
		const uint64_t words[2] = { 0, i };

		release_if_hold(take(table, 256));
		holds[0][i] = lt_acquire_bytes(table, words, sizeof words, LT_NO_WAIT);
		holds[1][i] = lt_acquire_bytes(other, words, sizeof words, LT_NO_WAIT);
	}
	EXPECT(lt_table_bytes(table) <= lt_table_bytes(other) + MOST_KEPT,
	    "short keys took the room of long ones");
	for (size_t i = 0; i < STAY; i++) {
		release_if_hold(holds[0][i]);
		release_if_hold(holds[1][i]);
	}
	close_empty(table);
	close_empty(other);
}

/* A call that has pinned a key relies on it, whoever comes and goes meanwhile. */
SCENARIO(a_pinned_long_key_is_not_overwritten)
{

	for (size_t i = 5; i < LENGTH_OF(lengths); i++) {
		lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
		const lt_key_t key = lt_key_bytes(table, beginning(), lengths[i]);
		lt_hold_t pinned = lt_pin(table, &key), hold = lt_acquire(table, &key, LT_NO_WAIT);

		EXPECT(is_hold(pinned) && is_hold(hold) && pinned.place == hold.place,
		    "a pin and a hold of one key had two places");
		release_if_hold(hold);
		for (size_t other = 0; other < LENGTH_OF(lengths); other++) {
			if (other != i)
				release_if_hold(take(table, lengths[other]));
		}
		hold = lt_acquire(table, &key, LT_NO_WAIT);
		EXPECT(hold.place == pinned.place, "a pinned key was not found in its place");
		EXPECT(!lt_try_pinned(&pinned), "a pinned key was another one");
		release_if_hold(hold);
		lt_unpin(pinned);
		close_empty(table);
	}
}

SCENARIO(a_long_key_is_shared_downgraded_and_taken_with_others)
{
	static const size_t wanted[] = { 65, 64, 1024, 256, MOST, 257 };
	lt_table_t *table = table_make(SHORT_BYTES, 2, LT_ADAPTIVE);
	lt_hold_t first, second, holds[LENGTH_OF(wanted)] = { { 0 } };
	lt_key_t keys[LENGTH_OF(wanted)];
	size_t count = LENGTH_OF(wanted), taken = 0;

	for (size_t i = 0; i < count; i++) {
		keys[i] = lt_key_bytes(table, beginning(), wanted[i]);
		first = lt_downgrade(take(table, wanted[i]));
		second = lt_acquire_bytes_shared(table, beginning(), wanted[i], LT_NO_WAIT);
		EXPECT(is_hold(second), "a reader was not let in to another one");
		EXPECT(has_failed(take(table, wanted[i]), LT_BUSY), "a writer joined readers");
		lt_release_shared(first);
		EXPECT(has_failed(take(table, wanted[i]), LT_BUSY), "the second reader was lost");
		release_shared_if_hold(second);
	}
	EXPECT(lt_acquire_multi(table, keys, holds, &count, &taken, LT_NO_WAIT) == LT_OK,
	    "free keys were not acquired");
	for (size_t i = 0; i < count; i++)
		EXPECT(lt_is_hold_of(table, &keys[i], holds, count), "one of several was not held");
	lt_release_multi(holds, count);
	close_empty(table);
}

/* --- what is shown ------------------------------------------------------------- */

struct seen {
	size_t length;
	unsigned times;
};

static void
look(void *context, const lt_report_t *report)
{
	struct seen *seen = context;

	EXPECT(report->length == seen->length &&
	    memcmp(report->bytes, beginning(), seen->length) == 0,
	    "a key was not shown as a whole");
	seen->times++;
}

SCENARIO(a_snapshot_shows_the_whole_of_a_long_key)
{

	for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
		lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
		struct seen seen = { lengths[i], 0 };
		const lt_hold_t hold = take(table, lengths[i]);

		EXPECT(lt_table_inspect(table, false, look, &seen) == LT_OK && seen.times == 1,
		    "a held key was not shown once");
		release_if_hold(hold);
		EXPECT(lt_table_inspect(table, false, look, &seen) == LT_OK && seen.times == 1,
		    "a released key was shown");
		close_empty(table);
	}
}

/* --- memory that is refused ---------------------------------------------------- */

SCENARIO(a_long_key_that_gets_no_memory_is_refused_and_changes_nothing)
{

	for (size_t i = 5; i < LENGTH_OF(lengths); i++) {
		lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
		const size_t bytes = lt_table_bytes(table), outstanding = memory_outstanding();
		lt_hold_t hold;

		memory_fail(0, UINT64_MAX);
		hold = take(table, lengths[i]);
		EXPECT(has_failed(hold, LT_NO_MEMORY), "a key was acquired without memory");
		EXPECT(lt_table_bytes(table) == bytes && memory_outstanding() == outstanding &&
		    lt_table_count(table) == 0, "a refused key left something behind");
		memory_recover();
		hold = take(table, lengths[i]);
		EXPECT(is_hold(hold), "the table did not recover");
		release_if_hold(hold);
		close_empty(table);
	}
}

/* Whoever finds the key needs none, and is told what he would be told otherwise. */
SCENARIO(a_long_key_that_is_held_is_found_without_memory)
{

	for (size_t i = 5; i < LENGTH_OF(lengths) && !has_diagnostics_set(); i++) {
		lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
		lt_hold_t hold = take(table, lengths[i]), second;

		memory_fail(0, UINT64_MAX);
		EXPECT(has_failed(take(table, lengths[i]), LT_BUSY), "a held key was not busy");
		hold = lt_downgrade(hold);
		second = lt_acquire_bytes_shared(table, beginning(), lengths[i], LT_NO_WAIT);
		EXPECT(is_hold(second), "a reader needed memory to join another one");
		memory_recover();
		release_shared_if_hold(second);
		lt_release_shared(hold);
		close_empty(table);
	}
}

/* In most cases its entry is allocated before the lookup, for nothing if the key is present. */
SCENARIO(a_large_key_that_was_present_gives_back_what_it_allocated)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	const lt_hold_t hold = take(table, 1024);
	const size_t bytes = lt_table_bytes(table), outstanding = memory_outstanding();

	for (unsigned i = 0; i < 10; i++)
		EXPECT(has_failed(take(table, 1024), LT_BUSY), "a held key was not busy");
	EXPECT(lt_table_bytes(table) == bytes && memory_outstanding() == outstanding,
	    "attempts left memory behind");
	release_if_hold(hold);
	close_empty(table);
}
