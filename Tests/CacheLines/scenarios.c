/*
 * What threads do: each step is an operation, an acquisition with its release. What a key protects,
 * and the loop around it, take a time, and no memory that cores share.
 */
#include "lines.h"

#include <stdio.h>
#include <string.h>

#include "CLockTable.h"

#define KEYS		100000u
#define FIRST_HELD	UINT64_C(1000000000)
#define STRING_LENGTH	24

struct lt_table *cl_tables[CL_MOST_TABLES];
int cl_table_count;

/* How many hold a table's key: the core must not allow two. */
static unsigned char holders[CL_MOST_TABLES][KEYS];

void
cl_tables_reset(void)
{

	cl_table_count = 0;
	memset(holders, 0, sizeof holders);
}

struct lt_table *
cl_make_table(uint32_t stripes, uint32_t keys)
{
	/* Without a monitor, whose thread there is not. */
	const lt_config_t config = { .stripes = stripes, .keys = keys, .unmonitored = true,
		.seed = { cl_random(), 1 } };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		cl_fail("no table");
	cl_tables[cl_table_count++] = table;
	return table;
}

/* --- tables, and what stays held ---------------------------------------------------------- */

static void
make_integers(uint32_t stripes)
{

	(void)cl_make_table(stripes, LT_KEYS_INTEGER);
}

static void
make_strings(uint32_t stripes)
{

	(void)cl_make_table(stripes, LT_KEYS_BYTES);
}

static void
make_eight(uint32_t stripes)
{

	for (int i = 0; i < CL_MOST_TABLES; i++)
		make_integers(stripes);
}

/* Each core makes its part of the holds, so that their memory comes from all of them. */
static void
hold(struct lt_table *table, uint32_t count)
{

	for (uint32_t i = 0; i < count; i++) {
		cl_set_core((int)(i % (uint32_t)cl_core_count()));
		if (lt_acquire_integer(table, FIRST_HELD + i, LT_NO_WAIT).place == NULL)
			cl_fail("a key is not free that nobody has");
	}
	cl_set_core(0);
}

static void
make_held_4(uint32_t stripes)
{

	hold(cl_make_table(stripes, LT_KEYS_INTEGER), 10000);
}

static void
make_held_5(uint32_t stripes)
{

	hold(cl_make_table(stripes, LT_KEYS_INTEGER), 100000);
}

/* --- operations --------------------------------------------------------------------------- */

static void
enter(int table, uint32_t key)
{

	if (holders[table][key]++ > 0)
		cl_fail("two hold one key");
}

static void
leave(int table, uint32_t key)
{

	holders[table][key]--;
}

/* A section, or what is done between two: 10 to 41 ns. */
static void
work(void)
{

	cl_pass(10 + (cl_random() >> 59));
}

static bool
lock_integer(int table, uint32_t key)
{
	lt_hold_t hold = lt_acquire_integer(cl_tables[table], key, LT_FOREVER);

	enter(table, key);
	work();
	leave(table, key);
	lt_release_while_open(hold.place);
	work();
	return true;
}

static uint32_t
any_key(void)
{

	return (uint32_t)(cl_random() % KEYS);
}

static bool
lock_any_integer(void)
{

	return lock_integer(0, any_key());
}

static bool
lock_hot_key(void)
{

	return lock_integer(0, 7);
}

static bool
lock_in_turn(void)
{
	static uint32_t turns[CL_CORES];

	return lock_integer((int)(turns[cl_core()]++ % CL_MOST_TABLES), any_key());
}

static bool
lock_any_string(void)
{
	char bytes[STRING_LENGTH + 1];
	const uint32_t key = any_key();
	lt_hold_t hold;

	(void)snprintf(bytes, sizeof bytes, "account-%016u", key);
	hold = lt_acquire_bytes(cl_tables[0], bytes, STRING_LENGTH, LT_FOREVER);
	enter(0, key);
	work();
	leave(0, key);
	lt_release_while_open(hold.place);
	work();
	return true;
}

static bool
share_hot_key(void)
{
	lt_hold_t hold = lt_acquire_integer_shared(cl_tables[0], 7, LT_FOREVER);

	work();
	lt_release_shared(hold);
	work();
	return true;
}

const struct cl_scenario cl_scenarios[] = {
	{ "integers", "uniform `Int`s, few live", make_integers, lock_any_integer,
	    .target = 1.1, .limit = 1.1, .must_scale = true },
	/* The key's bytes are in the stripe's second line. */
	{ "strings", "uniform strings of 24 bytes, few live", make_strings, lock_any_string,
	    .target = 1.1, .limit = 2.3, .must_scale = true },
	/* The young entry is read before it is written, so its line moves twice. */
	{ "held-4", "uniform `Int`s beside 10⁴ held", make_held_4, lock_any_integer,
	    .held = 10000, .target = 2.3, .limit = 2.9, .must_scale = true },
	{ "held-5", "uniform `Int`s beside 10⁵ held", make_held_5, lock_any_integer,
	    .held = 100000, .target = 2.3, .limit = 2.9, .must_scale = true },
	{ "tables", "uniform `Int`s, eight tables in turn", make_eight, lock_in_turn,
	    .target = 1.1, .limit = 1.1, .must_scale = true },
	{ "hot", "one key", make_integers, lock_hot_key, .held = 0 },
	{ "readers", "readers of one key", make_integers, share_hot_key, .held = 0 },
	{ .name = NULL }
};
