/*
 * Random calls of one thread, whose waiters are suspensions, against the model: the
 * outcome of each call, the holders of each key, its waiters and the order in which they
 * are resumed.
 */
#include "sharing_model.h"

#include <string.h>

static uint64_t
pick(struct world *world, uint64_t below)
{

	return random_next(&world->seed) % below;
}

static void
note_resumed(void *pointer)
{
	struct actor *actor = pointer;
	struct world *world = actor->world;

	if (world->seen_count < MOST_ACTORS)
		world->seen[world->seen_count++] = actor;
}

/* --- calls --------------------------------------------------------------------------------- */

static void
end(struct world *world, struct actor *actor, lt_status_t status)
{
	struct room *room = &world->rooms[actor->key];

	actor->hold = lt_suspension_end(actor->suspension);
	actor->suspension = NULL;
	if (status == LT_OK)
		model_check(world, actor->hold.place == room->pinned.place &&
		    actor->hold.tag == room->pinned.tag, "a hold was none, or another key's");
	else
		model_check(world, has_failed(actor->hold, status), "a wait ended for another reason");
	actor->part = status == LT_OK ? HOLDING : OUT;
}

static void
acquire_without_suspending(struct world *world, struct actor *actor, bool is_try)
{
	struct room *room = &world->rooms[actor->key];
	const uint64_t deadline = is_try ? LT_NO_WAIT : 1;
	const bool open = model_is_open(world, room, actor->is_shared);

	actor->hold = actor->is_shared ?
	    acquire_shared(world->table, world->form, actor->key, deadline) :
	    acquire(world->table, world->form, actor->key, deadline);
	if (open) {
		model_check(world, is_hold(actor->hold), "an open key was not acquired");
		model_take(world, room, actor);
		return;
	}
	model_check(world, has_failed(actor->hold, is_try ? LT_BUSY : LT_TIMED_OUT),
	    "a closed key was acquired");
	world->sums.contended += !is_try;
	world->sums.parks += !is_try;
	world->sums.timeouts += !is_try;
}

static void
create(struct world *world, struct actor *actor, uint64_t deadline)
{

	actor->since = actor->overdue = 0;
	actor->suspension = lt_suspension_create(actor->is_shared ?
	    pin_shared(world->table, world->form, actor->key) :
	    pin(world->table, world->form, actor->key), deadline, note_resumed);
}

static void
interrupt(struct actor *actor, bool cancel)
{

	if (cancel)
		lt_suspension_cancel(actor->suspension);
	else
		peek_expire(actor->suspension);
}

static void
acquire_suspending(struct world *world, struct actor *actor)
{
	struct room *room = &world->rooms[actor->key];
	const uint64_t how = pick(world, 12);
	lt_status_t status, expected;

	create(world, actor, how == 0 ? LT_NO_WAIT : LT_FOREVER);
	if (how == 1 || how == 2)
		interrupt(actor, how == 1);
	status = lt_suspension_begin(actor->suspension, actor);
	world->sums.contended++;
	if (how != 1 && model_is_open(world, room, actor->is_shared)) {
		model_check(world, status == LT_OK, "an open key was not acquired");
		model_take(world, room, actor);
		end(world, actor, LT_OK);
	} else if (how <= 2) {
		expected = how == 1 ? LT_CANCELLED : LT_TIMED_OUT;
		model_check(world, status == expected, "a suspension that was over before it began had to wait");
		model_count_failure(world, expected);
		end(world, actor, expected);
	} else {
		model_check(world, status == LT_SUSPENDED, "a closed key was acquired");
		world->sums.parks++;
		actor->since = peek_since(actor->suspension);
		actor->part = QUEUED;
		room->queue[room->queued++] = actor;
	}
}

static void
step_out(struct world *world, struct actor *actor)
{

	actor->key = pick(world, MODEL_KEYS);
	actor->is_shared = pick(world, 3) > 0;
	switch (pick(world, 5)) {
	case 0:
		acquire_without_suspending(world, actor, true);
		break;
	case 1:
		acquire_without_suspending(world, actor, false);
		break;
	default:
		acquire_suspending(world, actor);
	}
}

