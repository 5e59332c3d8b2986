/* Runs the scenarios, prints the table, and compares it with the targets and the limits. */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CLockTable.h"

#define MOST_SEEDS	9
#define MOST_SCENARIOS	16
#define STRIPES_PER_CORE	64
#define MOST_STRIPES	4096

/*
 * From 4 threads to 64, where the core must scale. A line that was last used by any of n cores with
 * the same probability moves in (n - 1)/n of its uses, which alone makes 1.31 times as many.
 */
#define MOST_GROWTH	2.0
/* A heavy fence interrupts all other cores, so it must be rare in any scenario. */
#define MOST_INTERRUPTS	0.1

/* Operations of the warm-up: of each stripe, so that there is no first time, */
#define FIRST		16
/* and then, until what is seldom written is read again as often as it will be. */
#define SETTLE		256
#define MOST_SETTLE	300000

static const char assumptions[] =
    "Each thread has a core of its own. Caches are unlimited and warm: a core has each line\n"
    "that it has used until another core writes to it. A transfer is a read of a line that\n"
    "another core has and this one has not, or a write to a line that another core has. A\n"
    "table has the stripes that a machine with so many cores gives it: 64 for each core, at\n"
    "most 4096. A section takes 10 to 41 ns, and as much passes before the next\n"
    "acquisition; an access takes 0 or 1 ns, a transfer 40 to 103 ns, and the core that is\n"
    "furthest behind goes next, one access at a time. The allocator gives a core the blocks\n"
    "that this core has freed. What is not counted: the data that a key protects, the queue\n"
    "of tasks, the kernel's own lines. There is no monitor.\n";

struct result {
	double of_64, of_128, interrupts;
};

static struct {
	const struct cl_scenario *scenario;
	/* Operations: that are done, of the first part of the warm-up, of all of it, and in all. */
	uint64_t done, first, warm, all;
	struct cl_counts counts;	/* Of the measured. */
	bool with_fields;
} run;

static void
count_operation(void)
{

	run.done++;
	if (run.done == run.first) {
		/* As if each core had read all lines since their last change. */
		cl_directory_share(cl_memory_bytes(), cl_core_count());
	} else if (run.done == run.warm) {
		cl_counts = (struct cl_counts){ 0 };
		if (run.with_fields)
			cl_fields_begin(cl_tables, cl_table_count);
	} else if (run.done == run.all) {
		run.counts = cl_counts;
		cl_fields_end();
	}
}

/* All cores go on until the last operation is done, so that none of them is measured alone. */
static void
work(void)
{

	while (run.done < run.all) {
		if (run.scenario->step())
			count_operation();
	}
}

static uint32_t
stripes_of(int cores)
{
	const uint32_t stripes = (uint32_t)cores * STRIPES_PER_CORE;

	return stripes < MOST_STRIPES ? stripes : MOST_STRIPES;
}

static struct result
measure(const struct cl_scenario *scenario, int cores, uint64_t seed, bool with_fields)
{
	const uint32_t stripes = stripes_of(cores);
	const uint64_t measured = cores < 32 ? 20000 : (uint64_t)cores * 625;
	uint64_t all_stripes;

	cl_seed(seed * 1000 + (uint64_t)cores);
	cl_cores_reset(cores);
	cl_machine_reset();
	cl_tables_reset();
	cl_fields_reset();
	scenario->prepare(stripes);

	all_stripes = (uint64_t)stripes * (uint64_t)cl_table_count;
	run.scenario = scenario;
	run.with_fields = with_fields;
	run.done = 0;
	run.first = 1000 + FIRST * all_stripes;
	run.warm = run.first + 1000 +
	    (all_stripes * SETTLE < MOST_SETTLE ? all_stripes * SETTLE : MOST_SETTLE);
	run.all = run.warm + measured;
	cl_cores_run(work);
	return (struct result){ (double)run.counts.of_64 / (double)measured,
		(double)run.counts.of_128 / (double)measured,
		(double)run.counts.interrupts / (double)measured };
}

/* After a scenario of threads nothing is held but what was held before. */
static void
check_left(const struct cl_scenario *scenario)
{
	size_t count = 0;

	if (scenario->held == CL_ANY_HELD)
		return;
	for (int i = 0; i < cl_table_count; i++)
		count += lt_table_count(cl_tables[i]);
	if (count != scenario->held)
		cl_fail("%s: %zu keys are held at the end", scenario->name, count);
}

static int
by_size(const void *a, const void *b)
{
	const double one = *(const double *)a, other = *(const double *)b;

	return one < other ? -1 : one > other;
}

static double
median(double *values, int count)
{

	qsort(values, (size_t)count, sizeof values[0], by_size);
	return count % 2 == 1 ? values[count / 2] :
	    (values[count / 2 - 1] + values[count / 2]) / 2;
}

