/*
 *	explorer pairs | triples | litmus		all there are of those programs
 *	explorer recording				triples whose third thread switches records
 *	explorer refusing				triples whose third thread shuts the table down, or
 *							fails a waiter, with diagnostics
 *	explorer permits				all pairs of calls for permits, on one key, and
 *							triples with a third one
 *	explorer one PROGRAM				all executions of one
 *	explorer sample SEED PROGRAMS EXECUTIONS	random ones of larger programs
 *	explorer replay PROGRAM CHOICES			the execution of a report
 *	explorer calls					the calls that a program can be made of
 *
 * Programs are spelled as words.c says. Options: --bounds PREEMPTIONS,STALE,JUMPS,FAULTS; --part
 * I/N, of the programs; --fewer M: one in M of those N of the costly programs, whose I may be above
 * N; --no-fence, --refused-fence, --crowded, --valued, --in-use or --flights, for all pairs;
 * --diagnostics, besides; --most N, so many executions of each program that has more; --quiet, only
 * the sums.
 */
#include "calls.h"
#include "litmus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct { unsigned index, of, fewer; } part = { 0, 1, 1 };
static unsigned programs_seen[2], programs_run;	/* The costly ones are second. */
static struct ex_counts counts;
static bool quiet, has_bounds;
static enum special special = NONE;
static bool diagnostics;

/* --- running ------------------------------------------------------------------------------ */

/* How to see a failure again: its one execution, and, if it was found at random, the search. */
_Noreturn static void
fail(const char *text, const uint64_t *seed, uint64_t executions)
{

	printf("again: explorer --bounds %d,%d,%d,%d replay '%s' '", ex_bounds.preemptions,
	    ex_bounds.stale, ex_bounds.jumps, ex_bounds.faults, text);
	ex_print_choices();
	printf("'\n");
	if (seed != NULL)
		printf("or:    explorer sample %llu 1 %llu\n", (unsigned long long)*seed,
		    (unsigned long long)executions);
	(void)fflush(stdout);
	exit(1);
}

/* Has it several threads besides its own: to cancel, for flights, the timer's, the monitor's? */
static bool
is_costly(const struct program *program)
{
	unsigned more = 0;

	for (int i = 0; i < program->threads; i++) {
		for (int k = 0; k < program->of[i].count; k++) {
			const struct kind *kind = program->of[i].calls[k].kind;

			more += kind->brings + kind->how.timed + kind->how.stalling;
		}
	}
	return more > 1;
}

static bool
is_in_part(const struct program *program)
{
	const bool is_rare = part.fewer > 1 && is_costly(program);
	const unsigned of = is_rare ? part.of * part.fewer : part.of;

	return programs_seen[is_rare]++ % of == part.index % of;
}

static void
explore(const char *text)
{
	struct program program;
	struct ex_counts own = { 0 };

	if (!program_read(&program, text)) {
		printf("`explorer calls` lists the calls.\n");
		exit(2);
	}
	if (!is_in_part(&program))
		return;
	program_use(&program);
	programs_run++;
	if (!ex_explore(program_setup, &own))
		fail(text, NULL, 0);
	counts.executions += own.executions;
	counts.steps += own.steps;
	counts.cut_off += own.cut_off;
	if (!quiet)
		printf("%9llu  %s\n", (unsigned long long)own.executions, text);
}

static const struct kind *
kind_like(const char *text)
{

	for (int i = 0; i < kind_count; i++) {
		if (strcmp(kinds[i].text, text) == 0)
			return &kinds[i];
	}
	abort();
}

/*
 * Permits are no locks, and only a table whose keys have capacities changes them. Values that stay
 * are in the way of closing a table.
 */
static bool
suits(const struct kind *kind, enum special table)
{
	const bool has_permits = table == PERMITS || table == CAPACITIES;

	/* Whether there are records is not the purpose's. Nobody else waits among flights. */
	if (kind->run == run_record || kind->run == run_fail)
		return true;
	if (table == FLIGHTS)
		return kind->run == run_flight || kind->run == run_pin || kind->run == run_inspect ||
		    kind->run == run_shut_down || kind->run == run_close ||
		    (kind->how.tries && !kind->how.shared && kind->how.permits == 0 &&
		    kind->run == run_acquire);
	if (kind->run == run_flight)
		return false;
	if (kind->run == run_set || kind->run == run_drop || kind->run == run_see)
		return table == VALUED;
	if (kind->run == run_use)
		return table == IN_USE;
	if (kind->run == run_capacity)
		return table == CAPACITIES;
	if (kind->how.permits > 0)
		return has_permits;
	if (kind->run == run_close && table == VALUED)
		return false;
	return !has_permits || kind->run == run_pin_many || kind->run == run_inspect ||
	    kind->run == run_shut_down || kind->run == run_close;
}