static void
interrupt_modelled(struct world *world, struct actor *actor)
{
	const bool cancel = pick(world, 2);

	interrupt(actor, cancel);
	model_interrupt(world, &world->rooms[actor->key], actor, cancel);
}

static void
step_queued(struct world *world, struct actor *actor)
{

	switch (pick(world, 8)) {
	case 0:
	case 1:
		interrupt_modelled(world, actor);
		break;
	case 2:
	case 3:
		peek_age(actor->suspension, 2 * LT_HANDOFF_BOUND_NS);
		actor->since = peek_since(actor->suspension);
		break;
	default:
		break;
	}
}

/* A waiter that finds the key held is starving if it has waited for longer than the bound. */
static void
learn_overdue(struct world *world, struct actor *actor, uint64_t before)
{
	const uint64_t overdue = peek_overdue(actor->suspension);

	if (before - actor->since >= LT_HANDOFF_BOUND_NS)
		model_check(world, overdue != 0, "a starving waiter did not find out");
	if (lt_now_ns() - actor->since < LT_HANDOFF_BOUND_NS)
		model_check(world, overdue == 0, "a waiter starved too early");
	actor->overdue = overdue;
}

/* It stays signalled unless it gets the key. */
static void
come(struct world *world, struct actor *actor)
{
	struct room *room = &world->rooms[actor->key];
	const bool is_admitted = model_admits(room, actor->is_shared);

	model_check(world, lt_suspension_poll(actor->suspension) == (is_admitted ? LT_OK : LT_SUSPENDED),
	    "a woken waiter got the key, or did not, against the model");
	if (is_admitted) {
		room->waking = false;
		model_leave_queue(room, actor);
		model_take(world, room, actor);
		end(world, actor, LT_OK);
	}
}

static void
begin_again(struct world *world, struct actor *actor)
{
	struct room *room = &world->rooms[actor->key];
	const uint64_t before = lt_now_ns();
	lt_status_t status = lt_suspension_begin(actor->suspension, actor);

	room->waking = false;
	if (model_admits(room, actor->is_shared)) {
		model_check(world, status == LT_OK, "a woken waiter did not get the key");
		model_leave_queue(room, actor);
		model_take(world, room, actor);
		end(world, actor, LT_OK);
	} else {
		model_check(world, status == LT_SUSPENDED, "a closed key was acquired");
		world->sums.parks++;
		actor->part = QUEUED;
		learn_overdue(world, actor, before);
	}
}

static void
step_holding(struct world *world, struct actor *actor)
{
	struct room *room = &world->rooms[actor->key];

	if (!actor->is_shared && pick(world, 3) == 0) {
		actor->hold = lt_downgrade(actor->hold);
		actor->is_shared = true;
		room->writes = false;
		room->readers = 1;
	} else {
		if (actor->is_shared)
			lt_release_shared(actor->hold);
		else
			lt_release(actor->hold);
		room->readers -= actor->is_shared;
		room->writes = false;
		actor->part = OUT;
	}
	model_settle(world, room);
}

static void
step(struct world *world, struct actor *actor, bool crowding)
{

	switch (actor->part) {
	case OUT:
		step_out(world, actor);
		break;
	case QUEUED:
		if (!crowding || pick(world, 4) == 0)
			step_queued(world, actor);
		break;
	case SIGNALLED:
		switch (pick(world, 4)) {
		case 0:
			interrupt_modelled(world, actor);
			break;
		case 1:
			come(world, actor);
			break;
		default:
			begin_again(world, actor);
		}
		break;
	case GRANTED:
		/* In time, as it has not come; or too late. */
		if (pick(world, 4) == 0) {
			interrupt_modelled(world, actor);
			break;
		}
		world->sums.acquisitions++;
		if (pick(world, 4) == 0) {
			model_check(world, lt_suspension_poll(actor->suspension) == LT_OK, "a grant was lost");
			interrupt(actor, pick(world, 2));
		}
		end(world, actor, LT_OK);
		break;
	case LEFT:
		end(world, actor, actor->reason);
		break;
	case HOLDING:
		if (!crowding || pick(world, 16) == 0)
			step_holding(world, actor);
	}
}

