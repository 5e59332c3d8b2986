/* Turns: what the Swift side does, without Swift; and what must be true of them in every state. */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include "calls.h"
#include "lt_suspend.h"
#include "records.h"
#include "turns.h"

#include <string.h>

/* Longer than several sweeps of the monitor. */
#define STANDSTILL_NS	UINT64_C(20000000)
#define MOST_TURNS	2		/* Of a thread, at a time. */

struct turn {
	int number;			/* Counts those that were in this place. */
	int key;
	lt_suspension_t *suspension;	/* NULL: none. */
	unsigned place;			/* Which one it was to join a queue; 0: none yet. */
	bool has_key;			/* It was seen so. */
	/* When it was seen to wait last, these were in line before it. */
	const struct lt_waiter *ahead[EX_THREADS];
	int ahead_count;
	lt_status_t reason;		/* Why it was seen to have left. */
	bool is_awaited, is_resumed, is_over, is_dropped;
	ex_time_t order;		/* Resuming and cancelling come before what it does next. */
	int cancelling;			/* Cancellations in progress. */
};

static struct turn turns[EX_THREADS][MOST_TURNS];
static unsigned joined;

void
turns_reset(void)
{

	memset(turns, 0, sizeof turns);
	joined = 0;
}

/* --- in every state --------------------------------------------------------------------- */

static bool
exists(const struct turn *turn)
{

	return turn->suspension != NULL && !ex_is_freed(turn->suspension);
}

/* No turn of the key that has joined before this one may still wait. */
static void
check_order(const struct turn *turn)
{

	for (int i = 0; i < EX_THREADS * MOST_TURNS; i++) {
		const struct turn *other = &turns[0][0] + i;

		if (!exists(other) || other->key != turn->key || other->place == 0 ||
		    other->suspension->waiter.state != LT_QUEUED)
			continue;
		if (turn->place == 0 || other->place < turn->place)
			ex_fail("a turn has key %c before one that joined the queue before it",
			    key_name(turn->key));
	}
}

static bool
is_in_line(const struct lt_entry *entry, const struct lt_waiter *wanted)
{
	const struct lt_waiter *waiter = entry->queue;

	if (waiter == NULL)
		return false;
	do {
		if (waiter == wanted)
			return waiter->state != LT_STALLED;
		waiter = waiter->next;
	} while (waiter != entry->queue);
	return false;
}

static void
note_ahead(struct turn *turn)
{
	const struct lt_waiter *own = &turn->suspension->waiter;

	turn->ahead_count = 0;
	for (const struct lt_waiter *waiter = own->entry->queue;
	    waiter != own && turn->ahead_count < EX_THREADS; waiter = waiter->next)
		turn->ahead[turn->ahead_count++] = waiter;
}

/*
 * It has passed no waiter in line. If it was never seen to wait, the queue is as it was when it
 * took the key.
 */
static void
check_has_key(struct turn *turn)
{
	const struct lt_entry *entry = turn->suspension->waiter.entry;
	const struct lt_waiter *oldest = entry->queue;

	turn->has_key = true;
	check_order(turn);
	if (turn->place == 0 && oldest != NULL && oldest->state != LT_STALLED)
		ex_fail("a turn has key %c before a waiter in line", key_name(turn->key));
	for (int i = 0; i < turn->ahead_count; i++) {
		if (is_in_line(entry, turn->ahead[i]))
			ex_fail("a turn has key %c and has passed a waiter", key_name(turn->key));
	}
}

static void
check(struct turn *turn)
{
	const struct lt_waiter *waiter = &turn->suspension->waiter;

	switch (waiter->state) {
	case LT_IDLE:
		break;
	case LT_QUEUED:
		if (turn->has_key)
			ex_fail("a turn waits again that had key %c", key_name(turn->key));
		if (turn->place == 0)
			turn->place = ++joined;
		note_ahead(turn);
		break;
	case LT_GRANTED:
	case LT_CLAIMED:
		if (!turn->has_key)
			check_has_key(turn);
		break;
	case LT_LEFT:
		/* Of one that is being dropped, what happened before that. */
		if (!turn->is_dropped || waiter->reason != LT_CANCELLED)
			turn->reason = waiter->reason;
		break;
	default:
		ex_fail("a turn is in state %u", (unsigned)waiter->state);
	}
}

void
turns_check(void)
{

	for (int i = 0; i < EX_THREADS * MOST_TURNS; i++) {
		struct turn *turn = &turns[0][0] + i;

		if (exists(turn))
			check(turn);
	}
}

bool
turns_have_record(const struct lt_record *record)
{

	for (int i = 0; i < EX_THREADS * MOST_TURNS; i++) {
		const struct turn *turn = &turns[0][0] + i;

		if (exists(turn) && turn->suspension->waiter.record == record)
			return true;
	}
	return false;
}

/* --- the call ----------------------------------------------------------------------------- */

