/*
 * A walk over the keys of a stripe.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_entry.h"
#include "lt_walk.h"

bool
lt_stripe_walk(struct lt_stripe *stripe, bool (*visit)(void *context, struct lt_entry *),
    void *context)
{
	struct lt_entry *head, *entry, *young = stripe->resident.young;
	const struct lt_set *set = stripe->resident.set;
	size_t offset = 0;

	if (lt_entry_is_present(&stripe->resident) && !visit(context, &stripe->resident))
		return false;
	if (young != NULL && young->refs > 0 && !visit(context, young))
		return false;
	while (set != NULL && (head = lt_set_next(set, &offset)) != NULL) {
		if (!visit(context, head))
			return false;
		if (stripe->table->keys == LT_KEYS_INTEGER)
			continue;
		for (entry = head->next_same_hash; entry != NULL; entry = entry->next_same_hash) {
			if (!visit(context, entry))
				return false;
		}
	}
	return true;
}

LT_END

#endif /* LT_SUPPORTED */
