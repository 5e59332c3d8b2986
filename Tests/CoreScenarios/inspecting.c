/* Which keys a snapshot shows, and that taking it changes nothing. */
#include "snapshot.h"

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
	struct snapshot *snapshot = snapshot_make(form);
	lt_hold_t holds[KEYS];

	EXPECT(snapshot_take(snapshot, table, false) == LT_OK && snapshot->count == 0,
	    "an empty table showed keys");
	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = i % 3 == 2 ? pin(table, form, i) :
		    i % 3 == 1 ? try_shared(table, form, i) : try_acquire(table, form, i);
	EXPECT(snapshot_take(snapshot, table, false) == LT_OK, "looking failed");
	for (uint64_t i = 0; i < KEYS; i++) {
		const struct shown *shown = snapshot_find(snapshot, i);

		EXPECT(snapshot_times(snapshot, i) == (i % 3 != 2), "a live key was not shown once");
		if (shown != NULL)
			EXPECT(shown->report.holders == 1 && shown->report.waiters == 0 &&
			    shown->report.is_exclusive == (i % 3 == 0), "a hold was shown as another");
	}
	EXPECT(snapshot->count == KEYS - KEYS / 3, "keys were made up");
	EXPECT(snapshot_take(snapshot, table, true) == LT_OK && snapshot->count == 0,
	    "keys without waiters were shown as if they had some");
	for (uint64_t i = 0; i < KEYS; i++) {
		if (i % 3 == 2)
			lt_unpin(holds[i]);
		else if (i % 3 == 1)
			lt_release_shared(holds[i]);
		else
			lt_release(holds[i]);
	}
	EXPECT(lt_table_count(table) == 0, "looking left entries");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(each_live_key_is_shown_once)
{

	for (int kept = 0; kept < 2; kept++) {
		set_diagnostics(kept);
		for (enum form form = 0; form < FORMS; form++) {
			show_held(form, LT_ADAPTIVE, 1);
			show_held(form, LT_FIFO, 1);
			show_held(form, LT_ADAPTIVE, 8);
		}
	}
	set_diagnostics(false);
}

/* Holds all keys, of which each n-th has a waiter. */
static void
hold_with_waiters(lt_table_t *table, enum form form, lt_hold_t *holds, struct sleeper *sleepers,
    uint64_t n)
{

	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, form, i);
	for (uint64_t i = 0; i < KEYS; i += n)
		sleeper_enqueue(&sleepers[i], table, form, i);
}

static void
release_with_waiters(lt_hold_t *holds, struct sleeper *sleepers, uint64_t n)
{

	for (uint64_t i = 0; i < KEYS; i += n) {
		lt_suspension_cancel(sleepers[i].suspension);
		(void)sleeper_end(&sleepers[i]);
	}
	for (uint64_t i = 0; i < KEYS; i++)
		lt_release(holds[i]);
}

static void
show_waited_for(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 2, fairness);
	struct snapshot *snapshot = snapshot_make(form);
	struct sleeper sleepers[KEYS];
	lt_hold_t holds[KEYS];

	hold_with_waiters(table, form, holds, sleepers, 4);
	EXPECT(snapshot_take(snapshot, table, true) == LT_OK && snapshot->count == KEYS / 4,
	    "not all that are waited for were shown, or others");
	for (uint64_t i = 0; i < KEYS; i++)
		EXPECT(snapshot_times(snapshot, i) == (i % 4 == 0), "the wrong key was shown");
	release_with_waiters(holds, sleepers, 4);
	EXPECT(lt_table_count(table) == 0, "looking left entries");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(keys_that_are_waited_for_can_be_shown_alone)
{

	for_each_kind_with_diagnostics(show_waited_for);
}

/* --- while they are shown --------------------------------------------------------- */

struct guest {
	lt_table_t *table;
	lt_hold_t holds[KEYS];
	struct snapshot *other;
};

