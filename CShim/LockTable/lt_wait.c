/*
 * Waiting for a key, as a thread. The table of states is in lt_states.h.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_report.h"
#include "lt_table.h"
#include "lt_times.h"
#include "lt_wait.h"
#include "lt_waiter.h"

/*
 * How often a newcomer spins, and the time between two loads. The time doubles, as each load takes
 * the cache line from the holder. In all that is less than half a microsecond, in which the holder
 * may run dozens of sections of its own. With more, the newcomer waits longer; with less, the two
 * disturb each other. A woken waiter spins longer, as it has paid for its wake-up.
 */
#define LT_SPINS	3
#define LT_SPINS_SIGNALLED	8
#define LT_FIRST_SPIN_NS	50
#define LT_LONGEST_SPIN_NS	400

/*
 * How often a queued thread spins on its own state, which disturbs no other thread. That takes
 * about as long as parking and unparking cost the two threads that take part. (The explorer of
 * schedules has fewer.)
 */
#ifndef LT_SPINS_QUEUED
#define LT_SPINS_QUEUED	80
#endif
#define LT_SPIN_QUEUED_NS	25

/* The time between two checks for the end of a fast hold, where the fence was refused. */
#define LT_FIRST_RECHECK_NS	UINT64_C(100000)
#define LT_LAST_RECHECK_NS	UINT64_C(50000000)

/*
 * Spins, unlocked, until the word leaves the range, or for that many spins. Returns how many are
 * left.
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

/* A reader spins until no writer holds the key, a writer until the key is free. */
static int
spin_on_holders(const struct lt_entry *entry, bool shared, int spins)
{

	return spin_while_within(&entry->holders, shared ? LT_EXCLUSIVE : 1, LT_FAST, spins);
}

/*
 * Spins before the waiter joins the queue, as the wait may be over soon. Under LT_ADAPTIVE
 * lt_entry_note_sleep() runs here, where the key can't have been granted.
 */
static int
spin_before_queueing(struct lt_entry *entry, const struct lt_waiter *waiter, int spins)
{

	spins = spin_on_holders(entry, waiter->is_shared, spins);
	if (spins == 0 && lt_load_relaxed(&entry->holders) != 0)
		lt_entry_note_sleep(entry, waiter);
	return spins;
}

/* Was it woken to compete? The monitor may have stalled it since. */
static bool
is_to_compete(const struct lt_waiter *waiter)
{
	const uint32_t state = lt_load_relaxed(&waiter->state);

	return state == LT_SIGNALLED || state == LT_STALLED;
}

/*
 * A woken waiter competes with newcomers, whose sections may be short. Spins until the entry
 * admits the waiter under the lock, and again if a newcomer was faster, for a bounded time. Returns
 * locked.
 */
static void
spin_and_compete(const struct lt_entry *entry, const struct lt_waiter *waiter, uint64_t *now)
{
	int spins = LT_SPINS_SIGNALLED;

	for (;;) {
		spins = spin_on_holders(entry, waiter->is_shared, spins);
		*now = lt_now_ns();
		lt_stripe_lock(entry->stripe);
		if (spins == 0 || !is_to_compete(waiter) || lt_entry_admits_waiter(entry, waiter))
			return;
		lt_stripe_unlock(entry->stripe);
	}
}

/* Parks until the waiter is woken or the deadline passes. Returns locked. True: it was woken. */
static bool
sleep_until_woken(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline,
    uint64_t *now)
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
		/* It was woken at the last moment, so it must consume the token. */
		lt_stripe_unlock(stripe);
		(void)lt_park(&waiter->parker, LT_FOREVER);
		lt_stripe_lock(stripe);
	}
	return in_time;
}

/*
 * The same, behind a fast hold whose release may miss the waiter, as the system refused the fence.
 * Checks after a growing time whether the hold has ended.
 */
