#include "game.h"

#include <string.h>

enum deadline { NO_WAIT, PAST, OR_PIN, FOREVER };

/* May a thread wait for a moment? Flights have no such waiters. */
static bool
may_be_late(void)
{

	/* It would be waited for without a pin. */
	if (game.config.keys == LT_KEYS_OWNING && game.model->has_permits)
		return false;
	return !game.model->has_flights;
}

uint64_t
game_deadline(bool is_open, bool or_pin)
{

	switch (input_byte(&game.input) % 4) {
	case NO_WAIT:
		return LT_NO_WAIT;
	case PAST:
		return may_be_late() ? 1 : LT_NO_WAIT;
	case OR_PIN:
		return or_pin ? LT_OR_PIN : LT_NO_WAIT;
	default:
		return is_open ? LT_FOREVER : may_be_late() ? 1 : LT_NO_WAIT;
	}
}

bool
game_ran_out(uint64_t before)
{

	return seam_failures() > before;
}

/* Only a call that finds its key absent needs memory. */
static bool
may_lack_memory(unsigned key, uint64_t failures)
{

	/* When others interfere, it may have been absent in between. */
	return game_ran_out(failures) && (game.interferes || !model_is_present(game.model, key));
}

void
game_keep_hold(struct participant *participant, lt_hold_t hold, unsigned slot, uint64_t id)
{

	participant->hold = hold;
	participant->is_tracked = hold.tag != game.hashes[slot];
	participant->id = id;
	SAME(game.config.diagnostics || !participant->is_tracked, "a hold's tag is not its key's");
	game.hold[game.holds++] = participant;
}

static void
keep_pin(lt_hold_t pin, unsigned slot)
{

	SAME(pin.tag == game.hashes[slot], "a pin's tag is not its key's");
	for (size_t i = 0; i < game.pins; i++)
		SAME((game.pin[i].pin.place == pin.place) ==
		    (game.key_of[game.pin[i].slot] == game.key_of[slot]),
		    "pins of one key have two places, or of two keys one");
	game.pin[game.pins++] = (struct pin){ slot, pin };
}

static lt_hold_t
call_acquire(const struct loan *loan, const struct chosen *key, bool shared, bool prepared,
    bool ascii, uint64_t deadline)
{
	lt_table_t *table = game.table;

	if (game.model->has_permits && !shared)
		return lt_acquire_permits(table, &loan->key, game_weight(false), deadline);
	if (prepared || key->kind == LT_KEYS_OPAQUE)
		return (shared ? lt_acquire_shared : lt_acquire)(table, &loan->key, deadline);
	if (key->kind == LT_KEYS_VALUE)
		return (shared ? lt_acquire_value_shared : lt_acquire_value)(table, key->integer,
		    loan->memory, loan->key.length, deadline);
	if (key->kind == LT_KEYS_OWNING)
		return (shared ? lt_acquire_owning_shared : lt_acquire_owning)(table, key->integer,
		    loan->memory, loan->key.length, deadline);
	if (key->kind == LT_KEYS_INTEGER)
		return (shared ? lt_acquire_integer_shared : lt_acquire_integer)(table, key->integer,
		    deadline);
	if (ascii)
		return (shared ? lt_acquire_ascii_shared : lt_acquire_ascii)(table, loan->memory,
		    key->length, deadline);
	return (shared ? lt_acquire_bytes_shared : lt_acquire_bytes)(table, loan->memory, key->length,
	    deadline);
}

static struct loan *
loan_of(const struct participant *participant)
{

	return &game.lent[participant - game.model->participants];
}

/* Takes the mark off the hold, and keeps the loan with its participant. */
static lt_hold_t
lend(struct participant *participant, const struct loan *loan, lt_hold_t hold)
{

	*loan_of(participant) = *loan;
	hold.place = (char *)hold.place - LT_BORROWED_BIT;
	return hold;
}

static lt_hold_t
marked(const struct participant *participant)
{
	lt_hold_t hold = participant->hold;

	hold.place = (char *)hold.place + LT_BORROWED_BIT;
	return hold;
}

void
game_give(struct participant *participant)
{
	struct loan *loan = loan_of(participant);

	if (loan->memory == NULL)
		return;
	NOTE("  give the table a value of key %lu", participant->key);
	(void)loan_give(loan, marked(participant));
	loan_end(loan);
}

