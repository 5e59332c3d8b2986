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
	} else if (party->deadline != LT_UNREFUSED && model->most_waiters > 0 &&
	    key->queued >= model->most_waiters) {
		give_up(model, party, LT_TOO_MANY);
	} else {
		party->part = QUEUED;
		party->since = model->clock;
		party->is_timed = party->deadline != LT_FOREVER && party->deadline != LT_UNREFUSED;
		model_line_up(model, party);
	}
}

/* It was woken to compete, and comes. */
static void
compete(struct model *model, struct party *party)
{

	if (party->part == SIGNALLED)
		model->keys[party->key].is_waking = false;
	if (model_admits(model, party->key, party->is_shared)) {
		model_leave_queue(model, party);
		model_make_hold(model, party, true);
		model_settle(model, party->key);
		return;
	}
	if (party->part == STALLED)
		model_return(model, party);
	party->is_monitored = false;
	party->part = QUEUED;
	if (model->clock - party->since >= LT_HANDOFF_BOUND_NS)
		party->overdue = model->clock;
}

/* What it was handed is its own from now on, and counts. */
static void
claim(struct model *model, struct party *party)
{

	if (!party->is_granted)
		return;
	party->is_granted = party->is_monitored = false;
	model->sums.acquisitions++;
}

static bool
is_to_compete(const struct party *party)
{

	return party->part == SIGNALLED || party->part == STALLED;
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
	else if (is_to_compete(party))
		compete(model, party);
	claim(model, party);
	model->sums.parks += model_outcome(party) == LT_SUSPENDED;
	return model_outcome(party);
}

/* It has come only if it is let in. */
lt_status_t
model_poll(struct model *model, struct party *party)
{

	if (is_to_compete(party) && model_admits(model, party->key, party->is_shared))
		compete(model, party);
	claim(model, party);
	return model_outcome(party);
}

void
model_begin_failed(struct party *party, lt_status_t reason)
{

	party->part = LEFT;
	party->reason = reason;
}

/* Whatever it is about, but for a key that it has come for. Those whom that lets in are woken before it. */
static void
remove_waiter(struct model *model, struct party *party, lt_status_t reason)
{
	const enum part before = party->part;

	if (before == HOLDING ? !party->is_granted : before != QUEUED && !is_to_compete(party))
		return;
	if (before == HOLDING)
		model_take_back(model, party);
	else
		model_leave_queue(model, party);
	if (before == SIGNALLED)
		model->keys[party->key].is_waking = false;
	give_up(model, party, reason);
	model_settle(model, party->key);
	if (before == QUEUED)
		model_resume(model, party);
}

void
model_cancel(struct model *model, struct party *party)
{

	party->is_cancelled = true;
	remove_waiter(model, party, LT_CANCELLED);
}

static void
expire(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];

	party->is_timed = false;
	party->is_expired = true;
	if (party->part == QUEUED && key->held == 0 && (model->is_adaptive || key->queue[0] == party)) {
		model_grant(model, party);
		model_settle(model, party->key);
	} else {
		remove_waiter(model, party, LT_TIMED_OUT);
	}
}

/* It was woken two sweeps ago, and has not come. */
static void
stall(struct model *model, struct party *party)
{

	if (party->part == SIGNALLED) {
		model->keys[party->key].is_waking = false;
		model_leave_queue(model, party);
	} else {
		model_take_back(model, party);
	}
	if (party->is_expired)
		give_up(model, party, LT_TIMED_OUT);
	else
		model_stall(model, party);
	model_settle(model, party->key);
}

static struct party *
first_woken(struct model *model, uint32_t stripe)
{
	struct party *first = NULL;

	for (struct party *p = model->parties; p < model->parties + MOST_MODELLED; p++) {
		if (p->part != NOBODY && p->is_monitored && model->keys[p->key].stripe == stripe &&
		    (p->part == SIGNALLED || p->is_granted) &&
		    model->stripe_sweeps[stripe] - p->sweep >= 2 && (first == NULL || p->woken < first->woken))
			first = p;
	}
	return first;
}

void
model_sweep(struct model *model, unsigned key)
{
	const uint32_t stripe = model->keys[key].stripe;
	struct party *party;

	model->stripe_sweeps[stripe]++;
	while ((party = first_woken(model, stripe)) != NULL)
		stall(model, party);
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

	while ((due = earliest(model)) != NULL)
		expire(model, due);
}

lt_status_t
model_end(struct model *model, struct party *party)
{

	claim(model, party);
	party->is_timed = false;
	if (party->part == HOLDING)
		return LT_OK;
	model_unpin(model, party->key);
	model_forget(model, party);
	return party->reason;
}
