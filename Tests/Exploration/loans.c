/* The values that callers lend to the table, which may own something: their end, and equality. */
#include "calls.h"

#include <string.h>

struct owned {
	uint64_t count;			/* So many values own it. */
	ex_time_t order;		/* What each of them did is before the end. */
};

static void
release_owned(struct owned *owned)
{

	ex_joins(&owned->order, ex_time_of(ex_self()));
	ex_tick();
	if (--owned->count > 0)
		return;
	ex_joins(ex_time_of(ex_self()), &owned->order);
	ex_write(owned, sizeof *owned);
	ex_deallocate(owned, sizeof *owned);
}

static const struct value *
value_of(int key)
{

	return ex_keys[key].bytes;
}

lt_key_t
loan_make(int key, struct value *value)
{
	lt_key_t lent = ex_keys[key];

	if (lent.kind < LT_KEYS_VALUE)
		return lent;
	*value = *value_of(key);
	lent.bytes = value;
	if (lent.kind == LT_KEYS_OWNING) {
		value->owned = ex_allocate(sizeof *value->owned);
		*value->owned = (struct owned){ .count = 1 };
		ex_write(value->owned, sizeof *value->owned);
	}
	return lent;
}

lt_hold_t
loan_give(lt_hold_t hold, struct value *value)
{

	if (hold.place == NULL || ((uintptr_t)hold.place & LT_BORROWED_BIT) == 0)
		return hold;
	value->owned->count++;
	return lt_give_value(hold, value);
}

void
loan_end(struct value *value)
{

	if (ex_keys[0].kind == LT_KEYS_OWNING)
		release_owned(value->owned);
}

static void
end_value(const void *const *type, void *ended)
{
	const struct value *value = ended;

	(void)type;
	if (ex_has_stripe())
		ex_fail("the caller's code runs under a stripe's lock");
	if (value->key >= KEYS)
		ex_fail("what is destroyed is no value");
	ex_step();
	release_owned(value->owned);
}

/* The caller's code: it takes its time, no lock is held, and the stored value stays as it is. */
static bool
are_equal(const void *const *type, const void *stored, const void *wanted)
{
	const struct value *value = stored;
	const uint64_t key = value->key;

	(void)type;
	if (ex_has_stripe())
		ex_fail("the caller's code runs under a stripe's lock");
	for (int i = 0; i < 2; i++) {
		ex_read(value, sizeof *value);
		if (key >= KEYS || value->key != key ||
		    memcmp(value->more, value_of((int)key)->more, sizeof value->more) != 0)
			ex_fail("a value changes while it is compared, or is none");
		if (value->owned != NULL)
			ex_read(value->owned, sizeof *value->owned);
		ex_step();
	}
	return key == ((const struct value *)wanted)->key;
}

const lt_value_operations_t loan_operations = { .equal = are_equal, .destroy = end_value };
