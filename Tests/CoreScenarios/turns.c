/* Turns, by a single thread: what becomes of them in each state, under both policies. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "turns.h"

/* --- free --------------------------------------------------------------------------------- */

static void
take_free(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct sleeper turn;
	uint64_t before;

	contended_open(&contended, form, fairness);
	release_if_hold(contended.hold);
	before = told_by(contended.table).acquisitions;
	turn_enqueue(&contended, &turn);
	EXPECT(turn_has_key(&contended, &turn), "a turn did not have a free key");
	/* That is what turn_has_key() tries. */
	EXPECT(told_by(contended.table).acquisitions == before, "an unclaimed hold counts");
	EXPECT(lt_suspension_joined(turn.suspension) == 0, "a turn has waited for a free key");
	EXPECT(turn_await(&turn) == LT_OK, "a turn with its key was suspended");
	EXPECT(told_by(contended.table).acquisitions == before + 1, "a hold does not count");
	turn_release(&contended, &turn);
	EXPECT(contended_is_free(&contended), "a release left the key held");
	turn_enqueue(&contended, &turn);
	turn_drop(&turn);
	EXPECT(contended_is_free(&contended), "a dropped turn has kept the key");
	EXPECT(told_by(contended.table).cancellations == 1, "a dropped turn was not counted");
	contended_close(&contended);
}

SCENARIO(a_turn_has_a_free_key_at_once_and_gives_it_back)
{

	for_each_form_and_fairness(take_free);
}

/* --- in line -------------------------------------------------------------------------------- */

/*
 *   holder     turn 1     turn 2     turn 3
 *   holds K    queued     queued     queued
 *              awaited
 *                         dropped
 *   releases   has it
 *              releases              has it, unawaited
 *                                    awaited: goes on
 */
static void
in_order(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct sleeper turns[3];

	contended_open(&contended, form, fairness);
	for (int i = 0; i < 3; i++)
		turn_enqueue(&contended, &turns[i]);
	EXPECT(peek_queue(contended.pin) == 3, "a turn is not in the queue");
	EXPECT(turn_await(&turns[0]) == LT_SUSPENDED, "a turn had a held key");
	turn_drop(&turns[1]);
	EXPECT(peek_queue(contended.pin) == 2, "a dropped turn has stayed in the queue");
	release_if_hold(contended.hold);
	EXPECT(sleeper_was_resumed(&turns[0]), "the owner of a turn was not resumed");
	EXPECT(sleeper_poll(&turns[0]) == LT_OK, "a turn did not have the key that was released");
	turn_release(&contended, &turns[0]);
	EXPECT(turn_has_key(&contended, &turns[2]), "the key was not passed on to the next turn");
	EXPECT(turn_await(&turns[2]) == LT_OK, "a turn with its key was suspended");
	turn_release(&contended, &turns[2]);
	contended_close(&contended);
}

SCENARIO(turns_have_the_key_in_the_order_in_which_they_joined)
{

	for_each_form_and_fairness(in_order);
}

/*
 *   holder     task       turn       newcomer
 *   holds K    queued
 *   releases   signalled
 *                         queued: it does not pass the task, though K is free
 *                                    has K
 *              queued
 *                                    releases
 *              signalled
 *              has K
 *              releases   has K
 */
static void
behind_signalled(enum form form)
{
	struct contended_key contended;
	struct sleeper task, turn;

	contended_open(&contended, form, LT_ADAPTIVE);
	contended_enqueue(&contended, &task);
	release_if_hold(contended.hold);
	turn_enqueue(&contended, &turn);
	EXPECT(lt_turn_is_in_line(turn.suspension), "a turn has passed a waiter");
	contended_barge(&contended);
	EXPECT(sleeper_begin(&task) == LT_SUSPENDED, "a held key was not waited for");
	release_if_hold(contended.hold);
	EXPECT(lt_turn_is_in_line(turn.suspension), "a turn has passed a waiter");
	EXPECT(sleeper_gets_key(&task), "a task did not get a free key");
	contended_release_granted(&contended, &task);
	EXPECT(turn_has_key(&contended, &turn), "the key was not passed on to the turn");
	turn_drop(&turn);
	contended_close(&contended);
}

