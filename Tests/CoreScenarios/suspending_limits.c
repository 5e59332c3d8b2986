/* Full queues, pins, memory, and tables that are closed under suspensions. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

#include <stdlib.h>
#include <string.h>

/* --- a limit ---------------------------------------------------------------------- */

#define LIMIT	2

static void
count_resumption(void *count)
{

	++*(unsigned *)count;
}

static lt_table_t *
table_limited(uint32_t fairness, uint32_t most_waiters)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness,
	    .keys = LT_KEYS_INTEGER, .most_waiters = most_waiters, .seed = { SEED_0, SEED_1 } };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

/* With other keys in the stripe, the key is found elsewhere. */
static void
limit_queue(uint32_t fairness, unsigned others)
{
	struct contended_key contended = { table_limited(fairness, LIMIT), INTEGERS, { 0 }, { 0 } };
	struct sleeper sleepers[LIMIT + 1], one_more;
	struct holder untimed = { HOLDER, .table = contended.table, .form = INTEGERS, .number = 1,
	    .deadline = LT_FOREVER };
	lt_hold_t other[2];
	struct crew crew = { 0 };

	for (unsigned o = 0; o < others; o++)
		other[o] = acquire(contended.table, INTEGERS, 7 + o, LT_FOREVER);
	contended.pin = pin(contended.table, INTEGERS, 1);
	contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);

	for (unsigned s = 0; s < LIMIT; s++)
		contended_enqueue(&contended, &sleepers[s]);
	/* Otherwise the rest would wait for ever. */
	if (first_complaint() != NULL)
		return;
	contended_prepare(&contended, &one_more);
	EXPECT(sleeper_begin(&one_more) == LT_TOO_MANY, "a full queue grew");
	sleeper_expect_failure(&one_more, LT_TOO_MANY);
	EXPECT(event_times(&one_more.resumed) == 0, "resumed without having been suspended");
	EXPECT(has_failed(acquire(contended.table, INTEGERS, 1, lt_deadline_after_ns(UINT64_C(1) << 40)),
	    LT_TOO_MANY), "a full queue grew");
	EXPECT(has_failed(try_acquire(contended.table, INTEGERS, 1), LT_BUSY),
	    "a call that would not have waited was refused");
	EXPECT(peek_references(contended.pin) == 2 + LIMIT, "a refused waiter was counted");
	crew_add(&crew, holder_run, &untimed);
	await_queue(contended.pin, LIMIT + 1);

	/* One leaves. The queue is still full, with the one that may not be refused. */
	lt_suspension_cancel(sleepers[0].suspension);
	sleeper_expect_failure(&sleepers[0], LT_CANCELLED);
	contended_prepare(&contended, &one_more);
	EXPECT(sleeper_begin(&one_more) == LT_TOO_MANY, "a full queue grew");
	sleeper_expect_failure(&one_more, LT_TOO_MANY);
	lt_suspension_cancel(sleepers[1].suspension);
	sleeper_expect_failure(&sleepers[1], LT_CANCELLED);
	contended_enqueue(&contended, &one_more);

	release_if_hold(contended.hold);
	event_await(&untimed.done, 1);
	contended_enqueue(&contended, &sleepers[0]);
	event_raise(&untimed.let_go);
	event_await(&one_more.resumed, 1);
	EXPECT(sleeper_begin(&one_more) == LT_OK, "it did not get in");
	contended_release_granted(&contended, &one_more);
	EXPECT(sleeper_begin(&sleepers[0]) == LT_OK, "it did not get in");
	contended_release_granted(&contended, &sleepers[0]);
	crew_join(&crew);
	for (unsigned o = 0; o < others; o++)
		lt_release(other[o]);
	contended_close(&contended);
}

SCENARIO(a_full_queue_refuses_a_suspension_that_may_be_refused)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++)
		limit_queue(fairness, 0);
}

SCENARIO(the_limit_of_a_queue_is_each_keys_own)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		limit_queue(fairness, 1);
		limit_queue(fairness, 2);
	}
}

SCENARIO(a_waiter_in_a_full_queue_is_not_refused)
{
	struct contended_key contended = { table_limited(LT_ADAPTIVE, 1), INTEGERS, { 0 }, { 0 } };
	struct sleeper sleeper;

	contended.pin = pin(contended.table, INTEGERS, 1);
	contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
	contended_enqueue(&contended, &sleeper);
	release_if_hold(contended.hold);
	contended_barge(&contended);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "turned away from its own place");
	release_if_hold(contended.hold);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "it did not get in");
	contended_release_granted(&contended, &sleeper);
	contended_close(&contended);
}

