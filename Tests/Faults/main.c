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
#include "support.h"

#define ON(fault)	(1u << (fault))
#define ALWAYS		(~0u)

/* What such a machine may change, though a scenario is right to assert it of a good one. */
static const struct {
	unsigned faults;
	const char *scenario;		/* A part of its name; or "/FILE": all in that file. */
	const char *why;
} left_out[] = {
	{ ALWAYS, "a_burst_of_keys_leaves_no_memory_behind", "no thread waits" },
	{ ALWAYS, "ever_new_keys_take_no_more_memory", "no thread waits" },
	{ ALWAYS, "many_keys_are_released_by_several_threads_in_any_order", "no thread waits" },
	{ ALWAYS, "chosen_keys_are_kept_apart", "no thread waits" },
	{ ALWAYS, "the_timer_ends_when_there_is_no_deadline", "it takes seconds, and has a limit" },
	{ ON(INTERRUPTED), "abort", "the scenario's own reads are interrupted" },
	{ ON(LEAPING), "any_one_allocation", "waits of an hour run out of time" },
	{ ON(LEAPING), "any_two_allocations", "waits of an hour run out of time" },
	{ ON(LEAPING), "memory_may_run_out_for_good_in_any_call", "waits of an hour run out of time" },
	{ ON(LEAPING), "a_waiter_that_is_cancelled_keeps_its_place", "waits of an hour run out of time" },
	{ ON(LEAPING), "no_call_ends_a_thread_that_is_cancelled", "waits of an hour run out of time" },
	{ ON(LEAPING), "small_stacks", "waits of an hour run out of time" },
	{ ON(LEAPING), "parent_and_child", "waits of an hour run out of time" },
	{ ON(LEAPING), "forking_amid_changes", "waits of an hour run out of time" },
	{ ON(LEAPING), "a_deadline_ends_one_wait_and_no_other", "waits of an hour run out of time" },
	{ ON(LEAPING), "a_deadline_without_memory_is_refused", "waits of an hour run out of time" },
	{ ON(LEAPING), "a_thread_is_refused_long_before_its_deadline",
	    "waits of an hour run out of time" },
	{ ON(LEAPING), "a_ticker_may_be_stopped_before_its_first_tick", "an hour passes" },
	{ ON(LEAPING), "a_longer_period_counts_at_once", "an hour passes" },
	{ ON(LEAPING) | ON(STUMBLING), "begins_a_period_of_counted_holds",
	    "it asserts that a period lasts" },
	{ ON(LEAPING) | ON(STUMBLING), "fences_once_in_a_period",
	    "it asserts that a period lasts" },
	{ ON(LEAPING) | ON(STUMBLING), "each_first_waiter_fences",
	    "it asserts that a period lasts" },
	{ ON(LEAPING) | ON(STUMBLING), "have_one_budget_of_fences",
	    "it takes no more than two spans of time" },
	{ ON(LEAPING) | ON(STUMBLING), "a_period_grows_with_the_stripes",
	    "it measures a period" },
	{ ON(HALTING) | ON(STUMBLING), "a_starving_waiter_is_handed_the_key",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "a_thread_is_shown_by_its_number_and_its_name",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "a_starving_suspension_is_handed_the_key",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "a_waiter_that_does_not_take_its_grant_loses_it",
	    "it asserts that time has passed" },
	{ ON(HALTING) | ON(STUMBLING), "what_was_granted_before_is_kept_unless_it_is_taken_back",
	    "it asserts that time has passed" },
	{ ON(LEAPING) | ON(STUMBLING), "/lengths.c", "it compares two moments" },
	{ ON(STUMBLING), "deadlines_are_computed_without_overflow", "it compares two moments" },
	{ ON(STUMBLING), "many_deadlines_come_in_their_order", "it compares two moments" },
	{ ON(STUMBLING), "deadlines_are_taken_from_the_middle", "it compares two moments" },
	{ ON(STUMBLING), "a_deadline_that_meets_a_grant_loses_no_key", "it compares two moments" },
	{ ON(STUMBLING), "a_deadline_ends_one_wait_and_no_other", "it compares two moments" },
	{ ON(STUMBLING), "behave_as_modelled_adaptive", "the model knows which waiter starves" },
	{ ON(HALTING) | ON(STUMBLING), "waiters_are_known_only_as_threads_or_tasks",
	    "it compares ages" },
	{ ON(HALTING) | ON(STUMBLING), "each_holder_and_waiter_is_shown_with_what_identifies_it",
	    "it compares ages" },
};

