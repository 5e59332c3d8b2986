/*
 * The list of all scenarios, and how one is run: watched, and with an eye on
 * the memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support.h"

/* A scenario that takes longer than this hangs; the slowest sanitizer takes a tenth. */
#define LIMIT_SECONDS	120

/* In the order of core_scenario(). */
static core_scenario_t *scenarios;

/* Does `a` stand before `b`? Constructors run in no order that a linker promises. */
static bool
is_before(const core_scenario_t *a, const core_scenario_t *b)
{
	const int files = strcmp(a->file, b->file);

	if (files != 0)
		return files < 0;
	if (a->line != b->line)
		return a->line < b->line;
	return a->has_diagnostics < b->has_diagnostics;
}

void
scenario_register(core_scenario_t *scenario)
{
	core_scenario_t **place = &scenarios;

	while (*place != NULL && is_before(*place, scenario))
		place = &(*place)->next;
	scenario->next = *place;
	*place = scenario;
}

size_t
core_scenario_count(void)
{
	size_t count = 0;

	for (const core_scenario_t *scenario = scenarios; scenario != NULL; scenario = scenario->next)
		count++;
	return count;
}

const core_scenario_t *
core_scenario(size_t index)
{
	const core_scenario_t *scenario = scenarios;

	for (; index > 0; index--)
		scenario = scenario->next;
	return scenario;
}

static struct {
	pthread_mutex_t mutex;
	const char *name;		/* Of what runs; NULL = nothing does. */
	unsigned seconds;		/* Its own, as the core's clock may be made to jump. */
} watched = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void *
watch(void *unused)
{

	for (;;) {
		struct timespec left = { .tv_sec = 1 };

		while (nanosleep(&left, &left) != 0)
			;
		(void)pthread_mutex_lock(&watched.mutex);
		if (watched.name != NULL && watched.seconds++ > LIMIT_SECONDS) {
			const char *complaint = first_complaint();

			(void)fprintf(stderr,
			    "The scenario \"%s\" does not end: a thread waits for what never " 
			    "happens. %s\n", watched.name, complaint != NULL ? complaint : "");
			abort();
		}
		(void)pthread_mutex_unlock(&watched.mutex);
	}
	return unused;
}

static void
start_watching(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, watch, NULL) != 0)
		abort();
	(void)pthread_detach(thread);
}

static void
set_watched(const char *name)
{

	(void)pthread_mutex_lock(&watched.mutex);
	watched.name = name;
	watched.seconds = 0;
	(void)pthread_mutex_unlock(&watched.mutex);
}

const char *
core_scenario_run(size_t index)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const core_scenario_t *scenario = core_scenario(index);

	(void)pthread_once(&once, start_watching);
	set_watched(scenario->name);
	forget_complaints();
	set_diagnostics(scenario->has_diagnostics);
	memory_begin();
	scenario->run();
	peek_disown_timer();
	set_diagnostics(false);
	EXPECT(memory_outstanding() == 0, "memory was not given back");
	memory_end();
	set_watched(NULL);
	return first_complaint();
}
