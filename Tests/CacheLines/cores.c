/*
 * Cores. Each runs one thread, a fiber with a stack of its own, and has a clock, which each access
 * to memory advances. The core that is furthest behind goes next, one access at a time. As each
 * access takes a time at random, so does the order of two cores' accesses; and what takes long on
 * one of them, as a transfer does, lets others go on, as they would.
 */
#define _GNU_SOURCE
#include "lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

enum state { RUNS, SLEEPS, ENDED };

static struct core {
	uint64_t clock;
	uint64_t until;			/* The end of its sleep; UINT64_MAX: it has none. */
	const void *on;			/* Where it sleeps. */
	uint64_t turn;			/* The lower, the longer it has slept. */
	enum state state;
	bool was_woken;
	jmp_buf place;
	ucontext_t start;
} cores[CL_CORES];

static int count, self;
static bool is_running;
static uint64_t horizon;		/* When another core may have to go on. */
static uint64_t turns;
static uint64_t random_state;
static ucontext_t outside;
static void (*body)(void);

void
cl_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)fprintf(stderr, "cache-lines: ");
	(void)vfprintf(stderr, format, arguments);
	(void)fprintf(stderr, "\n");
	va_end(arguments);
	exit(1);
}

void
cl_seed(uint64_t seed)
{

	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* splitmix64 */
uint64_t
cl_random(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
cl_cores_reset(int n)
{

	count = n;
	self = 0;
	turns = 0;
	/* Not at time zero, which the core takes for none. */
	for (int i = 0; i < n; i++)
		cores[i] = (struct core){ .clock = 1000000000 + cl_random() % 100,
			.until = UINT64_MAX };
}

int
cl_core_count(void)
{

	return count;
}

int
cl_core(void)
{

	return self;
}

void
cl_set_core(int core)
{

	self = core;
}

uint64_t
cl_clock(void)
{

	return cores[self].clock;
}

/* --- who goes next ------------------------------------------------------------------------ */

/* The time at which a core can go on. */
static uint64_t
time_of(const struct core *core)
{

	return core->state == RUNS ? core->clock : core->state == SLEEPS ? core->until : UINT64_MAX;
}

/* Chooses the core that is furthest behind, and sets the horizon to the time of the next. */
static int
choose(void)
{
	uint64_t least = UINT64_MAX, second = UINT64_MAX;
	int chosen = -1;

	for (int i = 0; i < count; i++) {
		const uint64_t time = time_of(&cores[i]);

		if (time < least) {
			second = least;
			least = time;
			chosen = i;
		} else if (time < second) {
			second = time;
		}
	}
	horizon = second;
	return chosen;
}

/* Goes on with another core, and returns when this one is furthest behind. */
static void
switch_cores(void)
{
	const int before = self;

	self = choose();
	if (self < 0)
		cl_fail("all threads sleep, and none will be woken");
	if (cores[self].state == SLEEPS) {	/* Its time has come. */
		cores[self].clock = cores[self].until;
		cores[self].state = RUNS;
	}
	if (self == before)
		return;
	if (_setjmp(cores[before].place) == 0)
		_longjmp(cores[self].place, 1);
}

static inline void
let_others_go(void)
{

	if (is_running && cores[self].clock > horizon)
		switch_cores();
}

static void
begin(void)
{

	if (_setjmp(cores[self].place) == 0)
		(void)swapcontext(&cores[self].start, &outside);
	body();
	cores[self].state = ENDED;
	if (choose() >= 0)
		switch_cores();
	(void)setcontext(&outside);
}

/* Stacks are the first of the arena's memory. */
static char *
stack_of(int core)
{

	return cl_arena() + (size_t)core * CL_STACK;
}

void
cl_cores_run(void (*run)(void))
{
	volatile bool has_begun = false;

	body = run;
	for (self = 0; self < count; self++) {
		(void)getcontext(&cores[self].start);
		cores[self].start.uc_stack.ss_sp = stack_of(self);
		cores[self].start.uc_stack.ss_size = CL_STACK;
		cores[self].start.uc_link = NULL;
		makecontext(&cores[self].start, begin, 0);
		(void)swapcontext(&outside, &cores[self].start);
	}
	/* The last core that ends comes back here, too. */
	(void)getcontext(&outside);
	if (!has_begun) {
		has_begun = is_running = true;
		self = choose();
		_longjmp(cores[self].place, 1);
	}
	is_running = false;
	self = 0;
	for (int i = 0; i < count; i++) {
		if (cores[i].state != ENDED)
			cl_fail("a thread sleeps, and none is left to wake it");
	}
}

/* --- what a core does --------------------------------------------------------------------- */

void
cl_access(const void *address, size_t size, bool writes)
{

	if (is_running) {
		if (writes && (size_t)((const char *)address - cl_arena()) >= CL_ARENA)
			cl_fail("the core writes to memory that is not in the arena");
		let_others_go();
		cores[self].clock = cl_arrival(self, address, size, writes, cores[self].clock);
		let_others_go();
		cores[self].clock += cl_random() % (2 * CL_ACCESS_NS);
	}
	cl_touch(self, address, size, writes);
}

void
cl_pass(uint64_t nanoseconds)
{

	cores[self].clock += nanoseconds;
	let_others_go();
}

bool
cl_sleep(const void *on, uint64_t until)
{
	struct core *core = &cores[self];

	if (!is_running)
		cl_fail("the set-up has to wait");
	core->on = on;
	core->until = until;
	core->turn = turns++;
	core->was_woken = false;
	core->state = SLEEPS;
	switch_cores();
	return core->was_woken;
}

void
cl_wake(const void *on)
{
	const uint64_t now = cores[self].clock;
	struct core *found = NULL;

	for (int i = 0; i < count; i++) {
		if (cores[i].state == SLEEPS && cores[i].on == on &&
		    (found == NULL || cores[i].turn < found->turn))
			found = &cores[i];
	}
	if (found == NULL)
		return;
	found->state = RUNS;
	found->was_woken = true;
	found->clock = (found->clock > now ? found->clock : now) + CL_WAKE_NS;
	if (found->clock < horizon)
		horizon = found->clock;
}

void
cl_interrupt_others(void)
{

	for (int i = 0; i < count; i++) {
		if (i != self && cores[i].state == RUNS)
			cores[i].clock += CL_INTERRUPT_NS;
	}
	cl_counts.interrupts += (uint64_t)count - 1;
}
