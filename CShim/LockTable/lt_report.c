/*
 * Keys as snapshots and config.runs_task describe them.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_key.h"
#include "lt_report.h"

/* The key of a pinned entry does not change. */
void
lt_entry_name(const struct lt_entry *entry, lt_report_t *report)
{
	const struct lt_table *table = entry->stripe->table;

	report->kind = table->keys;
	report->hash = entry->hash;
	if (table->keys == LT_KEYS_INTEGER) {
		report->integer = lt_integer_of_tag(table, entry->hash);
	} else if (entry->length == LT_LONG || entry->length == LT_EXTERNAL) {
		report->bytes = entry->key.other.bytes;
		report->length = entry->key.other.length;
	} else {
		report->bytes = entry->key.bytes;
		report->length = entry->length & ~LT_OWNED;
	}
}

static LT_COLD bool
runs_task(struct lt_entry *entry, const struct lt_waiter *waiter)
{
	const struct lt_table *table = entry->stripe->table;
	lt_participant_t unknown = { 0 };
	lt_sleep_t sleep = { .report = { .holder_list = &unknown, .waiter_list = &unknown },
		.is_shared = waiter->is_shared, .is_timed = waiter->is_timed };
	bool answer;

	lt_entry_name(entry, &sleep.report);
	if (sleep.report.kind >= LT_KEYS_OPAQUE)
		lt_tsan_acquire(&entry->key);
	answer = table->runs_task(table->runs_task_context, &sleep);
	if (sleep.report.kind >= LT_KEYS_OPAQUE)
		lt_tsan_release(&entry->key);
	return answer;
}

void
lt_entry_note_sleep(struct lt_entry *entry, const struct lt_waiter *waiter)
{
	struct lt_table *table = entry->stripe->table;

	if (table->runs_task != NULL && runs_task(entry, waiter))
		(void)lt_increment_relaxed(&table->task_sleeps);
}

LT_END

#endif /* LT_SUPPORTED */
