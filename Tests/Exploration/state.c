/*
 * What must be true in every state. It is checked before each step, from outside: with no lock,
 * without the core's functions, and only where no stripe lock is held, as the table's own rules
 * hold then. The table is compared with the sequential model, which is told of each hold and pin
 * that the program has, and with the calls that are in progress.
 */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include "capacities.h"
#include "entries.h"
#include "flights.h"
#include "program.h"
#include "records.h"
#include "turns.h"

/* In line and signalled, queued, or behind those and stalled. */
static void
check_waiter(const struct lt_entry *entry, const struct lt_waiter *waiter,
    const struct lt_waiter *first_stalled)
{
	const bool signalled = waiter->state == LT_SIGNALLED;

	if (waiter->next->previous != waiter || waiter->entry != entry)
		ex_fail("a queue that is no ring, or another's");
	if (!signalled && waiter->state != LT_QUEUED && waiter->state != LT_STALLED)
		ex_fail("a waiter in the queue is in state %u", (unsigned)waiter->state);
	if (signalled != (waiter == entry->queue && entry->waking))
		ex_fail("a signalled waiter that is not the oldest, or one too few");
	if (first_stalled != NULL && waiter->state != LT_STALLED)
		ex_fail("a waiter stands behind one that has stalled");
	if (waiter != entry->queue && first_stalled == NULL &&
	    waiter->previous->priority < waiter->priority)
		ex_fail("a waiter stands behind one of less priority");
	if (so_far.is_shut_down && waiter->is_refusable)
		ex_fail("a waiter that can be refused is in the queue of a table that was shut down");
	if (waiter->has_place != so_far.is_crowded)
		ex_fail("a waiter in the queue has no place in the table, or one too many");
	if (waiter->is_monitored != signalled)
		ex_fail("a woken waiter that is not monitored, or another one that is");
	records_check_unused(waiter->record);
}

static unsigned waiters, refusable;	/* In all queues. */

/* Queue: its length, its writers, and which may be waking. */
static void
check_queue(const struct lt_entry *entry)
{
	const struct lt_waiter *waiter = entry->queue, *first_stalled = NULL;
	unsigned queued = 0, writers = 0;

	if (waiter != NULL) {
		do {
			if (waiter->state == LT_STALLED && first_stalled == NULL)
				first_stalled = waiter;
			check_waiter(entry, waiter, first_stalled);
			queued++;
			refusable += waiter->is_refusable;
			writers += !waiter->is_shared && first_stalled == NULL;
			waiter = waiter->next;
		} while (waiter != entry->queue && queued < EX_THREADS);
		if (first_stalled != NULL && entry->queue->previous->first_stalled != first_stalled)
			ex_fail("the last waiter does not know the first that has stalled");
	} else if (entry->waking) {
		ex_fail("a waiter is waking, and none is queued");
	}
	if (queued != entry->queued || writers != entry->writers)
		ex_fail("%u waiters, %u writers among them, in a queue of %u and %u", queued, writers,
		    (unsigned)entry->queued, (unsigned)entry->writers);
	waiters += queued;
}

/* Only a task that was granted its key has a place and is in no queue. */
static void
check_places(void)
{
	const uint32_t waiting = waiting_in_table();

	if (!so_far.is_crowded)
		return;
	if (waiting < waiters || waiting > waiters + EX_THREADS)
		ex_fail("%u waiters are queued, and %u have a place in the table", waiters, waiting);
	if (refusable > ex_table->most_in_table)
		ex_fail("%u waiters are in a table that may have %u", refusable, ex_table->most_in_table);
}

uint32_t
waiting_in_table(void)
{

	return ex_table->waiting;
}

/*
 * The pins that calls may have for a comparison: of an entry of their key's hash, one for its place
 * in the chain, and one for its place outside of it, from which it may have moved meanwhile.
 */
