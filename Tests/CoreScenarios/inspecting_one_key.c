/* What lt_inspect_key() shows of one key. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "snapshot.h"

#define KEYS	UINT64_C(4)

/* Is the key shown with so many holders and waiters, and no other key? */
static void
expect_alone(struct snapshot *snapshot, lt_table_t *table, uint64_t number, size_t holders,
    size_t waiters)
{
	const size_t listed = has_diagnostics_set() ? holders : 0;
	const struct shown *shown = &snapshot->shown[0];

	EXPECT(snapshot_take_key(snapshot, table, number) == LT_OK, "looking failed");
	if (holders + waiters == 0) {
		EXPECT(snapshot->count == 0, "a key was shown that has neither holders nor waiters");
		return;
	}
	EXPECT(snapshot->count == 1 && shown->number == number, "another key was shown");
	EXPECT(shown->report.holders == holders && shown->report.listed_holders == listed &&
	    shown->report.waiters == waiters && shown->report.listed_waiters == waiters,
	    "a key was shown as it is not");
}

/*
 *   0, 1 … 3      a waiter
 *   are held
 *                 waits for 1
 */
static void
show_each(enum form form, uint32_t fairness)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, fairness);
	struct sleeper sleeper = SLEEPER;
	lt_hold_t holds[KEYS], pinned;

	expect_alone(snapshot, table, 0, 0, 0);
	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, form, i);
	pinned = pin(table, form, KEYS);
	sleeper_enqueue(&sleeper, table, form, 1);
	for (uint64_t i = 0; i < KEYS; i++)
		expect_alone(snapshot, table, i, 1, i == 1);
	expect_alone(snapshot, table, KEYS, 0, 0);
	expect_alone(snapshot, table, KEYS + 1, 0, 0);
	EXPECT(lt_table_count(table) == KEYS + 1, "looking left a key, or took one away");
	lt_suspension_cancel(sleeper.suspension);
	(void)sleeper_end(&sleeper);
	expect_alone(snapshot, table, 1, 1, 0);
	lt_unpin(pinned);
	for (uint64_t i = 0; i < KEYS; i++) {
		lt_release(holds[i]);
		expect_alone(snapshot, table, i, 0, 0);
	}
	snapshot_free(snapshot);
	close_empty(table);
}

SCENARIO(one_key_is_shown_alone)
{

	for (enum form form = 0; form < FORMS; form++) {
		show_each(form, LT_ADAPTIVE);
		show_each(form, LT_FIFO);
	}
}

static void
show_without_memory(enum form form)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
	lt_hold_t hold = try_acquire(table, form, 1);

	memory_fail(0, UINT64_MAX);
	EXPECT(snapshot_take_key(snapshot, table, 1) == LT_NO_MEMORY && snapshot->count == 0,
	    "a key was shown without memory");
	memory_recover();
	expect_alone(snapshot, table, 1, 1, 0);
	lt_release(hold);
	snapshot_free(snapshot);
	close_empty(table);
}

SCENARIO(without_memory_one_key_is_not_shown)
{

	for (enum form form = 0; form < FORMS; form++)
		show_without_memory(form);
}

/* --- while others come and go -------------------------------------------------------- */

struct coming {
	lt_table_t *table;
	enum form form;
	uint64_t seed;
};

static void *
come_and_go(void *argument)
{
	struct coming *coming = argument;

	for (unsigned i = 0; i < scaled(4000); i++) {
		const uint64_t number = random_next(&coming->seed) % 3;
		const bool shared = random_next(&coming->seed) % 2 == 0;
		lt_hold_t hold = shared ?
		    acquire_shared(coming->table, coming->form, number, LT_FOREVER) :
		    acquire(coming->table, coming->form, number, LT_FOREVER);

		if (shared)
			lt_release_shared(hold);
		else
			lt_release(hold);
	}
	return NULL;
}

static void
show_while_others_come_and_go(enum form form)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
	struct coming coming[2];
	struct crew crew = { 0 };

	for (uint64_t i = 0; i < LENGTH_OF(coming); i++) {
		coming[i] = (struct coming){ table, form, i + 1 };
		crew_add(&crew, come_and_go, &coming[i]);
	}
	for (unsigned i = 0; i < scaled(2000); i++) {
		EXPECT(snapshot_take_key(snapshot, table, i % 3) == LT_OK, "looking failed");
		EXPECT(snapshot->count == 0 || snapshot->shown[0].number == i % 3,
		    "another key was shown");
		EXPECT(snapshot->count == 0 || !snapshot->shown[0].report.is_exclusive ||
		    snapshot->shown[0].report.holders == 1, "a key had two writers");
	}
	crew_join(&crew);
	snapshot_free(snapshot);
	close_empty(table);
}

SCENARIO(one_key_is_shown_while_others_come_and_go)
{

	for (enum form form = 0; form < FORMS; form++)
		show_while_others_come_and_go(form);
}
