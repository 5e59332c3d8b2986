#include "model_parts.h"

#include <stdlib.h>
#include <string.h>

void
model_reset(struct model *model, unsigned stripes)
{

	for (unsigned k = 0; k < MODEL_KEYS; k++) {
		struct model_key *key = &model->keys[k];

		key->is_written = key->is_waking = false;
		key->held = key->queued = key->callers = 0;
		key->stripe = 0;
	}
	memset(model->parties, 0, sizeof model->parties);
	memset(model->stripe_keys, 0, stripes * sizeof model->stripe_keys[0]);
	memset(model->stripe_peaks, 0, stripes * sizeof model->stripe_peaks[0]);
	memset(model->stripe_sweeps, 0, stripes * sizeof model->stripe_sweeps[0]);
	model->wakings = 0;
	model->sums = (lt_statistics_t){ 0 };
	model->party_count = model->resumed_count = 0;
}

/* --- presence ----------------------------------------------------------------- */

bool
model_is_present(const struct model *model, unsigned key)
{

	return model->keys[key].callers + model->keys[key].held > 0;
}

/* Around each change of what makes a key present. */
static void
note_presence(struct model *model, unsigned key, bool before)
{
	const uint32_t stripe = model->keys[key].stripe;
	const bool after = model_is_present(model, key);

	model->sums.keys += after;
	model->sums.keys -= before;
	model->stripe_keys[stripe] += after;
	model->stripe_keys[stripe] -= before;
	if (model->stripe_keys[stripe] > model->stripe_peaks[stripe]) {
		model->stripe_peaks[stripe]++;
		model->sums.peak_keys++;
	}
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

struct party *
model_new_party(struct model *model, unsigned key, bool shared)
{
	struct party *party = model->parties;

	while (party->part != NOBODY)
		party++;
	*party = (struct party){ .key = key, .is_shared = shared };
	model->party_count++;
	return party;
}

void
model_forget(struct model *model, struct party *party)
{

	party->part = NOBODY;
	model->party_count--;
}

/* --- who may, and who does ------------------------------------------------------ */

bool
model_is_held(const struct model *model, unsigned key)
{

	return model->keys[key].held > 0;
}

bool
model_admits(const struct model *model, unsigned key, bool shared)
{

	return !model_is_held(model, key) || (shared && !model->keys[key].is_written);
}

bool
model_is_open(const struct model *model, unsigned key, bool shared)
{
	const struct model_key *it = &model->keys[key];

	if (it->held == 0)
		return model->is_adaptive || it->queued == 0;
	for (size_t i = 0; i < it->queued; i++) {
		if (!it->queue[i]->is_shared && it->queue[i]->part != STALLED)
			return false;
	}
	return shared && !it->is_written;
}

static void
remove_from(struct party **list, size_t *count, const struct party *party)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		if (list[i] != party)
			list[kept++] = list[i];
	}
	*count = kept;
}

/* Its count of the key, if it had one, is the hold's now. */
void
model_make_hold(struct model *model, struct party *party, bool was_caller)
{
	struct model_key *key = &model->keys[party->key];
	const bool before = model_is_present(model, party->key);

	key->callers -= was_caller;
	key->holders[key->held++] = party;
	key->is_written = !party->is_shared;
	party->part = HOLDING;
	party->held_since = model->clock;
	model->sums.acquisitions++;
	note_presence(model, party->key, before);
}

void
model_leave_queue(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];

	remove_from(key->queue, &key->queued, party);
	party->is_monitored = false;
}

static void
insert(struct model_key *key, size_t at, struct party *party)
{

	for (size_t i = key->queued++; i > at; i--)
		key->queue[i] = key->queue[i - 1];
	key->queue[at] = party;
}

void
model_line_up(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];
	size_t at = 0;

	while (at < key->queued && key->queue[at]->part != STALLED)
		at++;
	insert(key, at, party);
}

void
model_stall(struct model *model, struct party *party)
{

	party->part = STALLED;
	insert(&model->keys[party->key], model->keys[party->key].queued, party);
}

void
model_return(struct model *model, struct party *party)
{

	model_leave_queue(model, party);
	insert(&model->keys[party->key], model->keys[party->key].is_waking, party);
}

void
model_take_back(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];

	remove_from(key->holders, &key->held, party);
	key->is_written = false;
	key->callers++;
	party->is_granted = party->is_monitored = false;
}

static void
monitor(struct model *model, struct party *party)
{

	party->is_monitored = true;
	party->woken = model->wakings++;
	party->sweep = model->stripe_sweeps[model->keys[party->key].stripe];
}

void
model_resume(struct model *model, struct party *party)
{

	model->resumed[model->resumed_count++] = party;
}

void
model_grant(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];
	struct party *next;

	if (party->part == SIGNALLED)
		key->is_waking = false;
	else
		model_resume(model, party);
	model_leave_queue(model, party);
	model_make_hold(model, party, true);
	/* It counts when the task comes for it. */
	model->sums.acquisitions--;
	party->is_granted = true;
	if (model->is_adaptive)
		monitor(model, party);
	model->sums.hand_offs++;
	next = key->queued > 0 ? key->queue[0] : NULL;
	if (next != NULL && party->overdue != 0 && next->overdue == 0 &&
	    next->since + LT_HANDOFF_BOUND_NS <= party->overdue)
		next->overdue = party->overdue;
}

