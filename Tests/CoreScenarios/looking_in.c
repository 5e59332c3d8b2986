/* Which keys are shown to those who look into a table, and what that changes. */
#include "sight.h"

#include <sched.h>

#define KEYS	40

/* Of one stripe: more take a block of memory to be shown. */
#define MOST_UNALLOCATED	32u

/* --- which keys ----------------------------------------------------------------- */

/* Every third is only pinned. */
static void
show_held(enum form form, uint32_t fairness, uint32_t stripes)
{
	lt_table_t *table = table_make(form, stripes, fairness);
	struct sight *sight = sight_make(form);
	lt_hold_t holds[KEYS];

	EXPECT(sight_look(sight, table, false) == LT_OK && sight->count == 0,
	    "an empty table showed keys");
	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = i % 3 == 2 ? pin(table, form, i) :
		    i % 3 == 1 ? try_shared(table, form, i) : try_acquire(table, form, i);
	EXPECT(sight_look(sight, table, false) == LT_OK, "looking failed");
	for (uint64_t i = 0; i < KEYS; i++) {
		const struct shown *shown = sight_of(sight, i);

		EXPECT(sight_times(sight, i) == (i % 3 != 2), "a live key was not shown once");
		if (shown != NULL)
			EXPECT(shown->report.holders == 1 && shown->report.waiters == 0 &&
			    shown->report.is_exclusive == (i % 3 == 0), "a hold was shown as another");
	}
	EXPECT(sight->count == KEYS - KEYS / 3, "keys were made up");
	EXPECT(sight_look(sight, table, true) == LT_OK && sight->count == 0,
	    "keys that nobody waits for were shown as if");
	for (uint64_t i = 0; i < KEYS; i++) {
		if (i % 3 == 2)
			lt_unpin(holds[i]);
		else if (i % 3 == 1)
			lt_release_shared(holds[i]);
		else
			lt_release(holds[i]);
	}
	EXPECT(lt_table_count(table) == 0, "looking left entries");
	sight_end(sight);
	lt_table_close(table);
}

SCENARIO(each_live_key_is_shown_once)
{

	for (int kept = 0; kept < 2; kept++) {
		keep_account(kept);
		for (enum form form = 0; form < FORMS; form++) {
			show_held(form, LT_ADAPTIVE, 1);
			show_held(form, LT_FIFO, 1);
			show_held(form, LT_ADAPTIVE, 8);
		}
	}
	keep_account(false);
}

static void
show_waited_for(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 2, fairness);
	struct sight *sight = sight_make(form);
	struct sleeper sleepers[KEYS];
	lt_hold_t holds[KEYS];

	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, form, i);
	for (uint64_t i = 0; i < KEYS; i += 4) {
		sleeper_create(&sleepers[i], table, form, i, LT_FOREVER);
		EXPECT(sleeper_begin(&sleepers[i]) == LT_SUSPENDED, "a held key was not waited for");
	}
	EXPECT(sight_look(sight, table, true) == LT_OK && sight->count == KEYS / 4,
	    "not all that are waited for were shown, or others");
	for (uint64_t i = 0; i < KEYS; i++)
		EXPECT(sight_times(sight, i) == (i % 4 == 0), "the wrong key was shown");
	for (uint64_t i = 0; i < KEYS; i += 4) {
		lt_suspension_cancel(sleepers[i].suspension);
		(void)sleeper_end(&sleepers[i]);
	}
	for (uint64_t i = 0; i < KEYS; i++)
		lt_release(holds[i]);
	EXPECT(lt_table_count(table) == 0, "looking left entries");
	sight_end(sight);
	lt_table_close(table);
}

SCENARIO(those_that_are_waited_for_are_shown_alone)
{

	sight_for_each_kind(show_waited_for);
}

/* --- while they are shown --------------------------------------------------------- */

struct guest {
	lt_table_t *table;
	lt_hold_t holds[KEYS];
	struct sight *other;
};

