/* How much memory tables take, and that they give it back. */
#include "support.h"

#include <stdio.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define BURST	100000

/* Each lookup of a key of the same hash walks the chain, so there are fewer. */
static uint64_t
burst_of(enum form form)
{

	return form >= BYTES_ALIKE ? 2000 / (BURST / scaled(BURST)) : scaled(BURST);
}

SCENARIO(a_burst_of_keys_leaves_no_memory_behind)
{
	static lt_hold_t holds[BURST];

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 16, LT_ADAPTIVE);
		const size_t fresh = lt_table_bytes(table), keys = burst_of(form);
		uint64_t order = form + 1;

		for (uint64_t i = 0; i < keys; i++) {
			holds[i] = acquire(table, form, i, LT_FOREVER);
			EXPECT(is_hold(holds[i]), "a key was not to be had");
		}
		EXPECT(lt_table_count(table) == keys, "the count was wrong");
		EXPECT(lt_table_bytes(table) > fresh + keys * 48, "entries take up no memory");
		for (size_t left = keys; left > 0; left--) {
			size_t i = random_next(&order) % left;

			lt_release(holds[i]);
			holds[i] = holds[left - 1];
			if (left == keys / 8)
				EXPECT(lt_table_bytes(table) < memory_peak() / 2,
				    "memory is not given back on the way");
		}
		EXPECT(lt_table_count(table) == 0, "entries were left");
		EXPECT(lt_table_bytes(table) <= 4 * fresh, "the table stayed large");
		EXPECT(memory_outstanding() <= 4 * fresh, "more memory stayed than was accounted for");
		lt_table_close(table);
		EXPECT(memory_outstanding() == 0, "memory was not given back");
	}
}

/* Ever new keys come and go, next to a few that stay. */
SCENARIO(ever_new_keys_take_no_more_memory)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { STAY = 8, WARM_UP = 1000 };
		lt_table_t *table = table_make(form, 2, LT_ADAPTIVE);
		const bool is_kept = form <= LONG_BYTES || form == VALUES;
		const uint64_t keys = scaled(is_kept ? 1000000 : 100000);
		lt_hold_t holds[STAY];
		size_t bytes = 0, outstanding = 0;
		uint64_t calls = 0;

		for (uint64_t i = 0; i < STAY; i++)
			holds[i] = acquire(table, form, i, LT_FOREVER);
		for (uint64_t i = 0; i < WARM_UP + keys; i++) {
			if (i == WARM_UP) {
				bytes = lt_table_bytes(table);
				outstanding = memory_outstanding();
				calls = memory_calls();
			}
			lt_release(acquire(table, form, STAY + i, LT_FOREVER));
		}
		EXPECT(lt_table_count(table) == STAY, "the count was wrong");
		EXPECT(lt_table_bytes(table) == bytes && memory_outstanding() == outstanding,
		    "memory grew with keys that are gone");
		EXPECT(!is_kept || memory_calls() == calls,
		    "steady coming and going allocated");
		for (uint64_t i = 0; i < STAY; i++)
			lt_release(holds[i]);
		close_empty(table);
	}
}

struct churn {
	lt_table_t *table;
	enum form form;
	uint64_t first, keys;
};

static void *
churn(void *pointer)
{
	struct churn *own = pointer;

	for (uint64_t i = 0; i < own->keys; i += 4) {
		lt_hold_t holds[4];

		for (uint64_t k = 0; k < 4; k++)
			holds[k] = acquire(own->table, own->form, own->first + i + k, LT_FOREVER);
		for (uint64_t k = 0; k < 4; k++)
			lt_release(holds[(k + i) % 4]);
	}
	return NULL;
}

SCENARIO(ever_new_keys_of_several_threads_take_bounded_memory)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { THREADS = 3 };
		lt_table_t *table = table_make(form, 2, LT_ADAPTIVE);
		const size_t fresh = lt_table_bytes(table);
		struct churn churns[THREADS];
		struct crew crew = { 0 };

		for (size_t i = 0; i < THREADS; i++) {
			churns[i] = (struct churn){ table, form, (uint64_t)i << 32,
			    scaled(form <= LONG_BYTES ? 150000 : 20000) };
			crew_add(&crew, churn, &churns[i]);
		}
		crew_join(&crew);
		EXPECT(lt_table_count(table) == 0, "entries were left");
		/* Some dozen entries and their keys, and sets for them. */
		EXPECT(memory_peak() <= fresh + 32768, "memory grew with keys that are gone");
		EXPECT(lt_table_bytes(table) <= fresh + 4096, "the table stayed large");
		lt_table_close(table);
	}
}

/* --- a flood of keys of one hash ----------------------------------------------------- */

#define FLOOD_KEYS	2000
#define FLOOD_EACH	200
#define FLOOD_THREADS	3

struct flood {
	lt_table_t *table;
	enum form form;
	struct witness *witnesses;
	uint64_t seed, entries;
};

static void *
flood(void *pointer)
{
	struct flood *own = pointer;
	unsigned left = scaled(4000);

	while (left > 0) {
		lt_hold_t holds[FLOOD_EACH];
		uint64_t numbers[FLOOD_EACH];
		size_t held = 0;

		for (size_t i = 0; i < FLOOD_EACH; i++) {
			uint64_t number = random_next(&own->seed) % FLOOD_KEYS;

			/* Only one of those held may be waited for, so this one is only tried. */
			holds[held] = try_acquire(own->table, own->form, number);
			if (!is_hold(holds[held]))
				continue;
			witness_enter(&own->witnesses[number]);
			own->entries++;
			numbers[held++] = number;
		}
		while (held > 0) {
			size_t i = random_next(&own->seed) % held;

			witness_leave(&own->witnesses[numbers[i]]);
			lt_release(holds[i]);
			holds[i] = holds[--held];
			numbers[i] = numbers[held];
		}
		left -= left < FLOOD_EACH ? left : FLOOD_EACH;
	}
	return NULL;
}

