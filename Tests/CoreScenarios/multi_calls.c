/* Several keys in one call: in one order, each once, counted when all are held. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "multi_call.h"

#include <sched.h>
#include <string.h>

/* --- duplicates ----------------------------------------------------------------------- */

static void
hold_each_once(lt_table_t *table, enum form form, enum way way)
{
	static const char *const shared[] = { "", "1234", "13" };

	for (size_t l = 0; l < LENGTH_OF(lists); l++) {
		for (size_t s = 0; s < LENGTH_OF(shared); s++) {
			const size_t count = count_different(lists[l]);
			const uint64_t before = acquisitions_of(table);
			struct multi_call call;

			EXPECT(multi_call_acquire(&call, table, form, way, lists[l], shared[s],
			    LT_NO_WAIT) == LT_OK, "free keys were not acquired");
			EXPECT(call.count == count, "a key was held twice, or not at all");
			EXPECT(lt_table_count(table) == count, "other keys were present");
			for (size_t i = 0; i < call.count; i++)
				EXPECT(peek_holders(call.holds[i]) == 1 ||
				    peek_holders(call.holds[i]) == HELD_BY_WRITER,
				    "a key had two holders");
			EXPECT(acquisitions_of(table) == before + count, "the holds were counted wrong");
			lt_release_multi(call.holds, call.count);
			EXPECT(lt_table_count(table) == 0, "entries were left");
		}
	}
}

SCENARIO(a_key_named_twice_is_held_once)
{

	for_each_way(hold_each_once);
}

/* Of "1" exclusively and shared, whichever comes first. */
SCENARIO(an_exclusive_duplicate_wins_over_shared_ones)
{
	for (enum form form = 0; form < FORMS; form++) {
		for (size_t exclusive = 0; exclusive < 3; exclusive++) {
			lt_table_t *table = table_make(form, 1, LT_FIFO);
			struct multi_call call = { .count = 3 };
			lt_key_t prepared[3];

			for (size_t i = 0; i < call.count; i++) {
				key_make(&call.keys[i], table, form, 1);
				prepared[i] = call.keys[i].prepared;
				multi_call_set_mode(&call, i, i != exclusive);
			}
			EXPECT(lt_acquire_multi(table, prepared, call.holds, &call.count,
			    &call.taken, LT_FOREVER) == LT_OK, "a free key was not acquired");
			EXPECT(call.count == 1 && peek_holders(call.holds[0]) == HELD_BY_WRITER,
			    "the exclusive one did not count");
			lt_release_multi(call.holds, call.count);
			close_empty(table);
		}
	}
}

/* --- the order ------------------------------------------------------------------------ */

/*
 * Pinned beforehand, so that entries are what they were in the calls before. One key held by
 * another shows the order: the keys that a call holds while it waits come before that one.
 */
static void
compare_orders(lt_table_t *table, enum form form, enum way unused)
{
	lt_hold_t pins[KEYS];
	void *order[KEYS] = { NULL };

	(void)unused;
	for (uint64_t number = 1; number <= KEYS; number++)
		pins[number - 1] = pin(table, form, number);
	for (size_t l = 0; l < 3; l++) {
		for (enum way way = 0; way < WAYS; way++) {
			struct multi_call call;

			if (!has_way(form, way))
				continue;
			EXPECT(multi_call_acquire(&call, table, form, way, lists[l], "", LT_FOREVER) ==
			    LT_OK, "free keys were not acquired");
			for (size_t i = 0; i < call.count; i++) {
				if (order[i] == NULL)
					order[i] = call.holds[i].place;
				EXPECT(call.holds[i].place == order[i],
				    "two calls took the same keys in two orders");
			}
			lt_release_multi(call.holds, call.count);
		}
	}
	for (uint64_t number = 1; number <= KEYS; number++)
		lt_unpin(pins[number - 1]);
}

SCENARIO(all_calls_take_keys_in_one_order)
{

	for_each_way(compare_orders);
}

struct rival {
	lt_table_t *table;
	enum form form;
	enum way way;
	const char *list;
	uint64_t deadline;
	unsigned *arrivals;
};

#define ROUNDS	1000

/* Comes to the meeting of that number; both leave it at once. */
static void
meet(unsigned *arrivals, unsigned number)
{
	unsigned spins = 0;

	(void)__atomic_add_fetch(arrivals, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(arrivals, __ATOMIC_ACQUIRE) < 2 * number) {
		if (++spins % 1000 == 0)
			(void)sched_yield();
	}
}

