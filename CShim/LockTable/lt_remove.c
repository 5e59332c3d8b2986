/*
 * Presence, the second half: removing entries that nobody needs, and giving back
 * what they took up once no lock is held.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

/* Unused entries kept by a stripe, beside a quarter of those in use. */
#define LT_SPARES	2

struct lt_entry *
lt_stripe_take_spare(struct lt_stripe *stripe, size_t length)
{
	struct lt_entry *entry = stripe->spares;

	if (entry == NULL || entry->capacity < length)
		return NULL;
	stripe->spares = entry->link;
	stripe->spare_count--;
	return entry;
}

size_t
lt_entry_bytes(const struct lt_entry *entry)
{
	const struct lt_table *table = entry->stripe->table;
	bool has_copy = table->keys == LT_KEYS_BYTES && entry->length == LT_EXTERNAL;

	return table->entry_base + entry->capacity + (has_copy ? entry->key.external.length : 0);
}

void
lt_entry_retire(struct lt_entry *entry, struct lt_leftovers *leftovers)
{

	entry->stripe->bytes -= lt_entry_bytes(entry);
	entry->link = leftovers->entries;
	leftovers->entries = entry;
}

/* The last to leave a stripe of a closed table has no more to do with it. */
void
lt_stripe_leave_if_closed(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{

	if ((stripe->others & ~(LT_WATCHED | LT_COUNTED)) == LT_CLOSED && stripe->pins == 0 &&
	    !stripe->is_monitored && !lt_entry_is_present(&stripe->resident))
		leftovers->leave = true;
}

void
lt_stripe_unpin(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{

	stripe->pins--;
	lt_stripe_leave_if_closed(stripe, leftovers);
}

/* Keeps an entry that has left the set as a spare, or sets it aside to be freed. */
static void
keep_or_retire(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_leftovers *leftovers)
{
	const uint32_t wanted = LT_SPARES + lt_stripe_others(stripe) / 4;

	if (entry->length == LT_EXTERNAL) {
		lt_entry_retire(entry, leftovers);
		return;
	}
	/* Of one too many, the shorter goes: keys of any length find room in the longest. */
	if (stripe->spare_count >= wanted && stripe->spares->capacity >= entry->capacity) {
		lt_entry_retire(entry, leftovers);
	} else {
		if (stripe->spare_count >= wanted)
			lt_entry_retire(lt_stripe_take_spare(stripe, 0), leftovers);
		entry->link = stripe->spares;
		stripe->spares = entry;
		stripe->spare_count++;
	}
	/* Two at a time at the most, which still outruns the removals. */
	if (stripe->spare_count > wanted)
		lt_entry_retire(lt_stripe_take_spare(stripe, 0), leftovers);
}

static void
remove_from_set(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_leftovers *leftovers)
{

	lt_set_take(stripe->set, entry);
	stripe->others--;
	keep_or_retire(stripe, entry, leftovers);

	if (lt_stripe_others(stripe) == 0 && lt_set_is_grown(stripe->set)) {
		stripe->bytes -= lt_set_bytes(stripe->set);
		lt_set_push(&leftovers->sets, stripe->set);
		stripe->set = NULL;
	} else if (stripe->pins == 0 && lt_set_is_sparse(stripe->set)) {
		stripe->pins++;
		leftovers->shrink = true;
	}
}

void
lt_entry_unref(struct lt_entry *entry, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;

	if (--entry->refs > 0)
		return;
	if (entry != &stripe->resident)
		remove_from_set(stripe, entry, leftovers);
	lt_stripe_leave_if_closed(stripe, leftovers);
}

/* --- after unlocking -------------------------------------------------------- */

/* Replaces a set that its burst of keys has left. Unlocked; the stripe is pinned. */
static void
shrink(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{
	struct lt_set *old, *new;
	size_t count;

	/* Entries alike count once in a set, so its own count is the one to go by. */
	lt_stripe_lock(stripe);
	count = stripe->set != NULL ? lt_set_count(stripe->set) : 0;
	lt_stripe_unlock(stripe);

	new = lt_set_create(2 * count, stripe->table->keys != LT_KEYS_INTEGER);

	lt_stripe_lock(stripe);
	old = stripe->set;
	if (new != NULL && old != NULL && lt_set_is_sparse(old) &&
	    lt_set_is_larger(old, new) && lt_set_fill(new, old)) {
		stripe->bytes += lt_set_bytes(new) - lt_set_bytes(old);
		stripe->set = new;
		new = old;
	}
	lt_stripe_unpin(stripe, leftovers);
	lt_stripe_unlock(stripe);
	if (new != NULL)
		lt_set_destroy(new);
}

static void
free_entries(struct lt_entry *entry, uint32_t keys, uint32_t entry_base,
    void (*destroy)(void *))
{
	struct lt_entry *next;

	for (; entry != NULL; entry = next) {
		next = entry->link;
		if (entry->length == LT_EXTERNAL && keys == LT_KEYS_OPAQUE) {
			lt_tsan_acquire(&entry->key);
			destroy(entry->key.external.stored);
		} else if (entry->length == LT_EXTERNAL)
			lt_deallocate(entry->key.external.stored, entry->key.external.length);
		lt_deallocate(entry, entry_base + entry->capacity);
	}
}

void
lt_stripe_finish(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{
	/* Read before unlocking: another's last release may free a closed table after it. */
	struct lt_table *table = stripe->table;
	const uint32_t keys = table->keys, entry_base = table->entry_base;
	void (*const destroy)(void *) = table->operations.destroy;

	lt_stripe_unlock(stripe);
	lt_finish_unlocked(leftovers);
	if (leftovers->record != NULL)
		lt_record_destroy(leftovers->record);
	free_entries(leftovers->entries, keys, entry_base, destroy);
	lt_set_destroy_list(leftovers->sets);
	if (leftovers->shrink)
		shrink(stripe, leftovers);
	if (leftovers->leave)
		lt_table_leave(table);
}

LT_END

#endif /* LT_SUPPORTED */
