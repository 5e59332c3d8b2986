/*
 * The buckets of threads that sleep at an address, which are part of the state of the process
 * (lt_platform.c). The hash of an address selects its bucket. Buckets are never freed, so a waker
 * need not know whether the object at the address still exists.
 */
#ifndef LT_BUCKET_H
#define LT_BUCKET_H

#include "lt_atomics.h"
#include "lt_park.h"

#define LT_BUCKETS	64

struct lt_bucket {
#ifdef LT_PARK_FUTEX
	_Alignas(LT_CACHE_LINE) uint32_t epoch;
#else
	_Alignas(LT_CACHE_LINE) pthread_mutex_t mutex;
	pthread_cond_t condition;
	uint32_t epoch;			/* Written under the mutex. */
#endif
};

static inline uint64_t
lt_mix_address(const void *address)
{

	return (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
}

struct lt_bucket *lt_bucket_of(const void *address);

#endif /* LT_BUCKET_H */
