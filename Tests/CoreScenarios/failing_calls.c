/* Each call there is, where memory may fail: it says LT_NO_MEMORY, or does what it is to do. */
#include "failing.h"
#include "multi_call.h"

#define HOUR	UINT64_C(3600000000000)
#define FEW	12
#define MANY	100

bool
got(lt_hold_t hold)
{

	EXPECT(is_hold(hold) || has_failed(hold, LT_NO_MEMORY), "a call failed for a wrong reason");
	EXPECT(is_hold(hold) || memory_has_failed(), "a call failed for no reason");
	return is_hold(hold);
}

static void
acquire_keys(struct bench *bench, uint64_t keys)
{
	lt_hold_t holds[MANY];
	uint64_t held = 0;

	for (uint64_t i = 0; i < keys; i++) {
		holds[i] = acquire(bench->table, bench->form, i, LT_FOREVER);
		held += got(holds[i]);
		if (is_hold(holds[i]))
			EXPECT(has_failed(try_acquire(bench->table, bench->form, i), LT_BUSY),
			    "a key had two holders");
	}
	EXPECT(lt_table_count(bench->table) == held, "a failed call left an entry");
	for (uint64_t i = 0; i < keys; i++) {
		uint64_t k = i * 7 % keys;

		EXPECT(is_held(bench->table, bench->form, k) == is_hold(holds[k]),
		    "a key was free, or not held by its holder");
		release_if_hold(holds[k]);
	}
}

static void
acquire_few(struct bench *bench)
{

	acquire_keys(bench, FEW);
}

/* Sets grow several times, and shrink. */
static void
acquire_many(struct bench *bench)
{

	acquire_keys(bench, bench->form >= BYTES_ALIKE ? FEW * 2 : MANY);
}

static void
read_keys(struct bench *bench)
{
	lt_hold_t first[FEW], second[FEW];

	for (uint64_t i = 0; i < FEW; i++) {
		if (i % 2 == 0) {
			first[i] = acquire(bench->table, bench->form, i, LT_FOREVER);
			if (got(first[i]))
				first[i] = lt_downgrade(first[i]);
		} else {
			first[i] = acquire_shared(bench->table, bench->form, i, LT_FOREVER);
		}
		second[i] = acquire_shared(bench->table, bench->form, i, LT_FOREVER);
		EXPECT(got(second[i]) || !got(first[i]), "a reader needed memory to join another one");
		if (is_hold(second[i]))
			EXPECT(has_failed(try_acquire(bench->table, bench->form, i), LT_BUSY),
			    "a writer was let in next to readers");
	}
	for (uint64_t i = 0; i < FEW; i++) {
		release_shared_if_hold(first[i]);
		release_shared_if_hold(second[FEW - 1 - i]);
	}
}

/* Duplicates, and both modes. */
static void
acquire_together(struct bench *bench)
{
	lt_hold_t holds[FEW];
	size_t count = FEW;

	for (uint64_t i = 0; i < FEW; i++) {
		holds[i] = i % 3 == 0 ? pin_shared(bench->table, bench->form, i % 8) :
		    pin(bench->table, bench->form, i % 8);
		if (got(holds[i]))
			continue;
		while (i > 0)
			lt_unpin(holds[--i]);
		return;
	}
	EXPECT(lt_acquire_pinned(holds, &count, LT_FOREVER) == LT_OK && count == 8,
	    "pins did not become holds");
	for (uint64_t i = 0; i < 8; i++)
		EXPECT(is_held(bench->table, bench->form, i), "a pin did not become a hold");
	lt_release_multi(holds, count);
}

/* The second call finds a key held, and pins the others before it waits. */
static void
acquire_in_one_call(struct bench *bench)
{
	struct multi_call call;
	lt_status_t status = multi_call_acquire(&call, bench->table, bench->form, IN_ONE_CALL, "3142312",
	    "2", LT_FOREVER);
	lt_hold_t other;

	EXPECT(status == LT_OK || (status == LT_NO_MEMORY && memory_has_failed()),
	    "free keys were not acquired");
	if (status == LT_OK)
		lt_release_multi(call.holds, call.count);
	other = acquire(bench->table, bench->form, 2, LT_FOREVER);
	if (!got(other))
		return;
	status = multi_call_acquire(&call, bench->table, bench->form, IN_ONE_CALL, "1234", "", 1);
	EXPECT(status == LT_TIMED_OUT || (status == LT_NO_MEMORY && memory_has_failed()),
	    "a held key was acquired");
	lt_release(other);
}

