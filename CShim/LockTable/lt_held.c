/*
 * Pinning a key, and asking whether it is held, and by which hold.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_begin.h"
#include "lt_deferred.h"
#include "lt_lookup.h"

lt_hold_t
lt_pin(lt_table_t *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_deferred deferred = { 0 };
	bool inserted = false;
	struct lt_entry *entry;
	lt_hold_t pin;

	lt_require_kind(table, key->kind);
	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	entry = lt_stripe_locate(stripe, key, &inserted, &deferred);
	pin = entry == NULL ? lt_failed(LT_NO_MEMORY) :
	    inserted ? lt_held_new(entry) : lt_held(entry);
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return pin;
}

/*
 * Returns the key's entry if the key is held at this moment, or NULL. The caller may compare the
 * result, but not follow it.
 */
static const void *
held_place(struct lt_table *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_deferred deferred = { 0 };
	const void *place = NULL;
	struct lt_entry *entry;

	lt_require_kind(table, key->kind);
	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	entry = lt_stripe_locate(stripe, key, NULL, &deferred);
	if (entry != NULL) {
		place = lt_entry_holders(entry) != 0 ? entry : NULL;
		lt_entry_unref(entry, &deferred);
	}
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return place;
}

bool
lt_is_held(lt_table_t *table, const lt_key_t *key)
{

	return held_place(table, key) != NULL;
}

bool
lt_is_hold_of(lt_table_t *table, const lt_key_t *key, const lt_hold_t *holds, size_t count)
{
	const void *place = held_place(table, key);

	for (size_t i = 0; i < count && place != NULL; i++) {
		if (((uintptr_t)holds[i].place & ~(uintptr_t)LT_SHARED_BIT) == (uintptr_t)place)
			return true;
	}
	return false;
}

LT_END

#endif /* LT_SUPPORTED */
