/*
 * Releasing and downgrading. The release of a counted hold takes one locked section. The release
 * of a fast hold takes none while the table is open.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_kept.h"
#include "lt_queue.h"
#include "lt_release.h"

/* Returns whether the entry is held that way, by any holder. */
static inline bool
is_held_as(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_load_relaxed(&entry->holders);

	return shared ? holders - 1 < LT_MOST_READERS : holders >= LT_EXCLUSIVE;
}

static inline void
drop(struct lt_entry *entry, bool shared)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders - 1 : 0);
}

/*
 * Returns whether a release removes no entry, leaves no value to be destroyed, and lets in no
 * waiter. The count does not reach zero, or the entry is not in the set, not a large key's, and has
 * no value that owns something. The queue is empty, or a signalled waiter is on its way. (A
 * signalled waiter is the oldest and not starving, so no grant is missed.)
 */
static inline bool
is_fast_counted_release(const struct lt_stripe *stripe, const struct lt_entry *entry)
{

	return (entry->queue == NULL || entry->waking) && (entry->refs > 1 ||
	    (!entry->in_set && !lt_entry_is_large(entry) && (entry->length & LT_OWNED) == 0 &&
	    !stripe->is_closed));
}

/* Such a release of a counted hold. Locked before, unlocked after. */
static LT_INLINE void
end_counted(struct lt_entry *entry, bool shared)
{
	struct lt_stripe *stripe = entry->stripe;

	drop(entry, shared);
	if (--entry->refs == 0 && entry != &stripe->resident)
		stripe->others--;
	lt_stripe_unlock(stripe);
}

/*
 * Ends an exclusive hold of a table with diagnostics the same way. False: something else is to be
 * done, and nothing was.
 */
static LT_INLINE bool
end_recorded(struct lt_entry *entry, uint64_t tag)
{
	struct lt_stripe *stripe = entry->stripe;

	if (lt_load_relaxed(&entry->holders) != LT_EXCLUSIVE ||
	    !is_fast_counted_release(stripe, entry) || !lt_stripe_keep_only_record(entry, tag))
		return false;
	lt_entry_releases(entry, false);
	end_counted(entry, false);
	return true;
}

/* Ends the last counted hold of a key in the set the same way, as one that was kept for a while. */
static LT_INLINE bool
end_in_set(struct lt_entry *entry, bool shared)
{
	struct lt_stripe *stripe = entry->stripe;

	if (!entry->in_set || entry->refs > 1 || stripe->is_closed || !lt_entry_become_spare(entry))
		return false;
	lt_entry_releases(entry, shared);
	drop(entry, shared);
	lt_stripe_unlock(stripe);
	return true;
}

/* Is it the last reference to a large key outside the set? Then no waiter is queued. */
static inline bool
is_last_of_large(const struct lt_stripe *stripe, const struct lt_entry *entry)
{

	return lt_entry_is_large(entry) && entry->refs == 1 && !entry->in_set && !stripe->is_closed;
}

/* Ends such a counted hold, and frees the entry. Locked before, unlocked after. */
static LT_NOINLINE void
end_large(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;
	const size_t size = lt_entry_size(stripe->table, entry);

	stripe->resident.young = NULL;
	stripe->others--;
	stripe->bytes -= size;
	lt_stripe_unlock(stripe);
	lt_deallocate(entry, size);
}

