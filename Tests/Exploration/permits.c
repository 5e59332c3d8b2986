/*
 * Calls for permits. The holder of one is a reader, and that of two, of which there are two, a
 * writer.
 */
#include "calls.h"

lt_status_t
permits_expected(int key, bool shared, uint64_t deadline)
{
	const struct model_key *known = &ex_model.keys[key];
	size_t out = known->is_written ? 2 : known->held;

	if (so_far.is_shut_down && deadline != LT_FOREVER)
		return deadline == LT_OR_PIN ? LT_SUSPENDED : LT_CLOSED;
	if (out + (shared ? 1 : 2) <= so_far.capacity[key])
		return LT_OK;
	if (!shared && so_far.capacity[key] == 1 && deadline != LT_OR_PIN)
		return LT_EXCEEDS;
	return deadline == LT_NO_WAIT ? LT_BUSY : deadline == LT_OR_PIN ? LT_SUSPENDED : LT_TIMED_OUT;
}

void
release_permits(lt_hold_t hold, bool shared)
{

	if (shared)
		lt_release_shared(hold);
	else
		lt_release_permits(hold, 2);
}

/* Somebody is asked, who takes a while to say what is so at some moment. */
static void
answer(lt_hold_t pin, int key, uint64_t ticket)
{
	uint32_t capacity;

	ex_step();
	capacity = so_far.capacity[key];
	ex_step();
	ex_note(NULL, "answers that key %c has %u permits", key_name(key), capacity);
	(void)lt_permits_set(pin, capacity, ticket);
}

/* As in a table whose keys have capacities of their own: the caller asks if nobody has. */
static lt_hold_t
acquire_asking(int key, const lt_key_t *lent, bool shared, uint64_t deadline, struct value *loan)
{
	const uint32_t permits = shared ? 1 : 2;
	lt_hold_t hold = lt_acquire_permits(ex_table, lent, permits, LT_OR_PIN);
	lt_status_t status;
	uint64_t ticket;

	if (hold.place == NULL || ((uintptr_t)hold.place & LT_PIN_BIT) == 0)
		return hold;
	hold = loan_give(hold, loan);
	hold.place = (char *)hold.place - LT_PIN_BIT;
	ticket = lt_permits_ask(hold);
	if (ticket != 0)
		answer(hold, key, ticket);
	if (deadline == LT_OR_PIN) {
		if (ticket == 0 || !lt_try_permits(&hold, permits))
			hold.place = (char *)hold.place + LT_PIN_BIT;
		return hold;
	}
	status = lt_wait_permits(&hold, permits, deadline, LT_ANY_NUMBER);
	return status == LT_OK ? hold : (lt_hold_t){ NULL, status };
}

lt_hold_t
acquire_permits(int key, const lt_key_t *lent, bool shared, uint64_t deadline, struct value *loan)
{

	if (so_far.has_capacities)
		return acquire_asking(key, lent, shared, deadline, loan);
	return shared ? lt_acquire_shared(ex_table, lent, deadline) :
	    lt_acquire_permits(ex_table, lent, 2, deadline);
}

static void
change_capacity(int key, uint32_t capacity)
{
	struct value loan;
	const lt_key_t lent = loan_make(key, &loan);
	uint64_t ticket = 0;
	lt_hold_t pin;

	begin_call(key, false);
	so_far.is_naming[ex_self()] = true;
	so_far.was_lower = so_far.was_lower || capacity < MOST_CAPACITY;
	so_far.capacity[key] = capacity;
	pin = lt_permits_ask_again(ex_table, &lent, &ticket);
	if (pin.place != NULL) {
		answer(pin, key, ticket);
		lt_unpin(pin);
	}
	end_naming();
	end_call(key);
	loan_end(&loan);
}

void
run_capacity(const struct call *call)
{

	for (int i = 0; i < 2 && call->kind->how.capacities[i] >= 0; i++) {
		if (i > 0)
			ex_step();
		change_capacity(call->key, (uint32_t)call->kind->how.capacities[i]);
	}
}
