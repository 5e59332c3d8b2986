/*
 * What a machine must have. Each file of the core includes this first, and is empty but for it
 * if LT_SUPPORTED is not defined: so that on any other machine there is this error and no other.
 */
#ifndef LT_TARGET_H
#define LT_TARGET_H

#if (defined(__linux__) || defined(__APPLE__)) && __SIZEOF_POINTER__ == 8 && \
    defined(__SIZEOF_INT128__) && __GCC_ATOMIC_LLONG_LOCK_FREE == 2
#define LT_SUPPORTED	1
#else
#error "LockTable needs Linux or an Apple system with 64-bit pointers, 128-bit integers and lock-free 64-bit atomics"
typedef int lt_unsupported_t;	/* A file may not be empty. */
#endif

#endif /* LT_TARGET_H */
