/*
 * Permits of values that own something. Other than with locks, a key that is new may not be
 * available: then the table must not keep the value that it borrowed.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "permits.h"

#include "misuse.h"

#include <stdlib.h>

struct value {
	uint64_t number;
	unsigned *owners;		/* Of what it owns. */
};

static bool
are_equal(const void *const *type, const void *stored, const void *wanted)
{
	const struct value *a = stored, *b = wanted;

	(void)type;
	EXPECT(*a->owners > 0 && *b->owners > 0, "a value that has ended is compared");
	return a->number == b->number;
}

static void
end(const void *const *type, void *ended)
{
	const struct value *value = ended;

	(void)type;
	EXPECT(*value->owners > 0, "a value has ended twice");
	--*value->owners;
}

static const lt_value_operations_t operations = { { NULL, NULL }, are_equal, end };

static lt_table_t *
owning_table(uint32_t permits)
{
	const lt_config_t config = { .stripes = 1, .keys = LT_KEYS_OWNING,
	    .value_operations = &operations, .seed = { SEED_0, SEED_1 }, .purpose = LT_FOR_PERMITS,
	    .permits = permits, .diagnostics = has_diagnostics_set(), .unmonitored = true };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

/* Gives the table a copy, if it borrows the value. */
static lt_hold_t
give(lt_hold_t place, const struct value *value)
{

	if (((uintptr_t)place.place & LT_BORROWED_BIT) == 0)
		return place;
	++*value->owners;
	return lt_give_value(place, value);
}

SCENARIO(a_value_whose_permits_are_not_available_stays_the_callers)
{

	for (unsigned i = 0; i < 2; i++) {
		lt_table_t *table = owning_table(i == 0 ? 0 : LT_PERMITS_BY_KEY);
		/* The second lives beside the first. */
		unsigned owners[2] = { 1, 1 };
		struct value values[2] = { { 1, &owners[0] }, { 2, &owners[1] } };

		for (unsigned k = 0; k < 4; k++) {
			const struct value *value = &values[k % 2];
			const lt_key_t key = lt_key_value(table, value->number, value, sizeof *value);
			lt_hold_t hold = lt_acquire_shared(table, &key, LT_NO_WAIT);

			EXPECT(has_failed(hold, LT_BUSY), "a permit was out that there is not");
			hold = lt_acquire_permits(table, &key, 2, LT_NO_WAIT);
			EXPECT(has_failed(hold, LT_BUSY), "permits were out that there are not");
			hold = lt_acquire_owning_shared(table, value->number, value, sizeof *value,
			    LT_OR_PIN);
			EXPECT(((uintptr_t)hold.place & LT_PIN_BIT) != 0, "a key was not pinned");
			hold = give(hold, value);
			hold.place = (char *)hold.place - LT_PIN_BIT;
			EXPECT(owners[k % 2] == 2, "a new key is not the table's");
			EXPECT(lt_wait_permits(&hold, 1, lt_deadline_after_ns(1), LT_ANY_NUMBER) ==
			    LT_TIMED_OUT, "a permit was out that there is not");
			EXPECT(owners[k % 2] == 1, "a value was destroyed, or kept, wrongly");
		}
		close_empty(table);
	}
}

SCENARIO(a_value_that_exceeds_stays_the_callers)
{
	lt_table_t *table = owning_table(2);
	unsigned owners = 1;
	struct value value = { 1, &owners };
	const lt_key_t key = lt_key_value(table, 1, &value, sizeof value);
	lt_hold_t hold;

	EXPECT(has_failed(lt_acquire_permits(table, &key, 3, LT_FOREVER), LT_EXCEEDS) && owners == 1,
	    "a request that can't be met keeps a value");
	hold = lt_acquire_permits(table, &key, 2, LT_FOREVER);
	EXPECT(((uintptr_t)hold.place & LT_BORROWED_BIT) != 0, "a new key does not borrow its value");
	EXPECT(has_failed(lt_acquire_permits(table, &key, 3, LT_FOREVER), LT_EXCEEDS) && owners == 1,
	    "a request that can't be met keeps a value");
	lt_release_permits(give(hold, &value), 2);
	EXPECT(owners == 1, "a value was destroyed, or kept, wrongly");
	hold = lt_acquire_shared(table, &key, LT_FOREVER);
	EXPECT(lt_release_borrowed(hold, true) && owners == 1, "a value was not given back");
	close_empty(table);
}

static void
wait_without_a_pin(void)
{
	lt_table_t *table = owning_table(0);
	unsigned owners = 1;
	struct value value = { 1, &owners };
	const lt_key_t key = lt_key_value(table, 1, &value, sizeof value);

	(void)lt_acquire_shared(table, &key, lt_deadline_after_ns(1));
}

SCENARIO(waiting_for_permits_with_a_borrowed_value_aborts)
{

	expect_abort(wait_without_a_pin,
	    "LockTable: permits of a key that owns something were waited for without a pin of it.");
}