static void *
compete(void *pointer)
{
	const struct rival *rival = pointer;

	for (unsigned round = 0; round < scaled(ROUNDS); round++) {
		struct multi_call call;
		lt_status_t status;

		meet(rival->arrivals, 2 * round + 1);
		status = multi_call_acquire(&call, rival->table, rival->form, rival->way, rival->list, "",
		    rival->deadline);
		meet(rival->arrivals, 2 * round + 2);
		if (status == LT_OK)
			lt_release_multi(call.holds, call.count);
	}
	return NULL;
}

/*
 * One of two attempts gets the keys, and keeps them until the other was made. A counter of
 * what both got is all that there is to see: it has to be the number of rounds.
 */
SCENARIO(of_two_attempts_one_succeeds)
{
	static const uint64_t deadlines[] = { LT_NO_WAIT, 1 };

	for (enum form form = 0; form < FORMS; form++) {
		for (unsigned i = 0; i < 2 * WAYS; i++) {
			const enum way way = i % WAYS;
			lt_table_t *table;
			unsigned arrivals = 0;
			struct rival one, two;
			struct crew crew = { 0 };

			if (!has_way(form, way))
				continue;
			table = table_make(form, 1 + i % 2 * 63, i / WAYS);
			one = (struct rival){ table, form, way, "123", deadlines[i / WAYS], &arrivals };
			two = (struct rival){ table, form, IN_ONE_CALL, "321", deadlines[i / WAYS], &arrivals };
			crew_add(&crew, compete, &one);
			crew_add(&crew, compete, &two);
			crew_join(&crew);
			EXPECT(acquisitions_of(table) == 3u * scaled(ROUNDS),
			    "two attempts refused each other, or both had one key");
			close_empty(table);
		}
	}
}

/* --- what counts ------------------------------------------------------------------------ */

static void
refuse(lt_table_t *table, enum form form, enum way way)
{
	static const uint64_t deadlines[] = { LT_NO_WAIT, 1 };

	for (uint64_t taken = 1; taken <= KEYS; taken++) {
		lt_hold_t hold = acquire(table, form, taken, LT_FOREVER);
		const uint64_t before = acquisitions_of(table);

		for (size_t i = 0; i < 2 * LENGTH_OF(lists); i++) {
			const char *list = lists[i / 2];
			struct multi_call call;

			if (strchr(list, (char)('0' + taken)) == NULL)
				continue;
			EXPECT(multi_call_acquire(&call, table, form, way, list, "", deadlines[i % 2]) ==
			    (i % 2 == 0 ? LT_BUSY : LT_TIMED_OUT), "a held key was acquired");
			EXPECT(acquisitions_of(table) == before, "a call that was refused counts");
			EXPECT(lt_table_count(table) == 1 && peek_references(hold) <= 1,
			    "a pin was left");
		}
		lt_release(hold);
	}
}

SCENARIO(a_refused_call_counts_nothing)
{

	for_each_way(refuse);
}

/* Each stripe has its own peak, and the table's is at least what is held at once. */
SCENARIO(holds_in_other_stripes_count_in_the_peak_of_keys)
{
	lt_table_t *table = table_make(INTEGERS, 64, LT_ADAPTIVE);
	struct multi_call call;
	lt_statistics_t told;

	EXPECT(multi_call_acquire(&call, table, INTEGERS, AS_INTEGERS, "1234", "2", LT_NO_WAIT) == LT_OK,
	    "free keys were not acquired");
	lt_table_statistics(table, &told);
	EXPECT(told.keys == 4 && told.peak_keys >= 4 && told.acquisitions == 4,
	    "keys were counted wrong");
	lt_release_multi(call.holds, call.count);
	lt_table_close(table);
}

/* --- going on --------------------------------------------------------------------------- */

