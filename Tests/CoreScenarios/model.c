#include "model_parts.h"

#include <string.h>

void
model_reset(struct model *model, unsigned keys, unsigned stripes)
{

	for (unsigned k = 0; k < keys; k++) {
		struct model_key *key = &model->keys[k];

		key->is_written = key->is_waking = key->has_value = false;
		key->held = key->queued = key->callers = 0;
		key->stripe = 0;
	}
	memset(model->participants, 0, model->most_participants * sizeof model->participants[0]);
	memset(model->stripe_keys, 0, stripes * sizeof model->stripe_keys[0]);
	memset(model->stripe_peaks, 0, stripes * sizeof model->stripe_peaks[0]);
	memset(model->stripe_sweeps, 0, stripes * sizeof model->stripe_sweeps[0]);
	model->wakings = 0;
	model->is_shut_down = false;
	model->values = 0;
	model->sums = (lt_statistics_t){ 0 };
	model->participant_count = model->most_participants = model->resumed_count = 0;
}

/* --- presence ----------------------------------------------------------------- */

bool
model_is_present(const struct model *model, unsigned key)
{

	return model->keys[key].callers + model->keys[key].held > 0 ||
	    (model->keys[key].has_value && !model->ends_values);
}

/* Around each change of what makes a key present. */
static void
note_presence(struct model *model, unsigned key, bool before)
{
	const uint32_t stripe = model->keys[key].stripe;
	const bool after = model_is_present(model, key);

	if (!after && model->keys[key].has_value) {
		model->keys[key].has_value = false;
		model->values--;
	}
	model->sums.keys += after;
	model->sums.keys -= before;
	model->stripe_keys[stripe] += after;
	model->stripe_keys[stripe] -= before;
	if (!after && model->has_capacities)
		model->keys[key].capacity = 0;
	if (model->stripe_keys[stripe] > model->stripe_peaks[stripe]) {
		model->stripe_peaks[stripe]++;
		model->sums.peak_keys++;
	}
}

void
model_set_value(struct model *model, unsigned key, bool is_present)
{
	const bool before = model_is_present(model, key);

	model->values += is_present;
	model->values -= model->keys[key].has_value;
	model->keys[key].has_value = is_present;
	note_presence(model, key, before);
}

void
model_pin(struct model *model, unsigned key)
{
	const bool before = model_is_present(model, key);

	model->keys[key].callers++;
	note_presence(model, key, before);
}

void
model_unpin(struct model *model, unsigned key)
{
	const bool before = model_is_present(model, key);

	model->keys[key].callers--;
	note_presence(model, key, before);
}

struct participant *
model_new_participant(struct model *model, unsigned key, bool shared)
{
	struct participant *participant = model->participants;

	while (participant->state != UNUSED)
		participant++;
	*participant = (struct participant){ .key = key, .is_shared = shared };
	model->participant_count++;
	if (participant == model->participants + model->most_participants)
		model->most_participants++;
	return participant;
}

void
model_forget(struct model *model, struct participant *participant)
{

	participant->state = UNUSED;
	model->participant_count--;
}

/* --- admission and queues ------------------------------------------------------ */

bool
model_is_held(const struct model *model, unsigned key)
{

	return model->keys[key].held > 0;
}

size_t
model_out(const struct model *model, unsigned key)
{
	const struct model_key *it = &model->keys[key];
	size_t out = 0;

	for (size_t i = 0; i < it->held; i++)
		out += it->holders[i]->is_shared ? 1 : MODEL_HEAVY;
	return out;
}

bool
model_lacks(const struct model *model, unsigned key, bool shared)
{
	const uint32_t capacity = model->keys[key].capacity;

	return model->has_permits && !shared && capacity > 0 && capacity < MODEL_HEAVY;
}

bool
model_admits(const struct model *model, unsigned key, bool shared)
{

	if (model->has_permits)
		return model_out(model, key) + (shared ? 1 : MODEL_HEAVY) <=
		    model->keys[key].capacity;
	return !model_is_held(model, key) || (shared && !model->keys[key].is_written);
}

bool
model_is_open(const struct model *model, unsigned key, bool shared)
{
	const struct model_key *it = &model->keys[key];

	if (model->has_permits)
		return (it->queued == 0 || it->queue[0]->state == STALLED) &&
		    model_admits(model, key, shared);
	if (it->held == 0)
		return model->is_adaptive || it->queued == 0;
	for (size_t i = 0; i < it->queued; i++) {
		if (!it->queue[i]->is_shared && it->queue[i]->state != STALLED)
			return false;
	}
	return shared && !it->is_written;
}

static void
remove_from(struct participant **list, size_t *count, const struct participant *participant)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		if (list[i] != participant)
			list[kept++] = list[i];
	}
	*count = kept;
}

/* Its count of the key, if it had one, is the hold's now. */
void
model_make_hold(struct model *model, struct participant *participant, bool was_caller)
{
	struct model_key *key = &model->keys[participant->key];
	const bool before = model_is_present(model, participant->key);

	key->callers -= was_caller;
	key->holders[key->held++] = participant;
	key->is_written = !participant->is_shared;
	participant->state = HOLDING;
	participant->held_since = model->clock;
	model->sums.acquisitions++;
	note_presence(model, participant->key, before);
}