/* Ends the hold that is shown: the key and both lists stay as they were. */
static void
release_what_is_shown(struct snapshot *snapshot, const lt_report_t *report)
{
	struct guest *guest = snapshot->context;
	uint64_t number = snapshot_number(snapshot, report);
	lt_hold_t hold = try_acquire(guest->table, snapshot->form, 1000 + number);

	EXPECT(is_hold(hold), "no lock can be had while a key is shown");
	lt_release(guest->holds[number]);
	EXPECT(!is_held(guest->table, snapshot->form, number), "a release did not come about");
	EXPECT(snapshot_number(snapshot, report) == number && report->holders == 1, "a key was changed");
	EXPECT(snapshot_take(guest->other, guest->table, false) == LT_OK, "looking failed");
	EXPECT(snapshot_times(guest->other, number) == 0 &&
	    snapshot_times(guest->other, 1000 + number) == 1, "an inspection showed another table");
	release_if_hold(hold);
}

static void
use_while_shown(enum form form, uint32_t fairness)
{
	struct guest guest = { .table = table_make(form, 2, fairness), .other = snapshot_make(form) };
	struct snapshot *snapshot = snapshot_make(form);

	for (uint64_t i = 0; i < KEYS; i++)
		guest.holds[i] = try_acquire(guest.table, form, i);
	snapshot->also = release_what_is_shown;
	snapshot->context = &guest;
	EXPECT(snapshot_take(snapshot, guest.table, false) == LT_OK && snapshot->count >= KEYS,
	    "keys were not shown");
	for (uint64_t i = 0; i < KEYS; i++)
		EXPECT(snapshot_times(snapshot, i) == 1, "a key was not shown once");
	EXPECT(lt_table_count(guest.table) == 0, "keys were kept by looking at them");
	snapshot_free(snapshot);
	snapshot_free(guest.other);
	lt_table_close(guest.table);
}

SCENARIO(a_table_can_be_used_while_it_is_inspected)
{

	for_each_kind_with_diagnostics(use_while_shown);
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
	struct snapshot *snapshot = snapshot_make(form);
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
		EXPECT(snapshot_take(snapshot, table, look % 8 == 0) == LT_OK, "looking failed");
		for (uint64_t i = 0; i < LASTING && look % 8 != 0; i++)
			EXPECT(snapshot_times(snapshot, i) == 1, "a key that stayed was not shown once");
		for (size_t i = 0; i < snapshot->count; i++)
			EXPECT(snapshot->shown[i].number < LASTING ||
			    snapshot->shown[i].number - 999 < 61, "a key was shown that never was");
		if (look % 16 == 0)
			(void)sched_yield();
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	crew_join(&crew);
	for (uint64_t i = 0; i < LASTING; i++)
		lt_release(holds[i]);
	EXPECT(lt_table_count(table) == 0, "looking left entries");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(keys_that_stay_are_shown_once_while_others_come_and_go)
{

	for_each_kind_with_diagnostics(look_at_churn);
}

/* --- without memory ------------------------------------------------------------------ */

/* Of a single stripe, so that a block for its keys is needed. */
static void
look_without_memory(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct snapshot *snapshot = snapshot_make(form);
	lt_hold_t holds[KEYS];
	uint64_t n = 0;
	size_t before;

	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, form, i);
	before = memory_outstanding();
	for (;; n++) {
		lt_status_t status;

		memory_fail(n, 1);
		status = snapshot_take(snapshot, table, false);
		memory_recover();
		if (status == LT_OK)
			break;
		EXPECT(status == LT_NO_MEMORY && snapshot->count == (n == 0 ? 0 : MOST_UNALLOCATED),
		    "looking without memory showed other than what there is room for");
		for (uint64_t i = 0; i < KEYS; i++)
			EXPECT(snapshot_times(snapshot, i) <= 1, "a key was shown twice");
		EXPECT(memory_outstanding() == before, "looking kept memory");
	}
	EXPECT(n == 2 && snapshot->count == KEYS, "looking takes other blocks than two");
	EXPECT(memory_outstanding() == before, "looking kept memory");
	for (uint64_t i = 0; i < KEYS; i++)
		lt_release(holds[i]);
	EXPECT(lt_table_count(table) == 0, "a look that failed left entries");
	snapshot_free(snapshot);
	lt_table_close(table);
}

