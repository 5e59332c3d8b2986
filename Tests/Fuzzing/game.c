#include "game.h"

#include <string.h>

struct game game;

/* Large, and reset by hand. */
static struct model the_model;

/* --- the start ------------------------------------------------------------------------ */

static void
read_seed(lt_config_t *config)
{

	switch (input_byte(&game.input) % 8) {
	case 0:
		/* Drawn, as seam.c has it. */
		return;
	case 1:
		config->seed[0] = input_number(&game.input);
		config->seed[1] = input_number(&game.input);
		return;
	case 2:
	case 3:
	case 4:
		/* With it, long and short keys that begin with eight a's have equal hashes. */
		config->seed[0] = config->seed[1] = UINT64_C(0x6161616161616161);
		return;
	default:
		config->seed[0] = UINT64_C(0x0123456789abcdef);
		config->seed[1] = UINT64_C(0xfedcba9876543211);
	}
}

/* Configurations that are none are refused, and another is used. */
static void
try_invalid(void)
{
	lt_config_t config = game.config;
	lt_table_t *table = NULL;

	switch (input_byte(&game.input) % 4) {
	case 0:
		config.stripes = 3 + input_byte(&game.input) * 4u;
		break;
	case 1:
		config.stripes = 2 * LT_MAX_STRIPES;
		break;
	case 2:
		config.fairness = 2;
		break;
	default:
		config.keys = LT_KEYS_OWNING + 1;
	}
	SAME(lt_table_create(&config, &table) == LT_INVALID && table == NULL,
	    "a configuration was not refused");
	config = game.config;
	config.keys = LT_KEYS_OPAQUE;
	config.operations = NULL;
	SAME(lt_table_create(&config, &table) == LT_INVALID && table == NULL,
	    "opaque keys without operations were not refused");
	config.keys = LT_KEYS_VALUE;
	config.value_operations = NULL;
	SAME(lt_table_create(&config, &table) == LT_INVALID && table == NULL,
	    "values without operations were not refused");
}

static void
read_config(void)
{
	static const uint32_t stripes[] = { 1, 2, 4, 8, 1, 1, 2, 1 };
	lt_config_t *config = &game.config;
	uint8_t kind, flags, shape, waiters;

	/* It sweeps when an input says so. */
	config->unmonitored = true;
	kind = input_byte(&game.input);
	config->keys = kind % 3;
	/* Old inputs have small numbers here. */
	if (config->keys == LT_KEYS_OPAQUE && kind >= 0x80)
		config->keys = kind >= 0xc0 ? LT_KEYS_OWNING : LT_KEYS_VALUE;
	flags = input_byte(&game.input);
	shape = input_byte(&game.input);
	waiters = input_byte(&game.input);
	/* Old inputs have small numbers here, too, as a rule. */
	if (waiters >= 0x80 && waiters < 0xc0) {
		const uint32_t permits = waiters >> 3 & 7;

		config->purpose = LT_FOR_PERMITS;
		config->permits = permits < 6 ? permits : LT_PERMITS_BY_KEY;
	}
	game_read_values(waiters);
	game_read_flights(waiters);
	waiters %= 8;
	config->stripes = shape == 0xff ? 0 : stripes[shape % 8];
	config->fairness = flags & 1 ? LT_FIFO : LT_ADAPTIVE;
	config->diagnostics = (flags & 2) != 0;
	config->most_waiters = waiters < 4 ? 0 : waiters - 3;
	game.is_tasks = (flags & 4) != 0;
	game.reenters = (flags & 8) != 0;
	config->runs_task = flags & 16 ? game_runs_task : NULL;
	config->runs_task_context = &game;
	/*
	 * A key that a look-up keeps for a moment longer keeps its capacity, too, or stays in use,
	 * which the model does not know.
	 */
	game.interferes = (flags & 32) != 0 && config->permits != LT_PERMITS_BY_KEY &&
	    !config->values_in_use_only;
	game.ends_early = (flags & 128) != 0;
	config->identify = flags & 64 ? NULL : game_identify;
	game.is_tasks = game.is_tasks && config->identify != NULL;
	config->operations = config->keys == LT_KEYS_OPAQUE ? &label_operations : NULL;
	config->value_operations = config->keys >= LT_KEYS_VALUE ? &value_operations : NULL;
	read_seed(config);
	if (shape == 0xfe)
		try_invalid();
}

