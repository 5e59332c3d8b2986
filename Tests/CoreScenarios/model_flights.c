#include "model_parts.h"

/* --- flights ----------------------------------------------------------------------- */

/* The hold that a flight has, or NULL. */
static struct participant *
flight_of(struct model *model, unsigned key)
{
	const struct model_key *it = &model->keys[key];

	return it->held == 1 && it->holders[0]->flight != NO_FLIGHT ? it->holders[0] : NULL;
}

void
model_gets_waiter(struct model *model, unsigned key)
{
	const struct participant *flight = flight_of(model, key);

	model->sums.joins += flight != NULL && flight->flight == IS_FLYING;
}

void
model_loses_waiter(struct model *model, unsigned key)
{
	struct participant *flight = flight_of(model, key);

	if (flight == NULL || flight->flight != IS_FLYING || flight->is_alone ||
	    model->keys[key].queued > 0)
		return;
	flight->flight = IS_CANCELLING;
	flight->is_cancelled = true;
}

/* A use of the key of its own: the hold goes on if no flight begins. */
struct participant *
model_suspend_first(struct model *model, struct participant *hold, uint64_t deadline)
{

	model_pin(model, hold->key);
	return model_suspend(model, hold->key, false, deadline);
}

static lt_status_t
reason_not_to_begin(const struct model *model, const struct participant *first)
{

	if (first->refused != LT_OK)
		return first->refused;
	if (model->is_shut_down && first->deadline != LT_UNREFUSED)
		return LT_CLOSED;
	return first->is_expired || first->deadline == LT_NO_WAIT ? LT_TIMED_OUT : LT_OK;
}

static void
wait_first(struct model *model, struct participant *first)
{

	first->state = QUEUED;
	first->since = model->clock;
	first->is_timed = first->deadline != LT_FOREVER && first->deadline != LT_UNREFUSED;
	model->sums.parks++;
	model_line_up(model, first);
}

/* All that wait by now wait for it. Its own first waiter does not join, and no limit counts it. */
lt_status_t
model_begin_flight(struct model *model, struct participant *hold, struct participant *first)
{
	lt_status_t reason = LT_OK;

	model->sums.contended += first != NULL;
	if (first != NULL)
		reason = reason_not_to_begin(model, first);
	if (reason != LT_OK) {
		model_give_up(model, first, reason);
		return reason;
	}
	hold->flight = IS_FLYING;
	hold->is_alone = first == NULL;
	hold->is_described = false;
	model->sums.flights++;
	model->sums.joins += model->keys[hold->key].queued;
	if (first != NULL)
		wait_first(model, first);
	return LT_SUSPENDED;
}

void
model_describe(struct model *model, struct participant *flight)
{

	flight->is_described = true;
	flight->held_since = model->clock;
}

void
model_land(struct model *model, struct participant *flight)
{
	struct model_key *key = &model->keys[flight->key];

	if (flight->flight == IS_CANCELLING)
		return;
	flight->flight = IS_LANDING;
	while (key->queued > 0) {
		struct participant *oldest = key->queue[0];

		/* One that has stalled was resumed before. */
		if (oldest->state == QUEUED)
			model_resume(model, oldest);
		model_leave_queue(model, oldest);
		model_give_up(model, oldest, LT_LANDED);
		oldest->landed = flight;
		flight->readers++;
	}
}

void
model_landed(struct model *model, struct participant *flight)
{

	model_end_hold(model, flight);
	flight->flight = IS_OVER;
	flight->state = LEFT;
	model_settle(model, flight->key);
}

void
model_ends_reading(struct model *model, const struct participant *waiter)
{

	if (waiter->reason == LT_LANDED)
		model->participants[waiter->landed - model->participants].readers--;
}

bool
model_is_released(const struct participant *flight)
{

	return flight->flight == IS_OVER && flight->readers == 0;
}
