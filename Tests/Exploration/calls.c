/* Calls for one key. */
#include "calls.h"

/* --- holds --------------------------------------------------------------------------- */

static void
touch(int key, bool shared)
{

	ex_note(NULL, "holds key %c%s", key_name(key), shared ? ", shared" : "");
	if (shared)
		ex_read(&so_far.data[key], sizeof so_far.data[key]);
	else
		ex_write(&so_far.data[key], sizeof so_far.data[key]);
}

struct participant *
hold_enter(int key, lt_hold_t hold, bool shared)
{
	const unsigned number = (unsigned)key;
	struct participant *participant;

	if (!model_admits(&ex_model, number, shared))
		ex_fail("%s holds key %c together with %s", ex_name_of(ex_self()), key_name(key),
		    ex_name_of((int)ex_model.keys[key].holders[0]->id));
	participant = model_take(&ex_model, number, shared);
	participant->id = (uint64_t)ex_self();
	participant->hold = hold;
	check_is_recorded(key, hold);
	touch(key, shared);
	return participant;
}

void
hold_leave(struct participant *participant)
{

	model_release(&ex_model, participant);
}

void
begin_call(int key, bool as_task)
{

	calls_of[key].in_call[ex_self()] = true;
	calls_of[key].as_task[ex_self()] = as_task;
	calls_of[key].can_fail[ex_self()] = false;
	calls_of[key].begun++;
}

void
end_call(int key)
{

	calls_of[key].in_call[ex_self()] = false;
}

void
end_naming(void)
{

	so_far.is_naming[ex_self()] = false;
	so_far.naming_left[ex_self()]--;
	ex_joins(&so_far.named, ex_time_of(ex_self()));
	ex_tick();
}

/* Releases a hold that the program has had for a step. */
static void
release(struct participant *participant, lt_hold_t hold)
{
	const int key = (int)participant->key;
	const bool shared = participant->is_shared;

	hold_leave(participant);
	begin_call(key, false);
	if (so_far.has_permits)
		release_permits(hold, shared);
	else if (shared)
		lt_release_shared(hold);
	else
		lt_release(hold);
	end_call(key);
}

void
hold_for_a_while(int key, lt_hold_t hold, bool shared)
{
	struct participant *participant = hold_enter(key, hold, shared);

	ex_step();
	release(participant, hold);
}

/* The same by a thread that keeps the table open until then: all of it counts as naming it. */
static void
hold_and_keep_open(int key, lt_hold_t hold)
{
	struct participant *participant = hold_enter(key, hold, false);

	ex_step();
	hold_leave(participant);
	begin_call(key, false);
	so_far.is_naming[ex_self()] = true;
	lt_release_while_open(hold.place);
	so_far.naming_left[ex_self()]--;
	end_naming();
	end_call(key);
}

bool
was_shut_down(void)
{

	return so_far.is_shut_down && ex_bounds.stale == 0;
}

/* Only what can fail is refused, once a call that refuses it has begun. */
void
check_failure(struct how how, lt_status_t status)
{
	const bool can_fail = !how.unrefused;
	bool may_be;

	switch (status) {
	case LT_CLOSED:
		may_be = can_fail && so_far.is_shutting_down;
		so_far.closed += !how.tries;
		break;
	case LT_DEADLOCK:
		may_be = can_fail && !how.tries && so_far.deadlocks++ < so_far.failing;
		break;
	case LT_CANCELLED:
		may_be = how.cancelled;
		break;
	case LT_BUSY:
		may_be = how.tries;
		break;
	case LT_EXCEEDS:
		may_be = how.permits == 2 && so_far.was_lower;
		break;
	case LT_TABLE_FULL:
		may_be = can_fail && !how.tries && so_far.is_crowded;
		break;
	default:
		may_be = status == LT_TIMED_OUT && how.timed;
	}
	if (!may_be)
		ex_fail("an acquisition returned %u", (unsigned)status);
}

const struct how never_fails = { .unrefused = true };

struct how
how_of(const struct call *call)
{
	struct how how = call->kind->how;

	how.unrefused = !how.tries && !how.timed;
	return how;
}

bool
has_failed(lt_hold_t hold, struct how how)
{

	if (hold.place == NULL)
		check_failure(how, (lt_status_t)hold.tag);
	return hold.place == NULL;
}

/* Is no other call about the key? */
static bool
is_alone_at(int key)
{

	for (int i = 0; i < EX_THREADS; i++) {
		if (calls_of[key].in_call[i] && i != ex_self())
			return false;
	}
	return true;
}

static lt_status_t
status_of(lt_hold_t hold)
{

	if (hold.place == NULL)
		return (lt_status_t)hold.tag;
	return ((uintptr_t)hold.place & LT_PIN_BIT) != 0 ? LT_SUSPENDED : LT_OK;
}

/* A call that no other one overlaps comes to what the model says. */
static void
check_outcome(int key, bool shared, lt_hold_t hold, uint64_t deadline)
{
	const lt_status_t expected = so_far.has_permits ? permits_expected(key, shared, deadline) :
	    model_try(&ex_model, (unsigned)key, shared, deadline);
	const lt_status_t status = status_of(hold);

	/* Another key may have the one waiter that the table may have. */
	if (status == LT_TABLE_FULL && expected == LT_TIMED_OUT)
		return;
	if (status != expected && (ex_bounds.stale == 0 || !so_far.may_shut_down))
		ex_fail("an acquisition of key %c returned %u instead of %u, and no other call was about it",
		    key_name(key), status, expected);
}

