/* Calls for several keys. */
#include "calls.h"

/* Of several holds, which come in the core's order, the key's. */
static lt_hold_t
hold_of(int key, const lt_hold_t *holds, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		if (key_held(holds[i]) == key)
			return holds[i];
	}
	ex_fail("a call for several keys has no hold of key %c", key_name(key));
}

/* Both keys, of which the first may be shared, are held for a while and released. */
static void
hold_both(const struct call *call, const lt_hold_t *holds, size_t count, bool first_shared)
{
	const int keys[2] = { call->key, call->other };
	const int different = keys[0] == keys[1] ? 1 : 2;
	struct participant *participants[2];

	if (count != (size_t)different)
		ex_fail("%zu holds of %d keys", count, different);
	for (int i = 0; i < different; i++)
		participants[i] = hold_enter(keys[i], hold_of(keys[i], holds, count),
		    i == 0 && first_shared);
	ex_step();
	for (int i = 0; i < different; i++) {
		hold_leave(participants[i]);
		begin_call(keys[i], true);
	}
	lt_release_multi(holds, count);
	for (int i = 0; i < different; i++)
		end_call(keys[i]);
}

/* Pinned, the first of them to be shared, and then acquired. */
void
run_multi_by_pins(const struct call *call)
{
	const int keys[2] = { call->key, call->other };
	lt_hold_t pins[2] = { pin(keys[0]), pin(keys[1]) };
	size_t count = 2;
	lt_status_t status;

	pins[0].place = (char *)pins[0].place + LT_SHARED_BIT;
	for (int i = 0; i < 2; i++) {
		begin_call(keys[i], true);
		model_unpin(&ex_model, (unsigned)keys[i]);
	}
	status = lt_acquire_pinned(pins, &count, LT_FOREVER);
	for (int i = 0; i < 2; i++)
		end_call(keys[i]);
	if (status != LT_OK)
		ex_fail("several keys: status %u", (unsigned)status);
	hold_both(call, pins, count, true);
}

/*
 * What lt_acquire_multi() does, for keys that own something. The third key is the first one once
 * more: without it, they are acquired at once if they are new.
 */
static lt_status_t
acquire_owning(const int keys[3], lt_hold_t *holds, size_t *count, uint64_t deadline)
{
	const bool shared = holds[0].place != NULL && *count == 3;
	struct value loans[3];
	lt_key_t lent[3];
	lt_hold_t pins[3];
	size_t pinned, at;

	for (size_t i = 0; i < *count; i++)
		lent[i] = loan_make(keys[i], &loans[i]);
	if (lt_acquire_multi_new(ex_table, lent, holds, *count, &pinned))
		return LT_OK;
	for (at = 0; at < pinned; at++)
		pins[at] = holds[at];
	for (size_t i = 0; i < *count; i++) {
		if (lent[i].bytes == NULL)
			continue;
		pins[at] = loan_give(lt_pin(ex_table, &lent[i]), &loans[i]);
		loan_end(&loans[i]);
		(void)has_failed(pins[at], never_fails);
		if (i == 0 && shared)
			pins[at].place = (char *)pins[at].place + LT_SHARED_BIT;
		at++;
	}
	for (size_t i = 0; i < at; i++)
		holds[i] = pins[i];
	return lt_acquire_pinned(holds, count, deadline);
}

/* In one call, which names the first key twice: shared the first time, and not the second. */
void
run_multi(const struct call *call)
{
	const struct how how = how_of(call);
	const uint64_t deadline = deadline_of(how);
	const bool was = was_shut_down();
	const int keys[3] = { call->key, call->other, call->key };
	/* Values: a key named twice is compared, and the call begins with pins. */
	const bool once = ex_keys[0].kind >= LT_KEYS_VALUE && (call->key != call->other);
	lt_key_t listed[3];
	lt_hold_t holds[3];
	size_t count = once ? 2 : 3, taken;
	lt_status_t status;

	for (int i = 0; i < 3; i++) {
		listed[i] = ex_keys[keys[i]];
		holds[i] = (lt_hold_t){ (void *)(uintptr_t)(i == 0 && !once ? LT_SHARED_BIT : 0), 0 };
		begin_call(keys[i], true);
		calls_of[keys[i]].can_fail[ex_self()] = how.timed;
	}
	so_far.is_naming[ex_self()] = true;
	status = listed[0].kind == LT_KEYS_OWNING ?
	    acquire_owning(keys, holds, &count, deadline) :
	    lt_acquire_multi(ex_table, listed, holds, &count, &taken, deadline);
	end_naming();
	for (int i = 0; i < 3; i++)
		end_call(keys[i]);
	so_far.attempts += how.tries;
	so_far.refusals += status == LT_BUSY;
	if (status == LT_OK)
		hold_both(call, holds, count, false);
	else
		check_failure(how, status);
	if (was && deadline != LT_FOREVER && status != LT_CLOSED)
		ex_fail("several keys came to %u although the table was shut down before", status);
}
