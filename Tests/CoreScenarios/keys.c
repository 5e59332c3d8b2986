/* When two keys are one, and when they are not. long_keys.c has more about long ones. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#include <stdlib.h>
#include <string.h>

static lt_hold_t
try_bytes(lt_table_t *table, const void *bytes, size_t length)
{

	return lt_acquire_bytes(table, bytes, length, LT_NO_WAIT);
}

static bool
bytes_are_held(lt_table_t *table, const void *bytes, size_t length)
{
	lt_key_t key = lt_key_bytes(table, bytes, length);

	return lt_is_held(table, &key);
}

SCENARIO(byte_keys_are_one_if_length_and_bytes_are)
{
	static const struct {
		const char *bytes;
		size_t length;
	} keys[] = {
		{ "", 0 }, { "\0", 1 }, { "\0\0", 2 }, { "a", 1 }, { "a\0", 2 }, { "a\0b", 3 },
		{ "a\0c", 3 }, { "aa", 2 }, { "aaa", 3 }, { "aaaa", 4 }, { "aaaaa", 5 },
		{ "LT_CLOSED", 9 }, { "(null)", 6 }, { "\xff", 1 }, { "\xc3\xa9", 2 },
		{ "e\xcc\x81", 3 },
	};
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	lt_hold_t holds[LENGTH_OF(keys)];

	for (size_t i = 0; i < LENGTH_OF(keys); i++) {
		holds[i] = try_bytes(table, keys[i].bytes, keys[i].length);
		EXPECT(is_hold(holds[i]), "two different keys were taken for one");
	}
	for (size_t i = 0; i < LENGTH_OF(keys); i++) {
		char copy[16];

		(void)memcpy(copy, keys[i].bytes, keys[i].length);
		EXPECT(has_failed(try_bytes(table, copy, keys[i].length), LT_BUSY),
		    "an equal key at another address was taken for a different one");
	}
	EXPECT(has_failed(try_bytes(table, NULL, 0), LT_BUSY),
	    "the empty key without an address was a different one");
	for (size_t i = 0; i < LENGTH_OF(keys); i++)
		lt_release(holds[i]);
	close_empty(table);
}

/*
 * The hash reads every byte: else same-hash chains would grow long without
 * an attacker.
 */
SCENARIO(every_byte_of_a_key_changes_its_hash)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	unsigned char bytes[300] = { 0 };

	for (size_t length = 0; length <= sizeof bytes; length++) {
		const uint64_t hash = lt_key_bytes(table, bytes, length).hash;

		EXPECT(length == sizeof bytes ||
		    lt_key_bytes(table, bytes, length + 1).hash != hash,
		    "one more byte did not change the hash");
		for (size_t at = 0; at < length; at++) {
			bytes[at] ^= 0x10;
			EXPECT(lt_key_bytes(table, bytes, length).hash != hash,
			    "another byte did not change the hash");
			bytes[at] ^= 0x10;
		}
	}
	lt_table_close(table);
}

/*
 * A hash adds products of blocks and secrets. If two secrets differed by something that can be
 * known, who knows it could make two keys of one hash without the seed.
 */
SCENARIO(blocks_that_change_places_change_the_hash)
{
	static const uint64_t known[] = { 0, UINT64_C(0x9e3779b97f4a7c15),
	    UINT64_C(0xd6e8feb86659fd93), UINT64_C(0xa0761d6478bd642f) };
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	uint64_t words[32];

	for (uint64_t i = 0; i < LENGTH_OF(words); i++)
		words[i] = i * i + 1;
	for (unsigned n = 0; n < 64 * 16; n++) {
		/* Two blocks, and what their first and second words are changed by. */
		const size_t length = 32u << n % 4, one = n / 4 % 2, other = 1 + n / 8 % 2 + one;
		const uint64_t first = known[n / 16 % 4];
		const uint64_t second = known[n / 64 % 4] ^ known[n / 256];
		uint64_t changed[32];

		if (other * 16 + 16 > length)
			continue;
		(void)memcpy(changed, words, sizeof words);
		changed[2 * one] = words[2 * other] ^ first;
		changed[2 * one + 1] = words[2 * other + 1] ^ second;
		changed[2 * other] = words[2 * one] ^ first;
		changed[2 * other + 1] = words[2 * one + 1] ^ second;
		EXPECT(lt_key_bytes(table, words, length).hash !=
		    lt_key_bytes(table, changed, length).hash,
		    "two keys of one hash were made without the seed");
	}
	lt_table_close(table);
}

