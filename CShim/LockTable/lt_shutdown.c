/*
 * Refusing waiters for others' reasons: shutting a table down, and failing one waiter. Both walk
 * over the entries of each stripe, with the stripe locked, and remove waiters that can be refused.
 *
 * No such waiter joins a queue behind the walk of lt_table_shut_down(). The flag is set before, and
 * a waiter joins, or is put back in line, in a locked section that looks at the flag. Either that
 * section comes after the walk's and sees the flag, or the walk sees the waiter. So the walk passes
 * no stripe over, not even one that does not look begun without the lock.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_queue.h"
#include "lt_waiter.h"

/* How many waiters one locked section removes. */
#ifndef LT_REFUSED_AT_ONCE
#define LT_REFUSED_AT_ONCE	16
#endif

/* --- the entries of a stripe ---------------------------------------------------------------- */

enum step { RESIDENT, YOUNG, SET };

struct walk {
	enum step step;
	size_t offset;			/* In the set, behind the chain of `entry`. */
	size_t chain;			/* Where that chain stands. */
	struct lt_entry *entry;		/* In the set; or NULL. */
};

/* Returns the next present entry, or NULL. The stripe is locked, and stays so during the walk. */
static struct lt_entry *
next_entry(struct lt_stripe *stripe, struct walk *walk)
{
	struct lt_entry *young = stripe->resident.young;

	if (walk->step == RESIDENT) {
		walk->step = YOUNG;
		if (lt_entry_is_present(&stripe->resident))
			return &stripe->resident;
	}
	if (walk->step == YOUNG) {
		walk->step = SET;
		if (young != NULL && young->refs > 0)
			return young;
	}
	if (walk->entry != NULL)
		walk->entry = lt_keys_form_chains(stripe->table) ? walk->entry->next_same_hash :
		    NULL;
	if (walk->entry == NULL && stripe->resident.set != NULL) {
		walk->chain = walk->offset;
		walk->entry = lt_set_next(stripe->resident.set, &walk->offset);
	}
	return walk->entry;
}

/* --- shutting down -------------------------------------------------------------------------- */

/*
 * Removes up to `most` waiters, the last in line first, so that no turn passes to one that is to be
 * removed next. Returns how many more this locked section may remove.
 */
static int
refuse_waiters(struct lt_entry *entry, int most, struct lt_deferred *deferred)
{
	struct lt_waiter *refused[LT_REFUSED_AT_ONCE], *waiter = entry->queue;
	int count = 0;

	if (waiter == NULL)
		return most;
	do {
		waiter = waiter->previous;
		if (waiter->is_refusable)
			refused[count++] = waiter;
	} while (waiter != entry->queue && count < most);
	for (int i = 0; i < count; i++) {
		if (lt_waiter_remove(entry, refused[i], LT_CLOSED, deferred))
			lt_waiter_wake_later(refused[i], deferred);
		/* There is room for one entry that has more readers to let in. */
		if (deferred->more_readers != NULL)
			return 0;
	}
	return most - count;
}

/*
 * Removes waiters of the entries from *offset in the set on, and of those outside. As the set may
 * change between two locked sections, only one that began at the start and found none shows that
 * none is left. True: so it was.
 */
static bool
refuse_some(struct lt_stripe *stripe, size_t *offset, struct lt_deferred *deferred)
{
	struct walk walk = { .step = RESIDENT, .offset = *offset };
	const bool from_start = *offset == 0;
	int left = LT_REFUSED_AT_ONCE;
	struct lt_entry *entry;

	while ((entry = next_entry(stripe, &walk)) != NULL) {
		left = refuse_waiters(entry, left, deferred);
		if (left == 0) {
			*offset = walk.chain;
			return false;
		}
	}
	*offset = 0;
	return from_start && left == LT_REFUSED_AT_ONCE;
}

void
lt_table_shut_down(lt_table_t *table)
{

	lt_store_relaxed(&table->is_shut_down, 1);
	/* Every acquisition of one key takes a slow path from now on, and finds the flag there. */
	lt_store_relaxed(&table->plain_keys, LT_NO_KEYS);
	lt_store_relaxed(&table->permit_keys, LT_NO_KEYS);
	lt_store_relaxed(&table->kept_keys, LT_NO_KEYS);
	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];
		size_t offset = 0;
		bool is_done;

		do {
			struct lt_deferred deferred = { 0 };

			lt_stripe_lock(stripe);
			is_done = refuse_some(stripe, &offset, &deferred);
			lt_stripe_unlock_and_finish(stripe, &deferred);
		} while (!is_done);
	}
}

bool
lt_table_is_shut_down(const lt_table_t *table)
{

	return lt_is_shut_down(table);
}

/* --- failing one waiter --------------------------------------------------------------------- */

static struct lt_waiter *
find_in_queue(const struct lt_entry *entry, uint64_t serial)
{
	struct lt_waiter *waiter = entry->queue;

	if (waiter == NULL)
		return NULL;
	do {
		if (waiter->record != NULL && waiter->record->serial == serial)
			return waiter;
		waiter = waiter->next;
	} while (waiter != entry->queue);
	return NULL;
}

/* The stripe is locked. */
static struct lt_waiter *
find_waiter(struct lt_stripe *stripe, uint64_t serial)
{
	struct walk walk = { .step = RESIDENT };
	struct lt_waiter *waiter = NULL;
	struct lt_entry *entry;

	while (waiter == NULL && (entry = next_entry(stripe, &walk)) != NULL)
		waiter = find_in_queue(entry, serial);
	return waiter;
}

bool
lt_fail_waiter(lt_table_t *table, uint64_t serial, lt_status_t status)
{
	struct lt_waiter *waiter = NULL;
	bool has_failed = false;

	for (uint32_t i = 0; table->diagnostics && waiter == NULL && i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];
		struct lt_deferred deferred = { 0 };

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		waiter = find_waiter(stripe, serial);
		has_failed = waiter != NULL && waiter->is_refusable;
		if (has_failed && lt_waiter_remove(waiter->entry, waiter, status, &deferred))
			lt_waiter_wake_later(waiter, &deferred);
		lt_stripe_unlock_and_finish(stripe, &deferred);
	}
	return has_failed;
}

LT_END

#endif /* LT_SUPPORTED */
