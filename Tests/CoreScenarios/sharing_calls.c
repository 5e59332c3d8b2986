/*
 * Random calls of one thread, whose waiters are suspensions, against the model: the outcome of each
 * call, the holders of each key, its queue, and the order in which waiters are resumed.
 */
#include "model.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

#define KEYS		3
#define MOST_ACTORS	48

static struct model model;

static struct {
	lt_table_t *table;
	enum form form;
	uint64_t seed, first_seed;
	size_t actor_count;
	struct participant *actors[MOST_ACTORS];	/* NULL: it neither holds nor waits. */
	lt_hold_t pinned[KEYS];
	struct participant *resumed[MOST_ACTORS];	/* By the call, in this order. */
	size_t resumed_count;
} world;

static uint64_t
pick(uint64_t below)
{

	return random_next(&world.seed) % below;
}

/* Complains, and tells the seed. */
static void
check(bool condition, const char *sentence)
{
	static char said[200];

	if (condition || first_complaint() != NULL)
		return;
	(void)snprintf(said, sizeof said, "%s (seed %llu, %s)", sentence,
	    (unsigned long long)world.first_seed, model.is_adaptive ? "adaptive" : "FIFO");
	complain(said);
}

static void
note_resumed(void *participant)
{

	if (world.resumed_count < MOST_ACTORS)
		world.resumed[world.resumed_count++] = participant;
}

/* --- calls --------------------------------------------------------------------------------- */

static void
end(struct participant **actor)
{
	struct participant *participant = *actor;
	const lt_hold_t pinned = world.pinned[participant->key];
	const lt_hold_t hold = lt_suspension_end(participant->suspension);
	const lt_status_t expected = model_end(&model, participant);

	participant->suspension = NULL;
	participant->hold = hold;
	if (expected == LT_OK) {
		check(hold.place == pinned.place && hold.tag == pinned.tag, "a hold was none, or another key's");
	} else {
		check(has_failed(hold, expected), "a wait ended for another reason");
		*actor = NULL;
	}
}

static void
acquire_without_suspending(struct participant **actor, unsigned key, bool shared, uint64_t deadline)
{
	const lt_hold_t hold = (shared ? acquire_shared : acquire)(world.table, world.form, key, deadline);
	const lt_status_t expected = model_try(&model, key, shared, deadline);

	if (expected != LT_OK) {
		check(has_failed(hold, expected), "a closed key was acquired");
		return;
	}
	check(is_hold(hold), "an open key was not acquired");
	*actor = model_take(&model, key, shared);
	(*actor)->hold = hold;
}

static void
interrupt(struct participant *participant, bool cancel)
{

	if (cancel) {
		lt_suspension_cancel(participant->suspension);
		model_cancel(&model, participant);
	} else {
		peek_expire(participant->suspension);
		model_expire(&model, participant);
	}
}

static void
acquire_suspending(struct participant **actor, unsigned key, bool shared)
{
	const uint64_t how = pick(12), deadline = how == 0 ? LT_NO_WAIT : LT_FOREVER;
	const lt_hold_t pinned = (shared ? pin_shared : pin)(world.table, world.form, key);
	struct participant *participant;
	lt_status_t status;

	model_pin(&model, key);
	*actor = participant = model_suspend(&model, key, shared, deadline);
	participant->suspension = lt_suspension_create(pinned, deadline, note_resumed);
	if (how == 1 || how == 2)
		interrupt(participant, how == 1);
	status = lt_suspension_begin(participant->suspension, participant);
	check(status == model_begin(&model, participant), "the first begin came to something else");
	participant->since = peek_since(participant->suspension);
	if (status != LT_SUSPENDED)
		end(actor);
}

static void
step_out(struct participant **actor)
{
	const unsigned key = (unsigned)pick(KEYS);
	const bool shared = pick(3) > 0;

	switch (pick(5)) {
	case 0:
		acquire_without_suspending(actor, key, shared, LT_NO_WAIT);
		break;
	case 1:
		acquire_without_suspending(actor, key, shared, 1);
		break;
	default:
		acquire_suspending(actor, key, shared);
	}
}