/* Returns whether the participant's hold borrowed a value, and is released. */
static bool
release_borrowed(struct participant *participant)
{
	const struct model_key *key = &game.model->keys[participant->key];
	struct loan *loan = loan_of(participant);

	if (loan->memory == NULL)
		return false;
	NOTE("  it borrows");
	if (!lt_release_borrowed(marked(participant), participant->is_shared)) {
		/* A call that is in the middle of a look-up may need it. */
		SAME(game.is_interfered || key->callers + key->held + key->queued > 1,
		    "a value that nobody needs was not given back");
		game_give(participant);
		return false;
	}
	loan_end(loan);
	return true;
}

void
game_acquire(unsigned slot, bool shared, unsigned form, uint64_t deadline)
{
	const struct chosen *chosen = &game.chosen[slot];
	const unsigned key = game.key_of[slot];
	const uint64_t failures = seam_failures();
	const bool is_heavy = game.model->has_permits && !shared;
	const bool prepared = form % 3 == 0 || is_heavy, ascii = form % 3 == 2;
	const uint64_t id = game.identified + 1;
	const struct wanted wanted = { key, shared }, *outer = game.wanted;
	struct loan loan = loan_make(game.table, chosen);
	struct participant *participant;
	lt_status_t expected;
	lt_hold_t hold;
	bool is_lent;

	if (game.model->participant_count >= MODEL_PARTICIPANTS - 8 || game.pins == MOST_PINS) {
		loan_end(&loan);
		return;
	}
	NOTE(shared ? "acquire key %lu shared, form %lu, deadline %#lx" :
	    "acquire key %lu, form %lu, deadline %#lx", slot, form % 3, deadline);
	game.is_finding = deadline != LT_FOREVER;
	game.wanted = &wanted;
	hold = call_acquire(&loan, chosen, shared, prepared, ascii, deadline);
	game.wanted = outer;
	game.is_finding = false;
	is_lent = ((uintptr_t)hold.place & LT_BORROWED_BIT) != 0 && form % 2 != 0 && !is_heavy &&
	    ((uintptr_t)hold.place & LT_PIN_BIT) == 0;
	if (!is_lent) {
		hold = loan_give(&loan, hold);
		loan_end(&loan);
	}
	if (hold.place == NULL && hold.tag == LT_NO_MEMORY && may_lack_memory(key, failures))
		return;
	if (ascii && !prepared && chosen->kind == LT_KEYS_BYTES && !chosen->is_ascii) {
		SAME(hold.place == NULL && hold.tag == LT_NOT_ASCII, "a key that is not ASCII was taken");
		return;
	}
	expected = model_try(game.model, key, shared, deadline);
	if (expected == LT_OK) {
		SAME(hold.place != NULL && ((uintptr_t)hold.place & LT_PIN_BIT) == 0,
		    "a key was not acquired: %#lx", (unsigned long)hold.tag);
		participant = model_take(game.model, key, shared);
		if (is_lent)
			hold = lend(participant, &loan, hold);
		game_keep_hold(participant, hold, slot, id);
	} else if (expected == LT_SUSPENDED) {
		SAME(((uintptr_t)hold.place & LT_PIN_BIT) != 0, "a held key was not pinned");
		hold.place = (char *)hold.place - LT_PIN_BIT;
		model_pin(game.model, key);
		keep_pin(hold, slot);
	} else {
		SAME(hold.place == NULL && hold.tag == expected, "%p, %#lx instead of the failure %lu",
		    hold.place, (unsigned long)hold.tag, (unsigned long)expected);
	}
}

static struct participant *
take_hold(size_t index)
{
	struct participant *participant = game.hold[index];

	game.hold[index] = game.hold[--game.holds];
	return participant;
}

void
game_release(size_t index)
{
	struct participant *participant = take_hold(index);
	/* As scoped forms do; the old inputs say nothing of it, so it is every other one. */
	const bool while_open = game.table != NULL && !participant->is_shared &&
	    game.exclusive_releases++ % 2 == 0;
	const bool is_several = game.model->has_permits && !participant->is_shared;

	NOTE(participant->is_shared ? "release key %lu, shared" :
	    while_open ? "release key %lu, the table being open" : "release key %lu", participant->key);
	if (game_use_value(participant) || release_borrowed(participant))
		;
	else if (is_several || (game.model->has_permits && while_open))
		lt_release_permits(participant->hold, game_weight(participant->is_shared));
	else if (participant->is_shared)
		lt_release_shared(participant->hold);
	else if (while_open)
		lt_release_while_open(participant->hold.place);
	else
		lt_release(participant->hold);
	model_release(game.model, participant);
}