static LT_NOINLINE void
release_settling(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_deferred deferred = { 0 };
	struct lt_stripe *stripe = entry->stripe;
	const bool held = is_held_as(entry, shared);
	struct lt_record *record = NULL;

	if (held && entry->hash != tag)
		record = lt_record_detach(entry, tag, shared);
	if (!held || (entry->hash != tag && record == NULL)) {
		lt_stripe_unlock(stripe);
		lt_trap(shared ?
		    "a shared hold was released that is not held so: it was released before, or "
		    "never was one" :
		    "a hold was released that is not held: it was released before, or never was "
		    "one");
	}

	lt_entry_releases(entry, shared);
	deferred.record = lt_stripe_keep_record(stripe, record);
	lt_entry_count_fast(entry);
	drop(entry, shared);
	lt_entry_settle(entry, &deferred);
	lt_entry_unref(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

static LT_NOINLINE void
release_locked(struct lt_entry *entry, uint64_t tag, bool shared)
{

	if (shared || !end_recorded(entry, tag))
		release_settling(entry, tag, shared);
}

/* Ends such a hold of one permit. Locked before, unlocked after. */
static LT_NOINLINE void
hand_permit(struct lt_entry *entry)
{
	struct lt_deferred deferred = { 0 };

	lt_entry_hand_permit(entry, &deferred);
	lt_stripe_unlock_and_finish(entry->stripe, &deferred);
}

/* Under the lock, a fast hold without waiters ends as it does without the lock. */
static inline bool
is_fast_release(const struct lt_stripe *stripe, const struct lt_entry *entry, uint64_t tag)
{

	return lt_load_relaxed(&entry->holders) == LT_FAST && entry->hash == tag &&
	    entry->queue == NULL && !stripe->is_closed;
}

/* Releases a counted hold, or any hold under the lock. Locked before, unlocked after. */
static LT_INLINE void
release_counted(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_stripe *stripe = entry->stripe;
	struct lt_waiter *oldest = entry->queue;

	if (lt_unlikely(!is_held_as(entry, shared) || lt_load_relaxed(&entry->holders) == LT_FAST ||
	    entry->hash != tag)) {
		release_locked(entry, tag, shared);
	} else if (is_fast_counted_release(stripe, entry)) {
		lt_entry_releases(entry, shared);
		end_counted(entry, shared);
	} else if (!shared && oldest != NULL && lt_entry_hand_off(entry)) {
		lt_stripe_unlock(stripe);
		lt_wake_chosen(oldest, NULL, false);
	} else if (shared && oldest != NULL && lt_entry_may_hand_permit(entry)) {
		hand_permit(entry);
	} else if (is_last_of_large(stripe, entry) && !lt_entry_is_ending(entry)) {
		lt_entry_releases(entry, shared);
		end_large(entry);
	} else if (!end_in_set(entry, shared)) {
		release_locked(entry, tag, shared);
	}
}

static LT_NOINLINE void
release_exclusive(struct lt_entry *entry, uint64_t tag)
{

	release_counted(entry, tag, false);
}

void
lt_release(lt_hold_t hold)
{
	struct lt_entry *entry = hold.place;
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (lt_unlikely(!is_fast_release(stripe, entry, hold.tag))) {
		release_exclusive(entry, hold.tag);
		return;
	}
	lt_entry_releases(entry, false);
	lt_store_relaxed(&entry->holders, 0);
	lt_stripe_unlock(stripe);
}

/* Settles for a waiter that queued behind the caller's fast hold. Another may be next by now. */
static LT_COLD void
settle_after_fast(struct lt_entry *entry)
{
	struct lt_deferred deferred = { 0 };
	struct lt_stripe *stripe = entry->stripe;

	lt_stripe_lock(stripe);
	lt_entry_settle(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

/* Releases the entry's one exclusive hold, so it can read the hold's tag from the entry. */
static LT_NOINLINE void
release_slow_locked(struct lt_entry *entry)
{
	const struct lt_record *record = NULL;

	if (lt_unlikely(entry->stripe->has_records)) {
		record = *lt_entry_records(entry);
		if (end_recorded(entry, lt_tag(entry->hash, record)))
			return;
	}
	release_counted(entry, lt_tag(entry->hash, record), false);
}

static LT_NOINLINE void
release_slow_contended(struct lt_entry *entry)
{

	lt_stripe_lock_contended(entry->stripe, LT_STRIPE_BACKOFF_NS);
	release_slow_locked(entry);
}

/* Most counted holds end here, which needs no stack. */
static LT_NOINLINE void
release_slow(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;

	if (lt_unlikely(!lt_stripe_try_lock(stripe))) {
		release_slow_contended(entry);
		return;
	}
	if (lt_unlikely(lt_load_relaxed(&entry->holders) != LT_EXCLUSIVE || stripe->has_records ||
	    !is_fast_counted_release(stripe, entry))) {
		release_slow_locked(entry);
		return;
	}
	lt_entry_releases(entry, false);
	end_counted(entry, false);
}

void
lt_release_while_open(void *place)
{
	struct lt_entry *entry = place;

	lt_require_place(entry);
	/* A task may have moved to another core since. */
	lt_prefetch_to_write(entry);
	if (lt_unlikely(lt_load_relaxed(&entry->holders) != LT_FAST)) {
		release_slow(entry);
		return;
	}
	lt_entry_releases(entry, false);
	/* (R) The hold happens before the next one that finds the key free: lt_entry_holders(). */
	lt_store_release(&entry->holders, 0);
	/*
	 * The light fence: the processor may load the queue before other cores see the store. A
	 * waiter that this load misses supplies the heavy fence. Pairs with (T) in lt_deferred.c.
	 * The stripe still exists, as the table is open.
	 */
	lt_light_fence();
	if (lt_unlikely(lt_load_relaxed(&entry->queue) != NULL))
		settle_after_fast(entry);
}

void
lt_release_shared(lt_hold_t hold)
{
	struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	lt_stripe_lock_shared(entry->stripe);
	release_counted(entry, hold.tag, true);
}

void
lt_release_permits(lt_hold_t hold, uint32_t permits)
{
	struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	lt_require_permits(entry->stripe->table, permits);
	lt_stripe_lock(entry->stripe);
	if (lt_unlikely(lt_load_relaxed(&entry->holders) < permits)) {
		lt_stripe_unlock(entry->stripe);
		lt_trap("permits were released that are not held: they were released before, or "
		    "never were held");
	}
	/* The last one ends the hold. */
	lt_store_relaxed(&entry->holders, entry->holders - (permits - 1));
	release_counted(entry, hold.tag, true);
}

static inline struct lt_entry *
entry_that_borrows(lt_hold_t hold)
{

	return (struct lt_entry *)((uintptr_t)hold.place & ~(uintptr_t)LT_BORROWED_BIT);
}

/*
 * A reference that is the only one is the caller's hold. So no other call reads the value, and none
 * will, as the hold ends in the same locked section.
 */
bool
lt_release_borrowed(lt_hold_t hold, bool shared)
{
	struct lt_entry *entry = entry_that_borrows(hold);
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (entry->refs > 1) {
		lt_stripe_unlock(stripe);
		return false;
	}
	lt_tsan_acquire(&entry->key);
	/* The table does not have the value from here on. */
	entry->length = 0;
	release_counted(entry, hold.tag, shared);
	return true;
}

bool
lt_release_but_value(lt_hold_t hold, bool shared, void *value)
{
	struct lt_entry *entry = hold.place;
	struct lt_stripe *stripe = entry->stripe;
	bool is_last;

	lt_stripe_lock(stripe);
	is_last = entry->refs == 1 && lt_entry_owns(entry);
	if (is_last) {
		lt_tsan_acquire(&entry->key);
		lt_copy_bytes(value, entry->key.bytes, entry->length & ~LT_OWNED);
		entry->length = 0;
	}
	release_counted(entry, hold.tag, shared);
	return is_last;
}

/* The entry has the bytes already, and other calls may be reading them. */
lt_hold_t
lt_give_value(lt_hold_t hold, const void *copy)
{

	(void)copy;
	return (lt_hold_t){ entry_that_borrows(hold), hold.tag };
}

void
lt_release_value(lt_hold_t hold, bool is_present)
{
	struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	lt_stripe_lock(entry->stripe);
	if (*lt_entry_presence(entry->stripe->table, entry) != is_present)
		lt_entry_change_value(entry, is_present);
	release_counted(entry, hold.tag, false);
}

lt_hold_t
lt_downgrade(lt_hold_t hold)
{
	struct lt_entry *entry = hold.place;
	struct lt_deferred deferred = { 0 };
	struct lt_record *record = NULL;
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (is_held_as(entry, false) && entry->hash != hold.tag)
		record = lt_record_find(entry, hold.tag, false);
	if (!is_held_as(entry, false) || (entry->hash != hold.tag && record == NULL)) {
		lt_stripe_unlock(stripe);
		lt_trap("a hold was downgraded that is no exclusive one, or was released before");
	}
	if (record != NULL)
		record->is_shared = true;
	lt_entry_releases(entry, false);
	lt_entry_count_fast(entry);
	lt_store_relaxed(&entry->holders, 1);
	lt_entry_settle(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return hold;
}

LT_END

#endif /* LT_SUPPORTED */
