/*
 * Entries: who holds one, how many need it, and its end. All of it under the stripe's lock.
 */
#ifndef LT_ENTRY_H
#define LT_ENTRY_H

#include "lt_record.h"
#include "lt_set.h"
#include "lt_stripe_lock.h"

/* Counts one more who needs it. */
static inline void
lt_entry_ref(struct lt_entry *entry)
{

	if (lt_unlikely(entry->refs == UINT32_MAX))
		lt_trap("more callers use one key than can be counted: 4294967295");
	entry->refs++;
}

/* Counts one down; the last one removes the entry. The stripe is locked. */
void lt_entry_unref(struct lt_entry *, struct lt_deferred *);

/* One less of the calls that keep a stripe, with the table, alive. Locked. */
void lt_stripe_unpin(struct lt_stripe *, struct lt_deferred *);
/* If nothing needs the stripe of a closed table any more. Locked. */
void lt_stripe_leave_if_closed(struct lt_stripe *, struct lt_deferred *);

/* An unused entry with room for a key of that length, or NULL. */
struct lt_entry *lt_stripe_take_spare(struct lt_stripe *, size_t length);
size_t lt_entry_bytes(const struct lt_entry *);
/* Sets an entry aside to be freed after unlocking. */
void lt_entry_retire(struct lt_entry *, struct lt_deferred *);

/*
 * Who holds it, for one who has the stripe's lock. Pairs with (R) in lt_release.c: a
 * fast hold ends without the lock, and what was done in it comes before what follows.
 */
static inline uint32_t
lt_entry_holders(const struct lt_entry *entry)
{

	return lt_load_acquire(&entry->holders);
}

/* Is it somebody's? An entry that is not can't become so but under the lock. */
static inline bool
lt_entry_is_present(const struct lt_entry *entry)
{

	return entry->refs > 0 || lt_entry_holders(entry) != 0;
}

/* Makes a counted hold of the caller's own fast one, as what follows expects. Locked. */
static inline void
lt_entry_count_fast(struct lt_entry *entry)
{

	if (lt_load_relaxed(&entry->holders) != LT_FAST)
		return;
	lt_entry_ref(entry);
	lt_store_relaxed(&entry->holders, LT_EXCLUSIVE);
}

/* Does nobody need any key of it? With diagnostics: no. */
static inline bool
lt_stripe_is_unused(const struct lt_stripe *stripe)
{

	return (stripe->others & ~LT_NO_FAST_RELEASE) == 0 && !lt_entry_is_present(&stripe->resident);
}

static inline uint32_t
lt_stripe_others(const struct lt_stripe *stripe)
{

	return stripe->others & ~(LT_CLOSED | LT_WATCHED | LT_NO_FAST_RELEASE);
}

static inline uint32_t
lt_stripe_count(const struct lt_stripe *stripe)
{

	return lt_stripe_others(stripe) + lt_entry_is_present(&stripe->resident);
}

/* The holds of a call for several keys count with its last one, and not before. */
static LT_INLINE size_t
lt_counted_with(size_t index, size_t count)
{

	return index + 1 < count ? 0 : count;
}

/* A hold adds so many to the acquisitions: 1, or what lt_counted_with() says. */
static LT_INLINE void
lt_stripe_count_holds(struct lt_stripe *stripe, size_t counted)
{

	stripe->acquisitions += counted;
	if (counted == 0)
		stripe->held_uncounted = true;
}

/* By who has a hold now, whoever made it. */
static inline void
lt_entry_acquired(const struct lt_entry *entry, bool shared)
{

	lt_tsan_key_acquire(entry->stripe->table, entry->hash, shared);
}

/* By who is about to give one up, or to let others in: before anybody can see that. */
static inline void
lt_entry_releases(const struct lt_entry *entry, bool shared)
{

	lt_tsan_key_release(entry->stripe->table, entry->hash, shared);
}

/* What failed has no place. */
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

/* What LT_OR_PIN returns of an entry that is counted for the caller. */
static inline lt_hold_t
lt_pinned(struct lt_entry *entry)
{

	return (lt_hold_t){ (char *)entry + LT_PIN_BIT, entry->hash };
}

#endif /* LT_ENTRY_H */