SCENARIO(a_turn_does_not_pass_a_woken_waiter)
{

	for (enum form form = 0; form < FORMS; form++)
		behind_signalled(form);
}

/*
 *   holder     task        turn
 *   holds K    queued
 *                          queued
 *   releases   signalled
 *              stalled     has K, and keeps it
 */
static void
before_stalled(enum form form)
{
	struct contended_key contended;
	struct sleeper task, turn, second;

	contended_open(&contended, form, LT_ADAPTIVE);
	contended_enqueue(&contended, &task);
	turn_enqueue(&contended, &turn);
	release_if_hold(contended.hold);
	for (int i = 0; i < 8; i++)
		peek_sweep(contended.pin);
	EXPECT(turn_has_key(&contended, &turn), "a task that does not run holds up a turn");
	turn_enqueue(&contended, &second);
	turn_drop(&turn);
	EXPECT(turn_has_key(&contended, &second), "a stalled task holds up a turn");
	turn_drop(&second);
	EXPECT(sleeper_gets_key(&task), "a stalled task did not get a free key");
	contended_release_granted(&contended, &task);
	contended_close(&contended);
}

SCENARIO(a_turn_passes_a_stalled_task_and_does_not_stall)
{

	for (enum form form = 0; form < FORMS; form++)
		before_stalled(form);
}

/* --- ends ----------------------------------------------------------------------------------- */

/* In the queue or with the key, awaited or not. */
static void
refuse_one(enum form form, uint32_t fairness, bool has_key, bool is_awaited, lt_status_t reason)
{
	struct contended_key contended;
	struct sleeper turn, next;

	contended_open(&contended, form, fairness);
	turn_enqueue(&contended, &turn);
	turn_enqueue(&contended, &next);
	if (is_awaited)
		EXPECT(turn_await(&turn) == LT_SUSPENDED, "a turn had a held key");
	if (has_key)
		release_if_hold(contended.hold);
	for (int i = 0; i < 2; i++)
		lt_suspension_refuse(turn.suspension, reason);
	EXPECT(sleeper_was_resumed(&turn), "an owner was not resumed, or for nothing");
	EXPECT((is_awaited ? sleeper_poll(&turn) : turn_await(&turn)) == reason,
	    "a turn did not end for its reason");
	turn_fail(&contended, &turn, reason);
	if (!has_key)
		release_if_hold(contended.hold);
	EXPECT(turn_has_key(&contended, &next), "the key was not passed on");
	turn_drop(&next);
	contended_close(&contended);
}

static void
refuse_each(enum form form, uint32_t fairness)
{
	const lt_status_t reasons[] = { LT_CANCELLED, LT_TIMED_OUT, LT_CLOSED };

	for (unsigned i = 0; i < 12; i++)
		refuse_one(form, fairness, i & 1, i & 2, reasons[i / 4]);
}

SCENARIO(a_turn_that_is_refused_passes_its_place_or_its_key_on)
{

	for_each_form_and_fairness(refuse_each);
}

static void
claim_first(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct sleeper turn;
	lt_hold_t hold;

	contended_open(&contended, form, fairness);
	release_if_hold(contended.hold);
	turn_enqueue(&contended, &turn);
	EXPECT(turn_await(&turn) == LT_OK, "a turn with its key was suspended");
	lt_suspension_cancel(turn.suspension);
	hold = lt_turn_end(turn.suspension);
	lt_suspension_refuse(turn.suspension, LT_TIMED_OUT);
	EXPECT(!contended_is_free(&contended), "a refusal has ended a hold that was claimed");
	release_if_hold(hold);
	lt_suspension_cancel(turn.suspension);
	turn_drop(&turn);
	EXPECT(told_by(contended.table).cancellations == 0, "what came too late was counted");
	contended_close(&contended);
}

SCENARIO(a_turn_that_was_claimed_is_not_refused)
{

	for_each_form_and_fairness(claim_first);
}

