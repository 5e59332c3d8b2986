/* Values that entries keep. */
#include "game.h"

#define MAGIC	UINT64_C(0x76616c7565206f66)

/* What a key's room has in it, if its value is present. */
struct kept {
	uint64_t key, magic;
};

static void
end(void *context, void *place)
{
	struct kept *kept = place;

	SAME(context == &game, "a value is ended with another context");
	SAME((kept->magic ^ MAGIC) == kept->key && kept->key < MOST_SLOTS, "what ends is no value");
	NOTE("  the value of key %lu ends", kept->key);
	kept->magic = 0;
	game.values--;
	if (game.reenters && game.table != NULL)
		(void)lt_table_count(game.table);
}

/* Old inputs have small numbers here. */
void
game_read_values(uint8_t byte)
{
	lt_config_t *config = &game.config;

	game.keeps_values = byte >= 0xc0;
	if (!game.keeps_values)
		return;
	config->purpose = LT_FOR_VALUES;
	config->payload_size = sizeof(struct kept);
	config->payload_alignment = byte % 16 >= 8 ? 16 : 8;
	config->end_value = end;
	config->end_value_context = &game;
	config->values_in_use_only = byte >= 0xe0;
	NOTE(byte >= 0xe0 ? "of values in use" : "of values");
}

void
game_look_at_value(const struct participant *participant)
{
	lt_value_t value;

	if (!game.keeps_values || game.table == NULL || participant->state != HOLDING ||
	    participant->is_granted)
		return;
	value = lt_value_of(game.table, participant->hold);
	SAME(value.is_present == game.model->keys[participant->key].has_value,
	    "the value of key %u is there, or not, against the model", participant->key);
	if (value.is_present)
		SAME(((struct kept *)value.place)->key == participant->key &&
		    ((struct kept *)value.place)->magic == (MAGIC ^ participant->key),
		    "key %u has a value of another one", participant->key);
}

static void
make(unsigned key, void *place)
{

	*(struct kept *)place = (struct kept){ key, MAGIC ^ key };
	game.values++;
}

bool
game_use_value(struct participant *participant)
{
	const unsigned key = participant->key;
	lt_value_t value;
	uint8_t what;

	if (!game.keeps_values || game.table == NULL || participant->is_shared)
		return false;
	what = input_byte(&game.input) % 4;
	if (what == 0)
		return false;
	game_give(participant);
	game_look_at_value(participant);
	value = lt_value_of(game.table, participant->hold);
	if (what == 1 || game.config.values_in_use_only) {
		if (value.is_present)
			return false;
		NOTE("  its value is kept");
		make(key, value.place);
		lt_keep_value(participant->hold);
		model_set_value(game.model, key, true);
		return false;
	}
	NOTE(what == 2 ? "  with a value" : "  without a value");
	if (what == 2 && !value.is_present) {
		make(key, value.place);
	} else if (what == 3 && value.is_present) {
		((struct kept *)value.place)->magic = 0;
		game.values--;
	}
	lt_release_value(participant->hold, what == 2);
	model_set_value(game.model, key, what == 2);
	return true;
}

void
game_end_values(void)
{

	if (!game.keeps_values)
		return;
	NOTE("end all values");
	lt_table_end_values(game.table);
	for (unsigned key = 0; key < MOST_SLOTS; key++) {
		if (game.model->keys[key].has_value)
			model_set_value(game.model, key, false);
	}
}

void
game_check_values(void)
{
	size_t used = 0, pinned = 0;

	SAME(game.values == game.model->values, "%zu values are there instead of %zu", game.values,
	    game.model->values);
	if (!game.keeps_values || game.table == NULL)
		return;
	SAME(lt_table_count_values(game.table) == game.model->values, "values were counted wrong");
	for (unsigned key = 0; key < MOST_SLOTS; key++)
		used += game.model->keys[key].callers + game.model->keys[key].held > 0;
	SAME(lt_table_count_used(game.table) == used, "keys in use were counted wrong");
	for (uint32_t stripe = 0; stripe < game.stripes && stripe < 8; stripe++)
		pinned += lt_pin_values(game.table, stripe, NULL, 0);
	SAME(game.stripes > 8 || pinned == game.model->values, "values of stripes were counted wrong");
	for (size_t i = 0; i < game.holds; i++) {
		if (game.lent[game.hold[i] - game.model->participants].memory == NULL)
			game_look_at_value(game.hold[i]);
	}
}
