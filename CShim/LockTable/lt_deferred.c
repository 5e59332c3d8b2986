/*
 * Deferred work: a call collects it under the lock, in a struct lt_deferred, and has it done here
 * after unlocking.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_flight.h"
#include "lt_queue.h"
#include "lt_table.h"
#include "lt_timer.h"

/* Resumes a task, and then does not touch the waiter, as the task may have ended it. */
static void
resume(struct lt_waiter *waiter, bool apart)
{
	void (*const resume_apart)(lt_resume_t, void *) =
	    apart ? waiter->entry->stripe->table->resume_apart : NULL;

	lt_tsan_acquire(waiter);
	if (resume_apart != NULL)
		resume_apart(waiter->resume, waiter->continuation);
	else
		waiter->resume(waiter->continuation);
}

void
lt_wake(struct lt_waiter *waiter, bool apart)
{

	if (waiter->is_task)
		resume(waiter, apart);
	else
		lt_unpark(&waiter->parker);
}

static void
wake_list(struct lt_waiter *waiter, bool apart)
{
	struct lt_waiter *next;

	/* A waiter that was woken may be gone, so the next one is read before. */
	for (; waiter != NULL; waiter = next) {
		next = waiter->wake_next;
		lt_wake(waiter, apart);
	}
}

void
lt_wake_chosen(struct lt_waiter *woken, struct lt_entry *more_readers, bool apart)
{

	wake_list(woken, apart);
	while (more_readers != NULL) {
		struct lt_deferred deferred = { .apart = apart };
		struct lt_entry *entry = more_readers;
		struct lt_stripe *stripe = entry->stripe;

		lt_stripe_lock(stripe);
		lt_entry_settle(entry, &deferred);
		woken = deferred.woken;
		more_readers = deferred.more_readers;
		deferred.woken = NULL;
		deferred.more_readers = NULL;
		/* Each round has a pin of its own: lt_entry_settle() took this one. */
		lt_entry_unref(entry, &deferred);
		lt_stripe_unlock_and_finish(stripe, &deferred);
		wake_list(woken, apart);
	}
}

/* The labels at the callers say what it pairs with. */
static bool
fence(struct lt_table *table)
{
	const bool is_fenced = lt_heavy_fence();

	if (is_fenced)
		(void)lt_increment_64_relaxed(&table->fences);
	return is_fenced;
}

/*
 * The system has no thread for the monitor. The next wake-up in this stripe tries again. A waiter
 * that has relied on the monitor instead of a fence gets the fence here.
 */
