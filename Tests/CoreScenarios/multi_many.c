/*
 * More keys in one call than are sorted by insertion, some of them named twice, and their release
 * while the table is open.
 */
#include "support.h"

#include <string.h>

#define DIFFERENT	30
#define NAMED		(3 * DIFFERENT)

/* Each key three times, in no order; every fifth is wanted shared but once. */
static uint64_t
number_at(size_t i)
{

	return i * 37 % DIFFERENT;
}

static lt_hold_t
wish_at(size_t i)
{
	const bool shared = number_at(i) % 5 == 0 && i >= DIFFERENT;
	const bool all_shared = number_at(i) % 5 == 1;

	return (lt_hold_t){ (void *)(uintptr_t)(shared || all_shared ? LT_SHARED_BIT : 0), number_at(i) };
}

static lt_status_t
acquire_many(lt_table_t *table, enum form form, lt_hold_t *holds, size_t *count)
{
	static struct key keys[NAMED];
	lt_key_t prepared[NAMED];
	size_t taken = 0;

	*count = NAMED;
	for (size_t i = 0; i < NAMED; i++) {
		holds[i] = wish_at(i);
		key_make(&keys[i], table, form, number_at(i));
		prepared[i] = keys[i].prepared;
	}
	if (form == INTEGERS)
		return lt_acquire_multi_integers(table, holds, count, &taken, LT_FOREVER);
	return lt_acquire_multi(table, prepared, holds, count, &taken, LT_FOREVER);
}

SCENARIO(a_multi_call_holds_each_of_many_keys_once)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 4, LT_ADAPTIVE);
		lt_hold_t holds[NAMED];
		lt_statistics_t told;
		size_t count;

		EXPECT(acquire_many(table, form, holds, &count) == LT_OK && count == DIFFERENT,
		    "a key that was named again was held again");
		EXPECT(lt_table_count(table) == DIFFERENT, "other keys are live");
		for (uint64_t number = 0; number < DIFFERENT; number++) {
			lt_hold_t reader = try_shared(table, form, number);

			EXPECT(is_hold(reader) == (number % 5 == 1),
			    "of the ways that a key was wanted, another one counted");
			release_shared_if_hold(reader);
		}
		lt_table_statistics(table, &told);
		EXPECT(told.acquisitions == DIFFERENT + DIFFERENT / 5, "holds were counted wrong");
		lt_release_multi_while_open(holds, count);
		EXPECT(lt_table_count(table) == 0, "keys were left");
		lt_table_close(table);
	}
}

SCENARIO(a_key_is_made_of_a_copy)
{
	static const char *const texts[] = { "", "a", "account-42", "Z\xc3\xbcrich",
	    "a text that is longer than the sixty-four bytes that an entry has room for, by a few" };
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);

	for (size_t i = 0; i < LENGTH_OF(texts); i++) {
		const size_t length = strlen(texts[i]);
		char room[128];
		lt_key_t key, same = lt_key_bytes(table, texts[i], length);
		const bool is_ascii = lt_key_copy(table, texts[i], length, room, &key);
		lt_hold_t hold;

		EXPECT(is_ascii == (i != 3), "a text was taken for ASCII, or was not");
		EXPECT(key.hash == same.hash && (length == 0 || key.bytes == room), "the key is not the copy's");
		hold = lt_acquire(table, &key, LT_FOREVER);
		EXPECT(lt_is_held(table, &same), "a copy is another key");
		lt_release(hold);
	}
	lt_table_close(table);
}
