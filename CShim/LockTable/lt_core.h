/*
 * The types of the core and the state machine that they form. Internal: a .c
 * file includes ConcurrencyKit.h before this one.
 *
 * An ENTRY is a key that somebody needs. It is in one of these states, and every
 * transition is one critical section of its stripe's lock. "refs" counts holders
 * + waiters + pins (calls that have the entry in hand); the entry is present,
 * findable by its key, exactly while refs > 0.
 *
 *   state     holders  refs                    found by a look-up
 *   ABSENT    0        0                       no
 *   FREE      0        > 0                     yes: pinned, or a waiter is on its way
 *   HELD      LT_EXCLUSIVE  > 0                yes
 *
 *   state   event                          new state  action
 *   ABSENT  acquire, try                   HELD       insert; refs = 1
 *   ABSENT  pin                            FREE       insert; refs = 1
 *   FREE    acquire, try (adaptive, or     HELD       refs + 1
 *           nobody queued)
 *   FREE    signalled waiter comes         HELD       leaves the queue; its ref is the holder's
 *   HELD    try                            HELD       LT_BUSY; nothing counted
 *   HELD    acquire                        HELD       refs + 1; look for a while, then queue
 *   HELD    acquire that can be refused,   HELD       LT_TOO_MANY; refs as before
 *           queue full
 *   HELD    acquire with LT_OR_PIN         HELD       refs + 1: a pin
 *   HELD    release, queue empty           FREE       refs - 1; ABSENT if that was the last
 *   HELD    release, oldest waiter is due  HELD       refs - 1; GRANT it (its ref is the holder's);
 *           (LT_FIFO, or overdue)                     the next is overdue, if it was by then
 *   HELD    release, otherwise             FREE       refs - 1; SIGNAL the oldest waiter, unless
 *                                                     one is on its way already ("waking")
 *   any     pin / unpin                    same       refs + 1 / - 1; ABSENT if that was the last
 *   any     waiter leaves (deadline)       same       leaves the queue; refs - 1
 *
 * A WAITER is one acquisition in an entry's queue: a thread's, or a suspension's
 * (lt_suspend.h, which has the table of those). Its state, too, changes under the
 * stripe lock only. Each change away from QUEUED by another is followed, after
 * the lock is let go, by exactly one unpark() of a thread; it does not return
 * before it has consumed that, which is what keeps its node (on its stack) alive
 * for the waker.
 *
 *   state      event                       new state  action
 *   QUEUED     release grants              GRANTED    leaves the queue; unpark: it holds the key
 *   QUEUED     release signals             SIGNALLED  stays in place; unpark: it competes
 *   QUEUED     deadline                    LEFT       leaves the queue: LT_TIMED_OUT
 *   SIGNALLED  comes, entry FREE           GRANTED    takes the key, deadline or not
 *   SIGNALLED  comes, entry HELD           QUEUED     keeps its place; overdue, if it is. The
 *                                                     holder's release signals again
 *   SIGNALLED  comes too late, entry HELD  LEFT       leaves the queue: LT_TIMED_OUT. Its turn is
 *                                                     not lost: the holder's release signals the next
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

#define LT_EXCLUSIVE	UINT32_C(0x80000000)

enum lt_waiter_state { LT_IDLE, LT_QUEUED, LT_SIGNALLED, LT_GRANTED, LT_LEFT };

struct lt_waiter {
	struct lt_waiter *next, *previous;	/* A ring; the entry points at the oldest. */
	uint64_t since;			/* When it joined the queue. */
	uint64_t overdue;		/* When it found itself overdue; 0 = it has not. */
	uint32_t state;
	bool is_task;			/* The start of a struct lt_suspension. */
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
	uint16_t length;		/* Of an inline key; LT_EXTERNAL otherwise. */
	uint16_t capacity;		/* Bytes that there is room for in `key`. */
	uint32_t queued : 31;		/* Waiters in the queue. */
	uint32_t waking : 1;		/* A signalled waiter has not come yet. */
	/*
	 * Entries of integer tables end here: the hash is a bijection of the
	 * integer. The others go on. Entries of one hash form a list, whose
	 * head alone is in the hash set.
	 */
	struct lt_entry *next_alike, *previous_alike;
	union {
		unsigned char bytes[LT_INLINE_KEY];
		struct {
			void *stored;	/* A copied long key, or a caller's. */
			size_t length;
		} external;
	} key;
};

#define LT_EXTERNAL	UINT16_MAX