static void
do_without_monitor(struct lt_stripe *stripe)
{
	struct lt_deferred deferred = { 0 };
	/* (T) As in lt_entry_fence_fast_release(). */
	const bool is_fenced = lt_heavy_fence_exists() && fence(stripe->table);

	lt_stripe_lock(stripe);
	if (is_fenced) {
		lt_entry_settle(&stripe->resident, &deferred);
		stripe->unfenced = false;
	}
	lt_sweeps_end(stripe, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

/* --- flights -------------------------------------------------------------------------------- */

/* Ends the reference and the pin of a call that was deferred work. */
static void
let_go(struct lt_flight *flight)
{
	struct lt_deferred deferred = { 0 };
	struct lt_entry *entry = flight->entry;
	struct lt_stripe *stripe = entry->stripe;

	lt_stripe_lock(stripe);
	lt_flight_drop(flight, &deferred);
	lt_entry_unref(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

static void
raise_flight(struct lt_flight *flight, uint8_t urgency)
{

	flight->entry->stripe->table->flight_operations.raise(flight->object, urgency);
	let_go(flight);
}

/* Only a flight that nobody refers to is over. The others are kept for the call of cancel(). */
static LT_COLD void
finish_flights(struct lt_flight *flight, bool apart)
{
	struct lt_flight *next;

	for (; flight != NULL; flight = next) {
		next = flight->link;
		if (flight->is_over) {
			flight->release(flight->object);
			continue;
		}
		flight->entry->stripe->table->flight_operations.cancel(flight->object, apart);
		let_go(flight);
	}
}

void
lt_finish_unlocked(struct lt_deferred *deferred)
{

	if (deferred->woken != NULL || deferred->more_readers != NULL)
		lt_wake_chosen(deferred->woken, deferred->more_readers, deferred->apart);
	if (deferred->monitored != NULL && !lt_timer_give(deferred->monitored))
		do_without_monitor(deferred->monitored);
	if (deferred->raised != NULL)
		raise_flight(deferred->raised, deferred->urgency);
	if (deferred->flights != NULL)
		finish_flights(deferred->flights, deferred->apart);
}

/* Gives the set fewer groups after a burst of keys. The stripe is unlocked and pinned. */
static void
shrink(struct lt_stripe *stripe, struct lt_deferred *deferred)
{
	struct lt_set *fewer = lt_set_create(deferred->fewer_groups,
	    lt_keys_form_chains(stripe->table));

	lt_stripe_lock(stripe);
	if (fewer != NULL && stripe->resident.set != NULL &&
	    lt_set_wants_fewer(stripe->resident.set) == fewer->groups.count) {
		lt_set_take_over(fewer, stripe->resident.set);
		stripe->resident.set = fewer;
		fewer = NULL;
	}
	lt_stripe_unpin(stripe, deferred);
	lt_stripe_unlock(stripe);
	if (fewer != NULL)
		lt_set_destroy(fewer);
}

/* What of a table is needed to free its entries. */
struct keeper {
	const struct lt_table *table;	/* Its address: it may be gone. */
	uint32_t keys, entry_base, value_offset;
	void (*destroy)(void *);
	lt_value_operations_t values;
	void (*end_value)(void *, void *);
	void *end_value_context;
};

static void
free_key(struct lt_entry *entry, const struct keeper *keeper)
{

	if (keeper->keys == LT_KEYS_BYTES) {
		lt_deallocate(entry->key.other.bytes, entry->key.other.length);
		return;
	}
	lt_tsan_acquire(&entry->key);
	if (entry->length == LT_EXTERNAL)
		keeper->destroy(entry->key.other.bytes);
	else
		keeper->values.destroy(keeper->values.type, entry->key.bytes);
}

/* Nobody has the entry any more: what its last holders did with the value comes before. */
static LT_COLD void
end_kept(struct lt_entry *entry, const struct keeper *keeper)
{

	lt_tsan_key_acquire(keeper->table, entry->hash, false);
	keeper->end_value(keeper->end_value_context,
	    (char *)entry + keeper->value_offset + lt_entry_room(entry));
}

static void
free_entries(struct lt_entry *entry, const struct keeper *keeper)
{
	struct lt_entry *next;

	for (; entry != NULL; entry = next) {
		next = entry->link;
		if ((entry->length & LT_OWNED) != 0)
			free_key(entry, keeper);
		if (lt_unlikely(lt_entry_is_ending(entry)))
			end_kept(entry, keeper);
		lt_deallocate(entry, keeper->entry_base + lt_entry_room(entry));
	}
}

/*
 * Takes the value out of the resident, unless another call has come to need it. Returns whether the
 * value is to be destroyed. The stripe is locked.
 */
static bool
take_value(struct lt_deferred *deferred, void *value)
{
	struct lt_entry *entry = deferred->owning;
	const bool is_last = entry->refs == 1;

	if (is_last) {
		lt_tsan_acquire(&entry->key);
		lt_copy_bytes(value, entry->key.bytes, entry->length & ~LT_OWNED);
		entry->length = 0;
	}
	lt_entry_unref(entry, deferred);
	return is_last;
}

void
lt_stripe_finish(struct lt_stripe *stripe, struct lt_deferred *deferred)
{
	uint64_t value[LT_RESIDENT_KEY / sizeof(uint64_t)];
	const bool has_value = deferred->owning != NULL && take_value(deferred, value);
	/* Read before unlocking: after that, another thread's release may free a closed table. */
	struct lt_table *table = stripe->table;
	const struct keeper keeper = { table, table->keys, table->entry_base,
		table->extra_offset - table->value_size, table->operations.destroy,
		table->value_operations, table->end_value, table->end_value_context };

	lt_stripe_unlock(stripe);
	lt_finish_unlocked(deferred);
	if (deferred->record != NULL)
		lt_record_destroy(deferred->record);
	if (has_value)
		keeper.values.destroy(keeper.values.type, value);
	free_entries(deferred->entries, &keeper);
	lt_set_destroy_list(deferred->sets);
	if (deferred->fewer_groups > 0)
		shrink(stripe, deferred);
	if (deferred->leave)
		lt_table_leave(table);
}

bool
lt_entry_fence_fast_release(struct lt_entry *entry, bool may_fence, bool pinned)
{
	struct lt_deferred deferred = { 0 };
	struct lt_stripe *stripe = entry->stripe;
	/*
	 * (T) Either the hold's end was stored before this fence, and is seen below; or the
	 * holder loads the queue after this fence, and sees the waiter that has joined. Pairs
	 * with the holder's lt_light_fence() in lt_release.c.
	 */
	const bool is_fenced = may_fence && fence(stripe->table);

	/* The end of the hold is checked again. After a refusal no fast hold begins any more. */
	if (may_fence && !is_fenced)
		lt_table_end_fast_releases(stripe->table);
	lt_stripe_lock(stripe);
	lt_entry_settle(entry, &deferred);
	if (!is_fenced && lt_entry_holders(entry) == LT_FAST && entry->queue != NULL) {
		stripe->unfenced = true;
		lt_sweeps_need(stripe, &deferred);
	}
	if (pinned)
		lt_stripe_unpin(stripe, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return is_fenced;
}

LT_END

#endif /* LT_SUPPORTED */
