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

/* Expects the label with a hold that begins now. */
static void
expect_label(lt_table_t *table, struct snapshot *snapshot, const char *label)
{
	const struct shown *shown;
	const lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	(void)snapshot_take(snapshot, table, false);
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && shown->report.listed_holders == 1 &&
	    strcmp(shown->holders[0].who.label, label) == 0, "another label was shown");
	release_if_hold(hold);
}

SCENARIO(a_record_has_the_label_of_its_thread)
{
	/* 37 bytes, and one character of two to four bytes that begins with the 38th. */
	static const char *const long_labels[] = {
	    "1234567890123456789012345678901234567\xc3\xa9",
	    "1234567890123456789012345678901234567\xe2\x82\xac",
	    "1234567890123456789012345678901234567\xf0\x9d\x84\x9e",
	    "1234567890123456789012345678901234567890" };
	static const char *const kept[] = {
	    "1234567890123456789012345678901234567\xc3\xa9",
	    "1234567890123456789012345678901234567",
	    "1234567890123456789012345678901234567",
	    "123456789012345678901234567890123456789" };
	struct snapshot *snapshot = snapshot_make(INTEGERS);
	lt_table_t *table;
	lt_call_t call;

	set_diagnostics(true);
	table = table_make(INTEGERS, 1, LT_FIFO);
	lt_set_call_site("here", 7);
	expect_label(table, snapshot, "");
	lt_set_label("request 7, and the next", 9);
	expect_label(table, snapshot, "request 7");
	/* It stays, as the place does. */
	expect_label(table, snapshot, "request 7");
	call = *lt_this_call();
	lt_set_call_site("there", 8);
	expect_label(table, snapshot, "");
	lt_set_call(&call);
	expect_label(table, snapshot, "request 7");
	EXPECT(lt_this_call()->line == 7 && strcmp(lt_this_call()->file, "here") == 0,
	    "the place was forgotten");
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		lt_set_label(long_labels[i], strlen(long_labels[i]));
		expect_label(table, snapshot, kept[i]);
	}
	lt_set_label("", 0);
	expect_label(table, snapshot, "");
	/* What begins with half a character is no text, but must not do harm. */
	lt_set_label("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
	    "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 40);
	expect_label(table, snapshot, "");
	lt_set_call_site(NULL, 0);
	close_empty(table);
	snapshot_free(snapshot);
	set_diagnostics(false);
}
