/*
 * The end of a table, and changes to all its stripes.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_counting.h"
#include "lt_entry.h"
#include "lt_table.h"

static void
free_stripe(struct lt_table *table, struct lt_stripe *stripe)
{
	struct lt_entry *entry;

	while ((entry = stripe->spares) != NULL) {
		stripe->spares = entry->link;
		lt_deallocate(entry, lt_entry_size(table, entry));
	}
	if (stripe->resident.young != NULL)
		lt_deallocate(stripe->resident.young,
		    lt_entry_size(table, stripe->resident.young));
	if (stripe->resident.set != NULL)
		lt_set_destroy(stripe->resident.set);
	if (stripe->spare_record != NULL)
		lt_record_destroy(stripe->spare_record);
}

void
lt_table_leave(struct lt_table *table)
{

	/* (C) Each user's use of the table happens before the last user frees it. */
	if (lt_decrement_acq_rel(&table->users) > 0)
		return;

	for (uint32_t i = 0; i <= table->mask; i++) {
		if (lt_stripe_is_touched(&table->stripes[i]))
			free_stripe(table, &table->stripes[i]);
	}
	lt_deallocate(table, table->block_size);
}

void
lt_table_close(lt_table_t *table)
{

	/* The closer is a user until it has gone over all stripes. */
	lt_store_relaxed(&table->users, 1);
	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		if (lt_stripe_count(stripe) > 0 || stripe->pins > 0 || stripe->is_monitored) {
			(void)lt_increment_relaxed(&table->users);
			stripe->is_closed = true;
		}
		lt_stripe_unlock(stripe);
	}
	lt_table_leave(table);
}

/* Passes no stripe over: one that is being begun may have found that there is a fence. */
void
lt_table_end_fast_releases(struct lt_table *table)
{

	for (uint32_t i = 0; i <= table->mask; i++) {
		lt_stripe_lock(&table->stripes[i]);
		lt_stripe_count_for_good(&table->stripes[i]);
		lt_stripe_unlock(&table->stripes[i]);
	}
}

void
lt_table_tell_next_wait(lt_table_t *table)
{

	if (table->wait_began != NULL)
		lt_store_relaxed(&table->tells_next_wait, 1);
}

/* Passes no stripe over: one that is being begun may keep a spare record. */
void
lt_table_set_recording(lt_table_t *table, bool is_recording)
{

	if (!table->diagnostics)
		return;
	lt_store_relaxed(&table->is_recording, (uint32_t)is_recording);
	for (uint32_t i = 0; i <= table->mask && !is_recording; i++) {
		struct lt_record *spare;

		lt_stripe_lock(&table->stripes[i]);
		spare = lt_stripe_take_record(&table->stripes[i]);
		lt_stripe_unlock(&table->stripes[i]);
		if (spare != NULL)
			lt_record_destroy(spare);
	}
}

LT_END

#endif /* LT_SUPPORTED */
