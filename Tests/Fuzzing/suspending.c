#include "game.h"

void
game_suspend(size_t index, bool shared, uint64_t deadline)
{
	struct pin pin = game.pin[index];
	const unsigned key = game.key_of[pin.slot];
	const uint64_t failures = seam_failures();
	const size_t before = seam_outstanding();
	const uint64_t id = game.identified + 1;
	lt_suspension_t *suspension;
	struct participant *participant;

	if (game.model->participant_count >= MODEL_PARTICIPANTS - 8)
		return;
	NOTE(shared ? "suspend for key %lu shared, deadline %#lx" :
	    "suspend for key %lu, deadline %#lx", pin.slot, deadline);
	pin.pin.place = (char *)pin.pin.place + (shared ? LT_SHARED_BIT : 0);
	suspension = lt_suspension_create(pin.pin, deadline, game_resume);
	if (suspension == NULL) {
		SAME(game_ran_out(failures), "a suspension was not to be had");
		return;
	}
	if (game.model->has_permits && !shared)
		lt_suspension_set_permits(suspension, game_weight(false));
	game.pin[index] = game.pin[--game.pins];
	participant = model_suspend(game.model, key, shared, deadline);
	participant->suspension = suspension;
	participant->is_tracked = seam_outstanding() > before + seam_suspension_bytes();
	participant->id = id;
	game.suspension[game.suspensions++] = participant;
	game_set_urgency(participant);
}

void
game_begin(size_t index)
{
	struct participant *participant = game.suspension[index];
	const uint64_t failures = seam_failures();
	lt_status_t status, expected;

	if (participant->is_turn) {
		game_await(index);
		return;
	}
	if (participant->state != IDLE && participant->state != SIGNALLED && participant->state != STALLED)
		return;
	NOTE(participant->is_shared ? "begin: key %lu, shared" : "begin: key %lu", participant->key);
	status = lt_suspension_begin(participant->suspension, participant);
	if ((status == LT_NO_MEMORY || status == LT_NO_THREAD) && participant->state == IDLE &&
	    game_ran_out(failures)) {
		model_begin_failed(participant, status);
		return;
	}
	expected = model_begin(game.model, participant);
	SAME(status == expected, "begin returned %u instead of %u", status, expected);
}

/* True: its wait is over. */
static bool
poll(const size_t index)
{
	struct participant *participant = game.suspension[index];
	lt_status_t status, expected;

	NOTE(participant->is_shared ? "poll: key %lu, shared" : "poll: key %lu", participant->key);
	status = lt_suspension_poll(participant->suspension);
	expected = model_poll(game.model, participant);
	SAME(status == expected, "poll returned %u instead of %u", status, expected);
	return status != LT_SUSPENDED;
}

void
game_cancel(size_t index)
{
	struct participant *participant = game.suspension[index];

	NOTE(participant->is_shared ? "cancel: key %lu, shared" : "cancel: key %lu", participant->key);
	lt_suspension_cancel(participant->suspension);
	model_cancel(game.model, participant);
}

void
game_refuse(size_t index, lt_status_t reason)
{
	struct participant *participant = game.suspension[index];

	NOTE("refuse with %lu: key %lu", reason, participant->key);
	lt_suspension_refuse(participant->suspension, reason);
	model_refuse(game.model, participant, reason);
}

void
game_fail_waiter(size_t index)
{
	struct participant *participant = game.suspension[index];
	bool has_failed, expected;

	/* A serial is known once it was seen. */
	if (game.config.diagnostics && participant->serial == 0)
		game_inspect(true);
	NOTE("fail the waiter %lu of key %lu", participant->serial, participant->key);
	has_failed = lt_fail_waiter(game.table, participant->serial, LT_DEADLOCK);
	expected = participant->serial != 0 && model_fail_waiter(game.model, participant, LT_DEADLOCK);
	SAME(has_failed == expected, "a waiter was failed, or not, wrongly");
}

/*
 * In which order the keys' waiters are woken is open: the keys come in the order in which they did.
 */
void
game_shut_down(void)
{
	bool seen[MOST_SLOTS] = { false };

	NOTE("shut the table down");
	lt_table_shut_down(game.table);
	SAME(lt_table_is_shut_down(game.table), "a table was not shut down");
	model_shut_down(game.model);
	for (size_t i = 0; i < game.resumed_count; i++) {
		const unsigned key = game.resumed[i]->key;

		if (!seen[key])
			model_refuse_waiters(game.model, key);
		seen[key] = true;
	}
	for (unsigned key = 0; key < MOST_SLOTS; key++) {
		if (!seen[key])
			model_refuse_waiters(game.model, key);
	}
}

void
game_forget_awake(const struct participant *participant)
{
	size_t kept = 0;

	for (size_t i = 0; i < game.awake_count; i++) {
		if (game.awake[i] != participant)
			game.awake[kept++] = game.awake[i];
	}
	game.awake_count = kept;
}

void
game_end(size_t index)
{
	struct participant *participant = game.suspension[index];
	lt_status_t expected;
	lt_hold_t hold;

	if (participant->is_turn) {
		game_drop(index);
		return;
	}
	if (!poll(index))
		return;
	NOTE(participant->is_shared ? "end: key %lu, shared" : "end: key %lu", participant->key);
	game.suspension[index] = game.suspension[--game.suspensions];
	game_forget_awake(participant);
	game_check_landed(participant);
	hold = lt_suspension_end(participant->suspension);
	participant->suspension = NULL;
	expected = model_end(game.model, participant);
	if (expected != LT_OK) {
		SAME(hold.place == NULL && hold.tag == expected, "a suspension came to %lu instead of %u",
		    (unsigned long)hold.tag, expected);
		return;
	}
	SAME(hold.place != NULL && ((uintptr_t)hold.place & (LT_PIN_BIT | LT_SHARED_BIT)) == 0,
	    "a suspension did not become a hold: %lu", (unsigned long)hold.tag);
	SAME(participant->is_tracked == (hold.tag != game.hashes[participant->key]),
	    "the record of a suspension is not its hold's");
	participant->hold = hold;
	game.hold[game.holds++] = participant;
}

void
game_awake(void)
{
	struct participant *participant;

	if (game.awake_count == 0)
		return;
	participant = game.awake[0];
	game_forget_awake(participant);
	for (size_t i = 0; i < game.suspensions; i++) {
		if (game.suspension[i] != participant)
			continue;
		if (poll(i))
			game_end(i);
		else
			game_begin(i);
		return;
	}
}

void
game_check_outcomes(void)
{

	for (size_t i = 0; i < game.suspensions; i++) {
		const struct participant *participant = game.suspension[i];
		lt_status_t status;

		if (participant->state == IDLE || participant->state == QUEUED)
			continue;
		status = peek_outcome(participant->suspension);
		SAME(status == model_outcome(participant), "the outcome was %u instead of %u", status,
		    model_outcome(participant));
	}
}
