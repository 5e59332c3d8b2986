/*
 * A thread that calls a function periodically, for users that inspect tables, and not for the core
 * itself.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "lt_platform.h"

#include "CLockTable.h"

struct lt_ticker {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	uint64_t period;
	void (*tick)(void *);
	void (*end)(void *);
	void *context;
	uint32_t users;	/* The owner and the thread. */
	bool stopped;
};

static void
leave(struct lt_ticker *ticker)
{

	/* (W) Each user's use of the ticker happens before the last user frees it. */
	lt_tsan_release(ticker);
	if (lt_decrement_acq_rel(&ticker->users) > 0)
		return;
	lt_tsan_acquire(ticker);
	pthread_mutex_destroy(&ticker->mutex);
	pthread_cond_destroy(&ticker->changed);
	lt_deallocate(ticker, sizeof *ticker);
}

/* Sleeps for a period; a change of the period takes effect at once. The mutex is locked. */
static void
wait_for_next(struct lt_ticker *ticker)
{
	const uint64_t start = lt_now_ns();

	while (!ticker->stopped) {
		uint64_t next = start + ticker->period;

		if (next < start)
			next = LT_FOREVER;
		if (!lt_condition_wait(&ticker->changed, &ticker->mutex, next))
			return;
	}
}

static void *
run(void *argument)
{
	struct lt_ticker *ticker = argument;

	pthread_mutex_lock(&ticker->mutex);
	for (;;) {
		wait_for_next(ticker);
		if (ticker->stopped)
			break;
		pthread_mutex_unlock(&ticker->mutex);
		ticker->tick(ticker->context);
		pthread_mutex_lock(&ticker->mutex);
	}
	pthread_mutex_unlock(&ticker->mutex);
	ticker->end(ticker->context);
	leave(ticker);
	return NULL;
}

lt_ticker_t *
lt_ticker_start(uint64_t period, void (*tick)(void *), void (*end)(void *), void *context)
{
	struct lt_ticker *ticker = lt_allocate_zeroed(sizeof *ticker);

	if (ticker == NULL)
		return NULL;
	if (pthread_mutex_init(&ticker->mutex, NULL) != 0) {
		lt_deallocate(ticker, sizeof *ticker);
		return NULL;
	}
	if (!lt_condition_try_init(&ticker->changed)) {
		(void)pthread_mutex_destroy(&ticker->mutex);
		lt_deallocate(ticker, sizeof *ticker);
		return NULL;
	}
	ticker->period = period;
	ticker->tick = tick;
	ticker->end = end;
	ticker->context = context;
	ticker->users = 2;
	if (!lt_start_thread("LockTable hooks", run, ticker)) {
		ticker->users = 1;
		leave(ticker);
		return NULL;
	}
	return ticker;
}

void
lt_ticker_set_period(lt_ticker_t *ticker, uint64_t period)
{

	pthread_mutex_lock(&ticker->mutex);
	ticker->period = period;
	pthread_cond_signal(&ticker->changed);
	pthread_mutex_unlock(&ticker->mutex);
}

void
lt_ticker_stop(lt_ticker_t *ticker)
{

	pthread_mutex_lock(&ticker->mutex);
	ticker->stopped = true;
	pthread_cond_signal(&ticker->changed);
	pthread_mutex_unlock(&ticker->mutex);
	leave(ticker);
}

LT_END

#endif /* LT_SUPPORTED */
