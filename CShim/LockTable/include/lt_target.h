/*
 * The machine that LockTable needs. Each file of the core includes this header first, and is
 * otherwise empty if LT_SUPPORTED is not defined. So on any other machine the compiler reports
 * this error and no other.
 */
#ifndef LT_TARGET_H
#define LT_TARGET_H

#if (defined(__linux__) || defined(__APPLE__)) && __SIZEOF_POINTER__ == 8 && \
    defined(__SIZEOF_INT128__) && __GCC_ATOMIC_LLONG_LOCK_FREE == 2
#define LT_SUPPORTED	1
#else
#error "LockTable needs Linux or an Apple system with 64-bit pointers, 128-bit integers and \
lock-free 64-bit atomics"
typedef int lt_unsupported_t;	/* ISO C forbids an empty file. */
#endif

#endif /* LT_TARGET_H */
