/* Threads that end while they hold keys, and others that release these. */
#include "contended_key.h"
#include "snapshot.h"

#include <unistd.h>

/* How a thread comes by what it leaves behind. */
enum way { ACQUIRED, READ, PINNED, SUSPENDED, DOWNGRADED, WAYS };

struct leaver {
	lt_table_t *table;
	enum form form;
	enum way way;
	lt_hold_t hold;
};

static bool
is_shared(enum way way)
{

	return way == READ || way == DOWNGRADED;
}

static void *
leave_with_a_hold(void *pointer)
{
	struct leaver *own = pointer;
	struct sleeper sleeper;
	size_t one = 1;

	switch (own->way) {
	case READ:
		own->hold = acquire_shared(own->table, own->form, 1, LT_FOREVER);
		break;
	case PINNED:
		own->hold = pin(own->table, own->form, 1);
		EXPECT(lt_acquire_pinned(&own->hold, &one, LT_FOREVER) == LT_OK, "not acquired");
		break;
	case SUSPENDED:
		sleeper_create(&sleeper, own->table, own->form, 1, LT_FOREVER);
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
		own->hold = sleeper_end(&sleeper);
		break;
	default:
		own->hold = acquire(own->table, own->form, 1, LT_FOREVER);
		if (own->way == DOWNGRADED)
			own->hold = lt_downgrade(own->hold);
	}
	EXPECT(is_hold(own->hold), "a free key was not taken");
	return NULL;
}

/* Runs to its end, so that nothing of the thread is left. */
static void
run_to_end(void *(*work)(void *), void *argument)
{
	struct crew crew = { 0 };

	crew_add(&crew, work, argument);
	crew_join(&crew);
}

static void *
release_for_another(void *pointer)
{
	struct leaver *leaver = pointer;

	if (is_shared(leaver->way))
		lt_release_shared(leaver->hold);
	else
		lt_release(leaver->hold);
	return NULL;
}

/*
 *   leaver          waiters             another
 *   holds K
 *   ends
 *                   queued
 *                                       releases K; ends
 *                   have K, one after the other
 */
static void
hand_over(enum form form, uint32_t fairness)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct leaver leaver = { table_make(form, 1, fairness), form, way, { 0 } };
		struct holder waiters[3];
		struct sleeper sleeper;
		struct crew crew = { 0 };
		lt_hold_t pinned = pin(leaver.table, form, 1);

		run_to_end(leave_with_a_hold, &leaver);
		EXPECT(is_held(leaver.table, form, 1), "a hold ended with its thread");
		EXPECT(has_failed(try_acquire(leaver.table, form, 1), LT_BUSY), "a hold was lost");
		if (has_diagnostics_set())
			expect_shown(leaver.table, form, 1, 1, 1, 0);
		for (unsigned i = 0; i < LENGTH_OF(waiters); i++) {
			waiters[i] = (struct holder){ HOLDER, .table = leaver.table, .form = form,
			    .number = 1, .deadline = LT_FOREVER };
			event_raise(&waiters[i].let_go);
			crew_add(&crew, holder_run, &waiters[i]);
			await_queue(pinned, i + 1);
		}
		sleeper_enqueue(&sleeper, leaver.table, form, 1);
		run_to_end(release_for_another, &leaver);
		crew_join(&crew);
		event_await(&sleeper.resumed, 1);
		EXPECT(sleeper_gets_key(&sleeper), "a turn was lost");
		release_if_hold(sleeper_end(&sleeper));
		EXPECT(peek_is_sound(pinned) && peek_references(pinned) == 1, "the queue was broken");
		lt_unpin(pinned);
		close_empty(leaver.table);
		EXPECT(memory_outstanding() == 0, "memory was not given back");
	}
}

SCENARIO(a_hold_outlives_its_thread)
{

	for_each_form_and_fairness(hand_over);
}

SCENARIO(a_hold_outlives_its_thread_with_its_record)
{

	for_each_kind_with_diagnostics(hand_over);
}

static void *
acquire_and_exit(void *pointer)
{
	struct leaver *leaver = pointer;

	leaver->hold = try_acquire(leaver->table, INTEGERS, 1);
	return NULL;
}

SCENARIO(a_thread_that_has_exited_is_shown_by_its_number)
{
	lt_config_t config = { .stripes = 1, .diagnostics = true };
	struct snapshot *snapshot = snapshot_make(INTEGERS);
	struct leaver leaver = { .way = ACQUIRED };
	const struct shown *shown;

	EXPECT(lt_table_create(&config, &leaver.table) == LT_OK, "no table was made");
	run_to_end(acquire_and_exit, &leaver);
	/* The system may know a thread for a moment longer than pthread_join() waits for it. */
	do {
		pass_time(UINT64_C(100000));
		EXPECT(snapshot_take(snapshot, leaver.table, false) == LT_OK, "looking failed");
		shown = snapshot_find(snapshot, 1);
		EXPECT(shown != NULL && shown->report.listed_holders == 1, "a hold is missing");
	} while (shown != NULL && shown->holders[0].who.name[0] != 0);
	EXPECT(shown != NULL && shown->holders[0].who.id != 0 &&
	    shown->holders[0].who.id != (uint64_t)getpid(),
	    "a thread that is gone was shown as another");
	release_if_hold(leaver.hold);
	snapshot_free(snapshot);
	close_empty(leaver.table);
}

