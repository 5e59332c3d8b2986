/* Floods of chosen keys, and of many: nothing is confused, and nothing stays. */
#include "flooding.h"

#include <stdlib.h>
#include <string.h>

const char *const flood_names[FLOODS] = { "random integers", "random byte strings",
	"integers of one stripe", "integers of one slot", "opaque keys of one slot",
	"opaque keys of one hash", "byte strings of one hash", "long byte strings of one hash" };

static enum form
form_of(enum flood flood)
{

	switch (flood) {
	case RANDOM_BYTES:
	case BYTES_HASH:
		return SHORT_BYTES;
	case LONG_HASH:
		return LONG_BYTES;
	case OPAQUE_SLOT:
	case OPAQUE_HASH:
		return OPAQUES;
	default:
		return INTEGERS;
	}
}

lt_table_t *
flood_table(enum flood flood, uint32_t stripes)
{

	return table_make(form_of(flood), stripes, LT_ADAPTIVE);
}

/* Which hash, where that can be chosen. Stripes come from bit 48 on, slots from bit 0 on. */
static uint64_t
chosen_hash(enum flood flood, uint64_t number)
{
	uint64_t state = number + 1;

	if (flood == ONE_STRIPE)
		return (random_next(&state) ^ number) & ~(UINT64_C(0x7f) << 48);
	return (number & 0x1ff) << 55 | number >> 9 << 31;
}

void
flood_key(struct key *key, const lt_table_t *table, enum flood flood, uint64_t number)
{
	const uint64_t seed = SEED_1;

	key_make(key, table, form_of(flood), number);
	switch (flood) {
	case ONE_STRIPE:
	case ONE_SLOT:
		/* The hash of an integer is a bijection, and has an inverse. */
		key->prepared = lt_key_integer(table,
		    lt_integer_of_tag(table, chosen_hash(flood, number)));
		break;
	case OPAQUE_SLOT:
		key->prepared = lt_key_opaque(table,
		    lt_integer_of_tag(table, chosen_hash(flood, number)), &key->label);
		break;
	case OPAQUE_HASH:
		key->prepared = lt_key_opaque(table, 1, &key->label);
		break;
	case BYTES_HASH:
		/* A product that a chosen factor makes zero forgets what came before. */
		(void)memcpy(key->bytes, &seed, sizeof seed);
		key->prepared = lt_key_bytes(table, key->bytes, 16);
		break;
	case LONG_HASH:
		(void)memcpy(key->bytes, &number, sizeof number);
		(void)memset(key->bytes + LONG_KEY - sizeof number, 0, sizeof number);
		(void)memcpy(key->bytes + LONG_KEY - 64, &seed, sizeof seed);
		key->prepared = lt_key_bytes(table, key->bytes, LONG_KEY);
		break;
	default:
		break;
	}
}

static lt_hold_t
take(lt_table_t *table, enum flood flood, uint64_t number, uint64_t deadline)
{
	struct key key;

	flood_key(&key, table, flood, number);
	return lt_acquire(table, &key.prepared, deadline);
}

SCENARIO(the_chosen_keys_collide)
{

	for (enum flood flood = ONE_STRIPE; flood < FLOODS; flood++) {
		lt_table_t *table = flood_table(flood, 128);
		uint64_t slots = 0, hashes = 0, stripes = 0;
		struct key first, key;

		flood_key(&first, table, flood, 0);
		for (uint64_t i = 1; i < 1000; i++) {
			flood_key(&key, table, flood, i);
			hashes |= key.prepared.hash ^ first.prepared.hash;
		}
		slots = hashes & 0x7fffffff;
		stripes = hashes >> 48 & 0x7f;
		EXPECT(stripes == 0, "the chosen keys are in several stripes");
		EXPECT(slots == 0 || flood == ONE_STRIPE, "the chosen keys have several slots");
		EXPECT(hashes == 0 || flood < OPAQUE_HASH, "the chosen keys have several hashes");
		EXPECT(hashes != 0 || flood >= OPAQUE_HASH, "the chosen keys have one hash");
		lt_table_close(table);
	}
}

/* All held at once; each is itself, and given back in some order. */
SCENARIO(chosen_keys_are_kept_apart)
{

	for (enum flood flood = 0; flood < FLOODS; flood++) {
		const uint64_t keys = scaled(flood < OPAQUE_HASH ? 20000 : 2000);
		lt_hold_t *holds = calloc(keys, sizeof *holds);
		lt_table_t *table = flood_table(flood, 8);
		const size_t fresh = lt_table_bytes(table);
		uint64_t order = flood + 1, left;

		if (holds == NULL)
			abort();
		for (uint64_t i = 0; i < keys; i++) {
			holds[i] = take(table, flood, i, LT_FOREVER);
			EXPECT(is_hold(holds[i]), "a key was not to be had");
		}
		EXPECT(lt_table_count(table) == keys, "two keys were one");
		for (uint64_t i = 0; i < keys; i += 97)
			EXPECT(has_failed(take(table, flood, i, LT_NO_WAIT), LT_BUSY), "a hold was lost");
		for (left = keys; left > 0; left--) {
			uint64_t i = random_next(&order) % left;

			lt_release(holds[i]);
			holds[i] = holds[left - 1];
			if (left % 997 == 0)
				EXPECT(lt_table_count(table) == left - 1, "a release took another key");
		}
		EXPECT(lt_table_count(table) == 0, "entries were left");
		EXPECT(lt_table_bytes(table) <= 4 * fresh && memory_outstanding() <= 4 * fresh,
		    "a flood left memory behind");
		lt_table_close(table);
		free(holds);
	}
}