void
model_settle(struct model *model, unsigned key)
{
	struct model_key *it = &model->keys[key];

	while (it->queued > 0 && it->queue[0]->part != STALLED &&
	    model_admits(model, key, it->queue[0]->is_shared)) {
		struct party *oldest = it->queue[0];

		if (it->held == 0 && model->is_adaptive && oldest->overdue == 0) {
			if (it->is_waking)
				return;
			it->is_waking = true;
			oldest->part = SIGNALLED;
			monitor(model, oldest);
			model_resume(model, oldest);
			return;
		}
		model_grant(model, oldest);
	}
}

/* --- calls that do not wait ----------------------------------------------------- */

struct party *
model_take(struct model *model, unsigned key, bool shared)
{
	struct party *party = model_new_party(model, key, shared);

	model_make_hold(model, party, false);
	model_settle(model, key);
	return party;
}

struct party *
model_take_pinned(struct model *model, unsigned key, bool shared)
{
	struct party *party = model_new_party(model, key, shared);

	model_make_hold(model, party, true);
	model_settle(model, key);
	return party;
}

lt_status_t
model_try(struct model *model, unsigned key, bool shared, uint64_t deadline)
{

	if (model_is_open(model, key, shared))
		return LT_OK;
	if (deadline == LT_NO_WAIT)
		return LT_BUSY;
	if (deadline == LT_OR_PIN)
		return LT_SUSPENDED;

	/* It is queued for a moment, in which nobody else does anything. */
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
model_release(struct model *model, struct party *party)
{
	struct model_key *key = &model->keys[party->key];
	const bool before = model_is_present(model, party->key);

	remove_from(key->holders, &key->held, party);
	key->is_written = false;
	note_presence(model, party->key, before);
	model_settle(model, party->key);
	model_forget(model, party);
}

void
model_downgrade(struct model *model, struct party *party)
{

	party->is_shared = true;
	model->keys[party->key].is_written = false;
	model_settle(model, party->key);
}

/* --- several keys --------------------------------------------------------------- */

/* Of one key's, the exclusive come first. */
static int
by_order(const void *a, const void *b)
{
	const struct wish *left = a, *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return left->is_shared - right->is_shared;
}

static size_t
sort_wishes(struct wish *wishes, size_t count)
{
	size_t kept = 0;

	qsort(wishes, count, sizeof *wishes, by_order);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && wishes[kept - 1].key == wishes[i].key)
			wishes[kept - 1].is_shared = wishes[kept - 1].is_shared && wishes[i].is_shared;
		else
			wishes[kept++] = wishes[i];
	}
	return kept;
}

void
model_sort(struct model *model, struct wish *wishes, size_t *count)
{

	/* Of those that are left out, the pins go. */
	for (size_t i = 0; i < *count; i++) {
		for (size_t before = 0; before < i; before++) {
			if (wishes[before].key == wishes[i].key) {
				model_unpin(model, wishes[i].key);
				break;
			}
		}
	}
	*count = sort_wishes(wishes, *count);
}

/* Those before `pinned` and not held have nothing to give back. What is not kept does not count. */
static void
give_back(struct model *model, struct wish *wishes, size_t taken, size_t pinned, size_t count)
{

	model->sums.acquisitions -= taken;
	while (taken > 0)
		model_release(model, wishes[--taken].party);
	for (size_t i = pinned; i < count; i++)
		model_unpin(model, wishes[i].key);
}

/* Those from *taken on are pinned. */
static lt_status_t
take_pins(struct model *model, struct wish *wishes, size_t count, size_t *taken, uint64_t deadline)
{

	for (; *taken < count; ++*taken) {
		struct wish *wish = &wishes[*taken];
		lt_status_t status = model_try(model, wish->key, wish->is_shared, deadline);

		if (status == LT_SUSPENDED) {
			model->sums.acquisitions -= *taken;
			return status;
		}
		if (status != LT_OK) {
			give_back(model, wishes, *taken, *taken, count);
			return status;
		}
		wish->party = model_take_pinned(model, wish->key, wish->is_shared);
	}
	return LT_OK;
}

lt_status_t
model_several(struct model *model, struct wish *wishes, size_t *count, uint64_t deadline)
{
	size_t taken = 0;

	model_sort(model, wishes, count);
	return take_pins(model, wishes, *count, &taken, deadline);
}

lt_status_t
model_call(struct model *model, struct wish *wishes, size_t *count, size_t *taken, bool by_pins,
    uint64_t deadline)
{

	*taken = 0;
	*count = sort_wishes(wishes, *count);
	for (size_t i = 0; by_pins && i < *count; i++)
		model_pin(model, wishes[i].key);
	while (!by_pins && *taken < *count &&
	    model_is_open(model, wishes[*taken].key, wishes[*taken].is_shared)) {
		wishes[*taken].party = model_take(model, wishes[*taken].key, wishes[*taken].is_shared);
		++*taken;
	}
	if (by_pins || *taken == *count)
		return take_pins(model, wishes, *count, taken, deadline);
	if (deadline == LT_NO_WAIT) {
		give_back(model, wishes, *taken, *count, *count);
		return LT_BUSY;
	}
	for (size_t i = *taken; i < *count; i++)
		model_pin(model, wishes[i].key);
	return take_pins(model, wishes, *count, taken, deadline);
}
