/*
 * Finding the entry of a key, and inserting it.
 */
#ifndef LT_LOOKUP_H
#define LT_LOOKUP_H

#include "lt_insert.h"

/*
 * Finds the key's entry, or inserts one, and adds a reference for the caller. The stripe is locked
 * before and after the call, which may unlock it in between (to compare, or to allocate). Returns
 * NULL if the key is absent, or if memory ran out when inserting it. *inserted is not written if
 * nothing may be inserted.
 */
struct lt_entry *lt_stripe_locate(struct lt_stripe *, const lt_key_t *, bool *inserted,
    struct lt_deferred *);
/* The same for a caller that has allocated before, and may insert. Consumes `preallocated`. */
struct lt_entry *lt_stripe_locate_with(struct lt_stripe *, const lt_key_t *,
    struct lt_preallocated *, bool *inserted, struct lt_deferred *);

/* Returns the inline key's entry if it is the resident or the young one, or NULL. */
static inline struct lt_entry *
lt_stripe_find_outside_set(struct lt_stripe *stripe, const lt_key_t *key)
{
	struct lt_entry *resident = &stripe->resident, *young = resident->young;

	if (lt_entry_is_present(resident) && lt_entry_has_inline_key(resident, key))
		return resident;
	if (young != NULL && young->refs > 0 && lt_entry_has_inline_key(young, key))
		return young;
	return NULL;
}

/*
 * Makes the entry of a large key, which no other entry has, the young one. False: more has to be
 * done than this, or the key may have another entry.
 */
static inline bool
lt_stripe_put_large(struct lt_stripe *stripe, struct lt_entry *entry, bool shared)
{

	if (stripe->others > 0 || stripe->resident.young != NULL)
		return false;
	lt_entry_begin(entry);
	lt_store_relaxed(&entry->holders, shared ? 1 : LT_EXCLUSIVE);
	stripe->bytes += lt_entry_size(stripe->table, entry);
	stripe->resident.young = entry;
	lt_stripe_count_first(stripe);
	return true;
}

/*
 * Takes the young entry for an inline key that no entry has. False: there is another way to go, as
 * the key may have an entry, or more has to be done than this. The caller begins the extra, if the
 * table's entries have some: tables of locks do not ask.
 */
bool lt_stripe_take_young(struct lt_stripe *, const lt_key_t *, bool shared);

#endif /* LT_LOOKUP_H */
