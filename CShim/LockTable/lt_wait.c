/*
 * Waiting for a key, as a thread. The table of states is in lt_states.h.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_report.h"
#include "lt_wait.h"
#include "lt_waiter.h"

/*
 * Looks of a newcomer, and the time between them: doubling, as each look takes the
 * cache line from the holder. Less than half a microsecond, in which the holder may do dozens of
 * sections of its own: with more, one who waits waits longer, with less, the two are in each
 * other's way. Who was sent for spins longer, as it has paid for its coming.
 */
#define LT_SPINS	3
#define LT_SPINS_SIGNALLED	8
#define LT_FIRST_SPIN_NS	50
#define LT_LONGEST_SPIN_NS	400

/*
 * Looks of a queued thread at its own state, which disturb nobody: for about as long as
 * going to sleep and being woken costs the two who take part in it. (The explorer
 * of schedules makes do with fewer.)
 */
#ifndef LT_SPINS_QUEUED
#define LT_SPINS_QUEUED	80
#endif
#define LT_SPIN_QUEUED_NS	25

/* From one look for the end of a fast hold to the next, where there is no fence. */
#define LT_FIRST_RECHECK_NS	UINT64_C(100000)
#define LT_LAST_RECHECK_NS	UINT64_C(50000000)

/*
 * Looks, unlocked, whether the word leaves the range, so many times at the most. Returns
 * how many are left.
 */
static int
spin_while_within(const uint32_t *word, uint32_t from, uint32_t to, int spins)
{
	uint32_t spin = LT_FIRST_SPIN_NS;

	for (; spins > 0; spins--) {
		uint32_t value = lt_load_relaxed(word);

		if (value < from || value > to)
			return spins - 1;
		lt_spin_ns(spin);
		if (spin < LT_LONGEST_SPIN_NS)
			spin *= 2;
	}
	return 0;
}

/* A reader spins whether a writer has left, a writer whether everybody has. */
static int
spin_on_holders(const struct lt_entry *entry, bool shared, int spins)
{

	return spin_while_within(&entry->holders, shared ? LT_EXCLUSIVE : 1, LT_FAST, spins);
}

/* A thread that runs a task is not to sleep: others need it. It is asked for, and counted. */
static void
note_sleep(struct lt_entry *entry, const struct lt_waiter *waiter)
{
	struct lt_table *table = entry->stripe->table;

	if (table->runs_task != NULL && lt_entry_runs_task(entry, waiter))
		(void)lt_increment_relaxed(&table->task_sleeps);
}

/*
 * For a waiter that is not queued yet: its wait may be over before it has to be. Under
 * LT_ADAPTIVE a task is asked for here, where the key can't have been granted.
 */
static int
spin_before_queueing(struct lt_entry *entry, const struct lt_waiter *waiter, int spins)
{

	spins = spin_on_holders(entry, waiter->is_shared, spins);
	if (spins == 0 && lt_load_relaxed(&entry->holders) != 0)
		note_sleep(entry, waiter);
	return spins;
}

/* Woken to compete; the monitor may have seen that it took its time. */
static bool
is_to_compete(const struct lt_waiter *waiter)
{
	const uint32_t state = lt_load_relaxed(&waiter->state);

	return state == LT_SIGNALLED || state == LT_STALLED;
}

/*
 * A woken waiter competes with newcomers, whose sections may be short: it spins for a
 * while, and tries again if another was faster. Locked after.
 */
static void
spin_and_compete(const struct lt_entry *entry, const struct lt_waiter *waiter, uint64_t *now)
{
	int spins = LT_SPINS_SIGNALLED;

	for (;;) {
		spins = spin_on_holders(entry, waiter->is_shared, spins);
		*now = lt_now_ns();
		lt_stripe_lock(entry->stripe);
		if (spins == 0 || !is_to_compete(waiter) || lt_entry_admits(entry, waiter->is_shared))
			return;
		lt_stripe_unlock(entry->stripe);
	}
}

