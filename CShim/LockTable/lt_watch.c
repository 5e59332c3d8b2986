/*
 * A thread that calls a function periodically, for users that inspect tables, and not for the core
 * itself.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "lt_platform.h"

#include "CLockTable.h"

struct lt_watch {
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
leave(struct lt_watch *watch)
{

	/* (W) Each user's use of the watch happens before the last user frees it. */
	lt_tsan_release(watch);
	if (lt_decrement_acq_rel(&watch->users) > 0)
		return;
	lt_tsan_acquire(watch);
	pthread_mutex_destroy(&watch->mutex);
	pthread_cond_destroy(&watch->changed);
	lt_deallocate(watch, sizeof *watch);
}

/* Sleeps for a period; a change of the period takes effect at once. The mutex is locked. */
static void
wait_for_next(struct lt_watch *watch)
{
	const uint64_t start = lt_now_ns();

	while (!watch->stopped) {
		uint64_t next = start + watch->period;

		if (next < start)
			next = LT_FOREVER;
		if (!lt_condition_wait(&watch->changed, &watch->mutex, next))
			return;
	}
}

static void *
run(void *argument)
{
	struct lt_watch *watch = argument;

	pthread_mutex_lock(&watch->mutex);
	for (;;) {
		wait_for_next(watch);
		if (watch->stopped)
			break;
		pthread_mutex_unlock(&watch->mutex);
		watch->tick(watch->context);
		pthread_mutex_lock(&watch->mutex);
	}
	pthread_mutex_unlock(&watch->mutex);
	watch->end(watch->context);
	leave(watch);
	return NULL;
}

lt_watch_t *
lt_watch_start(uint64_t period, void (*tick)(void *), void (*end)(void *), void *context)
{
	struct lt_watch *watch = lt_allocate_zeroed(sizeof *watch);

	if (watch == NULL)
		return NULL;
	if (pthread_mutex_init(&watch->mutex, NULL) != 0) {
		lt_deallocate(watch, sizeof *watch);
		return NULL;
	}
	if (!lt_condition_try_init(&watch->changed)) {
		(void)pthread_mutex_destroy(&watch->mutex);
		lt_deallocate(watch, sizeof *watch);
		return NULL;
	}
	watch->period = period;
	watch->tick = tick;
	watch->end = end;
	watch->context = context;
	watch->users = 2;
	if (!lt_start_thread("LockTable hooks", run, watch)) {
		watch->users = 1;
		leave(watch);
		return NULL;
	}
	return watch;
}

void
lt_watch_set_period(lt_watch_t *watch, uint64_t period)
{

	pthread_mutex_lock(&watch->mutex);
	watch->period = period;
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
}

void
lt_watch_stop(lt_watch_t *watch)
{

	pthread_mutex_lock(&watch->mutex);
	watch->stopped = true;
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
	leave(watch);
}

LT_END

#endif /* LT_SUPPORTED */
