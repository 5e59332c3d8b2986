/*
 * The types of the core and the state machine that they form. Internal: a .c
 * file includes ConcurrencyKit.h before this one.
 *
 * An ENTRY is a key that somebody needs. It is in one of these states, and every
 * transition is one critical section of its stripe's lock. "refs" counts holders
 * + waiters + pins (calls that have the entry in hand); the entry is present,
 * findable by its key, exactly while refs > 0.
 *
 *   state     holders          refs         found by a look-up
 *   ABSENT    0                0            no
 *   FREE      0                > 0          yes: pinned, or a waiter is on its way
 *   HELD      LT_EXCLUSIVE     > 0          yes
 *   SHARED    1 .. most        >= holders   yes
 *
 * To ADMIT is to let somebody hold it beside those who do: FREE admits all, SHARED
 * admits readers (up to LT_MOST_READERS), HELD nobody. To be OPEN is to admit a
 * newcomer: FREE is, under LT_FIFO if nobody is queued; SHARED is to readers while
 * no writer is queued. To SETTLE is what follows every change that may let someone
 * in; it is the last row but one of each change marked with an S:
 *
 *   state   event                          new state    action
 *   ABSENT  acquire, try                   HELD/SHARED  insert; refs = 1
 *   ABSENT  pin                            FREE         insert; refs = 1
 *   open    acquire, try             S     HELD/SHARED  refs + 1
 *   FREE    signalled waiter comes   S     HELD/SHARED  leaves the queue; its ref is the holder's
 *   SHARED  signalled reader comes   S     SHARED       the same
 *   closed  try                            same         LT_BUSY; nothing counted
 *   closed  acquire                        same         refs + 1; look for a while, then queue
 *   closed  acquire that can be refused,   same         LT_TOO_MANY; refs as before
 *           queue full
 *   closed  acquire with LT_OR_PIN         same         refs + 1: a pin
 *   HELD    release                  S     FREE         refs - 1; ABSENT if that was the last
 *   SHARED  release                  S     SHARED/FREE  the same
 *   HELD    downgrade                S     SHARED
 *   any     pin / unpin                    same         refs + 1 / - 1; ABSENT if that was the last
 *   any     waiter leaves            S     same         leaves the queue; refs - 1
 *
 *   SETTLE: nobody is queued, or the oldest waiter is not admitted: nothing.
 *   FREE, LT_ADAPTIVE, it is not overdue: SIGNAL it, unless one is on its way already
 *   ("waking"). Otherwise GRANT it (its ref is the holder's), and go on with the next,
 *   which is overdue if it was by then: readers who stand together go in together,
 *   LT_GROUP of them in one locked section. A SIGNALLED one is granted without
 *   another unpark, as that is under way.
 *
 * So SHARED with a reader first in the queue is a passing state: somebody who pinned
 * the entry is on the way to let him in (or the readers are as many as there can be).
 *
 * A WAITER is one acquisition in an entry's queue: a thread's, or a suspension's
 * (lt_suspend.h, which has the table of those). Its state, too, changes under the
 * stripe lock only. Each change away from QUEUED by another is followed, after
 * the lock is let go, by exactly one unpark() of a thread; it does not return
 * before it has consumed that, which is what keeps its node (on its stack) alive
 * for the waker.
 *
 *   state      event                       new state  action
 *   QUEUED     granted                     GRANTED    leaves the queue; unpark: it holds the key
 *   QUEUED     signalled                   SIGNALLED  stays in place; unpark: it competes
 *   QUEUED     deadline                    LEFT       leaves the queue: LT_TIMED_OUT; settle
 *   SIGNALLED  granted                     GRANTED    leaves the queue
 *   SIGNALLED  comes, admitted             GRANTED    takes the key, deadline or not; settle
 *   SIGNALLED  comes, not admitted         QUEUED     keeps its place; overdue, if it is. The
 *                                                     holder's release signals again
 *   SIGNALLED  comes too late, likewise    LEFT       leaves the queue: LT_TIMED_OUT; settle. Its
 *                                                     turn is not lost: if nobody is let in,
 *                                                     the holder's release signals the next
 *
 * Side effects (unpark, free, a user's destroy) happen after unlocking: they are
 * collected in a struct lt_leftovers meanwhile.
 */
#ifndef LT_CORE_H
#define LT_CORE_H

#include "CLockTable.h"
#include "lt_platform.h"

struct lt_set;
struct lt_stripe;
struct lt_suspension;
struct lt_record;

