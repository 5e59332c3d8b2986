/* Calls that concern a whole table, and the ticker. */
#include "calls.h"

static void
visit(void *context, const lt_report_t *report)
{

	(void)context;
	if (report->is_exclusive && report->holders != 1)
		ex_fail("a visit sees %zu writers", report->holders);
	if (report->listed_holders > report->holders)
		ex_fail("a visit lists %zu holders of %zu", report->listed_holders,
		    report->holders);
	for (size_t i = 0; i < report->listed_holders; i++) {
		if (!ex_is_serial(report->holder_list[i].serial))
			ex_fail("a visit lists a holder that no call has described");
	}
}

/* Of all keys, as the call may have any of them in hand. */
static void
begin_naming_all(void)
{

	so_far.is_naming[ex_self()] = true;
	for (int key = 0; key < KEYS; key++)
		begin_call(key, false);
}

static void
end_naming_all(void)
{

	for (int key = 0; key < KEYS; key++)
		end_call(key);
	end_naming();
}

static void
look_at_values(void)
{
	lt_hold_t pins[KEYS];
	const size_t count = lt_pin_values(ex_table, 0, pins, KEYS);

	(void)lt_table_count_values(ex_table);
	(void)lt_table_count_used(ex_table);
	for (size_t i = 0; i < count; i++)
		lt_unpin(pins[i]);
}

void
run_inspect(const struct call *call)
{
	lt_statistics_t statistics;
	lt_present_t present;

	begin_naming_all();
	if (lt_table_inspect(ex_table, false, visit, NULL) != LT_OK)
		ex_fail("a visit failed");
	(void)lt_is_held(ex_table, &ex_keys[call->key]);
	lt_table_statistics(ex_table, &statistics);
	lt_table_present(ex_table, &present);
	if (so_far.keeps_values)
		look_at_values();
	end_naming_all();
}

/* A second switch at once leaves open which of them is the last. */
void
run_record(const struct call *call)
{
	struct recording *recording = &so_far.recording;
	const unsigned before = recording->changes++;
	const bool is_first = recording->switching++ == 0;

	so_far.is_naming[ex_self()] = true;
	lt_table_set_recording(ex_table, call->kind->how.records);
	end_naming();
	recording->switching--;
	recording->is_unsure = !is_first || recording->changes != before + 1;
	recording->changes++;
	recording->is_on = recording->is_possible && call->kind->how.records;
}

void
run_shut_down(const struct call *call)
{

	(void)call;
	begin_naming_all();
	so_far.is_shutting_down = true;
	lt_table_shut_down(ex_table);
	if (!lt_table_is_shut_down(ex_table))
		ex_fail("a table is not shut down that was");
	so_far.is_shut_down = true;
	model_shut_down(&ex_model);
	ex_note(NULL, "has shut the table down");
	end_naming_all();
}

#define MOST_LISTED	4

struct listed {
	uint64_t hash, serials[MOST_LISTED];
	size_t count;
};

static void
list_waiters(void *context, const lt_report_t *report)
{
	struct listed *listed = context;

	for (size_t i = 0; report->hash == listed->hash && i < report->listed_waiters &&
	    listed->count < MOST_LISTED; i++)
		listed->serials[listed->count++] = report->waiter_list[i].serial;
}

/* The oldest waiter of the key that can fail does. */
void
run_fail(const struct call *call)
{
	struct listed listed = { .hash = ex_keys[call->key].hash };
	bool has_failed = false;

	begin_naming_all();
	if (lt_table_inspect(ex_table, true, list_waiters, &listed) != LT_OK)
		ex_fail("a visit failed");
	for (size_t i = 0; i < listed.count && !has_failed; i++) {
		so_far.failing++;
		has_failed = lt_fail_waiter(ex_table, listed.serials[i], LT_DEADLOCK);
		so_far.failing -= !has_failed;
		so_far.failed += has_failed;
	}
	end_naming_all();
}

void
check_is_recorded(int key, lt_hold_t hold)
{
	const struct recording *recording = &so_far.recording;
	const bool is_recorded = record_of(hold) != NULL;

	/* A load of an old value sees the switch before. */
	if (recording->is_unsure || recording->switching > 0 || ex_bounds.stale > 0 ||
	    recording->changes != recording->changes_before[ex_self()])
		return;
	if (is_recorded != recording->is_on)
		ex_fail("a hold of key %c has %s record, although recording was %s", key_name(key),
		    is_recorded ? "a" : "no", recording->is_on ? "on" : "off");
}

static void
tick(void *unused)
{

	(void)unused;
	ex_note(NULL, "ticks");
}

static void
ticker_ends(void *unused)
{

	(void)unused;
	so_far.tickers--;
}

void
run_ticker(const struct call *call)
{
	lt_ticker_t *ticker = lt_ticker_start(1000, tick, ticker_ends, NULL);

	(void)call;
	if (ticker == NULL)
		ex_fail("no ticker");
	so_far.tickers++;
	lt_ticker_set_period(ticker, 2000);
	lt_ticker_stop(ticker);
}

/* All others have made their calls that name the table, or sleep in them. */
static bool
may_close(void *unused)
{

	(void)unused;
	for (int i = 1; i <= so_far.threads; i++) {
		if (i != ex_self() && (so_far.naming_left[i] > 1 ||
		    (so_far.naming_left[i] == 1 && !(so_far.is_naming[i] && !ex_is_running(i)))))
			return false;
	}
	return true;
}

void
run_close(const struct call *call)
{
	lt_table_t *table = ex_table;

	(void)call;
	(void)ex_block(may_close, NULL, UINT64_MAX, false);
	if (!may_close(NULL))
		return;
	ex_joins(ex_time_of(ex_self()), &so_far.named);
	so_far.was_closed = true;
	ex_note(NULL, "closes the table");
	lt_table_close(table);
}
