/* Suspensions that are cancelled at any moment, among threads. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

#include <sched.h>
#include <stdlib.h>

/* --- races ---------------------------------------------------------------------------- */

struct racer {
	struct event *start;
	lt_suspension_t *suspension;	/* To cancel; or NULL: to release. */
	lt_hold_t hold;
	unsigned pauses;
};

static void *
race(void *pointer)
{
	struct racer *racer = pointer;

	event_await(racer->start, 1);
	for (volatile unsigned i = 0; i < racer->pauses; i++)
		;
	if (racer->suspension != NULL)
		lt_suspension_cancel(racer->suspension);
	else
		lt_release(racer->hold);
	return NULL;
}

SCENARIO(a_cancellation_that_meets_a_release_loses_no_key)
{
	const unsigned rounds = scaled(1500);
	uint64_t seed = 1;

	for (unsigned round = 0; round < rounds; round++) {
		struct event start = EVENT;
		struct sleeper first, second;
		struct racer racers[3];
		struct crew crew = { 0 };
		struct contended_key contended;

		contended_open(&contended, INTEGERS, round % 2);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		for (size_t r = 0; r < LENGTH_OF(racers); r++) {
			racers[r] = (struct racer){ &start, r > 0 ? first.suspension : NULL, contended.hold,
			    random_next(&seed) % 200 };
			crew_add(&crew, race, &racers[r]);
		}
		event_raise(&start);
		crew_join(&crew);
		EXPECT(event_times(&first.resumed) == 1, "not resumed exactly once");
		if (sleeper_outcome(&first) != LT_CANCELLED) {
			EXPECT(sleeper_begin(&first) == LT_OK, "neither granted nor cancelled");
			contended_release_granted(&contended, &first);
		} else {
			sleeper_expect_failure(&first, LT_CANCELLED);
		}
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		EXPECT(sleeper_begin(&second) == LT_OK, "the key was lost");
		contended_release_granted(&contended, &second);
		contended_close(&contended);
	}
}

/* --- many -------------------------------------------------------------------------------- */

#define EXECUTORS	3
#define BLOCKERS	2
#define JOBS		24
#define JOB_KEYS	3

struct office;

/* What a task does: acquire, and be in; now and again. */
struct job {
	struct office *office;
	struct job *next;		/* The next one that is ready to go on. */
	pthread_mutex_t mutex;		/* The thread that cancels holds it. */
	lt_suspension_t *suspension;
	uint64_t seed, number;
	unsigned left, asleep;
};

struct office {
	lt_table_t *table;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct job *first, **end;
	unsigned busy;			/* Jobs that are not done. */
	uint64_t entered, cancelled, late;
	struct witness witnesses[JOB_KEYS];
	struct job jobs[JOBS];
};

static void
make_ready(struct job *job)
{
	struct office *office = job->office;

	(void)pthread_mutex_lock(&office->mutex);
	job->next = NULL;
	*office->end = job;
	office->end = &job->next;
	(void)pthread_cond_signal(&office->changed);
	(void)pthread_mutex_unlock(&office->mutex);
}

static struct job *
next_ready(struct office *office)
{
	struct job *job;

	(void)pthread_mutex_lock(&office->mutex);
	while (office->first == NULL && office->busy > 0)
		(void)pthread_cond_wait(&office->changed, &office->mutex);
	job = office->first;
	if (job != NULL) {
		office->first = job->next;
		if (office->first == NULL)
			office->end = &office->first;
	}
	(void)pthread_mutex_unlock(&office->mutex);
	return job;
}

static void
resume_job(void *pointer)
{
	struct job *job = pointer;

	EXPECT(__atomic_exchange_n(&job->asleep, 0, __ATOMIC_ACQ_REL) == 1,
	    "resumed without having been begun, or twice");
	make_ready(job);
}

static void
start_job(struct job *job)
{
	static const uint64_t limits[] = { LT_FOREVER, 1000, 30000, 200000 };
	uint64_t limit = limits[random_next(&job->seed) % LENGTH_OF(limits)];
	lt_suspension_t *suspension;

	job->number = random_next(&job->seed) % JOB_KEYS;
	suspension = lt_suspension_create(pin(job->office->table, INTEGERS, job->number),
	    limit == LT_FOREVER ? LT_FOREVER : lt_deadline_after_ns(limit), resume_job);
	(void)pthread_mutex_lock(&job->mutex);
	job->suspension = suspension;
	(void)pthread_mutex_unlock(&job->mutex);
}

