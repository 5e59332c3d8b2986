/*
 * Inserting the entry of a key that is absent. Storage is allocated with the stripe unlocked: an
 * insertion says what is missing, the caller unlocks, allocates, locks, and looks up again.
 */
#ifndef LT_INSERT_H
#define LT_INSERT_H

#include "lt_entry.h"
#include "lt_key.h"

/* Storage that an insertion needs and can't allocate under the lock. */
struct lt_preallocated {
	struct lt_entry *entry;		/* With its key, if that is large or external. */
	struct lt_set *set;		/* The stripe's first one, or one with more groups. */
	size_t groups_missing;		/* How many groups the set wants to have; or 0. */
	bool entry_missing;
	bool groups_refused;		/* No memory for more groups: overfill the present ones. */
};

/*
 * Inserts an entry for a key that is absent, with a reference for the caller. NULL with
 * *out_of_memory unset: `preallocated` says what is missing.
 */
struct lt_entry *lt_stripe_insert(struct lt_stripe *, const lt_key_t *, struct lt_preallocated *,
    struct lt_deferred *, bool *out_of_memory);
/* Allocates an entry for the key, or returns NULL. The stripe is unlocked. */
struct lt_entry *lt_entry_allocate(const struct lt_table *, struct lt_stripe *, const lt_key_t *);
/* Allocates what is missing. The stripe is unlocked. Returns false if memory ran out. */
bool lt_preallocate(struct lt_stripe *, const lt_key_t *, struct lt_preallocated *);
/* Defers freeing what was allocated and then not needed. */
void lt_preallocated_leave(struct lt_preallocated *, struct lt_deferred *);

/* Of an entry that was not used: nobody holds the key, and the caller has a reference. */
static inline void
lt_entry_begin(struct lt_entry *entry)
{

	lt_store_relaxed(&entry->queue, NULL);
	lt_store_relaxed(&entry->holders, 0);
	entry->refs = 1;
	entry->queued = 0;
	entry->writers = 0;
	entry->waking = 0;
}

/* Is the young entry unused, and large enough for the inline key? */
static inline bool
lt_stripe_has_room_in_young(const struct lt_stripe *stripe, const lt_key_t *key)
{
	const struct lt_entry *young = stripe->resident.young;

	return young != NULL && young->refs == 0 && lt_entry_fits(young, key);
}

#endif /* LT_INSERT_H */