static uint32_t
most_compared(int key)
{
	uint32_t most = 0;

	for (int other = 0; other < KEYS && ex_keys[key].kind >= LT_KEYS_VALUE; other++) {
		if (ex_keys[other].hash != ex_keys[key].hash)
			continue;
		for (int i = 0; i < EX_THREADS; i++)
			most += calls_of[other].in_call[i] && ex_is_running(i) ? 2 : 0;
	}
	return most;
}

/* What an entry's value counts as. */
static uint32_t
value_of(const struct lt_entry *entry)
{

	return so_far.keeps_values && !ex_table->values_in_use_only &&
	    *lt_entry_presence(ex_table, entry);
}

/*
 * refs = holders (but a fast one) + waiters + pins + a value that stays. Of the pins, the model
 * knows the program's own; a call that is running may have one in hand, and one that sleeps as a
 * thread has none, unless another thread has removed its waiter. A task may have left the queue
 * while the call that brought it there is not over.
 */
static void
check_count(const struct lt_entry *entry, int key)
{
	const struct model_key *known = &ex_model.keys[key];
	const struct calls *calls = &calls_of[key];
	const bool is_exclusive = entry->holders >= LT_EXCLUSIVE;
	const bool are_refused = so_far.is_shutting_down || so_far.failing > 0 || so_far.was_lower;
	const uint32_t holders = is_exclusive ? 1 : so_far.has_permits ? (uint32_t)known->held :
	    entry->holders;
	/* Permits that were granted, to calls that do not know yet. */
	const uint32_t granted = so_far.has_permits ? entry->holders - capacities_known(key) : 0;
	const uint32_t least = (entry->holders != LT_FAST ? holders : 0) + entry->queued +
	    (uint32_t)known->callers + value_of(entry);
	/* Of flights: pins for the calls of cancel(). The timer makes some, too. */
	uint32_t most = least + most_compared(key) + granted +
	    (so_far.are_flights ? 1 + so_far.cancelling : 0);

	for (int i = 0; i < EX_THREADS; i++)
		most += calls->in_call[i] ? calls->as_task[i] + (unsigned)(ex_is_running(i) ||
		    (calls->can_fail[i] && are_refused)) : 0;
	if (entry->refs < least || entry->refs > most)
		ex_fail("refs is %u: %u holders, %u waiters, %zu pins, and %u calls that may have it in hand",
		    entry->refs, holders, (unsigned)entry->queued, known->callers, most - least);
	if (so_far.has_permits) {
		capacities_check_out(entry, key);
		return;
	}
	if (holders < known->held)
		ex_fail("a holder is not counted");
	if (known->held > 0 && known->is_written != is_exclusive && !calls->is_downgrading)
		ex_fail("held one way and counted the other way");
}

static bool
is_due(const struct lt_entry *entry)
{

	if (entry->queue == NULL || entry->queue->state == LT_STALLED)
		return false;
	return so_far.has_permits ? capacities_admit(entry, entry->queue->permits) :
	    lt_entry_admits(entry, entry->queue->is_shared);
}

/* The monitor will see to it: a waiter was woken and does not run, or may have been missed. */
static bool
is_monitored(const struct lt_entry *entry)
{
	const struct lt_stripe *stripe = entry->stripe;

	return stripe->is_monitored && ((entry->waking && so_far.stuck > 0) || stripe->unfenced);
}

/* The waiter that could be let in was woken, or a thread that will see to it is in a call. */
static void
check_turn_passed(const struct lt_entry *entry, int key)
{

	if (!is_due(entry) || entry->waking)
		return;
	for (int i = 0; i < EX_THREADS; i++) {
		if (calls_of[key].in_call[i] && ex_is_running(i))
			return;
	}
	if (!is_monitored(entry))
		ex_fail("the oldest waiter could have its key, and no thread is about to let it in");
}

static bool found[KEYS];
static unsigned values;		/* That are present. */

