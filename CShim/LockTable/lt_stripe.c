/*
 * Presence: which keys a stripe knows. Look-up, insertion and removal, and the
 * memory behind them.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"
#include "lt_key.h"

/* Entries of one hash looked at before the lock is let go for a moment. */
#define LT_ALIKE_STEPS	64

/* Unused entries kept by a stripe, beside a quarter of those in use. */
#define LT_SPARES	2

/* What an insertion needs and can't allocate under the lock. */
struct reserve {
	struct lt_entry *entry;		/* With its key, if that is an external one. */
	struct lt_set *set;
	size_t set_for;			/* How many entries a set is missing for; 0 = it is not. */
	bool entry_missing;
	bool set_refused;		/* No memory for a larger set: crowd the one there is. */
};

void
lt_stripe_lock_contended(struct lt_stripe *stripe)
{

	for (;;) {
		for (int turn = 0; turn < LT_STRIPE_SPINS; turn++) {
			if (!ck_spinlock_fas_locked(&stripe->lock) &&
			    ck_spinlock_fas_trylock(&stripe->lock))
				return;
			lt_pause();
		}
		/* The holder may be off its core: let it run. */
		lt_yield();
	}
}

/* --- entries of one hash ---------------------------------------------------- */

/*
 * The list of entries alike: the head is in the set, its previous_alike is the
 * tail, the tail's next_alike is NULL. New ones go to the tail, so that a walk
 * that has stopped at a pinned entry misses none of them.
 */
static bool
is_head(const struct lt_entry *entry)
{

	return entry->previous_alike->next_alike == NULL;
}

static bool
add_to_set(struct lt_stripe *stripe, struct lt_entry *entry)
{
	struct lt_entry *head;

	if (stripe->table->keys == LT_KEYS_INTEGER)
		return lt_set_insert(stripe->set, entry);

	entry->next_alike = NULL;
	entry->previous_alike = entry;
	head = lt_set_find(stripe->set, entry->hash);
	if (head == NULL)
		return lt_set_insert(stripe->set, entry);

	entry->previous_alike = head->previous_alike;
	entry->previous_alike->next_alike = entry;
	head->previous_alike = entry;
	return true;
}

static void
take_from_set(struct lt_stripe *stripe, struct lt_entry *entry)
{
	struct lt_entry *next;

	if (stripe->table->keys == LT_KEYS_INTEGER) {
		lt_set_remove(stripe->set, entry);
		return;
	}

	next = entry->next_alike;
	if (is_head(entry)) {
		if (next == NULL) {
			lt_set_remove(stripe->set, entry);
		} else {
			next->previous_alike = entry->previous_alike;
			lt_set_replace(stripe->set, next);
		}
		return;
	}
	entry->previous_alike->next_alike = next;
	if (next == NULL)
		next = lt_set_find(stripe->set, entry->hash);
	next->previous_alike = entry->previous_alike;
}

/* --- looking up ------------------------------------------------------------- */

static void
move_cursor(struct lt_entry **cursor, struct lt_entry *to, struct lt_leftovers *leftovers)
{
	struct lt_entry *from = *cursor;

	to->refs++;
	*cursor = to;
	if (from != NULL)
		lt_entry_unref(from, leftovers);
}

static bool
is_same_external(const struct lt_table *table, const struct lt_entry *entry, const lt_key_t *key)
{

	if (table->keys == LT_KEYS_OPAQUE)
		return table->operations.equal(entry->key.external.stored, key->bytes);
	return memcmp(entry->key.external.stored, key->bytes, key->length) == 0;
}

/*
 * Walks the entries of the key's hash, from the cursor on. The cursor is pinned:
 * it keeps the walk's place over each letting go of the lock.
 */
static struct lt_entry *
search_alike(struct lt_stripe *stripe, const lt_key_t *key, struct lt_entry **cursor,
    struct lt_leftovers *leftovers)
{
	const bool is_inline = lt_key_is_inline(key);
	struct lt_entry *entry;
	int steps = 0;

	if (*cursor != NULL)
		entry = (*cursor)->next_alike;
	else
		entry = stripe->set != NULL ? lt_set_find(stripe->set, key->hash) : NULL;

	while (entry != NULL) {
		bool same = false;

		if (is_inline && lt_entry_has_inline_key(entry, key))
			return entry;
		if (key->kind == LT_KEYS_INTEGER)
			return NULL;

		if (!is_inline && entry->length == LT_EXTERNAL &&
		    entry->key.external.length == key->length) {
			move_cursor(cursor, entry, leftovers);
			lt_stripe_unlock(stripe);
			same = is_same_external(stripe->table, entry, key);
			lt_stripe_lock(stripe);
			steps = 0;
		} else if (++steps == LT_ALIKE_STEPS) {
			move_cursor(cursor, entry, leftovers);
			lt_stripe_unlock(stripe);
			lt_yield();
			lt_stripe_lock(stripe);
			steps = 0;
		}
		if (same)
			return entry;
		entry = entry->next_alike;
	}
	return NULL;
}