static void
step_queued(struct participant *participant)
{

	switch (pick(8)) {
	case 0:
	case 1:
		interrupt(participant, pick(2));
		break;
	case 2:
	case 3:
		peek_age(participant->suspension, 2 * LT_HANDOFF_BOUND_NS);
		participant->since = peek_since(participant->suspension);
		break;
	default:
		break;
	}
}

/* A woken waiter does not count as having competed unless it is let in. */
static void
poll(struct participant **actor)
{
	const lt_status_t status = lt_suspension_poll((*actor)->suspension);

	check(status == model_poll(&model, *actor),
	    "a woken waiter was let in, or was not, against the model");
	if (status == LT_OK)
		end(actor);
}

/* Refused after it has waited for longer than the bound, it is entitled to a hand-off. */
static void
begin_again(struct participant **actor)
{
	struct participant *participant = *actor;
	const uint64_t before = lt_now_ns(), since = participant->since;
	const lt_status_t status = lt_suspension_begin(participant->suspension, participant);
	const uint64_t starving = peek_starving(participant->suspension);

	/* The model's clock is the one that the core has read. */
	model.clock = starving != 0 ? starving : since;
	check(status == model_begin(&model, participant), "a woken waiter was let in, or was not");
	if (status != LT_SUSPENDED) {
		end(actor);
		return;
	}
	if (before - since >= LT_HANDOFF_BOUND_NS)
		check(starving != 0, "a starving waiter did not find out");
	if (lt_now_ns() - since < LT_HANDOFF_BOUND_NS)
		check(starving == 0, "a waiter was starving too early");
}

static void
step_granted(struct participant **actor)
{

	/* In time, as it has not been claimed; or too late. */
	if (pick(4) == 0) {
		interrupt(*actor, pick(2));
		return;
	}
	if (pick(4) == 0) {
		check(lt_suspension_poll((*actor)->suspension) == LT_OK, "a grant was lost");
		(void)model_poll(&model, *actor);
		interrupt(*actor, pick(2));
	}
	end(actor);
}

static void
step_holding(struct participant **actor)
{
	struct participant *participant = *actor;

	if (!participant->is_shared && pick(3) == 0) {
		participant->hold = lt_downgrade(participant->hold);
		model_downgrade(&model, participant);
		return;
	}
	(participant->is_shared ? lt_release_shared : lt_release)(participant->hold);
	model_release(&model, participant);
	*actor = NULL;
}

static void
step(struct participant **actor, bool crowding)
{

	switch (*actor == NULL ? UNUSED : (*actor)->state) {
	case UNUSED:
		step_out(actor);
		break;
	case QUEUED:
		if (!crowding || pick(4) == 0)
			step_queued(*actor);
		break;
	case SIGNALLED:
		switch (pick(4)) {
		case 0:
			interrupt(*actor, pick(2));
			break;
		case 1:
			poll(actor);
			break;
		default:
			begin_again(actor);
		}
		break;
	case LEFT:
		end(actor);
		break;
	default:
		if ((*actor)->is_granted)
			step_granted(actor);
		else if (!crowding || pick(16) == 0)
			step_holding(actor);
	}
}

/* --- comparing ------------------------------------------------------------------------------ */

static void
compare_key(unsigned number)
{
	const struct model_key *key = &model.keys[number];
	const lt_hold_t pinned = world.pinned[number];
	lt_suspension_t *line[MOST_ACTORS];

	for (size_t i = 0; i < key->queued; i++)
		line[i] = key->queue[i]->suspension;
	check(peek_holders(pinned) == (key->is_written ? HELD_BY_WRITER : key->held),
	    "a key's holders were others than the model's");
	check(peek_is_line(pinned, line, key->queued), "a key's queue was another than the model's");
	check(peek_signalled(pinned) == key->is_waking && peek_is_sound(pinned), "the queue was broken");
	check(peek_references(pinned) == key->held + key->callers, "a participant was not counted once");
}

