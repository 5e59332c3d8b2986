/*
 * The core's tests without Swift:
 *
 *   cc -std=gnu11 -ICShim/LockTable/include -ITests/CoreScenarios/include \
 *     $(find CShim/LockTable Tests/CoreScenarios -name "*.c") -lck -lpthread -o core-tests
 *
 * An argument selects the scenarios whose names contain it; "-t" before it tells
 * how long each took, and "-n" has them print the figures that they come by.
 * Where LOCKTABLE_TESTS is "light", what is repeated at random is repeated less,
 * and of the allocations one in a few fails, not each.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CLockTable.h"
#include "CoreScenarios.h"

/* Of one scenario, under emulation or a sanitizer on a busy machine. */
#define PATIENCE_SECONDS	600

static const char *running;

/* A wake-up was lost, or what a scenario waits for does not come. */
static void
give_up(int number)
{

	(void)number;
	(void)write(STDOUT_FILENO, "STUCK: ", 7);
	(void)write(STDOUT_FILENO, running, strlen(running));
	(void)write(STDOUT_FILENO, "\n", 1);
	_exit(1);
}

int
main(int argc, char **argv)
{
	const bool with_times = argc > 1 && strcmp(argv[1], "-t") == 0;
	const bool with_figures = argc > 1 && strcmp(argv[1], "-n") == 0;
	const int first = 1 + (with_times || with_figures);
	const char *part = argc > first ? argv[first] : "", *load = getenv("LOCKTABLE_TESTS");
	size_t passed = 0, failed = 0;

	if (with_figures)
		core_scenario_tell();
	if (load != NULL && strcmp(load, "light") == 0)
		core_scenario_repeat_less();
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)signal(SIGALRM, give_up);
	for (size_t i = 0; i < core_scenario_count(); i++) {
		const char *name = core_scenario(i)->name, *complaint;
		uint64_t began = lt_now_ns();

		if (strstr(name, part) == NULL)
			continue;
		running = name;
		(void)alarm(PATIENCE_SECONDS);
		complaint = core_scenario_run(i);
		printf("%s: %s\n", complaint == NULL ? "ok" : "FAILED", name);
		if (with_times)
			printf("    %llu ms\n",
			    (unsigned long long)(lt_now_ns() - began) / 1000000);
		if (complaint != NULL)
			printf("    %s\n", complaint);
		*(complaint == NULL ? &passed : &failed) += 1;
	}
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed > 0;
}