/* --- comparing ------------------------------------------------------------------------------ */

static void
compare_room(const struct world *world, size_t key)
{
	const struct room *room = &world->rooms[key];
	lt_suspension_t *line[MOST_ACTORS];
	uint32_t references = 1;

	for (size_t i = 0; i < room->queued; i++)
		line[i] = room->queue[i]->suspension;
	for (size_t a = 0; a < world->actor_count; a++)
		references += world->actors[a].part != OUT && world->actors[a].key == key;
	model_check(world, peek_holders(room->pinned) == (room->writes ? HELD_BY_WRITER : room->readers),
	    "a key's holders were others than the model's");
	model_check(world, peek_is_line(room->pinned, line, room->queued),
	    "a key's queue was another than the model's");
	model_check(world, peek_signalled(room->pinned) == room->waking && peek_is_sound(room->pinned),
	    "the queue was broken");
	model_check(world, peek_references(room->pinned) == references, "a participant was not counted once");
}

static void
compare(struct world *world)
{

	model_check(world, world->seen_count == world->expected_count && memcmp(world->seen, world->expected,
	    world->seen_count * sizeof world->seen[0]) == 0, "others were resumed, or in another order");
	world->seen_count = world->expected_count = 0;
	for (size_t a = 0; a < world->actor_count; a++) {
		struct actor *actor = &world->actors[a];
		const enum part part = actor->part;

		if (part == QUEUED || part == SIGNALLED || part == GRANTED || part == LEFT)
			model_check(world, peek_outcome(actor->suspension) ==
			    (part == GRANTED ? LT_OK : part == LEFT ? actor->reason : LT_SUSPENDED),
			    "a wait was over, or was not, against the model");
	}
	for (size_t key = 0; key < MODEL_KEYS; key++)
		compare_room(world, key);
}

static void
compare_sums(const struct world *world)
{
	lt_statistics_t sums;

	lt_table_statistics(world->table, &sums);
	model_check(world, sums.acquisitions == world->sums.acquisitions, "acquisitions were counted wrong");
	model_check(world, sums.contended == world->sums.contended, "contention was counted wrong");
	model_check(world, sums.parks == world->sums.parks, "sleeps were counted wrong");
	model_check(world, sums.hand_offs == world->sums.hand_offs, "grants were counted wrong");
	model_check(world, sums.timeouts == world->sums.timeouts &&
	    sums.cancellations == world->sums.cancellations, "failures were counted wrong");
	model_check(world, sums.keys == MODEL_KEYS && sums.refusals == 0 && sums.task_sleeps == 0,
	    "what did not happen was counted");
}

static void
run(enum form form, uint32_t fairness, size_t actors, uint64_t seed)
{
	static struct world world;
	const unsigned steps = scaled(4000);
	unsigned step_number = 0;
	bool all_out = false;

	(void)memset(&world, 0, sizeof world);
	world.table = table_make(form, 1, fairness);
	world.form = form;
	world.adaptive = fairness == LT_ADAPTIVE;
	world.seed = world.first_seed = seed;
	world.actor_count = actors;
	for (size_t a = 0; a < actors; a++)
		world.actors[a].world = &world;
	for (size_t key = 0; key < MODEL_KEYS; key++)
		world.rooms[key].pinned = pin(world.table, form, key);

	/* In the end, all go home. What follows a complaint would follow a wrong model. */
	for (; !all_out && first_complaint() == NULL; step_number++) {
		struct actor *actor = &world.actors[pick(&world, actors)];

		if (step_number < steps || actor->part != OUT)
			step(&world, actor, step_number < steps && step_number / 200 % 2 == 0);
		compare(&world);
		all_out = step_number >= steps;
		for (size_t a = 0; a < actors; a++)
			all_out = all_out && world.actors[a].part == OUT;
	}
	compare_sums(&world);
	if (first_complaint() != NULL)
		return;
	for (size_t key = 0; key < MODEL_KEYS; key++)
		lt_unpin(world.rooms[key].pinned);
	model_check(&world, lt_table_count(world.table) == 0, "entries were left");
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