/* It waits for as long as it takes, and can still be cancelled. */
SCENARIO(an_unrefused_suspension_joins_a_full_queue)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct contended_key contended = { table_limited(fairness, 1), INTEGERS, { 0 }, { 0 } };
		unsigned resumptions[2] = { 0 };
		lt_suspension_t *suspensions[2];
		struct sleeper first, refused;

		contended.pin = pin(contended.table, INTEGERS, 1);
		contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
		contended_enqueue(&contended, &first);
		for (unsigned s = 0; s < 2; s++) {
			suspensions[s] = lt_suspension_create(pin(contended.table, INTEGERS, 1), LT_UNREFUSED,
			    count_resumption);
			EXPECT(lt_suspension_begin(suspensions[s], &resumptions[s]) == LT_SUSPENDED,
			    "it was refused");
		}
		for (size_t s = 0; s < LENGTH_OF(suspensions); s++)
			EXPECT(!peek_is_timed(suspensions[s]), "it has a deadline");
		contended_prepare(&contended, &refused);
		EXPECT(sleeper_begin(&refused) == LT_TOO_MANY, "a full queue grew");
		sleeper_expect_failure(&refused, LT_TOO_MANY);
		lt_suspension_cancel(suspensions[1]);
		EXPECT(resumptions[1] == 1, "it was not cancelled");
		EXPECT(has_failed(lt_suspension_end(suspensions[1]), LT_CANCELLED), "it was not cancelled");
		release_if_hold(contended.hold);
		EXPECT(sleeper_begin(&first) == LT_OK, "the first did not get in");
		contended_release_granted(&contended, &first);
		EXPECT(resumptions[0] == 1 && lt_suspension_poll(suspensions[0]) == LT_OK,
		    "it did not get in");
		release_if_hold(lt_suspension_end(suspensions[0]));
		contended_close(&contended);
	}
}

/* --- pins, memory, closing ----------------------------------------------------------- */

static void
try_a_pin(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;
	lt_hold_t pinned;

	contended_open(&contended, form, fairness);
	pinned = pin(contended.table, form, 1);
	EXPECT(!lt_try_pinned(&pinned), "a held key was taken");
	EXPECT(peek_references(contended.pin) == 3, "a failed try changed the count");
	contended_enqueue(&contended, &sleeper);
	EXPECT(!lt_try_pinned(&pinned), "a held key was taken");
	release_if_hold(contended.hold);
	EXPECT(lt_try_pinned(&pinned) == (fairness == LT_ADAPTIVE), "not as the fairness has it");
	if (fairness == LT_ADAPTIVE) {
		EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was taken");
		lt_release(pinned);
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "it did not get in");
		contended_release_granted(&contended, &sleeper);
	} else {
		contended_release_granted(&contended, &sleeper);
		EXPECT(lt_try_pinned(&pinned), "a free key was not taken");
		EXPECT(!contended_is_free(&contended), "a key that was taken was free");
		lt_release(pinned);
	}
	contended_close(&contended);
}

SCENARIO(a_pin_becomes_a_hold_if_the_key_is_free)
{

	for_each_form_and_fairness(try_a_pin);
}

SCENARIO(sorted_pins_are_in_one_order_and_single)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { PINS = 24, KEYS = 7 };
		lt_table_t *table = table_make(form, 4, LT_FIFO);
		lt_hold_t pins[2][PINS], watched[KEYS];
		size_t counts[2] = { PINS, PINS }, none = 0;
		uint64_t seed = form + 1;

		for (uint64_t k = 0; k < KEYS; k++)
			watched[k] = pin(table, form, k);
		for (size_t p = 0; p < PINS; p++) {
			pins[0][p] = pin(table, form, p % KEYS);
			pins[1][p] = pin(table, form, p < KEYS ? p : random_next(&seed) % KEYS);
		}
		lt_sort_pins(pins[0], &none);
		EXPECT(none == 0, "no pins became some");
		for (size_t i = 0; i < 2; i++)
			lt_sort_pins(pins[i], &counts[i]);
		EXPECT(counts[0] == KEYS && counts[1] == KEYS, "pins were lost, or twice there");
		for (size_t k = 0; k < KEYS; k++) {
			EXPECT(pins[0][k].place == pins[1][k].place, "two callers' orders differ");
			EXPECT(peek_references(watched[k]) == 3, "a pin was given back too often, or not");
		}
		for (size_t k = 0; k < KEYS; k++) {
			lt_unpin(pins[0][k]);
			lt_unpin(pins[1][k]);
			lt_unpin(watched[k]);
		}
		close_empty(table);
	}
}

static void
never_resume(void *unused)
{

	(void)unused;
	complain("resumed without having been begun");
}

