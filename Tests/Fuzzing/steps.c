/* One operation, out of the input. */
#include "game.h"

enum step {
	ACQUIRE, RELEASE, DOWNGRADE, PIN, UNPIN, TRY_PINNED, MULTI, SUSPEND, BEGIN, CANCEL, END,
	AWAKE, PASS_TIME, RUN_TIMER, HELD, INSPECT, CLOSE, LINE_UP, SWEEP, RELEASE_MANY, FAIL, SORT,
	RELEASE_MULTI, TAGS, SWEEP_WOKEN
};

static const unsigned char steps[] = { ACQUIRE, RELEASE, DOWNGRADE, PIN, UNPIN, TRY_PINNED, MULTI,
    SUSPEND, BEGIN, CANCEL, END, AWAKE, PASS_TIME, RUN_TIMER, HELD, INSPECT, CLOSE, LINE_UP, SWEEP,
    RELEASE_MANY, FAIL, SORT, RELEASE_MULTI, TAGS, ACQUIRE, RELEASE, AWAKE, AWAKE, LINE_UP,
    ACQUIRE, RELEASE, SWEEP_WOKEN };

static unsigned
read_slot(void)
{

	return (unsigned)input_below(&game.input, game.slots);
}

/* A flight is nothing to share by holding its key. */
static bool
read_shared(unsigned bit)
{

	return bit != 0 && !game.model->has_flights;
}

/* Turns are of locks. */
static bool
has_turns(void)
{

	return !game.model->has_permits && !game.model->has_flights;
}

static void
step_acquire(void)
{
	const unsigned slot = read_slot(), form = input_byte(&game.input);
	const bool shared = read_shared(form >> 7);

	game_acquire(slot, shared, form & 0x7f,
	    game_deadline(model_is_open(game.model, game.key_of[slot], shared), true));
}

/* No two are alike: the timer may take those in any order. */
static uint64_t
read_limit(void)
{
	const uint8_t byte = input_byte(&game.input);
	uint64_t deadline = byte < 0x90 ? seam_now() + byte * UINT64_C(100000) : byte;

	if (byte >= 0xe0)
		return byte >= 0xf0 ? LT_NO_WAIT : LT_UNREFUSED;
	if (byte >= 0xc0)
		return LT_FOREVER;
	for (size_t i = 0; i < game.suspensions; i++) {
		if (game.suspension[i]->deadline != deadline)
			continue;
		deadline++;
		i = SIZE_MAX;
	}
	return deadline;
}

/* As a turn, or as a task that begins to wait. */
static void
pin_and_suspend(unsigned slot, bool shared, uint64_t deadline, bool as_turn)
{
	const size_t pins = game.pins, suspensions = game.suspensions;

	game_pin(slot);
	if (game.pins > pins)
		game_suspend(pins, shared, deadline);
	if (game.suspensions > suspensions)
		(as_turn && has_turns() ? game_enqueue : game_begin)(suspensions);
}

/* A queue, or more of it: readers and writers by the bits of a byte, over and over. */
static void
step_line_up(void)
{
	const unsigned slot = read_slot(), pattern = input_byte(&game.input);
	const size_t count = input_byte(&game.input) % 80;

	for (size_t i = 0; i < count; i++)
		pin_and_suspend(slot, read_shared(pattern >> i % 8 & 1), LT_FOREVER, false);
}

/* Fewer than a heavy request wants, or more. */
static void
step_answer(void)
{
	const unsigned slot = read_slot();

	game_answer(slot, input_byte(&game.input) % 6);
}

static void
step_sweep(void)
{
	const unsigned first = read_slot();
	const bool shared = read_shared(input_byte(&game.input) % 2);

	for (unsigned slot = first; slot < game.slots; slot++)
		game_acquire(slot, shared, 0, LT_NO_WAIT);
}

static void
step_release_many(void)
{
	size_t left = input_below(&game.input, 256);

	/* From the first to the last, or the other way. */
	while (left-- > 0 && game.holds > 0)
		game_release(left % 2 == 0 ? 0 : game.holds - 1);
}

static void
step_pass_time(void)
{
	const uint8_t byte = input_byte(&game.input);
	/* Most often what makes one starving, or all but. */
	const uint64_t span = byte < 0xc0 ? LT_HANDOFF_BOUND_NS - 1 + byte % 3 :
	    (byte - 0xc0u) * UINT64_C(50000);

	NOTE("%lu ns pass", span);
	seam_pass_time(span);
	game.model->clock = seam_now();
}

/* The monitor's turn: a waiter that it finds for the second time does not come. */
static void
step_sweep_woken(void)
{
	const unsigned key = game.key_of[read_slot()];

	if (game.table == NULL)
		return;
	NOTE("the monitor sweeps the stripe of key %lu", key);
	seam_sweep(game.table, game.model->keys[key].stripe);
	model_sweep(game.model, key);
}

static void
step_fail(void)
{
	const uint8_t n = input_byte(&game.input), many = input_byte(&game.input);

	NOTE("allocation %lu from now fails, and %lu after it", n % 8, many % 4);
	seam_fail(n % 8, 1 + many % 4);
}

static void
step_pinned(enum step step)
{
	size_t pin;

	if (game.pins == 0)
		return;
	pin = input_below(&game.input, game.pins);
	if (step == UNPIN)
		game_unpin(pin);
	else if (step == TRY_PINNED)
		game_try_pinned(pin, read_shared(input_byte(&game.input) % 2));
	else
		game_suspend(pin, read_shared(input_byte(&game.input) % 2), read_limit());
}

