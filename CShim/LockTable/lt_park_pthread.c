/* Parking on any POSIX system: one mutex and one condition variable for one sleeper. */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "lt_platform.h"

#ifndef LT_PARK_FUTEX

/*
 * The token is written and read under the mutex. lt_unpark() signals before it unlocks, so it is
 * done with the condition before the sleeper can unlock the mutex and destroy both. POSIX lets a
 * thread destroy a mutex that it has locked after the last other user did.
 */
void
lt_parker_init(struct lt_parker *parker)
{

	lt_tsan_begin_ignoring_all();
	lt_mutex_init(&parker->mutex);
	lt_condition_init(&parker->condition);
	parker->token = false;
	lt_tsan_end_ignoring_all();
}

void
lt_parker_destroy(struct lt_parker *parker)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_cond_destroy(&parker->condition);
	(void)pthread_mutex_destroy(&parker->mutex);
	lt_tsan_end_ignoring_all();
}

bool
lt_park(struct lt_parker *parker, uint64_t deadline)
{
	bool sent;

	lt_tsan_begin_ignoring_all();
	(void)pthread_mutex_lock(&parker->mutex);
	while (!parker->token) {
		if (!lt_condition_wait(&parker->condition, &parker->mutex, deadline))
			break;
	}
	sent = parker->token;
	lt_store_relaxed(&parker->token, false);
	(void)pthread_mutex_unlock(&parker->mutex);
	lt_tsan_end_ignoring_all();
	return sent;
}

void
lt_unpark(struct lt_parker *parker)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_mutex_lock(&parker->mutex);
	lt_store_relaxed(&parker->token, true);
	(void)pthread_cond_signal(&parker->condition);
	(void)pthread_mutex_unlock(&parker->mutex);
	lt_tsan_end_ignoring_all();
}

#endif /* LT_PARK_FUTEX */

LT_END

#endif /* LT_SUPPORTED */
