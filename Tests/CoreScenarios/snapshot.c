/* Looking into tables. */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

struct snapshot *
snapshot_make(enum form form)
{
	struct snapshot *snapshot = calloc(1, sizeof *snapshot);

	if (snapshot == NULL)
		abort();
	snapshot->form = form;
	return snapshot;
}

void
snapshot_free(struct snapshot *snapshot)
{

	free(snapshot);
}

/* The key's bytes end with its number. */
uint64_t
snapshot_number(const struct snapshot *snapshot, const lt_report_t *report)
{
	uint64_t number = report->integer;

	switch (snapshot->form) {
	case INTEGERS:
		EXPECT(report->kind == LT_KEYS_INTEGER && report->bytes == NULL, "no integer");
		break;
	case OPAQUES:
	case OPAQUES_ALIKE:
		EXPECT(report->kind == LT_KEYS_OPAQUE, "no key of the caller's");
		number = ((const struct label *)report->bytes)->id;
		break;
	case VALUES:
	case VALUES_ALIKE:
		EXPECT(report->kind == LT_KEYS_VALUE && report->length == sizeof(struct label), "no value");
		number = ((const struct label *)report->bytes)->id;
		break;
	default:
		EXPECT(report->kind == LT_KEYS_BYTES &&
		    (report->length == LONG_KEY || report->length == 16 ||
		    report->length == LARGE_KEY || report->length == EXTERNAL_KEY), "no bytes");
		(void)memcpy(&number, (const char *)report->bytes + report->length - sizeof number,
		    sizeof number);
	}
	return number;
}

static void
add_report(void *context, const lt_report_t *report)
{
	struct snapshot *snapshot = context;
	struct shown *shown = &snapshot->shown[snapshot->count];

	EXPECT(report->holders > 0 || report->waiters > 0, "a key was shown that is not live");
	EXPECT(report->listed_holders <= report->holders &&
	    report->listed_waiters <= report->waiters &&
	    report->listed_holders <= LT_MOST_PARTICIPANTS &&
	    report->listed_waiters <= LT_MOST_PARTICIPANTS, "more were listed than there are");
	if (snapshot->also != NULL)
		snapshot->also(snapshot, report);
	if (snapshot->count == MOST_SHOWN)
		return;
	snapshot->count++;
	shown->number = snapshot_number(snapshot, report);
	shown->report = *report;
	(void)memcpy(shown->holders, report->holder_list,
	    report->listed_holders * sizeof(lt_participant_t));
	(void)memcpy(shown->waiters, report->waiter_list,
	    report->listed_waiters * sizeof(lt_participant_t));
}

lt_status_t
snapshot_take(struct snapshot *snapshot, lt_table_t *table, bool waited_for)
{

	snapshot->count = 0;
	return lt_table_inspect(table, waited_for, add_report, snapshot);
}

lt_status_t
snapshot_take_hash(struct snapshot *snapshot, lt_table_t *table, uint64_t hash)
{

	snapshot->count = 0;
	return lt_table_inspect_hash(table, hash, add_report, snapshot);
}

lt_status_t
snapshot_take_key(struct snapshot *snapshot, lt_table_t *table, uint64_t number)
{
	struct key key;

	key_make(&key, table, snapshot->form, number);
	snapshot->count = 0;
	return lt_inspect_key(table, &key.prepared, add_report, snapshot);
}

size_t
snapshot_times(const struct snapshot *snapshot, uint64_t number)
{
	size_t times = 0;

	for (size_t i = 0; i < snapshot->count; i++)
		times += snapshot->shown[i].number == number;
	return times;
}

const struct shown *
snapshot_find(const struct snapshot *snapshot, uint64_t number)
{

	for (size_t i = 0; i < snapshot->count; i++) {
		if (snapshot->shown[i].number == number)
			return &snapshot->shown[i];
	}
	return NULL;
}

void
expect_shown(lt_table_t *table, enum form form, uint64_t number, size_t holders, size_t listed,
    size_t waiters)
{
	struct snapshot *snapshot = snapshot_make(form);
	const struct shown *shown;

	EXPECT(snapshot_take(snapshot, table, false) == LT_OK, "looking failed");
	shown = snapshot_find(snapshot, number);
	if (holders + waiters == 0)
		EXPECT(shown == NULL, "a key was shown that has neither holders nor waiters");
	else
		EXPECT(shown != NULL && shown->report.holders == holders &&
		    shown->report.listed_holders == listed && shown->report.waiters == waiters &&
		    shown->report.listed_waiters == waiters, "a key was shown as it is not");
	snapshot_free(snapshot);
}

void
for_each_kind_with_diagnostics(void (*scenario)(enum form, uint32_t))
{

	set_diagnostics(true);
	for (enum form form = 0; form < FORMS; form++) {
		scenario(form, LT_ADAPTIVE);
		scenario(form, LT_FIFO);
	}
	set_diagnostics(false);
}
