/*
 * The core's scenarios on a machine that misbehaves (faults.h): what holds on a
 * good one holds there.
 *
 *   faults [-s SEED] [-f FAULT] [PART]
 *
 * FAULT is a number of `enum fault`; PART selects the scenarios whose names contain it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "refusals.h"
#include "support.h"

#define ON(fault)	(1u << (fault))
#define ALWAYS		(~0u)

/* What such a machine may change, though a scenario is right to assert it of a good one. */
static const struct {
	unsigned faults;
	const char *scenario;
	const char *why;
} left_out[] = {
	{ ALWAYS, "with diagnostics: ", "each is there without them, too" },
	{ ALWAYS, "a burst of keys leaves no memory behind", "nobody waits" },
	{ ALWAYS, "ever new keys take no more memory", "nobody waits" },
	{ ALWAYS, "many keys are released by several threads in any order", "nobody waits" },
	{ ALWAYS, "chosen keys are kept apart", "nobody waits" },
	{ ALWAYS, "the timer ends when there is no deadline", "it takes seconds, and has a limit" },
	{ ON(INTERRUPTED), "abort", "the scenario's own reads are interrupted" },
	{ ON(LEAPING), "any one allocation", "waits of an hour run out of time" },
	{ ON(LEAPING), "any two allocations", "waits of an hour run out of time" },
	{ ON(LEAPING), "memory may run out for good in any call", "waits of an hour run out of time" },
	{ ON(LEAPING), "a waiter that is cancelled keeps its place", "waits of an hour run out of time" },
	{ ON(LEAPING), "no call ends a thread that is cancelled", "waits of an hour run out of time" },
	{ ON(LEAPING), "small stacks", "waits of an hour run out of time" },
	{ ON(LEAPING), "parent and child", "waits of an hour run out of time" },
	{ ON(LEAPING), "forking amid changes", "waits of an hour run out of time" },
	{ ON(LEAPING), "a deadline ends one wait and no other", "waits of an hour run out of time" },
	{ ON(LEAPING), "a deadline without memory is refused", "waits of an hour run out of time" },
	{ ON(LEAPING), "a watch may be stopped before its first tick", "an hour passes" },
	{ ON(LEAPING), "a longer period counts at once", "an hour passes" },
	{ ON(HALTING) | ON(STUMBLING), "an overdue waiter is handed the key",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "a thread is shown by its number and its name",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "an overdue suspension is handed the key",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "one that does not come for what it was handed",
	    "it asserts that time has passed" },
	{ ON(STUMBLING), "deadlines are computed without overflow", "it compares two moments" },
	{ ON(STUMBLING), "many deadlines come in their order", "it compares two moments" },
	{ ON(STUMBLING), "deadlines are taken from the middle", "it compares two moments" },
	{ ON(STUMBLING), "a deadline that meets a grant loses no key", "it compares two moments" },
	{ ON(STUMBLING), "a deadline ends one wait and no other", "it compares two moments" },
	{ ON(STUMBLING), "behave as modelled, adaptive", "the model knows who is overdue" },
	{ ON(HALTING) | ON(STUMBLING), "waiters are known only as threads or tasks",
	    "it compares ages" },
	{ ON(HALTING) | ON(STUMBLING), "holders and waiters are shown for who they are",
	    "it compares ages" },
};

/*
 * What scenarios complain of that wanted to see something happen by chance, and did
 * not: on such a machine the chances are others. It is the last that they look at.
 */
static const char *const chances[] = {
	"no waiter was ever too late", "nobody was ever too late",
	"nobody was cancelled, or too late",
};

static bool
is_left_out(enum fault fault, const char *scenario)
{

	for (size_t i = 0; i < LENGTH_OF(left_out); i++) {
		if ((left_out[i].faults & ON(fault)) != 0 &&
		    strstr(scenario, left_out[i].scenario) != NULL)
			return true;
	}
	return false;
}

static bool
is_chance(const char *complaint)
{

	for (size_t i = 0; i < LENGTH_OF(chances); i++) {
		if (strcmp(complaint, chances[i]) == 0)
			return true;
	}
	return false;
}

/* How many failed. */
static unsigned
run_with(enum fault fault, uint64_t seed, const char *part)
{
	unsigned passed = 0, failed = 0, omitted = 0;
	uint64_t made = 0;

	for (size_t i = 0; i < core_scenario_count(); i++) {
		const char *name = core_scenario(i)->name, *complaint;

		if (strstr(name, part) == NULL)
			continue;
		if (is_left_out(fault, name)) {
			omitted++;
			continue;
		}
		faults_set(fault, seed + i);
		complaint = core_scenario_run(i);
		made += faults_made();
		faults_set(NO_FAULT, 0);
		if (complaint != NULL && is_chance(complaint))
			complaint = NULL;
		*(complaint == NULL ? &passed : &failed) += 1;
		if (complaint != NULL)
			printf("FAILED: %s, seed %llu: %s\n    %s\n", fault_names[fault],
			    (unsigned long long)seed, name, complaint);
	}
	printf("%s: %u passed, %u failed, %u left out, %llu faults\n", fault_names[fault], passed, failed,
	    omitted, (unsigned long long)made);
	return failed;
}

int
main(int argc, char **argv)
{
	unsigned first = SPURIOUS, last = FAULTS - 1, failed = 0;
	uint64_t seed = 1;
	int option;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "s:f:")) != -1) {
		if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'f' && (first = last = (unsigned)atoi(optarg)) < FAULTS)
			continue;
		else if (option != 's')
			return 2;
	}
	hurry_up();
	/* The process asks once. */
	if (first == REFUSING) {
		faults_set(REFUSING, seed);
		lt_table_close(table_make(INTEGERS, 1, LT_ADAPTIVE));
		printf("%s: %llu faults\n", fault_names[REFUSING], (unsigned long long)faults_made());
	}
	failed += refusals_run();
	for (unsigned fault = first; fault <= last; fault++)
		failed += run_with(fault, seed, optind < argc ? argv[optind] : "");
	return failed > 0;
}
