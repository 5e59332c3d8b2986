/* Keys of every form, and holders of them. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* The hash of all keys of the ALIKE forms. The caller keeps a prepared key's hash consistent. */
#define ONE_HASH	UINT64_C(0x5eed5eed5eed5eed)

static bool
label_equal(const void *stored, const void *wanted)
{
	const struct label *a = stored, *b = wanted;

	stop_if_asked(STOP_EQUAL);
	return a->id == b->id;
}

static void *
label_copy(const void *wanted)
{
	struct label *copy;

	stop_if_asked(STOP_COPY);
	copy = memory_allocate(sizeof *copy);
	if (copy != NULL)
		*copy = *(const struct label *)wanted;
	return copy;
}

static void
label_destroy(void *stored)
{

	stop_if_asked(STOP_DESTROY);
	memory_deallocate(stored, sizeof(struct label));
}

const lt_key_operations_t label_operations = { label_equal, label_copy, label_destroy };

static size_t
length_of(enum form form, uint64_t number)
{
	static const size_t lengths[] = { 16, LONG_KEY, LARGE_KEY, EXTERNAL_KEY };

	if (form == BYTES_ALIKE)
		return lengths[number % LENGTH_OF(lengths)];
	return form >= LONG_BYTES && form <= EXTERNAL_BYTES ? lengths[form - SHORT_BYTES] : 16;
}

/* Of two labels; that the rest of their bytes are equal means nothing. */
static bool
value_equal(const void *const *type, const void *stored, const void *wanted)
{

	EXPECT(type[0] == &label_operations && type[1] == NULL, "another type was handed on");
	return label_equal(stored, wanted);
}

const lt_value_operations_t value_operations = { { &label_operations, NULL }, value_equal, NULL };

uint32_t
kind_of(enum form form)
{

	switch (form) {
	case INTEGERS:
		return LT_KEYS_INTEGER;
	case OPAQUES:
	case OPAQUES_ALIKE:
		return LT_KEYS_OPAQUE;
	case VALUES:
	case VALUES_ALIKE:
		return LT_KEYS_VALUE;
	default:
		return LT_KEYS_BYTES;
	}
}

void
key_make(struct key *key, const lt_table_t *table, enum form form, uint64_t number)
{
	const size_t length = length_of(form, number);

	key->label = (struct label){ form == OPAQUES || form == VALUES ? number : 0, number };
	(void)memset(key->bytes, 0, length);
	(void)memcpy(key->bytes + length - sizeof number, &number, sizeof number);

	switch (form) {
	case INTEGERS:
		key->prepared = lt_key_integer(table, number);
		break;
	case OPAQUES:
	case OPAQUES_ALIKE:
		key->prepared = lt_key_opaque(table, key->label.hash, &key->label);
		break;
	case VALUES:
	case VALUES_ALIKE:
		key->prepared = lt_key_value(table, key->label.hash, &key->label, sizeof key->label);
		break;
	default:
		key->prepared = lt_key_bytes(table, key->bytes, length);
		if (form == BYTES_ALIKE)
			key->prepared.hash = ONE_HASH;
	}
}

static bool have_diagnostics;

void
set_diagnostics(bool kept)
{

	have_diagnostics = kept;
}

bool
has_diagnostics_set(void)
{

	return have_diagnostics;
}

static bool are_monitored;

void
set_monitored(bool monitored)
{

	are_monitored = monitored;
}

lt_table_t *
table_make(enum form form, uint32_t stripes, uint32_t fairness)
{
	lt_config_t config = { .stripes = stripes, .fairness = fairness,
	    .keys = kind_of(form), .seed = { SEED_0, SEED_1 }, .operations = &label_operations,
	    .value_operations = &value_operations,
	    .diagnostics = have_diagnostics, .unmonitored = !are_monitored };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

void
close_empty(lt_table_t *table)
{

	EXPECT(lt_table_count(table) == 0, "entries were left");
	lt_table_close(table);
}

lt_hold_t
acquire(lt_table_t *table, enum form form, uint64_t number, uint64_t deadline)
{
	struct key key;

	key_make(&key, table, form, number);
	return lt_acquire(table, &key.prepared, deadline);
}

lt_hold_t
try_acquire(lt_table_t *table, enum form form, uint64_t number)
{

	return acquire(table, form, number, LT_NO_WAIT);
}

lt_hold_t
acquire_shared(lt_table_t *table, enum form form, uint64_t number, uint64_t deadline)
{
	struct key key;

	key_make(&key, table, form, number);
	return lt_acquire_shared(table, &key.prepared, deadline);
}

lt_hold_t
try_shared(lt_table_t *table, enum form form, uint64_t number)
{

	return acquire_shared(table, form, number, LT_NO_WAIT);
}

lt_hold_t
pin(lt_table_t *table, enum form form, uint64_t number)
{
	struct key key;

	key_make(&key, table, form, number);
	return lt_pin(table, &key.prepared);
}

lt_hold_t
pin_shared(lt_table_t *table, enum form form, uint64_t number)
{
	lt_hold_t pinned = pin(table, form, number);

	if (is_hold(pinned))
		pinned.place = (char *)pinned.place + LT_SHARED_BIT;
	return pinned;
}

bool
is_held(lt_table_t *table, enum form form, uint64_t number)
{
	struct key key;

	key_make(&key, table, form, number);
	return lt_is_held(table, &key.prepared);
}

bool
is_hold_of(lt_table_t *table, enum form form, uint64_t number, const lt_hold_t *holds, size_t count)
{
	struct key key;

	key_make(&key, table, form, number);
	return lt_is_hold_of(table, &key.prepared, holds, count);
}

bool
is_hold(lt_hold_t hold)
{

	return hold.place != NULL;
}

bool
has_failed(lt_hold_t hold, lt_status_t status)
{

	return hold.place == NULL && hold.tag == status;
}

lt_statistics_t
told_by(lt_table_t *table)
{
	lt_statistics_t told;

	lt_table_statistics(table, &told);
	return told;
}

void *
holder_run(void *pointer)
{
	struct holder *holder = pointer;

	if (holder->stop != NULL)
		stop_at(holder->place, holder->after, holder->stop);
	if (holder->is_shared)
		holder->hold = acquire_shared(holder->table, holder->form, holder->number,
		    holder->deadline);
	else
		holder->hold = acquire(holder->table, holder->form, holder->number, holder->deadline);
	if (!is_hold(holder->hold)) {
		event_raise(&holder->done);
		return NULL;
	}
	if (holder->witness != NULL)
		witness_enter(holder->witness);
	event_raise(&holder->done);
	event_await(&holder->let_go, 1);
	if (holder->witness != NULL)
		witness_leave(holder->witness);
	if (holder->is_shared)
		lt_release_shared(holder->hold);
	else
		lt_release(holder->hold);
	return NULL;
}