static void
compare(void)
{

	check(world.resumed_count == model.resumed_count && memcmp(world.resumed, model.resumed,
	    world.resumed_count * sizeof world.resumed[0]) == 0,
	    "others were resumed, or in another order");
	world.resumed_count = model.resumed_count = 0;
	for (size_t a = 0; a < world.actor_count; a++) {
		const struct participant *participant = world.actors[a];

		if (participant == NULL || participant->suspension == NULL)
			continue;
		check(peek_outcome(participant->suspension) == model_outcome(participant),
		    "a wait was over, or was not, against the model");
		check(participant->state != QUEUED ||
		    peek_starving(participant->suspension) == participant->starving,
		    "a waiter was starving, or was not, against the model");
	}
	for (unsigned key = 0; key < KEYS; key++)
		compare_key(key);
}

static void
compare_sums(void)
{
	lt_statistics_t sums;

	lt_table_statistics(world.table, &sums);
	check(sums.acquisitions == model.sums.acquisitions, "acquisitions were counted wrong");
	check(sums.contended == model.sums.contended, "contention was counted wrong");
	check(sums.parks == model.sums.parks, "sleeps were counted wrong");
	check(sums.hand_offs == model.sums.hand_offs, "grants were counted wrong");
	check(sums.timeouts == model.sums.timeouts && sums.cancellations == model.sums.cancellations,
	    "failures were counted wrong");
	check(sums.keys == KEYS && sums.refusals == 0 && sums.task_sleeps == 0,
	    "what did not happen was counted");
}

static void
prepare(enum form form, uint32_t fairness, size_t actors, uint64_t seed)
{

	(void)memset(&world, 0, sizeof world);
	model_reset(&model, KEYS, 1);
	model.is_adaptive = fairness == LT_ADAPTIVE;
	world.table = table_make(form, 1, fairness);
	world.form = form;
	world.seed = world.first_seed = seed;
	world.actor_count = actors;
	for (unsigned key = 0; key < KEYS; key++) {
		world.pinned[key] = pin(world.table, form, key);
		model_pin(&model, key);
	}
}

static void
run(enum form form, uint32_t fairness, size_t actors, uint64_t seed)
{
	const unsigned steps = scaled(4000);
	bool are_all_out = false;

	prepare(form, fairness, actors, seed);
	/* In the end, all go home. What follows a complaint would follow a wrong model. */
	for (unsigned number = 0; !are_all_out && first_complaint() == NULL; number++) {
		struct participant **actor = &world.actors[pick(actors)];

		if (number < steps || *actor != NULL)
			step(actor, number < steps && number / 200 % 2 == 0);
		compare();
		are_all_out = number >= steps;
		for (size_t a = 0; a < actors; a++)
			are_all_out = are_all_out && world.actors[a] == NULL;
	}
	compare_sums();
	if (first_complaint() != NULL)
		return;
	for (unsigned key = 0; key < KEYS; key++)
		lt_unpin(world.pinned[key]);
	check(lt_table_count(world.table) == 0, "entries were left");
	lt_table_close(world.table);
}

static void
run_each(uint32_t fairness)
{
	static const size_t actors[] = { 3, 10, MOST_ACTORS };
	uint64_t seed = 1;

	for (enum form form = 0; form < FORMS; form++) {
		for (size_t i = 0; i < LENGTH_OF(actors); i++)
			run(form, fairness, actors[i], seed++);
	}
}

SCENARIO(readers_and_writers_behave_as_modelled_adaptive)
{

	run_each(LT_ADAPTIVE);
}

SCENARIO(readers_and_writers_behave_as_modelled_fifo)
{

	run_each(LT_FIFO);
}
