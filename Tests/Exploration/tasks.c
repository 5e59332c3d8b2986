/* Acquisitions by tasks: what the Swift side does, without Swift. */
#include "calls.h"
#include "flights.h"

#include <string.h>

/* Longer than several sweeps of the monitor. */
#define STANDSTILL_NS	UINT64_C(20000000)

struct task {
	int number;			/* Counts the thread's tasks. */
	int key;
	lt_suspension_t *suspension;
	bool is_resumed;
	bool was_suspended;
	const void *awaited;		/* The flight that it waits for. */
	bool stands_still;		/* Its executor, the next time that it is resumed. */
	int left;			/* Threads that it has left, and that are not done yet. */
	ex_time_t order;		/* Resuming and cancelling come before what it does next. */
	enum { TO_BE_CANCELLED, BEING_CANCELLED, NOT_ANY_MORE } cancellation;
};

static void
note_suspension(struct task *task)
{

	so_far.suspensions++;
	so_far.suspended += !task->was_suspended;
	task->was_suspended = true;
}

static struct task tasks[EX_THREADS];	/* Of each thread, the one that it is. */

void
tasks_reset(void)
{

	memset(tasks, 0, sizeof tasks);
}

static void
resume(void *continuation)
{
	struct task *task = continuation;

	ex_step();
	if (task->is_resumed)
		ex_fail("a continuation is resumed twice");
	task->is_resumed = true;
	ex_joins(&task->order, ex_time_of(ex_self()));
	ex_tick();
	ex_note(NULL, "resumes a task");
}

static bool
is_resumed(void *task)
{

	return ((struct task *)task)->is_resumed;
}

static bool
has_left_less_than_two(void *task)
{

	return ((struct task *)task)->left < 2;
}

static bool
is_let_alone(void *task)
{

	return ((struct task *)task)->cancellation != BEING_CANCELLED;
}

static void
cancel(void *argument)
{
	struct task *task = &tasks[(intptr_t)argument % EX_THREADS];

	ex_step();
	/* It may be late: in the thread's next task, which is not its own. */
	if (task->cancellation == NOT_ANY_MORE || task->number != (int)((intptr_t)argument / EX_THREADS))
		return;
	task->cancellation = BEING_CANCELLED;
	so_far.cancelling++;
	lt_suspension_cancel(task->suspension);
	so_far.cancelling--;
	ex_joins(&task->order, ex_time_of(ex_self()));
	ex_tick();
	task->cancellation = NOT_ANY_MORE;
}

/* A task that is resumed while the thread that suspended it is still at it. */
static void
begin_elsewhere(void *argument)
{
	struct task *task = argument;
	const int key = task->key;

	ex_joins(ex_time_of(ex_self()), &task->order);
	begin_call(key, false);
	if (lt_suspension_begin(task->suspension, task) == LT_SUSPENDED)
		note_suspension(task);
	else
		resume(task);
	end_call(key);
	task->left--;
}

static void
suspend_elsewhere(struct task *task)
{

	/* Two at once may be about one suspension; threads are few here. */
	if (!has_left_less_than_two(task))
		(void)ex_block(has_left_less_than_two, task, UINT64_MAX, false);
	task->left++;
	ex_joins(&task->order, ex_time_of(ex_self()));
	ex_tick();
	(void)ex_spawn("the thread left", begin_elsewhere, task);
	(void)ex_block(is_resumed, task, UINT64_MAX, true);
	ex_joins(ex_time_of(ex_self()), &task->order);
}

static bool
never(void *unused)
{

	(void)unused;
	return false;
}

/* It was resumed, and does not run while anything else goes on, the monitor's sweeps included. */
static void
stand_still(struct task *task)
{

	if (!task->stands_still)
		return;
	task->stands_still = false;
	so_far.stuck++;
	(void)ex_block(never, NULL, ex_now() + STANDSTILL_NS, true);
	so_far.stuck--;
}