/* Old inputs cancel, most of them. */
static void
refuse(size_t suspension, unsigned variant)
{

	switch (variant) {
	case 4:
		game_refuse(suspension, LT_DEADLOCK);
		break;
	case 5:
		game_refuse(suspension, LT_TIMED_OUT);
		break;
	case 6:
	case 7:
		if (game.table != NULL)
			game_fail_waiter(suspension);
		break;
	default:
		game_cancel(suspension);
	}
}

static void
step_suspended(enum step step, unsigned variant)
{
	size_t suspension;

	if (game.suspensions == 0)
		return;
	suspension = input_below(&game.input, game.suspensions);
	if (step == BEGIN && variant >= 6 && has_turns())
		game_enqueue(suspension);
	else if (step == BEGIN)
		game_begin(suspension);
	else if (step == CANCEL)
		refuse(suspension, variant);
	else
		game_end(suspension);
}

/* Where keys have flights, instead of what they are not for. False: the step is for all tables. */
static bool
step_flights(enum step step, unsigned variant)
{

	switch (step) {
	case MULTI:
		if (game.table != NULL)
			game_call(read_slot(), read_limit());
		return true;
	case DOWNGRADE:
		game_step_fly(variant >= 6, game.holds > 0 ? read_limit() : 0);
		return true;
	case RELEASE_MULTI:
		game_step_land();
		return true;
	case SORT:
		game_step_aloft(variant % 2 != 0);
		return true;
	default:
		return false;
	}
}

/* The end of the table, or that of what it offers. */
static void
step_close(void)
{

	switch (input_byte(&game.input) % 8) {
	case 7:
		game_close();
		break;
	case 6:
		game_shut_down();
		break;
	default:
		break;
	}
}

/* Of a closed table, there are only the holds, pins and suspensions. */
static void
step_with_table(enum step step, unsigned variant)
{

	if (game.table == NULL)
		return;
	switch (step) {
	case ACQUIRE:
		step_acquire();
		break;
	case PIN:
		game_pin(read_slot());
		break;
	case MULTI:
		if (!game.model->has_permits)
			(variant % 2 == 0 ? game_acquire_pinned : game_acquire_multi)();
		break;
	case SORT:
		game_sort_pins();
		break;
	case SUSPEND:
		pin_and_suspend(read_slot(), read_shared(input_byte(&game.input) % 2), read_limit(),
		    variant >= 4);
		break;
	case LINE_UP:
		step_line_up();
		break;
	case SWEEP:
		step_sweep();
		break;
	case HELD:
		game_check_held();
		break;
	case INSPECT:
		game_inspect(input_byte(&game.input) % 2 != 0);
		break;
	case TAGS:
		game_check_tags();
		/* Which of the holds and waits to come have records; the model looks at each. */
		lt_table_set_recording(game.table, input_byte(&game.input) % 4 != 0);
		SAME(game.config.diagnostics || !lt_table_is_recording(game.table),
		    "a table without diagnostics records");
		break;
	default:
		step_close();
	}
}

/*
 * From within a look-up, which lets go of its stripe for it. It happens before
 * whatever the look-up is for.
 */
void
game_interfere(void)
{

	if (!game.interferes || !game.is_finding || game.is_interfered)
		return;
	game.is_interfered = true;
	NOTE("  meanwhile:");
	switch (input_byte(&game.input) % 5) {
	case 0:
		if (game.holds > 0)
			game_release(input_below(&game.input, game.holds));
		break;
	case 1:
		if (game.pins > 0)
			game_unpin(input_below(&game.input, game.pins));
		break;
	case 2:
		if (game.pins < MOST_PINS / 2)
			game_pin(read_slot());
		break;
	case 3:
		game_acquire(read_slot(), read_shared(input_byte(&game.input) % 2), 0, LT_NO_WAIT);
		break;
	default:
		if (game.suspensions > 0)
			game_cancel(input_below(&game.input, game.suspensions));
	}
	game.is_interfered = false;
	game.is_finding = true;
}

void
game_step(void)
{
	const uint8_t byte = input_byte(&game.input);
	const enum step step = steps[byte % sizeof steps];

	if (game.model->has_flights && step_flights(step, byte / sizeof steps))
		return;
	switch (step) {
	case RELEASE:
		if (game.holds > 0)
			game_release(input_below(&game.input, game.holds));
		break;
	case DOWNGRADE:
		if (game.model->has_capacities && game.table != NULL)
			step_answer();
		else if (game.holds > 0)
			game_downgrade(input_below(&game.input, game.holds));
		break;
	case RELEASE_MANY:
		step_release_many();
		break;
	case RELEASE_MULTI:
		if (!game.model->has_permits)
			game_release_multi();
		break;
	case SUSPEND:
		if (byte / sizeof steps % 2 == 0)
			step_with_table(step, byte / sizeof steps);
		else
			step_pinned(step);
		break;
	case UNPIN:
	case TRY_PINNED:
		step_pinned(step);
		break;
	case BEGIN:
	case CANCEL:
	case END:
		step_suspended(step, byte / sizeof steps);
		break;
	case AWAKE:
		game_awake();
		break;
	case PASS_TIME:
		step_pass_time();
		break;
	case RUN_TIMER:
		NOTE("the timer's thread runs");
		seam_run_timer();
		model_expire_due(game.model);
		break;
	case FAIL:
		step_fail();
		break;
	case SWEEP_WOKEN:
		step_sweep_woken();
		break;
	default:
		step_with_table(step, byte / sizeof steps);
	}
}