SCENARIO(a_suspension_that_is_not_made_leaves_the_pin)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct contended_key contended;
		lt_hold_t pinned;

		contended_open(&contended, form, LT_ADAPTIVE);
		pinned = pin(contended.table, form, 1);
		memory_fail(0, 1);
		EXPECT(lt_suspension_create(pinned, LT_FOREVER, never_resume) == NULL,
		    "made without memory");
		memory_recover();
		EXPECT(peek_references(contended.pin) == 3, "the pin is gone");
		release_if_hold(contended.hold);
		EXPECT(lt_try_pinned(&pinned), "the pin is none");
		lt_release(pinned);
		contended_close(&contended);
	}
}

SCENARIO(without_deadline_waiting_needs_no_memory)
{
	struct sleeper sleeper;
	struct contended_key contended;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_prepare(&contended, &sleeper);
	memory_fail(0, UINT64_MAX);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was not waited for");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	release_if_hold(contended.hold);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "it did not get in");
	contended_release_granted(&contended, &sleeper);
	EXPECT(!memory_has_failed() || has_diagnostics_set(), "waiting allocated");
	memory_recover();
	contended_close(&contended);
}

/* Wherever in a cache line it begins, and nothing before or behind it is written. */
SCENARIO(a_suspension_can_live_in_its_callers_memory)
{
	enum { STEP = _Alignof(max_align_t), MARGIN = 64 };
	const size_t size = lt_suspension_size();
	unsigned char *room = malloc(MARGIN + 64 + size + MARGIN);

	if (room == NULL)
		abort();
	for (size_t offset = 0; offset < 64; offset += STEP) {
		unsigned char *memory = room + MARGIN + offset;
		unsigned resumptions = 0;
		lt_suspension_t *suspension;
		struct contended_key contended;
		uint64_t calls;

		memset(room, 0xa5, MARGIN + 64 + size + MARGIN);
		contended_open(&contended, INTEGERS, LT_FIFO);
		calls = memory_calls();
		suspension = lt_suspension_create_in(memory, pin(contended.table, INTEGERS, 1), LT_FOREVER,
		    count_resumption);
		EXPECT(lt_suspension_begin(suspension, &resumptions) == LT_SUSPENDED, "a held key was taken");
		release_if_hold(contended.hold);
		EXPECT(resumptions == 1 && lt_suspension_poll(suspension) == LT_OK, "it did not get in");
		release_if_hold(lt_suspension_end(suspension));
		EXPECT(memory_calls() == calls + has_diagnostics_set(), "memory was allocated");
		for (unsigned char *byte = room; byte < room + MARGIN + 64 + size + MARGIN; byte++)
			EXPECT((byte >= memory && byte < memory + size) || *byte == 0xa5,
			    "memory next to it was written");
		contended_close(&contended);
	}
	free(room);
}

/*
 *   main                       suspensions
 *   holds K                    queued; one not begun yet
 *   closes the table
 *                              one is cancelled, one too late, one begins
 *   release K
 *                              the others have K, one after the other;
 *                              the last frees the table
 */
static void
close_under_suspensions(enum form form, uint32_t fairness)
{
	enum { SLEEPERS = 5 };
	struct sleeper sleepers[SLEEPERS];
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	for (unsigned s = 0; s < SLEEPERS - 1; s++)
		contended_enqueue(&contended, &sleepers[s]);
	contended_prepare(&contended, &sleepers[SLEEPERS - 1]);
	lt_unpin(contended.pin);
	lt_table_close(contended.table);
	lt_suspension_cancel(sleepers[0].suspension);
	sleeper_expect_failure(&sleepers[0], LT_CANCELLED);
	peek_expire(sleepers[2].suspension);
	sleeper_expect_failure(&sleepers[2], LT_TIMED_OUT);
	EXPECT(sleeper_begin(&sleepers[SLEEPERS - 1]) == LT_SUSPENDED, "a held key was taken");
	release_if_hold(contended.hold);
	for (unsigned s = 1; s < SLEEPERS; s += s == 1 ? 2 : 1) {
		EXPECT(sleeper_was_resumed(&sleepers[s]), "a waiter was forgotten");
		EXPECT(sleeper_begin(&sleepers[s]) == LT_OK, "it did not get in");
		EXPECT(memory_outstanding() > 0, "a closed table was freed under its waiters");
		release_if_hold(sleeper_end(&sleepers[s]));
	}
	EXPECT(memory_outstanding() == 0, "the last suspension left memory");
}

SCENARIO(suspensions_outlive_the_closing)
{

	for_each_form_and_fairness(close_under_suspensions);
}
