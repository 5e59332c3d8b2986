#include "game.h"

void
game_enqueue(size_t index)
{
	struct participant *turn = game.suspension[index];
	const uint64_t failures = seam_failures();
	lt_status_t status, expected;

	if (turn->state != IDLE || turn->is_turn)
		return;
	NOTE(turn->is_shared ? "enqueue: key %lu, shared" : "enqueue: key %lu", turn->key);
	status = lt_turn_enqueue(turn->suspension);
	if ((status == LT_NO_MEMORY || status == LT_NO_THREAD) && game_ran_out(failures)) {
		turn->is_turn = turn->is_unawaited = true;
		model_begin_failed(turn, status);
		return;
	}
	expected = model_enqueue(game.model, turn);
	SAME(status == expected, "enqueue returned %u instead of %u", status, expected);
}

void
game_await(size_t index)
{
	struct participant *turn = game.suspension[index];
	lt_status_t status, expected;

	if (!turn->is_unawaited)
		return;
	NOTE(turn->is_shared ? "await: key %lu, shared" : "await: key %lu", turn->key);
	if (turn->is_tracked)
		turn->id = game.identified + 1;
	status = lt_turn_await(turn->suspension, turn);
	expected = model_await(game.model, turn);
	SAME(status == expected, "await returned %u instead of %u", status, expected);
}

static void
keep(struct participant *turn)
{
	const lt_hold_t hold = lt_turn_end(turn->suspension);

	SAME(hold.place != NULL && ((uintptr_t)hold.place & (LT_PIN_BIT | LT_SHARED_BIT)) == 0,
	    "a turn did not become a hold: %lu", (unsigned long)hold.tag);
	SAME(turn->is_tracked == (hold.tag != game.hashes[turn->key]),
	    "the record of a turn is not its hold's");
	turn->is_timed = false;
	turn->hold = hold;
	game.hold[game.holds++] = turn;
}

/* One that is awaited and not over goes on. */
void
game_drop(size_t index)
{
	struct participant *turn = game.suspension[index];
	lt_suspension_t *const suspension = turn->suspension;

	if (!turn->is_unawaited) {
		const lt_status_t status = lt_suspension_poll(suspension);
		const lt_status_t expected = model_poll(game.model, turn);

		SAME(status == expected, "poll returned %u instead of %u", status, expected);
		if (status == LT_SUSPENDED)
			return;
	}
	NOTE(turn->is_shared ? "drop: key %lu, shared" : "drop: key %lu", turn->key);
	game.suspension[index] = game.suspension[--game.suspensions];
	game_forget_awake(turn);
	if (!turn->is_unawaited && turn->state == HOLDING) {
		keep(turn);
	} else {
		/* The end of one that is over is a part of its being dropped. */
		if (!turn->is_unawaited && turn->key % 2 == 0)
			SAME(lt_turn_end(suspension).tag == turn->reason,
			    "a turn has ended for another reason");
		model_drop(game.model, turn);
	}
	lt_turn_drop(suspension);
	turn->suspension = NULL;
}