/* --- inserting -------------------------------------------------------------- */

static void
occupy(struct lt_entry *entry, struct lt_stripe *stripe, const lt_key_t *key)
{

	entry->stripe = stripe;
	entry->queue = NULL;
	entry->holders = 0;
	entry->refs = 1;
	entry->waking = 0;
	if (lt_key_is_inline(key))
		lt_entry_set_inline_key(entry, key);
	else
		entry->hash = key->hash;
}

/* Puts the reserve's set into service where the stripe's is missing or too full. */
static bool
make_room(struct lt_stripe *stripe, struct reserve *reserve, struct lt_leftovers *leftovers)
{
	struct lt_set *old = stripe->set, *new = reserve->set;

	if (old != NULL && (reserve->set_refused || !lt_set_is_full(old)))
		return true;

	if (new == NULL || (old != NULL && lt_set_bytes(new) <= lt_set_bytes(old))) {
		reserve->set_for = old != NULL ? 2 * lt_set_count(old) + 1 : 1;
		return false;
	}
	if (old != NULL) {
		if (!lt_set_fill(new, old)) {
			reserve->set_refused = true;
			return true;
		}
		stripe->bytes -= lt_set_bytes(old);
		lt_set_push(&leftovers->sets, old);
	}
	stripe->bytes += lt_set_bytes(new);
	stripe->set = new;
	reserve->set = NULL;
	return true;
}

static struct lt_entry *
take_spare(struct lt_stripe *stripe, size_t length)
{
	struct lt_entry *entry = stripe->spares;

	if (entry == NULL || entry->capacity < length)
		return NULL;
	stripe->spares = entry->link;
	stripe->spare_count--;
	return entry;
}

static size_t
entry_bytes(const struct lt_table *table, const struct lt_entry *entry)
{
	bool has_copy = table->keys == LT_KEYS_BYTES && entry->length == LT_EXTERNAL;

	return table->entry_base + entry->capacity + (has_copy ? entry->key.external.length : 0);
}

/* NULL, and *out_of_memory unset: the reserve says what is missing. */
static struct lt_entry *
insert(struct lt_stripe *stripe, const lt_key_t *key, struct reserve *reserve,
    struct lt_leftovers *leftovers, bool *out_of_memory)
{
	struct lt_entry *entry = NULL;

	if (lt_key_is_inline(key) && stripe->resident.refs == 0) {
		occupy(&stripe->resident, stripe, key);
		return &stripe->resident;
	}

	if (!make_room(stripe, reserve, leftovers))
		return NULL;
	if (lt_key_is_inline(key))
		entry = take_spare(stripe, key->length);
	if (entry == NULL) {
		entry = reserve->entry;
		reserve->entry_missing = entry == NULL;
		if (entry == NULL)
			return NULL;
		reserve->entry = NULL;
		stripe->bytes += entry_bytes(stripe->table, entry);
	}

	occupy(entry, stripe, key);
	if (!add_to_set(stripe, entry)) {
		stripe->bytes -= entry_bytes(stripe->table, entry);
		entry->link = leftovers->entries;
		leftovers->entries = entry;
		*out_of_memory = true;
		return NULL;
	}
	stripe->others++;
	return entry;
}

/* Room for keys comes in steps of 16 bytes, which is also what an external one takes. */
static uint16_t
key_capacity(const lt_key_t *key)
{

	if (key->kind == LT_KEYS_INTEGER)
		return 0;
	if (!lt_key_is_inline(key) || key->length == 0)
		return 16;
	return (uint16_t)((key->length + 15) & ~(size_t)15);
}

static struct lt_entry *
allocate_entry(const struct lt_table *table, const lt_key_t *key)
{
	const uint16_t capacity = key_capacity(key);
	struct lt_entry *entry = lt_allocate(table->entry_base + capacity);
	void *stored;

	if (entry == NULL)
		return NULL;
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
		memcpy(stored, key->bytes, key->length);
	entry->length = LT_EXTERNAL;
	entry->key.external.stored = stored;
	entry->key.external.length = key->length;
	return entry;
}

/* Allocates what is missing. Unlocked. */
static bool
fill_reserve(const struct lt_table *table, const lt_key_t *key, bool has_set,
    struct reserve *reserve)
{

	if (reserve->set_for > 0) {
		if (reserve->set != NULL)
			lt_set_destroy(reserve->set);
		reserve->set = lt_set_create(reserve->set_for);
		reserve->set_for = 0;
		if (reserve->set == NULL && !has_set)
			return false;
		reserve->set_refused = reserve->set == NULL;
	}
	if (reserve->entry_missing) {
		reserve->entry = allocate_entry(table, key);
		reserve->entry_missing = false;
		if (reserve->entry == NULL)
			return false;
	}
	return true;
}

