/*
 * Turns: places in line that are taken before somebody waits. The table of states is in
 * lt_suspend.h.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_flight.h"
#include "lt_suspend.h"
#include "lt_table.h"
#include "lt_timer.h"
#include "lt_waiter.h"

/* Ends a turn that is in no queue. */
static void
refuse(struct lt_waiter *turn, lt_status_t reason)
{

	lt_stripe_note_failure(turn->entry->stripe, reason);
	turn->reason = reason;
	lt_store_relaxed(&turn->state, LT_LEFT);
}

/* May a turn have the key at once? It does not pass a waiter that is in line. */
static bool
is_free(const struct lt_entry *entry, bool shared)
{

	return lt_entry_admits(entry, shared) &&
	    (entry->queue == NULL || lt_load_relaxed(&entry->queue->state) == LT_STALLED);
}

/* The hold counts once it is claimed, as that of a task that was granted its key. */
static void
take_unclaimed(struct lt_entry *entry, struct lt_waiter *turn)
{

	if (turn->record != NULL)
		turn->record->is_unclaimed = true;
	lt_entry_hold_uncounted(entry, turn->is_shared, turn->record);
	lt_store_relaxed(&turn->state, LT_GRANTED);
}

/* True: it has joined the queue. `status`: of its timer. */
static bool
enqueue_locked(struct lt_suspension *suspension, lt_status_t status, uint64_t now)
{
	struct lt_waiter *turn = &suspension->waiter;
	struct lt_entry *entry = turn->entry;

	if (suspension->refused != LT_OK) {
		refuse(turn, suspension->refused);
	} else if (turn->is_refusable && lt_is_shut_down(entry->stripe->table)) {
		refuse(turn, LT_CLOSED);
	} else if (status != LT_OK) {
		refuse(turn, status);
	} else if (turn->is_late || suspension->deadline.time == LT_NO_WAIT) {
		refuse(turn, LT_TIMED_OUT);
	} else if (is_free(entry, turn->is_shared)) {
		take_unclaimed(entry, turn);
	} else {
		lt_count(&entry->stripe->contended, &entry->stripe->contended_carry);
		status = turn->is_refusable ? lt_entry_refuses(entry, turn) : LT_OK;
		if (status == LT_OK) {
			turn->since = now;
			if (entry->stripe->table->fairness == LT_ADAPTIVE)
				turn->starving = now;
			lt_waiter_join(entry, turn);
			return true;
		}
		refuse(turn, status);
	}
	return false;
}

/* The caller goes on: it neither waits nor holds. */
static void
describe_nobody(struct lt_record *record)
{

	record->is_unawaited = true;
	record->who.id = 0;
	record->who.is_task = 1;
	record->who.name[0] = 0;
}

/* The caller is the turn's only owner, and its reference keeps the entry and the stripe. */
lt_status_t
lt_turn_enqueue(lt_suspension_t *suspension)
{
	struct lt_waiter *turn = &suspension->waiter;
	struct lt_stripe *stripe = suspension->stripe;
	const uint64_t now = lt_now_ns();
	bool has_joined, behind_fast, may_fence, tells;
	lt_status_t status = LT_OK;

	lt_require_locks(stripe->table);
	if (lt_has_flights(stripe->table))
		lt_trap("a turn was taken in a table that was made for flights");
	if (turn->record != NULL)
		describe_nobody(turn->record);
	/* Also before it takes a free key, which it may have until the deadline only. */
	if (suspension->deadline.time != LT_FOREVER && suspension->deadline.time != LT_NO_WAIT) {
		status = lt_timer_add(&suspension->deadline);
		suspension->is_timed = status == LT_OK;
	}
	lt_stripe_lock(stripe);
	turn->is_turn = turn->is_unawaited = true;
	has_joined = enqueue_locked(suspension, status, now);
	behind_fast = turn->behind_fast;
	may_fence = turn->may_fence;
	tells = has_joined && lt_table_takes_wait(stripe->table);
	status = turn->state == LT_LEFT ? turn->reason : LT_OK;
	lt_stripe_unlock(stripe);
	if (tells)
		stripe->table->wait_began(stripe->table->wait_began_context);
	if (behind_fast)
		(void)lt_entry_fence_fast_release(turn->entry, may_fence, false);
	if (has_joined)
		lt_note_join();
	return status;
}

