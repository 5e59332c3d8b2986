/* Threads: fibers, one of which runs at a time. The search chooses the next. */
#include "search.h"

#include <ucontext.h>

#define MOST_STEPS	20000

struct fiber {
	const char *name;
	ucontext_t context;
	void (*run)(void *);
	void *argument;
	bool (*may_run)(void *);	/* NULL: it may. */
	void *may_run_of;
	uint64_t deadline;
	uintptr_t top;
	unsigned priority;
	bool timed_out, asleep, done;
};

static struct fiber fibers[EX_THREADS];
static int fiber_count;
int ex_current;
static uint64_t steps;
static unsigned lowest;		/* Of all priorities. */

void
scheduler_reset(void)
{

	fiber_count = 0;
	ex_current = 0;
	steps = 0;
	lowest = EX_PRIORITIES;
}

void
scheduler_start(void)
{

	(void)setcontext(&fibers[0].context);
}

uint64_t
scheduler_steps(void)
{

	return steps;
}

const char *
ex_name_of(int thread)
{

	return fibers[thread].name;
}

bool
ex_is_running(int thread)
{

	return !fibers[thread].done && !fibers[thread].asleep;
}

bool
ex_is_alone(void)
{

	for (int i = 1; i < fiber_count; i++) {
		if (!fibers[i].done)
			return false;
	}
	return true;
}

uintptr_t
ex_stack_top(int thread)
{

	return thread == ex_current ? 0 : fibers[thread].top;
}

static void
begin(void)
{
	struct fiber *self = &fibers[ex_current];

	self->run(self->argument);
	self->done = true;
	ex_block(NULL, NULL, 0, false);
}

/* Of one that has ended, if there is no other. */
static int
free_place(void)
{

	if (fiber_count < EX_THREADS)
		return fiber_count++;
	for (int i = 1; i < EX_THREADS; i++) {
		if (fibers[i].done && i != ex_current)
			return i;
	}
	ex_fail("more than %d threads", EX_THREADS);
}

int
ex_spawn(const char *name, void (*run)(void *), void *argument)
{
	int thread = free_place();
	struct fiber *fiber = &fibers[thread];

	*fiber = (struct fiber){ .name = name, .run = run, .argument = argument,
		.deadline = UINT64_MAX, .priority = EX_PRIORITIES + (unsigned)(search_roll() % 1000) };
	(void)getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = ex_memory() + EX_ARENA + (size_t)thread * EX_STACK;
	fiber->context.uc_stack.ss_size = EX_STACK;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, begin, 0);
	ex_thread_begins(thread, ex_current);
	return thread;
}

static bool
may_run(const struct fiber *fiber)
{

	return !fiber->done && (fiber->may_run == NULL || fiber->may_run(fiber->may_run_of));
}

static void
switch_to(int thread)
{
	struct fiber *from = &fibers[ex_current], *to = &fibers[thread];

	if (!may_run(to)) {
		to->timed_out = true;
		ex_advance(to->deadline);
	}
	to->may_run = NULL;
	to->asleep = false;
	if (thread == ex_current)
		return;
	from->top = (uintptr_t)__builtin_frame_address(0);
	ex_current = thread;
	(void)swapcontext(&from->context, &to->context);
}

/* The threads that can go on, the current one first, and then those that could if time went by. */
static unsigned
list_candidates(int list[EX_THREADS], unsigned *ready)
{
	unsigned count = 0;

	if (may_run(&fibers[ex_current]))
		list[count++] = ex_current;
	for (int i = 0; i < fiber_count; i++) {
		if (i != ex_current && may_run(&fibers[i]))
			list[count++] = i;
	}
	*ready = count;
	for (int i = 0; i < fiber_count; i++) {
		if (!fibers[i].done && fibers[i].deadline != UINT64_MAX && !may_run(&fibers[i]) &&
		    (fibers[i].asleep || *ready == 0))
			list[count++] = i;
	}
	return count;
}

static unsigned
by_priority(const int *list, unsigned count)
{
	unsigned best = 0;

	if (search_changes(steps))
		fibers[ex_current].priority = lowest--;
	for (unsigned i = 1; i < count; i++) {
		if (fibers[list[i]].priority > fibers[list[best]].priority)
			best = i;
	}
	return best;
}

/* `free`: to stop the current one costs nothing. */
static void
reschedule(bool free)
{
	int list[EX_THREADS];
	unsigned ready, chosen, count = list_candidates(list, &ready);
	bool stops;

	if (++steps > MOST_STEPS)
		ex_fail("an execution of more than %d steps: a loop that does not end", MOST_STEPS);
	ex_check_state();
	if (count == 0)
		ex_fail("no thread can go on");
	if (ready == 0)
		ex_check_standstill();
	stops = !free && ready > 0 && list[0] == ex_current;
	if (search_left(EX_WHO) <= 0 && ready > 0)
		count = stops ? 1 : ready;
	/* Time goes by now and then only. */
	if (search_is_random() && count > 1)
		chosen = search_take(count, by_priority(list,
		    ready > 0 && ready < count && search_roll() % 16 != 0 ? ready : count));
	else
		chosen = search_choose(count);
	/* Time that goes by while a thread could go on is a preemption of them all. */
	if ((ready > 0 && chosen >= ready) || (stops && chosen > 0))
		search_spend(EX_WHO);
	switch_to(list[chosen]);
}

void
ex_step(void)
{

	reschedule(false);
}

void
ex_yield(void)
{

	reschedule(true);
}

bool
ex_block(bool (*until)(void *), void *argument, uint64_t deadline, bool asleep)
{
	struct fiber *self = &fibers[ex_current];

	self->may_run = until;
	self->may_run_of = argument;
	self->deadline = deadline;
	self->asleep = asleep;
	self->timed_out = false;
	reschedule(false);
	self->deadline = UINT64_MAX;
	return !self->timed_out;
}
