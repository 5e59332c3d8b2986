/* Permits whose number differs by key and changes; tables of them that are shut down. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "permits.h"

static void
open_by_key(struct permits *permits, enum form form, uint32_t fairness, uint32_t capacity)
{

	permits_open(permits, form, fairness, LT_PERMITS_BY_KEY);
	permits_answer(permits, capacity);
}

/* --- asking ---------------------------------------------------------------------------- */

PERMITS_SCENARIO(each_caller_asks_until_a_capacity_is_known)
{
	struct permits permits;
	uint64_t first, second;
	struct sleeper sleeper;
	lt_hold_t hold;

	permits_open(&permits, form, fairness, LT_PERMITS_BY_KEY);
	EXPECT(has_failed(permits_try(&permits, 1), LT_BUSY) && lt_permits_capacity(permits.pin) == 0,
	    "a permit of a key is out whose capacity is not known");
	first = lt_permits_ask(permits.pin);
	second = lt_permits_ask(permits.pin);
	EXPECT(first != 0 && second != 0 && first != second, "a caller has to wait for another's answer");
	permits_enqueue(&permits, &sleeper, 1);
	EXPECT(lt_permits_set(permits.pin, 2, first), "an answer was not taken");
	EXPECT(sleeper_was_resumed(&sleeper), "an answer wakes nobody");
	EXPECT(lt_permits_ask(permits.pin) == 0, "a capacity that is known was asked for");
	EXPECT(lt_permits_set(permits.pin, 1, second) && lt_permits_capacity(permits.pin) == 1,
	    "an answer to a later ticket does not count");
	EXPECT(!lt_permits_set(permits.pin, 9, first) && lt_permits_capacity(permits.pin) == 1,
	    "an answer to an old ticket counts");
	EXPECT(has_failed(permits_try(&permits, 1), LT_BUSY), "more permits are out than there are");
	permits_return(&sleeper, 1);
	hold = permits_try(&permits, 1);
	EXPECT(is_hold(hold), "a permit that is left was refused");
	lt_release_shared(hold);
	permits_close(&permits);
}

SCENARIO(a_table_does_not_remember_the_capacity_of_an_idle_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct permits permits;
		struct key key;
		uint64_t ticket = 0;

		open_by_key(&permits, form, LT_ADAPTIVE, 3);
		lt_unpin(permits.pin);
		key_make(&key, permits.table, form, 1);
		EXPECT(lt_permits_ask_again(permits.table, &key.prepared, &ticket).place == NULL &&
		    ticket == 0, "a capacity was asked for that nobody needs");
		permits.pin = pin(permits.table, form, 1);
		EXPECT(lt_permits_ask(permits.pin) != 0 && lt_permits_capacity(permits.pin) == 0,
		    "a key has the capacity of one that was there before");
		permits_close(&permits);
	}
}

SCENARIO(keys_have_capacities_of_their_own)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = permits_table(form, LT_ADAPTIVE, LT_PERMITS_BY_KEY);
		enum { KEYS = 20 };
		lt_hold_t pins[KEYS], holds[KEYS];

		for (uint32_t i = 0; i < KEYS; i++) {
			pins[i] = pin(table, form, i);
			EXPECT(lt_permits_set(pins[i], i + 1, lt_permits_ask(pins[i])), "no answer");
		}
		for (uint32_t i = 0; i < KEYS; i++) {
			holds[i] = pins[i];
			lt_pin_again(pins[i]);
			EXPECT(!lt_try_permits(&holds[i], i + 2) && lt_try_permits(&holds[i], i + 1),
			    "a key has another one's capacity");
		}
		for (uint32_t i = 0; i < KEYS; i++) {
			lt_release_permits(holds[i], i + 1);
			lt_unpin(pins[i]);
		}
		close_empty(table);
	}
}

/* --- changing -------------------------------------------------------------------------- */

PERMITS_SCENARIO(a_capacity_that_rises_lets_in_those_who_wait)
{
	struct permits permits;
	struct sleeper first, heavy, last;
	lt_hold_t hold;

	open_by_key(&permits, form, fairness, 1);
	hold = permits_try(&permits, 1);
	permits_enqueue(&permits, &first, 1);
	permits_answer(&permits, 2);
	EXPECT(sleeper_was_resumed(&first), "a capacity that rises wakes nobody");
	permits_enqueue(&permits, &heavy, 2);
	permits_enqueue(&permits, &last, 1);
	permits_answer(&permits, 3);
	EXPECT(sleeper_sleeps(&heavy) && sleeper_sleeps(&last), "a light request passed a heavy one");
	permits_answer(&permits, 5);
	EXPECT(sleeper_was_resumed(&heavy) && sleeper_was_resumed(&last) &&
	    permits_are(&permits, 5, 5), "a capacity that rises lets in too few");
	lt_release_shared(hold);
	permits_return(&first, 1);
	permits_return(&heavy, 2);
	permits_return(&last, 1);
	permits_close(&permits);
}

