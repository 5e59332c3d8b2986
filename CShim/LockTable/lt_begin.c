/*
 * Beginning a stripe.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_begin.h"
#include "lt_counting.h"

void
lt_stripe_begin(struct lt_table *table, struct lt_stripe *stripe)
{

	/* A walk reads it without the lock: lt_stripe_is_touched(). */
	lt_store_relaxed(&stripe->table, table);
	stripe->resident.stripe = stripe;
	stripe->resident.room = LT_RESIDENT_ROOM;
	stripe->has_records = table->diagnostics;
	stripe->is_begun = true;
	/*
	 * The release of a hold with a record takes the lock, to take the record out, and that of a
	 * hold of a value that owns something, to take out the value. Where a hold is more than a
	 * lock, its end is more than a store.
	 */
	if (table->diagnostics || table->keys == LT_KEYS_OWNING ||
	    table->purpose != LT_FOR_LOCKS || !lt_heavy_fence_exists())
		lt_stripe_count_for_good(stripe);
}

LT_END

#endif /* LT_SUPPORTED */