/* From now on the caller is shown as the one that waits, or that has the key. */
static void
describe_owner(struct lt_record *record, const lt_acquirer_t *who)
{

	record->is_unawaited = false;
	record->who.id = who->id;
	record->who.is_task = who->is_task;
	(void)memcpy(record->who.name, who->name, sizeof record->who.name);
}

lt_status_t
lt_turn_await(lt_suspension_t *turn, void *continuation)
{
	struct lt_waiter *waiter = &turn->waiter;
	struct lt_stripe *stripe = turn->stripe;
	lt_acquirer_t who = { 0 };
	bool is_first, is_queued;

	if (waiter->record != NULL)
		lt_identify_caller(&who, stripe->table);
	lt_tsan_release(turn);
	lt_stripe_lock(stripe);
	is_first = waiter->is_unawaited;
	is_queued = is_first && lt_load_relaxed(&waiter->state) == LT_QUEUED;
	if (is_first && waiter->record != NULL)
		describe_owner(waiter->record, &who);
	if (is_queued) {
		/* The next change of the state resumes it. */
		waiter->continuation = continuation;
		lt_count(&stripe->parks, &stripe->parks_carry);
	}
	waiter->is_unawaited = false;
	lt_stripe_unlock(stripe);
	if (!is_first)
		lt_trap("a turn was awaited twice");
	return is_queued ? LT_SUSPENDED : lt_suspension_poll(turn);
}

bool
lt_turn_is_in_line(const lt_suspension_t *turn)
{

	return lt_load_relaxed(&turn->waiter.state) == LT_QUEUED;
}

/*
 * Gives the reference to the entry back. Passes on the key, or the place in line, of a turn that is
 * not over.
 */
static void
leave(struct lt_suspension *suspension)
{
	struct lt_deferred deferred = { 0 };
	struct lt_waiter *turn = &suspension->waiter;
	struct lt_stripe *stripe = suspension->stripe;
	struct lt_entry *entry = turn->entry;
	bool is_awaited;

	lt_stripe_lock(stripe);
	is_awaited = lt_waiter_remove(entry, turn, LT_CANCELLED, &deferred);
	lt_entry_unref(entry, &deferred);
	deferred.record = lt_stripe_keep_record(stripe, turn->record);
	lt_stripe_unlock_and_finish(stripe, &deferred);
	if (is_awaited)
		lt_trap("a turn was dropped while it was awaited");
}

static void
stop_timer(struct lt_suspension *turn)
{

	if (turn->is_timed)
		lt_timer_remove(&turn->deadline);
	turn->is_timed = false;
}

/* It may still be cancelled, which does nothing then. */
lt_hold_t
lt_turn_end(lt_suspension_t *turn)
{
	struct lt_waiter *waiter = &turn->waiter;
	/* Only the owner claims, and a turn that has left stays so: no old value is another's. */
	const uint32_t state = lt_load_relaxed(&waiter->state);

	if (turn->is_ended || (state != LT_CLAIMED && state != LT_LEFT))
		lt_trap("a turn was ended twice, or before it was over");
	stop_timer(turn);
	turn->is_ended = true;
	if (state == LT_CLAIMED)
		return (lt_hold_t){ waiter->entry, lt_tag(turn->hash, waiter->record) };
	leave(turn);
	return (lt_hold_t){ NULL, waiter->reason };
}

void
lt_turn_drop(lt_suspension_t *turn)
{

	stop_timer(turn);
	if (!turn->is_ended)
		leave(turn);
	lt_deallocate(turn->block, lt_suspension_size());
}

LT_END

#endif /* LT_SUPPORTED */
