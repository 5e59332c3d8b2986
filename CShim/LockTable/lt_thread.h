/*
 * The core's own threads.
 */
#ifndef LT_THREAD_H
#define LT_THREAD_H

#include <stdbool.h>

/*
 * Starts a thread, detached, without the program's signals, of that name (at most 15 bytes, and
 * lasting). It has the ordinary policy and the main thread's cores and nice value, and not those
 * of the thread that calls this; what the system does not permit of that is inherited after
 * all. False: the system has no thread to give.
 */
bool lt_start_thread(const char *name, void *(*run)(void *), void *argument);

#endif /* LT_THREAD_H */
