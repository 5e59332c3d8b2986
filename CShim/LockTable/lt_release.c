/*
 * Releasing and downgrading. The release of a counted hold takes one locked section. The release
 * of a fast hold takes none while the table is open.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_queue.h"
#include "lt_release.h"

/*
 * Ends an exclusive hold that has a record as lt_end_counted() does. False: something else is to be
 * done, and nothing was.
 */
static LT_INLINE bool
end_recorded(struct lt_entry *entry, uint64_t tag)
{
	struct lt_stripe *stripe = entry->stripe;

	if (lt_load_relaxed(&entry->holders) != LT_EXCLUSIVE ||
	    !lt_is_fast_counted_release(stripe, entry) || !lt_stripe_keep_only_record(entry, tag))
		return false;
	lt_entry_releases(entry, false);
	lt_end_counted(entry, false);
	return true;
}

/* Returns whether the entry is held that way, by any holder. */
static inline bool
is_held_as(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_load_relaxed(&entry->holders);

	return shared ? holders - 1 < LT_MOST_READERS : holders >= LT_EXCLUSIVE;
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
	lt_entry_drop_hold(entry, shared);
	lt_entry_settle(entry, &deferred);
	lt_entry_unref(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

void
lt_release_locked(struct lt_entry *entry, uint64_t tag, bool shared)
{

	if (shared || !end_recorded(entry, tag))
		release_settling(entry, tag, shared);
}

/* Ends the last hold of a large key outside the set, and frees the entry. */
static LT_NOINLINE void
end_large(struct lt_entry *entry, bool shared)
{
	struct lt_stripe *stripe = entry->stripe;
	const size_t size = lt_entry_size(stripe->table, entry);

	lt_entry_releases(entry, shared);
	stripe->resident.young = NULL;
	stripe->others--;
	stripe->bytes -= size;
	lt_stripe_unlock(stripe);
	lt_deallocate(entry, size);
}

/* A key in the set goes first: its hold was kept for a while, and many such keys come and go. */
void
lt_end_last_use(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_stripe *stripe = entry->stripe;

	if (entry->in_set && !stripe->is_closed && lt_entry_become_spare(entry)) {
		lt_entry_releases(entry, shared);
		lt_entry_drop_hold(entry, shared);
		lt_stripe_unlock(stripe);
	} else if (!entry->in_set && !stripe->is_closed && lt_entry_is_large(entry) &&
	    !lt_entry_is_ending(entry)) {
		end_large(entry, shared);
	} else {
		lt_release_locked(entry, tag, shared);
	}
}

/* Hands a permit to the oldest waiter. */
static LT_NOINLINE void
hand_permit(struct lt_entry *entry)
{
	struct lt_deferred deferred = { 0 };

	lt_entry_hand_permit(entry, &deferred);
	lt_stripe_unlock_and_finish(entry->stripe, &deferred);
}

void
lt_end_before_waiters(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_waiter *oldest = entry->queue;

	if (!shared && lt_entry_hand_off(entry)) {
		lt_stripe_unlock(entry->stripe);
		lt_wake_chosen(oldest, NULL, false);
	} else if (shared && lt_entry_may_hand_permit(entry)) {
		hand_permit(entry);
	} else {
		lt_release_locked(entry, tag, shared);
	}
}

/* Under the lock, a fast hold without waiters ends as it does without the lock. */
static inline bool
is_fast_release(const struct lt_stripe *stripe, const struct lt_entry *entry, uint64_t tag)
{

	return lt_load_relaxed(&entry->holders) == LT_FAST && entry->hash == tag &&
	    entry->queue == NULL && !stripe->is_closed;
}

static LT_NOINLINE void
release_exclusive(struct lt_entry *entry, uint64_t tag)
{

	lt_release_counted(entry, tag, false);
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
release_recorded(struct lt_entry *entry)
{

	lt_release_counted(entry, lt_tag(entry->hash, *lt_entry_records(entry)), false);
}

static LT_INLINE void
release_slow_locked(struct lt_entry *entry)
{

	if (lt_unlikely(entry->stripe->has_records))
		release_recorded(entry);
	else
		lt_release_counted(entry, entry->hash, false);
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

	if (lt_unlikely(!lt_stripe_try_lock(entry->stripe)))
		release_slow_contended(entry);
	else
		release_slow_locked(entry);
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
	lt_release_counted(entry, hold.tag, true);
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
	lt_release_counted(entry, hold.tag, shared);
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
	lt_release_counted(entry, hold.tag, shared);
	return is_last;
}

/* The entry has the bytes already, and other calls may be reading them. */
lt_hold_t
lt_give_value(lt_hold_t hold, const void *copy)
{

	(void)copy;
	return (lt_hold_t){ entry_that_borrows(hold), hold.tag };
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
