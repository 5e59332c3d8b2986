/*
 * Values that own something. The table borrows the value of the call that inserts its key, or gets
 * one of its own. What each value owns is counted, and must be gone in the end, once.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "owning.h"

#include <stdlib.h>

static lt_table_t *used_by_destroy;

static bool
are_equal(const void *const *type, const void *stored, const void *wanted)
{
	const struct value *a = stored, *b = wanted;

	(void)type;
	EXPECT(__atomic_load_n(&a->owned->owners, __ATOMIC_RELAXED) > 0 &&
	    __atomic_load_n(&b->owned->owners, __ATOMIC_RELAXED) > 0,
	    "a value that has ended is compared");
	stop_if_asked(STOP_EQUAL);
	return a->number == b->number;
}

void
value_end(struct value *value)
{

	if (__atomic_sub_fetch(&value->owned->owners, 1, __ATOMIC_ACQ_REL) == 0)
		memory_deallocate(value->owned, sizeof *value->owned);
}

static void
destroy(const void *const *type, void *value)
{

	EXPECT(type[0] == &used_by_destroy, "another type was handed on");
	stop_if_asked(STOP_DESTROY);
	if (used_by_destroy != NULL)
		EXPECT(lt_table_count(used_by_destroy) < 100, "the table can't be used");
	value_end(value);
}

static const lt_value_operations_t operations = { { &used_by_destroy, NULL }, are_equal, destroy };

lt_table_t *
owning_table(uint32_t stripes)
{
	lt_config_t config = { .stripes = stripes, .keys = LT_KEYS_OWNING, .value_operations = &operations,
	    .seed = { SEED_0, SEED_1 }, .diagnostics = has_diagnostics_set(), .unmonitored = true };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

struct value
value_make(uint64_t number)
{
	struct value value = { number, memory_allocate(sizeof(struct owned)) };

	if (value.owned == NULL)
		abort();
	value.owned->owners = 1;
	return value;
}

/* Those of 100 to 199 have one hash. */
static uint64_t
hash_of(const struct value *value)
{

	return value->number / 100 == 1 ? 1 : value->number;
}

bool
is_borrowed(lt_hold_t hold)
{

	return ((uintptr_t)hold.place & LT_BORROWED_BIT) != 0;
}

lt_hold_t
give_value(lt_hold_t hold, struct value *value)
{

	if (!is_borrowed(hold))
		return hold;
	(void)__atomic_add_fetch(&value->owned->owners, 1, __ATOMIC_RELAXED);
	return lt_give_value(hold, value);
}

lt_hold_t
borrow_value(lt_table_t *table, struct value *value, bool shared, uint64_t deadline)
{

	return (shared ? lt_acquire_owning_shared : lt_acquire_owning)(table, hash_of(value), value,
	    sizeof *value, deadline);
}

lt_hold_t
own_value(lt_table_t *table, uint64_t number, uint64_t deadline)
{
	struct value value = value_make(number);
	const lt_hold_t hold = give_value(borrow_value(table, &value, false, deadline), &value);

	value_end(&value);
	return hold;
}

void
end_scope(lt_hold_t hold, struct value *value, bool shared)
{

	if (!is_borrowed(hold) || !lt_release_borrowed(hold, shared))
		(shared ? lt_release_shared : lt_release)(give_value(hold, value));
	value_end(value);
}

static lt_key_t
prepared(const lt_table_t *table, const struct value *value)
{

	return lt_key_value(table, hash_of(value), value, sizeof *value);
}

SCENARIO(a_borrowed_value_is_left_to_its_owner)
{

	for (unsigned others = 0; others < 6; others++) {
		lt_table_t *table = owning_table(1);
		lt_hold_t held[6];

		for (uint64_t i = 0; i < others; i++)
			held[i] = own_value(table, 10 + i, LT_FOREVER);
		for (unsigned i = 0; i < 8; i++) {
			const bool shared = i % 2 != 0;
			struct value value = value_make(1);
			lt_hold_t hold = borrow_value(table, &value, shared, i < 4 ? LT_NO_WAIT : LT_FOREVER);

			EXPECT(is_borrowed(hold), "the value was not borrowed");
			EXPECT(lt_table_count(table) == others + 1, "the key was not present");
			EXPECT(lt_release_borrowed(hold, shared), "a value that nobody needs was to be given");
			EXPECT(value.owned->owners == 1, "a borrowed value was destroyed");
			value_end(&value);
		}
		for (uint64_t i = 0; i < others; i++)
			lt_release(held[i]);
		close_empty(table);
	}
}