/*
 * A ticker does not concern the others: it is explored once. Only a second call closes a table.
 * Only diagnostics have records, and by these a waiter is failed.
 */
static bool
is_pair(const struct kind *first, const struct kind *second, int key, bool is_plain_table)
{
	const struct kind *ticker = kind_like("ticker"), *closing = kind_like("close");

	if (!suits(first, special) || !suits(second, special))
		return false;
	if (!diagnostics && (first->run == run_record || second->run == run_record ||
	    first->run == run_fail || second->run == run_fail))
		return false;
	if (first == ticker || second == ticker)
		return first == second && is_plain_table && key == 1;
	return first != closing && (key == 1 || strchr(second->text, '#') != NULL);
}

/* Each call next to each, on one key, and on two of one stripe. */
static void
explore_pairs(void)
{
	char text[256];

	/* The policy does not concern flights. */
	for (unsigned policy = 0; policy < (special == FLIGHTS ? 1 : 2); policy++)
		for (unsigned place = 0; place < PLACES; place++)
			for (int a = 0; a < kind_count; a++)
				for (int b = a; b < kind_count; b++)
					for (int key = 1; key <= 2; key++) {
						size_t length = table_write(text, policy, place, special,
						    diagnostics);

						if (!is_pair(&kinds[a], &kinds[b], key, policy + place == 0))
							continue;
						length += thread_write(text + length, &kinds[a], 1);
						length += (size_t)sprintf(text + length, " | ");
						(void)thread_write(text + length, &kinds[b], key);
						explore(text);
					}
}

/* The same on one key, with a third thread. Those that bring several threads more are left out. */
static void
explore_triples(const struct kind *third)
{
	char text[256];

	if (!suits(third, special))
		return;
	for (unsigned policy = 0; policy < 2; policy++)
		for (unsigned place = 0; place < 2; place++)
			for (int a = 0; a < kind_count; a++)
				for (int b = a; b < kind_count; b++) {
					size_t length = table_write(text, policy, place, special, diagnostics);

					if (!is_pair(&kinds[a], &kinds[b], 1, policy + place == 0) ||
					    kinds[a].brings > 1 || kinds[b].brings > 1)
						continue;
					length += thread_write(text + length, &kinds[a], 1);
					length += (size_t)sprintf(text + length, " | ");
					length += thread_write(text + length, &kinds[b], 1);
					length += (size_t)sprintf(text + length, " | ");
					(void)thread_write(text + length, third, 1);
					explore(text);
				}
}

static uint64_t
random_of(uint64_t *state)
{

	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *state >> 33;
}

static void
write_random(char *text, uint64_t seed)
{
	uint64_t state = seed * 2 + 1;
	const unsigned threads = 3 + (unsigned)(random_of(&state) % 2);
	const unsigned policy = random_of(&state) % 2, place = random_of(&state) % PLACES;
	static const enum special specials_of[12] = { NONE, NONE, NONE, NONE, PERMITS,
	    CAPACITIES, VALUED, NONE, NONE, IN_USE, FLIGHTS, NONE };
	unsigned room = EX_THREADS - 2 - threads; /* Beside the first and the timer's. */
	const enum special table = specials_of[random_of(&state) % 12];

	text += table_write(text, policy, place, table, random_of(&state) % 4 == 0);
	for (unsigned i = 0; i < threads; i++) {
		for (unsigned calls = 1 + (unsigned)(random_of(&state) % 3); calls > 0; calls--) {
			const struct kind *kind = &kinds[random_of(&state) % (unsigned)kind_count];

			if (kind == kind_like("close") || kind->brings > room || !suits(kind, table))
				kind = kind_like(table == FLIGHTS ? "flight #, alone" :
				    suits(&kinds[0], table) ? "exclusive #" : "permit #");
			room -= kind->brings;
			text += call_write(text, kind, 1 + (int)(random_of(&state) % 2));
			text += sprintf(text, "%s", calls > 1 ? " then " : i + 1 < threads ? " | " : "");
		}
	}
}