/* --- threads in a flood -------------------------------------------------------------------- */

#define MET		300
#define SWIMMERS	3

struct swimmer {
	lt_table_t *table;
	enum flood flood;
	struct witness *witnesses;
	uint64_t seed;
};

/* Holds one at a time, and waits for it. */
static void *
swim(void *pointer)
{
	struct swimmer *own = pointer;

	for (unsigned left = scaled(3000); left > 0; left--) {
		uint64_t number = random_next(&own->seed) % MET;
		lt_hold_t hold = take(own->table, own->flood, number, LT_FOREVER);

		EXPECT(is_hold(hold), "a key was not to be had");
		witness_enter(&own->witnesses[number]);
		witness_leave(&own->witnesses[number]);
		lt_release(hold);
	}
	return NULL;
}

SCENARIO(threads_that_meet_at_chosen_keys_exclude_each_other)
{

	for (enum flood flood = 0; flood < FLOODS; flood++) {
		lt_table_t *table = flood_table(flood, 8);
		struct witness witnesses[MET] = { { 0 } };
		struct swimmer swimmers[SWIMMERS];
		lt_hold_t holds[MET];
		struct crew crew = { 0 };
		uint64_t entries = 0;

		/* They are to look among many. */
		for (uint64_t i = 0; i < MET; i++)
			holds[i] = take(table, flood, MET + i, LT_FOREVER);
		for (unsigned i = 0; i < SWIMMERS; i++) {
			swimmers[i] = (struct swimmer){ table, flood, witnesses, i + 1 };
			crew_add(&crew, swim, &swimmers[i]);
		}
		crew_join(&crew);
		for (uint64_t i = 0; i < MET; i++) {
			entries += witnesses[i].entries;
			release_if_hold(holds[i]);
		}
		EXPECT(entries == SWIMMERS * scaled(3000), "two threads held one key");
		close_empty(table);
	}
}

/* --- very many, held at once --------------------------------------------------------------- */

#define HELD		100000
#define RELEASERS	4

static lt_hold_t held[HELD];

struct share {
	lt_table_t *table;
	enum form form;
	size_t first, count;
};

static void *
take_share(void *pointer)
{
	struct share *share = pointer;

	for (size_t i = share->first; i < share->first + share->count; i++)
		held[i] = acquire(share->table, share->form, i, LT_FOREVER);
	return NULL;
}

static void *
release_share(void *pointer)
{
	struct share *share = pointer;

	for (size_t i = share->first; i < share->first + share->count; i++)
		release_if_hold(held[i]);
	return NULL;
}

/* Each thread releases its part: it may be another thread's that acquired the key. */
static void
in_shares(lt_table_t *table, enum form form, size_t keys, void *(*work)(void *))
{
	struct share shares[RELEASERS];
	struct crew crew = { 0 };

	for (size_t i = 0; i < RELEASERS; i++) {
		const size_t first = keys * i / RELEASERS;

		shares[i] = (struct share){ table, form, first, keys * (i + 1) / RELEASERS - first };
		crew_add(&crew, work, &shares[i]);
	}
	crew_join(&crew);
}

static void
shuffle(size_t keys, uint64_t seed)
{

	for (size_t left = keys; left > 1; left--) {
		size_t i = random_next(&seed) % left;
		lt_hold_t hold = held[i];

		held[i] = held[left - 1];
		held[left - 1] = hold;
	}
}

SCENARIO(many_keys_are_released_by_several_threads_in_any_order)
{

	for (enum form form = INTEGERS; form <= OPAQUES; form++) {
		const size_t keys = scaled(HELD);
		lt_table_t *table = table_make(form, 64, LT_ADAPTIVE);
		const size_t fresh = lt_table_bytes(table);
		size_t full;

		in_shares(table, form, keys, take_share);
		full = memory_outstanding();
		EXPECT(lt_table_count(table) == keys, "the count was wrong");
		for (size_t i = 0; i < keys; i += 1009)
			EXPECT(has_failed(try_acquire(table, form, i), LT_BUSY), "a hold was lost");
		shuffle(keys, form + 1);
		in_shares(table, form, keys, release_share);
		EXPECT(lt_table_count(table) == 0, "entries were left");
		/* A few spare entries a stripe, and sets of the least size. */
		EXPECT(lt_table_bytes(table) <= fresh + 64 * 1024, "the table stayed large");
		EXPECT(memory_outstanding() <= fresh + 64 * 1024,
		    "more memory stayed than was accounted for");
		tell("%zu keys of form %d took %zu bytes, and left %zu of %zu at first", keys, (int)form,
		    full, memory_outstanding(), fresh);
		lt_table_close(table);
		EXPECT(memory_outstanding() == 0, "memory was not given back");
	}
}
