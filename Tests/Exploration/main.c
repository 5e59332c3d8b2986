/*
 *	explorer pairs | triples | litmus		all there are of those programs
 *	explorer one PROGRAM				all executions of one
 *	explorer sample SEED PROGRAMS EXECUTIONS	random ones of larger programs
 *	explorer replay PROGRAM CHOICES			the execution of a report
 *
 * Options: --bounds PREEMPTIONS,STALE,JUMPS,FAULTS; --part I/N, of the programs; --tracked, with
 * diagnostics; --counted, without membarrier(); --refused, with one that fails; --quiet, only the sums.
 */
#include "litmus.h"
#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct { unsigned index, of; } part = { 0, 1 };
static unsigned programs_seen, programs_run;
static struct ex_counts counts;
static bool quiet, half, has_bounds;
static const char *mode = "";

/* --- programs as text -------------------------------------------------------------------- */

static const char *const policies[] = { "adaptive", "fifo" };
static const char *const places[] = { "resident", "set", "long" };

const struct kind *
kind_of(char letter)
{

	for (int i = 0; i < kind_count; i++) {
		if (kinds[i].letter == letter)
			return &kinds[i];
	}
	return NULL;
}

static int
index_of(const char *word, const char *const *list, int count)
{

	for (int i = 0; i < count; i++) {
		if (strcmp(word, list[i]) == 0)
			return i;
	}
	return -1;
}

static bool
read_call(struct program *program, const char **text)
{
	const struct kind *kind = kind_of(**text);
	struct call *call;

	if (kind == NULL || program->of[program->threads].count == MOST_CALLS)
		return false;
	++*text;
	call = &program->of[program->threads].calls[program->of[program->threads].count++];
	*call = (struct call){ .kind = kind };
	if (!kind->closes && **text >= '0' && **text < '0' + KEYS)
		call->key = *(*text)++ - '0';
	if (kind->takes_two && **text >= '0' && **text < '0' + KEYS)
		call->other = *(*text)++ - '0';
	return true;
}

bool
program_read(struct program *program, const char *text)
{
	char policy[16], place[16];
	int length = 0, which;

	memset(program, 0, sizeof *program);
	if (sscanf(text, "%15s %15s %n", policy, place, &length) != 2)
		return false;
	text += length;
	program->tracked = strncmp(text, "tracked ", 8) == 0;
	program->counted = strncmp(text, "counted ", 8) == 0;
	program->refused = strncmp(text, "refused ", 8) == 0;
	text += program->tracked || program->counted || program->refused ? 8 : 0;
	which = index_of(policy, policies, 2);
	program->fairness = (uint32_t)which;
	program->place = (enum place)index_of(place, places, 3);
	if (which < 0 || index_of(place, places, 3) < 0)
		return false;
	for (;;) {
		if (program->threads == MOST_THREADS || !read_call(program, &text))
			return false;
		if (*text == '.') {
			text++;
		} else {
			program->threads++;
			if (*text == 0)
				return true;
			if (*text++ != '|')
				return false;
		}
	}
}

/* --- running ------------------------------------------------------------------------------ */

static void
crashed(int number)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	ex_fail("a crash: signal %d", number);
}

static void
catch_crashes(void)
{
	static char stack[1 << 16];
	const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = crashed, .sa_flags = SA_ONSTACK };

	(void)sigaltstack(&alternative, NULL);
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
}

/* How to see a failure again: its one execution, and, if it was found at random, the search. */
_Noreturn static void
fail(const char *text, const uint64_t *seed, uint64_t executions)
{

	printf("again: explorer --bounds %d,%d,%d,%d replay '%s' '", ex_bounds.preemptions, ex_bounds.stale,
	    ex_bounds.jumps, ex_bounds.faults, text);
	ex_print_choices();
	printf("'\n");
	if (seed != NULL)
		printf("or:    explorer sample %llu 1 %llu\n", (unsigned long long)*seed,
		    (unsigned long long)executions);
	(void)fflush(stdout);
	exit(1);
}

static void
explore(const char *text)
{
	struct program program;
	struct ex_counts own = { 0 };

	if (programs_seen++ % part.of != part.index)
		return;
	if (!program_read(&program, text)) {
		printf("no program: %s\n", text);
		exit(2);
	}
	program_use(&program);
	programs_run++;
	if (!ex_explore(program_setup, &own))
		fail(text, NULL, 0);
	counts.executions += own.executions;
	counts.steps += own.steps;
	if (!quiet)
		printf("%9llu  %s\n", (unsigned long long)own.executions, text);
}

static void
write_call(char *text, const struct kind *kind, int key)
{

	*text++ = kind->letter;
	if (!kind->closes)
		*text++ = (char)('0' + key);
	if (kind->takes_two)
		*text++ = (char)('0' + 3 - key);
	*text = 0;
}

/* Each kind beside each, on one key, and on two of one stripe. */
static void
explore_pairs(const char *third)
{
	char text[64], first[4], second[4];

	for (int policy = 0; policy < 2; policy++)
		for (int place = 0; place < (third != NULL ? 2 : 3); place++) {
			if (third != NULL && half && (policy + place + (third[0] == 'S')) % 2 != 0)
				continue;
			for (int a = 0; a < kind_count; a++)
				for (int b = a; b < kind_count; b++)
					for (int key = 1; key <= 2; key++) {
						/* These bring two threads more. */
						if (third != NULL && (kinds[a].letter == 'R' || kinds[b].letter == 'R'))
							continue;
						/* A watch has nothing to do with the others. */
						if (kinds[a].closes || (kinds[a].letter == 'W') != (kinds[b].letter == 'W') ||
						    (kinds[a].letter == 'W' && (place > 0 || policy > 0 || key > 1)) || (key == 2 && (kinds[b].closes || third != NULL)))
							continue;
						write_call(first, &kinds[a], 1);
						write_call(second, &kinds[b], key);
						(void)snprintf(text, sizeof text, "%s %s %s%s|%s%s%s", policies[policy],
						    places[place], mode, first, second, third != NULL ? "|" : "",
						    third != NULL ? third : "");
						explore(text);
					}
		}
}

