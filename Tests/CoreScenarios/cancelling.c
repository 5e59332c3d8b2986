/*
 * Threads that are cancelled by pthread_cancel() while they are in a call: it stays pending
 * until the call has returned.
 */
#define _GNU_SOURCE
#include "misuse.h"
#include "contended_key.h"

#ifndef __ANDROID__

/* --- while they wait --------------------------------------------------------------------- */

enum way { ACQUIRING, READING, IN_TIME, PINNED, WAYS };

/* A thread that waits for a key, and what became of it. */
struct patient {
	lt_table_t *table;
	enum form form;
	enum way way;
	lt_hold_t hold;
	struct event returned;
	bool has_ended;		/* Atomic: ThreadSanitizer sees no mutex in a thread that is cancelled. */
};

static void
note_end(void *pointer)
{
	struct patient *patient = pointer;

	__atomic_store_n(&patient->has_ended, true, __ATOMIC_RELAXED);
}

static bool
has_ended(const struct patient *patient)
{

	return __atomic_load_n(&patient->has_ended, __ATOMIC_RELAXED);
}

static lt_hold_t
wait_for_key(struct patient *patient)
{
	const uint64_t remote = lt_now_ns() + (UINT64_C(1) << 42);
	lt_hold_t pinned;
	size_t one = 1;

	switch (patient->way) {
	case READING:
		return acquire_shared(patient->table, patient->form, 1, LT_FOREVER);
	case IN_TIME:
		return acquire(patient->table, patient->form, 1, remote);
	case PINNED:
		pinned = pin(patient->table, patient->form, 1);
		EXPECT(lt_acquire_pinned(&pinned, &one, LT_FOREVER) == LT_OK, "not acquired");
		return pinned;
	default:
		return acquire(patient->table, patient->form, 1, LT_FOREVER);
	}
}

static void *
wait_to_be_cancelled(void *pointer)
{
	struct patient *patient = pointer;

	pthread_cleanup_push(note_end, patient);
	patient->hold = wait_for_key(patient);
	event_raise(&patient->returned);
	for (;;)
		pass_time(1000000);
	pthread_cleanup_pop(1);
	return NULL;
}

static bool
was_cancelled(pthread_t thread)
{
	void *result = NULL;

	return pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED;
}

/*
 *   holder          waiter                       one behind it
 *   holds K
 *                   queued
 *                   is cancelled: still queued
 *                                                queued
 *   releases K
 *                   has K, returns, ends
 *   releases K for the thread that has ended
 *                                                has K
 */
static void
cancel_while_queued(enum form form, uint32_t fairness)
{

	for (enum way way = 0; way < WAYS; way++) {
		struct patient patient = { table_make(form, 1, fairness), form, way, { 0 }, EVENT, false };
		struct holder behind = { HOLDER, .table = patient.table, .form = form, .number = 1,
		    .deadline = LT_FOREVER };
		lt_hold_t hold = acquire(patient.table, form, 1, LT_FOREVER);
		struct crew crew = { 0 };
		pthread_t thread;

		crew_add(&crew, wait_to_be_cancelled, &patient);
		thread = crew.threads[--crew.count];
		await_queue(hold, 1);
		/* So that it has gone to sleep, for the most part. */
		pass_time(2000000);
		EXPECT(pthread_cancel(thread) == 0, "a thread could not be cancelled");
		pass_time(5000000);
		EXPECT(!has_ended(&patient) && peek_queue(hold) == 1,
		    "a cancelled thread has left its call");
		/* Its place in the queue is on the stack of a thread that is no more: no further. */
		if (has_ended(&patient))
			return;
		event_raise(&behind.let_go);
		crew_add(&crew, holder_run, &behind);
		await_queue(hold, 2);
		release_if_hold(hold);
		event_await(&patient.returned, 1);
		EXPECT(was_cancelled(thread), "the cancellation was lost");
		if (way == READING)
			release_shared_if_hold(patient.hold);
		else
			release_if_hold(patient.hold);
		crew_join(&crew);
		close_empty(patient.table);
	}
}

SCENARIO(a_waiter_that_is_cancelled_keeps_its_place)
{

	for_each_form_and_fairness(cancel_while_queued);
}

