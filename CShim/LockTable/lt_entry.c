/*
 * The end of an entry: an entry without references leaves its stripe, and is kept as a spare or
 * set aside to be freed once no lock is held.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_entry.h"

/* A stripe keeps this many spares, plus a quarter of the number of entries in use. */
#define LT_SPARES	2

struct lt_entry *
lt_stripe_take_spare(struct lt_stripe *stripe)
{
	struct lt_entry *entry = stripe->spares;

	stripe->spares = entry->link;
	stripe->spare_count--;
	return entry;
}

size_t
lt_entry_bytes(const struct lt_entry *entry)
{
	const struct lt_table *table = entry->stripe->table;
	bool has_copy = table->keys == LT_KEYS_BYTES && entry->length == LT_EXTERNAL;

	return lt_entry_size(table, entry) + (has_copy ? entry->key.other.length : 0);
}

void
lt_entry_retire(struct lt_entry *entry, struct lt_deferred *deferred)
{

	entry->stripe->bytes -= lt_entry_bytes(entry);
	/* It takes its value along. */
	if (lt_entry_is_ending(entry))
		entry->stripe->resident.key.values--;
	entry->link = deferred->entries;
	deferred->entries = entry;
}

/* After its last use, the stripe of a closed table is no longer one of the table's users. */
void
lt_stripe_leave_if_closed(struct lt_stripe *stripe, struct lt_deferred *deferred)
{

	if (stripe->is_closed && stripe->others == 0 && stripe->pins == 0 &&
	    !stripe->is_monitored && !lt_entry_is_present(&stripe->resident))
		deferred->leave = true;
}

void
lt_stripe_unpin(struct lt_stripe *stripe, struct lt_deferred *deferred)
{

	stripe->pins--;
	lt_stripe_leave_if_closed(stripe, deferred);
}

void
lt_stripe_keep_spare(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_deferred *deferred)
{
	const uint32_t wanted = LT_SPARES + stripe->others / 4;

	if (!lt_entry_suits_spare(entry)) {
		lt_entry_retire(entry, deferred);
		return;
	}
	/* Frees the shorter of one spare too many: the longer one has room for more keys. */
	if (stripe->spare_count >= wanted && stripe->spares->room >= entry->room) {
		lt_entry_retire(entry, deferred);
	} else {
		if (stripe->spare_count >= wanted)
			lt_entry_retire(lt_stripe_take_spare(stripe), deferred);
		entry->link = stripe->spares;
		stripe->spares = entry;
		stripe->spare_count++;
	}
	/* Frees at most two entries at a time, which still outruns the removals. */
	if (stripe->spare_count > wanted)
		lt_entry_retire(lt_stripe_take_spare(stripe), deferred);
}

bool
lt_entry_become_spare(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;
	const uint32_t others = stripe->others - 1;

	if (!lt_entry_suits_spare(entry) ||
	    stripe->spare_count >= LT_SPARES + others / 4 ||
	    !lt_set_take_only(stripe->resident.set, entry))
		return false;
	entry->refs = 0;
	entry->in_set = false;
	entry->link = stripe->spares;
	stripe->spares = entry;
	stripe->spare_count++;
	stripe->others = others;
	return true;
}

void
lt_stripe_move_group(struct lt_stripe *stripe, struct lt_deferred *deferred)
{
	struct lt_set *former = lt_set_move_one(stripe->resident.set);

	if (former != NULL)
		lt_set_push(&deferred->sets, former);
}

static void
remove_from_set(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_deferred *deferred)
{

	lt_set_take(stripe->resident.set, entry);
	lt_stripe_move_group(stripe, deferred);
	entry->in_set = false;
	lt_stripe_keep_spare(stripe, entry, deferred);

	if (lt_set_is_empty(stripe->resident.set) && lt_set_is_grown(stripe->resident.set)) {
		lt_set_push(&deferred->sets, stripe->resident.set);
		stripe->resident.set = NULL;
		return;
	}
	if (stripe->pins == 0 && lt_set_wants_fewer(stripe->resident.set) > 0) {
		stripe->pins++;
		deferred->fewer_groups = lt_set_wants_fewer(stripe->resident.set);
	}
}

/*
 * The young entry takes its value along when it is freed, and so does one in the set. The resident
 * can't: its value is taken out at the end of the locked section, which has a place for it. The
 * last reference stays until then.
 */
static void
leave_young(struct lt_stripe *stripe, struct lt_deferred *deferred)
{

	lt_entry_retire(stripe->resident.young, deferred);
	stripe->resident.young = NULL;
}

void
lt_entry_unref(struct lt_entry *entry, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	const bool owns = lt_entry_owns(entry);

	if (owns && entry->refs == 1 && entry == &stripe->resident) {
		deferred->owning = entry;
		return;
	}
	if (--entry->refs > 0)
		return;
	if (entry != &stripe->resident)
		stripe->others--;
	if (entry->in_set)
		remove_from_set(stripe, entry, deferred);
	else if (owns || lt_entry_is_never_idle(entry))
		leave_young(stripe, deferred);
	lt_stripe_leave_if_closed(stripe, deferred);
}

LT_END

#endif /* LT_SUPPORTED */
