/*
 * Inserting the entry of a key that is absent.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_insert.h"

static void
occupy(struct lt_entry *entry, const lt_key_t *key)
{

	lt_entry_begin(entry);
	lt_entry_begin_extra(entry);
	if (entry->stripe->table->diagnostics)
		*lt_entry_records(entry) = NULL;
	/* The others have been copied, when their entries were allocated. */
	if (lt_key_is_inline(key) && !lt_key_is_large(key))
		lt_entry_set_inline_key(entry, key);
}

#define LT_FIRST_GROUPS	1

/* Returns how many groups the set must have before a key is added, or 0 if it will do as it is. */
static size_t
wanted_groups(const struct lt_set *set, const struct lt_preallocated *preallocated)
{

	if (set == NULL)
		return LT_FIRST_GROUPS;
	return preallocated->groups_refused ? 0 : lt_set_wants_more(set);
}

/*
 * Puts the preallocated set into service if the stripe has none, or has one that wants more groups.
 * Returns false if it must be allocated first.
 */
static bool
make_room(struct lt_stripe *stripe, struct lt_preallocated *preallocated)
{
	struct lt_set *set = stripe->resident.set, *by = preallocated->set;
	const size_t wanted = wanted_groups(set, preallocated);

	if (wanted == 0)
		return true;
	if (by == NULL || by->groups.count != wanted) {
		preallocated->groups_missing = wanted;
		return false;
	}
	if (set != NULL)
		lt_set_take_over(by, set);
	stripe->resident.set = by;
	preallocated->set = NULL;
	return true;
}

static bool
has_fitting_spare(const struct lt_stripe *stripe, const lt_key_t *key)
{

	return stripe->spares != NULL && lt_key_is_inline(key) &&
	    lt_entry_fits(stripe->spares, key);
}

/* Takes an unused entry for the key. NULL: one must be allocated first. */
static struct lt_entry *
take_unused(struct lt_stripe *stripe, const lt_key_t *key, struct lt_preallocated *preallocated)
{
	struct lt_entry *entry = NULL;

	if (has_fitting_spare(stripe, key))
		entry = lt_stripe_take_spare(stripe);
	if (entry == NULL) {
		entry = preallocated->entry;
		preallocated->entry_missing = entry == NULL;
		if (entry == NULL)
			return NULL;
		preallocated->entry = NULL;
		stripe->bytes += lt_entry_bytes(entry);
	}
	return entry;
}

static bool
add_to_set(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_deferred *deferred)
{

	if (!lt_set_add(stripe->resident.set, entry))
		return false;
	entry->in_set = true;
	lt_stripe_move_group(stripe, deferred);
	return true;
}

/*
 * Makes a new entry the young one. The former one goes to the set if its key is still needed.
 * Returns false if memory ran out.
 */
static bool
replace_young(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_deferred *deferred)
{
	struct lt_entry *former = stripe->resident.young;

	if (former != NULL && former->refs > 0) {
		if (!add_to_set(stripe, former, deferred))
			return false;
	} else if (former != NULL) {
		lt_stripe_keep_spare(stripe, former, deferred);
	}
	stripe->resident.young = entry;
	return true;
}

/*
 * Gives the key an entry that was unused: the young one from now on, or one in the set. Returns
 * NULL with *out_of_memory unset if `preallocated` says what is missing.
 */
static struct lt_entry *
insert_new(struct lt_stripe *stripe, const lt_key_t *key, struct lt_preallocated *preallocated,
    struct lt_deferred *deferred, bool *out_of_memory)
{
	const struct lt_entry *young = stripe->resident.young;
	const bool is_inline = lt_key_is_inline(key);
	const bool needs_set = !is_inline || (young != NULL && young->refs > 0);
	struct lt_entry *entry;

