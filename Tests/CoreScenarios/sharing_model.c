#include "sharing_model.h"

#include <stdio.h>

void
model_check(const struct world *world, bool condition, const char *sentence)
{
	static char said[200];

	if (condition || first_complaint() != NULL)
		return;
	(void)snprintf(said, sizeof said, "%s (seed %llu, %s)", sentence,
	    (unsigned long long)world->first_seed, world->adaptive ? "adaptive" : "FIFO");
	complain(said);
}

static bool
is_free(const struct room *room)
{

	return !room->writes && room->readers == 0;
}

bool
model_admits(const struct room *room, bool shared)
{

	return is_free(room) || (shared && !room->writes);
}

bool
model_is_open(const struct world *world, const struct room *room, bool shared)
{

	if (is_free(room))
		return world->adaptive || room->queued == 0;
	for (size_t i = 0; i < room->queued; i++) {
		if (!room->queue[i]->is_shared)
			return false;
	}
	return shared && !room->writes;
}

static void
take_place(struct world *world, struct room *room, const struct actor *actor)
{

	room->readers += actor->is_shared;
	room->writes = !actor->is_shared;
	world->sums.acquisitions++;
}

void
model_leave_queue(struct room *room, const struct actor *actor)
{
	size_t kept = 0;

	for (size_t i = 0; i < room->queued; i++) {
		if (room->queue[i] != actor)
			room->queue[kept++] = room->queue[i];
	}
	room->queued = kept;
}

void
model_expect_resumed(struct world *world, struct actor *actor)
{

	world->expected[world->expected_count++] = actor;
}

static void
grant(struct world *world, struct room *room, struct actor *actor)
{

	if (actor->part == SIGNALLED)
		room->waking = false;
	else
		model_expect_resumed(world, actor);
	model_leave_queue(room, actor);
	take_place(world, room, actor);
	/* It counts when it is claimed. */
	world->sums.acquisitions--;
	world->sums.hand_offs++;
	actor->part = GRANTED;
	if (room->queued > 0 && actor->overdue != 0 && room->queue[0]->overdue == 0 &&
	    room->queue[0]->since + LT_HANDOFF_BOUND_NS <= actor->overdue)
		room->queue[0]->overdue = actor->overdue;
}

void
model_settle(struct world *world, struct room *room)
{

	while (room->queued > 0 && model_admits(room, room->queue[0]->is_shared)) {
		struct actor *oldest = room->queue[0];

		if (is_free(room) && world->adaptive && oldest->overdue == 0) {
			if (!room->waking) {
				room->waking = true;
				oldest->part = SIGNALLED;
				model_expect_resumed(world, oldest);
			}
			return;
		}
		grant(world, room, oldest);
	}
}

void
model_interrupt(struct world *world, struct room *room, struct actor *actor, bool cancel)
{
	const enum part before = actor->part;

	/* A free key, for which those before it do not come, is taken at the deadline. */
	if (before == QUEUED && !cancel && is_free(room) && (world->adaptive || room->queue[0] == actor)) {
		grant(world, room, actor);
		model_settle(world, room);
		return;
	}
	if (before == GRANTED) {
		room->readers -= actor->is_shared;
		room->writes = false;
	} else {
		model_leave_queue(room, actor);
	}
	room->waking = room->waking && before != SIGNALLED;
	actor->part = LEFT;
	actor->reason = cancel ? LT_CANCELLED : LT_TIMED_OUT;
	model_count_failure(world, actor->reason);
	model_settle(world, room);
	if (before == QUEUED)
		model_expect_resumed(world, actor);
}

void
model_take(struct world *world, struct room *room, struct actor *actor)
{

	take_place(world, room, actor);
	actor->part = HOLDING;
	if (actor->is_shared)
		model_settle(world, room);
}

void
model_count_failure(struct world *world, lt_status_t reason)
{

	world->sums.cancellations += reason == LT_CANCELLED;
	world->sums.timeouts += reason == LT_TIMED_OUT;
}
