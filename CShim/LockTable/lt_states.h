/*
 * The types of the core and the state machine that they form. Internal: a .c
 * file includes ConcurrencyKit.h before this one.
 *
 * An ENTRY is a key that somebody needs. It is in one of these states, and every
 * transition but one is a critical section of its stripe's lock. "refs" counts holders
 * (but a fast one) + waiters + pins (calls that have the entry in hand); the entry is
 * present, findable by its key, exactly while refs > 0 or it is held.
 *
 *   state     holders          refs         found by a look-up
 *   ABSENT    0                0            no
 *   FREE      0                > 0          yes: pinned, or a waiter is on its way
 *   HELD      LT_EXCLUSIVE     > 0          yes
 *   FAST      LT_FAST          >= 0         yes: held exclusively, by one whom refs leaves out
 *   SHARED    1 .. most        >= holders   yes
 *
 * To ADMIT is to let somebody hold it beside those who do: FREE admits all, SHARED
 * admits readers (up to LT_MOST_READERS), HELD nobody. To be OPEN is to admit a
 * newcomer: FREE is, under LT_FIFO if nobody is queued; SHARED is to readers while
 * no writer is queued, or none that stands before them (THE LINE); anything else is closed. To SETTLE is what follows, in the same
 * critical section, on each change that may let somebody in; these have an S:
 *
 *   state   event                          new state    action
 *   ABSENT  acquire, try, exclusively,     FAST         holders = LT_FAST, and nothing else: the
 *           of a stripe without other keys              release need not take the lock
 *   ABSENT  acquire, try                   HELD/SHARED  insert; refs = 1
 *   ABSENT  pin                            FREE         insert; refs = 1
 *   FREE    acquire, try, exclusively,     FAST         holders = LT_FAST
 *           of the resident, nobody queued
 *   open    acquire, try             S     HELD/SHARED  refs + 1
 *   FREE    woken waiter comes       S     HELD/SHARED  leaves the queue; its ref is the holder's
 *   SHARED  woken reader comes       S     SHARED       the same
 *   FREE    queued waiter's deadline S     HELD/SHARED  the same: it is late, and takes a free key
 *   closed  try                            same         LT_BUSY; nothing counted
 *   closed  acquire                        same         refs + 1; look for a while, then queue
 *   closed  acquire that can be refused,   same         LT_TOO_MANY; refs as before
 *           queue full
 *   closed  acquire with LT_OR_PIN         same         refs + 1: a pin
 *   HELD    release                  S     FREE         refs - 1; ABSENT if that was the last
 *   HELD    release, where S would         HELD         refs - 1; GRANT: the same, in one step
 *           grant to one writer
 *   SHARED  release                  S     SHARED/FREE  the same
 *   FAST    release while open   no lock!  FREE/ABSENT  holders = 0; then, if somebody is queued,
 *                                                       S in a locked section
 *   FAST    release, downgrade       S     as HELD      refs + 1: as HELD from here on
 *   HELD    downgrade                S     SHARED
 *   any     pin / unpin                    same         refs + 1 / - 1; ABSENT if that was the last
 *   any     waiter leaves            S     same         leaves the queue; refs - 1
 *   HELD/   grant is taken back      S     as released  refs stay: the holder's is the waiter's again
 *   SHARED
 *
 *   SETTLE: nobody is queued, or the oldest waiter is not admitted, or it is STALLED, as all
 *   others are then: nothing.
 *   FREE, LT_ADAPTIVE, it is not starving: SIGNAL it, unless one is on its way already
 *   ("waking"). Otherwise GRANT it (its ref is the holder's), and go on with the next,
 *   which is starving if it was by then: readers who stand together go in together,
 *   LT_GROUP of them in one locked section. A SIGNALLED one is granted without
 *   another unpark, as that is under way.
 *
 * FAST is a hold whose end nobody else has to be told, as nobody was queued when it began:
 * one store gives it back, and one load afterwards sees whether somebody has come since. All
 * others go on under the lock, where FAST is held by one who is not in refs, and may
 * become FREE or ABSENT at any moment; nothing becomes FAST without the lock. Who joins the
 * queue behind it might be missed by that load, which the machine may do before the store
 * is seen. So the joiner, once it has let the lock go and before it sleeps, has all threads of the process pass a fence (lt_heavy_fence()), and settles:
 * either it sees the end, or the holder will see the queue. Neither ends anybody's hold by
 * settling, so it does no harm to do it late, twice, or for somebody else. (Dice and others'
 * asymmetric Dekker, as in biased locking; the queue is the flag.) The load may come after
 * another's use and release of the key, so the table has to be open until it is done.
 * Without lt_heavy_fence() there is no FAST: stripes are LT_NO_FAST_RELEASE. Where it fails, those of the
 * table are from then on, and what may have been missed is looked at again: by a thread that
 * waits, after a growing time; for a task by the monitor (`unfenced`).
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
 *   QUEUED     goes to sleep               QUEUED     not starving any more
 *   QUEUED     deadline, the key is free   CLAIMED    leaves the queue, and takes the key
 *   (a task    the same                    GRANTED    likewise; resume)
 *   QUEUED     removed                     LEFT       leaves the queue; wake, unless it did it itself
 *   SIGNALLED  granted                     GRANTED    leaves the queue
 *   SIGNALLED  comes, admitted             CLAIMED    takes the key, deadline or not; settle
 *   SIGNALLED  comes, not admitted         QUEUED     keeps its place; starving, if it is. The
 *                                                     holder's release signals again
 *   SIGNALLED  does not come (monitor), or STALLED    moves behind all others; settle: the next
 *              a higher priority joins                in line is woken as well
 *   STALLED    comes, admitted             CLAIMED    as SIGNALLED
 *   STALLED    comes, not admitted         QUEUED     is first in line again
 *   SIGNALLED, removed                     LEFT       leaves the queue; settle. It was woken, and
 *   STALLED                                           is not woken again
 *   GRANTED    comes (a task)              CLAIMED    the hold counts
 *   GRANTED    removed (a task)            LEFT       its hold ends; settle
 *   GRANTED    does not come (monitor;     STALLED    the same; it is in line again, behind all
 *              a task, LT_ADAPTIVE)                   others. LEFT, if its deadline is past
 *
 * To be REMOVED is to be taken out of line for a reason (lt_waiter_remove()): the deadline of a
 * timed wait, the cancellation of a task. It works on a waiter that was woken and does not run as
 * on one that sleeps, and passes its turn on. A thread's GRANTED and everybody's CLAIMED are
 * final: the waiter has the key.
 *
 * The MONITOR (lt_monitor.h) looks at woken waiters every LT_SWEEP_NS. So a free key waits for a
 * woken waiter that does not run for two sweeps at the most, and then the next in line is woken;
 * likewise one that LT_ADAPTIVE has handed to a task. Under LT_FIFO a task keeps what it was
 * handed until it runs, is cancelled or is late. The stalled are the last of the ring: the last
 * one knows the first of them. They are no reason for readers to wait (`writers` leaves them out).
 *
 * THE LINE is the queue but for the stalled: by arrival, and under LT_ADAPTIVE by real-time
 * priority before that, as at a futex of the kernel. A thread of a real-time policy may get the
 * core from an ordinary one at any step; behind ordinary waiters it would wait until the scheduler
 * has run each of them. So it stands before them, and one of less priority that is SIGNALLED
 * becomes STALLED: it competes all the same, and does not hold up the other. A reader of more
 * priority than all queued writers finds SHARED open. Tasks have no priority.
 *
 * Under LT_ADAPTIVE a thread that finds nobody else queued is starving from the start, for
 * as long as it looks at its state before it sleeps: to hand it the key costs no wake-up.
 *
 * Side effects (unpark, free, a user's destroy) happen after unlocking: they are
 * collected in a struct lt_deferred meanwhile.
 *
 * MEMORY ORDER. What a holder did comes before what the next one does, on machines
 * that order nothing by themselves, by one of these, and each is needed
 * (Tests/Exploration weakens them one by one, and finds it):
 *
 *   the stripe lock   taken with acquire and let go with release, by CK: orders the
 *                     holder who finds the key free after the one who left it so.
 *                     lt_stripe_lock.h says how threads sleep at it
 *   (A) and (B)       lt_park_futex.c: who was sent for after who sent for it
 *   (C), (W)          the one who frees after all others
 *   (R)               who finds a key free after the fast hold that left it so
 *   (T)               of the store that ends a fast hold and the load of the queue, the
 *                     store first; a full fence, of which all but the joiner's half is free
 *
 *   (E)               a suspension's owner, who finds the reason why it has left without the lock
 *
 * The other atomics are relaxed. Of "holders" and of a waiter's state, what a
 * look without the lock sees is a hint: an old value costs a few more pauses. A look
 * that finds GRANTED goes on to consume the token (B). All else is counts and ages.
 */
