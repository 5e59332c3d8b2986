#include "game.h"

#define MOST_REQUESTS	6

/* The last pins become requests, each shared or not; how many. */
static size_t
take_requests(struct request *requests, lt_hold_t *pins, size_t from)
{
	const uint8_t shared = input_byte(&game.input);
	const size_t count = game.pins - from;

	for (size_t i = 0; i < count; i++) {
		struct pin pin = game.pin[from + i];
		const bool is_shared = (shared >> i & 1) != 0;

		NOTE(is_shared ? "  of several: key %lu, shared" : "  of several: key %lu", pin.slot);
		requests[i] = (struct request){ game.key_of[pin.slot], is_shared, game.hashes[pin.slot],
		    (uintptr_t)pin.pin.place, NULL };
		pins[i] = pin.pin;
		pins[i].place = (char *)pins[i].place + (is_shared ? LT_SHARED_BIT : 0);
	}
	game.pins = from;
	return count;
}

static void
compare_order(const struct request *requests, size_t expected, const lt_hold_t *pins, size_t count)
{

	SAME(count == expected, "%zu different keys were counted as %zu", expected, count);
	for (size_t i = 0; i < count; i++) {
		SAME((uintptr_t)pins[i].place ==
		    requests[i].place + (requests[i].is_shared ? LT_SHARED_BIT : 0),
		    "pins are not in order, or not shared as they were to be");
	}
}

/* Pins some; the first of those to be used. */
static size_t
pin_some(void)
{
	const size_t wanted = 1 + input_below(&game.input, MOST_REQUESTS);
	size_t from = game.pins;

	if (game.model->participant_count + 2 * MOST_REQUESTS > MODEL_PARTICIPANTS ||
	    from + wanted > MOST_PINS)
		return from;
	for (size_t i = 0; i < wanted; i++)
		game_pin((unsigned)input_below(&game.input, game.slots));
	/* A call-back may have changed the pins meanwhile. */
	if (from > game.pins)
		from = game.pins;
	return game.pins - from > MOST_REQUESTS ? game.pins - MOST_REQUESTS : from;
}

static bool
are_all_open(const struct request *requests, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		if (!model_is_open(game.model, requests[i].key, requests[i].is_shared))
			return false;
	}
	return true;
}

/* In the order in which they were taken, which is that of their records. */
static void
keep_holds(const struct request *requests, const lt_hold_t *pins, size_t count, uint64_t identified)
{

	for (size_t i = 0; i < count; i++) {
		lt_hold_t hold = pins[i];

		hold.place = (void *)requests[i].place;
		game_keep_hold(requests[i].participant, hold, requests[i].key, identified + 1);
		identified += requests[i].participant->is_tracked;
	}
}

void
game_acquire_pinned(void)
{
	const size_t from = pin_some();
	struct request requests[MOST_REQUESTS];
	lt_hold_t pins[MOST_REQUESTS];
	size_t count = take_requests(requests, pins, from), kept = count;
	const uint64_t identified = game.identified;
	uint64_t deadline = game_deadline(are_all_open(requests, count), false);
	lt_status_t status, expected;

	NOTE("acquire %lu pinned, deadline %#lx", count, deadline);
	status = lt_acquire_pinned(pins, &kept, deadline);
	expected = model_acquire_pinned(game.model, requests, &count, deadline);
	SAME(status == expected, "several keys: %u instead of %u", status, expected);
	if (status != LT_OK)
		return;
	compare_order(requests, count, pins, kept);
	keep_holds(requests, pins, count, identified);
}

/* Do different keys share a hash? Then their places decide. */
static bool
are_some_alike(const struct request *requests, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (requests[i].hash == requests[k].hash && requests[i].key != requests[k].key)
				return true;
		}
	}
	return false;
}

static bool
are_some_present(const struct request *requests, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		if (model_is_present(game.model, requests[i].key))
			return true;
	}
	return false;
}

/* Pinned, so that it is known where they are, and stay. */
static void
find_places(struct request *requests, size_t count)
{

	game.is_interfered = true;
	for (size_t i = 0; i < count; i++) {
		game_pin(requests[i].key);
		requests[i].place = (uintptr_t)game.pin[game.pins - 1].pin.place;
	}
	game.is_interfered = false;
}

static lt_status_t
make_call(const struct request *requests, lt_hold_t *holds, size_t *count, size_t *taken,
    uint64_t deadline)
{
	const bool as_integers = game.config.keys == LT_KEYS_INTEGER && input_byte(&game.input) % 2 != 0;
	const size_t wanted = *count;
	struct loan loans[MOST_REQUESTS];
	lt_key_t keys[MOST_REQUESTS];
	lt_status_t status;

	for (size_t i = 0; i < wanted; i++) {
		loans[i] = loan_make(game.table, &game.chosen[requests[i].key]);
		keys[i] = loans[i].key;
		holds[i] = (lt_hold_t){ (void *)(uintptr_t)(requests[i].is_shared ? LT_SHARED_BIT : 0),
		    game.chosen[requests[i].key].integer };
	}
	status = as_integers ? lt_acquire_multi_integers(game.table, holds, count, taken, deadline) :
	    lt_acquire_multi(game.table, keys, holds, count, taken, deadline);
	for (size_t i = 0; i < wanted; i++)
		loan_end(&loans[i]);
	return status;
}

