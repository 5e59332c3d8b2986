/*
 * A walk over the keys of a stripe.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_entry.h"
#include "lt_walk.h"

static bool
begin(struct lt_stripe *stripe, struct lt_walk *walk,
    bool (*visit)(void *context, struct lt_entry *), void *context)
{
	struct lt_entry *resident = &stripe->resident, *young = resident->young;
	bool goes_on = true;

	walk->has_begun = true;
	walk->set = resident->set;
	walk->old = resident->set != NULL ? resident->set->old : NULL;
	if (lt_entry_is_present(resident))
		goes_on = visit(context, resident);
	if (young != NULL && young->refs > 0)
		goes_on = visit(context, young) && goes_on;
	return goes_on;
}

bool
lt_stripe_walk(struct lt_stripe *stripe, struct lt_walk *walk,
    bool (*visit)(void *context, struct lt_entry *), void *context)
{
	bool goes_on = walk->has_begun || begin(stripe, walk, visit, context);
	const struct lt_set *set = stripe->resident.set;
	struct lt_entry *head, *entry;

	while (goes_on && set != NULL && (head = lt_set_next(set, &walk->offset)) != NULL) {
		goes_on = visit(context, head);
		if (stripe->table->keys == LT_KEYS_INTEGER)
			continue;
		for (entry = head->next_same_hash; entry != NULL; entry = entry->next_same_hash)
			goes_on = visit(context, entry) && goes_on;
	}
	return goes_on;
}

bool
lt_walk_is_lost(const struct lt_walk *walk, const struct lt_stripe *stripe)
{
	const struct lt_set *set = stripe->resident.set;

	return walk->set != set || (set != NULL && walk->old != set->old);
}

LT_END

#endif /* LT_SUPPORTED */