static LT_COLD bool
sleep_and_recheck(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline,
    uint64_t *now)
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
 * Spins on the waiter's own state before parking, so that a hand-off costs the releaser no wake-up.
 * On GRANTED, consumes the token: this acquires the previous holders' writes, and ends the
 * releaser's use of the node. A waiter that requested a hand-off by starving withdraws the request
 * before it parks, as granting it would cost a wake-up from then on. Such a waiter was alone when
 * it joined, so it reads its priority only here.
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
		if (waiter->state == LT_QUEUED && priority > 0)
			lt_waiter_raise(entry, waiter, priority, &deferred);
		lt_stripe_unlock_and_finish(entry->stripe, &deferred);
	}
	if (is_granted)
		(void)lt_park(&waiter->parker, LT_FOREVER);
	return is_granted;
}

/*
 * Waits in the queue until the waiter has the key or has left. Locked before; locked after if the
 * result is true.
 */
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
	lt_note_join();
	if (may_be_granted && is_granted_soon(entry, waiter))
		return false;
	if (fifo)
		lt_entry_note_sleep(entry, waiter);
	if (lt_table_takes_wait(stripe->table))
		stripe->table->wait_began(stripe->table->wait_began_context);
	is_fenced = !waiter->behind_fast ||
	    lt_entry_fence_fast_release(entry, waiter->may_fence, false);
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
		if (waiter->state != LT_QUEUED) {
			lt_waiter_count_wait(waiter, now);
			return true;
		}
		lt_stripe_unlock(stripe);
	}
}

/* Is the entry open to the waiter, also past queued waiters of a lower priority? */
static bool
is_open_to(const struct lt_entry *entry, const struct lt_waiter *waiter)
{

	if (lt_entry_is_open_to(entry, waiter))
		return true;
	return waiter->priority > 0 && lt_entry_admits(entry, waiter->is_shared) &&
	    (entry->queue->state == LT_STALLED || entry->queue->priority < waiter->priority);
}

/*
 * Spins, then tries again. If the key was free but another thread barged in, spins on: that is
 * cheaper than parking. It does not if other waiters are queued: then threads outnumber cores, and
 * spinning takes time from the holder. With other waiters it reads its priority; a waiter that is
 * alone does so before it parks. Returns locked; true: the key is held.
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
			lt_entry_take_for(entry, waiter, deferred);
			return true;
		}
		if (entry->queue == NULL ? spins == 0 : knows_priority)
			return false;
		lt_stripe_unlock(stripe);
	}
}

lt_status_t
lt_entry_wait(struct lt_entry *entry, bool shared, uint32_t permits, struct lt_record *record,
    uint64_t deadline, size_t counted, uint32_t most_waiters, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	struct lt_waiter waiter = { .entry = entry, .is_shared = shared, .permits = permits,
		.record = record, .counted = counted, .is_timed = deadline < LT_REFUSABLE,
		.is_refusable = deadline != LT_FOREVER, .most_waiters = most_waiters };
	lt_status_t status = LT_OK;

	if (deadline == LT_REFUSABLE)
		deadline = LT_FOREVER;
	lt_count(&stripe->contended, &stripe->contended_carry);
	/*
	 * Under LT_FIFO the waiter joins the queue in the locked section that found the
	 * key held, but not if there is deferred work: a user's function must not run
	 * while the key may have been granted.
	 */
	if ((stripe->table->fairness == LT_ADAPTIVE || lt_deferred_exists(deferred)) &&
	    try_before_queueing(entry, &waiter, deferred)) {
		lt_stripe_unlock_and_finish(stripe, deferred);
		return LT_OK;
	}
	status = lt_entry_refuses(entry, &waiter);
	if (status != LT_OK) {
		lt_stripe_note_failure(stripe, status);
		lt_entry_unref(entry, deferred);
		lt_stripe_unlock_and_finish(stripe, deferred);
		return status;
	}

	lt_parker_init(&waiter.parker);
	lt_waiter_overtake(entry, waiter.priority, deferred);
	lt_waiter_join(entry, &waiter);
	/* It may spin only if it is alone: with other waiters, threads outnumber cores. */
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
