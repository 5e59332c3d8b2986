#include "game.h"

void
game_suspend(size_t index, bool shared, uint64_t deadline)
{
	struct pin pin = game.pin[index];
	const unsigned key = game.key_of[pin.slot];
	const uint64_t failures = seam_failures();
	const size_t before = seam_outstanding();
	const uint64_t who = game.identified + 1;
	lt_suspension_t *suspension;
	struct party *party;

	if (game.model->party_count >= MOST_MODELLED - 8)
		return;
	NOTE(shared ? "suspend for key %lu shared, deadline %#lx" :
	    "suspend for key %lu, deadline %#lx", pin.slot, deadline);
	pin.pin.place = (char *)pin.pin.place + (shared ? LT_SHARED_BIT : 0);
	suspension = lt_suspension_create(pin.pin, deadline, game_resume);
	if (suspension == NULL) {
		SAME(game_ran_out(failures), "a suspension was not to be had");
		return;
	}
	game.pin[index] = game.pin[--game.pins];
	party = model_suspend(game.model, key, shared, deadline);
	party->suspension = suspension;
	party->is_tracked = seam_outstanding() > before + seam_suspension_bytes();
	party->who = who;
	game.suspension[game.suspensions++] = party;
}

void
game_begin(size_t index)
{
	struct party *party = game.suspension[index];
	const uint64_t failures = seam_failures();
	lt_status_t status, expected;

	if (party->part != IDLE && party->part != SIGNALLED && party->part != STALLED)
		return;
	NOTE(party->is_shared ? "begin: key %lu, shared" : "begin: key %lu", party->key);
	status = lt_suspension_begin(party->suspension, party);
	if ((status == LT_NO_MEMORY || status == LT_NO_THREAD) && party->part == IDLE &&
	    game_ran_out(failures)) {
		model_begin_failed(party, status);
		return;
	}
	expected = model_begin(game.model, party);
	SAME(status == expected, "begin returned %u instead of %u", status, expected);
}

/* True: its wait is over. */
static bool
come(const size_t index)
{
	struct party *party = game.suspension[index];
	lt_status_t status, expected;

	NOTE(party->is_shared ? "come: key %lu, shared" : "come: key %lu", party->key);
	status = lt_suspension_poll(party->suspension);
	expected = model_poll(game.model, party);
	SAME(status == expected, "come returned %u instead of %u", status, expected);
	return status != LT_SUSPENDED;
}

void
game_cancel(size_t index)
{
	struct party *party = game.suspension[index];

	NOTE(party->is_shared ? "cancel: key %lu, shared" : "cancel: key %lu", party->key);
	lt_suspension_cancel(party->suspension);
	model_cancel(game.model, party);
}

static void
forget_awake(const struct party *party)
{
	size_t kept = 0;

	for (size_t i = 0; i < game.awake_count; i++) {
		if (game.awake[i] != party)
			game.awake[kept++] = game.awake[i];
	}
	game.awake_count = kept;
}

void
game_end(size_t index)
{
	struct party *party = game.suspension[index];
	lt_status_t expected;
	lt_hold_t hold;

	if (!come(index))
		return;
	NOTE(party->is_shared ? "end: key %lu, shared" : "end: key %lu", party->key);
	game.suspension[index] = game.suspension[--game.suspensions];
	forget_awake(party);
	hold = lt_suspension_end(party->suspension);
	party->suspension = NULL;
	expected = model_end(game.model, party);
	if (expected != LT_OK) {
		SAME(hold.place == NULL && hold.tag == expected, "a suspension came to %lu instead of %u",
		    (unsigned long)hold.tag, expected);
		return;
	}
	SAME(hold.place != NULL && ((uintptr_t)hold.place & (LT_PIN_BIT | LT_SHARED_BIT)) == 0,
	    "a suspension did not become a hold: %lu", (unsigned long)hold.tag);
	SAME(party->is_tracked == (hold.tag != game.hashes[party->key]),
	    "the record of a suspension is not its hold's");
	party->hold = hold;
	game.hold[game.holds++] = party;
}

void
game_awake(void)
{
	struct party *party;

	if (game.awake_count == 0)
		return;
	party = game.awake[0];
	forget_awake(party);
	for (size_t i = 0; i < game.suspensions; i++) {
		if (game.suspension[i] != party)
			continue;
		if (come(i))
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
		const struct party *party = game.suspension[i];
		lt_status_t status;

		if (party->part == IDLE || party->part == QUEUED)
			continue;
		status = seam_outcome(party->suspension);
		SAME(status == model_outcome(party), "the outcome was %u instead of %u", status,
		    model_outcome(party));
	}
}
