/*
 * Diagnostics: which threads and tasks hold keys, and since when. A record is made before its
 * acquisition, outside the lock, and belongs to the hold that results. The hold's tag points at
 * the record, by way of the key's hash. (A new record soon reuses the memory of an old one. So the
 * tag of a hold of another key, which was released before, must not fit.)
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_record.h"

struct lt_record *
lt_record_allocate(void)
{

	return lt_allocate(sizeof(struct lt_record));
}

void
lt_identify_caller(lt_acquirer_t *who, struct lt_table *table)
{

	if (table->identify == NULL || !table->identify(who))
		lt_identify_thread(who);
	who->name[sizeof who->name - 1] = 0;
}

void
lt_record_describe_caller(struct lt_record *record, struct lt_table *table)
{
	const lt_call_t *call = lt_this_call();

	record->next = record->previous = NULL;
	record->entry = NULL;
	record->since = lt_coarse_now_ns();
	record->serial = lt_next_serial();
	record->is_shared = record->is_unclaimed = record->is_unawaited = false;
	record->who = (lt_acquirer_t){ 0 };
	record->who.file = call->file;
	record->who.line = call->line;
	if (lt_unlikely(call->label[0] != 0))
		(void)memcpy(record->who.label, call->label, sizeof record->who.label);
	lt_identify_caller(&record->who, table);
	record->who.label[sizeof record->who.label - 1] = 0;
}

struct lt_record *
lt_record_create(struct lt_table *table)
{
	struct lt_record *record = lt_likely(!lt_is_recording(table)) ? NULL :
	    lt_record_allocate();

	if (record != NULL)
		lt_record_describe_caller(record, table);
	return record;
}

bool
lt_table_is_recording(const lt_table_t *table)
{

	return lt_is_recording(table);
}

void
lt_record_destroy(struct lt_record *record)
{

	lt_deallocate(record, sizeof *record);
}

struct lt_record *
lt_stripe_keep_record(struct lt_stripe *stripe, struct lt_record *record)
{

	if (record == NULL || stripe->spare_record != NULL || !lt_is_recording(stripe->table))
		return record;
	stripe->spare_record = record;
	stripe->bytes += sizeof *record;
	return NULL;
}

void
lt_record_append(struct lt_record *record, struct lt_record *first)
{

	record->next = first;
	record->previous = first->previous;
	first->previous->next = record;
	first->previous = record;
}

/*
 * An exclusive hold's tag is compared before it is followed. The readers may be many, so a shared
 * hold's tag is followed, and must point at a record of the entry.
 */
struct lt_record *
lt_record_find(const struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_record *record = (struct lt_record *)(uintptr_t)(tag ^ entry->hash);

	if (!entry->stripe->table->diagnostics || *lt_entry_records(entry) == NULL ||
	    record == NULL)
		return NULL;
	if (shared ? record->entry != entry : *lt_entry_records(entry) != record)
		return NULL;
	return record;
}

void
lt_record_withdraw(struct lt_record *record)
{
	struct lt_record **records = lt_entry_records(record->entry);

	record->entry = NULL;
	record->since = 0;
	record->is_unclaimed = false;
	record->next->previous = record->previous;
	record->previous->next = record->next;
	if (*records == record)
		*records = record->next == record ? NULL : record->next;
}

struct lt_record *
lt_record_detach(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_record *record = lt_record_find(entry, tag, shared);

	if (record != NULL) {
		lt_record_count_hold(record);
		lt_record_withdraw(record);
	}
	return record;
}

LT_END

#endif /* LT_SUPPORTED */
