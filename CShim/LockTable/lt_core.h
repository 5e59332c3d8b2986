/*
 * What the files of the core call of each other. Internal: a .c file includes
 * ConcurrencyKit.h before this one.
 */
#ifndef LT_CORE_H
#define LT_CORE_H

#include "lt_monitor.h"
#include "lt_set.h"
#include "lt_states.h"
#include "lt_stripe_lock.h"

/* --- lt_stripe.c: finding and inserting -------------------------------------------------- */

/*
 * The stripe comes from the high bits: the hash set takes its slots from the
 * low ones, and a shared source would send a stripe's keys to few slots.
 */
static inline struct lt_stripe *
lt_stripe_of(const struct lt_table *table, uint64_t hash)
{

	return &table->stripes[(hash >> 48) & table->mask];
}

/*
 * Finds the key's entry, or inserts one, and counts it for the caller. The
 * stripe is locked before and after; it may be unlocked in between (to compare,
 * or to allocate). NULL: absent, or out of memory where it was to be inserted.
 */
struct lt_entry *lt_stripe_locate(struct lt_stripe *, const lt_key_t *, bool may_insert,
    struct lt_leftovers *);

/* --- lt_remove.c: the end of presence, and memory --------------------------- */

/* An unused entry with room for a key of that length, or NULL. */
struct lt_entry *lt_stripe_take_spare(struct lt_stripe *, size_t length);
size_t lt_entry_bytes(const struct lt_entry *);
/* Sets an entry aside to be freed after unlocking. */
void lt_entry_retire(struct lt_entry *, struct lt_leftovers *);

/* Counts one more who needs it. */
static inline void
lt_entry_ref(struct lt_entry *entry)
{

	if (lt_unlikely(entry->refs == UINT32_MAX))
		lt_trap("more callers use one key than can be counted: 4294967295");
	entry->refs++;
}

/* Counts one down; the last one removes the entry. The stripe is locked. */
void lt_entry_unref(struct lt_entry *, struct lt_leftovers *);

/* One less of the calls that keep a stripe, with the table, alive. Locked. */
void lt_stripe_unpin(struct lt_stripe *, struct lt_leftovers *);
/* If nothing needs the stripe of a closed table any more. Locked. */
void lt_stripe_leave_if_closed(struct lt_stripe *, struct lt_leftovers *);

/* Wakes one waiter. `apart`: on the core's own thread, which no user may block. Unlocked. */
void lt_wake(struct lt_waiter *, bool apart);
/* Wakes those that were chosen, and lets in the rest of their group. Unlocked. */
void lt_send(struct lt_waiter *woken, struct lt_entry *more, bool apart);
/* What may be left over by a change of a queue: those to wake, and the monitor. Unlocked. */
void lt_finish_unlocked(struct lt_leftovers *);

/* Unlocks, and then does what was left over. */
void lt_stripe_finish(struct lt_stripe *, struct lt_leftovers *);