#define LT_EXCLUSIVE	UINT32_C(0x80000000)
#define LT_MOST_READERS	UINT32_C(0x7fffffff)
#define LT_MOST_WAITERS	UINT32_C(0x7fffff)

enum lt_waiter_state { LT_IDLE, LT_QUEUED, LT_SIGNALLED, LT_GRANTED, LT_LEFT };

struct lt_waiter {
	struct lt_waiter *next, *previous;	/* A ring; the entry points at the oldest. */
	struct lt_waiter *also;		/* In a list of those to send for. */
	uint64_t since;			/* When it joined the queue; 0 = it has not said yet. */
	uint64_t overdue;		/* When it found itself overdue; 0 = it has not. */
	uint32_t state;
	bool is_shared;			/* A reader. */
	bool is_task;			/* The start of a struct lt_suspension. */
	struct lt_record *record;	/* Its hold's, if it is tracked. */
	struct lt_parker parker;	/* Of a thread. */
};

/* Keys up to this many bytes are kept in the entry and compared under the lock. */
#define LT_INLINE_KEY	64

struct lt_entry {
	uint64_t hash;			/* First: the hash set compares through it. */
	struct lt_stripe *stripe;
	union {
		struct lt_waiter *queue;	/* The oldest waiter. */
		struct lt_entry *link;		/* Of an entry that is not present. */
	};
	uint32_t holders;
	uint32_t refs;
	uint8_t length;			/* Of an inline key; LT_EXTERNAL otherwise. */
	uint8_t capacity;		/* Bytes that there is room for in `key`. */
	__extension__ uint64_t queued : 24;	/* Waiters in the queue; */
	__extension__ uint64_t writers : 23;	/* those who want it exclusively; */
	__extension__ uint64_t waking : 1;	/* and a signalled one has not come yet. */
	/*
	 * Entries of integer tables end here, but with diagnostics: the hash is a
	 * bijection of the integer. The others go on. Entries of one hash form a list, whose
	 * head alone is in the hash set.
	 */
	struct lt_entry *next_alike, *previous_alike;
	struct lt_record *records;	/* A ring of the holders'; with diagnostics only. */
	union {
		unsigned char bytes[LT_INLINE_KEY];
		struct {
			void *stored;	/* A copied long key, or a caller's. */
			size_t length;
		} external;
	} key;
};

#define LT_EXTERNAL	UINT8_MAX

/*
 * A stripe: four cache lines. The first holds all that an acquisition of an
 * integer needs while the stripe's keys are few: the lock and the head of the
 * RESIDENT, an entry that is part of the stripe. A key that finds the resident
 * unused lives there and costs no hash set and no allocation; other keys of the
 * stripe live in the set. Long and opaque keys never live in the resident, so
 * that it can always be compared under the lock.
 */
struct lt_stripe {
	ck_spinlock_fas_t lock;
	/* Entries in the set; LT_WATCHED with diagnostics, LT_CLOSED once the table is. */
	uint32_t others;
	uint64_t acquisitions;
	uint64_t reserved;		/* Room on the hot line for a lock-free hold's word. */
	struct lt_entry resident;

	struct lt_set *set;		/* NULL until two keys meet here. */
	struct lt_entry *spares;
	struct lt_table *table;
	uint32_t spare_count;
	uint32_t pins;			/* Calls that keep the stripe itself alive. */
	size_t bytes;			/* Allocated for this stripe. */
	uint32_t peak;			/* Most keys present, where that was more than the resident's. */
	uint64_t contended, parks, hand_offs, timeouts, cancellations, refusals;
	unsigned char padding[8];
};

#define LT_CLOSED	UINT32_C(0x80000000)
#define LT_WATCHED	UINT32_C(0x40000000)

struct lt_table {
	struct lt_stripe *stripes;
	uint64_t seed[2];
	uint32_t mask;			/* Stripes - 1. */
	uint32_t keys;
	uint32_t fairness;
	uint32_t most_waiters;		/* Per key, of callers who can be turned away. */
	uint32_t entry_base;		/* An entry's size but for the key. */
	uint32_t parties;		/* After close: stripes in use + the closer. */
	lt_key_operations_t operations;
	bool (*runs_task)(void);
	size_t task_sleeps;
	bool (*identify)(lt_acquirer_t *);
	uint64_t serials;
	bool diagnostics;
	size_t block_size;
};

