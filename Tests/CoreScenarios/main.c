/*
 * The core's tests without Swift:
 *
 *   cc -std=gnu11 -ICShim/LockTable/include -ITests/CoreScenarios/include \
 *     $(find CShim/LockTable Tests/CoreScenarios -name "*.c") -lck -lpthread -o core-tests
 */
#include <stdio.h>

#include "CoreScenarios.h"

int
main(void)
{
	const size_t count = core_scenario_count();
	size_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		const core_scenario_t *scenario = core_scenario(i);
		const char *complaint = scenario->run();

		printf("%s: %s\n", complaint == NULL ? "ok" : "FAILED", scenario->name);
		if (complaint != NULL) {
			printf("    %s\n", complaint);
			failed++;
		}
	}
	printf("%zu passed, %zu failed\n", count - failed, failed);
	return failed > 0;
}
