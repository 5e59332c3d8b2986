/* Parking on Linux: one futex word for one sleeper. */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "lt_platform.h"

#ifdef LT_PARK_FUTEX

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "CLockTable.h"

/*
 * The word:
 *
 *            park()                         unpark()
 *  EMPTY     -> SLEEPING, sleep             -> SENT
 *  SLEEPING  -> EMPTY, return false, if     -> SENT, wake
 *            the deadline has passed
 *  SENT      -> EMPTY, return true          the caller's error
 *
 * (A) The exchange in unpark() releases what the waker did before it. (B) The exchange that
 * consumes the token acquires what (A) released. The other steps of park() order nothing. After
 * (A), unpark() does not touch the parker: the wake-up only names its address. If the word has
 * become something else by then, the wake-up is a spurious one there.
 */
enum { EMPTY = 0, SLEEPING = 1, SENT = 2 };

/*
 * About the time from the waker's store of the waiter's state to its store of the token, when
 * threads compete for the cache line. LT_TURNS is this time in spin iterations, with a pause after
 * each. Tests/Exploration sets fewer.
 */
#define LT_TOKEN_SPIN_NS	400
#ifndef LT_TURNS
#define LT_TURNS	lt_pauses_in_ns(LT_TOKEN_SPIN_NS)
#endif

void
lt_parker_init(struct lt_parker *parker)
{

	parker->token = EMPTY;
}

void
lt_parker_destroy(struct lt_parker *parker)
{

	(void)parker;
}

static bool
consume(struct lt_parker *parker)
{

	if (lt_load_relaxed(&parker->token) != SENT)
		return false;
	(void)lt_exchange_acquire(&parker->token, EMPTY);	/* (B) */
	return true;
}

/* The limit is absolute, so that an interrupted sleep does not start over. */
static bool
sleep_until(struct lt_parker *parker, uint64_t deadline)
{
	struct timespec at, *limit = NULL;
	long r;

	if (deadline != LT_FOREVER) {
		at.tv_sec = (time_t)(deadline / 1000000000u);
		at.tv_nsec = (long)(deadline % 1000000000u);
		limit = &at;
	}

	r = syscall(SYS_futex, &parker->token, FUTEX_WAIT_BITSET_PRIVATE, SLEEPING, limit, NULL,
	    FUTEX_BITSET_MATCH_ANY);
	return r == 0 || errno != ETIMEDOUT;
}

bool
lt_park(struct lt_parker *parker, uint64_t deadline)
{
	uint32_t seen = EMPTY;

	/* The waker stores the token a few instructions after the state that announces it. */
	for (uint32_t turns = LT_TURNS; turns > 0; turns--) {
		if (consume(parker))
			return true;
		lt_pause();
	}
	if (!lt_swap_if_relaxed(&parker->token, &seen, SLEEPING))
		return consume(parker);

	for (;;) {
		bool in_time = sleep_until(parker, deadline);

		if (consume(parker))
			return true;
		if (in_time)
			continue;

		seen = SLEEPING;
		if (lt_swap_if_relaxed(&parker->token, &seen, EMPTY))
			return false;
		return consume(parker);
	}
}

void
lt_unpark(struct lt_parker *parker)
{
	uint32_t *word = &parker->token;

	if (lt_exchange_release(word, SENT) == SLEEPING)	/* (A) */
		(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#endif /* LT_PARK_FUTEX */

LT_END

#endif /* LT_SUPPORTED */
