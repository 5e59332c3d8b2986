/*
 * Suspensions: acquisitions by callers that must not block, such as tasks. Their
 * waiter is the same as a thread's, in the same queue; what differs is how it is
 * sent for (a continuation is resumed) and that it lives in memory of its own.
 *
 * A suspension's states are its waiter's, with one before and one after:
 *
 *   state      event                       new state  action
 *   IDLE       begin, cancelled            LEFT       LT_CANCELLED
 *   IDLE       begin, key free             GRANTED
 *   IDLE       begin, expired              LEFT       LT_TIMED_OUT
 *   IDLE       begin, queue full           LEFT       LT_TOO_MANY
 *   IDLE       begin, otherwise            QUEUED     the continuation is kept
 *   IDLE       cancel, expire              IDLE       noted, for begin to find
 *   QUEUED     release grants              GRANTED    leaves the queue; resume
 *   QUEUED     release signals             SIGNALLED  stays in place; resume
 *   QUEUED     cancel, expire              LEFT       leaves the queue; resume
 *   SIGNALLED  granted, with other readers GRANTED    leaves the queue; it is resumed already
 *   SIGNALLED  cancel, expire              SIGNALLED  noted, for begin to find
 *   SIGNALLED  come or begin, key free     GRANTED    cancelled, expired or not
 *   SIGNALLED  come, otherwise             SIGNALLED  it is to begin
 *   SIGNALLED  begin, noted                LEFT       LT_CANCELLED, LT_TIMED_OUT. The holder's
 *                                                     release signals the next in line
 *   SIGNALLED  begin, otherwise            QUEUED     the continuation is kept
 *   GRANTED    cancel, expire              GRANTED    too late
 *   LEFT       cancel, expire              LEFT       too late
 *
 * Leaving the queue settles the entry (lt_states.h). Every change is made under the
 * stripe lock, so exactly one of a grant, a cancellation and an expiry wins. Continuations are resumed after unlocking:
 * to resume one takes locks of the Swift runtime, which it also holds around a
 * call of cancel. Nothing of the suspension is touched after that, since what
 * is resumed may end it.
 */
#ifndef LT_SUSPEND_H
#define LT_SUSPEND_H

#include "lt_core.h"

struct lt_suspension {
	struct lt_waiter waiter;	/* First: found through it. */
	struct lt_entry *entry;		/* Counted, from create to end. */
	uint64_t hash;			/* The entry's, whose line is in another's cache by the end. */
	uint64_t deadline;
	void *block;			/* To free; NULL: the memory is the caller's. */
	size_t timer_slot;		/* In the timer's heap; the timer's. */
	lt_status_t reason;		/* Why it has left. */
	bool is_timed;
	bool is_cancelled;
	bool is_expired;
};

/* --- lt_timer.c ------------------------------------------------------------- */

#define LT_NO_SLOT	SIZE_MAX

/* From now on lt_suspension_expire() may be called, until removed. False: no memory. */
bool lt_timer_add(struct lt_suspension *);
/* When it returns, lt_suspension_expire() is not being called, and won't be. */
void lt_timer_remove(struct lt_suspension *);

/*
 * The deadline has come. Returns what the caller has to resume, or NULL, once it has
 * sent (lt_send) for those who were let in by that; both with no lock held.
 */
void *lt_suspension_expire(struct lt_suspension *, struct lt_leftovers *);

#endif /* LT_SUSPEND_H */
