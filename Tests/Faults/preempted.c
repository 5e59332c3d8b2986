/*
 * Threads that are preempted while they have a stripe's lock, by threads that want it: how long
 * these wait, compared with a mutex in the same run.
 *
 *   preempted
 *
 * All threads share one core. The bounds are wide, as other programs may share it, too; what
 * they are to find is three orders of magnitude away.
 */
#define _GNU_SOURCE
#include <CLockTable.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS		UINT64_C(1000000)
#define ROUNDS		4
#define ROUND_NS	(500 * MS)
#define ORDINARY	3
#define REAL_TIME	2
#define MOST_WAITS	(ROUNDS * 4000)

enum lock { MUTEX, ONE_KEY, A_KEY_EACH, LOCKS };

static const char *const lock_names[LOCKS] = { "a mutex", "one key",
    "a key of the stripe for each" };

static lt_table_t *table;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int ends;

/* What threads of one kind have waited for one kind of lock. */
struct waits {
	size_t count;
	uint64_t longest;		/* Of this round. */
	uint64_t least;			/* Of the rounds' longest: in the others, other programs ran. */
	uint64_t each[MOST_WAITS];
};

struct thread {
	pthread_t id;
	enum lock lock;
	uint64_t key;
	int priority;			/* SCHED_FIFO's; 0: an ordinary one. */
	uint64_t pause;			/* ns between two turns. */
	struct waits *waits;		/* NULL: they are not measured. */
};

static void
turn(const struct thread *thread)
{

	if (thread->lock == MUTEX) {
		(void)pthread_mutex_lock(&mutex);
		(void)pthread_mutex_unlock(&mutex);
	} else {
		lt_release(lt_acquire_integer(table, thread->lock == ONE_KEY ? 0 : thread->key, LT_FOREVER));
	}
}

static void
note(struct waits *waits, uint64_t wait)
{

	if (wait > waits->longest)
		waits->longest = wait;
	if (waits->count < MOST_WAITS)
		waits->each[waits->count++] = wait;
}

static void
end_round(struct waits *waits, int round)
{

	if (round == 0 || waits->longest < waits->least)
		waits->least = waits->longest;
	waits->longest = 0;
}