SCENARIO(a_value_that_was_given_is_destroyed_once_wherever_it_was)
{
	enum { KEYS = 20 };

	for (unsigned first = 0; first < 2; first++) {
		lt_table_t *table = owning_table(1);
		lt_hold_t holds[KEYS];

		used_by_destroy = table;
		/* Of one hash, or of different ones; in all places, and again in those of others. */
		for (unsigned round = 0; round < 3; round++) {
			for (uint64_t i = 0; i < KEYS; i++)
				holds[i] = own_value(table, 100 * first + i, LT_FOREVER);
			for (uint64_t i = 0; i < KEYS; i++)
				EXPECT(has_failed(own_value(table, 100 * first + i, LT_NO_WAIT), LT_BUSY), "a key was free");
			for (uint64_t i = 0; i < KEYS; i++)
				lt_release(holds[(i * 7 + round) % KEYS]);
			EXPECT(lt_table_count(table) == 0, "a key was left");
		}
		used_by_destroy = NULL;
		close_empty(table);
	}
}

/* With LT_OR_PIN a table that was shut down pins a free key, and borrows its value. */
SCENARIO(a_table_that_was_shut_down_borrows_for_a_pin)
{
	lt_table_t *table = owning_table(1);

	lt_table_shut_down(table);
	for (unsigned i = 0; i < 4; i++) {
		const bool shared = i % 2 != 0, again = i / 2 != 0;
		struct value value = value_make(1);
		lt_key_t key = prepared(table, &value);
		lt_hold_t hold = borrow_value(table, &value, shared, LT_NO_WAIT), pin;
		size_t pinned = 1;

		EXPECT(has_failed(hold, LT_CLOSED), "a try was not refused");
		hold.place = NULL;
		EXPECT(!lt_acquire_multi_new(table, &key, &hold, 1, &pinned) && pinned == 0 &&
		    key.bytes == &value, "a key was taken whose call can fail");
		pin = borrow_value(table, &value, shared, LT_OR_PIN);
		EXPECT(is_borrowed(pin) && ((uintptr_t)pin.place & LT_PIN_BIT) != 0, "no pin was given");
		pin = give_value(pin, &value);
		pin.place = (char *)pin.place - LT_PIN_BIT;
		if (again) {
			lt_hold_t other = borrow_value(table, &value, shared, LT_OR_PIN);

			EXPECT(!is_borrowed(other), "the value of a key that is present was borrowed");
			other.place = (char *)other.place - LT_PIN_BIT;
			lt_unpin(other);
		}
		lt_unpin(pin);
		EXPECT(value.owned->owners == 1, "a value was destroyed twice, or not at all");
		value_end(&value);
		EXPECT(lt_table_count(table) == 0, "a key was left");
	}
	close_empty(table);
}

SCENARIO(a_pin_borrows_as_a_hold_does)
{
	lt_table_t *table = owning_table(1);

	for (uint64_t number = 1; number <= 3; number++) {
		struct value value = value_make(number);
		const lt_key_t key = prepared(table, &value);
		lt_hold_t pin = lt_pin(table, &key), again;

		EXPECT(is_borrowed(pin), "the value was not borrowed");
		pin = give_value(pin, &value);
		again = lt_pin(table, &key);
		EXPECT(!is_borrowed(again) && again.place == pin.place, "the second pin was not of the same");
		value_end(&value);
		lt_unpin(pin);
		EXPECT(lt_try_pinned(&again), "a free key was not to be had");
		lt_release(again);
		EXPECT(lt_table_count(table) == 0, "the key was left");
	}
	close_empty(table);
}

SCENARIO(a_hold_outlives_its_table_with_its_value)
{

	for (unsigned keys = 1; keys <= 3; keys++) {
		lt_table_t *table = owning_table(4);
		struct value value = value_make(1);
		lt_hold_t lent = borrow_value(table, &value, false, LT_FOREVER), holds[3];

		for (unsigned i = 1; i < keys; i++)
			holds[i] = own_value(table, 1 + i, LT_FOREVER);
		lt_table_close(table);
		end_scope(lent, &value, false);
		for (unsigned i = 1; i < keys; i++)
			lt_release(holds[i]);
		EXPECT(memory_outstanding() == 0, "memory was left");
	}
}

