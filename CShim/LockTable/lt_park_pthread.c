/* Parking anywhere: a mutex and a condition variable for one sleeper. */
#include "lt_platform.h"

#ifndef LT_PARK_FUTEX

#include <errno.h>
#include <time.h>

#include "CLockTable.h"

/*
 * The token is written and read under the mutex. unpark signals before it
 * unlocks, so the sleeper can't be past its own unlock, and destroy the pair,
 * before unpark is done with the condition; and POSIX lets a mutex be destroyed
 * by whoever has locked it after the last other user.
 */
void
lt_parker_init(struct lt_parker *parker)
{
	pthread_condattr_t attributes;

	if (pthread_mutex_init(&parker->mutex, NULL) != 0 ||
	    pthread_condattr_init(&attributes) != 0)
		lt_trap("the system has no memory for a mutex to park on");
#ifndef __APPLE__
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
	if (pthread_cond_init(&parker->condition, &attributes) != 0)
		lt_trap("the system has no memory for a condition to park on");
	(void)pthread_condattr_destroy(&attributes);
	parker->token = false;
}

void
lt_parker_destroy(struct lt_parker *parker)
{

	(void)pthread_cond_destroy(&parker->condition);
	(void)pthread_mutex_destroy(&parker->mutex);
}

static bool
sleep_until(struct lt_parker *parker, uint64_t deadline)
{
	struct timespec at;

	if (deadline == LT_FOREVER)
		return pthread_cond_wait(&parker->condition, &parker->mutex) == 0;
#ifdef __APPLE__
	uint64_t now = lt_now_ns(), left = deadline > now ? deadline - now : 0;

	at.tv_sec = (time_t)(left / 1000000000u);
	at.tv_nsec = (long)(left % 1000000000u);
	return pthread_cond_timedwait_relative_np(&parker->condition, &parker->mutex, &at) !=
	    ETIMEDOUT;
#else
	at.tv_sec = (time_t)(deadline / 1000000000u);
	at.tv_nsec = (long)(deadline % 1000000000u);
	return pthread_cond_timedwait(&parker->condition, &parker->mutex, &at) != ETIMEDOUT;
#endif
}

bool
lt_park(struct lt_parker *parker, uint64_t deadline)
{
	bool sent;

	(void)pthread_mutex_lock(&parker->mutex);
	while (!parker->token) {
		if (!sleep_until(parker, deadline))
			break;
	}
	sent = parker->token;
	lt_store_relaxed(&parker->token, false);
	(void)pthread_mutex_unlock(&parker->mutex);
	return sent;
}

void
lt_unpark(struct lt_parker *parker)
{

	(void)pthread_mutex_lock(&parker->mutex);
	lt_store_relaxed(&parker->token, true);
	(void)pthread_cond_signal(&parker->condition);
	(void)pthread_mutex_unlock(&parker->mutex);
}

#endif /* LT_PARK_FUTEX */