/* What has no place yet in the model is where it was found to be. */
static void
learn_places(struct request *requests, const lt_hold_t *holds, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		if (requests[i].place == 0)
			requests[i].place = (uintptr_t)holds[i].place & ~(uintptr_t)LT_SHARED_BIT;
	}
}

static void
keep_pins(const struct request *requests, const lt_hold_t *pins, size_t from, size_t count)
{

	for (size_t i = from; i < count; i++) {
		SAME(pins[i].tag == requests[i].hash, "a pin's tag is not its key's");
		game.pin[game.pins++] = (struct pin){ requests[i].key,
		    { (void *)requests[i].place, pins[i].tag } };
	}
}

/* Keys that the caller lists and has not pinned: one after the other, or by pins if need be. */
void
game_acquire_multi(void)
{
	size_t count = 1 + input_below(&game.input, MOST_REQUESTS), kept, taken, expected_taken;
	const uint8_t shared = input_byte(&game.input);
	struct request requests[MOST_REQUESTS];
	lt_hold_t holds[MOST_REQUESTS];
	lt_status_t status, expected;
	uint64_t deadline, identified;
	bool by_pins;

	if (game.model->participant_count + 2 * MOST_REQUESTS > MODEL_PARTICIPANTS ||
	    game.pins + 2 * MOST_REQUESTS > MOST_PINS || game.config.keys == LT_KEYS_OWNING)
		return;
	for (size_t i = 0; i < count; i++) {
		const unsigned key = game.key_of[input_below(&game.input, game.slots)];

		requests[i] = (struct request){ key, (shared >> i & 1) != 0, game.hashes[key], 0, NULL };
		NOTE(requests[i].is_shared ? "  of several: key %lu, shared" : "  of several: key %lu", key);
	}
	/* Each allocation of it fails in a scenario of the core's own tests. */
	seam_recover();
	by_pins = game.config.keys == LT_KEYS_OPAQUE || game.model->is_shut_down ||
	    are_some_alike(requests, count) ||
	    (game.config.keys == LT_KEYS_VALUE && are_some_present(requests, count));
	if (by_pins)
		find_places(requests, count);
	deadline = game_deadline(are_all_open(requests, count), true);
	NOTE("acquire several, %lu keys, deadline %#lx", count, deadline);
	identified = game.identified;
	kept = count;
	status = make_call(requests, holds, &kept, &taken, deadline);
	expected = model_acquire_multi(game.model, requests, &count, &expected_taken, by_pins, deadline);
	SAME(status == expected, "several keys: %u instead of %u", status, expected);
	if (status != LT_OK && status != LT_SUSPENDED)
		return;
	SAME(taken == expected_taken || status == LT_OK, "%zu are held instead of %zu", taken,
	    expected_taken);
	learn_places(requests, holds, kept);
	compare_order(requests, count, holds, kept);
	keep_holds(requests, holds, status == LT_OK ? count : taken, identified);
	if (status == LT_SUSPENDED)
		keep_pins(requests, holds, taken, count);
}

void
game_sort_pins(void)
{
	const size_t from = pin_some();
	struct request requests[MOST_REQUESTS];
	lt_hold_t pins[MOST_REQUESTS];
	size_t count = take_requests(requests, pins, from), kept = count;

	NOTE("sort %lu pins", count);
	lt_sort_pins(pins, &kept);
	model_sort_pins(game.model, requests, &count);
	compare_order(requests, count, pins, kept);
	for (size_t i = 0; i < count; i++) {
		pins[i].place = (void *)requests[i].place;
		game.pin[game.pins++] = (struct pin){ requests[i].key, pins[i] };
	}
}

void
game_release_multi(void)
{
	size_t count = 1 + input_below(&game.input, MOST_REQUESTS);
	struct participant *participants[MOST_REQUESTS];
	lt_hold_t holds[MOST_REQUESTS];

	if (count > game.holds)
		count = game.holds;
	for (size_t i = 0; i < count; i++) {
		struct participant *participant = game.hold[--game.holds];

		NOTE("  to be released: key %lu", participant->key);
		game_give(participant);
		participants[i] = participant;
		holds[i] = participant->hold;
		holds[i].place = (char *)holds[i].place + (participant->is_shared ? LT_SHARED_BIT : 0);
	}
	NOTE("release %lu together", count);
	lt_release_multi(holds, count);
	/* The last first. */
	while (count > 0)
		model_release(game.model, participants[--count]);
}
