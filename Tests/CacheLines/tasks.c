/*
 * What tasks do: two for each core, of which each holds its key while it is suspended once. The
 * cores run what is ready, from one queue, which is not counted. So a task goes on wherever a core
 * is free, and so does its suspension, which lives in the task's own memory.
 */
#include "lines.h"

#include <string.h>

#include "CLockTable.h"
#include "lt_platform.h"

#define MOST_TASKS	(2 * CL_CORES)
#define JOB_NS		50	/* What it takes to begin a task's next part. */
#define IDLE_NS		100	/* How often a core that has nothing to do looks at the queue. */
#define MANY_KEYS	100000u

static struct task {
	enum { STARTS, WAITS, HOLDS } state;
	uint32_t key;
	lt_hold_t hold;
	lt_suspension_t *suspension;
	void *memory;			/* In the arena. */
} tasks[MOST_TASKS];

static struct task *ready[MOST_TASKS];
static unsigned first, last;		/* Of those that are ready. */
static uint32_t keys;
static unsigned char holders[MANY_KEYS];

static void
resume(void *task)
{

	if (last - first == MOST_TASKS)
		cl_fail("a task is resumed twice");
	ready[last++ % MOST_TASKS] = task;
}

static void
make_tasks(uint32_t stripes, uint32_t key_count)
{

	(void)cl_make_table(stripes, LT_KEYS_INTEGER);
	keys = key_count;
	first = last = 0;
	memset(holders, 0, sizeof holders);
	for (int i = 0; i < 2 * cl_core_count(); i++) {
		cl_set_core(i / 2);
		tasks[i] = (struct task){ .memory = lt_allocate(lt_suspension_size()) };
		resume(&tasks[i]);
	}
	cl_set_core(0);
}

static void
make_few_keys(uint32_t stripes)
{

	make_tasks(stripes, (uint32_t)cl_core_count());
}

static void
make_many_keys(uint32_t stripes)
{

	make_tasks(stripes, MANY_KEYS);
}

/* The task has its key, and is suspended for another reason. */
static void
yield_with(struct task *task, lt_hold_t hold)
{

	if (holders[task->key]++ > 0)
		cl_fail("two tasks hold one key");
	task->hold = hold;
	task->state = HOLDS;
	resume(task);
}

/* From LT_SUSPENDED on the task may run elsewhere. */
static void
begin_waiting(struct task *task)
{

	task->state = WAITS;
	if (lt_suspension_begin(task->suspension, task) == LT_OK)
		yield_with(task, lt_suspension_end(task->suspension));
}

static void
acquire(struct task *task)
{
	lt_hold_t hold;

	task->key = (uint32_t)(cl_random() % keys);
	hold = lt_acquire_integer(cl_tables[0], task->key, LT_OR_PIN);
	if (((uintptr_t)hold.place & LT_PIN_BIT) == 0) {
		yield_with(task, hold);
		return;
	}
	hold.place = (char *)hold.place - LT_PIN_BIT;
	task->suspension = lt_suspension_create_in(task->memory, hold, LT_FOREVER, resume);
	begin_waiting(task);
}

static void
go_on(struct task *task)
{

	if (lt_suspension_poll(task->suspension) == LT_OK)
		yield_with(task, lt_suspension_end(task->suspension));
	else
		begin_waiting(task);
}

static bool
run_task(void)
{
	struct task *task;

	if (first == last) {
		cl_pass(IDLE_NS);
		return false;
	}
	task = ready[first++ % MOST_TASKS];
	cl_pass(JOB_NS + (cl_random() >> 59));
	switch (task->state) {
	case STARTS:
		acquire(task);
		return false;
	case WAITS:
		go_on(task);
		return false;
	default:
		holders[task->key]--;
		lt_release_while_open(task->hold.place);
		acquire(task);
		return true;
	}
}

const struct cl_scenario cl_task_scenarios[] = {
	{ "tasks-few", "tasks, two for each core, on as many keys as cores", make_few_keys,
	    run_task, .held = CL_ANY_HELD },
	{ "tasks-many", "tasks, two for each core, on 10⁵ keys", make_many_keys,
	    run_task, .held = CL_ANY_HELD, .must_scale = true },
	{ .name = NULL }
};
