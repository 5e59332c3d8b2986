/*
 * Values that entries keep: where they are, how many there are, and the end of all of them.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_kept.h"
#include "lt_release.h"
#include "lt_report.h"
#include "lt_walk.h"

/* What entries keep without the lock of their stripe, by their place in a table. */
lt_value_t
lt_value_of(const lt_table_t *table, lt_hold_t hold)
{
	const struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	return (lt_value_t){ lt_entry_value(table, entry), *lt_entry_presence(table, entry) };
}

void
lt_keep_value(lt_hold_t hold)
{
	struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	lt_stripe_lock(entry->stripe);
	if (!*lt_entry_presence(entry->stripe->table, entry))
		lt_entry_change_value(entry, true);
	lt_stripe_unlock(entry->stripe);
}

void
lt_release_value(lt_hold_t hold, bool is_present)
{
	struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	lt_stripe_lock(entry->stripe);
	if (*lt_entry_presence(entry->stripe->table, entry) != is_present)
		lt_entry_change_value(entry, is_present);
	lt_release_counted(entry, hold.tag, false);
}

/* --- how many -------------------------------------------------------------------------------- */

size_t
lt_table_count_values(lt_table_t *table)
{
	size_t count = 0;

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		count += stripe->resident.key.values;
		lt_stripe_unlock(stripe);
	}
	return count;
}

/* As in lt_present.c: so many keys at once, and so many beginnings if the set is replaced. */
#define LT_KEYS_AT_ONCE	256
#define LT_BETWEEN_NS	500
#define LT_BEGINNINGS	4

struct used {
	size_t count;
	unsigned left;
};

static bool
add_used(void *context, struct lt_entry *entry)
{
	const struct lt_table *table = entry->stripe->table;
	const bool stays = *lt_entry_presence(table, entry) && lt_values_stay(table);
	struct used *used = context;

	used->count += entry->refs > (uint32_t)stays;
	return --used->left > 0;
}

static size_t
count_used_in(struct lt_stripe *stripe)
{
	struct used used = { .left = LT_KEYS_AT_ONCE };
	struct lt_walk walk = { 0 };
	int beginnings = 1;

	lt_stripe_lock(stripe);
	while (!lt_stripe_walk(stripe, &walk, add_used, &used)) {
		lt_stripe_unlock(stripe);
		lt_spin_ns(LT_BETWEEN_NS);
		used.left = LT_KEYS_AT_ONCE;
		lt_stripe_lock(stripe);
		if (!lt_walk_is_lost(&walk, stripe))
			continue;
		if (beginnings++ == LT_BEGINNINGS)
			break;
		used.count = 0;
		walk = (struct lt_walk){ 0 };
	}
	lt_stripe_unlock(stripe);
	return used.count;
}

size_t
lt_table_count_used(lt_table_t *table)
{
	size_t count = 0;

	for (uint32_t i = 0; i <= table->mask; i++) {
		if (lt_stripe_is_touched(&table->stripes[i]))
			count += count_used_in(&table->stripes[i]);
	}
	return count;
}

/* --- all of a stripe ------------------------------------------------------------------------- */

struct pinned {
	lt_hold_t *pins;
	size_t count, room;
};

/* A full list takes no more. (A walk does not stop in the middle of a chain.) */
static bool
pin_value(void *context, struct lt_entry *entry)
{
	struct pinned *pinned = context;

	if (!*lt_entry_presence(entry->stripe->table, entry))
		return true;
	if (pinned->count == pinned->room)
		return false;
	lt_entry_ref(entry);
	pinned->pins[pinned->count++] = lt_held(entry);
	return pinned->count < pinned->room;
}

size_t
lt_pin_values(lt_table_t *table, uint32_t number, lt_hold_t *pins, size_t room)
{
	struct lt_stripe *stripe = &table->stripes[number];
	struct pinned pinned = { .pins = pins, .room = room };
	struct lt_walk walk = { 0 };
	size_t values;

	if (!lt_stripe_is_touched(stripe))
		return 0;
	lt_stripe_lock(stripe);
	values = stripe->resident.key.values;
	if (values > 0 && values <= room)
		(void)lt_stripe_walk(stripe, &walk, pin_value, &pinned);
	lt_stripe_unlock(stripe);
	return values;
}

void
lt_name_pinned(lt_hold_t pin, lt_inspect_t visit, void *context)
{
	lt_participant_t unknown = { 0 };
	lt_report_t report = { .holder_list = &unknown, .waiter_list = &unknown };
	struct lt_entry *entry = pin.place;

	lt_require_place(entry);
	lt_entry_name(entry, &report);
	if (report.kind >= LT_KEYS_OPAQUE)
		lt_tsan_acquire(&entry->key);
	visit(context, &report);
	if (report.kind >= LT_KEYS_OPAQUE)
		lt_tsan_release(&entry->key);
}

/* --- the end of all -------------------------------------------------------------------------- */

#define FEW	32

/* Ends the value of a pinned entry, and drops the pin. */
static void
end_pinned(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;
	const struct lt_table *table = stripe->table;
	struct lt_deferred deferred = { 0 };

	lt_tsan_key_acquire(table, entry->hash, false);
	table->end_value(table->end_value_context, lt_entry_value(table, entry));
	lt_stripe_lock(stripe);
	lt_entry_change_value(entry, false);
	lt_entry_unref(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

/* The walk goes on behind what it has shown, as long as the set is the same. */
static void
end_values_in(struct lt_stripe *stripe)
{
	struct lt_walk walk = { 0 };
	bool goes_on = true;

	while (goes_on) {
		lt_hold_t pins[FEW];
		struct pinned pinned = { .pins = pins, .room = FEW };

		lt_stripe_lock(stripe);
		if (lt_walk_is_lost(&walk, stripe))
			walk = (struct lt_walk){ 0 };
		if (lt_stripe_walk(stripe, &walk, pin_value, &pinned))
			walk = (struct lt_walk){ 0 };
		goes_on = stripe->resident.key.values > 0;
		lt_stripe_unlock(stripe);
		for (size_t i = 0; i < pinned.count; i++)
			end_pinned(pinned.pins[i].place);
	}
}

void
lt_table_end_values(lt_table_t *table)
{

	for (uint32_t i = 0; i <= table->mask; i++) {
		if (lt_stripe_is_touched(&table->stripes[i]))
			end_values_in(&table->stripes[i]);
	}
}

LT_END

#endif /* LT_SUPPORTED */
