/*
 * Values that entries keep: what present ones count for.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_kept.h"

void
lt_entry_change_value(struct lt_entry *entry, bool is_present)
{
	struct lt_stripe *stripe = entry->stripe;

	*lt_entry_presence(stripe->table, entry) = is_present;
	if (is_present)
		stripe->resident.key.values++;
	else
		stripe->resident.key.values--;
	if (!lt_values_stay(stripe->table))
		entry->room ^= LT_ENDING;
	else if (is_present)
		lt_entry_ref(entry);
	else
		entry->refs--;
}

LT_END

#endif /* LT_SUPPORTED */