static void
go_on(lt_table_t *table, enum form form, enum way way)
{

	for (uint64_t taken = 1; way != PINNED && taken <= KEYS; taken++) {
		lt_hold_t hold = acquire(table, form, taken, LT_FOREVER);
		struct multi_call call;
		struct sleeper sleeper = SLEEPER;

		EXPECT(multi_call_acquire(&call, table, form, way, "1234", "", LT_OR_PIN) == LT_SUSPENDED,
		    "a held key was not to be waited for");
		EXPECT(acquisitions_of(table) % KEYS == taken % KEYS, "holds counted before all were held");
		EXPECT(lt_table_count(table) == KEYS, "some are neither held nor pinned");
		for (size_t i = 0; i < call.count; i++)
			EXPECT((peek_holders(call.holds[i]) != 0) ==
			    (i <= call.taken), "held are not the first and the other's");

		EXPECT(sleeper_try_create(&sleeper, call.holds[call.taken], LT_FOREVER), "no memory");
		lt_suspension_set_part(sleeper.suspension, call.taken, call.count);
		EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was acquired");
		lt_release(hold);
		EXPECT(sleeper_poll(&sleeper) == LT_OK, "a free key was not acquired");
		call.holds[call.taken++] = sleeper_end(&sleeper);
		EXPECT(lt_take_pinned(call.holds, call.count, &call.taken) == LT_OK,
		    "free keys were not taken");
		EXPECT(call.taken == KEYS, "not all were taken");
		/* The other's, and these; three rounds of five before. */
		EXPECT(acquisitions_of(table) == taken * (KEYS + 1), "holds were counted wrong");
		lt_release_multi(call.holds, call.count);
	}
}

SCENARIO(a_multi_call_goes_on_after_it_has_waited_for_one_key)
{

	for_each_way(go_on);
}

/* --- the caller's code ------------------------------------------------------------------ */

static struct {
	lt_table_t *table;
	lt_hold_t pins[KEYS + 1];	/* By number; of those that stay. */
	unsigned calls, while_held;
} watched;

static void
note_call(void)
{

	watched.calls++;
	for (uint64_t number = 1; number <= KEYS; number++) {
		if (is_hold(watched.pins[number]) && peek_holders(watched.pins[number]) != 0)
			watched.while_held++;
	}
}

static bool
watched_equal(const void *stored, const void *wanted)
{

	note_call();
	return label_operations.equal(stored, wanted);
}

static void *
watched_copy(const void *wanted)
{

	note_call();
	return label_operations.copy(wanted);
}

static void
watched_destroy(void *stored)
{

	note_call();
	label_operations.destroy(stored);
}

/* Keys 1 and 2 are pinned, and watched; the other two come and go with the call. */
static void
call_watched(enum form form, enum way way, const char *list, uint64_t taken)
{
	lt_hold_t hold = { NULL, 0 };
	struct multi_call call;

	watched.calls = watched.while_held = 0;
	if (taken > 0)
		hold = acquire(watched.table, form, taken, LT_FOREVER);
	if (multi_call_acquire(&call, watched.table, form, way, list, "2", 1) == LT_OK)
		lt_release_multi(call.holds, call.count);
	EXPECT(watched.calls > 0 && watched.while_held == 0,
	    "the caller's functions were called while some of several keys were held");
	if (is_hold(hold))
		lt_release(hold);
}

static bool
watched_value_equal(const void *const *type, const void *stored, const void *wanted)
{

	note_call();
	return value_operations.equal(type, stored, wanted);
}

SCENARIO(no_code_of_the_caller_runs_while_some_keys_are_held)
{
	static const lt_key_operations_t operations = { watched_equal, watched_copy, watched_destroy };
	static const enum form forms[] = { OPAQUES, OPAQUES_ALIKE, VALUES, VALUES_ALIKE };
	lt_value_operations_t values = value_operations;

	values.equal = watched_value_equal;
	for (unsigned i = 0; i < 16; i++) {
		const enum form form = forms[i % 4];
		const enum way way = i / 4 % 2 == 0 ? IN_ONE_CALL : PINNED;
		lt_config_t config = { .unmonitored = true, .stripes = i / 8 == 0 ? 1 : 64, .keys = kind_of(form),
		    .seed = { SEED_0, SEED_1 }, .operations = &operations, .value_operations = &values };
		lt_hold_t one, two;

		if (lt_table_create(&config, &watched.table) != LT_OK)
			continue;
		watched.pins[1] = watched.pins[2] = (lt_hold_t){ NULL, 0 };
		watched.pins[1] = pin(watched.table, form, 1);
		watched.pins[2] = pin(watched.table, form, 2);
		for (size_t l = 0; l < 4; l++) {
			call_watched(form, way, lists[l], 0);
			/* In the way of the first, the last, or one in the middle. */
			call_watched(form, way, lists[l], 3);
			call_watched(form, way, lists[l], 4);
		}
		one = watched.pins[1];
		two = watched.pins[2];
		watched.pins[1] = watched.pins[2] = (lt_hold_t){ NULL, 0 };
		lt_unpin(one);
		lt_unpin(two);
		close_empty(watched.table);
	}
}
