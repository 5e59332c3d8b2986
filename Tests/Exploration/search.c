/*
 * The search is stateless: an execution is a list of choices, and the next one changes the
 * last choice that has another possibility left (CHESS: Musuvathi and Qadeer, 2007; PCT:
 * Burckhardt et al., 2010).
 */
#include "search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define MOST_CHOICES	20000

struct choice {
	uint8_t of, chosen;
};

static struct choice choices[MOST_CHOICES];
static size_t choice_count, choices_given;
static int spent[EX_CHOICES];
static char failure[512];
static bool traced;
static struct { bool on; uint64_t state, changes[4]; } dice;

struct ex_bounds ex_bounds;
uint64_t ex_most_executions;
bool ex_is_silent;

static ucontext_t outside;

uint64_t
search_roll(void)
{

	dice.state ^= dice.state << 13;
	dice.state ^= dice.state >> 7;
	dice.state ^= dice.state << 17;
	return dice.state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

int
search_left(enum ex_choice kind)
{
	const int bounds[EX_CHOICES] = {
		ex_bounds.preemptions, ex_bounds.stale, ex_bounds.jumps, ex_bounds.faults
	};

	return bounds[kind] - spent[kind];
}

unsigned
search_choose(unsigned n)
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
		choice->chosen = dice.on ? (uint8_t)(search_roll() % 8 == 0 ? search_roll() % n : 0) : 0;
	}
	choice->of = (uint8_t)n;
	return choice->chosen;
}

bool
search_is_random(void)
{

	return dice.on && choice_count >= choices_given;
}

unsigned
search_take(unsigned n, unsigned preferred)
{

	choices[choice_count] = (struct choice){ 0, (uint8_t)preferred };
	choices_given = choice_count + 1;
	return search_choose(n);
}

bool
search_changes(uint64_t step)
{

	for (size_t i = 0; i < sizeof dice.changes / sizeof dice.changes[0]; i++) {
		if (step == dice.changes[i])
			return true;
	}
	return false;
}

void
search_spend(enum ex_choice kind)
{

	spent[kind]++;
}

unsigned
ex_choose(enum ex_choice kind, unsigned n)
{
	unsigned chosen = search_left(kind) > 0 ? search_choose(n) : 0;

	spent[kind] += chosen > 0;
	return chosen;
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
	memset(spent, 0, sizeof spent);
	failure[0] = 0;
	scheduler_reset();
	ex_memory_reset();
	ex_machine_reset();
	(void)ex_spawn("the first", run_first, &setup);

	/* Both the end and a failure come back here. */
	(void)getcontext(&outside);
	if (!begun) {
		begun = true;
		scheduler_start();
	}
	return failure[0] == 0;
}

void
ex_print_choices(void)
{

	const char *between = "";

	for (size_t i = 0; i < choice_count; i++) {
		if (choices[i].chosen > 0) {
			printf("%s%zu=%u", between, i, choices[i].chosen);
			between = ",";
		}
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

static bool
count(void (*setup)(void), bool passed, struct ex_counts *counts)
{

	counts->executions++;
	counts->steps += scheduler_steps();
	if (passed)
		return true;
	counts->failures++;
	report(setup);
	return false;
}

bool
ex_explore(void (*setup)(void), struct ex_counts *counts)
{

	choices_given = 0;
	do {
		if (!count(setup, execute(setup), counts))
			return false;
		if (!next())
			return true;
	} while (ex_most_executions == 0 || counts->executions < ex_most_executions);
	counts->cut_off++;
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
		for (size_t k = 0; k < sizeof dice.changes / sizeof dice.changes[0]; k++)
			dice.changes[k] = search_roll() % length;
		choices_given = 0;
		passed = execute(setup);
		dice.on = false;
		length = (3 * length + scheduler_steps()) / 4 + 1;
		if (!count(setup, passed, counts))
			return false;
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
