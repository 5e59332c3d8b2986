/*
 * The scenarios' view of the core's own types: of the queues, so that schedules can be forced
 * without guessing how long to wait.
 */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_cores.h"
#include "../../CShim/LockTable/lt_deferred.h"
#include "../../CShim/LockTable/lt_monitor.h"
#include "../../CShim/LockTable/lt_suspend.h"
#include "../../CShim/LockTable/lt_timer.h"
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
	stripe->set_count = others;
	peek_thaw(hold);
}

void
peek_deny_barrier(lt_table_t *table)
{

	table->stripes[0].no_fast_release = true;
}

bool
peek_is_counted(lt_hold_t hold)
{

	return lt_load_relaxed(&entry_of(hold)->holders) != LT_FAST;
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

bool
peek_timer_runs(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool runs;

	(void)pthread_mutex_lock(&timer->mutex);
	runs = timer->is_running || timer->heap != NULL;
	(void)pthread_mutex_unlock(&timer->mutex);
	return runs;
}

bool
peek_timer_is_unlocked(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	for (unsigned look = 0; look < 10000; look++) {
		if (pthread_mutex_trylock(&timer->mutex) == 0) {
			(void)pthread_mutex_unlock(&timer->mutex);
			return true;
		}
		(void)sched_yield();
	}
	return false;
}

size_t
peek_timer_count(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	size_t count;

	(void)pthread_mutex_lock(&timer->mutex);
	count = timer->count;
	(void)pthread_mutex_unlock(&timer->mutex);
	return count;
}

void
peek_trim_timer(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	(void)pthread_mutex_lock(&timer->mutex);
	if (timer->heap != NULL && timer->count == 0) {
		lt_deallocate(timer->heap, timer->capacity * sizeof timer->heap[0]);
		timer->capacity = 0;
		timer->heap = lt_allocate(0);
		if (timer->heap == NULL)
			lt_trap("there was no memory for a test");
	}
	(void)pthread_mutex_unlock(&timer->mutex);
}

void
peek_disown_timer(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	(void)pthread_mutex_lock(&timer->mutex);
	if (timer->heap != NULL)
		memory_disown(timer->heap);
	(void)pthread_mutex_unlock(&timer->mutex);
}

void
peek_forget_timer(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	*timer = (struct lt_timer){ .mutex = PTHREAD_MUTEX_INITIALIZER, .run = timer->run,
	    .await_rest = timer->await_rest, .forget = timer->forget };
	lt_condition_init(&timer->earlier);
	lt_condition_init(&timer->at_rest);
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
