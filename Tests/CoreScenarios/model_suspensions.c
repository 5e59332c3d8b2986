#include "model_parts.h"

/* --- suspensions ------------------------------------------------------------------ */

struct participant *
model_suspend(struct model *model, unsigned key, bool shared, uint64_t deadline)
{
	struct participant *participant = model_new_participant(model, key, shared);

	participant->state = IDLE;
	participant->deadline = deadline;
	return participant;
}

void
model_give_up(struct model *model, struct participant *participant, lt_status_t reason)
{

	participant->state = LEFT;
	participant->reason = reason;
	model->sums.timeouts += reason == LT_TIMED_OUT;
	model->sums.cancellations += reason == LT_CANCELLED;
	model->sums.refusals += reason == LT_TOO_MANY;
	model->sums.closed += reason == LT_CLOSED;
	model->sums.deadlocks += reason == LT_DEADLOCK;
}

static bool
can_fail(const struct participant *participant)
{

	return participant->deadline != LT_UNREFUSED;
}

static void
begin_idle(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];

	/* A task suspends as it has found the key held: it was contended, whatever the outcome. */
	model->sums.contended++;
	if (participant->refused != LT_OK) {
		model_give_up(model, participant, participant->refused);
	} else if (model->is_shut_down && can_fail(participant)) {
		model_give_up(model, participant, LT_CLOSED);
	} else if (model_is_open(model, participant->key, participant->is_shared)) {
		model_make_hold(model, participant, true);
		model_settle(model, participant->key);
	} else if (model_lacks(model, participant->key, participant->is_shared)) {
		model_give_up(model, participant, LT_EXCEEDS);
	} else if (participant->is_expired || participant->deadline == LT_NO_WAIT) {
		model_give_up(model, participant, LT_TIMED_OUT);
	} else if (can_fail(participant) && model->most_waiters > 0 &&
	    key->queued >= model->most_waiters) {
		model_give_up(model, participant, LT_TOO_MANY);
	} else {
		participant->state = QUEUED;
		participant->since = model->clock;
		participant->is_timed = participant->deadline != LT_FOREVER &&
		    participant->deadline != LT_UNREFUSED;
		model_line_up(model, participant);
		model_gets_waiter(model, participant->key);
	}
}

/* It was woken to compete, and does. */
static void
compete(struct model *model, struct participant *participant)
{

	if (participant->state == SIGNALLED)
		model->keys[participant->key].is_waking = false;
	if (model_admits(model, participant->key, participant->is_shared)) {
		model_leave_queue(model, participant);
		model_make_hold(model, participant, true);
		model_settle(model, participant->key);
		return;
	}
	if (participant->state == STALLED)
		model_return(model, participant);
	participant->is_monitored = false;
	participant->state = QUEUED;
	if (model->clock - participant->since >= LT_HANDOFF_BOUND_NS)
		participant->starving = model->clock;
}

/* What it was handed is its own from now on, and counts. */
static void
claim(struct model *model, struct participant *participant)
{

	if (!participant->is_granted)
		return;
	participant->is_granted = participant->is_monitored = false;
	model->sums.acquisitions++;
}

static bool
is_to_compete(const struct participant *participant)
{

	return participant->state == SIGNALLED || participant->state == STALLED;
}

lt_status_t
model_outcome(const struct participant *participant)
{

	if (participant->state == HOLDING)
		return LT_OK;
	return participant->state == LEFT ? participant->reason : LT_SUSPENDED;
}

lt_status_t
model_begin(struct model *model, struct participant *participant)
{

	if (participant->state == IDLE)
		begin_idle(model, participant);
	else if (is_to_compete(participant))
		compete(model, participant);
	claim(model, participant);
	model->sums.parks += model_outcome(participant) == LT_SUSPENDED;
	return model_outcome(participant);
}

/* It competes only if it is let in. */
lt_status_t
model_poll(struct model *model, struct participant *participant)
{

	if (is_to_compete(participant) && model_admits(model, participant->key, participant->is_shared))
		compete(model, participant);
	claim(model, participant);
	return model_outcome(participant);
}

void
model_begin_failed(struct participant *participant, lt_status_t reason)
{

	participant->state = LEFT;
	participant->reason = reason;
}

/* Does nothing to a claimed hold. The waiters that this lets in are woken before it. */
static void
remove_waiter(struct model *model, struct participant *participant, lt_status_t reason)
{
	const enum model_state before = participant->state;

	if (before == HOLDING ? !participant->is_granted : before != QUEUED && !is_to_compete(participant))
		return;
	if (before == HOLDING)
		model_take_back(model, participant);
	else
		model_leave_queue(model, participant);
	if (before == SIGNALLED)
		model->keys[participant->key].is_waking = false;
	model_give_up(model, participant, reason);
	model_loses_waiter(model, participant->key);
	model_settle(model, participant->key);
	if (before == QUEUED)
		model_resume(model, participant);
}

