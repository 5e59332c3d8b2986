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

/* What such a machine may change, and a scenario is right to assert of a good one. */
static const struct {
	enum fault fault;
	const char *scenario;
} left_out[] = {
	{ NO_FAULT, NULL },
};

static bool
is_left_out(enum fault fault, const char *scenario)
{

	for (size_t i = 0; i < LENGTH_OF(left_out); i++) {
		if (left_out[i].fault == fault && left_out[i].scenario != NULL &&
		    strcmp(left_out[i].scenario, scenario) == 0)
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
	failed += refusals_run();
	for (unsigned fault = first; fault <= last; fault++)
		failed += run_with(fault, seed, optind < argc ? argv[optind] : "");
	return failed > 0;
}
