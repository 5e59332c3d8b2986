/*
 * Waiting for a key, as a thread. The table of states is in lt_states.h.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

/*
 * Looks of a newcomer, and the pauses between them: doubling, as each look takes the
 * cache line from the holder. A microsecond, in which the holder may do a hundred sections of
 * its own: with more, one who waits waits longer, with less, the two are in each other's way.
 * Who was sent for looks longer, as it has paid for its coming.
 */
#define LT_LOOKS	3
#define LT_LOOKS_SIGNALLED	8
#define LT_FIRST_PAUSES	8
#define LT_MOST_PAUSES	64

/*
 * Looks of a queued thread at its own state, which disturb nobody: for about as long as
 * going to sleep and being woken costs the two who take part in it. (The explorer
 * of schedules makes do with fewer.)
 */
#ifndef LT_LOOKS_QUEUED
#define LT_LOOKS_QUEUED	80
#endif
#define LT_PAUSES_QUEUED	4

/*
 * Looks, unlocked, whether the word leaves the range, so many times at the most. Returns
 * how many are left.
 */
static int
look(const uint32_t *word, uint32_t from, uint32_t to, int looks)
{
	int pauses = LT_FIRST_PAUSES;

	for (; looks > 0; looks--) {
		uint32_t value = lt_load_relaxed(word);

		if (value < from || value > to)
			return looks - 1;
		for (int pause = 0; pause < pauses; pause++)
			lt_pause();
		if (pauses < LT_MOST_PAUSES)
			pauses *= 2;
	}
	return 0;
}

/* A reader looks whether a writer has left, a writer whether everybody has. */
static int
look_at_holders(const struct lt_entry *entry, bool shared, int looks)
{

	return look(&entry->holders, shared ? LT_EXCLUSIVE : 1, LT_THIN, looks);
}

bool
lt_waiter_competes(struct lt_entry *entry, struct lt_waiter *waiter, bool stays, uint64_t now,
    struct lt_leftovers *leftovers)
{

	entry->waking = 0;
	if (lt_entry_admits(entry, waiter->is_shared)) {
		lt_waiter_leave(entry, waiter);
		lt_store_relaxed(&waiter->state, LT_GRANTED);
		lt_entry_take(entry, waiter->is_shared, waiter->record, leftovers);
		return true;
	}
	if (!stays) {
		lt_waiter_leave(entry, waiter);
		lt_store_relaxed(&waiter->state, LT_LEFT);
		lt_entry_settle(entry, leftovers);
		return false;
	}
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	if (now - waiter->since >= LT_HANDOFF_BOUND_NS)
		waiter->overdue = now;
	return false;
}

/* A thread that runs a task is not to sleep: others need it. It is asked for, and counted. */
static void
note_sleep(struct lt_table *table)
{

	if (table->runs_task != NULL && table->runs_task())
		(void)lt_increment_relaxed(&table->task_sleeps);
}

/*
 * For a waiter that is not queued yet: its wait may be over before it has to be. Under
 * LT_ADAPTIVE a task is asked for here, where the key can't have been granted.
 */
static int
look_before_queueing(const struct lt_entry *entry, bool shared, int looks)
{

	looks = look_at_holders(entry, shared, looks);
	if (looks == 0 && lt_load_relaxed(&entry->holders) != 0)
		note_sleep(entry->stripe->table);
	return looks;
}

/*
 * Who is sent for competes with newcomers, whose sections may be short: it looks for a
 * while, and tries again if another was faster. Locked after.
 */
static void
look_and_come(const struct lt_entry *entry, const struct lt_waiter *waiter, uint64_t *now)
{
	int looks = LT_LOOKS_SIGNALLED;

	for (;;) {
		looks = look_at_holders(entry, waiter->is_shared, looks);
		*now = lt_now_ns();
		lt_stripe_lock(entry->stripe);
		if (looks == 0 || waiter->state != LT_SIGNALLED ||
		    lt_entry_admits(entry, waiter->is_shared))
			return;
		lt_stripe_unlock(entry->stripe);
	}
}

/* Sleeps until it is sent for or too late; awakes locked. True: in time. */
static bool
sleep_until_sent_for(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline, uint64_t *now)
{
	struct lt_stripe *stripe = entry->stripe;
	bool in_time;

	if (waiter->since == 0)
		lt_store_relaxed(&waiter->since, lt_now_ns());
	in_time = lt_park(&waiter->parker, deadline);

	if (in_time && lt_load_relaxed(&waiter->state) == LT_SIGNALLED) {
		look_and_come(entry, waiter, now);
	} else {
		*now = lt_now_ns();
		lt_stripe_lock(stripe);
	}
	lt_count(&stripe->parks, &stripe->parks_carry);
	if (!in_time && waiter->state != LT_QUEUED) {
		/* Sent for at the last moment: what was sent has to be received. */
		lt_stripe_unlock(stripe);
		(void)lt_park(&waiter->parker, LT_FOREVER);
		lt_stripe_lock(stripe);
	}
	return in_time;
}

