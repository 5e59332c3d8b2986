/*
 * Systems that refuse the fence behind a fast hold, which they had granted: for once, for want of
 * memory, or from some moment on. The waiter gets the key all the same, and the table counts
 * holds from then on.
 */
#include "contended_key.h"

#include <errno.h>

#ifndef NO_THREADS_AFTER_FORK
struct refused {
	int error;
	uint32_t fairness;
};

static struct refused refused;

/* For a table that was made before. False: the system has no such fence, or can't refuse it. */
static bool
hold_thinly(struct contended_key *contended)
{

	*contended = (struct contended_key){ table_make(INTEGERS, 1, refused.fairness), INTEGERS,
	    { 0 }, { 0 } };
	contended->hold = acquire(contended->table, INTEGERS, 1, LT_FOREVER);
	contended->pin = contended->hold;
	return !peek_is_counted(contended->hold) && core_refuse_fences(refused.error);
}

static void
expect_counted(struct contended_key *contended)
{
	lt_hold_t hold = acquire(contended->table, INTEGERS, 1, LT_FOREVER);
	lt_table_t *later = table_make(INTEGERS, 1, refused.fairness);
	lt_hold_t another = acquire(later, INTEGERS, 1, LT_FOREVER);

	EXPECT(peek_is_counted(hold), "a hold was a fast one after a fence was refused");
	EXPECT(peek_is_counted(another), "a table that was made later relies on the fence");
	lt_release(another);
	lt_table_close(later);
	lt_release(hold);
	close_empty(contended->table);
}

static void
wait_as_thread(void)
{
	struct contended_key contended;
	struct holder holder;
	struct crew crew = { 0 };

	if (!hold_thinly(&contended))
		return;
	holder = (struct holder){ HOLDER, .table = contended.table, .form = INTEGERS, .number = 1,
	    .deadline = LT_FOREVER };
	crew_add(&crew, holder_run, &holder);
	await_queue(contended.pin, 1);
	pass_time(1000000);
	lt_release_while_open(contended.hold.place);
	event_await(&holder.done, 1);
	EXPECT(is_hold(holder.hold), "a thread that waited did not get the key");
	event_raise(&holder.let_go);
	crew_join(&crew);
	expect_counted(&contended);
}

/* Its deadline is the wait's own, not that of a look. */
static void
wait_in_vain(void)
{
	struct contended_key contended;

	if (!hold_thinly(&contended))
		return;
	EXPECT(has_failed(acquire(contended.table, INTEGERS, 1, lt_deadline_after_ns(3000000)),
	    LT_TIMED_OUT), "a wait did not end at its deadline");
	lt_release_while_open(contended.hold.place);
	expect_counted(&contended);
}

static void
wait_as_task(void)
{
	struct sleeper sleeper;
	struct contended_key contended;

	set_monitored(true);
	if (!hold_thinly(&contended))
		return;
	sleeper_enqueue(&sleeper, contended.table, INTEGERS, 1);
	lt_release_while_open(contended.hold.place);
	event_await(&sleeper.resumed, 1);
	EXPECT(sleeper_poll(&sleeper) == LT_OK, "a task that waited did not get the key");
	lt_release(sleeper_end(&sleeper));
	expect_counted(&contended);
}
#endif

SCENARIO(a_refused_fence_loses_no_waiter)
{
#ifndef NO_THREADS_AFTER_FORK
	static const int errors[] = { ENOMEM, EPERM, ENOSYS };

	for (size_t i = 0; i < LENGTH_OF(errors); i++) {
		for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
			refused = (struct refused){ errors[i], fairness };
			in_a_process(wait_as_thread);
			in_a_process(wait_in_vain);
			in_a_process(wait_as_task);
		}
	}
#endif
}
