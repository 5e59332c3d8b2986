/*
 * How the core starts threads of its own.
 */
#ifndef LT_THREAD_H
#define LT_THREAD_H

#include <stdbool.h>

/*
 * Starts a detached thread that blocks the program's signals. `name` has at most 15 bytes, and must
 * stay valid. The thread has the ordinary policy, and the main thread's cores and nice value. If
 * the system does not permit one of these, the thread inherits that one from the caller. False: the
 * system has no thread to give.
 */
bool lt_start_thread(const char *name, void *(*run)(void *), void *argument);

#endif /* LT_THREAD_H */