_Static_assert(sizeof(struct lt_stripe) == 4 * LT_CACHE_LINE, "whole cache lines");
_Static_assert(offsetof(struct lt_stripe, resident) + offsetof(struct lt_entry, next_alike) ==
    LT_CACHE_LINE, "the resident's head ends the hot line");

/* What a call has to undo or free once it holds no lock. */
struct lt_leftovers {
	struct lt_entry *entries;	/* To free; by link. */
	struct lt_set *sets;		/* To free. */
	bool shrink;			/* The stripe's set is too large; its pin is ours. */
	bool leave;			/* The stripe of a closed table is out of use. */
	struct lt_waiter *woken, *last_woken;	/* To send for; by also. */
	struct lt_entry *more;		/* Has more readers to let in; its pin is ours. */
	struct lt_record *record;	/* To free. */
};

/* --- lt_stripe.c: finding and inserting -------------------------------------------------- */

/* Bounded turns of waiting for a stripe lock before the core is given away. */
#define LT_STRIPE_SPINS	64

LT_COLD void lt_stripe_lock_contended(struct lt_stripe *);

static inline void
lt_stripe_lock(struct lt_stripe *stripe)
{

	if (lt_unlikely(!ck_spinlock_fas_trylock(&stripe->lock)))
		lt_stripe_lock_contended(stripe);
	lt_tsan_acquire(stripe);
}

static inline void
lt_stripe_unlock(struct lt_stripe *stripe)
{

	lt_tsan_release(stripe);
	ck_spinlock_fas_unlock(&stripe->lock);
}

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

static inline bool
lt_leftovers_exist(const struct lt_leftovers *leftovers)
{

	return leftovers->entries != NULL || leftovers->sets != NULL || leftovers->shrink ||
	    leftovers->leave || leftovers->woken != NULL || leftovers->more != NULL ||
	    leftovers->record != NULL;
}

/* Unlocks and then does what was left over. */
void lt_stripe_unlock_and_finish(struct lt_stripe *, struct lt_leftovers *);

/* What failed has no place. */
static inline void
lt_require_place(const void *place)
{

	if (lt_unlikely(place == NULL))
		lt_trap("a failed acquisition was released as if it were a hold, or used as if it "
		    "were a pin");
}

static inline uint32_t
lt_stripe_others(const struct lt_stripe *stripe)
{

	return stripe->others & ~(LT_CLOSED | LT_WATCHED);
}

static inline uint32_t
lt_stripe_count(const struct lt_stripe *stripe)
{

	return lt_stripe_others(stripe) + (stripe->resident.refs > 0);
}

static inline void
lt_stripe_note_failure(struct lt_stripe *stripe, lt_status_t status)
{

	stripe->timeouts += status == LT_TIMED_OUT;
	stripe->cancellations += status == LT_CANCELLED;
	stripe->refusals += status == LT_TOO_MANY;
}

/* --- lt_record.c: diagnostics -------------------------------------------------- */

/* Who, and since when: of a hold, or of a wait that may become one. */
struct lt_record {
	struct lt_record *next, *previous;	/* A ring of the entry's holders. */
	struct lt_entry *entry;
	uint64_t serial;
	uint64_t since;
	bool is_shared;
	lt_acquirer_t who;
};

/* Of the caller; NULL if the table keeps none, or there is no memory. Unlocked. */
struct lt_record *lt_record_create(struct lt_table *);
void lt_record_destroy(struct lt_record *);
void lt_record_attach(struct lt_record *, struct lt_entry *, bool shared);
/* Takes the record that the tag of one of the entry's holds points at; NULL: there is none. */
struct lt_record *lt_record_detach(struct lt_entry *, uint64_t tag, bool shared);
/* The same, for a hold that stays. */
struct lt_record *lt_record_find(const struct lt_entry *, uint64_t tag, bool shared);

/* A tracked hold's tag is its record, any other's is the hash. */
static inline uint64_t
lt_tag(const struct lt_entry *entry, const struct lt_record *record)
{

	return record != NULL ? (uint64_t)(uintptr_t)record : entry->hash;
}

/* --- lt_set.c: the hash set ------------------------------------------------- */