/* Ends the hold that is shown: the key and both lists stay as they were. */
static void
release_what_is_shown(struct sight *sight, const lt_report_t *report)
{
	struct guest *guest = sight->context;
	uint64_t number = sight_number(sight, report);
	lt_hold_t hold = try_acquire(guest->table, sight->form, 1000 + number);

	EXPECT(is_hold(hold), "no lock can be had while a key is shown");
	lt_release(guest->holds[number]);
	EXPECT(!is_held(guest->table, sight->form, number), "a release did not come about");
	EXPECT(sight_number(sight, report) == number && report->holders == 1, "a key was changed");
	EXPECT(sight_look(guest->other, guest->table, false) == LT_OK, "looking failed");
	EXPECT(sight_times(guest->other, number) == 0 &&
	    sight_times(guest->other, 1000 + number) == 1, "somebody who looks saw another table");
	release_if_hold(hold);
}

static void
use_while_shown(enum form form, uint32_t fairness)
{
	struct guest guest = { .table = table_make(form, 2, fairness), .other = sight_make(form) };
	struct sight *sight = sight_make(form);

	for (uint64_t i = 0; i < KEYS; i++)
		guest.holds[i] = try_acquire(guest.table, form, i);
	sight->also = release_what_is_shown;
	sight->context = &guest;
	EXPECT(sight_look(sight, guest.table, false) == LT_OK && sight->count >= KEYS,
	    "keys were not shown");
	for (uint64_t i = 0; i < KEYS; i++)
		EXPECT(sight_times(sight, i) == 1, "a key was not shown once");
	EXPECT(lt_table_count(guest.table) == 0, "keys were kept by looking at them");
	sight_end(sight);
	sight_end(guest.other);
	lt_table_close(guest.table);
}

SCENARIO(a_table_can_be_used_while_it_is_shown)
{

	sight_for_each_kind(use_while_shown);
}

/* --- while others are at work ------------------------------------------------------ */

#define LASTING	24

struct churner {
	lt_table_t *table;
	enum form form;
	uint64_t seed;
	bool *is_over;
};

/* Fills and empties sets, which grow and shrink, and queues up now and then. */
static void *
churn(void *pointer)
{
	struct churner *churner = pointer;
	lt_hold_t holds[30];

	while (!__atomic_load_n(churner->is_over, __ATOMIC_RELAXED)) {
		size_t wanted = random_next(&churner->seed) % LENGTH_OF(holds), held = 0;

		for (; held < wanted; held++)
			holds[held] = acquire(churner->table, churner->form,
			    1000 + random_next(&churner->seed) % 60, 1 + random_next(&churner->seed) % 2);
		while (held > 0)
			release_if_hold(holds[--held]);
		release_if_hold(acquire(churner->table, churner->form, 999, LT_FOREVER));
	}
	return NULL;
}

/*
 *   looks, again and again      two threads
 *   pins a stripe's keys
 *                               insert, remove, grow, shrink
 *   shows each, lets it go
 *                               …
 */
static void
look_at_churn(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 2, fairness);
	struct sight *sight = sight_make(form);
	struct crew crew = { 0 };
	struct churner churners[2];
	lt_hold_t holds[LASTING];
	bool is_over = false;

	for (uint64_t i = 0; i < LASTING; i++)
		holds[i] = try_acquire(table, form, i);
	for (size_t i = 0; i < LENGTH_OF(churners); i++) {
		churners[i] = (struct churner){ table, form, i + 1, &is_over };
		crew_add(&crew, churn, &churners[i]);
	}
	for (unsigned look = 0; look < scaled(160); look++) {
		EXPECT(sight_look(sight, table, look % 8 == 0) == LT_OK, "looking failed");
		for (uint64_t i = 0; i < LASTING && look % 8 != 0; i++)
			EXPECT(sight_times(sight, i) == 1, "a key that stayed was not shown once");
		for (size_t i = 0; i < sight->count; i++)
			EXPECT(sight->shown[i].number < LASTING ||
			    sight->shown[i].number - 999 < 61, "a key was shown that never was");
		if (look % 16 == 0)
			(void)sched_yield();
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	crew_join(&crew);
	for (uint64_t i = 0; i < LASTING; i++)
		lt_release(holds[i]);
	EXPECT(lt_table_count(table) == 0, "looking left entries");
	sight_end(sight);
	lt_table_close(table);
}

