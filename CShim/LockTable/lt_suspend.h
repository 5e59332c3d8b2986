/*
 * Suspensions: acquisitions by callers that must not block, such as tasks. Their waiter is the
 * same as a thread's, in the same queue. It differs in how it is woken (a continuation is
 * resumed), and it lives in memory of its own.
 *
 * A suspension's states are its waiter's, and IDLE before it begins. The monitor's transitions to
 * STALLED are in lt_states.h.
 *
 *   state      event                       new state  action
 *   IDLE       begin, refused              LEFT       the reason
 *   IDLE       begin, table shut down      LEFT       LT_CLOSED; but for LT_UNREFUSED
 *   IDLE       begin, key free             CLAIMED
 *   IDLE       begin, expired              LEFT       LT_TIMED_OUT
 *   IDLE       begin, no timer             LEFT       LT_NO_MEMORY, LT_NO_THREAD
 *   IDLE       begin, queue full           LEFT       LT_TOO_MANY; but for LT_UNREFUSED
 *   IDLE       begin, table full           LEFT       LT_TABLE_FULL; but for LT_UNREFUSED
 *   IDLE       begin, with a flight        QUEUED     the flight begins: lt_flight.h. But for the
 *                                                     full ones, the rows above come first
 *   IDLE       begin, otherwise            QUEUED     the continuation is kept
 *   IDLE       refuse, expire              IDLE       noted, for begin to find; shutting down
 *                                                     the table notes nothing here
 *   QUEUED     release grants              GRANTED    leaves the queue; resume
 *   QUEUED     release signals             SIGNALLED  stays in place; resume
 *   QUEUED     refuse                      LEFT       leaves the queue; resume
 *   QUEUED,    its flight lands            LEFT       leaves the queue, LT_LANDED; resume if it
 *   STALLED                                           was QUEUED
 *   QUEUED     expire                      LEFT       the same; GRANTED, resume if the key is free
 *   SIGNALLED  granted, with other readers GRANTED    leaves the queue; it is resumed already
 *   SIGNALLED  refuse, expire              LEFT       leaves the queue; it is resumed already
 *   SIGNALLED  poll or begin, key free     CLAIMED
 *   SIGNALLED  poll, otherwise             SIGNALLED  the caller must begin again
 *   SIGNALLED  begin, otherwise            QUEUED     the continuation is kept
 *   STALLED    as SIGNALLED
 *   GRANTED    poll, begin, end            CLAIMED    the hold counts
 *   GRANTED    refuse, expire              LEFT       its hold ends, and its turn is passed on
 *   CLAIMED    refuse, expire              CLAIMED    too late
 *   LEFT       refuse, expire              LEFT       too late
 *
 * A TURN is a suspension that joins the queue before its owner comes to wait (lt_turn.c). It is
 * starving from the start, and nobody takes its grant back but its owner and its deadline: so turns
 * get the key in the order in which they joined. It passes no waiter that is in line, not even one
 * that is SIGNALLED while the key is free. While it is UNAWAITED it has no continuation, and all of
 * the above happens to it but the waking. The thread that changes its state decides under the lock
 * whether there is a continuation to resume: after unlocking, the owner may end the turn.
 *
 *   IDLE       enqueue, shut down or late  LEFT       LT_CLOSED, LT_TIMED_OUT
 *   IDLE       enqueue, key free, and no   GRANTED    nobody is resumed
 *              waiter in line
 *   IDLE       enqueue, no timer, full     LEFT       as in begin
 *   IDLE       enqueue, otherwise          QUEUED     no continuation: UNAWAITED
 *   QUEUED     await                       QUEUED     the continuation is kept
 *   GRANTED    await                       CLAIMED    no resumption follows
 *   LEFT       await                       LEFT       no resumption follows
 *   QUEUED,    expire                      LEFT       never GRANTED, unless it is awaited and the
 *   GRANTED                                           oldest
 *   CLAIMED    end                         CLAIMED    the hold is the caller's: nothing of the
 *                                                     entry is touched any more
 *   LEFT       end                         LEFT       refs - 1, the same
 *   any        drop                        (freed)    a QUEUED or GRANTED one as if refused with
 *                                                     LT_CANCELLED; refs - 1 unless it was ended
 *
 * Cancelling is refusing with LT_CANCELLED. lt_table_shut_down() refuses all in the queue but those
 * with LT_UNREFUSED, and lt_fail_waiter() one of them; they leave one that is GRANTED alone.
 *
 * So a suspension that was resumed and does not run, as its executor is busy, leaves at once when
 * it is refused or late. Leaving the queue settles the entry (lt_states.h). Every change is made
 * under the stripe's lock, so exactly one of a claim, a refusal and an expiry wins.
 * Continuations are resumed after unlocking: resuming takes locks of the Swift runtime, and the
 * runtime holds these locks, too, when it calls cancel. The core does not touch a suspension after
 * resuming it, as the resumed task may end it.
 */
#ifndef LT_SUSPEND_H
#define LT_SUSPEND_H

#include "lt_deadlines.h"
#include "lt_states.h"

struct lt_suspension {
	struct lt_waiter waiter;	/* First. It has a ref of its entry until end. */
	uint64_t hash;			/* A copy, as another core has the entry's line. */
	struct lt_deadline deadline;	/* The timer has it once is_timed is set. */
	struct lt_stripe *stripe;	/* Of the entry, which a turn may outlive. */
	void *block;			/* The memory to free; NULL: it is the caller's. */
	bool is_timed;
	bool is_ended;			/* A turn: it needs its entry no more. */
	lt_status_t refused;		/* Why, or LT_OK. For lateness: waiter.is_late. */
	struct lt_flight *flight;	/* That its owner is to begin; or NULL. */
};

/*
 * Expires a suspension whose deadline has passed. True: the caller must resume it (lt_wake()) after
 * the deferred work. False: the suspension may be gone by then. Takes the stripe's lock.
 */
bool lt_suspension_expire(struct lt_suspension *, struct lt_deferred *);

static inline struct lt_suspension *
lt_suspension_of(struct lt_deadline *deadline)
{

	return (struct lt_suspension *)
	    ((char *)deadline - offsetof(struct lt_suspension, deadline));
}

#endif /* LT_SUSPEND_H */
