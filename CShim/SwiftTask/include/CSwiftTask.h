/*
 * What the Swift API asks of the Swift runtime: about the task that runs on this thread, its
 * memory, and a continuation to resume. This stands above the core, which needs no Swift.
 */
#ifndef C_SWIFT_TASK_H
#define C_SWIFT_TASK_H

#include <CLockTable.h>
#ifdef LT_SUPPORTED

#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __APPLE__
#define LT_SINCE_26	__attribute__((weak_import))
#else
#define LT_SINCE_26
#endif

/* The standard library declares these functions, and they are part of its ABI. */
__attribute__((swiftcall)) void *LT_NULLABLE swift_task_getCurrent(void);
__attribute__((swiftcall)) bool swift_task_isCancelled(void *LT_NONNULL task);
__attribute__((swiftcall)) size_t swift_task_currentPriority(void *LT_NONNULL task);
__attribute__((swiftcall)) void swift_continuation_resume(void *LT_NONNULL continuation);
typedef __attribute__((swiftcall)) void (*lt_task_handler_t)(
    __attribute__((swift_context)) void *LT_NONNULL context);
__attribute__((swiftcall)) void *LT_NONNULL swift_task_addCancellationHandler(
    lt_task_handler_t LT_NONNULL handler, void *LT_NONNULL context);
__attribute__((swiftcall)) void swift_task_removeCancellationHandler(void *LT_NONNULL record);
typedef __attribute__((swiftcall)) void (*lt_task_escalation_handler_t)(uint8_t from, uint8_t to,
    __attribute__((swift_context)) void *LT_NONNULL context);
/* Systems of Apple have these two since version 26 of each. */
LT_SINCE_26 __attribute__((swiftcall)) void *LT_NONNULL swift_task_addPriorityEscalationHandler(
    lt_task_escalation_handler_t LT_NONNULL handler, void *LT_NONNULL context);
LT_SINCE_26 __attribute__((swiftcall)) void swift_task_removePriorityEscalationHandler(
    void *LT_NONNULL record);
__attribute__((swiftcall)) void *LT_NONNULL swift_task_alloc(size_t size);
__attribute__((swiftcall)) void swift_task_dealloc(void *LT_NONNULL block);

/* Returns whether this thread runs a task. */
static inline bool
lt_task_runs(void)
{

	return swift_task_getCurrent() != NULL;
}

/*
 * Returns what Task.isCancelled returns. That property retains the task during the check, which
 * costs more than the check. A running task needs no such retain.
 */
static inline bool
lt_task_is_cancelled(void)
{
	void *task = swift_task_getCurrent();

	return task != NULL && swift_task_isCancelled(task);
}

/* Returns the raw value of Task.currentPriority, without the retain; or 0 outside of tasks. */
static inline uint8_t
lt_task_priority(void)
{
	void *task = swift_task_getCurrent();

	return task != NULL ? (uint8_t)swift_task_currentPriority(task) : 0;
}

/*
 * Does what resume() of an UnsafeContinuation<Void, Never> does. In debug builds resume() first
 * reads, from the task's frame, where a result would go. If the task has not suspended yet, the
 * task itself uses that frame again. Both accesses are correct, but nothing reports to
 * ThreadSanitizer what orders them, so it reports a race.
 */
static inline void
lt_task_resume(void *LT_NONNULL continuation)
{

	swift_continuation_resume(continuation);
}

static __attribute__((swiftcall)) void
lt_task_was_cancelled(__attribute__((swift_context)) void *LT_NONNULL suspension)
{

	/* Clients that import this header as C++ need the cast. */
	lt_suspension_cancel((lt_suspension_t *)suspension);
}

/*
 * These two do what withTaskCancellationHandler() does before and after its operation, for the
 * calling task, and save a waiter an asynchronous call. Between the two calls the task must also
 * free what it allocates, as the record is one of a stack. Once the second call has returned, the
 * handler does not run and will not run.
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

static __attribute__((swiftcall)) void
lt_task_was_escalated(uint8_t from, uint8_t to,
    __attribute__((swift_context)) void *LT_NONNULL suspension)
{

	(void)from;
	lt_suspension_raise((lt_suspension_t *)suspension, to);
}

/*
 * The same as the two above for withTaskPriorityEscalationHandler(): whoever waits for the calling
 * task may raise its priority. NULL: the system does not tell.
 */
static inline void *LT_NULLABLE
lt_task_handle_escalation(lt_suspension_t *LT_NONNULL suspension)
{

#ifdef __APPLE__
	if (swift_task_addPriorityEscalationHandler == NULL)
		return NULL;
#endif
	return swift_task_addPriorityEscalationHandler(lt_task_was_escalated, suspension);
}

static inline void
lt_task_end_handling_escalation(void *LT_NULLABLE record)
{

	if (record != NULL)
		swift_task_removePriorityEscalationHandler(record);
}

/*
 * Allocates memory of the calling task, where its frames are. The task must free its blocks in
 * reverse order.
 */
static inline void *LT_NONNULL
lt_task_allocate(size_t size)
{

	return swift_task_alloc(size);
}

/* Calls malloc(). swift_slowAlloc() calls the aligned allocator, which takes twice as long. */
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

/*
 * Around a call of the closure that makes a label. False: the thread is in such a call, and makes
 * none.
 */
bool lt_begin_label(void);
void lt_end_label(void);

#ifdef __cplusplus
}
#endif

#endif /* LT_SUPPORTED */
#endif /* C_SWIFT_TASK_H */
