#include "peek_suspensions.h"

#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_deferred.h"
#include "../../CShim/LockTable/lt_monitor.h"
#include "../../CShim/LockTable/lt_suspend.h"

void
peek_expire(lt_suspension_t *suspension)
{
	struct lt_deferred deferred = { 0 };
	const bool is_to_resume = lt_suspension_expire(suspension, &deferred);

	lt_finish_unlocked(&deferred);
	if (is_to_resume)
		lt_wake(&suspension->waiter, false);
}

void
peek_sweep_stripe(struct lt_stripe *stripe)
{
	bool goes_on = true;

	for (bool first = true; goes_on; first = false) {
		struct lt_deferred deferred = { 0 };

		lt_stripe_lock(stripe);
		goes_on = lt_monitor_sweep(stripe, first, &deferred);
		lt_stripe_unlock(stripe);
		lt_finish_unlocked(&deferred);
	}
}

void
peek_age(lt_suspension_t *suspension, uint64_t nanoseconds)
{

	suspension->waiter.since -= nanoseconds;
}

lt_status_t
peek_outcome(const lt_suspension_t *suspension)
{

	switch (lt_load_acquire(&suspension->waiter.state)) {
	case LT_GRANTED:
	case LT_CLAIMED:
		return LT_OK;
	case LT_LEFT:
		return suspension->waiter.reason;
	default:
		return LT_SUSPENDED;
	}
}

uint64_t
peek_since(lt_suspension_t *suspension)
{

	return suspension->waiter.since;
}

uint64_t
peek_starving(lt_suspension_t *suspension)
{

	return suspension->waiter.starving;
}

bool
peek_is_timed(lt_suspension_t *suspension)
{

	return suspension->is_timed;
}

LT_END
