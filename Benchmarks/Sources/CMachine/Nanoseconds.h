/* The monotonic clock, as the program's Swift reads it. */
#ifndef NANOSECONDS_H
#define NANOSECONDS_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
nanoseconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif /* NANOSECONDS_H */
