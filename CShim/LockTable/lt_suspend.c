/*
 * Suspensions: waiting without a thread. The table of states is in lt_suspend.h.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"
#include "lt_suspend.h"

/* Cache lines of its own: who hands over takes nothing else with it. */
static struct lt_suspension *
place_in(void *memory)
{

	return (struct lt_suspension *)
	    (((uintptr_t)memory + LT_CACHE_LINE - 1) & ~(uintptr_t)(LT_CACHE_LINE - 1));
}

size_t
lt_suspension_size(void)
{

	return sizeof(struct lt_suspension) + LT_CACHE_LINE - _Alignof(max_align_t);
}

lt_suspension_t *
lt_suspension_create_in(void *memory, lt_hold_t pin, uint64_t deadline, lt_resume_t resume)
{
	const uintptr_t place = (uintptr_t)pin.place;
	struct lt_entry *entry = (struct lt_entry *)(place & ~(uintptr_t)LT_SHARED_BIT);
	struct lt_suspension *suspension = place_in(memory);

	lt_require_place(entry);
	*suspension = (struct lt_suspension){ .entry = entry, .hash = pin.tag, .deadline = deadline,
		.timer_slot = LT_NO_SLOT };
	suspension->waiter.is_task = true;
	suspension->waiter.is_shared = (place & LT_SHARED_BIT) != 0;
	suspension->waiter.resume = resume;
	suspension->waiter.record = lt_record_create(entry->stripe->table);
	return suspension;
}

lt_suspension_t *
lt_suspension_create(lt_hold_t pin, uint64_t deadline, lt_resume_t resume)
{
	struct lt_suspension *suspension;
	void *block;

	lt_require_place((void *)((uintptr_t)pin.place & ~(uintptr_t)LT_SHARED_BIT));
	block = lt_allocate(lt_suspension_size());
	if (block == NULL)
		return NULL;
	suspension = lt_suspension_create_in(block, pin, deadline, resume);
	suspension->block = block;
	return suspension;
}

static bool
is_over(const struct lt_suspension *suspension)
{

	return suspension->is_cancelled || suspension->is_expired;
}

static lt_status_t
why(const struct lt_suspension *suspension)
{

	return suspension->is_cancelled ? LT_CANCELLED : LT_TIMED_OUT;
}

static void
give_up(struct lt_suspension *suspension, lt_status_t reason)
{

	lt_stripe_note_failure(suspension->entry->stripe, reason);
	suspension->reason = reason;
	/*
	 * (E) Last: the owner learns the reason without the lock. Acquired by outcome();
	 * for who waits to be resumed first, resuming orders the two as well.
	 */
	lt_store_release(&suspension->waiter.state, LT_LEFT);
}

static void
begin_idle(struct lt_suspension *suspension, uint64_t now, struct lt_leftovers *leftovers)
{
	struct lt_entry *entry = suspension->entry;
	struct lt_waiter *waiter = &suspension->waiter;

	lt_count(&entry->stripe->contended, &entry->stripe->contended_carry);
	if (suspension->is_cancelled) {
		give_up(suspension, LT_CANCELLED);
	} else if (lt_entry_is_open(entry, waiter->is_shared)) {
		lt_entry_take(entry, waiter->is_shared, waiter->record, leftovers);
		lt_store_relaxed(&waiter->state, LT_GRANTED);
	} else if (suspension->is_expired || suspension->deadline == LT_NO_WAIT) {
		give_up(suspension, LT_TIMED_OUT);
	} else if (lt_entry_is_crowded(entry)) {
		give_up(suspension, LT_TOO_MANY);
	} else {
		waiter->since = now;
		lt_waiter_join(entry, waiter);
		/* For this call: once the lock is let go, the suspension may end, and its hold. */
		if (waiter->behind_thin)
			entry->stripe->pins++;
	}
}

static lt_status_t
outcome(const struct lt_suspension *suspension)
{

	/* Pairs with (D) in lt_queue.c and with (E). */
	switch (lt_load_acquire(&suspension->waiter.state)) {
	case LT_GRANTED:
		lt_entry_acquired(suspension->entry, suspension->waiter.is_shared);
		return LT_OK;
	case LT_LEFT:
		return suspension->reason;
	default:
		return LT_SUSPENDED;
	}
}

/* Only who has to wait needs the timer, which is set up unlocked: its mutex comes first. */
static bool
has_to_be_timed(const struct lt_suspension *suspension)
{

	return suspension->waiter.state == LT_IDLE && suspension->deadline != LT_FOREVER &&
	    suspension->deadline != LT_NO_WAIT && !suspension->is_timed && !is_over(suspension) &&
	    !lt_entry_is_open(suspension->entry, suspension->waiter.is_shared);
}

/* In strict arrival order, when one joined the queue decides nothing: it is told to who asks. */
static uint64_t
time_of_joining(const struct lt_table *table)
{

	return table->fairness == LT_ADAPTIVE || table->diagnostics ? lt_now_ns() : lt_coarse_now_ns();
}