/* What few wait for, of many keys, is shown whole; and so are the stripes that follow. */
static void
look_at_few_without_memory(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct snapshot *snapshot = snapshot_make(form);
	struct sleeper sleepers[KEYS];
	lt_hold_t holds[KEYS];

	hold_with_waiters(table, form, holds, sleepers, 2);
	memory_fail(1, UINT64_MAX);
	EXPECT(snapshot_take(snapshot, table, true) == LT_OK && snapshot->count == KEYS / 2,
	    "keys that are waited for were not shown for lack of memory");
	memory_recover();
	release_with_waiters(holds, sleepers, 2);
	snapshot_free(snapshot);
	lt_table_close(table);
}

/* Each stripe has few. */
static void
look_at_many_stripes_without_memory(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, form < BYTES_ALIKE ? 64 : 1, fairness);
	struct snapshot *snapshot = snapshot_make(form);
	lt_hold_t holds[MOST_UNALLOCATED];

	for (uint64_t i = 0; i < MOST_UNALLOCATED; i++)
		holds[i] = try_acquire(table, form, i);
	memory_fail(1, UINT64_MAX);
	EXPECT(snapshot_take(snapshot, table, false) == LT_OK && snapshot->count == MOST_UNALLOCATED,
	    "few keys took memory to be shown");
	memory_recover();
	for (uint64_t i = 0; i < MOST_UNALLOCATED; i++)
		lt_release(holds[i]);
	snapshot_free(snapshot);
	lt_table_close(table);
}

struct shown_once {
	unsigned times;
	uint64_t number;
	size_t holders, waiters;
};

static void
note_shown(void *context, const lt_report_t *report)
{
	struct shown_once *shown = context;

	shown->times++;
	shown->number = report->integer;
	shown->holders = report->holders;
	shown->waiters = report->waiters;
}

/* Of several keys that are held, only that of the pin; and none if nobody holds it. */
SCENARIO(the_key_of_a_pin_is_shown_alone)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);
	struct shown_once shown = { 0 };
	struct sleeper waiter;
	lt_hold_t holds[3], pinned;

	for (uint64_t i = 0; i < LENGTH_OF(holds); i++)
		holds[i] = acquire(table, INTEGERS, i, LT_FOREVER);
	sleeper_enqueue(&waiter, table, INTEGERS, 1);
	pinned = pin_shared(table, INTEGERS, 1);
	EXPECT(lt_inspect_pinned(pinned, note_shown, &shown) == LT_OK && shown.times == 1,
	    "a pinned key was not shown once");
	EXPECT(shown.number == 1 && shown.holders == 1 && shown.waiters == 1, "another key was shown");
	memory_fail(0, UINT64_MAX);
	EXPECT(lt_inspect_pinned(pinned, note_shown, &shown) == LT_NO_MEMORY && shown.times == 1,
	    "a key was shown without memory");
	memory_recover();
	for (uint64_t i = 0; i < LENGTH_OF(holds); i++)
		release_if_hold(holds[i]);
	release_if_hold(sleeper_end(&waiter));
	EXPECT(lt_inspect_pinned(pinned, note_shown, &shown) == LT_OK && shown.times == 1,
	    "a key that nobody holds was shown");
	pinned.place = (char *)pinned.place - LT_SHARED_BIT;
	lt_unpin(pinned);
	close_empty(table);
}

SCENARIO(inspecting_without_memory_is_an_error)
{

	for_each_kind_with_diagnostics(look_without_memory);
}

SCENARIO(few_keys_are_shown_without_memory)
{

	for_each_kind_with_diagnostics(look_at_few_without_memory);
	for_each_kind_with_diagnostics(look_at_many_stripes_without_memory);
}
