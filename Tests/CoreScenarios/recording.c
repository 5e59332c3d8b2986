/*
 * What a table with diagnostics keeps, and whether it records at all.
 */
#include "snapshot.h"

#include <string.h>

SCENARIO(a_table_that_no_longer_records_keeps_no_spare_record)
{
	lt_table_t *table;
	lt_hold_t hold;
	size_t before;

	set_diagnostics(true);
	table = table_make(INTEGERS, 4, LT_FIFO);
	before = memory_outstanding();
	for (uint64_t number = 0; number < 64; number++)
		release_if_hold(acquire(table, INTEGERS, number, LT_FOREVER));
	EXPECT(memory_outstanding() > before, "a stripe has no spare record");
	lt_table_set_recording(table, false);
	EXPECT(memory_outstanding() == before && lt_table_bytes(table) == before,
	    "spare records were left");
	for (uint64_t number = 0; number < 64; number++)
		release_if_hold(acquire(table, INTEGERS, number, LT_FOREVER));
	EXPECT(memory_outstanding() == before, "what is not recorded took memory");
	lt_table_set_recording(table, true);
	hold = acquire(table, INTEGERS, 1, LT_FOREVER);
	lt_table_set_recording(table, false);
	lt_release(hold);
	EXPECT(memory_outstanding() == before && lt_table_bytes(table) == before,
	    "a hold that was recorded has left its record");
	close_empty(table);
	set_diagnostics(false);
}

SCENARIO(a_table_without_diagnostics_records_nothing)
{
	lt_table_t *table;

	set_diagnostics(false);
	table = table_make(INTEGERS, 1, LT_FIFO);
	lt_table_set_recording(table, true);
	EXPECT(!lt_table_is_recording(table), "a table without room records");
	close_empty(table);
}

static void *
acquire_elsewhere(void *pointer)
{
	struct holder *holder = pointer;

	lt_set_call_site("elsewhere", 8);
	return holder_run(holder);
}

static void
expect_site(const lt_participant_t *shown, const char *file, uint32_t line)
{
	const bool same = file == NULL ? shown->who.file == NULL :
	    shown->who.file != NULL && strcmp(shown->who.file, file) == 0;

	EXPECT(same && shown->who.line == line, "another place was shown");
}

/*
 *   this thread           another
 *   holds k, from "here"
 *                         waits for k, from "elsewhere"
 *   has no place any more
 *   releases k
 *                         holds k
 */
SCENARIO(a_record_has_the_call_site_of_its_thread)
{
	struct snapshot *snapshot = snapshot_make(INTEGERS);
	struct holder waiter = { HOLDER, .form = INTEGERS, .number = 1, .deadline = LT_FOREVER };
	const struct shown *shown;
	struct crew crew = { 0 };
	lt_hold_t hold;

	set_diagnostics(true);
	waiter.table = table_make(INTEGERS, 1, LT_FIFO);
	lt_set_call_site("here", 7);
	hold = acquire(waiter.table, INTEGERS, 1, LT_FOREVER);
	crew_add(&crew, acquire_elsewhere, &waiter);
	await_queue(hold, 1);
	lt_set_call_site(NULL, 0);
	(void)snapshot_take(snapshot, waiter.table, false);
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && shown->report.listed_holders == 1 && shown->report.listed_waiters == 1,
	    "a participant is missing");
	if (shown != NULL) {
		expect_site(&shown->holders[0], "here", 7);
		expect_site(&shown->waiters[0], "elsewhere", 8);
	}
	lt_release(hold);
	event_await(&waiter.done, 1);
	(void)snapshot_take(snapshot, waiter.table, false);
	shown = snapshot_find(snapshot, 1);
	if (shown != NULL)
		expect_site(&shown->holders[0], "elsewhere", 8);
	event_raise(&waiter.let_go);
	crew_join(&crew);
	hold = acquire(waiter.table, INTEGERS, 2, LT_FOREVER);
	(void)snapshot_take(snapshot, waiter.table, false);
	shown = snapshot_find(snapshot, 2);
	if (shown != NULL)
		expect_site(&shown->holders[0], NULL, 0);
	lt_release(hold);
	close_empty(waiter.table);
	snapshot_free(snapshot);
	set_diagnostics(false);
}
