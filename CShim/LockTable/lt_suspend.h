/*
 * Suspensions: acquisitions by callers that must not block, such as tasks. Their
 * waiter is the same as a thread's, in the same queue; what differs is how it is
 * sent for (a continuation is resumed) and that it lives in memory of its own.
 *
 * A suspension's states are its waiter's, with one before and one after:
 *
 *   state      event                       new state  action
 *   IDLE       begin, cancelled            LEFT       LT_CANCELLED
 *   IDLE       begin, key free             CLAIMED
 *   IDLE       begin, expired              LEFT       LT_TIMED_OUT
 *   IDLE       begin, queue full           LEFT       LT_TOO_MANY; but for LT_UNREFUSED
 *   IDLE       begin, otherwise            QUEUED     the continuation is kept
 *   IDLE       cancel, expire              IDLE       noted, for begin to find
 *   QUEUED     release grants              GRANTED    leaves the queue; resume
 *   QUEUED     release signals             SIGNALLED  stays in place; resume
 *   QUEUED     cancel                      LEFT       leaves the queue; resume
 *   QUEUED     expire                      LEFT       the same; GRANTED and resume if the key is free
 *   SIGNALLED  granted, with other readers GRANTED    leaves the queue; it is resumed already
 *   SIGNALLED  cancel, expire              LEFT       leaves the queue; it is resumed already
 *   SIGNALLED  come or begin, key free     CLAIMED
 *   SIGNALLED  come, otherwise             SIGNALLED  it is to begin
 *   SIGNALLED  begin, otherwise            QUEUED     the continuation is kept
 *   STALLED    as SIGNALLED
 *   GRANTED    come, begin, end            CLAIMED    the hold counts
 *   GRANTED    cancel, expire              LEFT       its hold ends, and its turn is passed on
 *   CLAIMED    cancel, expire              CLAIMED    too late
 *   LEFT       cancel, expire              LEFT       too late
 *
 * So a suspension that was resumed and does not run, as its executor stands still, leaves at
 * once when it is cancelled or late. Leaving the queue settles the entry (lt_states.h). Every change is made under the
 * stripe lock, so exactly one of a claim, a cancellation and an expiry wins. Continuations are resumed after unlocking:
 * to resume one takes locks of the Swift runtime, which it also holds around a
 * call of cancel. Nothing of the suspension is touched after that, since what
 * is resumed may end it.
 */
#ifndef LT_SUSPEND_H
#define LT_SUSPEND_H

#include "lt_deadlines.h"
#include "lt_states.h"

struct lt_suspension {
	struct lt_waiter waiter;	/* First: found through it. Its entry is counted, from create to end. */
	uint64_t hash;			/* The entry's, whose line is in another's cache by the end. */
	struct lt_deadline deadline;	/* The timer's, once it is timed. */
	void *block;			/* To free; NULL: the memory is the caller's. */
	bool is_timed;
	bool is_cancelled;		/* That it is late is the waiter's to know. */
	bool joins_full_queues;
};

/*
 * The deadline has come. True: it has to be resumed (lt_wake()) when what is left over is done;
 * otherwise it may be gone by then. Unlocked.
 */
bool lt_suspension_expire(struct lt_suspension *, struct lt_deferred *);

static inline struct lt_suspension *
lt_suspension_of(struct lt_deadline *deadline)
{

	return (struct lt_suspension *)((char *)deadline - offsetof(struct lt_suspension, deadline));
}

#endif /* LT_SUSPEND_H */