/* Sleeps until it is woken or too late; awakes locked. True: in time. */
static bool
sleep_until_woken(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline, uint64_t *now)
{
	struct lt_stripe *stripe = entry->stripe;
	bool in_time;

	if (waiter->since == 0)
		lt_store_relaxed(&waiter->since, lt_now_ns());
	in_time = lt_park(&waiter->parker, deadline);

	if (in_time && is_to_compete(waiter)) {
		spin_and_compete(entry, waiter, now);
	} else {
		*now = lt_now_ns();
		lt_stripe_lock(stripe);
	}
	lt_count(&stripe->parks, &stripe->parks_carry);
	if (!in_time && waiter->state != LT_QUEUED) {
		/* Woken at the last moment: what was sent has to be received. */
		lt_stripe_unlock(stripe);
		(void)lt_park(&waiter->parker, LT_FOREVER);
		lt_stripe_lock(stripe);
	}
	return in_time;
}

/*
 * The same behind a fast hold whose release may miss it, as the system refused the fence: it spins
 * after a growing time whether that has ended.
 */
static LT_COLD bool
sleep_and_recheck(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline, uint64_t *now)
{
	struct lt_stripe *stripe = entry->stripe;

	for (uint64_t pause = LT_FIRST_RECHECK_NS;; pause *= pause < LT_LAST_RECHECK_NS ? 2 : 1) {
		const uint64_t next = lt_now_ns() + pause;
		struct lt_deferred deferred = { 0 };
		bool has_ended;

		if (next >= deadline)
			break;
		if (sleep_until_woken(entry, waiter, next, now) || waiter->state != LT_QUEUED)
			return true;
		has_ended = lt_entry_holders(entry) != LT_FAST;
		lt_entry_settle(entry, &deferred);
		lt_stripe_unlock_and_finish(stripe, &deferred);
		if (has_ended)
			break;
	}
	return sleep_until_woken(entry, waiter, deadline, now);
}

/*
 * Looks for a while whether it is granted the key, which costs the one who releases it
 * no wake-up. If so, what was sent is received, which lets the node go, and comes after
 * what the holders before it did. Who has asked for the key by being starving stops asking
 * before it sleeps: from then on it would have to be woken. It was alone when it joined.
 */
static bool
is_granted_soon(struct lt_entry *entry, struct lt_waiter *waiter)
{
	struct lt_deferred deferred = { 0 };
	bool is_granted;

	for (int i = 0; i < LT_SPINS_QUEUED && lt_load_relaxed(&waiter->state) == LT_QUEUED; i++)
		lt_spin_ns(LT_SPIN_QUEUED_NS);
	is_granted = lt_load_relaxed(&waiter->state) == LT_GRANTED;
	if (!is_granted && waiter->starving != 0) {
		const uint8_t priority = lt_real_time_priority();

		lt_stripe_lock(entry->stripe);
		is_granted = waiter->state == LT_GRANTED;
		waiter->starving = 0;
		if (!is_granted && priority > 0)
			lt_waiter_raise(entry, waiter, priority, &deferred);
		lt_stripe_unlock_and_finish(entry->stripe, &deferred);
	}
	if (is_granted)
		(void)lt_park(&waiter->parker, LT_FOREVER);
	return is_granted;
}

/* From the queue to one of the ends. Locked before, and after if the result is true. */
static bool
wait_in_queue(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline,
    struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	const bool fifo = stripe->table->fairness == LT_FIFO;
	const bool may_be_granted = fifo || waiter->starving != 0;
	bool is_fenced;
	uint64_t now;

	lt_stripe_unlock_and_finish(stripe, deferred);
	*deferred = (struct lt_deferred){ 0 };
	if (may_be_granted && is_granted_soon(entry, waiter))
		return false;
	if (fifo)
		note_sleep(entry, waiter);
	is_fenced = !waiter->behind_fast || lt_entry_fence_fast_release(entry, false);
	for (;;) {
		const bool in_time = is_fenced ? sleep_until_woken(entry, waiter, deadline, &now) :
		    sleep_and_recheck(entry, waiter, deadline, &now);

		if (is_to_compete(waiter)) {
			if (!lt_waiter_competes(entry, waiter, now, deferred) && !in_time)
				(void)lt_waiter_remove(entry, waiter, LT_TIMED_OUT, deferred);
		} else if (!in_time && lt_waiter_may_take(entry, waiter)) {
			lt_waiter_take(entry, waiter, deferred);
		} else if (!in_time && waiter->state == LT_QUEUED) {
			(void)lt_waiter_remove(entry, waiter, LT_TIMED_OUT, deferred);
		}
		if (waiter->state != LT_QUEUED)
			return true;
		lt_stripe_unlock(stripe);
	}
}