/* The same, where there is often nothing, or somebody to send for and nothing else. */
static inline void
lt_stripe_unlock_and_finish(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{

	if (lt_leftovers_exist_besides(leftovers)) {
		lt_stripe_finish(stripe, leftovers);
		return;
	}
	lt_stripe_unlock(stripe);
	if (leftovers->woken != NULL)
		lt_send(leftovers->woken, NULL, leftovers->apart);
}

/* What failed has no place. */
static inline void
lt_require_place(const void *place)
{

	if (lt_unlikely(place == NULL))
		lt_trap("a failed acquisition was released as if it were a hold, or used as if it "
		    "were a pin");
}

/*
 * Who holds it, for one who has the stripe's lock. Pairs with (R) in lt_release.c: a
 * thin hold ends without the lock, and what was done in it comes before what follows.
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

/* Does nobody need any key of it? With diagnostics: no. */
static inline bool
lt_stripe_is_unused(const struct lt_stripe *stripe)
{

	return (stripe->others & ~LT_COUNTED) == 0 && !lt_entry_is_present(&stripe->resident);
}

/* Makes a counted hold of the caller's own thin one, as what follows expects. Locked. */
static inline void
lt_entry_count_thin(struct lt_entry *entry)
{

	if (lt_load_relaxed(&entry->holders) != LT_THIN)
		return;
	lt_entry_ref(entry);
	lt_store_relaxed(&entry->holders, LT_EXCLUSIVE);
}

static inline uint32_t
lt_stripe_others(const struct lt_stripe *stripe)
{

	return stripe->others & ~(LT_CLOSED | LT_WATCHED | LT_COUNTED);
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

/* Counts in 48 bits, of which the upper 32 are seldom written. */
static inline void
lt_count(uint16_t *low, uint32_t *carry)
{

	if (lt_unlikely(++*low == 0))
		++*carry;
}

static inline uint64_t
lt_counted(uint16_t low, uint32_t carry)
{

	return (uint64_t)carry << 16 | low;
}

static inline void
lt_stripe_note_failure(struct lt_stripe *stripe, lt_status_t status)
{

	stripe->timeouts += status == LT_TIMED_OUT;
	stripe->cancellations += status == LT_CANCELLED;
	stripe->refusals += status == LT_TOO_MANY;
}

/* --- lt_record.c: diagnostics -------------------------------------------------- */

/*
 * A ring of the holders' records, with diagnostics. It stands behind the room for
 * the key, so that entries without diagnostics are the shorter by it.
 */
static inline struct lt_record **
lt_entry_records(const struct lt_entry *entry)
{

	return (struct lt_record **)((uintptr_t)entry + offsetof(struct lt_entry, key) + entry->capacity);
}

/* Of the caller; NULL if the table keeps none, or there is no memory. Unlocked. */
struct lt_record *lt_record_create(struct lt_table *);
void lt_record_destroy(struct lt_record *);
void lt_record_attach(struct lt_record *, struct lt_entry *, bool shared);
/* Takes the record that the tag of one of the entry's holds points at; NULL: there is none. */
struct lt_record *lt_record_detach(struct lt_entry *, uint64_t tag, bool shared);
/* Takes it out of its entry's ring: the hold has come to nothing, and its waiter keeps it. */
void lt_record_withdraw(struct lt_record *);
/* The same as lt_record_detach(), for a hold that stays. */
struct lt_record *lt_record_find(const struct lt_entry *, uint64_t tag, bool shared);

/* A tracked hold's tag is its record, mixed with the hash; any other's is the hash. */
static inline uint64_t
lt_tag(uint64_t hash, const struct lt_record *record)
{

	return hash ^ (uint64_t)(uintptr_t)record;
}

/* --- what a key orders, for ThreadSanitizer ----------------------------------- */

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

/* --- lt_acquire.c, lt_release.c -------------------------------------------------- */

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

static inline void
lt_require_kind(const struct lt_table *table, uint32_t kind)
{

	if (lt_unlikely(table->keys != kind))
		lt_trap("a key was given to a table that was made for keys of another kind");
}

/*
 * Makes a hold of an entry that is counted for the caller. Locked before, unlocked
 * after. LT_SUSPENDED (with LT_OR_PIN): it is no hold yet, and still counted. `counted`: see
 * lt_stripe_count_holds().
 */
lt_status_t lt_entry_acquire(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    size_t counted, struct lt_leftovers *);
/*
 * One of several keys, of this stripe, which is locked before and not after: held, or refused
 * (LT_NO_WAIT), or pinned (LT_OR_PIN).
 */
lt_hold_t lt_acquire_one_of_several(struct lt_stripe *, const lt_key_t *, bool shared,
    uint64_t deadline, size_t counted);

/* --- lt_table.c -------------------------------------------------------------- */

/* One party less in a closed table; the last frees it. */
void lt_table_leave(struct lt_table *);
/* No fast release from now on. Unlocked. */
LT_COLD void lt_table_count_holds(struct lt_table *);
/* Of a table whose configuration names none, where the process can use so many cores. */
uint32_t lt_default_stripes(uint32_t cores);

/* --- lt_queue.c, lt_waiter.c, lt_wait.c --------------------------------------------------------- */

/* Would a hold go together with those that there are? Enough for whose turn it is. */
static inline bool
lt_entry_admits(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_entry_holders(entry);

	return holders == 0 || (shared && holders < LT_MOST_READERS);
}

/* Could a newcomer take it now? */
static inline bool
lt_entry_is_open(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_entry_holders(entry);

	if (holders == 0)
		return entry->queue == NULL || entry->stripe->table->fairness == LT_ADAPTIVE;
	return shared && holders < LT_MOST_READERS && entry->writers == 0;
}

/*
 * Makes a hold, for a caller whose count it has, of an entry that admits it.
 * Relaxed for the sake of those who spin on it.
 */
static inline void
lt_entry_hold_uncounted(struct lt_entry *entry, bool shared, struct lt_record *record)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders + 1 : LT_EXCLUSIVE);
	if (record != NULL)
		lt_record_attach(record, entry, shared);
}

static inline void
lt_entry_hold(struct lt_entry *entry, bool shared, struct lt_record *record, size_t counted)
{

	lt_entry_hold_uncounted(entry, shared, record);
	lt_stripe_count_holds(entry->stripe, counted);
}

