/*
 * The capacity of each key, in a table whose keys have capacities of their own.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_begin.h"
#include "lt_deferred.h"
#include "lt_lookup.h"
#include "lt_waiter.h"

/* How many waiters one locked section removes. */
#ifndef LT_REFUSED_AT_ONCE
#define LT_REFUSED_AT_ONCE	16
#endif

static struct lt_entry *
entry_of(lt_hold_t place)
{

	lt_require_place(place.place);
	return place.place;
}

static void
require_capacities(const struct lt_table *table)
{

	if (!lt_has_permits(table) || table->permits != LT_PERMITS_BY_KEY)
		lt_trap("the capacity of a key was asked for or set, in a table whose keys have "
		    "none of their own");
}

/* The stripe is locked. */
static uint64_t
take_ticket(struct lt_entry *entry)
{
	struct lt_tickets *tickets = lt_entry_tickets(entry);
	struct lt_extra *extra = lt_entry_extra(entry);

	if (!extra->is_asked)
		*tickets = (struct lt_tickets){ 0 };
	extra->is_asked = true;
	return ++tickets->asked;
}

/* The stripe is locked. */
static bool
is_answered(const struct lt_entry *entry)
{

	return lt_entry_extra(entry)->is_asked && lt_entry_tickets(entry)->answered > 0;
}

uint64_t
lt_permits_ask(lt_hold_t pin)
{
	struct lt_entry *entry = entry_of(pin);
	uint64_t ticket;

	require_capacities(entry->stripe->table);
	lt_stripe_lock(entry->stripe);
	ticket = is_answered(entry) ? 0 : take_ticket(entry);
	lt_stripe_unlock(entry->stripe);
	return ticket;
}

lt_hold_t
lt_permits_ask_again(lt_table_t *table, const lt_key_t *key, uint64_t *ticket)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_deferred deferred = { 0 };
	lt_hold_t pin = { NULL, 0 };
	struct lt_entry *entry;

	lt_require_kind(table, key->kind);
	require_capacities(table);
	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	entry = lt_stripe_locate(stripe, key, NULL, &deferred);
	if (entry != NULL) {
		*ticket = take_ticket(entry);
		pin = lt_held(entry);
	}
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return pin;
}

/*
 * Removes waiters that want more than there ever are, as the capacity has fallen. Returns whether
 * none is left. As in lt_shutdown.c, there is room for one entry that has more waiters to let in.
 */
static bool
remove_excessive(struct lt_entry *entry, struct lt_deferred *deferred)
{
	struct lt_waiter *removed[LT_REFUSED_AT_ONCE], *waiter = entry->queue;
	int count = 0;

	if (waiter == NULL)
		return true;
	do {
		waiter = waiter->previous;
		if (lt_entry_lacks(entry, waiter->permits))
			removed[count++] = waiter;
	} while (waiter != entry->queue && count < LT_REFUSED_AT_ONCE);
	for (int i = 0; i < count; i++) {
		if (lt_waiter_remove(entry, removed[i], LT_EXCEEDS, deferred))
			lt_waiter_wake_later(removed[i], deferred);
		if (deferred->more_readers != NULL)
			return false;
	}
	return count < LT_REFUSED_AT_ONCE;
}

/* Removes the others, once the first were woken. */
static LT_NOINLINE void
remove_the_rest(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;
	bool is_done;

	do {
		struct lt_deferred deferred = { 0 };

		lt_stripe_lock(stripe);
		is_done = remove_excessive(entry, &deferred);
		lt_stripe_unlock_and_finish(stripe, &deferred);
	} while (!is_done);
}

bool
lt_permits_set(lt_hold_t pin, uint32_t capacity, uint64_t ticket)
{
	struct lt_entry *entry = entry_of(pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_tickets *tickets = lt_entry_tickets(entry);
	struct lt_deferred deferred = { 0 };
	bool is_latest, is_done = true;

	require_capacities(stripe->table);
	if (capacity > LT_MOST_PERMITS)
		lt_trap("a key was given a capacity of more than 2147483647 permits");
	lt_stripe_lock(stripe);
	is_latest = ticket > tickets->answered;
	if (is_latest) {
		tickets->answered = ticket;
		lt_entry_extra(entry)->capacity = capacity;
		is_done = remove_excessive(entry, &deferred);
		if (deferred.more_readers == NULL)
			lt_entry_settle(entry, &deferred);
	}
	lt_stripe_unlock_and_finish(stripe, &deferred);
	if (!is_done)
		remove_the_rest(entry);
	return is_latest;
}

uint32_t
lt_table_permits(const lt_table_t *table)
{

	return table->permits;
}

uint32_t
lt_permits_capacity(lt_hold_t place)
{
	struct lt_entry *entry = entry_of(place);
	uint32_t capacity;

	lt_require_permits(entry->stripe->table, 1);
	lt_stripe_lock(entry->stripe);
	capacity = lt_entry_capacity(entry);
	lt_stripe_unlock(entry->stripe);
	return capacity;
}

LT_END

#endif /* LT_SUPPORTED */