/* `lists`: two entries may have one hash. */
struct lt_set *lt_set_create(size_t expected, bool lists);
void lt_set_destroy(struct lt_set *);
size_t lt_set_bytes(const struct lt_set *);
/* The first entry of that hash; the others follow by next_alike. */
struct lt_entry *lt_set_find(struct lt_set *, uint64_t hash);
/* False: out of memory. */
bool lt_set_add(struct lt_set *, struct lt_entry *);
void lt_set_take(struct lt_set *, struct lt_entry *);
/* Fills an empty set with another's entries; false, and `from` as it was, if memory ran out. */
bool lt_set_fill(struct lt_set *into, struct lt_set *from);
/* Would another entry crowd it; would a smaller one do; did it ever grow? */
bool lt_set_is_full(const struct lt_set *);
bool lt_set_is_sparse(const struct lt_set *);
bool lt_set_is_grown(const struct lt_set *);
size_t lt_set_count(const struct lt_set *);
/* Walks the heads of its lists; *offset starts at 0. NULL: there are no more. */
struct lt_entry *lt_set_next(struct lt_set *, size_t *offset);
/* Lists of sets that are out of use. */
void lt_set_push(struct lt_set **list, struct lt_set *);
void lt_set_destroy_list(struct lt_set *);

/* --- lt_acquire.c ------------------------------------------------------------ */

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

static inline void
lt_require_kind(const struct lt_table *table, uint32_t kind)
{

	if (lt_unlikely(table->keys != kind))
		lt_trap("a key was given to a table that was made for keys of another kind");
}

/*
 * Makes a hold of an entry that is counted for the caller. Locked before, unlocked
 * after. LT_SUSPENDED (with LT_OR_PIN): it is no hold yet, and still counted.
 */
lt_status_t lt_entry_acquire(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    struct lt_leftovers *);

/* --- lt_table.c -------------------------------------------------------------- */

/* One party less in a closed table; the last frees it. */
void lt_table_leave(struct lt_table *);

/* --- lt_wait.c: queues ------------------------------------------------------ */

/* Would a hold go together with those that there are? Enough for whose turn it is. */
static inline bool
lt_entry_admits(const struct lt_entry *entry, bool shared)
{

	return entry->holders == 0 || (shared && entry->holders < LT_MOST_READERS);
}

/* Could a newcomer take it now? */
static inline bool
lt_entry_is_open(const struct lt_entry *entry, bool shared)
{

	if (entry->holders == 0)
		return entry->queue == NULL || entry->stripe->table->fairness == LT_ADAPTIVE;
	return shared && entry->holders < LT_MOST_READERS && entry->writers == 0;
}

/*
 * Makes a hold, for a caller whose count it has, of an entry that admits it.
 * Relaxed for the sake of those who spin on it.
 */
static inline void
lt_entry_hold(struct lt_entry *entry, bool shared, struct lt_record *record)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders + 1 : LT_EXCLUSIVE);
	entry->stripe->acquisitions++;
	if (record != NULL)
		lt_record_attach(record, entry, shared);
}

/* The last row of the entry's table. Who is to be sent for is left over. */
void lt_entry_settle(struct lt_entry *, struct lt_leftovers *);

/* A newcomer's hold, and what it means for those who wait already. */
static inline void
lt_entry_take(struct lt_entry *entry, bool shared, struct lt_record *record,
    struct lt_leftovers *leftovers)
{

	lt_entry_hold(entry, shared, record);
	if (shared && entry->queue != NULL)
		lt_entry_settle(entry, leftovers);
}

/*
 * Waits for an entry that is not open and is counted for the caller. Locked
 * before, unlocked after. LT_OK: the caller's count is now the holder's.
 * LT_TIMED_OUT, LT_TOO_MANY: the count is gone.
 */
lt_status_t lt_entry_wait(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    struct lt_leftovers *);

void lt_waiter_join(struct lt_entry *, struct lt_waiter *);
/* Does not settle. */
void lt_waiter_leave(struct lt_entry *, struct lt_waiter *);

/*
 * A signalled waiter has come. True: it holds the key. False: somebody else
 * does; it is queued again, in its old place, or has left if `stays` is false.
 */
bool lt_waiter_competes(struct lt_entry *, struct lt_waiter *, bool stays, uint64_t now,
    struct lt_leftovers *);

/* lt_suspend.c: sends for a waiter that is no thread. */
void lt_suspension_resume(struct lt_suspension *);

/* Sends for those who were woken, and lets in the rest of their group. Unlocked. */
LT_COLD void lt_send(struct lt_waiter *woken, struct lt_entry *more);

/* Is the queue as long as the table lets it be? */
static inline bool
lt_entry_is_crowded(const struct lt_entry *entry)
{

	return entry->queued >= entry->stripe->table->most_waiters;
}

#endif /* LT_CORE_H */
