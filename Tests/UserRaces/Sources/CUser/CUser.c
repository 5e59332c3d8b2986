/*
 * A user of the C interface, who has no more to do with the core than its header. Its functions
 * are instrumented: what they read and write of a stored key, or of a continuation, is
 * ordered by the core or is a race.
 */
#include "CUser.h"

#include <pthread.h>
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
	pthread_mutex_t mutex;
};

/* A continuation: one who waits for a word. */
struct waiting {
	pthread_mutex_t mutex;
	pthread_cond_t resumed;
	unsigned begun;			/* Told by who begins, to who resumes. */
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
		*label = *(const struct label *)wanted;
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
		status = lt_suspension_outcome(suspension);
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

	for (unsigned round = 0; round < ROUNDS; round++)
		(void)lt_table_visit(user->table, false, look_at, &sum);
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
	return NULL;
}

void
use_from_c(void)
{
	const lt_key_operations_t operations = { equal, copy, destroy };
	const lt_config_t config = { .stripes = 1, .keys = LT_KEYS_OPAQUE, .operations = &operations };
	struct user user = { .mutex = PTHREAD_MUTEX_INITIALIZER };
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
