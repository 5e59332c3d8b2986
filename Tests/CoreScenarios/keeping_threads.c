/* Threads that make, change and remove the values that entries keep. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "keeping.h"

#define THREADS	4
#define KEYS	3

struct user {
	lt_table_t *table;
	bool in_use_only;
	uint64_t random;
	unsigned rounds;
};

/* Writes what a reader beside it would see. */
static void
use(struct kept *kept, bool shared)
{

	EXPECT(kept->number == *kept->owned, "a value is not whole");
	if (!shared)
		*kept->owned = ++kept->number;
}

static void
use_staying(struct user *user, uint64_t key, bool shared, uint64_t deadline)
{
	const lt_hold_t hold = shared ? acquire_shared(user->table, INTEGERS, key, deadline) :
	    acquire(user->table, INTEGERS, key, deadline);
	lt_value_t value;

	if (!is_hold(hold))
		return;
	value = lt_value_of(user->table, hold);
	if (value.is_present)
		use(value.place, shared);
	if (shared) {
		lt_release_shared(hold);
	} else if (!value.is_present) {
		put_value(user->table, hold, key);
	} else if (random_next(&user->random) % 2 == 0) {
		take_value_out(user->table, hold);
	} else {
		lt_release_value(hold, true);
	}
}

static void
use_in_use(struct user *user, uint64_t key, bool shared, uint64_t deadline)
{
	lt_hold_t hold = acquire(user->table, INTEGERS, key, deadline);
	lt_value_t value;

	if (!is_hold(hold))
		return;
	value = lt_value_of(user->table, hold);
	if (!value.is_present) {
		kept_make(value.place, key);
		lt_keep_value(hold);
	}
	if (shared)
		hold = lt_downgrade(hold);
	use(value.place, shared);
	(shared ? lt_release_shared : lt_release)(hold);
}

static void *
user_run(void *argument)
{
	struct user *user = argument;

	for (unsigned i = 0; i < user->rounds; i++) {
		const uint64_t random = random_next(&user->random);
		const uint64_t deadline = random / 64 % 4 == 0 ? LT_NO_WAIT :
		    random / 64 % 4 == 1 ? lt_deadline_after_ns(random / 256 % 20000) : LT_FOREVER;

		(user->in_use_only ? use_in_use : use_staying)(user, random % KEYS,
		    random / 8 % 4 == 0, deadline);
	}
	return NULL;
}

static void
use_by_threads(bool in_use_only)
{
	lt_table_t *table = values_table(INTEGERS, 1, in_use_only);
	struct user users[THREADS];
	struct crew crew = { 0 };

	for (unsigned i = 0; i < THREADS; i++) {
		users[i] = (struct user){ table, in_use_only, 7 + i, scaled(20000) };
		crew_add(&crew, user_run, &users[i]);
	}
	crew_join(&crew);
	EXPECT(lt_table_count_values(table) == values_made - values_ended,
	    "not as many values as were made");
	if (in_use_only)
		EXPECT(values_made == values_ended, "a value has outlived its use");
	lt_table_end_values(table);
	close_without_values(table);
}

SCENARIO(values_that_threads_make_and_remove)
{

	use_by_threads(false);
}

SCENARIO(values_that_threads_use)
{

	use_by_threads(true);
}
