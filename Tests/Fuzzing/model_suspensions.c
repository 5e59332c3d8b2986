#include "model_parts.h"

/* --- suspensions ------------------------------------------------------------------ */

struct party *
model_suspend(struct model *model, unsigned key, bool shared, uint64_t deadline)
{
	struct party *party = model_new_party(model, key, shared);

	party->part = IDLE;
	party->deadline = deadline;
	return party;
}

static void
give_up(struct model *model, struct party *party, lt_status_t reason)
{

	party->part = LEFT;
	party->reason = reason;
	model->sums.timeouts += reason == LT_TIMED_OUT;
	model->sums.cancellations += reason == LT_CANCELLED;
	model->sums.refusals += reason == LT_TOO_MANY;
}

static bool
is_over(const struct party *party)
{

	return party->is_cancelled || party->is_expired;
}

static lt_status_t
why(const struct party *party)
{

	return party->is_cancelled ? LT_CANCELLED : LT_TIMED_OUT;
}

static void
begin_idle(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];

	/* Whoever has to suspend has found the key held: it was contended, whatever comes of it. */
	model->sums.contended++;
	if (party->is_cancelled) {
		give_up(model, party, LT_CANCELLED);
	} else if (model_is_open(model, party->key, party->is_shared)) {
		model_make_hold(model, party, true);
		model_settle(model, party->key);
	} else if (party->is_expired || party->deadline == LT_NO_WAIT) {
		give_up(model, party, LT_TIMED_OUT);
	} else if (model->most_waiters > 0 && key->queued >= model->most_waiters) {
		give_up(model, party, LT_TOO_MANY);
	} else {
		party->part = QUEUED;
		party->since = model->clock;
		party->is_timed = party->deadline != LT_FOREVER;
		key->queue[key->queued++] = party;
	}
}

/* It was signalled, and comes. */
static void
compete(struct model *model, struct party *party)
{

	model->keys[party->key].is_waking = false;
	if (model_admits(model, party->key, party->is_shared)) {
		model_leave_queue(model, party);
		model_make_hold(model, party, true);
		model_settle(model, party->key);
	} else if (is_over(party)) {
		model_leave_queue(model, party);
		give_up(model, party, why(party));
		model_settle(model, party->key);
	} else {
		party->part = QUEUED;
		if (model->clock - party->since >= LT_HANDOFF_BOUND_NS)
			party->overdue = model->clock;
	}
}

lt_status_t
model_outcome(const struct party *party)
{

	if (party->part == HOLDING)
		return LT_OK;
	return party->part == LEFT ? party->reason : LT_SUSPENDED;
}

lt_status_t
model_begin(struct model *model, struct party *party)
{

	if (party->part == IDLE)
		begin_idle(model, party);
	else
		compete(model, party);
	model->sums.parks += model_outcome(party) == LT_SUSPENDED;
	return model_outcome(party);
}

/* It has come only if it is let in. */
lt_status_t
model_come(struct model *model, struct party *party)
{

	if (party->part == SIGNALLED && model_admits(model, party->key, party->is_shared))
		compete(model, party);
	return model_outcome(party);
}

void
model_begin_failed(struct party *party)
{

	party->part = LEFT;
	party->reason = LT_NO_MEMORY;
}

/* Those whom its leaving lets in are sent for before it. */
static void
take_out(struct model *model, struct party *party)
{

	if (party->part != QUEUED)
		return;
	model_leave_queue(model, party);
	give_up(model, party, why(party));
	model_settle(model, party->key);
	model_resume(model, party);
}

void
model_cancel(struct model *model, struct party *party)
{

	party->is_cancelled = true;
	take_out(model, party);
}

static struct party *
earliest(struct model *model)
{
	struct party *first = NULL;

	for (struct party *p = model->parties; p < model->parties + MOST_MODELLED; p++) {
		if (p->part != NOBODY && p->is_timed && p->deadline <= model->clock &&
		    (first == NULL || p->deadline < first->deadline))
			first = p;
	}
	return first;
}

void
model_expire(struct model *model)
{
	struct party *due;

	while ((due = earliest(model)) != NULL) {
		due->is_timed = false;
		due->is_expired = true;
		take_out(model, due);
	}
}

lt_status_t
model_end(struct model *model, struct party *party)
{

	party->is_timed = false;
	if (party->part == HOLDING)
		return LT_OK;
	model_unpin(model, party->key);
	model_forget(model, party);
	return party->reason;
}