lt_status_t
lt_suspension_begin(lt_suspension_t *suspension, void *continuation)
{
	struct lt_waiter *waiter = &suspension->waiter;
	struct lt_entry *entry = suspension->entry;
	struct lt_stripe *stripe = entry->stripe;
	struct lt_leftovers leftovers = { 0 };
	uint64_t now = time_of_joining(stripe->table);
	bool behind_thin = false;
	lt_status_t status;

	lt_tsan_release(suspension);
	lt_stripe_lock(stripe);
	if (has_to_be_timed(suspension)) {
		lt_stripe_unlock(stripe);
		suspension->is_timed = lt_timer_add(suspension);
		lt_stripe_lock(stripe);
		if (!suspension->is_timed)
			give_up(suspension, LT_NO_MEMORY);
	}
	/* Kept before the state says so: whoever changes the state next resumes it. */
	waiter->continuation = continuation;
	if (waiter->state == LT_IDLE) {
		begin_idle(suspension, now, &leftovers);
		behind_thin = waiter->behind_thin;
	} else if (waiter->state == LT_SIGNALLED) {
		suspension->reason = why(suspension);
		(void)lt_waiter_competes(suspension->entry, waiter, !is_over(suspension), now, &leftovers);
		if (waiter->state == LT_LEFT)
			lt_stripe_note_failure(stripe, suspension->reason);
	}
	status = outcome(suspension);
	if (status == LT_SUSPENDED)
		lt_count(&stripe->parks, &stripe->parks_carry);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	if (behind_thin)
		lt_entry_outlast_thin(entry, true);
	return status;
}

lt_status_t
lt_suspension_outcome(const lt_suspension_t *suspension)
{

	return outcome(suspension);
}

/* A signalled one, if it is let in now. If not, it has not come: begin() is where it does. */
static LT_COLD lt_status_t
come_signalled(struct lt_suspension *suspension)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry = suspension->entry;
	struct lt_waiter *waiter = &suspension->waiter;
	lt_status_t status;

	lt_stripe_lock(entry->stripe);
	if (waiter->state == LT_SIGNALLED && lt_entry_admits(entry, waiter->is_shared))
		(void)lt_waiter_competes(entry, waiter, true, 0, &leftovers);
	status = outcome(suspension);
	lt_stripe_unlock_and_finish(entry->stripe, &leftovers);
	return status;
}

lt_status_t
lt_suspension_come(lt_suspension_t *suspension)
{
	const lt_status_t status = outcome(suspension);

	return status == LT_SUSPENDED ? come_signalled(suspension) : status;
}

/*
 * Notes the reason, and takes the suspension out if it is queued. Returns what to
 * resume: until that is done, the suspension and its count of the entry stay. What
 * is left over are those to send for, and nothing else.
 */
static void *
take_out(struct lt_suspension *suspension, bool *reason, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = suspension->entry->stripe;
	void *continuation = NULL;

	lt_stripe_lock(stripe);
	*reason = true;
	if (suspension->waiter.state == LT_QUEUED) {
		lt_waiter_leave(suspension->entry, &suspension->waiter);
		give_up(suspension, why(suspension));
		lt_entry_settle(suspension->entry, leftovers);
		continuation = suspension->waiter.continuation;
	}
	lt_stripe_unlock(stripe);
	return continuation;
}

void
lt_suspension_cancel(lt_suspension_t *suspension)
{
	lt_resume_t resume = suspension->waiter.resume;
	struct lt_leftovers leftovers = { 0 };
	void *continuation = take_out(suspension, &suspension->is_cancelled, &leftovers);

	lt_send(leftovers.woken, leftovers.more);
	if (continuation != NULL) {
		lt_tsan_acquire(suspension);
		resume(continuation);
	}
}

void *
lt_suspension_expire(struct lt_suspension *suspension, struct lt_leftovers *leftovers)
{

	return take_out(suspension, &suspension->is_expired, leftovers);
}

void
lt_suspension_resume(struct lt_suspension *suspension)
{

	lt_tsan_acquire(suspension);
	suspension->waiter.resume(suspension->waiter.continuation);
}

lt_hold_t
lt_suspension_end(lt_suspension_t *suspension)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry = suspension->entry;
	lt_status_t status = outcome(suspension);
	lt_hold_t hold = { NULL, status };

	if (status == LT_SUSPENDED)
		lt_trap("a suspension was ended before it was over");
	if (suspension->is_timed)
		lt_timer_remove(suspension);
	if (status == LT_OK) {
		hold.place = entry;
		hold.tag = lt_tag(suspension->hash, suspension->waiter.record);
	} else {
		struct lt_stripe *stripe = entry->stripe;

		leftovers.record = suspension->waiter.record;
		lt_stripe_lock(stripe);
		lt_entry_unref(entry, &leftovers);
		lt_stripe_unlock_and_finish(stripe, &leftovers);
	}
	if (suspension->block != NULL)
		lt_deallocate(suspension->block, lt_suspension_size());
	return hold;
}

LT_END
