/*
 * The system refuses what the core's own threads need. The core returns LT_NO_THREAD, LT_NO_MEMORY
 * or NULL, and loses nothing. These scenarios arrange for what they need: main.c runs them without
 * other faults.
 */
#include <sched.h>

#include "faults.h"
#include "flights.h"
#include "held_keys.h"

#define HOUR	(3600000 * MS)

/* So that the next deadline needs a thread. */
static void
await_end_of_timer(void)
{

	faults_end_idleness(true);
	while (peek_timer_runs()) {
		struct sleeper sleeper;
		struct held_keys held;

		/* An idle thread looks when one comes and goes. */
		held_keys_open(&held, 1, LT_ADAPTIVE);
		sleeper_create(&sleeper, held.table, INTEGERS, 0, lt_now_ns() + HOUR);
		if (sleeper_begin(&sleeper) == LT_SUSPENDED)
			lt_suspension_cancel(sleeper.suspension);
		(void)sleeper_end(&sleeper);
		held_keys_close(&held);
		for (unsigned i = 0; i < 1000 && peek_timer_runs(); i++)
			pass_time(MS / 10);
	}
	faults_end_idleness(false);
}

SCENARIO(a_deadline_without_a_thread_is_refused)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		for (unsigned refusals = 1; refusals <= 3; refusals++) {
			struct sleeper patient, sleepers[4];
			struct held_keys held;

			await_end_of_timer();
			held_keys_open(&held, 1, fairness);
			held_keys_suspend(&held, &patient, 0, LT_FOREVER);
			faults_refuse_threads(0, refusals);
			for (unsigned i = 0; i < LENGTH_OF(sleepers); i++) {
				lt_status_t status, wanted = i < refusals ? LT_NO_THREAD : LT_SUSPENDED;

				sleeper_create(&sleepers[i], held.table, INTEGERS, 0, lt_now_ns() + HOUR);
				status = sleeper_begin(&sleepers[i]);
				EXPECT(status == wanted, "a deadline was accepted without a thread, or refused for no reason");
				if (status == LT_SUSPENDED)
					continue;
				EXPECT(has_failed(sleeper_end(&sleepers[i]), LT_NO_THREAD),
				    "the end gave another reason");
				EXPECT(!peek_timer_runs(), "a refusal left memory, or a thread that is none");
				EXPECT(peek_queue(held.holds[0]) == 1, "a refused waiter was queued");
			}
			EXPECT(faults_refused() == refusals, "nothing was refused");
			EXPECT(sleeper_sleeps(&patient), "a waiter without a deadline was refused");
			for (unsigned i = refusals; i < LENGTH_OF(sleepers); i++)
				sleeper_cancel(&sleepers[i]);
			/* The thread that came in the end does its work. */
			held_keys_suspend(&held, &sleepers[0], 0, lt_now_ns() + MS);
			sleeper_await_time_out(&sleepers[0]);
			sleeper_cancel(&patient);
			held_keys_close(&held);
		}
	}
}

/* Whoever was to begin the flight has the key as before, and can begin another one. */
SCENARIO(a_flight_without_a_thread_for_its_deadline_is_refused)
{
	struct sleeper sleeper;
	struct trip trip;
	lt_table_t *table;

	await_end_of_timer();
	table = flights_make(INTEGERS, 1);
	faults_refuse_threads(0, 2);
	for (unsigned i = 0; i < 3; i++) {
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_OR_PIN);
		const bool has_begun = flights_try_begin(&trip, &sleeper, hold, lt_now_ns() + HOUR,
		    LT_NO_THREAD);

		EXPECT(has_begun == (i == 2), "a flight began without a thread, or was refused for no reason");
		EXPECT(is_held(table, INTEGERS, 1) == has_begun, "a refused flight holds its key");
		if (!has_begun)
			continue;
		lt_flight_land(trip.flight);
		flights_expect_landed(&sleeper, &trip);
	}
	EXPECT(faults_refused() == 2, "nothing was refused");
	EXPECT(told_by(table).flights == 1, "a refused flight was counted");
	close_empty(table);
}

static void
count(void *counter)
{

	event_raise(counter);
}

