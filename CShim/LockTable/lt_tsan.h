/*
 * ThreadSanitizer cannot see CK's atomics, which are inline assembly. So the core reports to
 * ThreadSanitizer what it orders, in one of two modes:
 *
 * In a user's build ThreadSanitizer judges the user's accesses. The core's own accesses and atomics
 * are not instrumented. Users of different keys may share a stripe, a spare entry or the timer. The
 * order that these create is not reported: the interface does not promise it, and the report would
 * hide races. The core reports the order that the interface promises:
 *  - An acquisition happens after each exclusive hold of its key that has ended or was downgraded.
 *    An exclusive acquisition also happens after each shared hold of its key that has ended.
 *  - A user's function that receives something (a stored key, a continuation) happens after the
 *    functions that received it before.
 *  - A caller that gets a flight's result happens after the landing.
 * The room of a value is new memory for each key: see lt_entry_is_of_one_key().
 *
 * With LT_TSAN_CORE ThreadSanitizer judges the core: the core's accesses are instrumented, and the
 * stripe lock orders them. ThreadSanitizer may then miss a user's race between two keys of one
 * stripe. The same is true with gcc, which has no attribute that exempts all functions of a file.
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

/* These report what the stripe lock orders. */
#if defined(LT_TSAN) && !defined(LT_TSAN_USER)
#define lt_tsan_stripe_acquire(stripe)	__tsan_acquire(stripe)
#define lt_tsan_stripe_release(stripe)	__tsan_release(stripe)
#else
#define lt_tsan_stripe_acquire(stripe)	((void)(stripe))
#define lt_tsan_stripe_release(stripe)	((void)(stripe))
#endif

#ifdef LT_TSAN_USER

/*
 * From here on functions are not instrumented. A file that includes this header, directly or not,
 * must end with LT_END: it does not compile without.
 */
_Pragma("clang attribute push(__attribute__((disable_sanitizer_instrumentation)), \
apply_to = function)")
#define LT_END	_Pragma("clang attribute pop")

/* These report what a key orders. Call acquire once the hold is made, release before it ends. */
void lt_tsan_key_acquire(const void *table, uint64_t hash, bool shared);
void lt_tsan_key_release(const void *table, uint64_t hash, bool shared);

/* These report that one user's function hands something to another one. */
#define lt_tsan_acquire(p)	__tsan_acquire((void *)(uintptr_t)(p))
#define lt_tsan_release(p)	__tsan_release((void *)(uintptr_t)(p))

/*
 * ThreadSanitizer sees library functions in spite of the attribute. Between these two calls it
 * ignores what they read and write on this thread, as the core's memory passes between threads.
 */
void lt_tsan_begin_ignoring_accesses(void);
void lt_tsan_end_ignoring_accesses(void);
/* The same. ThreadSanitizer ignores what the locks of library functions order, too. */
void lt_tsan_begin_ignoring_all(void);
void lt_tsan_end_ignoring_all(void);

#else

#define LT_END
#define lt_tsan_key_acquire(table, hash, shared) \
	((void)(table), (void)(hash), (void)(shared))
#define lt_tsan_key_release(table, hash, shared) \
	((void)(table), (void)(hash), (void)(shared))
#define lt_tsan_acquire(p)		((void)(p))
#define lt_tsan_release(p)		((void)(p))
#define lt_tsan_begin_ignoring_accesses()	((void)0)
#define lt_tsan_end_ignoring_accesses()		((void)0)
#define lt_tsan_begin_ignoring_all()		((void)0)
#define lt_tsan_end_ignoring_all()		((void)0)

#endif

#endif /* LT_TSAN_H */