static void
make_table(void)
{

	NOTE("a table: keys of kind %lu, fairness %lu, %lu stripes, diagnostics %lu",
	    game.config.keys, game.config.fairness, game.config.stripes, game.config.diagnostics);
	NOTE("  permits of each key, if this is 1: %lu: %#lx", game.config.purpose,
	    game.config.permits);
	NOTE("  most waiters %lu, seed %#lx %#lx", game.config.most_waiters, game.config.seed[0],
	    game.config.seed[1]);
	NOTE("  (of deadlines, 0 tries, 1 is past, 0x…fd pins, and 0x…ff has no limit)");
	seam_fail(0, 1);
	SAME(lt_table_create(&game.config, &game.table) == LT_NO_MEMORY, "a table without memory");
	seam_recover();
	SAME(lt_table_create(&game.config, &game.table) == LT_OK, "there was no table to be had");
	game.stripes = lt_table_stripes(game.table);
	SAME(game.config.stripes == 0 || game.stripes == game.config.stripes,
	    "%u stripes instead of %u", game.stripes, game.config.stripes);
	model_reset(&the_model, MOST_SLOTS, game.stripes);
	game.model = &the_model;
	the_model.is_adaptive = game.config.fairness == LT_ADAPTIVE;
	the_model.most_waiters = game.config.most_waiters;
	the_model.ends_values = game.config.values_in_use_only;
	the_model.clock = seam_now();
	the_model.has_permits = game.config.purpose == LT_FOR_PERMITS;
	the_model.has_flights = game.config.purpose == LT_FOR_FLIGHTS;
	the_model.is_adaptive = the_model.is_adaptive || the_model.has_flights;
	the_model.has_capacities = game.config.permits == LT_PERMITS_BY_KEY;
	for (unsigned key = 0; key < MOST_SLOTS; key++)
		the_model.keys[key].capacity = the_model.has_capacities ? 0 : game.config.permits;
}

static void
read_keys(void)
{

	game.slots = 1 + input_below(&game.input, MOST_SLOTS);
	for (unsigned slot = 0; slot < game.slots; slot++) {
		struct chosen *chosen = &game.chosen[slot];
		struct loan loan;

		chosen_read(&game.input, chosen, game.config.keys, &game.chosen[slot > 0 ? slot - 1 : 0]);
		chosen_note(chosen, slot);
		loan = loan_make(game.table, chosen);
		game.hashes[slot] = loan.key.hash;
		loan_end(&loan);
		for (game.key_of[slot] = 0; !chosen_are_equal(&game.chosen[game.key_of[slot]], chosen);)
			game.key_of[slot]++;
		SAME(game.hashes[slot] == game.hashes[game.key_of[slot]], "one key has two hashes");
		/* By the high bits, as lt_stripe_lock.h has it. */
		the_model.keys[slot].stripe = (uint32_t)(loan.key.hash >> 48) & (game.stripes - 1);
	}
}

/* --- after each operation ---------------------------------------------------------------- */

void
game_compare(void)
{
	struct model *model = game.model;

	for (size_t i = 0; i < game.resumed_count && i < model->resumed_count; i++) {
		SAME(game.resumed[i] == model->resumed[i], "number %zu to be resumed was another one", i);
	}
	SAME(game.resumed_count == model->resumed_count, "%zu were resumed instead of %zu",
	    game.resumed_count, model->resumed_count);
	for (size_t i = 0; i < game.resumed_count; i++)
		game.awake[game.awake_count++] = game.resumed[i];
	game.resumed_count = model->resumed_count = 0;
	game_check_outcomes();
	if (game.table != NULL)
		game_check_statistics();
	game_check_values();
	game_check_flights();
	game_check_memory();
}

/* --- the end -------------------------------------------------------------------------------- */

void
game_close(void)
{

	game_end_values();
	NOTE("close the table");
	lt_table_close(game.table);
	game.table = NULL;
}

static void
finish_suspension(void)
{
	const size_t last = game.suspensions - 1;
	struct participant *participant = game.suspension[last];

	if (model_outcome(participant) != LT_SUSPENDED) {
		game_end(last);
		return;
	}
	if (participant->refused == LT_OK)
		game_cancel(last);
	game_begin(last);
}

/* The queues are served to their ends. */
static void
serve(void)
{

	while (game.awake_count > 0 || game.holds > 0 || game.flights > 0) {
		if (game.awake_count > 0)
			game_awake();
		else if (game.flights > 0)
			game_land(0);
		else
			game_release(0);
		game_compare();
	}
}

static void
finish(void)
{

	NOTE("the rest:");
	seam_recover();
	if (!game.ends_early)
		serve();
	while (game.suspensions > 0) {
		finish_suspension();
		game_compare();
	}
	while (game.holds > 0) {
		game_release(game.holds - 1);
		game_compare();
	}
	while (game.flights > 0) {
		game_land(0);
		game_compare();
	}
	SAME(game.landed == 0, "%zu flights have landed, and go on", game.landed);
	while (game.pins > 0) {
		game_unpin(game.pins - 1);
		game_compare();
	}
	if (game.table != NULL)
		game_close();
	seam_end_timer();
	SAME(!lt_timer_is_running(), "the timer runs when it has nothing to do");
	SAME(seam_outstanding() == 0, "%zu bytes are left", seam_outstanding());
	SAME(game.copies == 0, "%zu copies of keys are left", game.copies);
	SAME(game.values == 0, "%zu values have not ended", game.values);
	SAME(owned_count == 0, "of %zu values something is left", owned_count);
}

void
game_play(const uint8_t *data, size_t size)
{

	memset(&game, 0, sizeof game);
	owned_count = 0;
	game.input = (struct input){ data, size };
	history_forget();
	seam_reset();
	read_config();
	make_table();
	read_keys();
	game_compare();
	while (game.input.left > 0) {
		game_step();
		game_compare();
	}
	finish();
}
