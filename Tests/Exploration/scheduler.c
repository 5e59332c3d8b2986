/*
 * Threads, one of which runs at a time, and the choices that order them. The search
 * is stateless: an execution is a list of choices, and the next one changes the last
 * choice that has another possibility left (CHESS: Musuvathi and Qadeer, 2007; PCT:
 * Burckhardt et al., 2010).
 */
#include "explorer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define MOST_CHOICES	20000
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

struct choice {
	uint8_t of, chosen;
};

static struct fiber fibers[EX_THREADS];
static int fiber_count, current;
static ucontext_t outside;

static struct choice choices[MOST_CHOICES];
static size_t choice_count, choices_given;
static int spent[EX_CHOICES];
static uint64_t steps;
static char failure[512];
static bool traced;
static struct { bool on; uint64_t state; uint64_t changes[4]; unsigned lowest; } dice;

struct ex_bounds ex_bounds;
uint64_t ex_most_executions = 100000000;
bool ex_is_silent;

static uint64_t
roll(void)
{

	dice.state ^= dice.state << 13;
	dice.state ^= dice.state >> 7;
	dice.state ^= dice.state << 17;
	return dice.state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static int
left_of(enum ex_choice kind)
{
	const int bounds[EX_CHOICES] = {
		ex_bounds.preemptions, ex_bounds.stale, ex_bounds.jumps, ex_bounds.faults
	};

	return bounds[kind] - spent[kind];
}

static unsigned
choose(unsigned n)
{
	struct choice *choice = &choices[choice_count];

	if (n < 2)
		return 0;
	if (choice_count == MOST_CHOICES)
		ex_fail("an execution of more than %d choices", MOST_CHOICES);
	if (choice_count++ < choices_given) {
		if (choice->chosen >= n)
			ex_fail("these choices are not of this program");
	} else {
		choice->chosen = dice.on ? (uint8_t)(roll() % 8 == 0 ? roll() % n : 0) : 0;
	}
	choice->of = (uint8_t)n;
	return choice->chosen;
}

unsigned
ex_choose(enum ex_choice kind, unsigned n)
{
	unsigned chosen = left_of(kind) > 0 ? choose(n) : 0;

	spent[kind] += chosen > 0;
	return chosen;
}

/* --- threads ------------------------------------------------------------------------ */

int
ex_self(void)
{

	return current;
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

	return thread == current ? 0 : fibers[thread].top;
}

const char *
ex_failure(void)
{

	return failure;
}

bool
ex_is_traced(void)
{

	return traced;
}

static void
begin(void)
{
	struct fiber *self = &fibers[current];

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
		if (fibers[i].done && i != current)
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
		.deadline = UINT64_MAX, .priority = 100 + (unsigned)(roll() % 1000) };
	(void)getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = ex_memory() + EX_ARENA + (size_t)thread * EX_STACK;
	fiber->context.uc_stack.ss_size = EX_STACK;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, begin, 0);
	ex_thread_begins(thread, current);
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
	struct fiber *from = &fibers[current], *to = &fibers[thread];

	if (!may_run(to)) {
		to->timed_out = true;
		ex_advance(to->deadline);
	}
	to->may_run = NULL;
	to->asleep = false;
	if (thread == current)
		return;
	from->top = (uintptr_t)__builtin_frame_address(0);
	current = thread;
	(void)swapcontext(&from->context, &to->context);
}

/* Who can go on, the current one first, and then who could if time went by. */
static unsigned
list_candidates(int list[EX_THREADS], unsigned *ready)
{
	unsigned count = 0;

	if (may_run(&fibers[current]))
		list[count++] = current;
	for (int i = 0; i < fiber_count; i++) {
		if (i != current && may_run(&fibers[i]))
			list[count++] = i;
	}
	*ready = count;
	for (int i = 0; i < fiber_count; i++) {
		if (!fibers[i].done && fibers[i].deadline != UINT64_MAX && !may_run(&fibers[i]))
			list[count++] = i;
	}
	return count;
}