	if (needs_set && !make_room(stripe, preallocated)) {
		/* Notes this too, so that dropping the lock once is enough for both. */
		preallocated->entry_missing = preallocated->entry == NULL &&
		    !has_fitting_spare(stripe, key);
		return NULL;
	}
	entry = take_unused(stripe, key, preallocated);
	if (entry == NULL)
		return NULL;
	entry->hash = key->hash;
	*out_of_memory = !(is_inline ? replace_young(stripe, entry, deferred) :
	    add_to_set(stripe, entry, deferred));
	if (!*out_of_memory)
		return entry;
	lt_entry_retire(entry, deferred);
	return NULL;
}

struct lt_entry *
lt_stripe_insert(struct lt_stripe *stripe, const lt_key_t *key,
    struct lt_preallocated *preallocated, struct lt_deferred *deferred, bool *out_of_memory)
{
	const bool is_inline = lt_key_is_inline(key);
	struct lt_entry *entry;

	if (lt_key_suits_resident(stripe->table, key) &&
	    !lt_entry_is_present(&stripe->resident)) {
		occupy(&stripe->resident, key);
		return &stripe->resident;
	}
	if (lt_unlikely(stripe->others == LT_MOST_OTHERS))
		lt_trap("more keys are in one stripe than can be counted: 268435455. A table that "
		    "holds so many keys at a time needs more stripes");
	if (is_inline && lt_stripe_has_room_in_young(stripe, key))
		entry = stripe->resident.young;
	else
		entry = insert_new(stripe, key, preallocated, deferred, out_of_memory);
	if (entry != NULL) {
		occupy(entry, key);
		stripe->others++;
	}
	return entry;
}

struct lt_entry *
lt_entry_allocate(const struct lt_table *table, struct lt_stripe *stripe, const lt_key_t *key)
{
	const uint8_t room = lt_key_room(key);
	const size_t size = table->entry_base + (size_t)room * LT_ROOM_STEP;
	struct lt_entry *entry = lt_allocate(size);
	void *stored;

	if (entry == NULL)
		return NULL;
	entry->stripe = stripe;
	entry->length = 0;
	entry->in_set = false;
	entry->room = room;
	if (lt_key_is_short(key))
		return entry;
	if (lt_key_is_inline(key)) {
		lt_entry_make_long(entry);
		if (lt_key_is_large(key))
			lt_entry_set_long_key(entry, key);
		return entry;
	}

	if (table->keys == LT_KEYS_OPAQUE)
		stored = table->operations.copy(key->bytes);
	else
		stored = lt_allocate(key->length);
	if (stored == NULL) {
		lt_deallocate(entry, size);
		return NULL;
	}
	if (table->keys == LT_KEYS_BYTES)
		lt_copy_bytes(stored, key->bytes, key->length);
	else
		lt_tsan_release(&entry->key);
	entry->length = LT_EXTERNAL;
	entry->key.other.bytes = stored;
	entry->key.other.length = key->length;
	return entry;
}

bool
lt_preallocate(struct lt_stripe *stripe, const lt_key_t *key, struct lt_preallocated *preallocated)
{

	if (preallocated->groups_missing > 0) {
		const size_t groups = preallocated->groups_missing;

		if (preallocated->set != NULL)
			lt_set_destroy(preallocated->set);
		preallocated->set = lt_set_create(groups, lt_keys_form_chains(stripe->table));
		preallocated->groups_missing = 0;
		if (preallocated->set == NULL && groups == LT_FIRST_GROUPS)
			return false;
		preallocated->groups_refused = preallocated->set == NULL;
	}
	if (preallocated->entry_missing) {
		preallocated->entry = lt_entry_allocate(stripe->table, stripe, key);
		preallocated->entry_missing = false;
		if (preallocated->entry == NULL)
			return false;
	}
	return true;
}

void
lt_preallocated_leave(struct lt_preallocated *preallocated, struct lt_deferred *deferred)
{

	if (preallocated->set != NULL)
		lt_set_push(&deferred->sets, preallocated->set);
	if (preallocated->entry != NULL) {
		preallocated->entry->link = deferred->entries;
		deferred->entries = preallocated->entry;
	}
}

LT_END

#endif /* LT_SUPPORTED */