/*
 * A stripe: three cache lines. The first holds all that an acquisition of an
 * integer needs while the stripe's keys are few: the lock and the head of the
 * RESIDENT, an entry that is part of the stripe. A key that finds the resident
 * unused lives there and costs no hash set and no allocation; other keys of the
 * stripe live in the set. Long and opaque keys never live in the resident, so
 * that it can always be compared under the lock.
 */
struct lt_stripe {
	ck_spinlock_fas_t lock;
	/* Entries in the set, and LT_CLOSED once the table is. */
	uint32_t others;
	/* Room on the hot line for a lock-free hold's word, and for a count. */
	uint64_t reserved[2];
	struct lt_entry resident;

	struct lt_set *set;		/* NULL until two keys meet here. */
	struct lt_entry *spares;
	struct lt_table *table;
	uint32_t spare_count;
	uint32_t pins;			/* Calls that keep the stripe itself alive. */
	size_t bytes;			/* Allocated for this stripe. */
	unsigned char padding[8];
};

#define LT_CLOSED	UINT32_C(0x80000000)

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
	size_t block_size;
};

_Static_assert(sizeof(struct lt_stripe) == 3 * LT_CACHE_LINE, "whole cache lines");
_Static_assert(offsetof(struct lt_stripe, resident) + offsetof(struct lt_entry, next_alike) ==
    LT_CACHE_LINE, "the resident's head ends the hot line");

/* What a call has to undo or free once it holds no lock. */
struct lt_leftovers {
	struct lt_entry *entries;	/* To free; by link. */
	struct lt_set *sets;		/* To free. */
	bool shrink;			/* The stripe's set is too large; its pin is ours. */
	bool leave;			/* The stripe of a closed table is out of use. */
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

/* Counts one down; the last one removes the entry. The stripe is locked. */
void lt_entry_unref(struct lt_entry *, struct lt_leftovers *);

static inline bool
lt_leftovers_exist(const struct lt_leftovers *leftovers)
{

	return leftovers->entries != NULL || leftovers->sets != NULL || leftovers->shrink ||
	    leftovers->leave;
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
lt_stripe_count(const struct lt_stripe *stripe)
{

	return (stripe->others & ~LT_CLOSED) + (stripe->resident.refs > 0);
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
/* Lists of sets that are out of use. */
void lt_set_push(struct lt_set **list, struct lt_set *);
void lt_set_destroy_list(struct lt_set *);

/* --- lt_table.c -------------------------------------------------------------- */

/* One party less in a closed table; the last frees it. */
void lt_table_leave(struct lt_table *);

/* --- lt_wait.c: queues ------------------------------------------------------ */

/* HELD, by a caller whose count it has. Relaxed for the sake of those who spin on it. */
static inline void
lt_entry_hold(struct lt_entry *entry)
{

	lt_store_relaxed(&entry->holders, LT_EXCLUSIVE);
}

/*
 * Waits for an entry that is not free and is counted for the caller. Locked
 * before, unlocked after. LT_OK: the caller's count is now the holder's.
 * LT_TIMED_OUT, LT_TOO_MANY: the count is gone.
 */
lt_status_t lt_entry_wait(struct lt_entry *, uint64_t deadline, struct lt_leftovers *);

void lt_waiter_join(struct lt_entry *, struct lt_waiter *);
void lt_waiter_leave(struct lt_entry *, struct lt_waiter *);

/*
 * A signalled waiter has come. True: it holds the key. False: somebody else
 * does; it is queued again, in its old place, or has left if `stays` is false.
 */
bool lt_waiter_competes(struct lt_entry *, struct lt_waiter *, bool stays, uint64_t now);

/* lt_suspend.c: sends for a waiter that is no thread. */
void lt_suspension_resume(struct lt_suspension *);

/* Sends for the waiter that lt_entry_pass_on() returned. Unlocked. */
void lt_waiter_send(struct lt_waiter *);

/* Is the queue as long as the table lets it be? */
static inline bool
lt_entry_is_crowded(const struct lt_entry *entry)
{

	return entry->queued >= entry->stripe->table->most_waiters;
}

/*
 * Passes a key on that its holder has just let go (holders = 0). Returns the
 * waiter to unpark after unlocking, or NULL.
 */
struct lt_waiter *lt_entry_pass_on(struct lt_entry *);

/* Could a newcomer take it now? */
static inline bool
lt_entry_is_free(const struct lt_entry *entry)
{

	return entry->holders == 0 &&
	    (entry->queue == NULL || entry->stripe->table->fairness == LT_ADAPTIVE);
}

#endif /* LT_CORE_H */