#ifndef LT_STATES_H
#define LT_STATES_H

#include "CLockTable.h"
#include "lt_platform.h"

struct lt_set;
struct lt_stripe;
struct lt_suspension;
struct lt_record;

#define LT_EXCLUSIVE	UINT32_C(0x80000000)
#define LT_FAST		UINT32_C(0xc0000000)
#define LT_MOST_READERS	UINT32_C(0x7fffffff)
#define LT_MOST_WAITERS	UINT32_C(0x7fffff)

enum lt_waiter_state {
	LT_IDLE, LT_QUEUED, LT_SIGNALLED, LT_STALLED, LT_GRANTED, LT_CLAIMED, LT_LEFT
};

struct lt_waiter {
	struct lt_waiter *next, *previous;	/* A ring; the entry points at the oldest. */
	struct lt_waiter *wake_next;		/* In a list of those to send for. */
	uint64_t starving;		/* When it found itself starving, or began to look; 0 = neither. */
	uint32_t state;
	bool is_shared;			/* A reader. */
	bool is_task;			/* The start of a struct lt_suspension. */
	bool behind_fast;		/* Joined the queue while the hold was a fast one. */
	bool is_monitored;		/* In the stripe's list of woken waiters. */
	size_t counted;			/* By how much its hold adds to the stripe's acquisitions. */
	union {				/* How it is woken: */
		struct lt_parker parker;	/* a thread, */
		struct {			/* a suspension. */
			lt_resume_t resume;
			void *continuation;
		};
	};
	/* A hand-off reads the line up to here, and no other. */
	struct lt_record *record;	/* With diagnostics: its hold's, if there was memory for it. */
	uint64_t since;			/* When it joined the queue; 0 = it has not said yet. */
	struct lt_entry *entry;
	union {
		struct lt_waiter *next_woken;	/* A ring; the stripe points at the one woken first. */
		struct lt_waiter *first_stalled;	/* Of the last in the queue, if it is STALLED. */
	};
	struct lt_waiter *previous_woken;
	uint16_t sweep;			/* The stripe's count of sweeps when it was woken. */
	bool is_late;			/* Its deadline has passed. A task's. */
	bool is_timed;			/* A thread's, with a deadline. */
	uint8_t priority;		/* In line: LT_ADAPTIVE, a thread's that is a real-time one. */
	lt_status_t reason;		/* Why it has left. */
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
	__extension__ uint64_t writers : 23;	/* those who want it exclusively, but for the stalled; */
	__extension__ uint64_t waking : 1;	/* and the oldest is SIGNALLED. */
	/*
	 * Entries of integer tables end here, but with diagnostics: the hash is a
	 * bijection of the integer. The others go on. Entries of one hash form a list, whose
	 * head alone is in the hash set.
	 */
	struct lt_entry *next_same_hash, *previous_same_hash;
	union {
		unsigned char bytes[LT_INLINE_KEY];
		struct {
			void *stored;	/* A copied long key, or a caller's. */
			size_t length;
		} external;
	} key;
	struct lt_record *records;	/* The resident's; see lt_entry_records(). */
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
	/*
	 * Entries in the set; LT_WATCHED with diagnostics, LT_NO_FAST_RELEASE without lt_heavy_fence(),
	 * LT_CLOSED once the table is.
	 */
	uint32_t others;
	/*
	 * Holds that their callers kept. They are counted where they are made, but for those of
	 * several keys: a call counts them all in the stripe of its last key when it takes that, so
	 * that a call that is refused has counted nothing, and the sum over the stripes never falls.
	 */
	uint64_t acquisitions;
	/* The low parts: who waits, or hands a key over, writes to no other line. */
	uint16_t contended, hand_offs;
	uint16_t has_sleepers;		/* A thread sleeps at the lock, or is about to: lt_stripe_lock.h. */
	uint16_t parks;
	struct lt_entry resident;

