/* Permits and threads: one line with tasks; never more out than there are. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "permits.h"

PERMITS_SCENARIO(threads_and_tasks_wait_for_permits_in_one_line)
{
	struct permits permits;
	struct sleeper heavy;
	struct holder light = { HOLDER, .form = form, .number = 1, .deadline = LT_FOREVER,
		.is_shared = true };
	struct crew crew = { 0 };
	lt_hold_t hold;

	permits_open(&permits, form, fairness, 2);
	light.table = permits.table;
	hold = permits_try(&permits, 1);
	permits_enqueue(&permits, &heavy, 2);
	crew_add(&crew, holder_run, &light);
	await_queue(permits.pin, 2);
	lt_release_shared(hold);
	EXPECT(sleeper_was_resumed(&heavy) && event_times(&light.done) == 0,
	    "a thread passed a task in line");
	permits_return(&heavy, 2);
	event_await(&light.done, 1);
	EXPECT(permits_are(&permits, 1, 2), "a thread has not one permit");
	event_raise(&light.let_go);
	crew_join(&crew);
	permits_close(&permits);
}

#define CREW	4
#define OUT	3

/* Threads that take one, two or three permits, and count how many are out. */
struct taker {
	struct permits *permits;
	uint32_t *out, *most;
	unsigned weight;
};

static void *
take_often(void *argument)
{
	const struct taker *taker = argument;

	for (unsigned i = 0; i < scaled(2000); i++) {
		lt_hold_t hold = permits_take(taker->permits, taker->weight, LT_FOREVER);
		uint32_t out = __atomic_add_fetch(taker->out, taker->weight, __ATOMIC_RELAXED);
		uint32_t most = __atomic_load_n(taker->most, __ATOMIC_RELAXED);

		while (out > most && !__atomic_compare_exchange_n(taker->most, &most, out, true,
		    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		(void)__atomic_sub_fetch(taker->out, taker->weight, __ATOMIC_RELAXED);
		lt_release_permits(hold, taker->weight);
	}
	return NULL;
}

SCENARIO(threads_never_have_more_permits_than_there_are)
{

	for (uint32_t fairness = 0; fairness < 2; fairness++) {
		struct permits permits;
		struct taker takers[CREW];
		struct crew crew = { 0 };
		uint32_t out = 0, most = 0;

		permits_open(&permits, INTEGERS, fairness, OUT);
		for (unsigned i = 0; i < CREW; i++) {
			takers[i] = (struct taker){ &permits, &out, &most, 1 + i % OUT };
			crew_add(&crew, take_often, &takers[i]);
		}
		crew_join(&crew);
		EXPECT(out == 0 && most <= OUT, "more permits were out than there are");
		permits_close(&permits);
	}
}
