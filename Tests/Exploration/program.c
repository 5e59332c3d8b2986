/* Programs: what is there before the threads begin, and after they have ended. */
#include "calls.h"
#include "flights.h"

#include <stdio.h>
#include <string.h>

/* Of long, large and external keys: see `run` for where these lie. */
#define LONGEST		100
static const size_t lengths[PLACES] = { 0, 0, 76, 90, LONGEST };

static struct program program;
static char names[MOST_THREADS][4];
static int running;
static char key_bytes[KEYS][LONGEST];
static struct value values[KEYS];

struct so_far so_far;
struct calls calls_of[KEYS];
struct model ex_model;
lt_table_t *ex_table;
lt_key_t ex_keys[KEYS];

static void
run_thread(void *argument)
{
	const int thread = (int)(intptr_t)argument;

	for (int i = 0; i < program.of[thread].count; i++) {
		so_far.recording.changes_before[ex_self()] = so_far.recording.changes;
		program.of[thread].calls[i].kind->run(&program.of[thread].calls[i]);
	}
	running--;
}

static bool
are_done(void *unused)
{

	(void)unused;
	return running == 0 && so_far.flying == 0;
}

static bool
is_quiet(void *unused)
{

	(void)unused;
	return !ex_timer_is_running() && ex_is_alone();
}

/* Of values, a, b and c have one hash; of owners, a and c. */
static uint64_t
hash_of(int key)
{

	return key <= 3 && !(key == 2 && program.place == OWNERS) ? 1 : (uint64_t)key;
}

static lt_key_t
make_key(int key)
{

	const size_t length = lengths[program.place];

	switch (program.place) {
	case LONG_KEYS:
	case LARGE_KEYS:
	case EXTERNAL_KEYS:
		memset(key_bytes[key], '0' + key, length);
		return lt_key_bytes(ex_table, key_bytes[key], length);
	case VALUES:
	case OWNERS:
		memset(&values[key], '0' + key, sizeof values[key]);
		values[key].key = (uint64_t)key;
		values[key].owned = NULL;
		return lt_key_value(ex_table, hash_of(key), &values[key], sizeof values[key]);
	default:
		return lt_key_integer(ex_table, (uint64_t)key);
	}
}

static bool
has_values(void)
{

	return program.special == VALUED || program.special == IN_USE;
}

static void
create(void)
{
	const lt_config_t config = {
		.stripes = 1, .fairness = program.fairness, .seed = { 1, 2 },
		.keys = program.place == VALUES ? LT_KEYS_VALUE :
		    program.place == OWNERS ? LT_KEYS_OWNING :
		    lengths[program.place] > 0 ? LT_KEYS_BYTES : LT_KEYS_INTEGER,
		.value_operations = &loan_operations,
		.diagnostics = program.diagnostics,
		.most_in_table = program.special == CROWDED,
		.purpose = so_far.has_permits ? LT_FOR_PERMITS : has_values() ? LT_FOR_VALUES :
		    program.special == FLIGHTS ? LT_FOR_FLIGHTS : LT_FOR_LOCKS,
		.permits = so_far.has_capacities ? LT_PERMITS_BY_KEY : MOST_CAPACITY,
		.payload_size = has_values() ? (uint32_t)kept_size : 0, .payload_alignment = 8,
		.end_value = kept_end, .values_in_use_only = program.special == IN_USE,
		.flight_operations = &flight_operations,
	};

	memset(ex_priorities, 0, sizeof ex_priorities);
	ex_has_barrier = program.special != NO_FENCE;
	ex_barrier_fails = program.special == REFUSED_FENCE;
	if (lt_table_create(&config, &ex_table) != LT_OK)
		ex_fail("no table");
	for (int key = 0; key < KEYS; key++)
		ex_keys[key] = make_key(key);
}

/* Of attempts at the same keys, one succeeds if no other call wants any of them. */
static void
check_attempts(void)
{

	for (int i = 0; i < program.threads; i++) {
		for (int k = 0; k < program.of[i].count; k++) {
			const struct call *call = &program.of[i].calls[k];

			if (call->kind->run != run_multi || !call->kind->how.tries || call->key + call->other !=
			    program.of[0].calls[0].key + program.of[0].calls[0].other)
				return;
		}
	}
	if (so_far.attempts > 0 && so_far.attempts == so_far.refusals)
		ex_fail("each of %u attempts at the same keys was refused, and no thread had them",
		    so_far.attempts);
}

/* Each wait is one, of however many sleeps. A thread's have at least one each. */
static void
check_waits(const lt_statistics_t *told)
{
	const uint64_t parks = told->parks - so_far.suspensions;
	uint64_t waits = 0;

	for (uint32_t i = 0; i < LT_TIMES; i++)
		waits += told->waits.counts[i];
	if (waits < so_far.suspended + (parks > 0) || waits > so_far.suspended + parks)
		ex_fail("%llu waits were counted, of %u tasks and of threads that parked %llu times",
		    (unsigned long long)waits, so_far.suspended, (unsigned long long)parks);
}

/* Each call that was refused or failed was counted, and each waiter that was failed has failed. */
static void
check_refused(const lt_statistics_t *told)
{

	if (told->closed != so_far.closed)
		ex_fail("%llu calls were counted as refused, of %u", (unsigned long long)told->closed,
		    so_far.closed);
	if (told->deadlocks != so_far.failed || so_far.deadlocks != so_far.failed)
		ex_fail("%u calls have failed, of %u that were failed, and %llu were counted",
		    so_far.deadlocks, so_far.failed, (unsigned long long)told->deadlocks);
}

