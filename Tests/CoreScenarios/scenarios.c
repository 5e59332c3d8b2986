/*
 * The list of all scenarios, and how one is run: watched, and with an eye on
 * the memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sight.h"

/* A scenario that takes longer than this hangs; the slowest sanitizer takes a tenth. */
#define LIMIT_SECONDS	120

static const struct topic *const topics[] = {
	&acquiring_topic,
	&thin_topic,
	&stripe_lock_topic,
	&keys_topic,
	&lookup_race_topic,
	&insertion_race_topic,
	&deadline_topic,
	&waking_topic,
	&several_topic,
	&several_calls_topic,
	&several_many_topic,
	&closing_topic,
	&misuse_topic,
	&memory_topic,
	&failing_memory_topic,
	&model_topic,
	&stress_topic,
	&suspending_topic,
	&suspending_turns_topic,
	&suspending_limits_topic,
	&suspending_races_topic,
	&stalling_topic,
	&fences_topic,
	&timer_topic,
	&sharing_topic,
	&sharing_turns_topic,
	&sharing_leaving_topic,
	&sharing_changes_topic,
	&sharing_limits_topic,
	&sharing_several_topic,
	&sharing_model_topic,
	&sharing_races_topic,
	&sharing_starvation_topic,
	&sharing_stress_topic,
	&statistics_topic,
	&sharing_misuse_topic,
	&looking_in_topic,
	&looking_at_parties_topic,
	&records_topic,
	&with_records_topic,
	&watch_topic,
	&forking_topic,
	&failing_operations_topic,
	&exiting_topic,
	&small_stacks_topic,
	&flooding_topic,
	&seldom_topic,
	&cores_topic,
	&cancelling_topic,
	&own_threads_topic,
	&priorities_topic,
};

size_t
core_scenario_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < LENGTH_OF(topics); i++)
		count += topics[i]->count;
	return count;
}

const core_scenario_t *
core_scenario(size_t index)
{
	const struct topic *const *topic = topics;

	for (; index >= (*topic)->count; topic++)
		index -= (*topic)->count;
	return &(*topic)->scenarios[index];
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
			    "The scenario \"%s\" does not end: a thread waits for what nobody "
			    "will send. %s\n", watched.name, complaint != NULL ? complaint : "");
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
	memory_begin();
	scenario->run();
	peek_disown_timer();
	EXPECT(memory_outstanding() == 0, "memory was not given back");
	memory_end();
	set_watched(NULL);
	return first_complaint();
}