/* False: the job is done, for which some have to be cancelled and some to be late by then. */
static bool
end_job(struct job *job, lt_status_t status)
{
	struct office *office = job->office;
	lt_suspension_t *suspension = job->suspension;
	bool yields = random_next(&job->seed) % 4 == 0, goes_on;
	lt_hold_t hold;

	(void)pthread_mutex_lock(&job->mutex);
	job->suspension = NULL;
	(void)pthread_mutex_unlock(&job->mutex);
	hold = lt_suspension_end(suspension);
	EXPECT(is_hold(hold) == (status == LT_OK), "the end was not what the outcome was");
	if (is_hold(hold)) {
		witness_enter(&office->witnesses[job->number]);
		if (yields)
			(void)sched_yield();
		witness_leave(&office->witnesses[job->number]);
		lt_release(hold);
	}

	(void)pthread_mutex_lock(&office->mutex);
	office->entered += status == LT_OK;
	office->cancelled += status == LT_CANCELLED;
	office->late += status == LT_TIMED_OUT;
	goes_on = job->left > 1 || office->cancelled == 0 || office->late == 0;
	job->left -= job->left > 1;
	if (!goes_on && --office->busy == 0)
		(void)pthread_cond_broadcast(&office->changed);
	(void)pthread_mutex_unlock(&office->mutex);
	return goes_on;
}

/* Runs ready jobs, each until it is suspended or done. */
static void *
execute(void *pointer)
{
	struct office *office = pointer;
	struct job *job;

	while ((job = next_ready(office)) != NULL) {
		lt_status_t status = LT_SUSPENDED;

		if (job->suspension != NULL)
			status = lt_suspension_poll(job->suspension);
		else
			start_job(job);
		if (status == LT_SUSPENDED) {
			EXPECT(__atomic_exchange_n(&job->asleep, 1, __ATOMIC_ACQ_REL) == 0,
			    "begun twice");
			status = lt_suspension_begin(job->suspension, job);
			/* It may have been resumed by now, and be another thread's. */
			if (status == LT_SUSPENDED)
				continue;
			EXPECT(__atomic_exchange_n(&job->asleep, 0, __ATOMIC_ACQ_REL) == 1,
			    "resumed without having been suspended");
		}
		EXPECT(status == LT_OK || status == LT_CANCELLED || status == LT_TIMED_OUT,
		    "a wait ended strangely");
		if (end_job(job, status))
			make_ready(job);
	}
	return NULL;
}

static bool
is_busy(struct office *office)
{
	bool busy;

	(void)pthread_mutex_lock(&office->mutex);
	busy = office->busy > 0;
	(void)pthread_mutex_unlock(&office->mutex);
	return busy;
}

static void *
cancel_now_and_then(void *pointer)
{
	struct office *office = pointer;
	uint64_t seed = 77;

	while (is_busy(office)) {
		struct job *job = &office->jobs[random_next(&seed) % JOBS];

		(void)pthread_mutex_lock(&job->mutex);
		if (job->suspension != NULL)
			lt_suspension_cancel(job->suspension);
		(void)pthread_mutex_unlock(&job->mutex);
		pass_time(random_next(&seed) % 50000);
	}
	return NULL;
}

/* A thread among the suspensions: waits with and without a deadline. */
static void *
block_now_and_then(void *pointer)
{
	struct office *office = pointer;
	uint64_t seed = (uint64_t)(uintptr_t)&seed | 1, entered = 0;

	for (unsigned left = scaled(4000); left > 0; left--) {
		uint64_t number = random_next(&seed) % JOB_KEYS;
		lt_hold_t hold = lt_acquire_integer(office->table, number,
		    left % 2 ? LT_FOREVER : lt_deadline_after_ns(random_next(&seed) % 50000));

		if (!is_hold(hold))
			continue;
		witness_enter(&office->witnesses[number]);
		witness_leave(&office->witnesses[number]);
		entered++;
		lt_release(hold);
	}
	(void)pthread_mutex_lock(&office->mutex);
	office->entered += entered;
	(void)pthread_mutex_unlock(&office->mutex);
	return NULL;
}

static void
run_office(uint32_t fairness)
{
	struct office *office = calloc(1, sizeof *office);
	struct crew crew = { 0 };
	uint64_t seen = 0;

	if (office == NULL)
		abort();
	office->table = table_make(INTEGERS, 1, fairness);
	(void)pthread_mutex_init(&office->mutex, NULL);
	(void)pthread_cond_init(&office->changed, NULL);
	office->end = &office->first;
	office->busy = JOBS;
	for (size_t j = 0; j < JOBS; j++) {
		struct job *job = &office->jobs[j];

		job->office = office;
		job->seed = j + 1;
		job->left = scaled(2000);
		(void)pthread_mutex_init(&job->mutex, NULL);
		make_ready(job);
	}
	for (size_t i = 0; i < EXECUTORS; i++)
		crew_add(&crew, execute, office);
	for (size_t i = 0; i < BLOCKERS; i++)
		crew_add(&crew, block_now_and_then, office);
	crew_add(&crew, cancel_now_and_then, office);
	crew_join(&crew);
	for (size_t k = 0; k < JOB_KEYS; k++)
		seen += office->witnesses[k].entries;
	EXPECT(seen == office->entered, "a counter guarded by its key is off");
	close_empty(office->table);
	free(office);
}

SCENARIO(suspensions_and_threads_exclude_each_other)
{

	run_office(LT_ADAPTIVE);
	run_office(LT_FIFO);
}
