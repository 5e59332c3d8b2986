/*
 * Every way to acquire, with every number of threads and keys, under both kinds
 * of fairness. A counter per key, which is not atomic, is the witness.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#include <stdlib.h>
#include <sched.h>

enum way { BLOCK, TRY, TIMED, SEVERAL, WAYS };

#define MOST_WORKERS	8
#define MOST_KEYS	1000
#define SEVERAL_KEYS	3

struct worker {
	lt_table_t *table;
	struct witness *witnesses;
	enum form form;
	enum way way;
	uint64_t keys, seed, entries;
	unsigned left;
};

static uint64_t
deadline_of(struct worker *worker, uint64_t random)
{

	switch (worker->way) {
	case TRY:
		return LT_NO_WAIT;
	case TIMED:
		return lt_deadline_after_ns(random % 100000);
	default:
		return LT_FOREVER;
	}
}

static void
enter_and_leave(struct worker *worker, uint64_t number, bool yielding)
{

	witness_enter(&worker->witnesses[number]);
	if (yielding)
		(void)sched_yield();
	witness_leave(&worker->witnesses[number]);
	worker->entries++;
}

static void
acquire_one(struct worker *worker, uint64_t random)
{
	uint64_t number = random % worker->keys;
	lt_hold_t hold = acquire(worker->table, worker->form, number,
	    deadline_of(worker, random >> 8));

	if (!is_hold(hold)) {
		EXPECT(worker->way != BLOCK, "an acquisition without a deadline failed");
		EXPECT(has_failed(hold, worker->way == TRY ? LT_BUSY : LT_TIMED_OUT),
		    "an acquisition failed strangely");
		return;
	}
	enter_and_leave(worker, number, random >> 20 & 1);
	lt_release(hold);
}

static void
acquire_multi(struct worker *worker)
{
	lt_hold_t holds[SEVERAL_KEYS];
	uint64_t numbers[SEVERAL_KEYS];
	size_t count = SEVERAL_KEYS;

	for (size_t i = 0; i < SEVERAL_KEYS; i++) {
		numbers[i] = random_next(&worker->seed) % worker->keys;
		holds[i] = pin(worker->table, worker->form, numbers[i]);
	}
	EXPECT(lt_acquire_pinned(holds, &count, LT_FOREVER) == LT_OK, "several keys failed");
	for (size_t i = 0; i < SEVERAL_KEYS; i++)
		enter_and_leave(worker, numbers[i], i == 0);
	while (count > 0)
		lt_release(holds[--count]);
}

static void *
work(void *pointer)
{
	struct worker *worker = pointer;

	for (; worker->left > 0; worker->left--) {
		if (worker->way == SEVERAL)
			acquire_multi(worker);
		else
			acquire_one(worker, random_next(&worker->seed));
	}
	return NULL;
}

static void
run_matrix_cell(size_t threads, uint64_t keys, enum way way, uint32_t fairness, enum form form)
{
	lt_table_t *table = table_make(form, keys == 4 ? 1 : 8, fairness);
	struct witness *witnesses = calloc(keys, sizeof *witnesses);
	struct worker workers[MOST_WORKERS];
	struct crew crew = { 0 };
	uint64_t entries = 0, seen = 0;

	if (witnesses == NULL)
		abort();
	for (size_t i = 0; i < threads; i++) {
		workers[i] = (struct worker){ table, witnesses, form, way, keys, i + 1, 0,
		    scaled(6000) / (unsigned)threads };
		crew_add(&crew, work, &workers[i]);
	}
	crew_join(&crew);
	for (size_t i = 0; i < threads; i++)
		entries += workers[i].entries;
	for (uint64_t i = 0; i < keys; i++)
		seen += witnesses[i].entries;
	EXPECT(entries == seen && entries > 0, "a counter guarded by its key is off");
	close_empty(table);
	free(witnesses);
}

static void
run_matrix(enum way way)
{
	static const size_t threads[] = { 2, MOST_WORKERS };
	static const uint64_t keys[] = { 1, 4, MOST_KEYS };
	enum form form = 0;

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		for (size_t t = 0; t < LENGTH_OF(threads); t++) {
			for (size_t k = 0; k < LENGTH_OF(keys); k++) {
				run_matrix_cell(threads[t], keys[k], way, fairness, INTEGERS);
				form = form + 1 < FORMS ? form + 1 : SHORT_BYTES;
				run_matrix_cell(threads[t], keys[k], way, fairness, form);
			}
		}
	}
}

SCENARIO(threads_exclude_each_other_blocking)
{

	run_matrix(BLOCK);
}

SCENARIO(threads_exclude_each_other_trying)
{

	run_matrix(TRY);
}

SCENARIO(threads_exclude_each_other_with_deadlines)
{

	run_matrix(TIMED);
}

SCENARIO(threads_exclude_each_other_in_multi_calls)
{

	run_matrix(SEVERAL);
}
