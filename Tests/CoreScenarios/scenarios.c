#include "CoreScenarios.h"
#include "CLockTable.h"

static const char *
an_acquired_key_is_held(void)
{
	lt_config_t config = { .keys = LT_KEYS_INTEGER };
	lt_table_t *table;
	lt_hold_t hold;
	lt_key_t key;

	if (lt_table_create(&config, &table) != LT_OK)
		return "no table";
	hold = lt_acquire_integer(table, 7, LT_FOREVER);
	key = lt_key_integer(table, 7);
	if (!lt_is_held(table, &key))
		return "not held";
	lt_release(hold);
	if (lt_table_count(table) != 0)
		return "not empty";
	lt_table_close(table);
	return NULL;
}

static const core_scenario_t scenarios[] = {
	{ "an acquired key is held", an_acquired_key_is_held },
};

size_t
core_scenario_count(void)
{

	return sizeof scenarios / sizeof scenarios[0];
}

const core_scenario_t *
core_scenario(size_t index)
{

	return &scenarios[index];
}
