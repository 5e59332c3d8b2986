/* Readers that others let in: what they see, and which of their memory is touched. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

#include <sched.h>

/* --- a grant that is found without the lock ------------------------------------------ */

struct owner {
	struct sleeper *sleeper;
	uint64_t *guarded;		/* By the key. */
	uint64_t seen;
};

/* Looks until it has the key, and ends the suspension at once. */
static void *
own(void *pointer)
{
	struct owner *owner = pointer;

	while (sleeper_poll(owner->sleeper) == LT_SUSPENDED)
		(void)sched_yield();
	owner->seen = *owner->guarded;
	release_shared_if_hold(sleeper_end(owner->sleeper));
	return NULL;
}

/*
 *   newcomer                reader              its owner
 *   release K               signalled: resumed
 *   has K, writes
 *                                               looks
 *   downgrade K             has K
 *                                               reads, ends it: its memory is gone
 */
SCENARIO(a_woken_waiter_may_be_granted_the_key)
{
	const unsigned rounds = scaled(400);

	for (unsigned round = 0; round < rounds; round++) {
		uint64_t guarded = 0;
		struct sleeper reader, writer;
		struct owner owner = { &reader, &guarded, 0 };
		struct crew crew = { 0 };
		struct contended_key contended;

		contended_open(&contended, round % FORMS, LT_ADAPTIVE);
		contended_enqueue_reader(&contended, &reader);
		/* A call that grants also looks at the next waiter. */
		contended_enqueue(&contended, &writer);
		release_if_hold(contended.hold);
		EXPECT(sleeper_was_resumed(&reader), "no waiter was woken");
		contended_barge(&contended);
		crew_add(&crew, own, &owner);
		if (round % 2 == 0)
			(void)sched_yield();
		guarded = 1;
		contended.hold = lt_downgrade(contended.hold);
		crew_join(&crew);
		EXPECT(owner.seen == 1, "a reader did not see what the writer wrote");
		EXPECT(event_times(&reader.resumed) == 1, "a woken waiter was resumed again");
		release_shared_if_hold(contended.hold);
		EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
		contended_release_granted(&contended, &writer);
		contended_close(&contended);
	}
}

/* --- a deadline that lets others in ---------------------------------------------------- */

struct look {
	struct event resumed;
	bool was_unlocked;
};

static void
look_at_the_timer(void *pointer)
{
	struct look *look = pointer;

	look->was_unlocked = peek_timer_is_unlocked();
	event_raise(&look->resumed);
}

/*
 *   holder          writer                  reader
 *   holds K, shared
 *                   queued, until soon      queued
 *                   (its deadline)
 *                   leaves                  has K: resumed by the timer's thread
 */
SCENARIO(the_timer_resumes_with_no_lock_held)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		struct look look = { .resumed = EVENT };
		lt_suspension_t *reader;
		struct sleeper writer;
		struct contended_key contended;
		lt_hold_t hold;

		contended_open(&contended, i % FORMS, i / FORMS);
		contended.hold = lt_downgrade(contended.hold);
		sleeper_create(&writer, contended.table, contended.form, 1, lt_deadline_after_ns(50000000));
		reader = lt_suspension_create(pin_shared(contended.table, contended.form, 1), LT_FOREVER,
		    look_at_the_timer);
		if (reader == NULL)
			return;
		if (sleeper_begin(&writer) == LT_SUSPENDED) {
			/* On a slow machine the writer may be gone by now. */
			if (lt_suspension_begin(reader, &look) == LT_SUSPENDED) {
				event_await(&look.resumed, 1);
				EXPECT(look.was_unlocked, "the timer's lock was held");
			}
			event_await(&writer.resumed, 1);
		} else {
			EXPECT(lt_suspension_begin(reader, &look) == LT_OK, "a reader was kept out");
		}
		EXPECT(lt_suspension_poll(reader) == LT_OK, "a reader did not follow");
		hold = lt_suspension_end(reader);
		release_shared_if_hold(hold);
		sleeper_expect_failure(&writer, LT_TIMED_OUT);
		release_shared_if_hold(contended.hold);
		contended_close(&contended);
	}
}

/* --- many readers --------------------------------------------------------------------------- */

/* As many as one locked section lets in. */
#define GROUP		16
#define READERS		(3 * GROUP)

struct resumptions {
	lt_hold_t pin;
	size_t resumed;
	size_t queued[READERS];		/* As each was resumed. */
};

static void
note_queue(void *pointer)
{
	struct resumptions *resumptions = pointer;

	if (resumptions->resumed < READERS)
		resumptions->queued[resumptions->resumed++] = peek_queue(resumptions->pin);
}

/* Between two groups the stripe is unlocked, and the readers of the first are woken. */
static void
let_in_many_readers(enum form form, uint32_t fairness)
{
	lt_suspension_t *suspensions[READERS];
	struct resumptions resumptions = { 0 };
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	resumptions.pin = contended.pin;
	for (unsigned p = 0; p < READERS; p++) {
		suspensions[p] = lt_suspension_create(pin_shared(contended.table, form, 1), LT_FOREVER,
		    note_queue);
		if (suspensions[p] == NULL)
			return;
		EXPECT(lt_suspension_begin(suspensions[p], &resumptions) == LT_SUSPENDED,
		    "a held key was not waited for");
	}
	contended.hold = lt_downgrade(contended.hold);
	EXPECT(resumptions.resumed == READERS && peek_holders(contended.pin) == READERS + 1 &&
	    peek_references(contended.pin) == READERS + 2, "the readers were not let in");
	for (unsigned p = 0; p < READERS; p++) {
		EXPECT(resumptions.queued[p] == READERS - GROUP * (p / GROUP + 1),
		    "another number went in at once");
		release_shared_if_hold(lt_suspension_end(suspensions[p]));
	}
	release_shared_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(many_adjacent_readers_are_granted_in_groups)
{

	for_each_form_and_fairness(let_in_many_readers);
}
