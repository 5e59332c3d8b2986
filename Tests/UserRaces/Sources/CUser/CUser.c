/*
 * A user of the C interface, which includes nothing of the core but its header. Its functions
 * are instrumented: what they read and write of a stored key, or of a continuation, is
 * ordered by the core or is a race.
 */
#include "CUser.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "../../../../CShim/LockTable/include/CLockTable.h"

#define KEYS	3
#define THREADS	4
#define ROUNDS	1000

struct label {
	uint64_t id;
};

struct user {
	lt_table_t *table;
	uint64_t counts[KEYS];
	unsigned number;		/* Of the next thread. */
	unsigned left;			/* Threads that are not done. */
	pthread_mutex_t mutex;
};

/* A continuation: a thread that waits until it is resumed. */
struct waiting {
	pthread_mutex_t mutex;
	pthread_cond_t resumed;
	unsigned begun;			/* The thread that begins writes it; the one that resumes reads it. */
	unsigned seen;
};

static bool
equal(const void *stored, const void *wanted)
{

	return ((const struct label *)stored)->id == ((const struct label *)wanted)->id;
}

static void *
copy(const void *wanted)
{
	struct label *label = malloc(sizeof *label);

	if (label != NULL)
		label->id = ((const struct label *)wanted)->id;
	return label;
}

static void
destroy(void *stored)
{

	((struct label *)stored)->id = UINT64_MAX;
	free(stored);
}

static void
resume(void *continuation)
{
	struct waiting *waiting = continuation;
	const unsigned begun = waiting->begun;

	(void)pthread_mutex_lock(&waiting->mutex);
	waiting->seen = begun;
	(void)pthread_cond_signal(&waiting->resumed);
	(void)pthread_mutex_unlock(&waiting->mutex);
}

static lt_hold_t
suspend(struct user *user, const lt_key_t *key, uint64_t deadline)
{
	struct waiting waiting = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };
	lt_suspension_t *suspension = lt_suspension_create(lt_pin(user->table, key), deadline, resume);
	lt_status_t status = LT_NO_MEMORY;

	if (suspension == NULL)
		abort();
	do {
		waiting.begun++;
		status = lt_suspension_begin(suspension, &waiting);
		if (status != LT_SUSPENDED)
			break;
		(void)pthread_mutex_lock(&waiting.mutex);
		while (waiting.seen != waiting.begun)
			(void)pthread_cond_wait(&waiting.resumed, &waiting.mutex);
		(void)pthread_mutex_unlock(&waiting.mutex);
		status = lt_suspension_poll(suspension);
	} while (status == LT_SUSPENDED);
	return lt_suspension_end(suspension);
}

static void
look_at(void *context, const lt_report_t *report)
{
	uint64_t *sum = context;

	*sum += ((const struct label *)report->bytes)->id;
}

/* Looks only: what it sees of a stored key, it has not compared before. */
static void *
look(void *argument)
{
	struct user *user = argument;
	uint64_t sum = 0;

	while (__atomic_load_n(&user->left, __ATOMIC_RELAXED) > 0) {
		(void)lt_table_inspect(user->table, false, look_at, &sum);
		(void)sched_yield();
	}
	return NULL;
}

static void *
use(void *argument)
{
	struct user *user = argument;
	unsigned number;

	(void)pthread_mutex_lock(&user->mutex);
	number = user->number++;
	(void)pthread_mutex_unlock(&user->mutex);
	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct label label = { (round + number) % KEYS };
		const lt_key_t key = lt_key_opaque(user->table, label.id, &label);
		lt_hold_t hold = { 0 };

		switch (round % 4) {
		case 0:
			hold = lt_acquire(user->table, &key, LT_FOREVER);
			break;
		case 1:
			hold = lt_acquire(user->table, &key, LT_NO_WAIT);
			break;
		case 2:
			hold = suspend(user, &key, LT_FOREVER);
			break;
		default:
			hold = suspend(user, &key, lt_deadline_after_ns(20000));
		}
		if (hold.place == NULL)
			continue;
		user->counts[label.id]++;
		lt_release(hold);
	}
	(void)__atomic_sub_fetch(&user->left, 1, __ATOMIC_RELAXED);
	return NULL;
}

void
use_from_c(void)
{
	const lt_key_operations_t operations = { equal, copy, destroy };
	const lt_config_t config = { .stripes = 1, .keys = LT_KEYS_OPAQUE, .operations = &operations };
	struct user user = { .left = THREADS, .mutex = PTHREAD_MUTEX_INITIALIZER };
	pthread_t threads[THREADS + 1];

	if (lt_table_create(&config, &user.table) != LT_OK)
		abort();
	for (unsigned i = 0; i <= THREADS; i++) {
		if (pthread_create(&threads[i], NULL, i < THREADS ? use : look, &user) != 0)
			abort();
	}
	for (unsigned i = 0; i <= THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	lt_table_close(user.table);
}

/* --- a race -------------------------------------------------------------------- */

struct racer {
	struct user *user;
	long *cell;
	uint64_t key, other;		/* The other is waited for in vain; 0: none is. */
	unsigned *done;
};

static void *
race(void *argument)
{
	const struct racer *racer = argument;
	const lt_key_t key = lt_key_integer(racer->user->table, racer->key);
	const lt_key_t other = lt_key_integer(racer->user->table, racer->other);
	lt_hold_t hold = suspend(racer->user, &key, lt_deadline_after_ns(UINT64_C(1) << 50));

	*racer->cell = (long)racer->key;
	if (racer->other != 0)
		(void)suspend(racer->user, &other, lt_deadline_after_ns(1000000));
	lt_release(hold);
	(void)__atomic_add_fetch(racer->done, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Until so many have begun to wait. */
static void
await_parks(lt_table_t *table, uint64_t parks)
{
	lt_statistics_t told;

	do {
		(void)sched_yield();
		lt_table_statistics(table, &told);
	} while (told.parks < parks);
}

void
race_with_deadlines(long *cell)
{
	const lt_config_t config = { .stripes = 1, .fairness = LT_FIFO, .keys = LT_KEYS_INTEGER };
	struct user user = { .mutex = PTHREAD_MUTEX_INITIALIZER };
	unsigned done = 0;
	struct racer racers[2] = { { &user, cell, 1, 3, &done }, { &user, cell, 2, 0, &done } };
	pthread_t threads[2];
	lt_hold_t holds[3];

	if (lt_table_create(&config, &user.table) != LT_OK)
		abort();
	for (uint64_t i = 0; i < 3; i++)
		holds[i] = lt_acquire_integer(user.table, 1 + i, LT_FOREVER);
	for (unsigned i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, race, &racers[i]) != 0)
			abort();
		await_parks(user.table, i + 1);
	}
	lt_release(holds[0]);
	while (__atomic_load_n(&done, __ATOMIC_RELAXED) == 0)
		(void)sched_yield();
	lt_release(holds[1]);
	for (unsigned i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	lt_release(holds[2]);
	lt_table_close(user.table);
}
