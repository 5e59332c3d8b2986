/*
 * The scenarios' view of the core's own types: of the queues, so that schedules can be forced
 * without guessing how long to wait.
 */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_cores.h"
#include "../../CShim/LockTable/lt_deferred.h"
#include "../../CShim/LockTable/lt_monitor.h"
#include "../../CShim/LockTable/lt_suspend.h"
#include "../../CShim/LockTable/lt_waiter.h"

#include <sched.h>

#include "support.h"

static struct lt_entry *
entry_of(lt_hold_t hold)
{

	return (struct lt_entry *)((uintptr_t)hold.place & ~(uintptr_t)LT_SHARED_BIT);
}

uint32_t
peek_count_cores(void)
{

	return lt_count_usable_cores();
}

void
peek_freeze(lt_hold_t hold)
{

	lt_stripe_lock(entry_of(hold)->stripe);
}

void
peek_thaw(lt_hold_t hold)
{

	lt_stripe_unlock(entry_of(hold)->stripe);
}

bool
peek_is_slept_at(lt_hold_t hold)
{

	return lt_load_relaxed(&entry_of(hold)->stripe->has_sleepers) != 0;
}

bool
peek_is_table_slept_at(const lt_table_t *table)
{

	return lt_load_relaxed(&table->stripes[0].has_sleepers) != 0;
}

uint32_t
peek_places(const lt_table_t *table)
{

	return lt_load_relaxed(&table->waiting);
}

/* All waiters, or those in one state. */
static size_t
count_waiters(lt_hold_t hold, bool any, enum lt_waiter_state state)
{
	struct lt_waiter *oldest, *waiter;
	size_t count = 0;

	peek_freeze(hold);
	waiter = oldest = entry_of(hold)->queue;
	if (oldest != NULL) {
		do {
			count += any || waiter->state == state;
			waiter = waiter->next;
		} while (waiter != oldest);
	}
	peek_thaw(hold);
	return count;
}

size_t
peek_queue(lt_hold_t hold)
{

	return count_waiters(hold, true, LT_QUEUED);
}

size_t
peek_signalled(lt_hold_t hold)
{

	return count_waiters(hold, false, LT_SIGNALLED);
}

void
await_queue(lt_hold_t hold, size_t waiters)
{

	while (peek_queue(hold) != waiters)
		(void)sched_yield();
}

uint32_t
peek_references(lt_hold_t hold)
{
	uint32_t references;

	peek_freeze(hold);
	/* A thin hold is one that refs leaves out. */
	references = entry_of(hold)->refs + (entry_of(hold)->holders == LT_FAST);
	peek_thaw(hold);
	return references;
}

uint64_t
peek_hash(lt_hold_t hold)
{

	return entry_of(hold)->hash;
}

uint32_t
peek_holders(lt_hold_t hold)
{
	uint32_t holders;

	peek_freeze(hold);
	holders = entry_of(hold)->holders;
	peek_thaw(hold);
	return holders == LT_FAST ? LT_EXCLUSIVE : holders;
}

void
peek_set_holders(lt_hold_t hold, uint32_t holders)
{

	peek_freeze(hold);
	lt_store_relaxed(&entry_of(hold)->holders, holders);
	peek_thaw(hold);
}

void
peek_set_references(lt_hold_t hold, uint32_t references)
{

	peek_freeze(hold);
	entry_of(hold)->refs = references;
	peek_thaw(hold);
}

void
peek_set_others(lt_hold_t hold, uint32_t others)
{
	struct lt_stripe *stripe = entry_of(hold)->stripe;

	peek_freeze(hold);
	stripe->others = others;
	peek_thaw(hold);
}

void
peek_deny_barrier(lt_table_t *table)
{

	lt_stripe_count_for_good(&table->stripes[0]);
}

bool
peek_is_counted(lt_hold_t hold)
{

	return lt_load_relaxed(&entry_of(hold)->holders) != LT_FAST;
}

bool
peek_begin_counting(lt_hold_t hold)
{
	bool may_fence;

	peek_freeze(hold);
	may_fence = lt_stripe_begin_counting(entry_of(hold)->stripe);
	peek_thaw(hold);
	return may_fence;
}

static uint16_t
tick(void)
{

	return (uint16_t)(lt_coarse_now_ns() >> LT_TICK_SHIFT);
}

/* Begins another period if the clock ticks meanwhile, as this one began in either tick. */
uint64_t
peek_begin_period(lt_hold_t hold)
{
	struct lt_stripe *stripe = entry_of(hold)->stripe;
	uint16_t before, after, ticks;

	peek_freeze(hold);
	do {
		before = tick();
		ticks = lt_stripe_begin_counting(stripe) ?
		    (uint16_t)(stripe->fast_again - before) : 0;
		after = tick();
		if (after != before)
			stripe->fast_again = after;
	} while (after != before);
	peek_thaw(hold);
	return (uint64_t)ticks << LT_TICK_SHIFT;
}

