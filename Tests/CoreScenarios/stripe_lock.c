/* Threads that find a stripe's lock taken, and taken for long, as its holder does not run. */
#define _GNU_SOURCE
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEYS	6
#define A_MOMENT	100000	/* ns, to look again after. */

struct comer {
	lt_table_t *table;
	uint64_t number;
	lt_hold_t hold;			/* To be released; or one to be acquired, and released. */
	bool is_shared, releases;
	int thread;
	unsigned times;
};

static lt_hold_t
take(const struct comer *comer)
{

	return (comer->is_shared ? acquire_shared : acquire)(comer->table, INTEGERS, comer->number,
	    LT_FOREVER);
}

static void *
come(void *pointer)
{
	struct comer *comer = pointer;

#if defined(__linux__)
	__atomic_store_n(&comer->thread, (int)gettid(), __ATOMIC_RELEASE);
#endif
	if (!comer->releases)
		comer->hold = take(comer);
	(comer->is_shared ? lt_release_shared : lt_release)(comer->hold);
	__atomic_store_n(&comer->times, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* What the system says: it is neither running nor about to. */
static bool
is_asleep(const struct comer *comer)
{
#if defined(__linux__)
	const int thread = __atomic_load_n(&comer->thread, __ATOMIC_ACQUIRE);
	char path[64], line[256] = "";
	const char *state;
	FILE *file;

	if (thread == 0)
		return false;
	(void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	state = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
	(void)fclose(file);
	return state != NULL && strncmp(state, ") S", 3) == 0;
#else
	(void)comer;
	return true;
#endif
}

/*
 *   main                    comers, as many as keys of the stripe
 *   holds K, locks the
 *   stripe, and is stopped
 *                           each finds it locked, and sleeps
 *   unlocks
 *                           each gets in; the last finds a stripe without sleepers
 */
static void
meet_a_holder_that_is_stopped(bool is_shared)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, KEYS, LT_FOREVER);
	struct comer comers[KEYS] = { 0 };
	struct crew crew = { 0 };

	peek_freeze(hold);
	for (unsigned i = 0; i < KEYS; i++) {
		comers[i] = (struct comer){ .table = table, .number = i, .is_shared = is_shared };
		crew_add(&crew, come, &comers[i]);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		while (!is_asleep(&comers[i]))
			pass_time(A_MOMENT);
		EXPECT(__atomic_load_n(&comers[i].times, __ATOMIC_ACQUIRE) == 0, "a locked stripe let one in");
	}
	while (!peek_is_slept_at(hold))
		pass_time(A_MOMENT);
	peek_thaw(hold);
	crew_join(&crew);
	for (unsigned i = 0; i < KEYS; i++)
		EXPECT(comers[i].times == 1, "a thread did not get its key");
	lt_release(hold);
	lt_release(acquire(table, INTEGERS, 1, LT_FOREVER));
	EXPECT(!peek_is_table_slept_at(table),
	    "no thread sleeps at the lock, and each release looks for one");
	close_empty(table);
}

SCENARIO(threads_that_find_a_stripe_locked_sleep_until_it_is_free)
{

	meet_a_holder_that_is_stopped(false);
	meet_a_holder_that_is_stopped(true);
}

/* The last of them frees the table, in which others have just unlocked the stripe. */
SCENARIO(the_last_releases_of_a_closed_table_sleep_at_its_stripe)
{
	const unsigned rounds = scaled(200);

	for (unsigned round = 0; round < rounds; round++) {
		lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
		struct comer comers[KEYS] = { 0 };
		struct crew crew = { 0 };

		for (unsigned i = 0; i < KEYS; i++) {
			comers[i] = (struct comer){ .table = table, .number = i, .releases = true };
			comers[i].hold = take(&comers[i]);
		}
		lt_table_close(table);
		peek_freeze(comers[0].hold);
		for (unsigned i = 0; i < KEYS; i++)
			crew_add(&crew, come, &comers[i]);
		while (!peek_is_slept_at(comers[0].hold))
			pass_time(A_MOMENT);
		peek_thaw(comers[0].hold);
		crew_join(&crew);
		EXPECT(memory_outstanding() == 0, "the last release left memory");
	}
}
