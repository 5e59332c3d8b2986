/*
 * Taking a key in its locked stripe, where the key has to be located or waited for.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_take.h"
#include "lt_wait.h"

lt_status_t
lt_entry_acquire(struct lt_entry *entry, bool shared, struct lt_record *record, uint64_t deadline,
    size_t counted, uint32_t most_waiters, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	lt_status_t status = LT_OK;

	if (lt_entry_is_open(entry, shared)) {
		lt_entry_take(entry, shared, record, counted, deferred);
	} else if (deadline == LT_NO_WAIT) {
		lt_entry_unref(entry, deferred);
		status = LT_BUSY;
	} else if (deadline == LT_OR_PIN) {
		status = LT_SUSPENDED;
	} else {
		return lt_entry_wait(entry, shared, 0, record, deadline, counted, most_waiters,
		    deferred);
	}
	lt_stripe_unlock_and_finish(stripe, deferred);
	return status;
}

/* Consumes the record and what is preallocated. */
static LT_INLINE lt_hold_t
locate_and_take(struct lt_preallocated *preallocated, struct lt_record *record,
    struct lt_stripe *stripe, const lt_key_t *key, bool shared, uint64_t deadline, size_t counted)
{
	struct lt_deferred deferred = { 0 };
	bool inserted = false;
	struct lt_entry *entry;
	lt_hold_t hold;
	lt_status_t status;

	entry = lt_stripe_locate_with(stripe, key, preallocated, &inserted, &deferred);
	if (entry == NULL) {
		deferred.record = lt_stripe_keep_record(stripe, record);
		lt_stripe_unlock_and_finish(stripe, &deferred);
		return lt_failed(LT_NO_MEMORY);
	}
	/* An entry that was just inserted is open. */
	hold = inserted ? lt_held_new(entry) : lt_held(entry);
	status = lt_entry_acquire(entry, shared, record, deadline, counted, LT_ANY_NUMBER,
	    &deferred);
	if (status == LT_OK) {
		lt_entry_acquired(entry, shared);
		hold.tag = lt_tag(entry->hash, record);
		return hold;
	}
	if (record != NULL)
		lt_record_destroy(record);
	if (status != LT_SUSPENDED)
		return lt_failed(status);
	return lt_pinned(entry);
}

lt_hold_t
lt_take_located(struct lt_stripe *stripe, const lt_key_t *key, bool shared, uint64_t deadline,
    size_t counted, struct lt_record *record)
{
	struct lt_preallocated preallocated = { 0 };

	return locate_and_take(&preallocated, record, stripe, key, shared, deadline, counted);
}

lt_hold_t
lt_take_located_with(struct lt_preallocated *preallocated, struct lt_record *record,
    struct lt_stripe *stripe, const lt_key_t *key, bool shared, uint64_t deadline, size_t counted)
{

	return locate_and_take(preallocated, record, stripe, key, shared, deadline, counted);
}

LT_END

#endif /* LT_SUPPORTED */
