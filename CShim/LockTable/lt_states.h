/*
 * The types of the core, and the state machine that they form. Internal: a .c
 * file includes ConcurrencyKit.h before this one.
 *
 * An ENTRY is a key that a caller needs. It is in one of the states below. Every transition but
 * one is a critical section of its stripe's lock. "refs" counts the holders (without a fast one),
 * the waiters and the pins (calls in progress that keep the entry). The entry is present, so that
 * a lookup finds it by its key, exactly while refs > 0 or it is held. Its key does not change while
 * it is present. An absent entry is kept for another key, or freed: WHERE KEYS LIVE,
 * in lt_stripe.h. What a table of another purpose than locks adds is at the head of lt_capacity.h
 * (permits), lt_kept.h (values) and lt_flight.h.
 *
 *   state     holders          refs         found by a lookup
 *   ABSENT    0                0            no
 *   FREE      0                > 0          yes: pinned, or a waiter has not taken it yet
 *   HELD      LT_EXCLUSIVE     > 0          yes
 *   FAST      LT_FAST          >= 0         yes: held exclusively, and refs leaves the holder out
 *   SHARED    1 .. most        >= holders   yes
 *
 * To ADMIT a hold is to allow it next to the present ones: FREE admits all, SHARED admits
 * readers (up to LT_MOST_READERS), HELD and FAST admit none. To be OPEN is to admit a newcomer.
 * FREE is open, under LT_FIFO only if no waiter is queued. SHARED is open to readers while no
 * writer is queued, or no writer stands before them (THE LINE). Every other state is closed. To
 * SETTLE is to wake or grant the waiters whose turn it is. It follows, in the same critical
 * section, each change that may let a waiter in; these have an S:
 *
 *   state   event                          new state    action
 *   ABSENT  acquire, try, exclusively,     FAST         holders = LT_FAST, and nothing else: the
 *           of a short key, in a stripe                 release need not take the lock
 *           without other keys
 *   ABSENT  acquire, try                   HELD/SHARED  insert; refs = 1
 *   ABSENT  pin                            FREE         insert; refs = 1
 *   FREE    acquire, try, exclusively,     FAST         holders = LT_FAST
 *           of the resident, queue empty
 *   open    acquire, try             S     HELD/SHARED  refs + 1
 *   FREE    woken waiter competes    S     HELD/SHARED  leaves the queue; its ref is the holder's
 *   SHARED  woken reader competes    S     SHARED       the same
 *   FREE    queued waiter's deadline S     HELD/SHARED  the same: a late waiter takes a free key
 *           (LT_FIFO: the oldest's)
 *   closed  try                            same         LT_BUSY; nothing counted
 *   closed  acquire                        same         refs + 1; spin (LT_ADAPTIVE), then queue
 *   closed  acquire that can be refused,   same         LT_TOO_MANY; refs as before
 *           queue full
 *   closed  acquire with LT_OR_PIN         same         refs + 1: a pin
 *   any     try, acquire that can be       same         LT_CLOSED; refs as before
 *           refused, table shut down
 *   any     acquire with LT_OR_PIN,        same         refs + 1: a pin
 *           table shut down
 *   HELD    release                  S     FREE         refs - 1; ABSENT if that was the last
 *   HELD    release, where S would         HELD         refs - 1; GRANT: the same, in one step
 *           grant to one writer
 *   SHARED  release                  S     SHARED/FREE  the same
 *   FAST    release while open   no lock!  FREE/ABSENT  holders = 0; then, if a waiter is queued,
 *                                                       S in a locked section
 *   FAST    release under the lock, queue  FREE/ABSENT  holders = 0
 *           empty, table open
 *   FAST    release, downgrade       S     as HELD      refs + 1: as HELD from here on
 *   HELD    downgrade                S     SHARED
 *   any     pin / unpin                    same         refs + 1 / - 1; ABSENT if that was the last
 *   any     waiter leaves            S     same         leaves the queue; refs - 1
 *   HELD/   grant is taken back      S     as released  the holder's ref is the waiter's again
 *   SHARED
 *
 *   A table that is SHUT DOWN stays so. A call that was on its way when it happened may still take
 *   a key as before, but it may not join a queue if it can be refused.
 *
 *   SETTLE does nothing if no waiter is queued, if the oldest waiter is not admitted, or if it is
 *   STALLED, as all others are then.
 *   Under LT_ADAPTIVE, if the entry is FREE and the oldest waiter is not starving, it SIGNALs that
 *   waiter, unless the waiter is SIGNALLED already ("waking"). Otherwise it GRANTs the waiter (its
 *   ref becomes the holder's), and goes on with the next, which is starving if it was so by then.
 *   Adjacent readers are granted together, LT_GROUP of them in one locked section. A SIGNALLED
 *   waiter is granted without another unpark, as the first one is under way.
 *
 * FAST is a hold whose end has no waiter to wake, as none was queued when it began. One store ends
 * it, and one load after the store shows whether a waiter has joined since. All other transitions
 * need the lock. A thread that has the lock must expect that a FAST entry becomes FREE or ABSENT at
 * any moment; no entry becomes FAST without the lock. The load may miss a waiter that joins the
 * queue behind the hold, as the processor may execute the load before other cores see the store.
 * So that waiter issues a heavy fence after unlocking and before parking (lt_heavy_fence(): all
 * threads of the process pass a full fence), and then settles: either it sees the end of the hold,
 * or the holder sees the queue. Settling ends no hold, so it is safe to settle late, twice, or for
 * another thread. A waiter that joins behind another one needs no fence: from the fence of that one
 * on the holder sees the queue, and that one settles for both. (This is the asymmetric Dekker
 * protocol of Dice and others, as in biased locking; the queue is the flag.) The load may come
 * after another thread has used and released the key, so the table must stay open until the load is
 * done.
 *
 * A heavy fence interrupts every core that runs the process, so a fast hold pays only while waiters
 * seldom queue behind it. A stripe that needs a fence makes counted holds for a period
 * (no_fast_release): its share of a budget that all stripes of a table have together, doubled while
 * fences follow one another closely. It does without the fence if others have spent the budget. If
 * a fast hold outlasts all waiters of the queue within the period, then the next one does without
 * the fence, unless the table has no monitor. Without lt_heavy_fence() there is no FAST, and after
 * a fence that fails there is none any more (LT_NEVER_FAST). An entry whose waiter may have been
 * missed for want of a fence is checked again: by the monitor in each sweep (`unfenced`), and by a
 * thread that waits, after a growing time.
 *
 * A VALUE is a key that the entry keeps, and that only the caller's equal() can compare. A search
 * compares it with the stripe unlocked, so the entry is PINNED meanwhile. The value's bytes change
 * only where a key is given to an entry that was ABSENT, under the lock, and a pinned entry is not
 * ABSENT. So whoever has a reference or a pin (a comparison, a snapshot, config.runs_task) reads
 * bytes that nobody writes. A fast release writes nothing but `holders`, and leaves a pinned
 * entry FREE. A search keeps its pins until it has found or inserted its key. Then each entry that
 * it has compared is still the same value's, and one locked section sees that there is no other.
 *
 * The value of LT_KEYS_OWNING refers to things that have to exist while somebody may read it. They
 * are the caller's at first: the entry BORROWS the value of the call that inserts it, which the
 * caller keeps for as long as it has that hold or pin. The hold is counted (such a table has no
 * FAST), so refs > 0 until it ends. It ends in one of two ways:
 *
 *   lt_release_borrowed()  if refs is 1, the hold is the last reference: nobody reads the value.
 *                          The entry becomes ABSENT in the same critical section, so nobody will.
 *                          If refs is greater, nothing is done
 *   lt_give_value()        the table's own value from here on. It has the same bytes, so nothing
 *                          is written, and readers notice nothing
 *
 * So an entry that becomes ABSENT in any other way has a value of its own. The same critical
 * section takes the value out of the resident (lt_stripe_finish()), or takes the entry out of use
 * with its value in it, and destroy() follows after unlocking. Hence nobody reads a value whose end
 * has begun, and no key is written to a place whose value is still to be destroyed.
 *
 * SHARED with a reader first in the queue is a passing state: a call that has pinned the entry is
 * about to let in the next LT_GROUP readers (or there are LT_MOST_READERS).
 *
 * A WAITER is one acquisition in an entry's queue: a thread's, or a suspension's (lt_suspend.h has
 * the table of those, and what a TURN is). Its state, too, changes only under the stripe's lock.
 * After each change from QUEUED that another thread makes, and after unlocking, there is exactly
 * one unpark() of a thread that waits. That thread does not return before it has consumed the
 * token, so its node, which is on its stack, stays alive for the waker.
 *
 *   state      event                       new state  action
 *   QUEUED     granted                     GRANTED    leaves the queue; unpark: it holds the key
 *   QUEUED     signalled                   SIGNALLED  stays in place; unpark: it competes
 *   QUEUED     parks for the first time    QUEUED     not starving any more
 *   QUEUED     deadline, the key is free   CLAIMED    leaves the queue, and takes the key
 *   (a task    the same                    GRANTED    likewise; resume)
 *   QUEUED     removed                     LEFT       leaves the queue; settle; wake, unless it
 *                                                     removed itself
 *   SIGNALLED  granted                     GRANTED    leaves the queue
 *   SIGNALLED  competes, admitted          CLAIMED    takes the key, deadline or not; settle
 *   SIGNALLED  competes, not admitted      QUEUED     keeps its place; starving once it has waited
 *                                                     LT_HANDOFF_BOUND_NS. The holder's release
 *                                                     signals or grants again
 *   SIGNALLED  does not run (monitor), or  STALLED    moves behind all others; settle: the next
 *              a higher priority joins                in line is woken as well
 *   STALLED    competes, admitted          CLAIMED    as SIGNALLED
 *   STALLED    competes, not admitted      QUEUED     is the first of its priority in line again
 *   SIGNALLED, removed                     LEFT       leaves the queue; settle. It was woken, and
 *   STALLED                                           is not woken again
 *   GRANTED    claims (a task)             CLAIMED    the hold counts
 *   GRANTED    removed (a task)            LEFT       its hold ends; settle
 *   GRANTED    does not run (monitor;      STALLED    the same; it is in line again, behind all
 *              a task, LT_ADAPTIVE)                   others. LEFT, if its deadline is past, or
 *                                                     the table was shut down and it can be
 *                                                     refused
 *
 * To REMOVE a waiter is to take it out of line for a reason (lt_waiter_remove()): the deadline of a
 * timed wait, the refusal of a task (lt_suspension_refuse(): its cancellation, for one), or, if
 * the waiter's call can fail, that the table was shut down, or that another caller fails this one
 * (lt_shutdown.c). For the last two a thread, too, is removed by others. A waiter that was woken
 * and does not run is removed as one that sleeps is, and its turn is passed on. A thread's GRANTED
 * and every waiter's CLAIMED are final: the waiter has the key.
 *
 * The MONITOR (lt_monitor.h) sweeps over woken waiters every LT_SWEEP_NS. So a free key waits two
 * sweeps at the most for a woken waiter that does not run, and then the next in line is woken. The
 * same is true of a key that LT_ADAPTIVE has granted to a task. Under LT_FIFO a task keeps a key
 * that it was granted until it runs, is cancelled or is late. The stalled waiters are the last of
 * the ring, and the last of them points at the first of them. Readers do not wait for stalled
 * writers (`writers` leaves them out).
 *
 * THE LINE is the queue without the stalled waiters. It is ordered by arrival, and under
 * LT_ADAPTIVE by real-time priority before that, as the kernel orders the waiters of a futex. The
 * OLDEST waiter is the first of the ring. A thread of a real-time policy may get the core from an
 * ordinary thread at any step. Behind ordinary waiters it would wait until the scheduler has run
 * each of them. So it stands before them, and a SIGNALLED waiter of a lower priority becomes
 * STALLED: that waiter competes all the same, and does not hold up the real-time thread. SHARED is
 * open to a reader of a higher priority than all queued writers. Tasks have no priority.
 *
 * Under LT_ADAPTIVE a thread that joins an empty queue is starving from the start, for as long as
 * it spins on its state before parking: to hand it the key costs no wake-up.
 *
 * Side effects (unpark, free, a user's destroy) happen after unlocking. A struct lt_deferred
 * collects them meanwhile.
 *
 * MEMORY ORDER. What one holder did happens before what the next one does, on machines that order
 * nothing by themselves. One of these carries it, and each is needed (Tests/Exploration weakens
 * them one by one, and finds the failure):
 *
 *   the stripe lock   CK takes it with acquire and releases it with release: orders a
 *                     holder that finds the key free after the one that left it so.
 *                     lt_stripe_lock.h says how threads sleep at it
 *   (A) and (B)       lt_park_futex.c: order a waiter that was unparked after the thread that
 *                     unparked it
 *   (C), (W)          order the thread that frees memory after all others that used it
 *   (R)               orders a holder that finds the key free after the fast hold that left it so
 *   (T)               orders the store that ends a fast hold before the load of the queue; a full
 *                     fence, of which only the half of the joining waiter costs anything
 *   (E)               orders the owner of a suspension, which reads without the lock why that has
 *                     left, after the thread that recorded the reason
 *
 * The other atomics are relaxed. What a load without the lock sees of `holders` and of a waiter's
 * state is a hint: an old value costs a few more spin iterations. A thread that sees GRANTED goes
 * on to consume the token (B). All other relaxed values are counts and ages.
 */
