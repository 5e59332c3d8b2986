/*
 * ThreadSanitizer. CK's atomics are inline assembly, which it can't see, so it is told
 * what the core orders; in one of two ways:
 *
 * In a user's build it judges the user's accesses. The core's own are not instrumented,
 * atomics neither, and what they order among users of different keys (who meet in a
 * stripe, a spare entry, the timer) stays unseen: it is no promise, and would hide
 * races. What it is told is what the interface promises:
 *  - an acquisition comes after each exclusive hold of its key that ended before,
 *    or was downgraded; an exclusive one after each shared hold, too;
 *  - a user's function that is given something (a stored key, a continuation) comes after
 *    those that were given it before.
 *
 * With LT_TSAN_CORE it judges the core: its accesses are instrumented, and the stripe
 * lock orders them. A user's race between two keys of one stripe may then go unseen. So
 * it is with gcc, which has no such attribute for all functions of a file.
 */
#ifndef LT_TSAN_H
#define LT_TSAN_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LT_TSAN		1
#endif
#elif defined(__SANITIZE_THREAD__)
#define LT_TSAN		1
#endif

#if defined(LT_TSAN) && !defined(LT_TSAN_CORE)
#if __has_attribute(disable_sanitizer_instrumentation)
#define LT_TSAN_USER	1
#endif
#endif

#ifdef LT_TSAN
void __tsan_acquire(void *);
void __tsan_release(void *);
#endif

/* What the stripe lock orders. */
#if defined(LT_TSAN) && !defined(LT_TSAN_USER)
#define lt_tsan_stripe_acquire(stripe)	__tsan_acquire(stripe)
#define lt_tsan_stripe_release(stripe)	__tsan_release(stripe)
#else
#define lt_tsan_stripe_acquire(stripe)	((void)(stripe))
#define lt_tsan_stripe_release(stripe)	((void)(stripe))
#endif

#ifdef LT_TSAN_USER

/*
 * Functions from here on are not instrumented. A file that includes this, by whichever
 * way, ends with LT_END, and does not compile without.
 */
_Pragma("clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)")
#define LT_END	_Pragma("clang attribute pop")

/* What a key orders. Acquired by whoever has the hold now; released before it is given up. */
void lt_tsan_key_acquire(const void *table, uint64_t hash, bool shared);
void lt_tsan_key_release(const void *table, uint64_t hash, bool shared);

/* What is handed from one user's function to another. */
#define lt_tsan_acquire(p)	__tsan_acquire((void *)(uintptr_t)(p))
#define lt_tsan_release(p)	__tsan_release((void *)(uintptr_t)(p))

/*
 * Libraries' functions are seen in spite of the attribute. Between these two, what this
 * thread has them read and write is not: the core's memory goes from thread to thread.
 */
void lt_tsan_begin_ignoring_accesses(void);
void lt_tsan_end_ignoring_accesses(void);
/* The same, and for what their locks order. */
void lt_tsan_begin_ignoring_all(void);
void lt_tsan_end_ignoring_all(void);

#else

#define LT_END
#define lt_tsan_key_acquire(table, hash, shared)	((void)(table), (void)(hash), (void)(shared))
#define lt_tsan_key_release(table, hash, shared)	((void)(table), (void)(hash), (void)(shared))
#define lt_tsan_acquire(p)		((void)(p))
#define lt_tsan_release(p)		((void)(p))
#define lt_tsan_begin_ignoring_accesses()	((void)0)
#define lt_tsan_end_ignoring_accesses()		((void)0)
#define lt_tsan_begin_ignoring_all()		((void)0)
#define lt_tsan_end_ignoring_all()		((void)0)

#endif

#endif /* LT_TSAN_H */
