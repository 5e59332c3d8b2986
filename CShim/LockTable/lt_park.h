/*
 * Parking a thread, and unparking it: by a futex (lt_park_futex.c), or by what POSIX has
 * (lt_park_pthread.c).
 */
#ifndef LT_PARK_H
#define LT_PARK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A place where one thread sleeps until another sends it on. One lt_unpark()
 * is consumed by one lt_park(), whichever comes first; a second lt_unpark()
 * before that is a mistake of the caller's.
 *
 * The parker may be destroyed, and its memory reused, as soon as lt_park() has
 * returned true, even while the lt_unpark() that let it go has not returned.
 */
#if defined(__linux__) && !defined(LT_PORTABLE_PARKING)
#define LT_PARK_FUTEX 1
struct lt_parker {
	uint32_t token;
};
#else
struct lt_parker {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	bool token;
};
#endif

void lt_parker_init(struct lt_parker *);
void lt_parker_destroy(struct lt_parker *);
/*
 * Sleeps until the token comes. True: it was consumed. False: the deadline (in
 * lt_now_ns()'s time, or LT_FOREVER) passed without it.
 */
bool lt_park(struct lt_parker *, uint64_t deadline);
void lt_unpark(struct lt_parker *);

#endif /* LT_PARK_H */
