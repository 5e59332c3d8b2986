/*
 * Suspensions: waiting without a thread. The table of states is in lt_suspend.h.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_flight.h"
#include "lt_suspend.h"
#include "lt_table.h"
#include "lt_timer.h"
#include "lt_times.h"
#include "lt_waiter.h"

/* Gives it cache lines of its own, so that a hand-off moves no other data between cores. */
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

size_t
lt_suspension_least_size(void)
{

	return sizeof(struct lt_suspension);
}

lt_suspension_t *
lt_suspension_create_in(void *memory, lt_hold_t pin, uint64_t deadline, lt_resume_t resume)
{

	return lt_suspension_create_at(place_in(memory), pin, deadline, resume);
}

lt_suspension_t *
lt_suspension_create_at(void *memory, lt_hold_t pin, uint64_t deadline, lt_resume_t resume)
{
	const uintptr_t place = (uintptr_t)pin.place;
	struct lt_entry *entry = (struct lt_entry *)(place & ~(uintptr_t)LT_SHARED_BIT);
	struct lt_suspension *suspension = memory;

	lt_require_place(entry);
	*suspension = (struct lt_suspension){ .hash = pin.tag,
		.deadline = { deadline, LT_NO_SLOT } };
	suspension->waiter.entry = entry;
	suspension->stripe = entry->stripe;
	if (deadline == LT_UNREFUSED || deadline == LT_REFUSABLE)
		suspension->deadline.time = LT_FOREVER;
	suspension->waiter.is_task = true;
	suspension->waiter.is_refusable = deadline != LT_UNREFUSED;
	suspension->waiter.permits = lt_has_permits(entry->stripe->table);
	suspension->waiter.is_shared = (place & LT_SHARED_BIT) != 0 || suspension->waiter.permits;
	suspension->waiter.resume = resume;
	suspension->waiter.record = lt_record_create(entry->stripe->table);
	suspension->waiter.most_waiters = LT_ANY_NUMBER;
	/* The hold does not begin before lt_suspension_begin(). */
	if (suspension->waiter.record != NULL)
		suspension->waiter.record->since = 0;
	suspension->waiter.counted = 1;
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

/* Ends a suspension that is in no queue yet. */
static void
give_up(struct lt_suspension *suspension, lt_status_t reason)
{

	lt_stripe_note_failure(suspension->waiter.entry->stripe, reason);
	suspension->waiter.reason = reason;
	lt_store_relaxed(&suspension->waiter.state, LT_LEFT);
}

/* Returns why it may not even take a free key, or LT_OK. Needs the stripe's lock. */
static lt_status_t
reason_to_give_up(const struct lt_suspension *suspension)
{
	const struct lt_waiter *waiter = &suspension->waiter;

	if (suspension->refused != LT_OK)
		return suspension->refused;
	return waiter->is_refusable && lt_is_shut_down(waiter->entry->stripe->table) ?
	    LT_CLOSED : LT_OK;
}

static void
begin_idle(struct lt_suspension *suspension, uint64_t now, struct lt_deferred *deferred)
{
	struct lt_waiter *waiter = &suspension->waiter;
	struct lt_entry *entry = waiter->entry;
	lt_status_t reason = reason_to_give_up(suspension);

	lt_count(&entry->stripe->contended, &entry->stripe->contended_carry);
	if (reason != LT_OK) {
		give_up(suspension, reason);
	} else if (lt_entry_is_open_to(entry, waiter)) {
		lt_entry_take_for(entry, waiter, deferred);
		lt_store_relaxed(&waiter->state, LT_CLAIMED);
	} else if (lt_waiter_exceeds(waiter)) {
		give_up(suspension, LT_EXCEEDS);
	} else if (waiter->is_late || suspension->deadline.time == LT_NO_WAIT) {
		give_up(suspension, LT_TIMED_OUT);
	} else if (suspension->flight != NULL) {
		waiter->since = now;
		lt_flight_begin(suspension->flight, deferred);
		lt_waiter_join(entry, waiter);
	} else if ((reason = lt_entry_refuses(entry, waiter)) != LT_OK) {
		give_up(suspension, reason);
	} else {
		waiter->since = now;
		lt_waiter_join(entry, waiter);
		/* For this call: after unlocking, the suspension and its hold may end. */
		if (waiter->behind_fast)
			entry->stripe->pins++;
		if (lt_has_flights(entry->stripe->table))
			lt_flight_gets_waiter(entry, waiter, deferred);
	}
}

/* Says what a state means for the suspension's owner. A grant is no hold until it is claimed. */
static lt_status_t
status_in(const struct lt_suspension *suspension, uint32_t state)
{

	if (state == LT_CLAIMED)
		return LT_OK;
	if (state != LT_LEFT)
		return LT_SUSPENDED;
	if (suspension->waiter.reason == LT_LANDED)
		lt_tsan_acquire(suspension->waiter.flight);
	return suspension->waiter.reason;
}

/* Claims the key if it was granted. Needs the stripe's lock. `now`: 0 if the clock was not read. */
static lt_status_t
claim_locked(struct lt_suspension *suspension, uint64_t now)
{
	struct lt_waiter *waiter = &suspension->waiter;

	if (waiter->state == LT_GRANTED)
		lt_waiter_claim(waiter->entry, waiter);
	if (waiter->state == LT_CLAIMED) {
		if (waiter->since != 0 && !waiter->is_counted)
			lt_waiter_count_wait(waiter, now != 0 ? now : lt_now_ns());
		lt_entry_acquired(waiter->entry, waiter->is_shared);
	}
	return status_in(suspension, waiter->state);
}

static lt_status_t
claim(struct lt_suspension *suspension)
{
	struct lt_stripe *stripe = suspension->stripe;
	/* Loaded once: the key may be granted and taken back between two loads. Pairs with (E). */
	const uint32_t state = lt_load_acquire(&suspension->waiter.state);
	lt_status_t status;
	uint64_t now;

	if (state != LT_GRANTED)
		return status_in(suspension, state);
	/* Another core had the lines last. They come while this one reads the clock. */
	lt_prefetch_to_write(stripe);
	lt_stripe_prefetch_waits(stripe);
	now = lt_now_ns();
	lt_stripe_lock(stripe);
	status = claim_locked(suspension, now);
	lt_stripe_unlock(stripe);
	return status;
}

/*
 * Does it need the timer, as it must wait? The caller adds the deadline with the stripe unlocked:
 * the timer's mutex is never taken under a stripe's lock.
 */
static bool
has_to_be_timed(const struct lt_suspension *suspension)
{
	const struct lt_waiter *waiter = &suspension->waiter;

	return waiter->state == LT_IDLE && suspension->deadline.time != LT_FOREVER &&
	    suspension->deadline.time != LT_NO_WAIT && !suspension->is_timed &&
	    reason_to_give_up(suspension) == LT_OK && !waiter->is_late &&
	    !lt_waiter_exceeds(waiter) && !lt_entry_is_open_to(waiter->entry, waiter);
}

/* Does begin()'s work under the stripe's lock. True: it has joined behind a fast hold. */
static bool
begin_locked(struct lt_suspension *suspension, uint64_t now, struct lt_deferred *deferred)
{
	struct lt_waiter *waiter = &suspension->waiter;

	switch (lt_load_relaxed(&waiter->state)) {
	case LT_IDLE:
		begin_idle(suspension, now, deferred);
		return waiter->behind_fast;
	case LT_SIGNALLED:
	case LT_STALLED:
		(void)lt_waiter_competes(waiter->entry, waiter, now, deferred);
		return false;
	default:
		return false;
	}
}

/* Call it unlocked, with a pin of the stripe, which it drops. */
static LT_COLD void
tell_of_wait(struct lt_stripe *stripe)
{
	struct lt_deferred deferred = { 0 };

	stripe->table->wait_began(stripe->table->wait_began_context);
	lt_stripe_lock(stripe);
	lt_stripe_unpin(stripe, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

lt_status_t
lt_suspension_begin(lt_suspension_t *suspension, void *continuation)
{
	struct lt_waiter *waiter = &suspension->waiter;
	struct lt_entry *entry = waiter->entry;
	struct lt_stripe *stripe = entry->stripe;
	struct lt_deferred deferred = { 0 };
	bool behind_fast, may_fence, tells = false;
	lt_status_t status;
	uint64_t now;

	lt_tsan_release(suspension);
	lt_prefetch_to_write(stripe);
	now = lt_now_ns();
	lt_stripe_lock(stripe);
	/*
	 * It was made of a hold, which goes on: the flight's, or the caller's if none begins. So it
	 * gets a reference of its own first, whatever comes of it.
	 */
	if (suspension->flight != NULL && lt_load_relaxed(&waiter->state) == LT_IDLE)
		lt_entry_ref(entry);
	if (has_to_be_timed(suspension)) {
		lt_stripe_unlock(stripe);
		status = lt_timer_add(&suspension->deadline);
		lt_stripe_lock(stripe);
		suspension->is_timed = status == LT_OK;
		if (!suspension->is_timed)
			give_up(suspension, status);
	}
	/* Stored before the state is QUEUED: the next change of the state resumes it. */
	waiter->continuation = continuation;
	behind_fast = begin_locked(suspension, now, &deferred);
	may_fence = waiter->may_fence;
	status = claim_locked(suspension, 0);
	if (status == LT_SUSPENDED) {
		lt_count(&stripe->parks, &stripe->parks_carry);
		tells = lt_table_takes_wait(stripe->table);
		stripe->pins += tells;
	}
	lt_stripe_unlock_and_finish(stripe, &deferred);
	if (tells)
		tell_of_wait(stripe);
	if (behind_fast)
		(void)lt_entry_fence_fast_release(entry, may_fence, true);
	if (status == LT_SUSPENDED)
		lt_note_join();
	return status;
}

/* Takes the key for a woken one if the entry admits it. If not, only begin() queues it again. */
static LT_COLD lt_status_t
poll_woken(struct lt_suspension *suspension)
{
	struct lt_deferred deferred = { 0 };
	struct lt_waiter *waiter = &suspension->waiter;
	struct lt_entry *entry = waiter->entry;
	lt_status_t status;

	lt_stripe_lock(entry->stripe);
	if ((waiter->state == LT_SIGNALLED || waiter->state == LT_STALLED) &&
	    lt_entry_admits_waiter(entry, waiter))
		(void)lt_waiter_competes(entry, waiter, 0, &deferred);
	status = claim_locked(suspension, 0);
	lt_stripe_unlock_and_finish(entry->stripe, &deferred);
	return status;
}

lt_status_t
lt_suspension_poll(lt_suspension_t *suspension)
{
	const lt_status_t status = claim(suspension);

	return status == LT_SUSPENDED ? poll_woken(suspension) : status;
}

/* The entry of a turn that was claimed may be gone. It is not touched then. */
static bool
remove_for(struct lt_suspension *suspension, lt_status_t reason, struct lt_deferred *deferred)
{
	struct lt_entry *entry = suspension->waiter.entry;
	bool is_to_resume;

	lt_stripe_lock(suspension->stripe);
	if (suspension->refused == LT_OK)
		suspension->refused = reason;
	is_to_resume = lt_waiter_remove(entry, &suspension->waiter, reason, deferred);
	lt_stripe_unlock(suspension->stripe);
	return is_to_resume;
}

void
lt_suspension_refuse(lt_suspension_t *suspension, lt_status_t reason)
{
	struct lt_deferred deferred = { 0 };
	const bool is_to_resume = reason == LT_TIMED_OUT ?
	    lt_suspension_expire(suspension, &deferred) :
	    remove_for(suspension, reason, &deferred);

	lt_finish_unlocked(&deferred);
	if (is_to_resume)
		lt_wake(&suspension->waiter, false);
}

void
lt_suspension_cancel(lt_suspension_t *suspension)
{

	lt_suspension_refuse(suspension, LT_CANCELLED);
}

bool
lt_suspension_expire(struct lt_suspension *suspension, struct lt_deferred *deferred)
{
	struct lt_entry *entry = suspension->waiter.entry;
	bool is_to_resume;

	lt_stripe_lock(suspension->stripe);
	suspension->waiter.is_late = true;
	is_to_resume = lt_waiter_expire(entry, &suspension->waiter, deferred);
	lt_stripe_unlock(suspension->stripe);
	return is_to_resume;
}

lt_hold_t
lt_suspension_end(lt_suspension_t *suspension)
{
	struct lt_deferred deferred = { 0 };
	struct lt_waiter *waiter = &suspension->waiter;
	struct lt_entry *entry = waiter->entry;
	lt_status_t status = claim(suspension);
	lt_hold_t hold = { NULL, status };

	if (status == LT_SUSPENDED)
		lt_trap("a suspension was ended before it was over");
	if (suspension->is_timed)
		lt_timer_remove(&suspension->deadline);
	if (status == LT_OK) {
		hold.place = entry;
		hold.tag = lt_tag(suspension->hash, waiter->record);
	} else {
		struct lt_stripe *stripe = entry->stripe;

		lt_stripe_lock(stripe);
		if (status == LT_LANDED)
			lt_flight_drop(waiter->flight, &deferred);
		lt_entry_unref(entry, &deferred);
		deferred.record = lt_stripe_keep_record(stripe, waiter->record);
		lt_stripe_unlock_and_finish(stripe, &deferred);
	}
	if (suspension->block != NULL)
		lt_deallocate(suspension->block, lt_suspension_size());
	return hold;
}

LT_END

#endif /* LT_SUPPORTED */
