/* Acquisitions by tasks: what the Swift side does, without Swift. */
#include "calls.h"

#include <string.h>

struct task {
	int number;			/* Counts the thread's tasks. */
	int key;
	lt_suspension_t *suspension;
	bool is_resumed;
	int left;			/* Threads that it has left, and that are not done yet. */
	ex_time_t order;		/* The runtime orders who resumes or cancels before who goes on. */
	enum { TO_BE_CANCELLED, BEING_CANCELLED, NOT_ANY_MORE } cancellation;
};

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
	/* It may come late: in the thread's next task, which is not its own. */
	if (task->cancellation == NOT_ANY_MORE || task->number != (int)((intptr_t)argument / EX_THREADS))
		return;
	task->cancellation = BEING_CANCELLED;
	lt_suspension_cancel(task->suspension);
	ex_joins(&task->order, ex_time_of(ex_self()));
	ex_tick();
	task->cancellation = NOT_ANY_MORE;
}

/* A task that is resumed while the thread that suspended it is still about it. */
static void
begin_elsewhere(void *argument)
{
	struct task *task = argument;
	const int key = task->key;

	ex_joins(ex_time_of(ex_self()), &task->order);
	begin_call(key, false);
	if (lt_suspension_begin(task->suspension, task) != LT_SUSPENDED)
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

static lt_hold_t
wait_as_task(lt_hold_t pinned, uint64_t deadline, bool cancelled, bool moves)
{
	struct task *task = &tasks[ex_self()];
	lt_status_t status;

	task->suspension = lt_suspension_create(pinned, deadline, resume);
	if (task->suspension == NULL)
		ex_fail("no suspension");
	memset(&task->order, 0, sizeof task->order);
	task->cancellation = cancelled ? TO_BE_CANCELLED : NOT_ANY_MORE;
	task->number++;
	if (cancelled)
		(void)ex_spawn("the canceller", cancel,
		    (void *)(intptr_t)(task->number * EX_THREADS + ex_self()));
	do {
		task->is_resumed = false;
		if (moves) {
			suspend_elsewhere(task);
			status = lt_suspension_outcome(task->suspension);
			continue;
		}
		status = lt_suspension_begin(task->suspension, task);
		if (status == LT_SUSPENDED) {
			(void)ex_block(is_resumed, task, UINT64_MAX, true);
			ex_joins(ex_time_of(ex_self()), &task->order);
			status = lt_suspension_come(task->suspension);
		}
	} while (status == LT_SUSPENDED);
	/* As the runtime does: the end of a handler's scope comes after the handler. */
	if (task->cancellation == TO_BE_CANCELLED)
		task->cancellation = NOT_ANY_MORE;
	(void)ex_block(is_let_alone, task, UINT64_MAX, false);
	ex_joins(ex_time_of(ex_self()), &task->order);
	return lt_suspension_end(task->suspension);
}

static void
run_task(const struct call *call, bool shared, uint64_t delay, bool cancelled, bool moves)
{
	lt_hold_t hold = acquire(call->key, shared, LT_OR_PIN);

	begin_call(call->key, true);
	if (((uintptr_t)hold.place & LT_PIN_BIT) != 0) {
		hold.place = (char *)hold.place - LT_PIN_BIT + (shared ? LT_SHARED_BIT : 0);
		tasks[ex_self()].key = call->key;
		hold = wait_as_task(hold, delay > 0 ? lt_deadline_after_ns(delay) : LT_FOREVER, cancelled,
		    moves);
	}
	end_call(call->key);
	if (hold.place != NULL)
		hold_for_a_while(call->key, hold, shared);
	else if (!(cancelled && hold.tag == LT_CANCELLED) && !(delay > 0 && hold.tag == LT_TIMED_OUT))
		ex_fail("a task's acquisition returned %u", (unsigned)hold.tag);
}

void run_a(const struct call *call) { run_task(call, false, 0, false, false); }
void run_r(const struct call *call) { run_task(call, false, 0, true, true); }
void run_h(const struct call *call) { run_task(call, true, 0, false, false); }
void run_b(const struct call *call) { run_task(call, false, 0, true, false); }
void run_f(const struct call *call) { run_task(call, false, 100, false, false); }