/* --- suspensions ---------------------------------------------------------------------- */

struct waiting {
	struct contended_key *contended;
	struct sleeper *sleeper;
};

static void *
line_up_and_end(void *pointer)
{
	struct waiting *waiting = pointer;

	contended_enqueue(waiting->contended, waiting->sleeper);
	return NULL;
}

static void *
finish_for_another(void *pointer)
{
	struct waiting *waiting = pointer;

	EXPECT(sleeper_gets_key(waiting->sleeper), "a turn was lost");
	contended_release_granted(waiting->contended, waiting->sleeper);
	return NULL;
}

/* Begun by one thread, resumed by a second, ended by a third; each of them is gone by the next. */
static void
suspend_and_end(enum form form, uint32_t fairness)
{
	struct sleeper sleepers[4];
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	for (unsigned i = 0; i < LENGTH_OF(sleepers); i++)
		run_to_end(line_up_and_end, &(struct waiting){ &contended, &sleepers[i] });
	lt_suspension_cancel(sleepers[1].suspension);
	sleeper_expect_failure(&sleepers[1], LT_CANCELLED);
	run_to_end(release_for_another, &(struct leaver){ .way = ACQUIRED, .hold = contended.hold });
	for (unsigned i = 0; i < LENGTH_OF(sleepers); i++) {
		if (i != 1)
			run_to_end(finish_for_another, &(struct waiting){ &contended, &sleepers[i] });
	}
	contended_close(&contended);
}

SCENARIO(a_suspension_outlives_its_thread)
{

	for_each_form_and_fairness(suspend_and_end);
}

SCENARIO(a_suspension_outlives_its_thread_with_its_record)
{

	for_each_kind_with_diagnostics(suspend_and_end);
}

/* --- many ----------------------------------------------------------------------------- */

#define GENERATIONS	64
#define LEFT		8

struct heir {
	lt_table_t *table;
	struct witness *witnesses;
	lt_hold_t *inherited;
	uint64_t first;
};

/* Takes over what another left behind, gives that back, and leaves something else behind. */
static void *
inherit(void *pointer)
{
	struct heir *own = pointer;

	for (uint64_t i = 0; i < LEFT; i++) {
		if (is_hold(own->inherited[i])) {
			witness_leave(&own->witnesses[own->first + i]);
			lt_release(own->inherited[i]);
		}
		own->inherited[i] = lt_acquire_integer(own->table, own->first + i, LT_FOREVER);
		witness_enter(&own->witnesses[own->first + i]);
	}
	return NULL;
}

/* Two lines of heirs; and a thread that wants all that is left behind, and gets it in the end. */
static void *
want_all(void *pointer)
{
	struct heir *own = pointer;

	for (uint64_t i = 0; i < 2 * LEFT; i++) {
		lt_hold_t hold = lt_acquire_integer(own->table, i, LT_FOREVER);

		witness_enter(&own->witnesses[i]);
		witness_leave(&own->witnesses[i]);
		lt_release(hold);
	}
	return NULL;
}

SCENARIO(generations_of_threads_hand_over)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct witness witnesses[2 * LEFT] = { { 0 } };
		lt_hold_t holds[2][LEFT] = { { { 0 } } };
		lt_table_t *table = table_make(INTEGERS, 2, fairness);
		struct heir heirs[2] = { { table, witnesses, holds[0], 0 },
		    { table, witnesses, holds[1], LEFT } };
		struct crew wanting = { 0 };

		crew_add(&wanting, want_all, &heirs[0]);
		for (unsigned generation = 0; generation < scaled(GENERATIONS); generation++) {
			struct crew crew = { 0 };

			crew_add(&crew, inherit, &heirs[0]);
			crew_add(&crew, inherit, &heirs[1]);
			crew_join(&crew);
		}
		for (uint64_t i = 0; i < 2 * LEFT; i++) {
			witness_leave(&witnesses[i]);
			lt_release(holds[i / LEFT][i % LEFT]);
		}
		crew_join(&wanting);
		for (uint64_t i = 0; i < 2 * LEFT; i++)
			EXPECT(witnesses[i].entries == scaled(GENERATIONS) + 1, "a turn was lost");
		close_empty(table);
	}
}
