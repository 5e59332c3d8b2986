/*
 * Questions to the Swift runtime about the task that runs on this thread, and a word to
 * one that waits. For the facade only: nothing of the core includes this or needs that
 * runtime.
 */
#ifndef LT_SWIFT_TASK_H
#define LT_SWIFT_TASK_H

#include "CLockTable.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As the standard library declares them; all are in its ABI. */
__attribute__((swiftcall)) void *LT_NULLABLE swift_task_getCurrent(void);
__attribute__((swiftcall)) bool swift_task_isCancelled(void *LT_NONNULL task);
__attribute__((swiftcall)) void swift_continuation_resume(void *LT_NONNULL continuation);

/*
 * What Task.isCancelled says. That retains the task for the while that it looks,
 * which costs more than the look; a task that is running needs no such help.
 */
static inline bool
lt_task_is_cancelled(void)
{
	void *task = swift_task_getCurrent();

	return task != NULL && swift_task_isCancelled(task);
}

/*
 * What resume() of an UnsafeContinuation<Void, Never> comes to. That first reads, in debug
 * builds, where a result would go: from the task's frame, which is the task's
 * own again if it has not gone to sleep yet. There is nothing wrong with it, but
 * ThreadSanitizer is not told what orders the two, and reports a race.
 */
static inline void
lt_task_resume(void *LT_NONNULL continuation)
{

	swift_continuation_resume(continuation);
}

#ifdef __cplusplus
}
#endif

#endif /* LT_SWIFT_TASK_H */