/* SETTLE, in the entry's table in lt_states.h. Those to wake are left over. */
void lt_entry_settle(struct lt_entry *, struct lt_leftovers *);
/* Lets in one that is queued, of an entry that admits it. Does not settle. */
void lt_entry_grant(struct lt_entry *, struct lt_waiter *, struct lt_leftovers *);
/*
 * The release of a counted, exclusive, untracked hold of an entry with a queue of which nobody is
 * signalled, if that comes to a grant to the oldest and nothing else. He is to be sent for.
 * False: nothing was done.
 */
bool lt_entry_hand_over(struct lt_entry *);

/* A newcomer's hold, and what it means for those who wait already. */
static inline void
lt_entry_take(struct lt_entry *entry, bool shared, struct lt_record *record, size_t counted,
    struct lt_leftovers *leftovers)
{

	lt_entry_hold(entry, shared, record, counted);
	if (shared && entry->queue != NULL)
		lt_entry_settle(entry, leftovers);
}

/*
 * Waits for an entry that is not open and is counted for the caller. Locked
 * before, unlocked after. LT_OK: the caller's count is now the holder's.
 * LT_TIMED_OUT, LT_TOO_MANY: the count is gone.
 */
lt_status_t lt_entry_wait(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    size_t counted, struct lt_leftovers *);

void lt_waiter_join(struct lt_entry *, struct lt_waiter *);
/* Behind all others, as one that does not come; and back in line. */
void lt_waiter_join_stalled(struct lt_entry *, struct lt_waiter *);
void lt_waiter_rejoin(struct lt_entry *, struct lt_waiter *);
/* Does not settle. */
void lt_waiter_leave(struct lt_entry *, struct lt_waiter *);
/*
 * For a caller that has joined behind a thin hold and must not wait before its release is sure to
 * see the queue, or was seen. Unlocked; `pinned`: takes a pin of the stripe along. False: the
 * system refused the fence, and the hold's end may be missed: the monitor looks for it, and
 * a thread had better do so, too.
 */
LT_COLD bool lt_entry_outlast_thin(struct lt_entry *, bool pinned);

/*
 * A woken waiter has come. True: it holds the key. False: another does; it is queued
 * again, in its old place.
 */
bool lt_waiter_competes(struct lt_entry *, struct lt_waiter *, uint64_t now, struct lt_leftovers *);
/* A task that was granted the key comes for it, which makes it a hold: it counts from now on. */
void lt_waiter_claim(struct lt_entry *, struct lt_waiter *);
/* Takes the key, which admits it, out of line. */
void lt_waiter_take(struct lt_entry *, struct lt_waiter *, struct lt_leftovers *);
/* Is the key free, so that a queued waiter which is late may take it? */
bool lt_waiter_may_take(const struct lt_entry *, const struct lt_waiter *);
/*
 * The one way out of line without a key, whatever the waiter's state, for threads and tasks:
 * takes it out for a reason, ends a grant that a task has not claimed, and settles. No effect on
 * one that has the key or has left. True: it has to be woken, unless it is the caller; false: it
 * was woken before, or is not removed.
 */
bool lt_waiter_remove(struct lt_entry *, struct lt_waiter *, lt_status_t reason,
    struct lt_leftovers *);
/* The deadline of a task: it takes a free key, or is removed. The result is lt_waiter_remove()'s. */
bool lt_waiter_expire(struct lt_entry *, struct lt_waiter *, struct lt_leftovers *);
/* It was woken long ago and has not come: the next in line is let in, or woken. */
void lt_waiter_stall(struct lt_waiter *, struct lt_leftovers *);
/* One of a higher priority is about to join: who is on the way is to stand behind it. */
void lt_waiter_overtake(struct lt_entry *, uint8_t priority, struct lt_leftovers *);
/* One that is QUEUED has its priority from now on. */
void lt_waiter_raise(struct lt_entry *, struct lt_waiter *, uint8_t priority, struct lt_leftovers *);

/*
 * lt_visit.c: asks config.runs_task about a thread that is about to sleep for the entry, which is
 * counted for it. Unlocked.
 */
LT_COLD bool lt_entry_runs_task(struct lt_entry *, const struct lt_waiter *);

/* lt_suspend.c: wakes a waiter that is no thread. */
void lt_suspension_resume(struct lt_suspension *, bool apart);

/* lt_timer.c: has a stripe swept from now on. */
void lt_timer_monitor(struct lt_stripe *);

/* Is the queue as long as the table lets it be? */
static inline bool
lt_entry_is_crowded(const struct lt_entry *entry)
{

	return entry->queued >= entry->stripe->table->most_waiters;
}

#endif /* LT_CORE_H */