static void
try_pins(struct bench *bench)
{
	lt_hold_t hold, pinned, other = pin(bench->table, bench->form, 1);

	if (!got(other))
		return;
	EXPECT(lt_try_pinned(&other), "a free key was not taken");
	pinned = pin(bench->table, bench->form, 1);
	if (got(pinned)) {
		EXPECT(!lt_try_pinned(&pinned), "a key had two holders");
		lt_unpin(pinned);
	}
	for (uint64_t i = 1; i < 3; i++) {
		hold = acquire(bench->table, bench->form, i, LT_OR_PIN);
		if (!got(hold))
			continue;
		EXPECT(((uintptr_t)hold.place & LT_PIN_BIT) == (i == 1), "neither a hold nor a pin");
		if (i == 1)
			lt_unpin((lt_hold_t){ (char *)hold.place - LT_PIN_BIT, hold.tag });
		else
			lt_release(hold);
	}
	lt_release(other);
}

/* --- the rest ------------------------------------------------------------------------ */

static void
count_report(void *context, const lt_report_t *report)
{
	size_t *seen = context;

	*seen += report->holders;
}

static void
inspect(struct bench *bench)
{
	lt_hold_t holds[FEW];
	size_t seen = 0, held = 0;
	lt_status_t status;

	for (uint64_t i = 0; i < FEW; i++) {
		holds[i] = acquire(bench->table, bench->form, i, LT_FOREVER);
		held += got(holds[i]);
	}
	status = lt_table_inspect(bench->table, false, count_report, &seen);
	EXPECT(status == LT_OK ? seen == held : status == LT_NO_MEMORY && seen <= held,
	    "a visit did not see what there is");
	EXPECT(status == LT_OK || memory_has_failed(), "a visit failed for no reason");
	for (uint64_t i = 0; i < FEW; i++) {
		if (is_hold(holds[i]))
			EXPECT(peek_references(holds[i]) == 1, "a visit left a pin");
		release_if_hold(holds[i]);
	}
}

/* Holds and waiters outlive the table. */
static void
close_early(struct bench *bench)
{
	lt_hold_t hold = acquire(bench->table, bench->form, 1, LT_FOREVER);
	lt_hold_t other = acquire_shared(bench->table, bench->form, 2, LT_FOREVER);
	struct sleeper sleeper;
	bool waits;

	(void)got(other);
	waits = got(hold) && line_up(bench, &sleeper, false, LT_FOREVER);
	lt_table_close(bench->table);
	bench->is_closed = true;
	release_if_hold(hold);
	release_shared_if_hold(other);
	if (waits) {
		if (sleeper_outcome(&sleeper) == LT_SUSPENDED)
			EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
		release_if_hold(sleeper_end(&sleeper));
	}
}

static void
make_another(struct bench *bench)
{
	lt_config_t config = { .unmonitored = true, .keys = LT_KEYS_INTEGER,
	    .diagnostics = has_diagnostics_set() };
	lt_table_t *table = NULL;
	lt_status_t status = lt_table_create(&config, &table);
	lt_hold_t hold;

	(void)bench;
	EXPECT(status == LT_OK || (status == LT_NO_MEMORY && memory_has_failed()),
	    "a table was not made for no reason");
	if (status != LT_OK)
		return;
	hold = lt_acquire_integer(table, 1, LT_FOREVER);
	(void)got(hold);
	release_if_hold(hold);
	lt_table_close(table);
}

static void
raise_ended(void *ended)
{

	event_raise(ended);
}

static void
ignore(void *unused)
{

	(void)unused;
}

static void
ticker(struct bench *bench)
{
	struct event ended = EVENT;
	const size_t before = memory_outstanding();
	lt_ticker_t *started = lt_ticker_start(HOUR, ignore, raise_ended, &ended);

	(void)bench;
	EXPECT(started != NULL || memory_has_failed(), "a ticker was not started for no reason");
	if (started == NULL)
		return;
	lt_ticker_stop(started);
	await_end_of_ticker(&ended, before);
}

/* --- all of them ----------------------------------------------------------------------- */

const struct operation operations[] = {
	{ "acquiring a few keys", acquire_few, false },
	{ "acquiring many keys", acquire_many, false },
	{ "reading", read_keys, false },
	{ "several keys", acquire_together, false },
	{ "several keys in one call", acquire_in_one_call, false },
	{ "tries of pins", try_pins, false },
	{ "suspensions", suspend, true },
	{ "suspensions with deadlines", suspend_until, false },
	{ "turns", enqueue_turns, true },
	{ "waiting threads", wait_in_threads, true },
	{ "an inspection", inspect, false },
	{ "closing early", close_early, true },
	{ "making a table", make_another, false },
	{ "permits", take_permits, false },
	{ "flights with deadlines", begin_flights, false },
	{ "a ticker", ticker, false },
};

const size_t operation_count = LENGTH_OF(operations);
