/* Which key a multi-key call names that has failed by its pins. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "multi_call.h"

#define MS	UINT64_C(1000000)
#define NUMBERS	3

/* Is what the call names the key of that number, and are there as many keys as before? */
static void
expect_named(lt_table_t *table, enum form form, lt_hold_t failed, uint64_t number)
{
	struct key key;
	lt_hold_t pinned;

	key_make(&key, table, form, number);
	EXPECT(failed.tag == key.prepared.hash, "the hash was another key's");
	if (form != BYTES_ALIKE && form != OPAQUES_ALIKE && form != VALUES_ALIKE) {
		EXPECT(failed.place == NULL, "a key with a hash of its own was left pinned");
		return;
	}
	EXPECT(failed.place != NULL, "a key was not pinned that shares its hash");
	if (failed.place == NULL)
		return;
	pinned = pin(table, form, number);
	EXPECT(pinned.place == failed.place, "another key was named");
	lt_unpin(pinned);
	lt_unpin(failed);
}

/*
 *   a holder      a call
 *   holds one
 *                 pins all, and has those before
 *                 waits, and is late
 */
static void
fail_at(enum form form, uint32_t fairness, uint64_t number, uint64_t limit)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = try_acquire(table, form, number), pins[NUMBERS], failed = { NULL, 0 };
	size_t count = NUMBERS, taken = 0;
	lt_status_t status;

	for (uint64_t i = 0; i < NUMBERS; i++)
		pins[i] = pin(table, form, i);
	lt_sort_pins(pins, &count);
	EXPECT(count == NUMBERS, "different keys were taken for one");
	EXPECT(lt_take_pinned(pins, count, &taken) == LT_SUSPENDED, "a held key was taken");
	status = lt_wait_pinned(pins, count, taken,
	    limit == 0 ? LT_NO_WAIT : lt_deadline_after_ns(limit), LT_ANY_NUMBER, &failed);
	EXPECT(status == (limit == 0 ? LT_BUSY : LT_TIMED_OUT), "a held key was acquired");
	expect_named(table, form, failed, number);
	EXPECT(lt_table_count(table) == 1, "a failed call left a key, or took one away");
	lt_release(hold);
	close_empty(table);
}

SCENARIO(a_multi_key_call_names_the_key_that_it_did_not_get)
{

	for (enum form form = 0; form < FORMS; form++) {
		for (uint64_t number = 0; number < NUMBERS; number++) {
			fail_at(form, LT_ADAPTIVE, number, 0);
			fail_at(form, LT_ADAPTIVE, number, MS);
			fail_at(form, LT_FIFO, number, MS);
		}
	}
}

/* The call waits with a name at hand, and gets the key. */
static void *
wait_for_all(void *argument)
{
	struct holder *holder = argument;
	lt_hold_t pins[NUMBERS], failed = { NULL, 0 };
	size_t count = NUMBERS;

	for (uint64_t i = 0; i < NUMBERS; i++)
		pins[i] = pin(holder->table, holder->form, i);
	lt_sort_pins(pins, &count);
	EXPECT(lt_wait_pinned(pins, count, 0, LT_FOREVER, LT_ANY_NUMBER, &failed) == LT_OK,
	    "a wait that cannot fail did");
	event_raise(&holder->done);
	lt_release_multi(pins, count);
	return NULL;
}

SCENARIO(a_call_that_could_name_a_key_leaves_no_pin)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t hold = try_acquire(table, form, 1);
		struct holder holder = { HOLDER, .table = table, .form = form };
		struct crew crew = { 0 };

		crew_add(&crew, wait_for_all, &holder);
		await_queue(hold, 1);
		lt_release(hold);
		event_await(&holder.done, 1);
		crew_join(&crew);
		close_empty(table);
	}
}