/* Its limit passes: it leaves, and ends. */
static void
cancel_until_too_late(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct holder late;
	struct crew crew = { 0 };

	contended_open(&contended, form, fairness);
	late = (struct holder){ HOLDER, .table = contended.table, .form = form, .number = 1,
	    .deadline = lt_now_ns() + 20000000 };
	event_raise(&late.let_go);
	crew_add(&crew, holder_run, &late);
	EXPECT(pthread_cancel(crew.threads[0]) == 0, "a thread could not be cancelled");
	crew_join(&crew);
	EXPECT(peek_queue(contended.pin) == 0 && peek_is_sound(contended.pin),
	    "a thread that has ended is queued");
	release_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(a_cancelled_waiter_leaves_at_its_deadline)
{

	for_each_form_and_fairness(cancel_until_too_late);
}

/* --- from the start ------------------------------------------------------------------------ */

static void
count_key(void *context, const lt_report_t *report)
{
	size_t *seen = context;

	*seen += report->holders;
}

/* Calls of each sort, none of which may end the thread. */
static void
call_all(lt_table_t *table, enum form form)
{
	lt_hold_t held = acquire(table, form, 1, LT_FOREVER), pins[2];
	lt_config_t config = { .unmonitored = true, 0 };
	lt_statistics_t statistics;
	struct sleeper sleeper;
	lt_table_t *other;
	size_t count = 2, seen = 0;

	EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY), "a held key was taken");
	EXPECT(has_failed(acquire(table, form, 1, lt_now_ns() + 1000000), LT_TIMED_OUT), "no time-out");
	EXPECT(has_failed(acquire_shared(table, form, 1, lt_now_ns() + 1000000), LT_TIMED_OUT),
	    "no time-out");
	pins[0] = pin(table, form, 2);
	pins[1] = pin_shared(table, form, 3);
	EXPECT(lt_acquire_pinned(pins, &count, LT_FOREVER) == LT_OK, "free keys were not taken");
	EXPECT(lt_table_inspect(table, false, count_key, &seen) == LT_OK && seen == 3, "keys were hidden");
	lt_release_multi(pins, count);
	sleeper_create(&sleeper, table, form, 1, lt_now_ns() + (UINT64_C(1) << 40));
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was not waited for");
	lt_suspension_cancel(sleeper.suspension);
	(void)sleeper_end(&sleeper);
	lt_table_statistics(table, &statistics);
	EXPECT(lt_table_create(&config, &other) == LT_OK && lt_table_is_empty(other), "no table");
	lt_table_close(other);
	EXPECT(peek_count_cores() > 0, "no cores were counted");
	release_shared_if_hold(lt_downgrade(held));
}

static void *
call_all_and_end(void *pointer)
{
	struct patient *patient = pointer;

	pthread_cleanup_push(note_end, patient);
	(void)pthread_cancel(pthread_self());
	call_all(patient->table, patient->form);
	event_raise(&patient->returned);
	pthread_testcancel();
	pthread_cleanup_pop(0);
	return NULL;
}

static void
call_while_cancelled(enum form form, uint32_t fairness)
{
	struct patient patient = { table_make(form, 1, fairness), form, ACQUIRING, { 0 }, EVENT, false };
	struct crew crew = { 0 };

	crew_add(&crew, call_all_and_end, &patient);
	EXPECT(was_cancelled(crew.threads[0]), "the cancellation was lost");
	EXPECT(event_times(&patient.returned) == 1, "a call ended the thread that made it");
	EXPECT(lt_table_is_empty(patient.table), "entries were left");
	lt_table_close(patient.table);
}

SCENARIO(no_call_ends_a_thread_that_is_cancelled)
{

	for_each_form_and_fairness(call_while_cancelled);
}

/* --- in a trap ------------------------------------------------------------------------------- */

static void
release_twice_while_cancelled(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	(void)pthread_cancel(pthread_self());
	lt_release(hold);
	lt_release(hold);
}

SCENARIO(misuse_by_a_cancelled_thread_aborts)
{

	expect_abort(release_twice_while_cancelled, RELEASED_TWICE);
}

#endif