/*
 * Complaints of scenarios that wait for something to happen by chance, when it did
 * not: on such a machine the chances are others. It is the last thing that they check.
 */
static const char *const chances[] = {
	"no waiter was ever too late",
};

static bool
is_called(const core_scenario_t *scenario, const char *part)
{

	return strstr(part[0] == '/' ? scenario->file : scenario->name, part) != NULL;
}

static bool
is_left_out(enum fault fault, const core_scenario_t *scenario)
{

	/* Each is there without diagnostics, too. */
	if (scenario->has_diagnostics)
		return true;
	for (size_t i = 0; i < LENGTH_OF(left_out); i++) {
		if ((left_out[i].faults & ON(fault)) != 0 &&
		    is_called(scenario, left_out[i].scenario))
			return true;
	}
	return false;
}

/* An entry that names no scenario leaves nothing out. */
static bool
is_each_left_out_known(void)
{

	for (size_t i = 0; i < LENGTH_OF(left_out); i++) {
		size_t index = 0;

		while (index < core_scenario_count() &&
		    !is_called(core_scenario(index), left_out[i].scenario))
			index++;
		if (index == core_scenario_count()) {
			printf("FAILED: no scenario is called %s\n", left_out[i].scenario);
			return false;
		}
	}
	return true;
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

/* Those of refusals.c arrange for what is refused, and bear no other fault. */
static bool
is_without_faults(const core_scenario_t *scenario)
{

	return strstr(scenario->file, "refusals.c") != NULL;
}

/* How many failed. */
static unsigned
run_with(enum fault fault, uint64_t seed, const char *part)
{
	unsigned passed = 0, failed = 0, omitted = 0;
	uint64_t made = 0;

	for (size_t i = 0; i < core_scenario_count(); i++) {
		const core_scenario_t *scenario = core_scenario(i);
		const char *complaint;

		if (strstr(scenario->name, part) == NULL)
			continue;
		if (is_without_faults(scenario) != (fault == NO_FAULT))
			continue;
		if (is_left_out(fault, scenario)) {
			omitted++;
			continue;
		}
		faults_set(fault, seed + i);
		complaint = core_scenario_run(i);
		made += faults_made();
		faults_set(NO_FAULT, 0);
		faults_refuse_threads(0, 0);
		if (complaint != NULL && is_chance(complaint))
			complaint = NULL;
		*(complaint == NULL ? &passed : &failed) += 1;
		if (complaint != NULL)
			printf("FAILED: %s, seed %llu: %s\n    %s\n", fault_names[fault],
			    (unsigned long long)seed, scenario->name, complaint);
	}
	printf("%s: %u passed, %u failed, %u left out, %llu faults\n", fault_names[fault], passed, failed,
	    omitted, (unsigned long long)made);
	return failed;
}

int
main(int argc, char **argv)
{
	const char *part;
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
	if (!is_each_left_out_known())
		return 1;
	core_scenario_repeat_less();
	/* The process asks once. */
	if (first == REFUSING) {
		faults_set(REFUSING, seed);
		lt_table_close(table_make(INTEGERS, 1, LT_ADAPTIVE));
		printf("%s: %llu faults\n", fault_names[REFUSING], (unsigned long long)faults_made());
	}
	part = optind < argc ? argv[optind] : "";
	failed += run_with(NO_FAULT, seed, part);
	for (unsigned fault = first; fault <= last; fault++)
		failed += run_with(fault, seed, part);
	return failed > 0;
}
