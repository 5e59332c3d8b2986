/*
 * Each call there is, with each of its allocations failing in turn: alone, with the
 * next one, or with all that follow. What fails says LT_NO_MEMORY, the rest is as it
 * should be, and once there is memory again, nothing is missing.
 */
#include "failing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fails each allocation, or one in so many where LOCKTABLE_TESTS is "light". */
#define LIGHT_STEP	7

static uint64_t
step(void)
{
	const char *load = getenv("LOCKTABLE_TESTS");

	return load != NULL && strcmp(load, "light") == 0 ? LIGHT_STEP : 1;
}

/* False: nothing failed, as there were no more than n allocations. */
static bool
run_with_failure(const struct operation *operation, enum form form, uint32_t fairness, uint64_t n,
    uint64_t many)
{
	struct bench bench = { .table = table_make(form, 1, fairness), .form = form };
	bool failed;

	peek_trim_timer();
	memory_fail(n, many);
	operation->run(&bench);
	failed = memory_has_failed();
	memory_recover();
	if (!bench.is_closed) {
		EXPECT(lt_table_count(bench.table) == 0, "entries were left");
		/* With memory, all is as ever. */
		operations[0].run(&bench);
		lt_table_close(bench.table);
	}
	peek_disown_timer();
	EXPECT(memory_outstanding() == 0, "memory was not given back");
	return failed;
}

/* How many allocations there were to fail, rounded up to a multiple of the step. */
static uint64_t
fail_each(const struct operation *operation, enum form form, uint32_t fairness, uint64_t many)
{
	static char sentence[256];
	uint64_t n = 0;

	while (run_with_failure(operation, form, fairness, n, many) && first_complaint() == NULL)
		n += step();
	if (first_complaint() == NULL)
		return n;
	(void)snprintf(sentence, sizeof sentence, "%s, keys of form %d, %s, from allocation %llu on: %s",
	    operation->name, (int)form, many == 1 ? "one failure" : "failures",
	    (unsigned long long)n, first_complaint());
	forget_complaints();
	complain(sentence);
	return n;
}

static void
fail_each_of_all(uint64_t many)
{

	for (size_t i = 0; i < operation_count; i++) {
		uint64_t points[FORMS] = { 0 }, kept = 0;

		for (unsigned run = 0; run < 4 * FORMS && first_complaint() == NULL; run++) {
			const enum form form = run % FORMS;
			const uint32_t fairness = run / FORMS % 2;
			uint64_t count;

			if (fairness == LT_FIFO && !operations[i].needs_queue)
				continue;
			set_diagnostics(run >= 2 * FORMS);
			count = fail_each(&operations[i], form, fairness, many);
			*(has_diagnostics_set() ? &kept : &points[form]) += count;
			set_diagnostics(false);
		}
		tell("%s: %llu failing allocations of integers, %llu of short, %llu of long, %llu of "
		    "opaque keys, %llu of keys alike; %llu with diagnostics", operations[i].name,
		    (unsigned long long)points[INTEGERS], (unsigned long long)points[SHORT_BYTES],
		    (unsigned long long)points[LONG_BYTES], (unsigned long long)points[OPAQUES],
		    (unsigned long long)(points[BYTES_ALIKE] + points[OPAQUES_ALIKE]),
		    (unsigned long long)kept);
		EXPECT(kept > 0, "an operation allocated nothing");
	}
}

SCENARIO(any_one_allocation_of_any_call_may_fail)
{

	fail_each_of_all(1);
}

SCENARIO(any_two_allocations_of_any_call_may_fail)
{

	fail_each_of_all(2);
}

SCENARIO(memory_may_run_out_for_good_in_any_call)
{

	fail_each_of_all(UINT64_MAX);
}