void
model_refuse(struct model *model, struct participant *participant, lt_status_t reason)
{

	if (reason == LT_TIMED_OUT) {
		model_expire(model, participant);
		return;
	}
	if (participant->refused == LT_OK)
		participant->refused = reason;
	remove_waiter(model, participant, reason);
}

void
model_cancel(struct model *model, struct participant *participant)
{

	model_refuse(model, participant, LT_CANCELLED);
}

bool
model_fail_waiter(struct model *model, struct participant *participant, lt_status_t reason)
{

	if (participant->state != QUEUED && !is_to_compete(participant))
		return false;
	if (can_fail(participant))
		remove_waiter(model, participant, reason);
	return can_fail(participant);
}

void
model_shut_down(struct model *model)
{

	model->is_shut_down = true;
}

/* The last in line first. */
void
model_set_capacity(struct model *model, unsigned key, uint32_t capacity)
{
	struct model_key *it = &model->keys[key];

	it->capacity = capacity;
	for (size_t left = it->queued; left > 0; left = left <= it->queued ? left : it->queued) {
		struct participant *last = it->queue[--left];

		if (model_lacks(model, key, last->is_shared))
			remove_waiter(model, last, LT_EXCEEDS);
	}
	model_settle(model, key);
}

/* The last in line first. */
void
model_refuse_waiters(struct model *model, unsigned key)
{
	const struct model_key *it = &model->keys[key];

	for (size_t left = it->queued; left > 0; left = left <= it->queued ? left : it->queued) {
		struct participant *last = it->queue[--left];

		if (can_fail(last))
			remove_waiter(model, last, LT_CLOSED);
	}
}

void
model_expire(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];

	participant->is_timed = false;
	participant->is_expired = true;
	if (participant->state == QUEUED && (model->has_permits ?
	    model_admits(model, participant->key, participant->is_shared) && key->queue[0] == participant :
	    !participant->is_unawaited && key->held == 0 &&
	    ((model->is_adaptive && !participant->is_turn) || key->queue[0] == participant))) {
		model_grant(model, participant);
		model_settle(model, participant->key);
	} else {
		remove_waiter(model, participant, LT_TIMED_OUT);
	}
}

/* It was woken two sweeps ago, and has not polled since. */
static void
stall(struct model *model, struct participant *participant)
{

	if (participant->state == SIGNALLED) {
		model->keys[participant->key].is_waking = false;
		model_leave_queue(model, participant);
	} else {
		model_take_back(model, participant);
	}
	if (participant->is_expired)
		model_give_up(model, participant, LT_TIMED_OUT);
	else if (model->is_shut_down && can_fail(participant))
		model_give_up(model, participant, LT_CLOSED);
	else if (model_lacks(model, participant->key, participant->is_shared))
		model_give_up(model, participant, LT_EXCEEDS);
	else
		model_stall(model, participant);
	model_settle(model, participant->key);
}

static struct participant *
first_woken(struct model *model, uint32_t stripe)
{
	struct participant *first = NULL;

	for (struct participant *p = model->participants;
	    p < model->participants + model->most_participants; p++) {
		if (p->state != UNUSED && p->is_monitored && model->keys[p->key].stripe == stripe &&
		    (p->state == SIGNALLED || p->is_granted) &&
		    model->stripe_sweeps[stripe] - p->sweep >= 2 && (first == NULL || p->woken < first->woken))
			first = p;
	}
	return first;
}

void
model_sweep(struct model *model, unsigned key)
{
	const uint32_t stripe = model->keys[key].stripe;
	struct participant *participant;

	model->stripe_sweeps[stripe]++;
	while ((participant = first_woken(model, stripe)) != NULL)
		stall(model, participant);
}

static struct participant *
earliest(struct model *model)
{
	struct participant *first = NULL;

	for (struct participant *p = model->participants;
	    p < model->participants + model->most_participants; p++) {
		if (p->state != UNUSED && p->is_timed && p->deadline <= model->clock &&
		    (first == NULL || p->deadline < first->deadline))
			first = p;
	}
	return first;
}

void
model_expire_due(struct model *model)
{
	struct participant *due;

	while ((due = earliest(model)) != NULL)
		model_expire(model, due);
}

lt_status_t
model_end(struct model *model, struct participant *participant)
{

	claim(model, participant);
	participant->is_timed = false;
	if (participant->state == HOLDING)
		return LT_OK;
	model_unpin(model, participant->key);
	model_ends_reading(model, participant);
	model_forget(model, participant);
	return participant->reason;
}
