/*
 * Finding a key's entry, and inserting it.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_lookup.h"

/* How many entries of a same-hash chain a search passes before it drops the lock for a moment. */
#define LT_SAME_HASH_STEPS	64

/* Storage that an insertion needs and can't allocate under the lock. */
struct preallocated {
	struct lt_entry *entry;		/* With its key, if the key is external. */
	struct lt_set *set;
	size_t set_for;			/* Entries that a set is missing for; 0 = none. */
	bool entry_missing;
	bool set_refused;		/* No memory for a larger set: overfill the present one. */
};

/* --- looking up ------------------------------------------------------------- */

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
		return lt_same_bytes(entry->key.external.stored, key->bytes, key->length);
	lt_tsan_acquire(&entry->key);
	same = table->operations.equal(entry->key.external.stored, key->bytes);
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
	const bool is_inline = lt_key_is_inline(key);
	struct lt_entry *entry;
	int steps = 0;

	if (*cursor != NULL)
		entry = (*cursor)->next_same_hash;
	else
		entry = stripe->set != NULL ? lt_set_find(stripe->set, key->hash) : NULL;

	while (entry != NULL) {
		bool same = false;

		if (is_inline && lt_entry_has_inline_key(entry, key))
			return entry;
		/* No integer gets here: an entry with an integer's hash is the integer's. */
		if (!is_inline && entry->length == LT_EXTERNAL &&
		    entry->key.external.length == key->length) {
			move_cursor(cursor, entry, deferred);
			lt_stripe_unlock(stripe);
			same = is_same_external(stripe->table, entry, key);
			lt_stripe_lock(stripe);
			steps = 0;
		} else if (++steps == LT_SAME_HASH_STEPS) {
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

/* --- inserting -------------------------------------------------------------- */

static void
occupy(struct lt_entry *entry, const lt_key_t *key)
{

	lt_store_relaxed(&entry->queue, NULL);
	lt_store_relaxed(&entry->holders, 0);
	entry->refs = 1;
	entry->queued = 0;
	entry->writers = 0;
	entry->waking = 0;
	if (entry->stripe->table->diagnostics)
		*lt_entry_records(entry) = NULL;
	if (lt_key_is_inline(key))
		lt_entry_set_inline_key(entry, key);
	else
		entry->hash = key->hash;
}

/*
 * Puts the preallocated set into service if the stripe has none, or one that is over the load
 * factor. Returns false if a set must be allocated first.
 */
static bool
make_room(struct lt_stripe *stripe, struct preallocated *preallocated, struct lt_deferred *deferred)
{
	struct lt_set *old = stripe->set, *new = preallocated->set;

	if (old != NULL && (preallocated->set_refused || !lt_set_is_full(old)))
		return true;

	if (new == NULL || (old != NULL && !lt_set_is_larger(new, old))) {
		preallocated->set_for = old != NULL ? 2 * lt_set_count(old) : 1;
		return false;
	}
	if (old != NULL) {
		if (!lt_set_fill(new, old)) {
			preallocated->set_refused = true;
			return true;
		}
		stripe->bytes -= lt_set_bytes(old);
		lt_set_push(&deferred->sets, old);
	}
	stripe->bytes += lt_set_bytes(new);
	stripe->set = new;
	preallocated->set = NULL;
	return true;
}

/* Returns NULL with *out_of_memory unset if `preallocated` says what is missing. */
static struct lt_entry *
insert(struct lt_stripe *stripe, const lt_key_t *key, struct preallocated *preallocated,
    struct lt_deferred *deferred, bool *out_of_memory)
{
	struct lt_entry *entry = NULL;
	size_t set_bytes;
	bool added;

	if (lt_key_is_inline(key) && !lt_entry_is_present(&stripe->resident)) {
		occupy(&stripe->resident, key);
		return &stripe->resident;
	}

	if (!make_room(stripe, preallocated, deferred)) {
		/* Notes this too, so that dropping the lock once is enough for both. */
		preallocated->entry_missing = preallocated->entry == NULL &&
		    (!lt_key_is_inline(key) || stripe->spares == NULL);
		return NULL;
	}
	if (lt_key_is_inline(key))
		entry = lt_stripe_take_spare(stripe, key->length);
	if (entry == NULL) {
		entry = preallocated->entry;
		preallocated->entry_missing = entry == NULL;
		if (entry == NULL)
			return NULL;
		preallocated->entry = NULL;
		stripe->bytes += lt_entry_bytes(entry);
	}

	if (lt_unlikely(stripe->set_count == LT_MOST_SET_COUNT))
		lt_trap("more keys are in one stripe than can be counted: 536870911. A table that holds "
		    "so many keys at a time needs more stripes");
	occupy(entry, key);
	set_bytes = lt_set_bytes(stripe->set);
	added = lt_set_add(stripe->set, entry);
	stripe->bytes += lt_set_bytes(stripe->set) - set_bytes;
	if (!added) {
		lt_entry_retire(entry, deferred);
		*out_of_memory = true;
		return NULL;
	}
	stripe->set_count++;
	return entry;
}

/* Room for keys comes in steps of 16 bytes, which is also what an external key takes. */
static uint8_t
key_capacity(const lt_key_t *key)
{

	if (key->kind == LT_KEYS_INTEGER)
		return 0;
	if (!lt_key_is_inline(key) || key->length == 0)
		return 16;
	return (uint8_t)((key->length + 15) & ~(size_t)15);
}

static struct lt_entry *
allocate_entry(struct lt_stripe *stripe, const lt_key_t *key)
{
	const struct lt_table *table = stripe->table;
	const uint8_t capacity = key_capacity(key);
	struct lt_entry *entry = lt_allocate(table->entry_base + capacity);
	void *stored;

	if (entry == NULL)
		return NULL;
	entry->stripe = stripe;
	entry->length = 0;
	entry->capacity = capacity;
	if (lt_key_is_inline(key))
		return entry;

	if (table->keys == LT_KEYS_OPAQUE)
		stored = table->operations.copy(key->bytes);
	else
		stored = lt_allocate(key->length);
	if (stored == NULL) {
		lt_deallocate(entry, table->entry_base + capacity);
		return NULL;
	}
	if (table->keys == LT_KEYS_BYTES)
		lt_copy_bytes(stored, key->bytes, key->length);
	else
		lt_tsan_release(&entry->key);
	entry->length = LT_EXTERNAL;
	entry->key.external.stored = stored;
	entry->key.external.length = key->length;
	return entry;
}

/* Allocates what is missing. The stripe is unlocked. */
static bool
preallocate(struct lt_stripe *stripe, const lt_key_t *key, bool has_set,
    struct preallocated *preallocated)
{
	const bool lists = stripe->table->keys != LT_KEYS_INTEGER;

	if (preallocated->set_for > 0) {
		if (preallocated->set != NULL)
			lt_set_destroy(preallocated->set);
		preallocated->set = lt_set_create(preallocated->set_for, lists);
		preallocated->set_for = 0;
		if (preallocated->set == NULL && !has_set)
			return false;
		preallocated->set_refused = preallocated->set == NULL;
	}
	if (preallocated->entry_missing) {
		preallocated->entry = allocate_entry(stripe, key);
		preallocated->entry_missing = false;
		if (preallocated->entry == NULL)
			return false;
	}
	return true;
}

/* Defers freeing what was allocated and then not needed. */
static void
leave_preallocated(struct preallocated *preallocated, struct lt_deferred *deferred)
{

	if (preallocated->set != NULL)
		lt_set_push(&deferred->sets, preallocated->set);
	if (preallocated->entry != NULL) {
		preallocated->entry->link = deferred->entries;
		deferred->entries = preallocated->entry;
	}
}

struct lt_entry *
lt_stripe_locate(struct lt_stripe *stripe, const lt_key_t *key, bool may_insert,
    struct lt_deferred *deferred)
{
	const bool is_inline = lt_key_is_inline(key);
	struct preallocated preallocated = { 0 };
	struct lt_entry *entry, *cursor = NULL;
	bool out_of_memory = false, has_set;

	for (;;) {
		entry = search_same_hash(stripe, key, &cursor, deferred);
		/* Last, so that one locked section sees it and the end of the chain. */
		if (entry == NULL && is_inline && lt_entry_is_present(&stripe->resident) &&
		    lt_entry_has_inline_key(&stripe->resident, key))
			entry = &stripe->resident;
		if (entry != NULL) {
			lt_entry_ref(entry);
			break;
		}
		if (!may_insert)
			break;

		entry = insert(stripe, key, &preallocated, deferred, &out_of_memory);
		if (entry != NULL && lt_stripe_count(stripe) > stripe->peak)
			stripe->peak = lt_stripe_count(stripe);
		if (entry != NULL || out_of_memory)
			break;

		has_set = stripe->set != NULL;
		lt_stripe_unlock(stripe);
		out_of_memory = !preallocate(stripe, key, has_set, &preallocated);
		lt_stripe_lock(stripe);
		if (out_of_memory)
			break;
	}

	if (cursor != NULL)
		lt_entry_unref(cursor, deferred);
	leave_preallocated(&preallocated, deferred);
	return entry;
}

LT_END

#endif /* LT_SUPPORTED */
