/*
 * Questions to the Swift runtime about the task that runs on this thread. For the
 * facade only: nothing of the core includes this or needs that runtime.
 */
#ifndef LT_SWIFT_TASK_H
#define LT_SWIFT_TASK_H

#include "CLockTable.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As the standard library declares them; both are in its ABI. */
__attribute__((swiftcall)) void *LT_NULLABLE swift_task_getCurrent(void);
__attribute__((swiftcall)) bool swift_task_isCancelled(void *LT_NONNULL task);

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

#ifdef __cplusplus
}
#endif

#endif /* LT_SWIFT_TASK_H */