SCENARIO(a_key_that_finds_no_memory_is_not_borrowed)
{

	for (uint64_t n = 0; n < 4; n++) {
		lt_table_t *table = owning_table(1);
		lt_hold_t first = own_value(table, 1, LT_FOREVER), second, third;
		struct value value = value_make(3);

		second = own_value(table, 2, LT_FOREVER);
		memory_fail(n, 1);
		third = borrow_value(table, &value, false, LT_FOREVER);
		memory_recover();
		EXPECT(is_borrowed(third) || has_failed(third, LT_NO_MEMORY), "a key was not acquired");
		if (is_hold(third))
			end_scope(third, &value, false);
		else
			value_end(&value);
		lt_release(second);
		lt_release(first);
		close_empty(table);
	}
}

SCENARIO(several_keys_are_pinned_first)
{
	lt_table_t *table = owning_table(1);
	lt_hold_t pins[6];
	size_t count = 6;

	for (uint64_t i = 0; i < count; i++) {
		struct value value = value_make(100 + i % 4);
		const lt_key_t key = prepared(table, &value);

		pins[i] = give_value(lt_pin(table, &key), &value);
		value_end(&value);
	}
	EXPECT(lt_acquire_pinned(pins, &count, LT_NO_WAIT) == LT_OK && count == 4,
	    "they were not acquired");
	used_by_destroy = table;
	lt_release_multi(pins, count);
	used_by_destroy = NULL;
	close_empty(table);
}

/* Some of the keys may be present, or share a hash; the others are new. */
static void
acquire_new(lt_table_t *table, const uint64_t *numbers, size_t count, size_t present)
{
	enum { MOST = 40 };
	struct value values[MOST];
	lt_hold_t holds[MOST], others[MOST], pins[MOST];
	size_t pinned, kept = count;
	lt_key_t keys[MOST];
	bool is_done;

	for (size_t i = 0; i < present; i++)
		others[i] = own_value(table, numbers[i * 2], LT_FOREVER);
	for (size_t i = 0; i < count; i++) {
		values[i] = value_make(numbers[i]);
		keys[i] = prepared(table, &values[i]);
		holds[i] = (lt_hold_t){ (void *)(uintptr_t)(i % 3 == 0 ? LT_SHARED_BIT : 0), 0 };
	}
	is_done = lt_acquire_multi_new(table, keys, holds, count, &pinned);
	EXPECT(is_done ? pinned == count && present == 0 : pinned < count, "all of them, or not all");
	for (size_t i = 0; i < pinned && !is_done; i++)
		pins[i] = holds[i];
	for (size_t i = 0, at = pinned; i < count && !is_done; i++) {
		lt_hold_t pin;

		if (keys[i].bytes == NULL)
			continue;
		pin = lt_pin(table, &keys[i]);
		if (is_borrowed(pin))
			pin = lt_give_value(pin, &values[i]);
		else
			value_end(&values[i]);
		pin.place = (char *)pin.place + (i % 3 == 0 ? LT_SHARED_BIT : 0);
		EXPECT(at < count, "more were pinned than there are");
		pins[at++] = pin;
	}
	for (size_t i = 0; i < present; i++)
		lt_release(others[i]);
	if (!is_done)
		EXPECT(lt_acquire_pinned(pins, &kept, LT_NO_WAIT) == LT_OK, "they were not acquired");
	EXPECT(lt_table_count(table) == kept, "others are present");
	lt_release_multi(is_done ? holds : pins, kept);
	EXPECT(lt_table_count(table) == 0, "some were left");
}

SCENARIO(several_new_keys_are_acquired_at_once)
{
	static const uint64_t numbers[] = { 1, 2, 3, 100, 4, 5, 6, 7, 8, 9, 10, 101, 11, 12, 13, 14,
	    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 1, 28, 29, 30 };

	for (uint32_t stripes = 1; stripes <= 64; stripes *= 8) {
		lt_table_t *table = owning_table(stripes);

		used_by_destroy = table;
		for (size_t count = 1; count <= LENGTH_OF(numbers); count++) {
			for (size_t present = 0; present <= 2 && present * 2 < count; present++)
				acquire_new(table, numbers, count, present);
		}
		used_by_destroy = NULL;
		close_empty(table);
	}
}
