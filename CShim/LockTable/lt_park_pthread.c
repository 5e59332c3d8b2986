/* Parking anywhere: a mutex and a condition variable for one sleeper. */
#include "lt_platform.h"

#ifndef LT_PARK_FUTEX

/*
 * The token is written and read under the mutex. unpark signals before it
 * unlocks, so the sleeper can't be past its own unlock, and destroy the pair,
 * before unpark is done with the condition; and POSIX lets a mutex be destroyed
 * by whoever has locked it after the last other user.
 */
void
lt_parker_init(struct lt_parker *parker)
{

	if (pthread_mutex_init(&parker->mutex, NULL) != 0)
		lt_trap("the system has no memory for a mutex to sleep with");
	lt_condition_init(&parker->condition);
	parker->token = false;
}

void
lt_parker_destroy(struct lt_parker *parker)
{

	(void)pthread_cond_destroy(&parker->condition);
	(void)pthread_mutex_destroy(&parker->mutex);
}

bool
lt_park(struct lt_parker *parker, uint64_t deadline)
{
	bool sent;

	(void)pthread_mutex_lock(&parker->mutex);
	while (!parker->token) {
		if (!lt_condition_wait(&parker->condition, &parker->mutex, deadline))
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