	struct lt_set *set;		/* NULL until two keys meet here. */
	struct lt_entry *spares;
	struct lt_table *table;
	uint32_t spare_count;
	uint32_t pins;			/* Calls that keep the stripe itself alive. */
	size_t bytes;			/* Allocated for this stripe. */
	uint32_t peak;			/* Most keys present, where that was more than the resident's. */
	uint32_t contended_carry, hand_offs_carry, parks_carry;
	uint64_t timeouts, cancellations, refusals;
	struct lt_waiter *woken;	/* Those that were woken and have not come, oldest first. */
	struct lt_stripe *next_monitored;	/* The monitor's. */
	uint16_t sweeps;		/* Of the monitor, over this stripe. */
	bool is_monitored;		/* The monitor has it, and keeps it alive. */
	bool unfenced;			/* A waiter of the resident may have been missed by a fast hold's end. */
	bool held_uncounted;		/* The resident got a hold that counted nothing here. */
};

#define LT_CLOSED	UINT32_C(0x80000000)
#define LT_WATCHED	UINT32_C(0x40000000)
#define LT_NO_FAST_RELEASE	UINT32_C(0x20000000)
#define LT_MOST_OTHERS	UINT32_C(0x1fffffff)

struct lt_table {
	struct lt_stripe *stripes;
	uint64_t seed[2];
	uint32_t mask;			/* Stripes - 1. */
	uint32_t keys;
	uint64_t lanes[4];		/* The seed, as lt_hash_short() takes it. */
	uint32_t fairness;
	uint32_t most_waiters;		/* Per key, of callers who can be turned away. */
	uint32_t entry_base;		/* An entry's size but for the key. */
	uint32_t users;		/* After close: stripes in use + the closer. */
	lt_key_operations_t operations;
	bool (*runs_task)(void *, const lt_sleep_t *);
	void *runs_task_context;
	void (*resume_apart)(lt_resume_t, void *);
	size_t task_sleeps;
	bool (*identify)(lt_acquirer_t *);
	uint64_t serials;
	bool diagnostics;
	bool unmonitored;
	size_t block_size;
};