/* What was allocated and then not needed. */
static void
leave_reserve(struct reserve *reserve, struct lt_leftovers *leftovers)
{

	if (reserve->set != NULL)
		lt_set_push(&leftovers->sets, reserve->set);
	if (reserve->entry != NULL) {
		reserve->entry->link = leftovers->entries;
		leftovers->entries = reserve->entry;
	}
}

struct lt_entry *
lt_stripe_locate(struct lt_stripe *stripe, const lt_key_t *key, bool may_insert,
    struct lt_leftovers *leftovers)
{
	const bool is_inline = lt_key_is_inline(key);
	struct reserve reserve = { 0 };
	struct lt_entry *entry, *cursor = NULL;
	bool out_of_memory = false, has_set;

	for (;;) {
		entry = search_alike(stripe, key, &cursor, leftovers);
		/* Last, so that it and the end of the walk are seen in one locked section. */
		if (entry == NULL && is_inline && stripe->resident.refs > 0 &&
		    lt_entry_has_inline_key(&stripe->resident, key))
			entry = &stripe->resident;
		if (entry != NULL) {
			entry->refs++;
			break;
		}
		if (!may_insert)
			break;

		entry = insert(stripe, key, &reserve, leftovers, &out_of_memory);
		if (entry != NULL || out_of_memory)
			break;

		has_set = stripe->set != NULL;
		lt_stripe_unlock(stripe);
		out_of_memory = !fill_reserve(stripe->table, key, has_set, &reserve);
		lt_stripe_lock(stripe);
		if (out_of_memory)
			break;
	}

	if (cursor != NULL)
		lt_entry_unref(cursor, leftovers);
	leave_reserve(&reserve, leftovers);
	return entry;
}

/* --- removing --------------------------------------------------------------- */

/* The last to leave a stripe of a closed table has no more to do with it. */
static void
leave_if_closed(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{

	if (stripe->others == LT_CLOSED && stripe->resident.refs == 0 && stripe->pins == 0)
		leftovers->leave = true;
}

static void
retire(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_leftovers *leftovers)
{

	stripe->bytes -= entry_bytes(stripe->table, entry);
	entry->link = leftovers->entries;
	leftovers->entries = entry;
}

static void
remove_from_set(struct lt_stripe *stripe, struct lt_entry *entry, struct lt_leftovers *leftovers)
{
	uint32_t wanted;

	take_from_set(stripe, entry);
	stripe->others--;
	wanted = LT_SPARES + (stripe->others & ~LT_CLOSED) / 4;

	if (entry->length == LT_EXTERNAL || stripe->spare_count >= wanted) {
		retire(stripe, entry, leftovers);
	} else {
		entry->link = stripe->spares;
		stripe->spares = entry;
		stripe->spare_count++;
	}
	/* Two at a time at the most, which still outruns the removals. */
	if (stripe->spare_count > wanted)
		retire(stripe, take_spare(stripe, 0), leftovers);

	if ((stripe->others & ~LT_CLOSED) == 0 && lt_set_is_grown(stripe->set)) {
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
	leave_if_closed(stripe, leftovers);
}

/* --- after unlocking -------------------------------------------------------- */

/* Replaces a set that its burst of keys has left. Unlocked; the stripe is pinned. */
static void
shrink(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{
	struct lt_set *old, *new;
	size_t count;

	lt_stripe_lock(stripe);
	count = stripe->others & ~LT_CLOSED;
	lt_stripe_unlock(stripe);

	new = lt_set_create(2 * count);

	lt_stripe_lock(stripe);
	old = stripe->set;
	if (new != NULL && old != NULL && lt_set_is_sparse(old) &&
	    lt_set_bytes(new) < lt_set_bytes(old) && lt_set_fill(new, old)) {
		stripe->bytes += lt_set_bytes(new) - lt_set_bytes(old);
		stripe->set = new;
		new = old;
	}
	stripe->pins--;
	leave_if_closed(stripe, leftovers);
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
		if (entry->length == LT_EXTERNAL && keys == LT_KEYS_OPAQUE)
			destroy(entry->key.external.stored);
		else if (entry->length == LT_EXTERNAL)
			lt_deallocate(entry->key.external.stored, entry->key.external.length);
		lt_deallocate(entry, entry_base + entry->capacity);
	}
}

void
lt_stripe_unlock_and_finish(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{
	/* Read before unlocking: another's last release may free a closed table after it. */
	struct lt_table *table = stripe->table;
	const uint32_t keys = table->keys, entry_base = table->entry_base;
	void (*const destroy)(void *) = table->operations.destroy;

	lt_stripe_unlock(stripe);
	free_entries(leftovers->entries, keys, entry_base, destroy);
	lt_set_destroy_list(leftovers->sets);
	if (leftovers->shrink)
		shrink(stripe, leftovers);
	if (leftovers->leave)
		lt_table_leave(table);
}
