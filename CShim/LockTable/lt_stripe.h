/*
 * Entries and stripes: where keys live. Internal: a .c file includes ConcurrencyKit.h before this
 * header. lt_states.h has the states of an entry.
 */
#ifndef LT_STRIPE_H
#define LT_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CLockTable.h"
#include "lt_atomics.h"

struct lt_flight;
struct lt_record;
struct lt_set;
struct lt_stripe;
struct lt_waiter;

/*
 * Where a key is, by its kind and the number of its bytes:
 *
 *   short	up to LT_RESIDENT_KEY: in any entry. Integers and values are short, too
 *   long	up to LT_INLINE_KEY: in an entry that was made for long keys, behind a step of room
 *		that says where. LARGE is one of more than LT_KEPT_KEY: its entry was made for it
 *   external	more, and opaque keys: in a copy
 *
 * Short and long keys are INLINE. They are compared under the lock, and are few cache lines; but
 * values are not, as the caller compares them. External keys are compared with no lock held.
 */
#define LT_RESIDENT_KEY	64
#ifndef LT_INLINE_KEY
#define LT_INLINE_KEY	1024
#define LT_KEPT_KEY	256
#endif

/* The room for a key comes in steps. */
#define LT_ROOM_STEP		16
#define LT_RESIDENT_ROOM	(LT_RESIDENT_KEY / LT_ROOM_STEP)
#define LT_KEPT_ROOM		(1 + LT_KEPT_KEY / LT_ROOM_STEP)
/*
 * In an entry's room: what it keeps ends with it. Such an entry looks like a large key's, so it is
 * freed once it is not used, and a release asks no further question.
 */
#define LT_ENDING		0x80u

_Static_assert(LT_MOST_VALUE == LT_RESIDENT_KEY, "an entry has room for a value");
_Static_assert(1 + LT_INLINE_KEY / LT_ROOM_STEP < LT_ENDING, "a bit is left");

struct lt_entry {
	uint64_t hash;			/* First: the hash set compares entries by it. */
	uint32_t holders;
	uint32_t refs;
	/*
	 * An acquisition without waiters writes up to here. Memory from an allocator begins at a
	 * multiple of 16, so that is in one cache line. What a release reads comes next.
	 */
	uint8_t length;			/* Of a short key, with LT_OWNED; LT_LONG; LT_EXTERNAL. */
	uint8_t room;			/* How large `key` is, in steps; with LT_ENDING. */
	__extension__ uint64_t queued : 23;	/* The number of waiters, */
	__extension__ uint64_t writers : 23;	/* and of writers that are not stalled. */
	__extension__ uint64_t waking : 1;	/* The oldest waiter is SIGNALLED. */
	__extension__ uint64_t in_set : 1;	/* The stripe's set has it. */
	struct lt_stripe *stripe;
	union {
		struct lt_waiter *queue;	/* The oldest waiter. */
		struct lt_entry *link;		/* In a list, if it is not present. */
	};
	/*
	 * Entries of integer tables without diagnostics end here, as the hash is a bijection
	 * of the integer. Entries with equal hashes form a same-hash chain; the hash set
	 * has only its head.
	 */
	union {
		struct {
			struct lt_entry *next_same_hash, *previous_same_hash;
		};
		struct {	/* The resident is in no chain. Where other keys live: */
			struct lt_set *set;	/* NULL until a key lives there, */
			struct lt_entry *young;	/* and this, too. Unused while refs is 0. */
		};
	};
	union {
		unsigned char bytes[LT_RESIDENT_KEY];
		struct {		/* Of a long or external key: */
			void *bytes;	/* what follows; or a copy, of bytes or the user's. */
			size_t length;
		} other;
		uint64_t values;	/* The resident's, which is unused: in this stripe. */
		struct {		/* The resident's, in a table for flights: */
			uint64_t flights, joins;	/* how many there were. */
		} flown;
	} key;
	struct lt_record *records;	/* The resident's records: lt_entry_records(). */
};

/*
 * What an entry keeps besides its key, in a table that needs it (`extra_offset`): lt_entry_extra().
 * It begins as zero bytes with the key. The room for a value follows it. (In a table of values
 * there is a byte instead, behind the value: lt_entry_presence().)
 */
struct lt_extra {
	union {
		uint64_t word;
		struct {		/* LT_PERMITS_BY_KEY. More follows: lt_capacity.h. */
			uint32_t capacity;	/* 0 until somebody has said. */
			uint32_t is_asked;	/* Somebody is saying, or has said. */
		};
		struct lt_flight *flight;	/* That holds the key: lt_flight.h. */
	};
};

#define LT_EXTERNAL	UINT8_MAX
/* In an entry's length: it has a value that owns something, or the key is external. */
#define LT_OWNED	0x80u
#define LT_LONG		(LT_OWNED - 1)

_Static_assert((LT_EXTERNAL & LT_OWNED) != 0 && LT_RESIDENT_KEY < LT_LONG, "one bit tells");

#define LT_OTHERS_BITS		28
#define LT_MOST_OTHERS		((UINT32_C(1) << LT_OTHERS_BITS) - 1)