SCENARIO(a_ticker_without_a_thread_is_none)
{

	for (uint64_t n = 0; n < 3; n++) {
		struct event ticked = EVENT;
		lt_ticker_t *tickers[3];

		faults_refuse_threads(n, 1);
		for (uint64_t i = 0; i < 3; i++)
			tickers[i] = lt_ticker_start(HOUR, count, count, &ticked);
		for (uint64_t i = 0; i < 3; i++) {
			EXPECT((tickers[i] == NULL) == (i == n), "a ticker without a thread was one");
			if (tickers[i] != NULL)
				lt_ticker_stop(tickers[i]);
		}
		/* Their ends, and nothing else. */
		event_await(&ticked, 2);
		while (memory_outstanding() > 0)
			pass_time(MS / 10);
		EXPECT(event_times(&ticked) == 2, "what never was ended");
	}
}

/* What there was of it is given back, and nothing is called. */
SCENARIO(a_ticker_without_a_mutex_or_a_condition_is_none)
{

	for (uint64_t n = 0; n < 2; n++) {
		struct event ticked = EVENT;

		faults_refuse_locks(n);
		EXPECT(lt_ticker_start(HOUR, count, count, &ticked) == NULL, "a ticker without a lock was one");
		EXPECT(faults_refused() == 1, "nothing was refused");
		EXPECT(event_times(&ticked) == 0, "what never was ended");
		EXPECT(memory_outstanding() == 0, "memory was not given back");
	}
}

struct ticking {
	struct event ticked, ended;
};

static void
tick(void *ticking)
{

	event_raise(&((struct ticking *)ticking)->ticked);
}

static void
end(void *ticking)
{

	event_raise(&((struct ticking *)ticking)->ended);
}

/* It inherits, then, what it was not to inherit. */
SCENARIO(a_thread_without_its_attributes_starts_nonetheless)
{

	for (enum attributes refused = NO_POLICY; refused <= NO_STACK; refused++) {
		struct ticking ticking = { EVENT, EVENT };
		struct sleeper sleeper;
		struct held_keys held;
		lt_ticker_t *ticker;

		await_end_of_timer();
		faults_refuse_attributes(refused);
		ticker = lt_ticker_start(MS, tick, end, &ticking);
		EXPECT(ticker != NULL && faults_refused() == refused, "a ticker was not started");
		if (ticker != NULL) {
			event_await(&ticking.ticked, 2);
			lt_ticker_stop(ticker);
			await_end_of_ticker(&ticking.ended, 0);
		}
		held_keys_open(&held, 1, LT_FIFO);
		sleeper_create(&sleeper, held.table, INTEGERS, 0, lt_now_ns() + MS);
		if (sleeper_begin(&sleeper) == LT_SUSPENDED)
			sleeper_await_time_out(&sleeper);
		else
			(void)sleeper_end(&sleeper);
		EXPECT(faults_refused() == 2 * (uint64_t)refused && peek_timer_runs(),
		    "the timer was not started");
		faults_refuse_attributes(ANY_ATTRIBUTES);
		held_keys_close(&held);
	}
}

/* Waiting threads need no thread of the core's. */
SCENARIO(threads_wait_without_a_thread_to_be_had)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	faults_refuse_threads(0, UINT64_MAX);
	EXPECT(has_failed(acquire(table, INTEGERS, 1, lt_now_ns() + MS), LT_TIMED_OUT), "no time-out");
	EXPECT(faults_refused() == 0, "a waiting thread asked for a thread");
	faults_refuse_threads(0, 0);
	lt_release(hold);
	close_empty(table);
}

/* It may not fence in this period, and there is no thread for the monitor that it would rely on. */
SCENARIO(a_waiter_without_a_monitor_fences_after_all)
{
	struct sleeper sleeper;
	lt_table_t *table;
	lt_hold_t hold;

	await_end_of_timer();
	set_monitored(true);
	table = table_make(INTEGERS, 1, LT_FIFO);
	hold = acquire(table, INTEGERS, 1, LT_FOREVER);
	if (!peek_is_counted(hold)) {
		EXPECT(peek_begin_counting(hold), "the first waiter may not fence");
		faults_refuse_threads(0, UINT64_MAX);
		sleeper_enqueue(&sleeper, table, INTEGERS, 1);
		faults_refuse_threads(0, 0);
		EXPECT(!peek_is_unfenced(hold), "no fence, and no monitor");
		lt_release_while_open(hold.place);
		event_await(&sleeper.resumed, 1);
		hold = sleeper_end(&sleeper);
	}
	lt_release(hold);
	lt_table_close(table);
	set_monitored(false);
}