/* Before it joins, and as its limit says. */
static void
refuse_before(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct sleeper turn, waiting;

	contended_open(&contended, form, fairness);
	release_if_hold(contended.hold);
	turn_create(&contended, &turn, LT_NO_WAIT);
	EXPECT(lt_turn_enqueue(turn.suspension) == LT_TIMED_OUT, "a late turn has a place");
	EXPECT(contended_is_free(&contended), "a late turn has taken the key");
	EXPECT(turn_await(&turn) == LT_TIMED_OUT, "a late turn was awaited for another reason");
	turn_drop(&turn);

	turn_create(&contended, &turn, LT_FOREVER);
	lt_suspension_cancel(turn.suspension);
	EXPECT(lt_turn_enqueue(turn.suspension) == LT_CANCELLED, "a cancelled turn has a place");
	turn_drop(&turn);
	contended_barge(&contended);
	turn_enqueue(&contended, &waiting);
	turn_create(&contended, &turn, LT_FOREVER);
	lt_suspension_set_limit(turn.suspension, 1);
	EXPECT(lt_turn_enqueue(turn.suspension) == LT_TOO_MANY, "a turn has joined a full queue");
	turn_drop(&turn);

	lt_table_shut_down(contended.table);
	EXPECT(turn_await(&waiting) == LT_CLOSED, "a turn waits in a table that was shut down");
	turn_drop(&waiting);
	turn_create(&contended, &turn, LT_FOREVER);
	EXPECT(lt_turn_enqueue(turn.suspension) == LT_CLOSED, "a closed table has a turn");
	turn_drop(&turn);
	release_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(a_turn_that_may_not_join_has_the_reason)
{

	for_each_form_and_fairness(refuse_before);
}

/* Enqueues a turn with a short limit. A slow machine may need a longer one, so it is doubled. */
static unsigned
enqueue_for_a_while(struct contended_key *contended, struct sleeper *turn)
{
	unsigned late = 0;

	for (uint64_t limit = 1000000;; limit *= 2) {
		lt_status_t status;

		turn_create(contended, turn, lt_deadline_after_ns(limit));
		status = lt_turn_enqueue(turn->suspension);
		EXPECT(status == LT_OK || status == LT_TIMED_OUT, "a turn was refused");
		if (status == LT_OK)
			return late;
		turn_drop(turn);
		late++;
	}
}

/* The timer ends it, in the queue or with the key. */
static void
expire(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct sleeper turn;
	unsigned late = 0;

	contended_open(&contended, form, fairness);
	for (int i = 0; i < 2; i++) {
		late += 1 + enqueue_for_a_while(&contended, &turn);
		while (i == 0 ? peek_queue(contended.pin) > 0 : !contended_is_free(&contended))
			pass_time(100000);
		EXPECT(turn_await(&turn) == LT_TIMED_OUT, "a turn was not late");
		turn_drop(&turn);
		if (i == 0)
			release_if_hold(contended.hold);
	}
	EXPECT(told_by(contended.table).timeouts == late, "late turns were not counted");
	contended_close(&contended);
}

SCENARIO(a_deadline_ends_a_turn_that_was_not_claimed)
{

	expire(INTEGERS, LT_ADAPTIVE);
	expire(INTEGERS, LT_FIFO);
	peek_disown_timer();
}

/* --- readers -------------------------------------------------------------------------------- */

static void
share(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct sleeper turns[2], writer;

	contended_open(&contended, form, fairness);
	for (int i = 0; i < 2; i++) {
		sleeper_create_shared(&turns[i], contended.table, form, 1, LT_FOREVER);
		EXPECT(lt_turn_enqueue(turns[i].suspension) == LT_OK, "a turn was refused");
	}
	turn_enqueue(&contended, &writer);
	release_if_hold(contended.hold);
	EXPECT(peek_holders(contended.pin) == 2, "the turns of readers do not share their key");
	for (int i = 0; i < 2; i++) {
		EXPECT(turn_await(&turns[i]) == LT_OK, "a turn with its key was suspended");
		release_shared_if_hold(lt_turn_end(turns[i].suspension));
		turn_drop(&turns[i]);
	}
	EXPECT(peek_holders(contended.pin) == HELD_BY_WRITER, "the key was not passed on");
	turn_drop(&writer);
	contended_close(&contended);
}

SCENARIO(turns_of_readers_share_their_key)
{

	for_each_form_and_fairness(share);
}
