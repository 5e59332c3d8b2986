/*
 * The core's tests, as a list of named functions.
 */
#ifndef CORE_SCENARIOS_H
#define CORE_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wnullability-extension"
#define CORE_NONNULL _Nonnull
#define CORE_NULLABLE _Nullable
#else
#define CORE_NONNULL
#define CORE_NULLABLE
#endif

/* A function of one of the files. SCENARIO makes one: support.h. */
typedef struct core_scenario {
	const char *CORE_NONNULL name;
	const char *CORE_NONNULL file;
	int line;
	bool has_diagnostics;		/* Its tables have diagnostics. */
	void (*CORE_NONNULL run)(void);
	struct core_scenario *CORE_NULLABLE next;
} core_scenario_t;

/* Of all scenarios, sorted by file and line. */
size_t core_scenario_count(void);
const core_scenario_t *CORE_NONNULL core_scenario(size_t index);

/*
 * Runs one. NULL if all was as it should be, else a sentence that says what was
 * not. A scenario that does not end aborts the process with a sentence. Not to be called
 * by two threads at once.
 */
const char *CORE_NULLABLE core_scenario_run(size_t index);

/* From now on, scenarios print the figures that they come by. */
void core_scenario_tell(void);

/* From now on, scenarios do an eighth of what they repeat at random. */
void core_scenario_repeat_less(void);

/*
 * From now on the system refuses to start a thread for the calling one, and for no other. For good:
 * in a process of a test's own. False: that can't be arranged here.
 */
bool core_refuse_threads(void);
/* From now on the system refuses the heavy fence that fast holds rely on, with this error. */
bool core_refuse_fences(int error);

#endif /* CORE_SCENARIOS_H */
