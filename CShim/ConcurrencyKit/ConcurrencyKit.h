/*
 * The only header of the library that includes Concurrency Kit. The core's .c files include this
 * header; the core's headers do not.
 */
#ifndef LT_CONCURRENCY_KIT_H
#define LT_CONCURRENCY_KIT_H

#if defined(__has_include)
#if !__has_include(<ck_hs.h>)
#error "LockTable needs Concurrency Kit. Install it with: apt-get install libck-dev (Debian, \
Ubuntu), brew install concurrencykit (macOS), or from source (the README says how)"
#endif
#endif

#include <ck_hs.h>
#include <ck_pr.h>
#include <ck_spinlock.h>

#endif /* LT_CONCURRENCY_KIT_H */
