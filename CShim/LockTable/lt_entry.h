/*
 * Entries: their holders, their references, and their end. A function that reads or changes
 * holders, references or the stripe needs the stripe's lock.
 */
#ifndef LT_ENTRY_H
#define LT_ENTRY_H

#include "lt_key.h"
#include "lt_record.h"
#include "lt_set.h"
#include "lt_stripe_lock.h"

/* Adds a reference. */
static inline void
lt_entry_ref(struct lt_entry *entry)
{

	if (lt_unlikely(entry->refs == UINT32_MAX))
		lt_trap("more callers use one key than can be counted: 4294967295");
	entry->refs++;
}

/* Drops a reference. The last one removes the entry. The stripe is locked. */
void lt_entry_unref(struct lt_entry *, struct lt_deferred *);

/* Drops a pin of the stripe, by which a call keeps it and the table alive. The stripe is locked. */
void lt_stripe_unpin(struct lt_stripe *, struct lt_deferred *);
/*
 * Notes that the stripe must leave the table, if the table is closed and nothing needs the stripe
 * any more. The stripe is locked.
 */
void lt_stripe_leave_if_closed(struct lt_stripe *, struct lt_deferred *);

/* Takes the first of the stripe's spares, of which there is one. */
struct lt_entry *lt_stripe_take_spare(struct lt_stripe *);

/* An entry's size without the copy of an external key, and with it. */
static inline size_t
lt_entry_size(const struct lt_table *table, const struct lt_entry *entry)
{

	return table->entry_base + lt_entry_room(entry);
}

size_t lt_entry_bytes(const struct lt_entry *);

/* Do the table's entries have an extra? Then none of its keys lives in a resident. */
static inline bool
lt_has_extras(const struct lt_table *table)
{

	return lt_unlikely(table->extra_offset != 0);
}

/* Returns what the entry keeps besides its key. The table's entries have extras. */
static inline struct lt_extra *
lt_entry_extra(const struct lt_entry *entry)
{

	return (struct lt_extra *)((uintptr_t)entry + entry->stripe->table->extra_offset +
	    lt_entry_room(entry));
}

/* Says whether the entry's value is present. The table is one of values. */
static inline bool *
lt_entry_presence(const struct lt_table *table, const struct lt_entry *entry)
{

	return (bool *)((uintptr_t)entry + table->extra_offset + lt_entry_room(entry));
}

/* May the resident be the key's entry? */
static inline bool
lt_key_suits_resident(const struct lt_table *table, const lt_key_t *key)
{

	return lt_key_is_short(key) && !lt_has_extras(table);
}

/* Begins the extra, if any, of an entry that is given a key. */
static inline void
lt_entry_begin_extra(struct lt_entry *entry)
{

	const struct lt_table *table = entry->stripe->table;

	if (!lt_has_extras(table))
		return;
	if (table->purpose == LT_FOR_VALUES)
		*lt_entry_presence(table, entry) = false;
	else
		*lt_entry_extra(entry) = (struct lt_extra){ { 0 } };
}

/*
 * Is it never given to another key? So it is where ThreadSanitizer judges what users write in the
 * rooms of values: the order between the users of two keys that have one room is not reported.
 */
static inline bool
lt_entry_is_of_one_key(const struct lt_entry *entry)
{

#ifdef LT_TSAN_USER
	return entry->stripe->table->purpose == LT_FOR_VALUES;
#else
	(void)entry;
	return false;
#endif
}

/* Was it made for a large key, or is it an ending one? */
static inline bool
lt_entry_is_large(const struct lt_entry *entry)
{

	return entry->room > LT_KEPT_ROOM;
}

/* Is it freed once it is not used? */
static inline bool
lt_entry_is_never_idle(const struct lt_entry *entry)
{

	return lt_entry_is_large(entry) || lt_entry_is_of_one_key(entry);
}

/* May it become a spare? The key of one that owns it is destroyed before the entry is freed. */
static inline bool
lt_entry_suits_spare(const struct lt_entry *entry)
{

	return (entry->length & LT_OWNED) == 0 && entry->room <= LT_RESIDENT_ROOM &&
	    !lt_entry_is_of_one_key(entry);
}

/* Keeps an unused entry as a spare, or sets it aside to be freed. */
void lt_stripe_keep_spare(struct lt_stripe *, struct lt_entry *, struct lt_deferred *);
/* Goes on moving the set to other groups. */
void lt_stripe_move_group(struct lt_stripe *, struct lt_deferred *);
/*
 * Ends the last reference to an entry in the set, where nothing is to be done after unlocking: the
 * entry becomes a spare. False: nothing was done. The stripe is locked, and is not closed.
 */
bool lt_entry_become_spare(struct lt_entry *);
/* Sets an entry aside to be freed after unlocking. */
void lt_entry_retire(struct lt_entry *, struct lt_deferred *);