_Static_assert(offsetof(struct lt_table, fairness) == LT_CACHE_LINE, "what each look-up reads is one line");
_Static_assert(sizeof(struct lt_stripe) == 4 * LT_CACHE_LINE, "whole cache lines");
_Static_assert(offsetof(struct lt_entry, records) == offsetof(struct lt_entry, key) + LT_INLINE_KEY,
    "the resident's records stand behind the room for its key");
_Static_assert(offsetof(struct lt_stripe, resident) + offsetof(struct lt_entry, next_same_hash) ==
    LT_CACHE_LINE, "the resident's head ends the hot line");

/* What a call has to undo or free once it holds no lock. */
struct lt_deferred {
	struct lt_entry *entries;	/* To free; by link. */
	struct lt_set *sets;		/* To free. */
	bool shrink;			/* The stripe's set is too large; its pin is ours. */
	bool leave;			/* The stripe of a closed table is out of use. */
	struct lt_waiter *woken, *last_woken;	/* To send for; by also. */
	struct lt_entry *more_readers;	/* Has more readers to let in; its pin is ours. */
	struct lt_record *record;	/* To free. */
	struct lt_stripe *monitored;	/* To give to the monitor, which keeps it alive. */
	bool apart;			/* On the core's own thread, which no user may block. */
};

/* Besides somebody to send for. */
static inline bool
lt_deferred_exists_besides(const struct lt_deferred *deferred)
{

	return deferred->entries != NULL || deferred->sets != NULL || deferred->shrink ||
	    deferred->leave || deferred->more_readers != NULL || deferred->record != NULL ||
	    deferred->monitored != NULL;
}

static inline bool
lt_deferred_exists(const struct lt_deferred *deferred)
{

	return deferred->woken != NULL || lt_deferred_exists_besides(deferred);
}

/* Who, and since when: of a hold, or of a wait that may become one. */
struct lt_record {
	struct lt_record *next, *previous;	/* A ring of the entry's holders. */
	struct lt_entry *entry;
	uint64_t serial;
	uint64_t since;
	bool is_shared;
	lt_acquirer_t who;
};

#endif /* LT_STATES_H */