/*
 * WHERE KEYS LIVE. A stripe takes four cache lines. The first one has all that an acquisition of
 * an integer needs while the stripe has few keys: the lock and the head of the RESIDENT, an entry
 * that is part of the stripe. An entry has one of three homes:
 *
 *   the resident	a short key that finds the resident unused lives there, and needs no hash
 *			set and no allocation
 *   the young entry	other keys begin there. A key that is soon released leaves it unused,
 *			and the next one takes it, without a change to the set
 *   the set		the young entry moves there if the next key finds it in use. It keeps
 *			its address. So a key that stays pays for the set once, and one that
 *			goes does not pay
 *
 * An entry of a table whose entries have an EXTRA, besides their keys, is never the resident, which
 * has no room for it.
 *
 * External keys live in the set only, so that a key of bytes outside the set can always be
 * compared under the lock. Only the resident has fast holds: a fast release touches the entry after
 * it has given up the key, and another entry may be freed by then.
 *
 * A long key begins in the young entry, and its holds are counted. In the resident it would need
 * bytes elsewhere, and so one more home and one more thing to allocate, to save only the lock at
 * its release. The room for the next long key stays in the stripe, in the unused young entry. (A
 * buffer that all stripes share would cost an atomic operation each time. One for each thread could
 * not be given back by a hold that ends on another.) As an idle stripe keeps that room, it is
 * bounded: the release that leaves a large key's entry unused frees it, and spares have no room for
 * long keys. A short key takes no entry that was made for long ones: it may stay, and would keep
 * the memory.
 *
 * A new table's stripes are zero bytes that nobody has written, so a page of them takes no memory
 * before one is used. The first call that locks a stripe for a key BEGINS it, in the same locked
 * section (lt_stripe_begin()). A walk that only reads or frees skips those that are not begun.
 */
/* A stripe that is begun and has no key besides the resident, and no other flag. */
#define LT_PLAIN	(UINT32_C(1) << 31)
/* The same of a stripe whose holds are counted. */
#define LT_PLAIN_COUNTED	(LT_PLAIN | UINT32_C(1) << LT_OTHERS_BITS)

struct lt_stripe {
	_Alignas(LT_CACHE_LINE) ck_spinlock_fas_t lock;
	/* One word, which the fast path tests at once: LT_PLAIN says that nothing is special. */
	union {
		struct {
			uint32_t others : LT_OTHERS_BITS;	/* Keys besides the resident. */
			bool no_fast_release : 1;	/* Its holds are counted. */
			bool has_records : 1;		/* table->diagnostics. */
			bool is_closed : 1;		/* The table is closed. */
			bool is_begun : 1;		/* lt_stripe_begin() was called. */
		};
		uint32_t special;
	};
	/*
	 * How many holds were made and kept. A hold is counted in its own stripe, but for those of
	 * a multi-key call: it counts all of them in the stripe of its last key when it takes that
	 * key. So a call that is refused has counted nothing, and the sum over the stripes never
	 * falls.
	 */
	uint64_t acquisitions;
	/* The low parts of counters: a wait and a hand-off write to no other line of the stripe. */
	uint16_t contended, hand_offs;
	uint16_t has_sleepers;		/* A thread sleeps at the lock or is about to. */
	uint16_t parks;
	struct lt_entry resident;

	struct lt_table *table;
	struct lt_entry *spares;
	struct lt_record *spare_record;	/* With diagnostics; or NULL. */
	uint32_t spare_count : 29;
	/* For lt_table_present(), which looks for waiters only where there may be some: */
	bool may_have_waiters : 1;	/* If not, no key has a waiter. */
	bool has_joined : 1;		/* A waiter has joined since a search for them began, */
	bool is_searched : 1;		/* and that goes on. */
	uint32_t pins;			/* How many calls keep the stripe itself alive. */
	size_t bytes;			/* The memory allocated for its entries. */
	uint32_t peak;			/* The most keys present; 0: at most the resident. */
	uint32_t contended_carry, hand_offs_carry, parks_carry;
	uint64_t timeouts, cancellations, refusals;
	struct lt_waiter *woken;	/* Woken waiters that have not run; the first woken. */
	struct lt_stripe *next_monitored;	/* In a list of the monitor's. */
	uint16_t sweeps;		/* How often the monitor has swept this stripe. */
	bool is_monitored;		/* The monitor has it, and keeps it alive. */
	bool unfenced;			/* A fast release may have missed a waiter. */
	bool held_uncounted;		/* A hold here added nothing to `acquisitions`. */
	uint8_t fast_backoff;		/* How often the period was doubled, or LT_NEVER_FAST. */
	uint16_t fast_again;		/* When holds may be fast again, in ticks. */
};

_Static_assert(sizeof(struct lt_stripe) == 4 * LT_CACHE_LINE, "whole cache lines");
_Static_assert(offsetof(struct lt_entry, records) == offsetof(struct lt_entry, key) +
    LT_RESIDENT_KEY, "the resident's records stand behind the room for its key");
_Static_assert(offsetof(struct lt_stripe, resident) + offsetof(struct lt_entry, next_same_hash) ==
    LT_CACHE_LINE, "the resident's head ends the hot line");

#endif /* LT_STRIPE_H */