static void
sample(uint64_t seed, uint64_t programs, uint64_t executions)
{
	struct program program;
	char text[1024];

	for (uint64_t i = 0; i < programs; i++) {
		if (i % part.of != part.index % part.of)
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

/* How many words it takes. */
static int
read_option(const char *name, const char *value)
{

	if (strcmp(name, "--bounds") == 0) {
		has_bounds = sscanf(value, "%d,%d,%d,%d", &ex_bounds.preemptions, &ex_bounds.stale,
		    &ex_bounds.jumps, &ex_bounds.faults) == 4;
		if (has_bounds)
			return 2;
	} else if (strcmp(name, "--part") == 0 && sscanf(value, "%u/%u", &part.index, &part.of) == 2) {
		return 2;
	} else if (strcmp(name, "--fewer") == 0 && sscanf(value, "%u", &part.fewer) == 1 &&
	    part.fewer > 0) {
		return 2;
	} else if (strcmp(name, "--most") == 0) {
		ex_most_executions = strtoull(value, NULL, 10);
		return 2;
	} else if (strcmp(name, "--quiet") == 0) {
		quiet = true;
		return 1;
	}
	if (strcmp(name, "--diagnostics") == 0) {
		diagnostics = true;
		return 1;
	}
	for (int i = 1; i < SPECIALS; i++) {
		if (strcmp(name + 2, specials[i]) == 0) {
			special = (enum special)i;
			return 1;
		}
	}
	printf("no option: %s %s\n", name, value);
	exit(2);
}

static void
list_calls(void)
{

	for (int i = 0; i < kind_count; i++)
		printf("%s\n", kinds[i].text);
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

	while (count > 2 && strncmp(words[1], "--", 2) == 0) {
		const int taken = read_option(words[1], words[2]);

		count -= taken;
		words += taken;
	}
	ex_catch_crashes();
	if (count == 2 && strcmp(words[1], "pairs") == 0) {
		use_bounds(3, 0, 1, 0);
		explore_pairs();
	} else if (count == 2 && strcmp(words[1], "triples") == 0) {
		use_bounds(2, 0, 1, 0);
		explore_triples(kind_like("exclusive #"));
		explore_triples(kind_like("shared #"));
	} else if (count == 2 && strcmp(words[1], "recording") == 0) {
		use_bounds(2, 0, 0, 0);
		diagnostics = true;
		explore_triples(kind_like("record off"));
		explore_triples(kind_like("record on"));
	} else if (count == 2 && strcmp(words[1], "refusing") == 0) {
		use_bounds(2, 0, 0, 0);
		explore_triples(kind_like("shut down"));
		diagnostics = true;
		explore_triples(kind_like("fail #"));
	} else if (count == 2 && strcmp(words[1], "permits") == 0) {
		use_bounds(2, 0, 0, 0);
		for (special = PERMITS; special <= CAPACITIES; special++) {
			explore_pairs();
			explore_triples(kind_like("permit #"));
			explore_triples(kind_like("two permits #"));
			explore_triples(kind_like("shut down"));
			explore_triples(kind_like("capacity 1 #"));
			explore_triples(kind_like("capacity 0 2 #"));
		}
	} else if (count == 2 && strcmp(words[1], "litmus") == 0) {
		return litmus() ? 0 : 1;
	} else if (count == 2 && strcmp(words[1], "calls") == 0) {
		list_calls();
		return 0;
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
		printf("usage: explorer pairs | triples | recording | refusing | permits | litmus | one PROGRAM"
		    " | sample SEED PROGRAMS EXECUTIONS | replay PROGRAM CHOICES | calls\n");
		return 2;
	}
	printf("%u programs, %llu schedules, %llu steps, bounds %d,%d,%d,%d: nothing failed\n",
	    programs_run, (unsigned long long)counts.executions, (unsigned long long)counts.steps,
	    ex_bounds.preemptions, ex_bounds.stale, ex_bounds.jumps, ex_bounds.faults);
	if (counts.cut_off > 0)
		printf("%llu of the programs have more schedules, which were left out\n",
		    (unsigned long long)counts.cut_off);
	return 0;
}