SCENARIO(keys_that_stay_are_shown_once_while_others_come_and_go)
{

	sight_for_each_kind(look_at_churn);
}

/* --- without memory ------------------------------------------------------------------ */

/* Of a single stripe, so that a block for its keys is needed. */
static void
look_without_memory(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct sight *sight = sight_make(form);
	lt_hold_t holds[KEYS];
	uint64_t n = 0;
	size_t before;

	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, form, i);
	before = memory_outstanding();
	for (;; n++) {
		lt_status_t status;

		memory_fail(n, 1);
		status = sight_look(sight, table, false);
		memory_recover();
		if (status == LT_OK)
			break;
		EXPECT(status == LT_NO_MEMORY && sight->count == (n == 0 ? 0 : MOST_UNALLOCATED),
		    "looking without memory showed other than what there is room for");
		for (uint64_t i = 0; i < KEYS; i++)
			EXPECT(sight_times(sight, i) <= 1, "a key was shown twice");
		EXPECT(memory_outstanding() == before, "looking kept memory");
	}
	EXPECT(n == 2 && sight->count == KEYS, "looking takes other blocks than two");
	EXPECT(memory_outstanding() == before, "looking kept memory");
	for (uint64_t i = 0; i < KEYS; i++)
		lt_release(holds[i]);
	EXPECT(lt_table_count(table) == 0, "a look that failed left entries");
	sight_end(sight);
	lt_table_close(table);
}

/* What few wait for, of many keys, is shown whole; and so are the stripes that follow. */
static void
look_at_few_without_memory(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct sight *sight = sight_make(form);
	struct sleeper sleepers[KEYS];
	lt_hold_t holds[KEYS];

	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, form, i);
	for (uint64_t i = 0; i < KEYS; i += 2) {
		sleeper_create(&sleepers[i], table, form, i, LT_FOREVER);
		EXPECT(sleeper_begin(&sleepers[i]) == LT_SUSPENDED, "a held key was not waited for");
	}
	memory_fail(1, UINT64_MAX);
	EXPECT(sight_look(sight, table, true) == LT_OK && sight->count == KEYS / 2,
	    "keys that are waited for were not shown for lack of memory");
	memory_recover();
	for (uint64_t i = 0; i < KEYS; i += 2) {
		lt_suspension_cancel(sleepers[i].suspension);
		(void)sleeper_end(&sleepers[i]);
	}
	for (uint64_t i = 0; i < KEYS; i++)
		lt_release(holds[i]);
	sight_end(sight);
	lt_table_close(table);
}

/* Each stripe has few. */
static void
look_at_many_stripes_without_memory(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, form < BYTES_ALIKE ? 64 : 1, fairness);
	struct sight *sight = sight_make(form);
	lt_hold_t holds[MOST_UNALLOCATED];

	for (uint64_t i = 0; i < MOST_UNALLOCATED; i++)
		holds[i] = try_acquire(table, form, i);
	memory_fail(1, UINT64_MAX);
	EXPECT(sight_look(sight, table, false) == LT_OK && sight->count == MOST_UNALLOCATED,
	    "few keys took memory to be shown");
	memory_recover();
	for (uint64_t i = 0; i < MOST_UNALLOCATED; i++)
		lt_release(holds[i]);
	sight_end(sight);
	lt_table_close(table);
}

SCENARIO(who_looks_without_memory_is_told_so)
{

	sight_for_each_kind(look_without_memory);
}

SCENARIO(few_keys_are_shown_without_memory)
{

	sight_for_each_kind(look_at_few_without_memory);
	sight_for_each_kind(look_at_many_stripes_without_memory);
}