SCENARIO(a_flood_of_keys_of_one_hash_keeps_them_apart)
{

	for (enum form form = BYTES_ALIKE; form < FORMS; form++) {
		static struct witness witnesses[FLOOD_KEYS];
		lt_table_t *table = table_make(form, 4, LT_ADAPTIVE);
		struct flood floods[FLOOD_THREADS];
		struct crew crew = { 0 };
		uint64_t entries = 0, seen = 0;

		for (size_t i = 0; i < FLOOD_KEYS; i++)
			witnesses[i] = (struct witness){ 0 };
		for (size_t i = 0; i < FLOOD_THREADS; i++) {
			floods[i] = (struct flood){ table, form, witnesses, i + 1, 0 };
			crew_add(&crew, flood, &floods[i]);
		}
		crew_join(&crew);
		for (size_t i = 0; i < FLOOD_THREADS; i++)
			entries += floods[i].entries;
		for (size_t i = 0; i < FLOOD_KEYS; i++)
			seen += witnesses[i].entries;
		EXPECT(entries == seen && entries > 0, "two threads held one key");
		close_empty(table);
	}
}

/* The set is large for the one hash that is left in it, but the keys are many. */
SCENARIO(leaving_a_flood_allocates_no_set_for_each_key)
{
	enum { ALIKE = 500, OTHERS = 20, MOST_CALLS = 50 };
	static lt_hold_t alike[ALIKE], others[OTHERS];
	lt_table_t *table = table_make(OPAQUES, 1, LT_ADAPTIVE);
	uint64_t calls;

	for (uint64_t i = 0; i < ALIKE; i++)
		alike[i] = acquire(table, OPAQUES_ALIKE, 1000 + i, LT_FOREVER);
	for (uint64_t i = 0; i < OTHERS; i++)
		others[i] = acquire(table, OPAQUES, 1 + i, LT_FOREVER);
	for (size_t i = 0; i < OTHERS; i++)
		lt_release(others[i]);
	calls = memory_calls();
	for (size_t i = 0; i < ALIKE; i++)
		lt_release(alike[i]);
	EXPECT(memory_calls() - calls < MOST_CALLS, "releases kept making sets for nothing");
	close_empty(table);
}

/* Unused entries are kept to be used: those too short for the keys that come make way. */
SCENARIO(longer_keys_after_shorter_ones_do_not_allocate_each)
{
	enum { BEFORE = 4, KEYS = 1000, MOST_CALLS = 20 };
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_ADAPTIVE);
	lt_hold_t stays = acquire(table, SHORT_BYTES, 0, LT_FOREVER), holds[BEFORE];
	uint64_t calls, words[8] = { 0 };

	for (uint64_t i = 0; i < BEFORE; i++)
		holds[i] = acquire(table, SHORT_BYTES, 1 + i, LT_FOREVER);
	for (size_t i = 0; i < BEFORE; i++)
		lt_release(holds[i]);
	calls = memory_calls();
	for (uint64_t i = 0; i < KEYS; i++) {
		words[0] = i;
		lt_release(lt_acquire_bytes(table, words, sizeof words - i % 3, LT_FOREVER));
	}
	EXPECT(memory_calls() - calls < MOST_CALLS, "each longer key was allocated anew");
	lt_release(stays);
	close_empty(table);
}

/* --- stripes that are not used ------------------------------------------------- */

#if defined(__GLIBC__) && !defined(CORE_EMULATED)
/* The process's memory, in bytes; 0 if the system does not tell. Pages of zeros are none. */
static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long all, resident = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu %lu", &all, &resident) != 2)
		resident = 0;
	(void)fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
use_one_of_many_stripes(bool diagnostics)
{
	lt_config_t config = { .stripes = LT_MAX_STRIPES, .keys = LT_KEYS_INTEGER,
	    .diagnostics = diagnostics };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	lt_statistics_t statistics;
	lt_table_t *table = NULL;
	size_t before;

	/*
	 * The pages of a large block are new, then. Otherwise glibc raises the limit each time that
	 * such a block is freed, and may take this one from memory that it has to clear.
	 */
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	lt_set_allocator(NULL);
	before = resident_bytes();
	if (before == 0 || lt_table_create(&config, &table) != LT_OK)
		return;
	lt_release(acquire(table, INTEGERS, 1, LT_FOREVER));
	EXPECT(!is_held(table, INTEGERS, 1), "a key is held after its release");
	lt_table_statistics(table, &statistics);
	EXPECT(statistics.acquisitions == 1, "a hold was not counted");
	EXPECT(lt_table_is_empty(table) && lt_table_count(table) == 0, "an unused table has keys");
	/* The code itself takes some when it runs first. */
	EXPECT(resident_bytes() < before + 256 * page, "stripes that were not used took memory");
	lt_table_close(table);
}

static void
use_one_of_many(void)
{

	use_one_of_many_stripes(false);
}

static void
use_one_of_many_with_diagnostics(void)
{

	use_one_of_many_stripes(true);
}

SCENARIO(stripes_that_are_not_used_take_no_memory)
{

	if (is_sanitized())
		return;
	in_a_process(use_one_of_many);
	in_a_process(use_one_of_many_with_diagnostics);
}
#endif