void
peek_end_counting(lt_hold_t hold)
{

	peek_freeze(hold);
	entry_of(hold)->stripe->fast_again = tick();
	peek_thaw(hold);
}

bool
peek_is_unfenced(lt_hold_t hold)
{
	bool is_unfenced;

	peek_freeze(hold);
	is_unfenced = entry_of(hold)->stripe->unfenced;
	peek_thaw(hold);
	return is_unfenced;
}

void
peek_set_queue(lt_hold_t hold, uint32_t waiters)
{

	peek_freeze(hold);
	entry_of(hold)->queued = waiters;
	peek_thaw(hold);
}

bool
peek_is_sound(lt_hold_t hold)
{
	struct lt_entry *entry = entry_of(hold);
	const struct lt_waiter *oldest, *waiter, *first_stalled = NULL;
	size_t queued = 0, writers = 0, signalled = 0, holders;
	bool sound = true;

	peek_freeze(hold);
	holders = entry->holders == LT_FAST ? 0 : entry->holders == LT_EXCLUSIVE ? 1 : entry->holders;
	waiter = oldest = entry->queue;
	if (oldest != NULL) {
		do {
			const bool stalled = waiter->state == LT_STALLED;

			queued++;
			writers += !waiter->is_shared && !stalled;
			signalled += waiter->state == LT_SIGNALLED;
			first_stalled = stalled && first_stalled == NULL ? waiter : first_stalled;
			sound = sound && (stalled || (first_stalled == NULL &&
			    (waiter->state == LT_QUEUED ||
			    (waiter->state == LT_SIGNALLED && waiter == oldest)))) &&
			    waiter->next->previous == waiter &&
			    (stalled || waiter == oldest || waiter->previous->priority >= waiter->priority) &&
			    waiter->is_monitored == (waiter->state == LT_SIGNALLED);
			waiter = waiter->next;
		} while (waiter != oldest);
		sound = sound && (first_stalled == NULL ||
		    oldest->previous->first_stalled == first_stalled);
	}
	sound = sound && signalled <= 1 && (signalled == 1) == (entry->waking != 0) &&
	    (entry->holders != 0 || queued == 0 || signalled == 1 || oldest->state == LT_STALLED) &&
	    entry->queued == queued && entry->writers == writers && entry->refs >= queued + holders;
	peek_thaw(hold);
	return sound;
}

void
peek_sweep(lt_hold_t hold)
{

	peek_sweep_stripe(entry_of(hold)->stripe);
}

void
peek_age_hold(lt_hold_t hold, uint64_t nanoseconds)
{
	struct lt_record *record;

	peek_freeze(hold);
	record = (struct lt_record *)(uintptr_t)(hold.tag ^ entry_of(hold)->hash);
	if (record != NULL)
		record->since -= nanoseconds;
	peek_thaw(hold);
}

bool
peek_remove(lt_hold_t hold, lt_status_t reason)
{
	struct lt_deferred deferred = { 0 };
	struct lt_entry *entry = entry_of(hold);
	struct lt_waiter *oldest;
	bool is_to_wake;

	lt_stripe_lock(entry->stripe);
	oldest = entry->queue;
	is_to_wake = lt_waiter_remove(entry, oldest, reason, &deferred);
	lt_stripe_unlock(entry->stripe);
	lt_finish_unlocked(&deferred);
	if (is_to_wake)
		lt_wake(oldest, false);
	return is_to_wake;
}

void
peek_end_unseen(lt_hold_t hold)
{

	peek_freeze(hold);
	lt_store_relaxed(&entry_of(hold)->holders, 0);
	entry_of(hold)->stripe->unfenced = true;
	peek_thaw(hold);
}

bool
peek_is_line(lt_hold_t hold, lt_suspension_t *const *line, size_t length)
{
	struct lt_waiter *waiter;
	bool is_line;

	peek_freeze(hold);
	waiter = entry_of(hold)->queue;
	is_line = entry_of(hold)->queued == length;
	for (size_t i = 0; is_line && i < length; i++, waiter = waiter->next)
		is_line = waiter == &line[i]->waiter;
	peek_thaw(hold);
	return is_line;
}

void
peek_fill_counters(lt_hold_t hold)
{
	struct lt_stripe *stripe = entry_of(hold)->stripe;

	peek_freeze(hold);
	stripe->contended = stripe->parks = stripe->hand_offs = UINT16_MAX;
	stripe->parks_carry = stripe->hand_offs_carry = 1;
	peek_thaw(hold);
}

LT_END
