#include "model_parts.h"

/* --- turns ------------------------------------------------------------------------- */

static bool
has_a_line(const struct model_key *key)
{

	return key->queued > 0 && key->queue[0]->state != STALLED;
}

static void
wait_in_line(struct model *model, struct participant *turn)
{

	turn->state = QUEUED;
	turn->since = model->clock;
	/* Under LT_FIFO nobody needs to starve. */
	if (model->is_adaptive)
		turn->starving = model->clock;
	model_line_up(model, turn);
}

lt_status_t
model_enqueue(struct model *model, struct participant *turn)
{
	struct model_key *key = &model->keys[turn->key];
	const bool can_fail = turn->deadline != LT_UNREFUSED;

	turn->is_turn = turn->is_unawaited = true;
	turn->is_timed = turn->deadline != LT_FOREVER && turn->deadline != LT_UNREFUSED &&
	    turn->deadline != LT_NO_WAIT;
	if (turn->refused != LT_OK) {
		model_give_up(model, turn, turn->refused);
	} else if (model->is_shut_down && can_fail) {
		model_give_up(model, turn, LT_CLOSED);
	} else if (turn->is_expired || turn->deadline == LT_NO_WAIT) {
		model_give_up(model, turn, LT_TIMED_OUT);
	} else if (model_admits(model, turn->key, turn->is_shared) && !has_a_line(key)) {
		model_make_hold(model, turn, true);
		/* It counts once it is claimed. */
		model->sums.acquisitions--;
		turn->is_granted = true;
	} else {
		model->sums.contended++;
		if (can_fail && model->most_waiters > 0 && key->queued >= model->most_waiters)
			model_give_up(model, turn, LT_TOO_MANY);
		else
			wait_in_line(model, turn);
	}
	return turn->state == LEFT ? turn->reason : LT_OK;
}

lt_status_t
model_await(struct model *model, struct participant *turn)
{

	turn->is_unawaited = false;
	model->sums.parks += turn->state == QUEUED;
	return model_poll(model, turn);
}

void
model_drop(struct model *model, struct participant *turn)
{

	model_refuse(model, turn, LT_CANCELLED);
	turn->is_timed = false;
	model_unpin(model, turn->key);
	model_forget(model, turn);
}