/* Every byte of a key counts, at every length around the places where its handling changes. */
SCENARIO(every_byte_of_a_key_counts)
{
	static const size_t lengths[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63,
	    64, 65, 66, 80, 81, 127, 128, 129, 255, 256, 257, 1000, 1024, 1025 };
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	unsigned char bytes[1026] = { 0 };

	for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
		const size_t length = lengths[i];
		lt_hold_t hold;

		for (size_t at = 0; at < length; at++)
			bytes[at] = (unsigned char)(at * 7 + length);
		hold = try_bytes(table, bytes, length);
		EXPECT(is_hold(hold), "a free key was busy");
		EXPECT(bytes_are_held(table, bytes, length), "a held key was not found");
		for (size_t at = 0; at < length; at++) {
			bytes[at] ^= 0x80;
			EXPECT(!bytes_are_held(table, bytes, length),
			    "a key that differs in one byte was taken for it");
			bytes[at] ^= 0x80;
		}
		EXPECT(!bytes_are_held(table, bytes, length - 1), "a prefix was taken for it");
		bytes[length] = 0;
		EXPECT(!bytes_are_held(table, bytes, length + 1), "an extension was taken for it");
		lt_release(hold);
	}
	close_empty(table);
}

/* The same with one hash for all, so that it is the comparison that tells them apart. */
SCENARIO(keys_of_one_hash_are_told_apart_by_every_byte)
{
	/* Long before short: a long key begins with all that the shorter ones have. */
	static const size_t lengths[] = { 1100, 1024, 300, 200, 66, 65, 64, 63, 8, 1, 0 };
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	lt_hold_t holds[LENGTH_OF(lengths)];
	unsigned char bytes[1100] = { 0 };

	for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
		lt_key_t key = lt_key_bytes(table, bytes, lengths[i]);

		key.hash = 1;
		holds[i] = lt_acquire(table, &key, LT_NO_WAIT);
		EXPECT(is_hold(holds[i]), "lengths were not told apart");
		for (size_t at = 0; at < lengths[i]; at++) {
			bytes[at] = 1;
			EXPECT(!lt_is_held(table, &key), "bytes were not told apart");
			bytes[at] = 0;
		}
		EXPECT(lt_is_held(table, &key), "the key itself was not found");
	}
	for (size_t i = 0; i < LENGTH_OF(lengths); i++)
		lt_release(holds[i]);
	lt_table_close(table);
}

SCENARIO(a_held_key_is_independent_of_the_callers_buffer)
{
	static const size_t lengths[] = { 16, 64, 65, 256, 257, 1024, 1025, 1 << 20 };

	for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
		const size_t length = lengths[i];
		lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
		unsigned char *buffer = malloc(length), *same = malloc(length);
		lt_hold_t hold, second;

		if (buffer == NULL || same == NULL)
			abort();
		(void)memset(buffer, 'k', length);
		(void)memset(same, 'k', length);
		hold = try_bytes(table, buffer, length);
		buffer[0] = buffer[length - 1] = 'x';
		second = try_bytes(table, buffer, length);
		EXPECT(is_hold(second), "the buffer's new content was taken for the held key");
		(void)memset(buffer, 0, length);
		free(buffer);
		EXPECT(has_failed(try_bytes(table, same, length), LT_BUSY),
		    "the held key changed with the caller's buffer");
		EXPECT(length <= 64 || lt_table_bytes(table) >= 2 * length,
		    "long keys were not accounted for");
		lt_release(hold);
		lt_release(second);
		EXPECT(lt_table_count(table) == 0, "entries were left");
		EXPECT(lt_table_bytes(table) < 4096, "the copy of a long key was kept");
		free(same);
		lt_table_close(table);
	}
}

/*
 * A long key and a short one of one hash hang in one list; the long one's
 * storage must not be read as a short one's bytes.
 */
SCENARIO(short_and_long_keys_of_one_hash_share_a_stripe)
{
	lt_table_t *table = table_make(BYTES_ALIKE, 1, LT_ADAPTIVE);
	lt_hold_t holds[40];

	for (uint64_t i = 0; i < LENGTH_OF(holds); i++)
		holds[i] = try_acquire(table, BYTES_ALIKE, i);
	for (uint64_t i = 0; i < LENGTH_OF(holds); i++) {
		EXPECT(has_failed(try_acquire(table, BYTES_ALIKE, i), LT_BUSY), "a key was lost");
		EXPECT(!is_held(table, BYTES_ALIKE, i + LENGTH_OF(holds)), "a key was made up");
	}
	for (uint64_t i = 0; i < LENGTH_OF(holds); i++)
		lt_release(holds[i * 7 % LENGTH_OF(holds)]);
	close_empty(table);
}

/* An attacker who knows the seed can make byte keys collide; they stay different keys. */
SCENARIO(keys_made_to_collide_stay_different)
{
	enum { KEYS = 2000 };
	lt_table_t *table = table_make(SHORT_BYTES, 4, LT_ADAPTIVE);
	static lt_hold_t holds[KEYS];
	const uint64_t keys = scaled(KEYS);
	uint64_t hash = 0, order = 5;

	for (uint64_t i = 0; i < keys; i++) {
		/* A first word that cancels the seed makes the product, and so the second, nothing. */
		const uint64_t words[2] = { SEED_1, i };
		lt_key_t key = lt_key_bytes(table, words, sizeof words);

		EXPECT(i == 0 || key.hash == hash, "the keys were not made to collide");
		hash = key.hash;
		holds[i] = lt_acquire(table, &key, LT_NO_WAIT);
		EXPECT(is_hold(holds[i]), "colliding keys were taken for one");
	}
	EXPECT(lt_table_count(table) == keys, "the count was wrong");
	for (uint64_t left = keys; left > 0; left--) {
		uint64_t i = random_next(&order) % left;

		lt_release(holds[i]);
		holds[i] = holds[left - 1];
	}
	close_empty(table);
}