static void
check_entry(const struct lt_entry *entry)
{
	const int key = key_of(entry);

	if (ex_is_freed(entry))
		ex_fail("an entry that was freed is present");
	if (entry->refs == 0 && entry->holders != LT_FAST)
		ex_fail("an entry without a reference is present");
	if (found[key])
		ex_fail("a key has two entries");
	found[key] = true;
	check_queue(entry);
	check_count(entry, key);
	records_check(entry, key);
	flights_check(entry, key);
	check_turn_passed(entry, key);
	if (so_far.has_permits)
		capacities_check(entry, key);
	if (so_far.keeps_values) {
		const bool is_present = *lt_entry_presence(ex_table, entry);

		values += is_present;
		if (lt_entry_is_ending(entry) != (is_present && ex_table->values_in_use_only))
			ex_fail("an entry does not know that its value ends with it");
	}
}

/* The stripe, if there is a table and its lock is free. */
static struct lt_stripe *
stripe_at_rest(void)
{

	if (ex_table == NULL || ex_is_freed(ex_table) || ex_table->stripes[0].lock.value != 0)
		return NULL;
	return &ex_table->stripes[0];
}

/* What a stripe keeps for keys to come is not in use, and is not large. */
static void
check_unused(const struct lt_stripe *stripe)
{
	const struct lt_entry *young = stripe->resident.young;

	if (young != NULL && young->refs == 0 && young->room > LT_KEPT_ROOM)
		ex_fail("a large entry is kept and not used");
	if (young != NULL && young->refs == 0) {
		if (young->holders != 0)
			ex_fail("an entry without a reference is held");
		records_check_absent(young);
	}
	if (stripe->resident.refs == 0 && stripe->resident.holders == 0)
		records_check_absent(&stripe->resident);
	records_check_spare(stripe->spare_record);
	for (const struct lt_entry *spare = stripe->spares; spare != NULL; spare = spare->link) {
		if (spare->refs != 0 || spare->holders != 0)
			ex_fail("a spare entry is in use");
		if (spare->room > LT_RESIDENT_ROOM)
			ex_fail("a spare entry has room for a long key");
		records_check_absent(spare);
	}
}

void
ex_check_state(void)
{
	struct lt_stripe *stripe = stripe_at_rest();

	if (stripe == NULL)
		return;
	if (stripe->acquisitions < so_far.acquisitions)
		ex_fail("acquisitions fell from %llu to %llu", (unsigned long long)so_far.acquisitions,
		    (unsigned long long)stripe->acquisitions);
	so_far.acquisitions = stripe->acquisitions;
	memset(found, 0, sizeof found);
	waiters = refusable = values = 0;
	for_each_entry(stripe, check_entry);
	turns_check();
	check_places();
	if (so_far.keeps_values && values != stripe->resident.key.values)
		ex_fail("%u values are present, of %llu", values,
		    (unsigned long long)stripe->resident.key.values);
	check_unused(stripe);
	for (int key = 0; key < KEYS; key++) {
		if (!found[key])
			capacities_forget(key);
		if (!found[key] && model_is_present(&ex_model, (unsigned)key))
			ex_fail("key %c is held or pinned, and absent", key_name(key));
	}
}

static void
check_turn(const struct lt_entry *entry)
{

	if (is_due(entry) && !is_monitored(entry))
		ex_fail("a wake-up is lost: the oldest waiter could have its key, and all threads sleep");
}

void
ex_check_standstill(void)
{
	struct lt_stripe *stripe = stripe_at_rest();

	if (stripe != NULL && !ex_stripe_has_sleeper(stripe))
		for_each_entry(stripe, check_turn);
}

bool
ex_has_sleepers(const void *lock)
{

	return ((const struct lt_stripe *)lock)->has_sleepers != 0;
}

/* What only shutting down changes, which needs no lock for it. */
static bool
is_flag(const void *address)
{

	return ex_table != NULL && !ex_is_freed(ex_table) &&
	    (address == &ex_table->is_shut_down || address == &ex_table->plain_keys ||
	    address == &ex_table->permit_keys || address == &ex_table->kept_keys);
}

bool
ex_is_fixed(const void *address)
{

	return is_flag(address) && !so_far.may_shut_down;
}

bool
ex_changes_unlocked(const void *address)
{

	return is_flag(address) && so_far.may_shut_down && !so_far.is_shut_down;
}
