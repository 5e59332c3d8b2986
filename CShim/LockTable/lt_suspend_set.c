/*
 * What a suspension is told before it begins, what it tells when it is over, and what it has to do
 * with flights.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_flight.h"
#include "lt_report.h"
#include "lt_suspend.h"

void
lt_suspension_set_part(lt_suspension_t *suspension, size_t index, size_t count)
{

	suspension->waiter.counted = lt_counted_with(index, count);
}

void
lt_suspension_set_limit(lt_suspension_t *suspension, uint32_t most_waiters)
{

	suspension->waiter.most_waiters = most_waiters;
}

void
lt_suspension_set_thread(lt_suspension_t *suspension)
{

	suspension->waiter.is_of_thread = true;
	suspension->waiter.is_timed = true;
}

void
lt_suspension_set_flight(lt_suspension_t *suspension, lt_flight_t *flight)
{

	if (suspension->waiter.entry != flight->entry)
		lt_trap("a suspension of one key was to begin the flight of another one");
	suspension->flight = flight;
}

/* Its state was read before, with (E). */
void *
lt_suspension_flight(const lt_suspension_t *suspension)
{

	if (lt_load_relaxed(&suspension->waiter.state) != LT_LEFT ||
	    suspension->waiter.reason != LT_LANDED)
		lt_trap("a suspension was asked for its flight, and no flight has landed");
	return suspension->waiter.flight->object;
}

void
lt_suspension_set_urgency(lt_suspension_t *suspension, uint8_t urgency)
{

	suspension->waiter.urgency = urgency;
}

/* Is it in the queue? A task that was granted its key is not. */
static bool
is_queued(const struct lt_waiter *waiter)
{
	const uint32_t state = lt_load_relaxed(&waiter->state);

	return state == LT_QUEUED || state == LT_STALLED;
}

void
lt_suspension_raise(lt_suspension_t *suspension, uint8_t urgency)
{
	struct lt_waiter *waiter = &suspension->waiter;
	struct lt_entry *entry = waiter->entry;
	struct lt_stripe *stripe = entry->stripe;
	struct lt_deferred deferred = { 0 };

	lt_stripe_lock(stripe);
	if (urgency > waiter->urgency) {
		waiter->urgency = urgency;
		if (is_queued(waiter))
			lt_flight_notes_urgency(entry, urgency, &deferred);
	}
	lt_stripe_unlock(stripe);
	/* The suspension may be gone, and the table with it. */
	lt_finish_unlocked(&deferred);
}

void
lt_suspension_note_sleep(lt_suspension_t *suspension)
{

	lt_entry_note_sleep(suspension->waiter.entry, &suspension->waiter);
}

/* The waiter is the owner's again: it has left the queue. */
uint64_t
lt_suspension_joined(const lt_suspension_t *suspension)
{

	return suspension->waiter.since;
}

LT_END

#endif /* LT_SUPPORTED */