SCENARIO(all_ways_to_name_a_key_name_the_same_key)
{
	static const char bytes[] = "an identifier";
	lt_table_t *integers = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	lt_key_t key = lt_key_integer(integers, 5);
	lt_hold_t hold = lt_acquire_integer(integers, 5, LT_FOREVER);

	EXPECT(has_failed(lt_acquire(integers, &key, LT_NO_WAIT), LT_BUSY), "two integers 5");
	lt_release(hold);
	hold = lt_acquire(integers, &key, LT_FOREVER);
	EXPECT(has_failed(lt_acquire_integer(integers, 5, LT_NO_WAIT), LT_BUSY), "two integers 5");
	lt_release(hold);

	key = lt_key_bytes(table, bytes, sizeof bytes - 1);
	EXPECT(key.is_ascii, "ASCII was not seen to be ASCII");
	hold = lt_acquire_ascii(table, bytes, sizeof bytes - 1, LT_FOREVER);
	EXPECT(has_failed(try_bytes(table, bytes, sizeof bytes - 1), LT_BUSY), "two equal strings");
	EXPECT(has_failed(lt_acquire(table, &key, LT_NO_WAIT), LT_BUSY), "two equal strings");
	lt_release(hold);
	lt_table_close(integers);
	lt_table_close(table);
}

SCENARIO(one_byte_that_is_not_ascii_is_noticed_anywhere)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	char bytes[300];

	(void)memset(bytes, 0x7f, sizeof bytes);
	for (size_t length = 0; length <= sizeof bytes; length++) {
		lt_hold_t hold = lt_acquire_ascii(table, bytes, length, LT_NO_WAIT);

		EXPECT(is_hold(hold), "ASCII was refused");
		lt_release(hold);
		for (size_t at = 0; at < length; at++) {
			bytes[at] = (char)0x80;
			EXPECT(has_failed(lt_acquire_ascii(table, bytes, length, LT_FOREVER),
			    LT_NOT_ASCII), "a byte above 0x7f went unnoticed");
			EXPECT(!lt_key_bytes(table, bytes, length).is_ascii,
			    "a prepared key did not say that it is not ASCII");
			bytes[at] = 0x7f;
		}
	}
	EXPECT(lt_table_count(table) == 0, "refused keys left entries");
	lt_table_close(table);
}

SCENARIO(a_copy_of_a_key_takes_its_length_and_no_more)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	unsigned char bytes[300], room[sizeof bytes + 2];
	lt_key_t key;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i % 127 + 1);
	for (size_t length = 0; length <= sizeof bytes; length++) {
		(void)memset(room, 0xa5, sizeof room);
		EXPECT(lt_key_copy(table, bytes, length, room + 1, &key), "ASCII is said to be none");
		EXPECT(room[0] == 0xa5 && room[length + 1] == 0xa5, "a byte beside the copy was written");
		EXPECT(memcmp(room + 1, bytes, length) == 0 && key.bytes == room + 1 &&
		    key.length == length && key.hash == lt_key_bytes(table, bytes, length).hash,
		    "the copy is another key");
	}
	lt_table_close(table);
}

SCENARIO(an_integers_tag_gives_the_integer_back)
{
	static const uint64_t values[] = { 0, 1, 2, 63, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX,
	    (uint64_t)INT64_MIN, UINT64_MAX, (uint64_t)-2, SEED_0, SEED_1 };
	static const uint64_t seeds[][2] = { { SEED_0, SEED_1 }, { 0, 1 }, { 1, 0 }, { 0, 2 },
	    { UINT64_MAX, UINT64_MAX }, { 0, 0 } };
	uint64_t random = 3;

	for (size_t s = 0; s < LENGTH_OF(seeds); s++) {
		lt_config_t config = { .stripes = 8, .seed = { seeds[s][0], seeds[s][1] } };
		lt_table_t *table;

		EXPECT(lt_table_create(&config, &table) == LT_OK, "no table");
		for (size_t i = 0; i < 10000; i++) {
			uint64_t value = i < LENGTH_OF(values) ? values[i] :
			    i < 5000 ? (uint64_t)-(int64_t)i : random_next(&random) << (i % 17);
			lt_hold_t hold = lt_acquire_integer(table, value, LT_NO_WAIT);

			EXPECT(is_hold(hold), "an integer was busy");
			EXPECT(lt_integer_of_tag(table, hold.tag) == value,
			    "the tag gave another integer back");
			lt_release(hold);
		}
		lt_table_close(table);
	}
}