static uint64_t
random_of(uint64_t *state)
{

	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *state >> 33;
}

/* The threads that a call brings with it, at most. */
static unsigned
threads_brought(const struct kind *kind)
{

	return kind->letter == 'R' ? 3 : kind->letter == 'B' || kind->letter == 'Z' || kind->letter == 'W' ? 1 : 0;
}

static void
write_random(char *text, uint64_t seed)
{
	uint64_t state = seed * 2 + 1;
	const unsigned threads = 3 + (unsigned)(random_of(&state) % 2);
	unsigned room = EX_THREADS - 2 - threads; /* Beside the first and the timer's. */

	text += sprintf(text, "%s %s%s", policies[random_of(&state) % 2], places[random_of(&state) % 3],
	    random_of(&state) % 4 == 0 ? " tracked " : " ");
	for (unsigned i = 0; i < threads; i++) {
		for (unsigned calls = 1 + (unsigned)(random_of(&state) % 3); calls > 0; calls--) {
			const struct kind *kind = &kinds[random_of(&state) % (unsigned)kind_count];

			if (kind->closes || threads_brought(kind) > room)
				kind = &kinds[0];
			room -= threads_brought(kind);
			write_call(text, kind, 1 + (int)(random_of(&state) % 2));
			text += strlen(text);
			*text++ = calls > 1 ? '.' : i + 1 < threads ? '|' : 0;
		}
	}
}

static void
sample(uint64_t seed, uint64_t programs, uint64_t executions)
{
	struct program program;
	char text[256];

	for (uint64_t i = 0; i < programs; i++) {
		if (i % part.of != part.index)
			continue;
		write_random(text, seed + i);
		if (!program_read(&program, text))
			exit(2);
		program_use(&program);
		programs_run++;
		if (!ex_sample(program_setup, seed + i, executions, &counts))
			fail(text, &(uint64_t){ seed + i }, executions);
	}
}

static void
read_option(const char *name, const char *value)
{

	if (strcmp(name, "--bounds") == 0) {
		has_bounds = sscanf(value, "%d,%d,%d,%d", &ex_bounds.preemptions, &ex_bounds.stale,
		    &ex_bounds.jumps, &ex_bounds.faults) == 4;
		if (has_bounds)
			return;
	} else if (strcmp(name, "--part") == 0 && sscanf(value, "%u/%u", &part.index, &part.of) == 2) {
		return;
	}
	printf("no option: %s %s\n", name, value);
	exit(2);
}

static void
use_bounds(int preemptions, int stale, int jumps, int faults)
{

	if (!has_bounds)
		ex_bounds = (struct ex_bounds){ preemptions, stale, jumps, faults };
}

int
main(int count, char **words)
{
	struct program program;

	for (; count > 2 && words[1][0] == '-'; count--, words++) {
		if (strcmp(words[1], "--quiet") == 0 || strcmp(words[1], "--half") == 0) {
			*(words[1][2] == 'q' ? &quiet : &half) = true;
			continue;
		}
		if (strcmp(words[1], "--tracked") == 0 || strcmp(words[1], "--counted") == 0 ||
		    strcmp(words[1], "--refused") == 0) {
			mode = words[1][2] == 't' ? "tracked " : words[1][2] == 'c' ? "counted " : "refused ";
			continue;
		}
		read_option(words[1], words[2]);
		count--, words++;
	}
	catch_crashes();
	if (count == 2 && strcmp(words[1], "pairs") == 0) {
		use_bounds(3, 0, 1, 0);
		explore_pairs(NULL);
	} else if (count == 2 && strcmp(words[1], "triples") == 0) {
		use_bounds(2, 0, 1, 0);
		explore_pairs("X1");
		explore_pairs("S1");
	} else if (count == 2 && strcmp(words[1], "litmus") == 0) {
		return litmus() ? 0 : 1;
	} else if (count == 3 && strcmp(words[1], "one") == 0) {
		use_bounds(3, 0, 1, 0);
		explore(words[2]);
	} else if (count == 5 && strcmp(words[1], "sample") == 0) {
		use_bounds(1000, 20, 5, 5);
		sample(strtoull(words[2], NULL, 10), strtoull(words[3], NULL, 10),
		    strtoull(words[4], NULL, 10));
	} else if (count == 4 && strcmp(words[1], "replay") == 0 && program_read(&program, words[2])) {
		use_bounds(3, 0, 1, 0);
		program_use(&program);
		return ex_replay(program_setup, words[3]) ? 0 : 1;
	} else {
		printf("usage: explorer pairs | triples | litmus | one PROGRAM | sample SEED PROGRAMS EXECUTIONS"
		    " | replay PROGRAM CHOICES\n");
		return 2;
	}
	printf("%u programs, %llu schedules, %llu steps, bounds %d,%d,%d,%d: nothing failed\n", programs_run,
	    (unsigned long long)counts.executions, (unsigned long long)counts.steps, ex_bounds.preemptions,
	    ex_bounds.stale, ex_bounds.jumps, ex_bounds.faults);
	return 0;
}
