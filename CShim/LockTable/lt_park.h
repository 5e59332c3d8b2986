/*
 * Parks and unparks a thread, with a futex (lt_park_futex.c), or with a POSIX mutex and condition
 * variable (lt_park_pthread.c).
 */
#ifndef LT_PARK_H
#define LT_PARK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * One thread sleeps at a parker until another thread unparks it. One lt_park() consumes one
 * lt_unpark(), in whichever order they run. The caller must not call lt_unpark() twice before
 * lt_park() has consumed the first call.
 *
 * The caller may destroy the parker, and reuse its memory, as soon as lt_park() has returned true,
 * even while the lt_unpark() that it consumed has not returned.
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
 * Sleeps until the token is there. True: the call has consumed the token. False: the deadline (a
 * time of lt_now_ns(), or LT_FOREVER) passed without a token.
 */
bool lt_park(struct lt_parker *, uint64_t deadline);
void lt_unpark(struct lt_parker *);

#endif /* LT_PARK_H */