static void *
run(void *pointer)
{
	const struct thread *thread = pointer;
	const struct timespec pause = { 0, (long)thread->pause };

	while (!__atomic_load_n(&ends, __ATOMIC_RELAXED)) {
		const uint64_t start = lt_now_ns();

		turn(thread);
		if (thread->waits != NULL)
			note(thread->waits, lt_now_ns() - start);
		if (thread->pause > 0)
			(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

/* On this core. Zero: it runs. */
static int
start(struct thread *thread, int core)
{
	struct sched_param parameters = { .sched_priority = thread->priority };
	pthread_attr_t attributes;
	cpu_set_t cores;
	int error;

	CPU_ZERO(&cores);
	CPU_SET(core, &cores);
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setaffinity_np(&attributes, sizeof cores, &cores);
	if (thread->priority > 0) {
		(void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		(void)pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
		(void)pthread_attr_setschedparam(&attributes, &parameters);
	}
	error = pthread_create(&thread->id, &attributes, run, thread);
	(void)pthread_attr_destroy(&attributes);
	return error;
}

/* One after the other; and their ends are awaited. Zero: all ran. */
static int
run_together(struct thread *threads, size_t count, int core)
{
	const struct timespec round = { 0, (long)ROUND_NS };
	size_t started = 0;
	int error = 0;

	__atomic_store_n(&ends, 0, __ATOMIC_RELAXED);
	while (started < count && (error = start(&threads[started], core)) == 0)
		started++;
	if (error == 0)
		(void)nanosleep(&round, NULL);
	__atomic_store_n(&ends, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i].id, NULL);
	return error;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t
percentile(struct waits *waits, size_t hundredths)
{

	if (waits->count == 0)
		return UINT64_MAX;
	qsort(waits->each, waits->count, sizeof waits->each[0], compare);
	return waits->each[waits->count * hundredths / 100];
}

static uint64_t
larger(uint64_t a, uint64_t b)
{

	return a > b ? a : b;
}

static bool
judge(bool is_met, const char *what)
{

	if (!is_met)
		printf("FAILED: %s\n", what);
	return is_met;
}

/* --- a thread of a higher scheduling class ------------------------------------------------- */

/* Two SCHED_FIFO threads take a turn every 200 us; ordinary threads do nothing else. */
static bool
real_time_threads_do_not_stall(int core)
{
	static struct waits waits[LOCKS];
	bool passed = true;

	memset(waits, 0, sizeof waits);
	for (int round = 0; round < ROUNDS; round++) {
		for (enum lock lock = 0; lock < LOCKS; lock++) {
			struct thread threads[ORDINARY + REAL_TIME] = { 0 };
			int error;

			for (int i = 0; i < ORDINARY + REAL_TIME; i++) {
				threads[i] = (struct thread){ .lock = lock, .key = (uint64_t)i };
				if (i < ORDINARY)
					continue;
				threads[i].priority = 10 * (1 + i - ORDINARY);
				threads[i].pause = MS / 5;
				/* The ends of those two are one after the other, as they are on one core. */
				threads[i].waits = i == ORDINARY ? &waits[lock] : NULL;
			}
			error = run_together(threads, ORDINARY + REAL_TIME, core);
			if (error != 0) {
				printf("left out, real-time threads: SCHED_FIFO is refused: %s\n",
				    strerror(error));
				return true;
			}
			end_round(&waits[lock], round);
		}
	}
	for (enum lock lock = 0; lock < LOCKS; lock++)
		printf("real time, %s: %zu turns, longest wait in the best round %.3f ms\n",
		    lock_names[lock], waits[lock].count, (double)waits[lock].least / (double)MS);
	for (enum lock lock = ONE_KEY; lock < LOCKS; lock++) {
		passed &= judge(waits[lock].count >= waits[MUTEX].count / 3,
		    "a real-time thread has less than a third of the turns that it has at a mutex");
		passed &= judge(waits[lock].least <= 3 * larger(waits[MUTEX].least, MS),
		    "a real-time thread waits for more than three times as long as for a mutex");
	}
	return passed;
}

/* --- a thread that has slept -------------------------------------------------------------- */

/* One thread takes a turn every ms; another of the same priority does nothing else. */
static bool
a_thread_that_has_slept_does_not_stall(int core)
{
	static struct waits waits[LOCKS];
	uint64_t most[LOCKS];
	bool passed = true;

	memset(waits, 0, sizeof waits);
	for (int round = 0; round < ROUNDS; round++) {
		for (enum lock lock = 0; lock < LOCKS; lock++) {
			struct thread threads[2] = {
				{ .lock = lock, .key = 0 },
				{ .lock = lock, .key = 1, .pause = MS, .waits = &waits[lock] },
			};

			if (run_together(threads, 2, core) != 0)
				return judge(false, "no threads are to be had");
		}
	}
	for (enum lock lock = 0; lock < LOCKS; lock++) {
		/* Not the longest ones, which may have waited for another program. */
		most[lock] = percentile(&waits[lock], 90);
		printf("one core, %s: %zu turns, 90 %% wait for up to %.3f ms, 99 %% for up to %.3f\n",
		    lock_names[lock], waits[lock].count, (double)most[lock] / (double)MS,
		    (double)percentile(&waits[lock], 99) / (double)MS);
	}
	for (enum lock lock = ONE_KEY; lock < LOCKS; lock++)
		passed &= judge(most[lock] <= 10 * larger(most[MUTEX], MS / 4),
		    "90 % of the waits are more than ten times as long as for a mutex");
	return passed;
}

/* --- all ----------------------------------------------------------------------------------- */

static int
first_core(void)
{
	cpu_set_t cores;

	if (sched_getaffinity(0, sizeof cores, &cores) != 0)
		return 0;
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (CPU_ISSET(core, &cores))
			return core;
	}
	return 0;
}

int
main(void)
{
	const lt_config_t config = { .stripes = 1 };
	const int core = first_core();
	bool passed;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (lt_table_create(&config, &table) != LT_OK)
		return 2;
	passed = real_time_threads_do_not_stall(core);
	passed &= a_thread_that_has_slept_does_not_stall(core);
	lt_table_close(table);
	return !passed;
}
