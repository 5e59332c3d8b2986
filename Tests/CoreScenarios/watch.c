/* The thread that looks every so often. */
#include "snapshot.h"

#define PERIOD	UINT64_C(200000)
#define HOUR	UINT64_C(3600000000000)

struct tower {
	lt_watch_t *watch;
	struct event ready, ticked, go_on, ended;
	unsigned stop_at;	/* In that tick; 0 = in none. */
	uint64_t next_period;	/* Set by the first tick, unless 0. */
	bool halts;		/* Each tick awaits as many go_ons. */
};

#define TOWER	.ready = EVENT, .ticked = EVENT, .go_on = EVENT, .ended = EVENT

static void
tick(void *context)
{
	struct tower *tower = context;
	unsigned times;

	EXPECT(event_times(&tower->ended) == 0, "a tick came after the end");
	event_await(&tower->ready, 1);
	if (tower->next_period != 0 && event_times(&tower->ticked) == 0)
		lt_watch_set_period(tower->watch, tower->next_period);
	event_raise(&tower->ticked);
	times = event_times(&tower->ticked);
	if (times == tower->stop_at)
		lt_watch_stop(tower->watch);
	if (tower->halts)
		event_await(&tower->go_on, times);
}

static void
end(void *context)
{
	struct tower *tower = context;

	event_raise(&tower->ended);
}

static void
start(struct tower *tower, uint64_t period)
{

	tower->watch = lt_watch_start(period, tick, end, tower);
	EXPECT(tower->watch != NULL, "a watch was not started");
	event_raise(&tower->ready);
}

/* Its last act is to free itself, after `ended`, on a detached thread. */
static void
await_end(struct tower *tower)
{

	event_await(&tower->ended, 1);
	while (memory_outstanding() > 0)
		pass_time(100000);
	EXPECT(event_times(&tower->ended) == 1, "the end came twice");
}

SCENARIO(a_watch_ticks_until_it_is_stopped)
{
	struct tower tower = { TOWER };

	start(&tower, PERIOD);
	event_await(&tower.ticked, 5);
	EXPECT(event_times(&tower.ended) == 0, "it ended of itself");
	lt_watch_stop(tower.watch);
	await_end(&tower);
}

SCENARIO(a_watch_may_be_stopped_in_its_tick)
{
	struct tower tower = { TOWER, .stop_at = 3 };

	start(&tower, PERIOD);
	await_end(&tower);
	EXPECT(event_times(&tower.ticked) == 3, "a tick came after it was stopped");
}

SCENARIO(a_watch_may_be_stopped_before_its_first_tick)
{

	for (unsigned i = 0; i < scaled(200); i++) {
		struct tower tower = { TOWER };

		start(&tower, HOUR);
		lt_watch_stop(tower.watch);
		await_end(&tower);
		EXPECT(event_times(&tower.ticked) == 0, "it ticked before its time");
	}
}

/*
 *   owner         watch
 *                 in a tick
 *   stops
 *   goes on       the tick is over; the end
 */
SCENARIO(a_watch_may_be_stopped_while_it_ticks)
{
	struct tower tower = { TOWER, .halts = true };

	start(&tower, PERIOD);
	event_await(&tower.ticked, 1);
	lt_watch_stop(tower.watch);
	EXPECT(event_times(&tower.ended) == 0, "the end came while a tick was in progress");
	event_raise(&tower.go_on);
	await_end(&tower);
	EXPECT(event_times(&tower.ticked) == 1, "a tick came after it was stopped");
}

SCENARIO(a_shorter_period_counts_at_once)
{
	struct tower tower = { TOWER };

	start(&tower, HOUR);
	lt_watch_set_period(tower.watch, PERIOD);
	event_await(&tower.ticked, 2);
	lt_watch_stop(tower.watch);
	await_end(&tower);
	EXPECT(event_times(&tower.ticked) >= 2, "it did not tick");
}

SCENARIO(a_longer_period_counts_at_once)
{
	struct tower tower = { TOWER, .next_period = HOUR };

	start(&tower, PERIOD);
	event_await(&tower.ticked, 1);
	pass_time(20 * PERIOD);
	EXPECT(event_times(&tower.ticked) == 1, "it went on as before");
	lt_watch_set_period(tower.watch, LT_FOREVER);
	pass_time(20 * PERIOD);
	EXPECT(event_times(&tower.ticked) == 1, "a period without end was over");
	lt_watch_set_period(tower.watch, 1);
	event_await(&tower.ticked, 2);
	lt_watch_stop(tower.watch);
	await_end(&tower);
}

SCENARIO(many_watches_come_and_go)
{

	for (unsigned i = 0; i < scaled(400); i++) {
		struct tower tower = { TOWER };

		start(&tower, 1 + i * UINT64_C(500));
		lt_watch_stop(tower.watch);
		await_end(&tower);
	}
}

SCENARIO(without_memory_there_is_no_watch)
{
	struct tower tower = { TOWER };

	memory_fail(0, 1);
	EXPECT(lt_watch_start(PERIOD, tick, end, &tower) == NULL, "a watch was made of nothing");
	memory_recover();
	EXPECT(event_times(&tower.ended) == 0, "what never was ended");
}
