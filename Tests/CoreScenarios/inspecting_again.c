/* What stays the same from one look at a table to the next, and what tells that it is another. */
#include "snapshot.h"

#include <stdlib.h>

#define KEYS	40

static bool
is_alike(const lt_participant_t *one, const lt_participant_t *two)
{

	return one->began != 0 && one->began == two->began && one->serial == two->serial;
}

/* Keys that share a hash are shown together. */
static void
look_by_hash(enum form form, uint32_t fairness)
{
	const bool are_alike =
	    form == BYTES_ALIKE || form == OPAQUES_ALIKE || form == VALUES_ALIKE;
	struct snapshot *all = snapshot_make(form), *one = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, fairness);
	struct sleeper sleeper;
	lt_hold_t holds[KEYS];

	for (uint64_t key = 0; key < KEYS; key++)
		holds[key] = try_acquire(table, form, key);
	sleeper_create(&sleeper, table, form, 0, LT_FOREVER);
	(void)sleeper_begin(&sleeper);
	EXPECT(snapshot_take(all, table, false) == LT_OK && all->count == KEYS, "looking failed");
	for (size_t i = 0; i < all->count; i++) {
		const struct shown *shown = &all->shown[i], *again;

		EXPECT(snapshot_take_hash(one, table, shown->report.hash) == LT_OK &&
		    (one->count == 1 || are_alike), "other keys were shown than those of the hash");
		again = snapshot_find(one, shown->number);
		EXPECT(again != NULL && again->report.hash == shown->report.hash &&
		    again->report.waiters == (shown->number == 0) &&
		    is_alike(&again->holders[0], &shown->holders[0]) &&
		    (shown->number != 0 || is_alike(&again->waiters[0], &shown->waiters[0])),
		    "a key was shown as another");
	}
	for (uint64_t key = 1; key < KEYS; key++)
		lt_release(holds[key]);
	for (size_t i = 0; i < all->count && !are_alike; i++)
		EXPECT(snapshot_take_hash(one, table, all->shown[i].report.hash) == LT_OK &&
		    one->count == (all->shown[i].number == 0),
		    "a key was shown that is not held");
	lt_suspension_cancel(sleeper.suspension);
	(void)sleeper_end(&sleeper);
	lt_release(holds[0]);
	EXPECT(lt_table_count(table) == 0, "entries were left");
	snapshot_free(one);
	snapshot_free(all);
	lt_table_close(table);
}

SCENARIO(a_key_is_shown_again_by_its_hash)
{

	for_each_kind_with_diagnostics(look_by_hash);
}

static bool
is_shown_as(struct snapshot *snapshot, lt_table_t *table, size_t holders, bool is_unclaimed,
    size_t waiters)
{
	const struct shown *shown;

	if (snapshot_take(snapshot, table, false) != LT_OK)
		return false;
	shown = snapshot_find(snapshot, 1);
	return shown != NULL && shown->report.listed_holders == holders &&
	    shown->report.listed_waiters == waiters &&
	    (holders == 0 || (shown->holders[0].is_unclaimed != 0) == is_unclaimed);
}

/*
 *   holder      sleeper
 *   has K
 *               waits
 *   releases
 *               has K, and does not know yet; learns it; or leaves
 */
static void
grant_and_claim(enum form form, bool leaves)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, LT_FIFO);
	lt_hold_t hold = try_acquire(table, form, 1);
	struct sleeper sleeper;
	lt_hold_t last;

	sleeper_create(&sleeper, table, form, 1, LT_FOREVER);
	(void)sleeper_begin(&sleeper);
	EXPECT(is_shown_as(snapshot, table, 1, false, 1), "a hold was shown as another");
	lt_release(hold);
	EXPECT(is_shown_as(snapshot, table, 1, true, 0), "a grant was shown as claimed");
	if (leaves) {
		lt_suspension_cancel(sleeper.suspension);
		last = try_acquire(table, form, 1);
		EXPECT(is_shown_as(snapshot, table, 1, false, 0), "a hold was shown as another");
		(void)sleeper_end(&sleeper);
	} else {
		last = sleeper_end(&sleeper);
		EXPECT(is_shown_as(snapshot, table, 1, false, 0), "a hold was not claimed");
	}
	lt_release(last);
	EXPECT(lt_table_count(table) == 0, "entries were left");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(a_granted_hold_is_shown_as_unclaimed_until_its_task_runs)
{

	set_diagnostics(true);
	for (enum form form = 0; form < FORMS; form++) {
		grant_and_claim(form, false);
		grant_and_claim(form, true);
	}
	set_diagnostics(false);
}
