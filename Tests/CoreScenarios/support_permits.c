/* Tables of permits, and one key of such a table. */
#include "permits.h"

#include <stdlib.h>

lt_table_t *
permits_table(enum form form, uint32_t fairness, uint32_t permits)
{
	const lt_config_t config = { .stripes = 1, .fairness = fairness, .keys = kind_of(form),
	    .seed = { SEED_0, SEED_1 }, .operations = &label_operations,
	    .value_operations = &value_operations, .purpose = LT_FOR_PERMITS, .permits = permits,
	    .diagnostics = has_diagnostics_set(), .unmonitored = true };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

void
permits_open(struct permits *permits, enum form form, uint32_t fairness, uint32_t count)
{

	permits->form = form;
	permits->table = permits_table(form, fairness, count);
	permits->pin = pin(permits->table, form, 1);
}

void
permits_close(struct permits *permits)
{

	EXPECT(permits_are(permits, 0, 1), "a permit or a reference was left");
	lt_unpin(permits->pin);
	close_empty(permits->table);
}

lt_hold_t
permits_take(struct permits *permits, uint32_t count, uint64_t deadline)
{
	struct key key;

	key_make(&key, permits->table, permits->form, 1);
	return count == 1 ? lt_acquire_shared(permits->table, &key.prepared, deadline) :
	    lt_acquire_permits(permits->table, &key.prepared, count, deadline);
}

lt_hold_t
permits_try(struct permits *permits, uint32_t count)
{

	return permits_take(permits, count, LT_NO_WAIT);
}

void
permits_prepare(struct permits *permits, struct sleeper *sleeper, uint32_t count,
    uint64_t deadline)
{

	sleeper_create_shared(sleeper, permits->table, permits->form, 1, deadline);
	if (count != 1)
		lt_suspension_set_permits(sleeper->suspension, count);
}

void
permits_enqueue(struct permits *permits, struct sleeper *sleeper, uint32_t count)
{

	permits_prepare(permits, sleeper, count, LT_FOREVER);
	EXPECT(sleeper_begin(sleeper) == LT_SUSPENDED, "permits were not waited for");
}

void
permits_return(struct sleeper *sleeper, uint32_t count)
{
	lt_hold_t hold;

	EXPECT(sleeper_poll(sleeper) == LT_OK, "a waiter has not got its permits");
	hold = sleeper_end(sleeper);
	if (is_hold(hold))
		lt_release_permits(hold, count);
}

void
permits_answer(struct permits *permits, uint32_t capacity)
{
	struct key key;
	uint64_t ticket = 0;
	lt_hold_t pin;

	key_make(&key, permits->table, permits->form, 1);
	pin = lt_permits_ask_again(permits->table, &key.prepared, &ticket);
	EXPECT(is_hold(pin) && lt_permits_set(pin, capacity, ticket), "an answer was not taken");
	lt_unpin(pin);
}

bool
permits_are(struct permits *permits, uint32_t out, uint32_t references)
{

	return peek_holders(permits->pin) == out && peek_references(permits->pin) == references;
}

void
for_each_form_and_policy(void (*scenario)(enum form, uint32_t))
{

	for (enum form form = 0; form < FORMS; form++) {
		scenario(form, LT_ADAPTIVE);
		scenario(form, LT_FIFO);
	}
}