#ifndef LT_STATES_H
#define LT_STATES_H

#include "lt_platform.h"
#include "lt_stripe.h"

#define LT_EXCLUSIVE	UINT32_C(0x80000000)
#define LT_FAST		UINT32_C(0xc0000000)
#define LT_MOST_READERS	UINT32_C(0x7fffffff)
#define LT_MOST_WAITERS	UINT32_C(0x7fffff)

enum lt_waiter_state {
	LT_IDLE, LT_QUEUED, LT_SIGNALLED, LT_STALLED, LT_GRANTED, LT_CLAIMED, LT_LEFT
};

struct lt_waiter {
	struct lt_waiter *next, *previous;	/* A ring; the entry points at the oldest. */
	struct lt_waiter *wake_next;		/* In a list of waiters to wake. */
	uint64_t starving;		/* When it became starving or began to spin; or 0. */
	uint32_t state;
	bool is_shared;			/* It is a reader. */
	bool is_task;			/* It is the start of a struct lt_suspension. */
	bool is_turn;			/* And that is a turn: it is granted, never signalled. */
	bool is_unawaited;		/* A turn that has no continuation yet: none to resume. */
	bool behind_fast;		/* It joined an empty queue behind a fast hold, */
	bool may_fence;			/* and its stripe may issue a fence now. */
	bool is_monitored;		/* The stripe's list of woken waiters has it. */
	bool has_place;			/* It counts as one of the table's `waiting`. */
	uint32_t permits;		/* How many it wants; 0: it wants a lock. */
	size_t counted;			/* What its hold adds to `acquisitions`. */
	union {				/* How it is woken: */
		struct lt_parker parker;	/* a thread, */
		struct {			/* a suspension. */
			lt_resume_t resume;
			void *continuation;
		};
	};
	/* A hand-off reads the cache line up to here, and no other. */
	struct lt_record *record;	/* Of its hold; NULL: no diagnostics, or no memory. */
	uint64_t since;			/* When it joined the queue; 0: not known yet. */
	struct lt_entry *entry;
	union {
		struct lt_waiter *next_woken;	/* A ring; the stripe has the head. */
		struct lt_waiter *first_stalled;	/* Valid in the last, if STALLED. */
	};
	union {
		struct lt_waiter *previous_woken;
		struct lt_flight *flight;	/* That has landed, and that it refers to. */
	};
	uint16_t sweep;			/* The stripe's `sweeps` when it was woken. */
	bool is_late;			/* It is a task, and its deadline has passed. */
	bool is_timed;			/* It is a thread with a deadline. */
	bool is_of_thread;		/* It is a suspension, for which a thread parks. */
	bool is_refusable;		/* Its call can fail: it may be removed by others. */
	bool is_counted;		/* Its wait is over, and was counted. */
	uint8_t priority;		/* LT_ADAPTIVE: a real-time thread's; otherwise 0. */
	uint8_t urgency;		/* Of a task that waits for a flight. */
	uint32_t missed;		/* The number of the flight that it came too late for. */
	uint32_t most_waiters;		/* The call's own limit, or LT_ANY_NUMBER. */
	lt_status_t reason;		/* Why it has left. */
};