static void
resume(void *continuation)
{
	struct turn *turn = continuation;

	ex_step();
	if (turn == NULL || !turn->is_awaited)
		ex_fail("a turn is resumed that nobody awaits");
	if (turn->is_resumed)
		ex_fail("a continuation is resumed twice");
	turn->is_resumed = true;
	ex_joins(&turn->order, ex_time_of(ex_self()));
	ex_tick();
	ex_note(NULL, "resumes the owner of a turn");
}

static bool
is_resumed(void *turn)
{

	return ((struct turn *)turn)->is_resumed;
}

static bool
never(void *unused)
{

	(void)unused;
	return false;
}

static bool
is_let_alone(void *turn)
{

	return ((struct turn *)turn)->cancelling == 0;
}

/* Also after its end, while the table is open. */
static void
cancel(void *argument)
{
	struct turn *turn = &turns[(intptr_t)argument % EX_THREADS][0];

	ex_step();
	if (turn->is_dropped || turn->number != (int)((intptr_t)argument / EX_THREADS) ||
	    (turn->is_over && so_far.may_be_closed))
		return;
	turn->cancelling++;
	lt_suspension_cancel(turn->suspension);
	ex_joins(&turn->order, ex_time_of(ex_self()));
	ex_tick();
	turn->cancelling--;
}

static void
enqueue(struct turn *turn, lt_hold_t place, int key, struct how how)
{

	model_unpin(&ex_model, (unsigned)key);
	if (how.shared)
		place.place = (char *)place.place + LT_SHARED_BIT;
	*turn = (struct turn){ .number = turn->number + 1, .key = key };
	turn->suspension = lt_suspension_create(place,
	    how.timed ? lt_deadline_after_ns(100) : LT_FOREVER, resume);
	if (turn->suspension == NULL)
		ex_fail("no suspension");
	if (how.cancelled)
		(void)ex_spawn("the canceller", cancel,
		    (void *)(intptr_t)(turn->number * EX_THREADS + ex_self()));
	(void)lt_turn_enqueue(turn->suspension);
	so_far.suspended += lt_suspension_joined(turn->suspension) != 0;
}

/* Nobody cancels it any more. */
static void
drop(struct turn *turn)
{

	turn->is_dropped = true;
	(void)ex_block(is_let_alone, turn, UINT64_MAX, false);
	ex_joins(ex_time_of(ex_self()), &turn->order);
	lt_turn_drop(turn->suspension);
	turn->suspension = NULL;
}

static lt_status_t
await(struct turn *turn)
{
	lt_status_t status;

	turn->is_awaited = true;
	status = lt_turn_await(turn->suspension, turn);
	if (status != LT_SUSPENDED)
		return status;
	so_far.suspensions++;
	(void)ex_block(is_resumed, turn, UINT64_MAX, true);
	ex_joins(ex_time_of(ex_self()), &turn->order);
	status = lt_suspension_poll(turn->suspension);
	if (status == LT_SUSPENDED)
		ex_fail("a turn was resumed for nothing");
	return status;
}

static void
await_and_hold(struct turn *turn, struct how how)
{
	const lt_status_t status = await(turn);

	turn->is_over = true;
	if (status == LT_OK) {
		/* The end of the hold may be that of the table, which a cancellation needs. */
		if (so_far.may_be_closed)
			(void)ex_block(is_let_alone, turn, UINT64_MAX, false);
		hold_for_a_while(turn->key, lt_turn_end(turn->suspension), how.shared);
		begin_call(turn->key, true);
	} else {
		check_failure(how, status);
		if (so_far.may_be_closed)
			(void)ex_block(is_let_alone, turn, UINT64_MAX, false);
		if (lt_turn_end(turn->suspension).tag != status)
			ex_fail("a turn has ended for another reason");
	}
	drop(turn);
}

/* Its owner does not come to wait. */
static void
drop_unawaited(struct turn *turn, struct how how)
{

	ex_step();
	drop(turn);
	if (turn->reason != LT_OK)
		check_failure(how, turn->reason);
}

void
run_turn(const struct call *call)
{
	const struct how how = call->kind->how;
	const bool was = was_shut_down();
	struct turn *own = turns[ex_self()];
	lt_hold_t places[MOST_TURNS];

	for (int i = 0; i <= how.twice; i++)
		places[i] = pin(call->key);
	begin_call(call->key, true);
	calls_of[call->key].can_fail[ex_self()] = true;
	for (int i = 0; i <= how.twice; i++)
		enqueue(&own[i], places[i], call->key, how);
	if (was && own[0].suspension->waiter.state != LT_LEFT)
		ex_fail("a turn has joined the queue of a table that was shut down before");
	if (how.stalling)
		(void)ex_block(never, NULL, ex_now() + STANDSTILL_NS, true);
	for (int i = 0; i <= how.twice; i++) {
		if (how.dropped)
			drop_unawaited(&own[i], how);
		else
			await_and_hold(&own[i], how);
	}
	end_call(call->key);
}