/* Also past queued writers of less priority. */
static bool
is_open_to(const struct lt_entry *entry, const struct lt_waiter *waiter)
{

	if (lt_entry_is_open(entry, waiter->is_shared))
		return true;
	return waiter->priority > 0 && lt_entry_admits(entry, waiter->is_shared) &&
	    (entry->queue->state == LT_STALLED || entry->queue->priority < waiter->priority);
}

/*
 * Tries once more, now that it has looked for a while. If it saw the key free and somebody
 * else was faster, the rest of the spins is cheaper than to sleep; but not where others sleep
 * already, as they are more than there are cores then, and looking keeps the holder
 * from its own. There it asks for its priority; one that is alone does so before it sleeps.
 * Locked after; true: it holds the key.
 */
static bool
try_before_queueing(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	const bool adaptive = stripe->table->fairness == LT_ADAPTIVE;
	int spins = adaptive ? LT_SPINS : 0;
	bool knows_priority = !adaptive;

	lt_stripe_unlock_and_finish(stripe, deferred);
	*deferred = (struct lt_deferred){ 0 };
	for (;;) {
		if (spins > 0)
			spins = spin_before_queueing(entry, waiter, spins);
		if (!knows_priority && lt_load_relaxed(&entry->queue) != NULL) {
			waiter->priority = lt_real_time_priority();
			knows_priority = true;
		}
		waiter->since = lt_now_ns();
		lt_stripe_lock(stripe);
		if (is_open_to(entry, waiter)) {
			lt_entry_take(entry, waiter->is_shared, waiter->record, waiter->counted, deferred);
			return true;
		}
		if (entry->queue == NULL ? spins == 0 : knows_priority)
			return false;
		lt_stripe_unlock(stripe);
	}
}

lt_status_t
lt_entry_wait(struct lt_entry *entry, bool shared, struct lt_record *record, uint64_t deadline,
    size_t counted, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	struct lt_waiter waiter = { .entry = entry, .is_shared = shared, .record = record,
		.counted = counted, .is_timed = deadline != LT_FOREVER };
	lt_status_t status = LT_OK;

	lt_count(&stripe->contended, &stripe->contended_carry);
	/*
	 * Under LT_FIFO the queue is joined in the locked section that found the key
	 * held, but for what is left over: a user's function must not run while the
	 * key may have been granted.
	 */
	if ((stripe->table->fairness == LT_ADAPTIVE || lt_deferred_exists(deferred)) &&
	    try_before_queueing(entry, &waiter, deferred)) {
		lt_stripe_unlock_and_finish(stripe, deferred);
		return LT_OK;
	}
	if (deadline != LT_FOREVER && lt_entry_is_queue_full(entry)) {
		lt_stripe_note_failure(stripe, LT_TOO_MANY);
		lt_entry_unref(entry, deferred);
		lt_stripe_unlock_and_finish(stripe, deferred);
		return LT_TOO_MANY;
	}

	lt_parker_init(&waiter.parker);
	lt_waiter_overtake(entry, waiter.priority, deferred);
	lt_waiter_join(entry, &waiter);
	/* With others it would be in their way to the cores: they are more than there are, then. */
	if (stripe->table->fairness == LT_ADAPTIVE && waiter.next == &waiter)
		waiter.starving = waiter.since;
	if (wait_in_queue(entry, &waiter, deadline, deferred)) {
		if (waiter.state == LT_LEFT) {
			status = waiter.reason;
			lt_entry_unref(entry, deferred);
		}
		lt_stripe_unlock_and_finish(stripe, deferred);
	}
	lt_parker_destroy(&waiter.parker);
	return status;
}

LT_END

#endif /* LT_SUPPORTED */
