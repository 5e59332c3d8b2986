/*
 * Finding a key's entry, or inserting one.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_lookup.h"

/*
 * How many entries of a same-hash chain a search passes before it drops the lock for a moment. One
 * of a large key counts as several.
 */
#define LT_SAME_HASH_STEPS	64

static void
move_cursor(struct lt_entry **cursor, struct lt_entry *to, struct lt_deferred *deferred)
{
	struct lt_entry *from = *cursor;

	lt_entry_ref(to);
	*cursor = to;
	if (from != NULL)
		lt_entry_unref(from, deferred);
}

static bool
is_same_external(const struct lt_table *table, const struct lt_entry *entry, const lt_key_t *key)
{

	bool same;

	if (table->keys != LT_KEYS_OPAQUE)
		return lt_same_bytes(entry->key.other.bytes, key->bytes, key->length);
	lt_tsan_acquire(&entry->key);
	same = table->operations.equal(entry->key.other.bytes, key->bytes);
	lt_tsan_release(&entry->key);
	return same;
}

/*
 * Walks the key's same-hash chain, from the cursor on. The pinned cursor keeps the walk's place
 * each time the lock is dropped.
 */
static struct lt_entry *
search_same_hash(struct lt_stripe *stripe, const lt_key_t *key, struct lt_entry **cursor,
    struct lt_deferred *deferred)
{
	const struct lt_set *set = stripe->resident.set;
	const bool is_inline = lt_key_is_inline(key);
	const size_t cost = is_inline ? 1 + key->length / LT_KEPT_KEY : 1;
	struct lt_entry *entry;
	size_t steps = 0;

	if (*cursor != NULL)
		entry = (*cursor)->next_same_hash;
	else
		entry = set != NULL ? lt_set_find(set, key->hash) : NULL;

	while (entry != NULL) {
		bool same = false;

		if (is_inline && lt_entry_has_inline_key(entry, key))
			return entry;
		/* No integer gets here: an entry with an integer's hash is the integer's. */
		if (!is_inline && entry->length == LT_EXTERNAL &&
		    entry->key.other.length == key->length) {
			move_cursor(cursor, entry, deferred);
			lt_stripe_unlock(stripe);
			same = is_same_external(stripe->table, entry, key);
			lt_stripe_lock(stripe);
			steps = 0;
		} else if ((steps += cost) >= LT_SAME_HASH_STEPS) {
			move_cursor(cursor, entry, deferred);
			lt_stripe_unlock(stripe);
			lt_yield();
			lt_stripe_lock(stripe);
			steps = 0;
		}
		if (same)
			return entry;
		entry = entry->next_same_hash;
	}
	return NULL;
}

/* --- the young entry -------------------------------------------------------- */

/*
 * Gives the set a young entry that is in use, and puts a spare in its place. False: something has
 * to be allocated or freed, or the set is on the move.
 */
static bool
age_young(struct lt_stripe *stripe, const lt_key_t *key)
{
	struct lt_set *set = stripe->resident.set;
	struct lt_entry *young = stripe->resident.young;

	if (set == NULL || lt_set_is_moving(set) || lt_set_wants_more(set) > 0 ||
	    stripe->spares == NULL || !lt_entry_fits(stripe->spares, key) ||
	    !lt_set_add(set, young))
		return false;
	young->in_set = true;
	stripe->resident.young = lt_stripe_take_spare(stripe);
	lt_store_relaxed(&stripe->resident.young->queue, NULL);
	return true;
}

bool
lt_stripe_take_young(struct lt_stripe *stripe, const lt_key_t *key, bool shared)
{
	struct lt_entry *resident = &stripe->resident, *young = resident->young;
	const uint32_t in_resident = lt_entry_is_present(resident);

	if (young == NULL || !lt_entry_fits(young, key) || resident->hash == key->hash ||
	    (in_resident == 0 && lt_key_is_short(key)) || stripe->others == LT_MOST_OTHERS)
		return false;
	if (resident->set != NULL && lt_set_find(resident->set, key->hash) != NULL)
		return false;
	if (young->refs > 0) {
		if (young->hash == key->hash || !age_young(stripe, key))
			return false;
		young = resident->young;
	}
	lt_entry_set_inline_key(young, key);
	young->refs = 1;
	lt_store_relaxed(&young->holders, shared ? 1 : LT_EXCLUSIVE);
	stripe->others++;
	if (stripe->others + in_resident > stripe->peak)
		stripe->peak = stripe->others + in_resident;
	return true;
}

/* --- finding or inserting ------------------------------------------------------ */

static struct lt_entry *
locate(struct lt_stripe *stripe, const lt_key_t *key, bool may_insert,
    struct lt_preallocated *preallocated, struct lt_deferred *deferred)
{
	const bool is_inline = lt_key_is_inline(key);
	struct lt_entry *entry, *cursor = NULL;
	bool out_of_memory = false;

	for (;;) {
		entry = search_same_hash(stripe, key, &cursor, deferred);
		/* Last, so that one locked section sees it and the end of the chain. */
		if (entry == NULL && is_inline)
			entry = lt_stripe_find_outside_set(stripe, key);
		if (entry != NULL) {
			lt_entry_ref(entry);
			break;
		}
		if (!may_insert)
			break;

		entry = lt_stripe_insert(stripe, key, preallocated, deferred, &out_of_memory);
		if (entry != NULL && lt_stripe_count(stripe) > stripe->peak)
			stripe->peak = lt_stripe_count(stripe);
		if (entry != NULL || out_of_memory)
			break;

		lt_stripe_unlock(stripe);
		out_of_memory = !lt_preallocate(stripe, key, preallocated);
		lt_stripe_lock(stripe);
		if (out_of_memory)
			break;
	}

	if (cursor != NULL)
		lt_entry_unref(cursor, deferred);
	lt_preallocated_leave(preallocated, deferred);
	return entry;
}

struct lt_entry *
lt_stripe_locate_with(struct lt_stripe *stripe, const lt_key_t *key,
    struct lt_preallocated *preallocated, struct lt_deferred *deferred)
{

	return locate(stripe, key, true, preallocated, deferred);
}

struct lt_entry *
lt_stripe_locate(struct lt_stripe *stripe, const lt_key_t *key, bool may_insert,
    struct lt_deferred *deferred)
{
	struct lt_preallocated preallocated = { 0 };

	return locate(stripe, key, may_insert, &preallocated, deferred);
}

LT_END

#endif /* LT_SUPPORTED */