/*
 * Looks for a while whether it is granted the key, which costs the one who releases it
 * no wake-up. If so, what was sent is received, which lets the node go, and comes after
 * what the holders before it did. Who has asked for the key by being overdue stops asking
 * before it sleeps: from then on it would have to be woken.
 */
static bool
is_granted_soon(struct lt_entry *entry, struct lt_waiter *waiter)
{
	bool is_granted;

	for (int i = 0; i < LT_LOOKS_QUEUED && lt_load_relaxed(&waiter->state) == LT_QUEUED; i++) {
		for (int pause = 0; pause < LT_PAUSES_QUEUED; pause++)
			lt_pause();
	}
	is_granted = lt_load_relaxed(&waiter->state) == LT_GRANTED;
	if (!is_granted && waiter->overdue != 0) {
		lt_stripe_lock(entry->stripe);
		is_granted = waiter->state == LT_GRANTED;
		waiter->overdue = 0;
		lt_stripe_unlock(entry->stripe);
	}
	if (is_granted)
		(void)lt_park(&waiter->parker, LT_FOREVER);
	return is_granted;
}

/* From the queue to one of the ends. Locked before, and after if the result is true. */
static bool
wait_in_queue(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline,
    struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	const bool fifo = stripe->table->fairness == LT_FIFO;
	const bool may_be_granted = fifo || waiter->overdue != 0;
	uint64_t now;

	lt_stripe_unlock(stripe);
	if (may_be_granted && is_granted_soon(entry, waiter))
		return false;
	if (fifo)
		note_sleep(stripe->table);
	if (waiter->behind_thin)
		lt_entry_outlast_thin(entry, false);
	for (;;) {
		const bool in_time = sleep_until_sent_for(entry, waiter, deadline, &now);

		if (waiter->state == LT_SIGNALLED) {
			(void)lt_waiter_competes(entry, waiter, in_time, now, leftovers);
		} else if (!in_time && waiter->state == LT_QUEUED) {
			lt_waiter_leave(entry, waiter);
			lt_store_relaxed(&waiter->state, LT_LEFT);
			lt_entry_settle(entry, leftovers);
		}
		if (waiter->state != LT_QUEUED)
			return true;
		lt_stripe_unlock(stripe);
	}
}

/*
 * Tries once more, now that it has looked for a while. If it saw the key free and somebody
 * else was faster, the rest of the looks is cheaper than to sleep; but not where others sleep
 * already, as they are more than there are cores then, and looking keeps the holder
 * from its own. Locked after; true: it holds the key.
 */
static bool
look_and_try(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	int looks = stripe->table->fairness == LT_ADAPTIVE ? LT_LOOKS : 0;

	lt_stripe_unlock_and_finish(stripe, leftovers);
	*leftovers = (struct lt_leftovers){ 0 };
	for (;;) {
		if (looks > 0)
			looks = look_before_queueing(entry, waiter->is_shared, looks);
		waiter->since = lt_now_ns();
		lt_stripe_lock(stripe);
		if (lt_entry_is_open(entry, waiter->is_shared)) {
			lt_entry_take(entry, waiter->is_shared, waiter->record, leftovers);
			return true;
		}
		if (looks == 0 || entry->queue != NULL)
			return false;
		lt_stripe_unlock(stripe);
	}
}

lt_status_t
lt_entry_wait(struct lt_entry *entry, bool shared, struct lt_record *record, uint64_t deadline,
    struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	struct lt_waiter waiter = { .is_shared = shared, .record = record };
	lt_status_t status = LT_OK;

	lt_count(&stripe->contended, &stripe->contended_carry);
	/*
	 * Under LT_FIFO the queue is joined in the locked section that found the key
	 * held, but for what is left over: a user's function must not run while the
	 * key may have been granted.
	 */
	if ((stripe->table->fairness == LT_ADAPTIVE || lt_leftovers_exist(leftovers)) &&
	    look_and_try(entry, &waiter, leftovers)) {
		lt_stripe_unlock_and_finish(stripe, leftovers);
		return LT_OK;
	}
	if (deadline != LT_FOREVER && lt_entry_is_crowded(entry)) {
		lt_stripe_note_failure(stripe, LT_TOO_MANY);
		lt_entry_unref(entry, leftovers);
		lt_stripe_unlock_and_finish(stripe, leftovers);
		return LT_TOO_MANY;
	}

	lt_parker_init(&waiter.parker);
	lt_waiter_join(entry, &waiter);
	/* With others it would be in their way to the cores: they are more than there are, then. */
	if (stripe->table->fairness == LT_ADAPTIVE && waiter.next == &waiter)
		waiter.overdue = waiter.since;
	if (wait_in_queue(entry, &waiter, deadline, leftovers)) {
		if (waiter.state == LT_LEFT) {
			status = LT_TIMED_OUT;
			lt_stripe_note_failure(stripe, status);
			lt_entry_unref(entry, leftovers);
		}
		lt_stripe_unlock_and_finish(stripe, leftovers);
	}
	lt_parker_destroy(&waiter.parker);
	return status;
}

LT_END
