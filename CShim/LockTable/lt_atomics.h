/*
 * Atomics, each named after the order that it needs, and hints for the compiler.
 */
#ifndef LT_ATOMICS_H
#define LT_ATOMICS_H

#define LT_CACHE_LINE	64

#define lt_likely(x)	__builtin_expect(!!(x), 1)
#define lt_unlikely(x)	__builtin_expect(!!(x), 0)
#define LT_COLD		__attribute__((noinline, cold))
#define LT_NOINLINE	__attribute__((noinline))
#define LT_INLINE	inline __attribute__((always_inline))

/*
 * Asks for a cache line that is about to be read and then written. A read alone would get a copy of
 * another core's line, and the write would have to ask that core again. (The compiler's function
 * takes it for a read, unless it may assume a newer processor. An older one does nothing here.)
 */
static LT_INLINE void
lt_prefetch_to_write(const void *address)
{

#if defined(__x86_64__) && !defined(__builtin_prefetch)
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
	__builtin_prefetch(address, 1);
#endif
}

#define lt_load_relaxed(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define lt_load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define lt_store_relaxed(p, v)		__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define lt_store_release(p, v)		__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define lt_exchange_acquire(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define lt_exchange_release(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_RELEASE)
#define lt_decrement_acq_rel(p)		__atomic_sub_fetch((p), 1, __ATOMIC_ACQ_REL)
#define lt_increment_64_relaxed(p)	__atomic_add_fetch((p), UINT64_C(1), __ATOMIC_RELAXED)
#define lt_increment_release(p)		__atomic_add_fetch((p), 1, __ATOMIC_RELEASE)
#define lt_decrement_relaxed(p)		__atomic_sub_fetch((p), 1, __ATOMIC_RELAXED)
#define lt_increment_relaxed(p)		__atomic_add_fetch((p), 1, __ATOMIC_RELAXED)
/* The light fence: the compiler may not reorder a store and a load over it; the processor may. */
#define lt_light_fence()			__atomic_signal_fence(__ATOMIC_SEQ_CST)
#define lt_swap_if_relaxed(p, expected, v)					\
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#endif /* LT_ATOMICS_H */