static unsigned
by_priority(const int *list, unsigned count)
{
	unsigned best = 0;

	for (size_t i = 0; i < sizeof dice.changes / sizeof dice.changes[0]; i++) {
		if (steps == dice.changes[i])
			fibers[current].priority = dice.lowest--;
	}
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

	if (++steps > MOST_STEPS)
		ex_fail("an execution of more than %d steps: a loop that does not end", MOST_STEPS);
	ex_check_state();
	if (count == 0)
		ex_fail("nobody can go on");
	if (ready == 0)
		ex_check_standstill();
	if (!free && ready > 0 && list[0] == current) {
		if (left_of(EX_WHO) <= 0)
			count = 1;
	} else if (ready > 0 && left_of(EX_WHO) <= 0) {
		count = ready;
	}
	if (dice.on && choice_count >= choices_given && count > 1) {
		/* Time goes by now and then only. */
		chosen = by_priority(list, ready > 0 && roll() % 16 != 0 ? ready : count);
		choices[choice_count] = (struct choice){ 0, (uint8_t)chosen };
		choices_given = choice_count + 1;
	}
	chosen = choose(count);
	/* Time that goes by while somebody could go on is a preemption of them all. */
	spent[EX_WHO] += (ready > 0 && chosen >= ready) || (!free && ready > 0 && list[0] == current && chosen > 0);
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
	struct fiber *self = &fibers[current];

	self->may_run = until;
	self->may_run_of = argument;
	self->deadline = deadline;
	self->asleep = asleep;
	self->timed_out = false;
	reschedule(false);
	self->deadline = UINT64_MAX;
	return !self->timed_out;
}

/* --- executions --------------------------------------------------------------------- */

void
ex_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(failure, sizeof failure, format, arguments);
	va_end(arguments);
	(void)setcontext(&outside);
	abort();
}

static void
run_first(void *setup)
{

	(*(void (**)(void))setup)();
	(void)setcontext(&outside);
}

/* True: without a failure. */
static bool
execute(void (*setup)(void))
{
	volatile bool begun = false;

	choice_count = 0;
	steps = 0;
	memset(spent, 0, sizeof spent);
	fiber_count = 0;
	current = 0;
	failure[0] = 0;
	ex_memory_reset();
	ex_machine_reset();
	(void)ex_spawn("the first", run_first, &setup);

	/* Both the end and a failure come back here. */
	(void)getcontext(&outside);
	if (!begun) {
		begun = true;
		(void)setcontext(&fibers[0].context);
	}
	return failure[0] == 0;
}

void
ex_print_choices(void)
{

	for (size_t i = 0; i < choice_count; i++) {
		if (choices[i].chosen > 0)
			printf("%s%zu=%u", i > 0 ? "," : "", i, choices[i].chosen);
	}
	printf(";%zu", choice_count);
}

/* Once more, in front of an audience. */
static void
report(void (*setup)(void))
{
	char first[sizeof failure];

	if (ex_is_silent)
		return;
	memcpy(first, failure, sizeof first);
	choices_given = choice_count;
	traced = true;
	ex_report_begin();
	(void)execute(setup);
	traced = false;
	ex_report_end(strcmp(first, failure) == 0 ? failure : "(not the same failure twice)");
}

static bool
next(void)
{

	while (choice_count > 0 && choices[choice_count - 1].chosen + 1 >= choices[choice_count - 1].of)
		choice_count--;
	if (choice_count == 0)
		return false;
	choices[choice_count - 1].chosen++;
	choices_given = choice_count;
	return true;
}

bool
ex_explore(void (*setup)(void), struct ex_counts *counts)
{
	uint64_t left = ex_most_executions;

	choices_given = 0;
	do {
		bool passed = execute(setup);

		counts->executions++;
		counts->steps += steps;
		if (passed && --left == 0) {
			(void)snprintf(failure, sizeof failure, "too many executions to see them all");
			passed = false;
		}
		if (!passed) {
			counts->failures++;
			report(setup);
			return false;
		}
	} while (next());
	return true;
}

bool
ex_sample(void (*setup)(void), uint64_t seed, uint64_t executions, struct ex_counts *counts)
{
	uint64_t length = 200;

	for (uint64_t i = 0; i < executions; i++) {
		bool passed;

		dice.on = true;
		dice.state = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
		dice.lowest = 99;
		for (size_t k = 0; k < sizeof dice.changes / sizeof dice.changes[0]; k++)
			dice.changes[k] = roll() % length;
		choices_given = 0;
		passed = execute(setup);
		dice.on = false;
		length = (3 * length + steps) / 4 + 1;
		counts->executions++;
		counts->steps += steps;
		if (!passed) {
			counts->failures++;
			report(setup);
			return false;
		}
	}
	return true;
}

bool
ex_replay(void (*setup)(void), const char *text)
{
	size_t at;
	unsigned chosen;
	int length;

	memset(choices, 0, sizeof choices);
	while (sscanf(text, "%zu=%u%n", &at, &chosen, &length) == 2 && at < MOST_CHOICES) {
		choices[at].chosen = (uint8_t)chosen;
		text += length;
		text += *text == ',';
	}
	choices_given = *text == ';' ? strtoul(text + 1, NULL, 10) : MOST_CHOICES;
	if (execute(setup)) {
		printf("nothing failed\n");
		return true;
	}
	report(setup);
	return false;
}