PERMITS_SCENARIO(a_capacity_that_falls_revokes_nothing_and_fails_those_who_want_more)
{
	enum { MANY = 20 };
	struct permits permits;
	struct sleeper light, heavy[MANY], last;
	lt_hold_t three, one;

	open_by_key(&permits, form, fairness, 4);
	three = permits_try(&permits, 3);
	one = permits_try(&permits, 1);
	permits_enqueue(&permits, &light, 1);
	for (unsigned i = 0; i < MANY; i++)
		permits_enqueue(&permits, &heavy[i], 2 + i % 3);
	permits_enqueue(&permits, &last, 1);
	permits_answer(&permits, 1);
	EXPECT(permits_are(&permits, 4, 5 + MANY), "a capacity that falls revokes permits");
	for (unsigned i = 0; i < MANY; i++)
		EXPECT(sleeper_was_resumed(&heavy[i]) &&
		    has_failed(sleeper_end(&heavy[i]), LT_EXCEEDS),
		    "a request waits for more than the capacity that has fallen");
	lt_release_permits(three, 3);
	EXPECT(sleeper_sleeps(&light) && has_failed(permits_try(&permits, 1), LT_BUSY),
	    "more permits are out than there may be by now");
	lt_release_shared(one);
	EXPECT(sleeper_was_resumed(&light) && sleeper_sleeps(&last), "not one was let in");
	permits_return(&light, 1);
	permits_return(&last, 1);
	permits_close(&permits);
}

/* More of them than one locked section lets in. */
SCENARIO(many_waiters_behind_one_that_exceeds_are_let_in)
{
	enum { MANY = 40 };
	struct permits permits;
	struct sleeper heavy, light[MANY], last;
	lt_hold_t hold;

	open_by_key(&permits, INTEGERS, LT_FIFO, MANY + 20);
	hold = permits_try(&permits, 10);
	permits_enqueue(&permits, &heavy, MANY + 20);
	for (unsigned i = 0; i < MANY; i++)
		permits_enqueue(&permits, &light[i], 1);
	permits_enqueue(&permits, &last, MANY + 19);
	permits_answer(&permits, MANY + 10);
	EXPECT(has_failed(sleeper_end(&heavy), LT_EXCEEDS) &&
	    has_failed(sleeper_end(&last), LT_EXCEEDS), "a request waits for more than there are");
	for (unsigned i = 0; i < MANY; i++)
		permits_return(&light[i], 1);
	lt_release_permits(hold, 10);
	permits_close(&permits);
}

/* A heavy waiter that fails may be what held back a light one. */
SCENARIO(a_waiter_behind_one_that_exceeds_is_let_in)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct permits permits;
		struct sleeper heavy, light;
		lt_hold_t hold;

		open_by_key(&permits, form, LT_ADAPTIVE, 3);
		hold = permits_try(&permits, 1);
		permits_enqueue(&permits, &heavy, 3);
		permits_enqueue(&permits, &light, 1);
		permits_answer(&permits, 2);
		EXPECT(has_failed(sleeper_end(&heavy), LT_EXCEEDS) && sleeper_was_resumed(&light),
		    "a waiter that failed held another one back still");
		permits_return(&light, 1);
		lt_release_shared(hold);
		permits_close(&permits);
	}
}

static void
close_capacity(enum form form, uint32_t fairness)
{
	struct permits permits;
	struct sleeper light, heavy;

	open_by_key(&permits, form, fairness, 0);
	EXPECT(has_failed(permits_try(&permits, 1), LT_BUSY) &&
	    has_failed(permits_take(&permits, 9, lt_deadline_after_ns(1)), LT_TIMED_OUT),
	    "with capacity 0 a request does not wait");
	permits_enqueue(&permits, &light, 1);
	permits_enqueue(&permits, &heavy, 5);
	permits_answer(&permits, 6);
	EXPECT(sleeper_was_resumed(&light) && sleeper_was_resumed(&heavy), "nobody was let in");
	permits_return(&light, 1);
	permits_answer(&permits, 0);
	EXPECT(permits_are(&permits, 5, 2), "a capacity that falls revokes permits");
	permits_enqueue(&permits, &light, 7);
	permits_return(&heavy, 5);
	EXPECT(sleeper_sleeps(&light), "a permit is out of a key that has none");
	permits_answer(&permits, 7);
	permits_return(&light, 7);
	permits_close(&permits);
}

SCENARIO(with_capacity_0_all_requests_wait)
{
	lt_table_t *table = permits_table(INTEGERS, LT_ADAPTIVE, 0);
	struct sleeper sleeper;

	EXPECT(has_failed(try_shared(table, INTEGERS, 1), LT_BUSY), "one of no permits was out");
	sleeper_create_shared(&sleeper, table, INTEGERS, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "with capacity 0 a request does not wait");
	lt_suspension_cancel(sleeper.suspension);
	EXPECT(has_failed(sleeper_end(&sleeper), LT_CANCELLED), "one of no permits was out");
	close_empty(table);
	for_each_form_and_policy(close_capacity);
}