void
model_leave_queue(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];

	remove_from(key->queue, &key->queued, participant);
	participant->is_monitored = false;
}

static void
insert(struct model_key *key, size_t at, struct participant *participant)
{

	for (size_t i = key->queued++; i > at; i--)
		key->queue[i] = key->queue[i - 1];
	key->queue[at] = participant;
}

void
model_line_up(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];
	size_t at = 0;

	while (at < key->queued && key->queue[at]->state != STALLED)
		at++;
	insert(key, at, participant);
}

void
model_stall(struct model *model, struct participant *participant)
{

	participant->state = STALLED;
	insert(&model->keys[participant->key], model->keys[participant->key].queued, participant);
}

void
model_return(struct model *model, struct participant *participant)
{

	model_leave_queue(model, participant);
	insert(&model->keys[participant->key], model->keys[participant->key].is_waking, participant);
}

void
model_take_back(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];

	remove_from(key->holders, &key->held, participant);
	key->is_written = false;
	key->callers++;
	participant->is_granted = participant->is_monitored = false;
}

static void
monitor(struct model *model, struct participant *participant)
{

	participant->is_monitored = true;
	participant->woken = model->wakings++;
	participant->sweep = model->stripe_sweeps[model->keys[participant->key].stripe];
}

void
model_resume(struct model *model, struct participant *participant)
{

	/* Nobody waits for it. */
	if (participant->is_unawaited)
		return;
	model->resumed[model->resumed_count++] = participant;
}

void
model_grant(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];
	struct participant *next;

	if (participant->state == SIGNALLED)
		key->is_waking = false;
	else
		model_resume(model, participant);
	model_leave_queue(model, participant);
	model_make_hold(model, participant, true);
	/* It counts when the task claims it. */
	model->sums.acquisitions--;
	participant->is_granted = true;
	if (model->is_adaptive && !participant->is_turn)
		monitor(model, participant);
	model->sums.hand_offs++;
	next = key->queued > 0 ? key->queue[0] : NULL;
	if (next != NULL && participant->starving != 0 && next->starving == 0 &&
	    next->since + LT_HANDOFF_BOUND_NS <= participant->starving)
		next->starving = participant->starving;
}

void
model_settle(struct model *model, unsigned key)
{
	struct model_key *it = &model->keys[key];

	while (it->queued > 0 && it->queue[0]->state != STALLED &&
	    model_admits(model, key, it->queue[0]->is_shared)) {
		struct participant *oldest = it->queue[0];

		if (it->held == 0 && model->is_adaptive && oldest->starving == 0 && !model->has_permits &&
		    !model->has_flights) {
			if (it->is_waking)
				return;
			it->is_waking = true;
			oldest->state = SIGNALLED;
			monitor(model, oldest);
			model_resume(model, oldest);
			return;
		}
		model_grant(model, oldest);
	}
}

/* --- calls that do not wait ----------------------------------------------------- */

struct participant *
model_take(struct model *model, unsigned key, bool shared)
{
	struct participant *participant = model_new_participant(model, key, shared);

	model_make_hold(model, participant, false);
	model_settle(model, key);
	return participant;
}

struct participant *
model_take_pinned(struct model *model, unsigned key, bool shared)
{
	struct participant *participant = model_new_participant(model, key, shared);

	model_make_hold(model, participant, true);
	model_settle(model, key);
	return participant;
}

lt_status_t
model_try(struct model *model, unsigned key, bool shared, uint64_t deadline)
{

	if (model->is_shut_down && deadline != LT_FOREVER && deadline != LT_OR_PIN) {
		model->sums.closed += deadline != LT_NO_WAIT;
		return LT_CLOSED;
	}
	if (model->is_shut_down && deadline == LT_OR_PIN)
		return LT_SUSPENDED;
	if (model_is_open(model, key, shared))
		return LT_OK;
	if (model_lacks(model, key, shared) && deadline != LT_OR_PIN)
		return LT_EXCEEDS;
	if (deadline == LT_NO_WAIT)
		return LT_BUSY;
	if (deadline == LT_OR_PIN)
		return LT_SUSPENDED;

	/* It is queued for a moment, in which no other call is made. */
	model->sums.contended++;
	if (model->most_waiters > 0 && model->keys[key].queued >= model->most_waiters) {
		model->sums.refusals++;
		return LT_TOO_MANY;
	}
	model->sums.parks++;
	model->sums.timeouts++;
	return LT_TIMED_OUT;
}

void
model_end_hold(struct model *model, struct participant *participant)
{
	struct model_key *key = &model->keys[participant->key];
	const bool before = model_is_present(model, participant->key);

	remove_from(key->holders, &key->held, participant);
	key->is_written = false;
	note_presence(model, participant->key, before);
}

void
model_release(struct model *model, struct participant *participant)
{

	model_end_hold(model, participant);
	model_settle(model, participant->key);
	model_forget(model, participant);
}

void
model_downgrade(struct model *model, struct participant *participant)
{

	participant->is_shared = true;
	model->keys[participant->key].is_written = false;
	model_settle(model, participant->key);
}
