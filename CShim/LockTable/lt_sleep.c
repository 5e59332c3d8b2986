/*
 * Sleeping at an address, by a futex or a pthread condition.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#define _GNU_SOURCE
#include "CLockTable.h"
#include "lt_bucket.h"
#include "lt_platform.h"

#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#ifdef LT_PARK_FUTEX

/* Keeps apart most of the addresses that share a bucket. */
static uint32_t
mask_of(const void *address)
{

	return UINT32_C(1) << (lt_mix_address(address) >> 53 & 31);
}

uint32_t
lt_wake_epoch(const void *address)
{

	/* Acquire order keeps this load before the caller's announcement. */
	return lt_load_acquire(&lt_bucket_of(address)->epoch);
}

bool
lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns)
{
	const uint64_t until = lt_now_ns() + limit_ns;
	struct timespec at = { (time_t)(until / 1000000000u), (long)(until % 1000000000u) };

	return syscall(SYS_futex, &lt_bucket_of(address)->epoch, FUTEX_WAIT_BITSET_PRIVATE, epoch,
	    &at, NULL, mask_of(address)) == 0;
}

void
lt_wake_one(const void *address)
{

	(void)lt_increment_release(&lt_bucket_of(address)->epoch);
	(void)syscall(SYS_futex, &lt_bucket_of(address)->epoch, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL,
	    NULL, mask_of(address));
}

#else

uint32_t
lt_wake_epoch(const void *address)
{
	uint32_t epoch;

	lt_tsan_begin_ignoring_all();
	epoch = lt_load_acquire(&lt_bucket_of(address)->epoch);
	lt_tsan_end_ignoring_all();
	return epoch;
}

/* Must not be a cancellation point, as its caller is in the middle of a call. */
bool
lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns)
{
	struct lt_bucket *bucket;
	bool was_woken;
	int state;

	lt_tsan_begin_ignoring_all();
	bucket = lt_bucket_of(address);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&bucket->mutex);
	was_woken = lt_load_relaxed(&bucket->epoch) == epoch &&
	    lt_condition_wait(&bucket->condition, &bucket->mutex, lt_now_ns() + limit_ns);
	(void)pthread_mutex_unlock(&bucket->mutex);
	(void)pthread_setcancelstate(state, NULL);
	lt_tsan_end_ignoring_all();
	return was_woken;
}

void
lt_wake_one(const void *address)
{
	struct lt_bucket *bucket;

	lt_tsan_begin_ignoring_all();
	bucket = lt_bucket_of(address);
	(void)pthread_mutex_lock(&bucket->mutex);
	(void)lt_increment_release(&bucket->epoch);
	(void)pthread_mutex_unlock(&bucket->mutex);
	(void)pthread_cond_signal(&bucket->condition);
	lt_tsan_end_ignoring_all();
}

#endif

LT_END

#endif /* LT_SUPPORTED */