/* A pin. */
static void
end_filler(lt_hold_t *filler)
{

	model_unpin(&ex_model, 0);
	lt_unpin(*filler);
	filler->place = NULL;
}

static void
end_values(lt_table_t *table)
{

	for (int key = 0; key < KEYS; key++)
		begin_call(key, false);
	lt_table_end_values(table);
	for (int key = 0; key < KEYS; key++)
		end_call(key);
}

static void
finish(lt_hold_t filler)
{
	lt_table_t *table = ex_table;

	if (filler.place != NULL) {
		begin_call(0, false);
		if (so_far.has_permits)
			end_filler(&filler);
		else
			lt_release(filler);
		end_call(0);
	}
	check_attempts();
	if (!so_far.was_closed) {
		lt_statistics_t told;

		lt_table_statistics(table, &told);
		if (told.acquisitions != ex_model.sums.acquisitions)
			ex_fail("%llu acquisitions were counted, of %llu holds that were kept",
			    (unsigned long long)told.acquisitions,
			    (unsigned long long)ex_model.sums.acquisitions);
		check_waits(&told);
		check_refused(&told);
		flights_check_counts(&told);
		if (waiting_in_table() != 0)
			ex_fail("%u places in the table are taken, and nobody waits", waiting_in_table());
		if (has_values())
			end_values(table);
		if (lt_table_count(table) != ex_model.sums.keys || ex_model.sums.keys != 0)
			ex_fail("%zu keys are left", lt_table_count(table));
		ex_table = NULL;
		lt_table_close(table);
	}
	ex_table = NULL;
	(void)ex_block(is_quiet, NULL, UINT64_MAX, false);
	for (int i = 1; i < EX_THREADS; i++)
		ex_joins(ex_time_of(0), ex_time_of(i));
	if (kept_count() != 0)
		ex_fail("%zu values have not ended", kept_count());
	if (so_far.tickers != 0)
		ex_fail("a ticker has not ended");
	ex_deallocate(so_far.data, KEYS * sizeof so_far.data[0]);
	if (ex_allocated() != ex_machine_bytes())
		ex_fail("%zu bytes are left", ex_allocated() - ex_machine_bytes());
}

static void
note_call(int thread, const struct kind *kind)
{

	so_far.naming_left[thread + 1] += kind->names;
	so_far.may_shut_down = so_far.may_shut_down || kind->run == run_shut_down;
	so_far.may_be_closed = so_far.may_be_closed || kind->run == run_close;
}

void
program_setup(void)
{
	lt_hold_t filler = { NULL, 0 };
	struct participant *filling = NULL;

	memset(calls_of, 0, sizeof calls_of);
	model_reset(&ex_model, KEYS, 1);
	ex_model.is_adaptive = program.fairness == LT_ADAPTIVE || program.special == FLIGHTS;
	tasks_reset();
	turns_reset();
	kept_reset();
	flights_reset();
	memset(&so_far, 0, sizeof so_far);
	so_far.threads = program.threads;
	so_far.is_crowded = program.special == CROWDED;
	so_far.are_flights = program.special == FLIGHTS;
	so_far.has_capacities = program.special == CAPACITIES;
	so_far.has_permits = program.special == PERMITS || so_far.has_capacities;
	for (int key = 0; key < KEYS; key++)
		so_far.capacity[key] = MOST_CAPACITY;
	so_far.keeps_values = has_values();
	capacities_reset();
	ex_table = NULL;
	so_far.data = ex_allocate(KEYS * sizeof so_far.data[0]);
	memset(so_far.data, 0, KEYS * sizeof so_far.data[0]);
	create();
	so_far.recording.is_possible = so_far.recording.is_on = program.diagnostics;
	begin_call(0, false);
	if (program.place == YOUNG && !so_far.has_permits) {
		filler = lt_acquire(ex_table, &ex_keys[0], LT_FOREVER);
		filling = model_take(&ex_model, 0, false);
		filling->hold = filler;
	}
	if (program.place == LONG_KEYS && !so_far.has_permits) {
		lt_release(lt_acquire(ex_table, &ex_keys[0], LT_FOREVER));
		model_release(&ex_model, model_take(&ex_model, 0, false));
	}
	/* The same with a pin, which needs no permit. */
	if (so_far.has_permits && (program.place == YOUNG || program.place == LONG_KEYS)) {
		filler = lt_pin(ex_table, &ex_keys[0]);
		model_pin(&ex_model, 0);
		if (program.place == LONG_KEYS)
			end_filler(&filler);
	}
	end_call(0);
	running = program.threads;
	for (int i = 0; i < program.threads; i++) {
		for (int k = 0; k < program.of[i].count; k++)
			note_call(i, program.of[i].calls[k].kind);
		(void)ex_spawn(names[i], run_thread, (void *)(intptr_t)i);
	}
	(void)ex_block(are_done, NULL, UINT64_MAX, false);
	if (filling != NULL)
		model_release(&ex_model, filling);
	/* What the threads did is before the end. */
	for (int i = 1; i < EX_THREADS; i++)
		ex_joins(ex_time_of(0), ex_time_of(i));
	finish(filler);
}

void
program_use(const struct program *used)
{

	program = *used;
	for (int i = 0; i < MOST_THREADS; i++)
		(void)snprintf(names[i], sizeof names[i], "T%d", i + 1);
}