#define LT_NO_KEYS	UINT32_MAX

struct lt_table {
	struct lt_stripe *stripes;
	uint64_t seed[2];
	uint32_t mask;			/* The number of stripes - 1. */
	uint32_t plain_keys;		/* `keys`; LT_NO_KEYS if a call has more to do. */
	uint64_t lanes[4];		/* Made of the seed, for the hashes of bytes. */
	uint32_t fairness;
	uint32_t most_waiters;		/* A key's queue is full with so many waiters. */
	uint32_t most_in_table;		/* The table is full with so many; 0: never. */
	uint32_t entry_base;		/* An entry's size without the key. */
	uint32_t extra_offset;		/* Of the extra of an entry without room for a key, or 0. */
	uint32_t keys;			/* Their kind: LT_KEYS_… */
	uint32_t users;		/* After close: the stripes in use, and the closer. */
	uint32_t is_shut_down;		/* Set once: calls that can fail do. */
	uint32_t tells_next_wait;	/* The next waiter calls wait_began(). */
	uint64_t more_lanes[4];		/* For bytes that are not few. */
	lt_key_operations_t operations;
	lt_value_operations_t value_operations;
	lt_flight_operations_t flight_operations;
	bool (*runs_task)(void *, const lt_sleep_t *);
	void *runs_task_context;
	void (*resume_apart)(lt_resume_t, void *);
	size_t task_sleeps;
	uint64_t fences;
	uint64_t closed, deadlocks;	/* Failures with these statuses, which are rare. */
	uint32_t waiting;		/* Waiters with a place, if the table can be full. */
	uint32_t fence_budget;		/* A span of time, and how many fences it has had. */
	bool (*identify)(lt_acquirer_t *);
	bool diagnostics;		/* The entries have room for records. */
	uint32_t is_recording;		/* With diagnostics: new holds and waits get records. */
	void (*wait_began)(void *);
	void *wait_began_context;
	bool unmonitored;
	bool takes_back;		/* The monitor does, what a task has not claimed. */
	uint8_t purpose;		/* LT_FOR_… */
	uint32_t permits;		/* Of a key, or LT_PERMITS_BY_KEY. */
	uint32_t permit_keys;		/* `keys`, if one permit needs no more; or LT_NO_KEYS. */
	uint32_t kept_keys;		/* `keys`, of a table of values without more to do. */
	bool values_in_use_only;
	uint32_t value_size;		/* In a table of values: of the room for one. */
	void (*end_value)(void *, void *);
	void *end_value_context;
	size_t block_size;
	lt_times_t *waits, *holds;	/* Of each stripe; holds: NULL without diagnostics. */
};