void
task_waits_for(void *continuation, const void *trip)
{
	struct task *task = continuation;

	if (task->awaited != NULL && task->awaited != trip)
		ex_fail("a caller that waits for one flight waits for another one");
	task->awaited = trip;
}

/* Whoever waits for a flight is given its result, or leaves. */
static void
check_awaited(const struct task *task, lt_status_t status)
{

	if (task->awaited == NULL)
		return;
	if (status == LT_OK)
		ex_fail("a caller that waits for a flight is to begin one");
	if (status == LT_LANDED && lt_suspension_flight(task->suspension) != task->awaited)
		ex_fail("a caller has the result of a flight that it did not wait for");
}

static lt_status_t
wait_as_task(lt_hold_t pinned, uint64_t deadline, struct how how, struct trip *trip)
{
	struct task *task = &tasks[ex_self()];
	lt_status_t status;

	task->stands_still = how.stalling;
	task->was_suspended = false;
	task->awaited = NULL;
	task->suspension = lt_suspension_create(pinned, deadline, resume);
	if (task->suspension == NULL)
		ex_fail("no suspension");
	if (how.permits > 1)
		lt_suspension_set_permits(task->suspension, (uint32_t)how.permits);
	if (trip != NULL)
		lt_suspension_set_flight(task->suspension, trip_flight(trip));
	memset(&task->order, 0, sizeof task->order);
	task->cancellation = how.cancelled ? TO_BE_CANCELLED : NOT_ANY_MORE;
	task->number++;
	if (how.cancelled)
		(void)ex_spawn("the canceller", cancel,
		    (void *)(intptr_t)(task->number * EX_THREADS + ex_self()));
	do {
		task->is_resumed = false;
		if (how.moving) {
			suspend_elsewhere(task);
			status = lt_suspension_poll(task->suspension);
			continue;
		}
		status = lt_suspension_begin(task->suspension, task);
		if (status == LT_SUSPENDED) {
			note_suspension(task);
			if (trip != NULL)
				flight_launch(trip);
			(void)ex_block(is_resumed, task, UINT64_MAX, true);
			stand_still(task);
			ex_joins(ex_time_of(ex_self()), &task->order);
			status = lt_suspension_poll(task->suspension);
		}
	} while (status == LT_SUSPENDED);
	/* As the runtime does: the end of a handler's scope comes after the handler. */
	if (task->cancellation == TO_BE_CANCELLED)
		task->cancellation = NOT_ANY_MORE;
	(void)ex_block(is_let_alone, task, UINT64_MAX, false);
	ex_joins(ex_time_of(ex_self()), &task->order);
	check_awaited(task, status);
	return status;
}

static uint64_t
deadline_of_task(struct how how)
{

	return how.timed ? lt_deadline_after_ns(100) : how.unrefused ? LT_UNREFUSED : LT_FOREVER;
}

lt_status_t
task_wait(lt_suspension_t **suspension, lt_hold_t place, int key, struct how how, struct trip *trip)
{
	lt_status_t status;

	tasks[ex_self()].key = key;
	status = wait_as_task(place, deadline_of_task(how), how, trip);
	*suspension = tasks[ex_self()].suspension;
	return status;
}

void
run_task(const struct call *call)
{
	const struct how how = call->kind->how;
	const bool was = was_shut_down();
	lt_hold_t hold = acquire(call->key, how.shared, LT_OR_PIN);

	begin_call(call->key, true);
	if (((uintptr_t)hold.place & LT_PIN_BIT) != 0) {
		hold.place = (char *)hold.place - LT_PIN_BIT + (how.shared ? LT_SHARED_BIT : 0);
		tasks[ex_self()].key = call->key;
		(void)wait_as_task(hold, deadline_of_task(how), how, NULL);
		hold = lt_suspension_end(tasks[ex_self()].suspension);
	}
	end_call(call->key);
	if (hold.place != NULL && was && !how.unrefused)
		ex_fail("a task has a key of a table that was shut down before");
	if (hold.place != NULL)
		hold_for_a_while(call->key, hold, how.shared);
	else
		check_failure(how, (lt_status_t)hold.tag);
}
