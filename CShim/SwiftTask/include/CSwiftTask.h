/*
 * What the facade asks of the Swift runtime: about the task that runs on this thread, its memory,
 * and a continuation to resume. It stands above the core, which needs no Swift.
 */
#ifndef C_SWIFT_TASK_H
#define C_SWIFT_TASK_H

#include <CLockTable.h>
#ifdef LT_SUPPORTED

#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As the standard library declares them; all are in its ABI. */
__attribute__((swiftcall)) void *LT_NULLABLE swift_task_getCurrent(void);
__attribute__((swiftcall)) bool swift_task_isCancelled(void *LT_NONNULL task);
__attribute__((swiftcall)) void swift_continuation_resume(void *LT_NONNULL continuation);
typedef __attribute__((swiftcall)) void (*lt_task_handler_t)(
    __attribute__((swift_context)) void *LT_NONNULL context);
__attribute__((swiftcall)) void *LT_NONNULL swift_task_addCancellationHandler(
    lt_task_handler_t LT_NONNULL handler, void *LT_NONNULL context);
__attribute__((swiftcall)) void swift_task_removeCancellationHandler(void *LT_NONNULL record);
__attribute__((swiftcall)) void *LT_NONNULL swift_task_alloc(size_t size);
__attribute__((swiftcall)) void swift_task_dealloc(void *LT_NONNULL block);

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

static __attribute__((swiftcall)) void
lt_task_was_cancelled(__attribute__((swift_context)) void *LT_NONNULL suspension)
{

	/* The cast is for clients that import C++. */
	lt_suspension_cancel((lt_suspension_t *)suspension);
}

/*
 * What withTaskCancellationHandler() does before and after its operation, for the task that
 * calls: an asynchronous call less on the way of a waiter. In between, what the task
 * allocates it also frees, as the record is one of a stack. Once the second has
 * returned, the handler is not running and will not.
 */
static inline void *LT_NONNULL
lt_task_handle_cancellation(lt_suspension_t *LT_NONNULL suspension)
{

	return swift_task_addCancellationHandler(lt_task_was_cancelled, suspension);
}

static inline void
lt_task_end_handling(void *LT_NONNULL record)
{

	swift_task_removeCancellationHandler(record);
}

/*
 * Memory of the task that calls, where its frames are: the last block that it was given is
 * the first that it has to give back.
 */
static inline void *LT_NONNULL
lt_task_allocate(size_t size)
{

	return swift_task_alloc(size);
}

/* Of malloc, which swift_slowAlloc() does not ask: the aligned one takes twice as long. */
static inline lt_hold_t *LT_NULLABLE
lt_holds_allocate(size_t count)
{

	return count <= SIZE_MAX / sizeof(lt_hold_t) ?
	    (lt_hold_t *)malloc(count * sizeof(lt_hold_t)) : NULL;
}

static inline void
lt_holds_deallocate(lt_hold_t *LT_NONNULL holds)
{

	free(holds);
}

static inline void
lt_task_deallocate(void *LT_NONNULL block)
{

	swift_task_dealloc(block);
}

#ifdef __cplusplus
}
#endif

#endif /* LT_SUPPORTED */
#endif /* C_SWIFT_TASK_H */