/*
 * Its permits are taken back when the capacity is lower than what it wants: it is not in line
 * again.
 */
SCENARIO(permits_that_are_taken_back_above_a_capacity_fail)
{
	struct permits permits;
	struct sleeper heavy, light;
	lt_hold_t hold;

	open_by_key(&permits, INTEGERS, LT_ADAPTIVE, 2);
	hold = permits_try(&permits, 2);
	permits_enqueue(&permits, &heavy, 2);
	permits_enqueue(&permits, &light, 1);
	lt_release_permits(hold, 2);
	permits_answer(&permits, 1);
	EXPECT(sleeper_was_resumed(&heavy) && permits_are(&permits, 2, 3),
	    "a capacity that falls revokes permits");
	peek_sweep(permits.pin);
	peek_sweep(permits.pin);
	EXPECT(has_failed(sleeper_end(&heavy), LT_EXCEEDS) && sleeper_was_resumed(&light),
	    "a request waits for more than there ever is");
	permits_return(&light, 1);
	permits_close(&permits);
}

/* A thread that cannot be refused otherwise fails all the same. */
struct heavy_thread {
	struct permits *permits;
	struct event done;
	lt_hold_t got;
};

static void *
wait_for_two(void *argument)
{
	struct heavy_thread *thread = argument;

	thread->got = permits_take(thread->permits, 2, LT_FOREVER);
	event_raise(&thread->done);
	return NULL;
}

SCENARIO(a_thread_fails_when_the_capacity_falls_below_its_request)
{

	for (uint32_t fairness = 0; fairness < 2; fairness++) {
		struct permits permits;
		struct heavy_thread thread = { &permits, EVENT, { NULL, 0 } };
		struct crew crew = { 0 };
		lt_hold_t hold;

		open_by_key(&permits, INTEGERS, fairness, 2);
		hold = permits_try(&permits, 1);
		crew_add(&crew, wait_for_two, &thread);
		await_queue(permits.pin, 1);
		permits_answer(&permits, 1);
		event_await(&thread.done, 1);
		crew_join(&crew);
		EXPECT(has_failed(thread.got, LT_EXCEEDS), "a thread has more permits than there are");
		lt_release_shared(hold);
		permits_close(&permits);
	}
}

/* --- other calls ----------------------------------------------------------------------- */

SCENARIO(a_table_of_permits_is_shut_down)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct permits permits;
		struct sleeper refused, unrefused;
		lt_hold_t hold, pin;

		permits_open(&permits, form, LT_ADAPTIVE, 2);
		hold = permits_try(&permits, 2);
		permits_enqueue(&permits, &refused, 2);
		permits_prepare(&permits, &unrefused, 1, LT_UNREFUSED);
		EXPECT(sleeper_begin(&unrefused) == LT_SUSPENDED, "permits were not waited for");
		lt_table_shut_down(permits.table);
		EXPECT(has_failed(sleeper_end(&refused), LT_CLOSED) && sleeper_sleeps(&unrefused),
		    "not those failed that can fail");
		lt_release_permits(hold, 2);
		permits_return(&unrefused, 1);
		EXPECT(has_failed(permits_try(&permits, 1), LT_CLOSED) &&
		    has_failed(permits_try(&permits, 2), LT_CLOSED) &&
		    has_failed(permits_take(&permits, 2, lt_deadline_after_ns(1)), LT_CLOSED),
		    "a permit is out after the end");
		pin = permits_take(&permits, 1, LT_OR_PIN);
		EXPECT(((uintptr_t)pin.place & LT_PIN_BIT) != 0, "a free key was not pinned");
		pin.place = (char *)pin.place - LT_PIN_BIT;
		EXPECT(!lt_try_permits(&pin, 1) && lt_wait_permits(&pin, 1, LT_REFUSABLE,
		    LT_ANY_NUMBER) == LT_CLOSED, "a permit is out after the end");
		hold = permits_take(&permits, 1, LT_FOREVER);
		EXPECT(is_hold(hold), "a call that cannot fail has failed");
		lt_release_shared(hold);
		permits_close(&permits);
	}
}

static void
expect_report(void *context, const lt_report_t *report)
{

	*(bool *)context = report->has_permits && report->capacity == 3 && report->holders == 2 &&
	    report->waiters == 1 && !report->is_exclusive;
}

SCENARIO(a_visit_shows_permits)
{
	struct permits permits;
	struct sleeper sleeper;
	lt_hold_t hold;
	bool is_right = false;

	open_by_key(&permits, INTEGERS, LT_ADAPTIVE, 3);
	hold = permits_try(&permits, 2);
	permits_enqueue(&permits, &sleeper, 2);
	EXPECT(lt_table_inspect(permits.table, false, expect_report, &is_right) == LT_OK && is_right,
	    "a visit shows other permits");
	lt_release_permits(hold, 2);
	permits_return(&sleeper, 2);
	permits_close(&permits);
}