static struct result
measure_seeds(const struct cl_scenario *scenario, int cores, int seeds)
{
	double of_64[MOST_SEEDS], of_128[MOST_SEEDS], interrupts[MOST_SEEDS];

	for (int i = 0; i < seeds; i++) {
		const struct result result = measure(scenario, cores, (uint64_t)i + 1, false);

		check_left(scenario);
		of_64[i] = result.of_64;
		of_128[i] = result.of_128;
		interrupts[i] = result.interrupts;
	}
	return (struct result){ median(of_64, seeds), median(of_128, seeds),
		median(interrupts, seeds) };
}

/* Returns how many limits are exceeded. */
static int
compare(const struct cl_scenario *scenario, int cores, struct result result, double of_64_at_4)
{
	const double of_64 = result.of_64;
	int exceeded = 0;

	if (scenario->limit > 0 && of_64 > scenario->limit) {
		(void)printf("FAILED: %s, %d threads: %.2f transfers, and not %.2f at most\n",
		    scenario->what, cores, of_64, scenario->limit);
		exceeded++;
	}
	if (scenario->must_scale && of_64_at_4 > 0 && of_64 > MOST_GROWTH * of_64_at_4) {
		(void)printf("FAILED: %s, %d threads: %.2f times the transfers of 4 threads, and "
		    "not %.1f times at most\n", scenario->what, cores, of_64 / of_64_at_4,
		    MOST_GROWTH);
		exceeded++;
	}
	if (result.interrupts > MOST_INTERRUPTS) {
		(void)printf("FAILED: %s, %d threads: %.2f interrupts, and not %.1f at most\n",
		    scenario->what, cores, result.interrupts, MOST_INTERRUPTS);
		exceeded++;
	}
	return exceeded;
}

static int
list(const struct cl_scenario *found[MOST_SCENARIOS])
{
	int count = 0;

	for (const struct cl_scenario *next = cl_scenarios; next->name != NULL; next++)
		found[count++] = next;
	for (const struct cl_scenario *next = cl_task_scenarios; next->name != NULL; next++)
		found[count++] = next;
	return count;
}

/* One scenario's rows. Returns how many limits are exceeded. */
static int
print_rows(const struct cl_scenario *scenario, const int *cores, int seeds)
{
	double at_4 = 0, worst = 0;
	int exceeded = 0;

	for (; *cores > 0; cores++) {
		const struct result result = measure_seeds(scenario, *cores, seeds);

		(void)printf("| %s | %d | %.2f | %.2f | %.3f |\n", scenario->what, *cores,
		    result.of_64, result.of_128, result.interrupts);
		(void)fflush(stdout);
		if (*cores == 4)
			at_4 = result.of_64;
		if (worst < result.of_64)
			worst = result.of_64;
		exceeded += compare(scenario, *cores, result, at_4);
	}
	if (scenario->target < scenario->limit && worst > scenario->target)
		(void)fprintf(stderr, "above the target of %.1f transfers: %s, %.2f\n",
		    scenario->target, scenario->what, worst);
	return exceeded;
}

static int
print_table(const int *cores, int seeds)
{
	const struct cl_scenario *scenarios[MOST_SCENARIOS];
	const int count = list(scenarios);
	int exceeded = 0;

	(void)printf("%s\nTransfers and interrupts of an operation: the median of %d seeds.\n\n"
	    "| scenario | threads | lines of 64 bytes | lines of 128 bytes | interrupts |\n"
	    "|---|---|---|---|---|\n", assumptions, seeds);
	for (int i = 0; i < count; i++)
		exceeded += print_rows(scenarios[i], cores, seeds);
	(void)printf("\n%d limits are exceeded\n", exceeded);
	return exceeded;
}

static int
print_fields(const char *name, int cores)
{
	const struct cl_scenario *scenarios[MOST_SCENARIOS];
	const int count = list(scenarios);

	for (int i = 0; i < count; i++) {
		if (strcmp(scenarios[i]->name, name) == 0) {
			const struct result result = measure(scenarios[i], cores, 1, true);

			(void)printf("%s, %d threads: %.2f transfers (64 bytes), of which\n",
			    scenarios[i]->what, cores, result.of_64);
			cl_fields_print(run.all - run.warm);
			return 0;
		}
	}
	(void)fprintf(stderr, "no scenario: %s. There are", name);
	for (int i = 0; i < count; i++)
		(void)fprintf(stderr, " %s", scenarios[i]->name);
	(void)fprintf(stderr, "\n");
	return 2;
}

int
main(int argc, char **argv)
{
	static const int some[] = { 4, 64, 0 }, all[] = { 2, 4, 8, 16, 32, 64, 0 };
	const bool is_long = argc > 1 && strcmp(argv[1], "long") == 0;

	cl_check_model();
	if (argc > 3 && strcmp(argv[1], "fields") == 0 && atoi(argv[3]) > 1 &&
	    atoi(argv[3]) <= CL_CORES)
		return print_fields(argv[2], atoi(argv[3]));
	return print_table(is_long ? all : some, is_long ? 5 : 1) > 0;
}
