/*
 * The core's tests, as a list of named functions. A scenario returns NULL if all
 * was as it should be, else a sentence that says what was not.
 */
#ifndef CORE_SCENARIOS_H
#define CORE_SCENARIOS_H

#include <stddef.h>

#if defined(__clang__)
#define CORE_NONNULL _Nonnull
#define CORE_NULLABLE _Nullable
#else
#define CORE_NONNULL
#define CORE_NULLABLE
#endif

typedef struct core_scenario {
	const char *CORE_NONNULL name;
	const char *CORE_NULLABLE (*CORE_NONNULL run)(void);
} core_scenario_t;

size_t core_scenario_count(void);
const core_scenario_t *CORE_NONNULL core_scenario(size_t index);

#endif /* CORE_SCENARIOS_H */
