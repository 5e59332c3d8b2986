#include "game.h"

#define MOST_WISHES	6

/* The last pins become wishes, each shared or not; how many. */
static size_t
take_wishes(struct wish *wishes, lt_hold_t *pins, size_t from)
{
	const uint8_t shared = input_byte(&game.input);
	const size_t count = game.pins - from;

	for (size_t i = 0; i < count; i++) {
		struct pin pin = game.pin[from + i];
		const bool is_shared = (shared >> i & 1) != 0;

		NOTE(is_shared ? "  of several: key %lu, shared" : "  of several: key %lu", pin.slot);
		wishes[i] = (struct wish){ game.key_of[pin.slot], is_shared,
		    (uintptr_t)pin.pin.place, NULL };
		pins[i] = pin.pin;
		pins[i].place = (char *)pins[i].place + (is_shared ? LT_SHARED_BIT : 0);
	}
	game.pins = from;
	return count;
}

static void
compare_order(const struct wish *wishes, size_t expected, const lt_hold_t *pins, size_t count)
{

	SAME(count == expected, "%zu different keys were counted as %zu", expected, count);
	for (size_t i = 0; i < count; i++) {
		SAME((uintptr_t)pins[i].place ==
		    wishes[i].order + (wishes[i].is_shared ? LT_SHARED_BIT : 0),
		    "pins are not in order, or not shared as they were to be");
	}
}

/* Pins some; the first of those to be used. */
static size_t
pin_some(void)
{
	const size_t wanted = 1 + input_below(&game.input, MOST_WISHES);
	size_t from = game.pins;

	if (game.model->party_count + 2 * MOST_WISHES > MOST_MODELLED || from + wanted > MOST_PINS)
		return from;
	for (size_t i = 0; i < wanted; i++)
		game_pin((unsigned)input_below(&game.input, game.slots));
	/* Others may have come and gone meanwhile. */
	if (from > game.pins)
		from = game.pins;
	return game.pins - from > MOST_WISHES ? game.pins - MOST_WISHES : from;
}

static bool
are_all_open(const struct wish *wishes, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		if (!model_is_open(game.model, wishes[i].key, wishes[i].is_shared))
			return false;
	}
	return true;
}

/* In the order in which they were taken, which is that of their records. */
static void
keep_holds(const struct wish *wishes, const lt_hold_t *pins, size_t count, uint64_t identified)
{

	for (size_t i = 0; i < count; i++) {
		lt_hold_t hold = pins[i];

		hold.place = (void *)wishes[i].order;
		game_keep_hold(wishes[i].party, hold, wishes[i].key, identified + 1);
		identified += wishes[i].party->is_tracked;
	}
}

void
game_several(void)
{
	const size_t from = pin_some();
	struct wish wishes[MOST_WISHES];
	lt_hold_t pins[MOST_WISHES];
	size_t count = take_wishes(wishes, pins, from), kept = count;
	const uint64_t identified = game.identified;
	uint64_t deadline = game_deadline(are_all_open(wishes, count), false);
	lt_status_t status, expected;

	NOTE("acquire %lu pinned, deadline %#lx", count, deadline);
	status = lt_acquire_pinned(pins, &kept, deadline);
	expected = model_several(game.model, wishes, &count, deadline);
	SAME(status == expected, "several keys: %u instead of %u", status, expected);
	if (status != LT_OK)
		return;
	compare_order(wishes, count, pins, kept);
	keep_holds(wishes, pins, count, identified);
}

void
game_sort(void)
{
	const size_t from = pin_some();
	struct wish wishes[MOST_WISHES];
	lt_hold_t pins[MOST_WISHES];
	size_t count = take_wishes(wishes, pins, from), kept = count;

	NOTE("sort %lu pins", count);
	lt_sort_pins(pins, &kept);
	model_sort(game.model, wishes, &count);
	compare_order(wishes, count, pins, kept);
	for (size_t i = 0; i < count; i++) {
		pins[i].place = (void *)wishes[i].order;
		game.pin[game.pins++] = (struct pin){ wishes[i].key, pins[i] };
	}
}

void
game_release_several(void)
{
	size_t count = 1 + input_below(&game.input, MOST_WISHES);
	struct party *parties[MOST_WISHES];
	lt_hold_t holds[MOST_WISHES];

	if (count > game.holds)
		count = game.holds;
	for (size_t i = 0; i < count; i++) {
		struct party *party = game.hold[--game.holds];

		NOTE("  to be released: key %lu", party->key);
		parties[i] = party;
		holds[i] = party->hold;
		holds[i].place = (char *)holds[i].place + (party->is_shared ? LT_SHARED_BIT : 0);
	}
	NOTE("release %lu together", count);
	lt_release_several(holds, count);
	/* The last first. */
	while (count > 0)
		model_release(game.model, parties[--count]);
}
