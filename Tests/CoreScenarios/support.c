#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED	true
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED	true
#endif
#ifndef SANITIZED
#define SANITIZED	false
#endif
/* An emulator shows that the code runs, however often. It shows no order of memory. */
#ifdef CORE_EMULATED
#define IS_EMULATED	true
#else
#define IS_EMULATED	false
#endif

/* --- complaints --------------------------------------------------------------- */

static const char *complaint;

void
complain(const char *sentence)
{
	const char *none = NULL;

	(void)__atomic_compare_exchange_n(&complaint, &none, sentence, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
}

const char *
first_complaint(void)
{

	return __atomic_load_n(&complaint, __ATOMIC_SEQ_CST);
}

void
forget_complaints(void)
{

	__atomic_store_n(&complaint, NULL, __ATOMIC_SEQ_CST);
}

static bool is_telling;

void
core_scenario_tell(void)
{

	is_telling = true;
}

void
tell(const char *format, ...)
{
	va_list arguments;

	if (!is_telling)
		return;
	(void)printf("    ");
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)printf("\n");
}

/* --- threads ------------------------------------------------------------------ */

struct start {
	void *(*work)(void *);
	void *argument;
};

static void *
begin(void *pointer)
{
	struct start start = *(struct start *)pointer;

	free(pointer);
	memory_join();
	return start.work(start.argument);
}

void
crew_add(struct crew *crew, void *(*work)(void *), void *argument)
{
	struct start *start = malloc(sizeof *start);

	if (start == NULL || crew->count == MOST_THREADS)
		abort();
	*start = (struct start){ work, argument };
	if (pthread_create(&crew->threads[crew->count++], NULL, begin, start) != 0)
		abort();
}

void
crew_join(struct crew *crew)
{

	for (size_t i = 0; i < crew->count; i++)
		(void)pthread_join(crew->threads[i], NULL);
	crew->count = 0;
}

void
event_raise(struct event *event)
{

	(void)pthread_mutex_lock(&event->mutex);
	event->times++;
	(void)pthread_cond_broadcast(&event->condition);
	(void)pthread_mutex_unlock(&event->mutex);
}

void
event_await(struct event *event, unsigned times)
{

	(void)pthread_mutex_lock(&event->mutex);
	while (event->times < times)
		(void)pthread_cond_wait(&event->condition, &event->mutex);
	(void)pthread_mutex_unlock(&event->mutex);
}

unsigned
event_times(struct event *event)
{
	unsigned times;

	(void)pthread_mutex_lock(&event->mutex);
	times = event->times;
	(void)pthread_mutex_unlock(&event->mutex);
	return times;
}

void
await_end_of_ticker(struct event *ended, size_t before)
{

	event_await(ended, 1);
	while (memory_outstanding() > before)
		pass_time(100000);
	EXPECT(event_times(ended) == 1, "the end came twice");
}

static bool repeats_less;

void
core_scenario_repeat_less(void)
{

	repeats_less = true;
}

unsigned
scaled(unsigned times)
{

	return is_sanitized() || IS_EMULATED || repeats_less ? (times + 7) / 8 : times;
}

bool
is_sanitized(void)
{

	return SANITIZED;
}

void
pass_time(uint64_t nanoseconds)
{
	struct timespec left = { .tv_sec = (time_t)(nanoseconds / 1000000000),
	    .tv_nsec = (long)(nanoseconds % 1000000000) };

	while (nanosleep(&left, &left) != 0)
		;
}

uint64_t
random_next(uint64_t *state)
{

	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

void
witness_enter(struct witness *witness)
{

	EXPECT(witness->inside == 0, "two threads held one key");
	witness->inside = 1;
	witness->entries++;
}

void
witness_leave(struct witness *witness)
{

	EXPECT(witness->inside == 1, "two threads held one key");
	witness->inside = 0;
}