_Static_assert(offsetof(struct lt_table, fairness) == LT_CACHE_LINE,
    "what each look-up reads is one line");
_Static_assert(sizeof(lt_times_t) == 2 * LT_CACHE_LINE, "no two stripes count in one line");
/* Deferred work: what a critical section leaves to be done with no lock held. */
struct lt_deferred {
	struct lt_entry *entries;	/* To free; linked by `link`. */
	struct lt_set *sets;		/* To free. */
	size_t fewer_groups;		/* To give to the stripe, pinned for this; or 0. */
	bool leave;			/* The stripe, of a closed table, is out of use. */
	struct lt_waiter *woken, *last_woken;	/* To wake; linked by `wake_next`. */
	struct lt_entry *more_readers;	/* Pinned for this; has more readers to let in. */
	struct lt_record *record;	/* To free. */
	struct lt_stripe *monitored;	/* To give to the monitor, which keeps it alive. */
	struct lt_entry *owning;	/* The resident, pinned for this: its value is to go. */
	struct lt_flight *flights;	/* To cancel, or over; linked by `link`. */
	struct lt_flight *raised;	/* To raise to the urgency. */
	uint8_t urgency;
	bool apart;			/* On the core's own thread: no user may block it. */
};

/* Is there deferred work other than waiters to wake? */
static inline bool
lt_deferred_exists_besides(const struct lt_deferred *deferred)
{

	return deferred->entries != NULL || deferred->sets != NULL ||
	    deferred->owning != NULL || deferred->fewer_groups > 0 || deferred->leave ||
	    deferred->more_readers != NULL || deferred->record != NULL ||
	    deferred->monitored != NULL || deferred->flights != NULL || deferred->raised != NULL;
}

static inline bool
lt_deferred_exists(const struct lt_deferred *deferred)
{

	return deferred->woken != NULL || lt_deferred_exists_besides(deferred);
}

/* Names the owner of a hold, or of a wait that may become one, and says since when. */
struct lt_record {
	struct lt_record *next, *previous;	/* A ring: the records of the entry's holders. */
	struct lt_entry *entry;
	uint64_t serial;
	uint64_t since;			/* When the hold began; 0: the waiter is to get it. */
	bool is_shared;
	bool is_unclaimed;		/* The hold is a task's that was granted it. */
	bool is_unawaited;		/* A turn's, for which no task has come: `who` is nobody. */
	lt_acquirer_t who;
};

#endif /* LT_STATES_H */