/*
 * Returns the holders, for a caller that has the stripe's lock. Pairs with (R) in lt_release.c: a
 * fast hold ends without the lock, and what its holder did happens before what follows.
 */
static inline uint32_t
lt_entry_holders(const struct lt_entry *entry)
{

	return lt_load_acquire(&entry->holders);
}

/* Returns whether the entry is present. An absent entry becomes present only under the lock. */
static inline bool
lt_entry_is_present(const struct lt_entry *entry)
{

	return entry->refs > 0 || lt_entry_holders(entry) != 0;
}

/*
 * Turns the caller's own fast hold into a counted one, as the code that follows expects. The
 * stripe is locked.
 */
static inline void
lt_entry_count_fast(struct lt_entry *entry)
{

	if (lt_load_relaxed(&entry->holders) != LT_FAST)
		return;
	lt_entry_ref(entry);
	lt_store_relaxed(&entry->holders, LT_EXCLUSIVE);
}

/* Returns whether no caller needs a key of the stripe. */
static inline bool
lt_stripe_is_unused(const struct lt_stripe *stripe)
{

	return stripe->others == 0 && !stripe->is_closed && !lt_entry_is_present(&stripe->resident);
}

static inline uint32_t
lt_stripe_count(const struct lt_stripe *stripe)
{

	return stripe->others + lt_entry_is_present(&stripe->resident);
}

/* Counts the first key besides the resident. */
static inline void
lt_stripe_count_first(struct lt_stripe *stripe)
{

	stripe->others = 1;
	if (stripe->peak < 2)
		stripe->peak = lt_stripe_count(stripe);
}

/* The holds of a multi-key call count with its last one, and not before. */
static LT_INLINE size_t
lt_counted_with(size_t index, size_t count)
{

	return index + 1 < count ? 0 : count;
}

/* A hold adds so many to the acquisitions: 1, or the result of lt_counted_with(). */
static LT_INLINE void
lt_stripe_count_holds(struct lt_stripe *stripe, size_t counted)
{

	stripe->acquisitions += counted;
	if (counted == 0)
		stripe->held_uncounted = true;
}

/* Call it as the owner of a new hold, whichever thread made the hold. */
static inline void
lt_entry_acquired(const struct lt_entry *entry, bool shared)
{

	/* Somebody who gave a permit back did so before the next one has it. */
	lt_tsan_key_acquire(entry->stripe->table, entry->hash,
	    shared && entry->stripe->table->purpose != LT_FOR_PERMITS);
}

/* Call it before a hold ends or admits others, and before another thread can see that. */
static inline void
lt_entry_releases(const struct lt_entry *entry, bool shared)
{

	lt_tsan_key_release(entry->stripe->table, entry->hash, shared);
}

/* Traps on a failed acquisition, whose place is NULL. */
static inline void
lt_require_place(const void *place)
{

	if (lt_unlikely(place == NULL))
		lt_trap("a failed acquisition was released as if it were a hold, or used as if it "
		    "were a pin");
}

static inline void
lt_require_kind(const struct lt_table *table, uint32_t kind)
{

	if (lt_unlikely(table->keys != kind))
		lt_trap("a key was given to a table that was made for keys of another kind");
}

/*
 * Was the table shut down? With a stripe's lock the answer is final for that stripe: the walk of
 * lt_table_shut_down() locks each stripe after it was set.
 */
static inline bool
lt_is_shut_down(const struct lt_table *table)
{

	return lt_unlikely(lt_load_relaxed(&table->is_shut_down) != 0);
}

/*
 * Must a call with this deadline fail, as the table was shut down? With LT_OR_PIN that is left to
 * what the caller does with the pin.
 */
static inline bool
lt_is_refused(const struct lt_table *table, uint64_t deadline)
{

	return lt_is_shut_down(table) && deadline != LT_FOREVER && deadline != LT_OR_PIN;
}

static inline lt_hold_t
lt_failed(lt_status_t status)
{

	return (lt_hold_t){ NULL, status };
}

static inline lt_hold_t
lt_held(struct lt_entry *entry)
{

	return (lt_hold_t){ entry, entry->hash };
}

/* The same for an entry that the call has inserted, whose value the table may borrow. */
static inline lt_hold_t
lt_held_new(struct lt_entry *entry)
{
	lt_hold_t hold = lt_held(entry);

	if (lt_entry_owns(entry))
		hold.place = (char *)entry + LT_BORROWED_BIT;
	return hold;
}

/* Returns what LT_OR_PIN gives for an entry to which the caller has a reference. */
static inline lt_hold_t
lt_pinned(struct lt_entry *entry)
{

	return (lt_hold_t){ (char *)entry + LT_PIN_BIT, entry->hash };
}

#endif /* LT_ENTRY_H */
