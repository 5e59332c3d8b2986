/*
 * Waiting for a key, and passing it on. The table of states is in lt_core.h.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

/*
 * Looks before sleeping, and the pauses between them: doubling, as
 * each look takes the cache line from the holder. All together a few
 * microseconds, about what going to sleep and being woken costs.
 */
#define LT_LOOKS	8
#define LT_FIRST_PAUSES	8
#define LT_MOST_PAUSES	64

void
lt_waiter_join(struct lt_entry *entry, struct lt_waiter *waiter)
{
	struct lt_waiter *oldest = entry->queue;

	lt_store_relaxed(&waiter->state, LT_QUEUED);
	entry->queued++;
	if (oldest == NULL) {
		entry->queue = waiter->next = waiter->previous = waiter;
		return;
	}
	waiter->next = oldest;
	waiter->previous = oldest->previous;
	oldest->previous->next = waiter;
	oldest->previous = waiter;
}

void
lt_waiter_leave(struct lt_entry *entry, struct lt_waiter *waiter)
{

	entry->queued--;
	if (waiter->next == waiter) {
		entry->queue = NULL;
		return;
	}
	waiter->next->previous = waiter->previous;
	waiter->previous->next = waiter->next;
	if (entry->queue == waiter)
		entry->queue = waiter->next;
}

struct lt_waiter *
lt_entry_pass_on(struct lt_entry *entry)
{
	struct lt_waiter *oldest = entry->queue, *next;

	if (oldest == NULL)
		return NULL;

	if (oldest->overdue != 0 || entry->stripe->table->fairness == LT_FIFO) {
		next = oldest->next;
		lt_waiter_leave(entry, oldest);
		lt_entry_hold(entry);
		lt_store_relaxed(&oldest->state, LT_GRANTED);
		/* What the granted one's look at the clock says of the next in line. */
		if (entry->queue != NULL && next->overdue == 0 &&
		    next->since + LT_HANDOFF_BOUND_NS <= oldest->overdue)
			next->overdue = oldest->overdue;
		return oldest;
	}

	/* None is on its way: a release that finds one there is a quiet one. */
	entry->waking = 1;
	lt_store_relaxed(&oldest->state, LT_SIGNALLED);
	return oldest;
}

/* Looks for a bounded while, unlocked, whether the word changes. */
static void
look(const uint32_t *word, uint32_t from)
{
	int pauses = LT_FIRST_PAUSES;

	for (int i = 0; i < LT_LOOKS && lt_load_relaxed(word) == from; i++) {
		for (int pause = 0; pause < pauses; pause++)
			lt_pause();
		if (pauses < LT_MOST_PAUSES)
			pauses *= 2;
	}
}

bool
lt_waiter_competes(struct lt_entry *entry, struct lt_waiter *waiter, bool stays, uint64_t now)
{

	entry->waking = 0;
	if (entry->holders == 0) {
		lt_waiter_leave(entry, waiter);
		lt_entry_hold(entry);
		waiter->state = LT_GRANTED;
		return true;
	}
	if (!stays) {
		lt_waiter_leave(entry, waiter);
		waiter->state = LT_LEFT;
		return false;
	}
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	if (now - waiter->since >= LT_HANDOFF_BOUND_NS)
		waiter->overdue = now;
	return false;
}

void
lt_waiter_send(struct lt_waiter *waiter)
{

	if (waiter == NULL)
		return;
	if (waiter->is_task)
		lt_suspension_resume((struct lt_suspension *)waiter);
	else
		lt_unpark(&waiter->parker);
}

/* A thread that runs a task is not to sleep: others need it. It is asked for, and counted. */
static void
note_sleep(struct lt_table *table)
{

	if (table->runs_task != NULL && table->runs_task())
		(void)lt_increment_relaxed(&table->task_sleeps);
}

/* For a waiter that is not queued yet: its wait may be over before it has to be. */
static void
look_before_sleeping(const struct lt_entry *entry)
{

	look(&entry->holders, LT_EXCLUSIVE);
	if (lt_load_relaxed(&entry->holders) != 0)
		note_sleep(entry->stripe->table);
}

/* For one that is, and that a release may grant the key to meanwhile. */
static void
look_before_sleeping_queued(const struct lt_waiter *waiter, struct lt_table *table)
{

	look(&waiter->state, LT_QUEUED);
	if (lt_load_relaxed(&waiter->state) == LT_QUEUED)
		note_sleep(table);
}

/* Sleeps until it is sent for or too late; awakes locked. True: in time. */
static bool
sleep_until_sent_for(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t deadline, uint64_t *now)
{
	struct lt_stripe *stripe = entry->stripe;
	bool in_time = lt_park(&waiter->parker, deadline);

	/* Who is sent for competes: it may have to wait for a newcomer's short section. */
	if (in_time && lt_load_relaxed(&waiter->state) == LT_SIGNALLED)
		look(&entry->holders, LT_EXCLUSIVE);
	*now = lt_now_ns();
	lt_stripe_lock(stripe);
	if (!in_time && waiter->state != LT_QUEUED) {
		/* Sent for at the last moment: what was sent has to be received. */
		lt_stripe_unlock(stripe);
		(void)lt_park(&waiter->parker, LT_FOREVER);
		lt_stripe_lock(stripe);
	}
	return in_time;
}

lt_status_t
lt_entry_wait(struct lt_entry *entry, uint64_t deadline, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	const bool adaptive = stripe->table->fairness == LT_ADAPTIVE;
	struct lt_waiter waiter = { 0 };
	uint64_t now;

	/*
	 * Under LT_FIFO the queue is joined in the locked section that found the key
	 * held, but for what is left over: a user's function must not run while the
	 * key may have been granted.
	 */
	if (adaptive || lt_leftovers_exist(leftovers)) {
		lt_stripe_unlock_and_finish(stripe, leftovers);
		*leftovers = (struct lt_leftovers){ 0 };
		if (adaptive)
			look_before_sleeping(entry);
		waiter.since = lt_now_ns();
		lt_stripe_lock(stripe);
		if (lt_entry_is_free(entry)) {
			lt_entry_hold(entry);
			lt_stripe_unlock(stripe);
			return LT_OK;
		}
	}
	if (deadline != LT_FOREVER && lt_entry_is_crowded(entry)) {
		lt_entry_unref(entry, leftovers);
		lt_stripe_unlock_and_finish(stripe, leftovers);
		return LT_TOO_MANY;
	}

	lt_parker_init(&waiter.parker);
	lt_waiter_join(entry, &waiter);
	while (waiter.state == LT_QUEUED) {
		bool in_time;

		lt_stripe_unlock(stripe);
		if (!adaptive)
			look_before_sleeping_queued(&waiter, stripe->table);
		in_time = sleep_until_sent_for(entry, &waiter, deadline, &now);
		if (waiter.state == LT_SIGNALLED) {
			(void)lt_waiter_competes(entry, &waiter, in_time, now);
		} else if (!in_time && waiter.state == LT_QUEUED) {
			lt_waiter_leave(entry, &waiter);
			waiter.state = LT_LEFT;
		}
	}

	if (waiter.state == LT_LEFT)
		lt_entry_unref(entry, leftovers);
	lt_stripe_unlock_and_finish(stripe, leftovers);
	lt_parker_destroy(&waiter.parker);
	return waiter.state == LT_GRANTED ? LT_OK : LT_TIMED_OUT;
}