/* The hold may borrow the loan. */
static lt_hold_t
acquire_on_loan(int key, bool shared, uint64_t deadline, struct value *loan)
{
	const bool is_alone = is_alone_at(key), was = was_shut_down();
	const unsigned begun = calls_of[key].begun + 1;
	const lt_key_t lent = loan_make(key, loan);
	lt_hold_t hold;

	begin_call(key, false);
	calls_of[key].can_fail[ex_self()] = (deadline != LT_FOREVER && deadline != LT_OR_PIN) ||
	    (so_far.has_capacities && !shared);
	so_far.is_naming[ex_self()] = true;
	if (so_far.has_permits)
		hold = acquire_permits(key, &lent, shared, deadline, loan);
	else
		hold = shared ? lt_acquire_shared(ex_table, &lent, deadline) :
		    lt_acquire(ex_table, &lent, deadline);
	if (is_alone && calls_of[key].begun == begun)
		check_outcome(key, shared, hold, deadline);
	if (was && deadline != LT_FOREVER &&
	    status_of(hold) != (deadline == LT_OR_PIN ? LT_SUSPENDED : LT_CLOSED))
		ex_fail("a call came to %u although the table was shut down before", status_of(hold));
	end_naming();
	end_call(key);
	return hold;
}

lt_hold_t
acquire(int key, bool shared, uint64_t deadline)
{
	struct value loan;
	lt_hold_t hold = acquire_on_loan(key, shared, deadline, &loan);

	hold = loan_give(hold, &loan);
	loan_end(&loan);
	return hold;
}

/* A scope's hold, which may borrow the loan. */
static void
hold_on_loan(int key, lt_hold_t hold, bool shared, struct value *loan)
{
	struct participant *participant;
	bool is_released = false;

	if (so_far.has_permits && !shared)
		hold = loan_give(hold, loan);
	if (((uintptr_t)hold.place & LT_BORROWED_BIT) == 0) {
		hold_for_a_while(key, hold, shared);
		return;
	}
	participant = hold_enter(key, hold, shared);
	ex_step();
	hold_leave(participant);
	begin_call(key, false);
	is_released = lt_release_borrowed(hold, shared);
	if (!is_released)
		(shared ? lt_release_shared : lt_release)(loan_give(hold, loan));
	end_call(key);
}

/* --- one key -------------------------------------------------------------------------- */

uint64_t
deadline_of(struct how how)
{

	return how.tries ? LT_NO_WAIT : how.timed ? lt_deadline_after_ns(100) : LT_FOREVER;
}

/* A real-time thread stands before the others in line. */
void
run_acquire(const struct call *call)
{
	const struct how how = how_of(call);
	struct value loan;
	lt_hold_t hold;

	ex_priorities[ex_self()] = how.real_time;
	hold = acquire_on_loan(call->key, how.shared, deadline_of(how), &loan);
	if (!has_failed(hold, how))
		hold_on_loan(call->key, hold, how.shared, &loan);
	loan_end(&loan);
	ex_priorities[ex_self()] = 0;
}

void
run_fast_release(const struct call *call)
{
	lt_hold_t hold = acquire(call->key, false, LT_FOREVER);

	(void)has_failed(hold, never_fails);
	hold_and_keep_open(call->key, hold);
}

/* Readers may join it before the call is over. */
lt_hold_t
hold_downgrade(struct participant *participant)
{
	const int key = (int)participant->key;

	model_downgrade(&ex_model, participant);
	calls_of[key].is_downgrading = true;
	begin_call(key, false);
	participant->hold = lt_downgrade(participant->hold);
	end_call(key);
	calls_of[key].is_downgrading = false;
	touch(key, true);
	return participant->hold;
}

void
run_downgrade(const struct call *call)
{
	lt_hold_t hold = acquire(call->key, false, LT_FOREVER);
	struct participant *participant;

	(void)has_failed(hold, never_fails);
	participant = hold_enter(call->key, hold, false);
	ex_step();
	hold = hold_downgrade(participant);
	ex_step();
	release(participant, hold);
}

lt_hold_t
pin(int key)
{
	struct value loan;
	const lt_key_t lent = loan_make(key, &loan);
	lt_hold_t pin;

	begin_call(key, false);
	so_far.is_naming[ex_self()] = true;
	pin = loan_give(lt_pin(ex_table, &lent), &loan);
	end_naming();
	end_call(key);
	loan_end(&loan);
	(void)has_failed(pin, never_fails);
	model_pin(&ex_model, (unsigned)key);
	return pin;
}

void
run_pin(const struct call *call)
{
	lt_hold_t place = pin(call->key);
	bool is_held, was;

	ex_step();
	was = was_shut_down();
	begin_call(call->key, false);
	model_unpin(&ex_model, (unsigned)call->key);
	is_held = lt_try_pinned(&place);
	if (is_held && was)
		ex_fail("a pin became a hold although its call may have to fail");
	if (!is_held)
		lt_unpin(place);
	end_call(call->key);
	if (is_held)
		hold_for_a_while(call->key, place, false);
}

static void
let_go(int key, lt_hold_t pin)
{

	begin_call(key, false);
	model_unpin(&ex_model, (unsigned)key);
	lt_unpin(pin);
	end_call(key);
}

/* So many keys that the set grows. It shrinks when all but the resident's and the last go. */
void
run_pin_many(const struct call *call)
{
	lt_hold_t pins[KEYS];

	(void)call;
	for (int key = 2; key < KEYS; key++)
		pins[key] = pin(key);
	let_go(2, pins[2]);
	for (int key = KEYS - 1; key > 2; key--)
		let_go(key, pins[key]);
}
