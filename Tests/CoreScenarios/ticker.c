/* The thread that looks every so often. */
#include "snapshot.h"

#define PERIOD	UINT64_C(200000)
#define HOUR	UINT64_C(3600000000000)

struct ticking {
	lt_ticker_t *ticker;
	struct event ready, ticked, go_on, ended;
	unsigned stop_at;	/* In that tick; 0 = in none. */
	uint64_t next_period;	/* Set by the first tick, unless 0. */
	bool halts;		/* Each tick awaits as many go_ons. */
};

#define TOWER	.ready = EVENT, .ticked = EVENT, .go_on = EVENT, .ended = EVENT

static void
tick(void *context)
{
	struct ticking *ticking = context;
	unsigned times;

	EXPECT(event_times(&ticking->ended) == 0, "a tick came after the end");
	event_await(&ticking->ready, 1);
	if (ticking->next_period != 0 && event_times(&ticking->ticked) == 0)
		lt_ticker_set_period(ticking->ticker, ticking->next_period);
	event_raise(&ticking->ticked);
	times = event_times(&ticking->ticked);
	if (times == ticking->stop_at)
		lt_ticker_stop(ticking->ticker);
	if (ticking->halts)
		event_await(&ticking->go_on, times);
}

static void
end(void *context)
{
	struct ticking *ticking = context;

	event_raise(&ticking->ended);
}

static void
start(struct ticking *ticking, uint64_t period)
{

	ticking->ticker = lt_ticker_start(period, tick, end, ticking);
	EXPECT(ticking->ticker != NULL, "a ticker was not started");
	event_raise(&ticking->ready);
}

SCENARIO(a_ticker_ticks_until_it_is_stopped)
{
	struct ticking ticking = { TOWER };

	start(&ticking, PERIOD);
	event_await(&ticking.ticked, 5);
	EXPECT(event_times(&ticking.ended) == 0, "it ended of itself");
	lt_ticker_stop(ticking.ticker);
	await_end_of_ticker(&ticking.ended, 0);
}

SCENARIO(a_ticker_may_be_stopped_in_its_tick)
{
	struct ticking ticking = { TOWER, .stop_at = 3 };

	start(&ticking, PERIOD);
	await_end_of_ticker(&ticking.ended, 0);
	EXPECT(event_times(&ticking.ticked) == 3, "a tick came after it was stopped");
}

SCENARIO(a_ticker_may_be_stopped_before_its_first_tick)
{

	for (unsigned i = 0; i < scaled(200); i++) {
		struct ticking ticking = { TOWER };

		start(&ticking, HOUR);
		lt_ticker_stop(ticking.ticker);
		await_end_of_ticker(&ticking.ended, 0);
		EXPECT(event_times(&ticking.ticked) == 0, "it ticked before its time");
	}
}

/*
 *   owner         ticker
 *                 in a tick
 *   stops
 *   goes on       the tick is over; the end
 */
SCENARIO(a_ticker_may_be_stopped_while_it_ticks)
{
	struct ticking ticking = { TOWER, .halts = true };

	start(&ticking, PERIOD);
	event_await(&ticking.ticked, 1);
	lt_ticker_stop(ticking.ticker);
	EXPECT(event_times(&ticking.ended) == 0, "the end came while a tick was in progress");
	event_raise(&ticking.go_on);
	await_end_of_ticker(&ticking.ended, 0);
	EXPECT(event_times(&ticking.ticked) == 1, "a tick came after it was stopped");
}

SCENARIO(a_shorter_period_counts_at_once)
{
	struct ticking ticking = { TOWER };

	start(&ticking, HOUR);
	lt_ticker_set_period(ticking.ticker, PERIOD);
	event_await(&ticking.ticked, 2);
	lt_ticker_stop(ticking.ticker);
	await_end_of_ticker(&ticking.ended, 0);
	EXPECT(event_times(&ticking.ticked) >= 2, "it did not tick");
}

SCENARIO(a_longer_period_counts_at_once)
{
	struct ticking ticking = { TOWER, .next_period = HOUR };

	start(&ticking, PERIOD);
	event_await(&ticking.ticked, 1);
	pass_time(20 * PERIOD);
	EXPECT(event_times(&ticking.ticked) == 1, "it went on as before");
	lt_ticker_set_period(ticking.ticker, LT_FOREVER);
	pass_time(20 * PERIOD);
	EXPECT(event_times(&ticking.ticked) == 1, "a period without end was over");
	lt_ticker_set_period(ticking.ticker, 1);
	event_await(&ticking.ticked, 2);
	lt_ticker_stop(ticking.ticker);
	await_end_of_ticker(&ticking.ended, 0);
}

SCENARIO(many_tickers_come_and_go)
{

	for (unsigned i = 0; i < scaled(400); i++) {
		struct ticking ticking = { TOWER };

		start(&ticking, 1 + i * UINT64_C(500));
		lt_ticker_stop(ticking.ticker);
		await_end_of_ticker(&ticking.ended, 0);
	}
}

SCENARIO(without_memory_there_is_no_ticker)
{
	struct ticking ticking = { TOWER };

	memory_fail(0, 1);
	EXPECT(lt_ticker_start(PERIOD, tick, end, &ticking) == NULL, "a ticker was made of nothing");
	memory_recover();
	EXPECT(event_times(&ticking.ended) == 0, "what never was ended");
}