void
game_downgrade(size_t index)
{
	struct participant *participant = game.hold[index];
	lt_hold_t hold;

	if (participant->is_shared || game.model->has_permits)
		return;
	NOTE("downgrade key %lu", participant->key);
	game_give(participant);
	hold = lt_downgrade(participant->hold);
	SAME(hold.place == participant->hold.place, "a hold moved when it was downgraded");
	participant->hold = hold;
	model_downgrade(game.model, participant);
}

void
game_pin(unsigned slot)
{
	const unsigned key = game.key_of[slot];
	const uint64_t failures = seam_failures();
	struct loan loan;
	lt_hold_t pin;

	if (game.pins == MOST_PINS)
		return;
	NOTE("pin key %lu", slot);
	loan = loan_make(game.table, &game.chosen[slot]);
	game.is_finding = true;
	pin = loan_give(&loan, lt_pin(game.table, &loan.key));
	game.is_finding = false;
	loan_end(&loan);
	if (pin.place == NULL && pin.tag == LT_NO_MEMORY && may_lack_memory(key, failures))
		return;
	SAME(pin.place != NULL, "a key was not pinned: %lu", (unsigned long)pin.tag);
	model_pin(game.model, key);
	keep_pin(pin, slot);
}

void
game_unpin(size_t index)
{
	struct pin pin = game.pin[index];

	NOTE("unpin key %lu", pin.slot);
	game.pin[index] = game.pin[--game.pins];
	lt_unpin(pin.pin);
	model_unpin(game.model, game.key_of[pin.slot]);
}

void
game_try_pinned(size_t index, bool shared)
{
	struct pin pin = game.pin[index];
	const unsigned key = game.key_of[pin.slot];
	const bool is_open = !game.model->is_shut_down && model_is_open(game.model, key, shared);
	const uint64_t id = game.identified + 1;

	if (game.model->participant_count >= MODEL_PARTICIPANTS - 8)
		return;
	NOTE(shared ? "try pinned key %lu, shared" : "try pinned key %lu", pin.slot);
	if (game.model->has_permits) {
		SAME(lt_try_permits(&pin.pin, game_weight(shared)) == is_open,
		    "permits of a pinned key were acquired, or not, wrongly");
	} else {
		pin.pin.place = (char *)pin.pin.place + (shared ? LT_SHARED_BIT : 0);
		SAME(lt_try_pinned(&pin.pin) == is_open, "a pinned key was acquired, or not, wrongly");
		pin.pin.place = (char *)pin.pin.place - (shared ? LT_SHARED_BIT : 0);
	}
	if (!is_open)
		return;
	game.pin[index] = game.pin[--game.pins];
	game_keep_hold(model_take_pinned(game.model, key, shared), pin.pin, pin.slot, id);
}

/* --- permits -------------------------------------------------------------------------- */

uint32_t
game_weight(bool shared)
{

	return shared ? 1 : MODEL_HEAVY;
}

/* Two tickets: an answer to the first does not count after one to the second. */
void
game_answer(unsigned slot, uint32_t capacity)
{
	const unsigned key = game.key_of[slot];
	struct loan loan = loan_make(game.table, &game.chosen[slot]);
	uint64_t first = 0, second = 0;
	lt_hold_t pin, again;

	NOTE("key %lu has %lu permits", slot, capacity);
	/* With a look-up that others do not change: the pin keeps the key. */
	pin = lt_permits_ask_again(game.table, &loan.key, &first);
	SAME((pin.place != NULL) == model_is_present(game.model, key),
	    "a capacity was asked for, or not, wrongly");
	if (pin.place != NULL) {
		again = lt_permits_ask_again(game.table, &loan.key, &second);
		SAME(again.place == pin.place && second > first, "tickets do not follow one another");
		SAME(lt_permits_set(pin, capacity, second), "an answer was not taken");
		SAME(!lt_permits_set(pin, capacity + 1, first), "an old answer was taken");
		model_set_capacity(game.model, key, capacity);
		SAME(lt_permits_capacity(pin) == capacity && lt_permits_ask(pin) == 0,
		    "a capacity is not known that was set");
		lt_unpin(again);
		lt_unpin(pin);
	}
	loan_end(&loan);
}
