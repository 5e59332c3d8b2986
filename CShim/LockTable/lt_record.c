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
lt_record_create(struct lt_table *table)
{
	struct lt_record *record;

	if (lt_likely(!table->diagnostics))
		return NULL;
	record = lt_allocate_zeroed(sizeof *record);
	if (record == NULL)
		return NULL;
	record->serial = lt_increment_64_relaxed(&table->serials);
	if (table->identify == NULL || !table->identify(&record->who))
		lt_identify_thread(&record->who);
	record->who.name[sizeof record->who.name - 1] = 0;
	return record;
}

void
lt_record_destroy(struct lt_record *record)
{

	lt_deallocate(record, sizeof *record);
}

void
lt_record_attach(struct lt_record *record, struct lt_entry *entry, bool shared)
{
	struct lt_record **records = lt_entry_records(entry), *first = *records;

	record->entry = entry;
	record->is_shared = shared;
	record->since = lt_now_ns();
	if (first == NULL) {
		*records = record->next = record->previous = record;
		return;
	}
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

	if (!entry->stripe->table->diagnostics || *lt_entry_records(entry) == NULL || record == NULL)
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
	record->next->previous = record->previous;
	record->previous->next = record->next;
	if (*records == record)
		*records = record->next == record ? NULL : record->next;
}

struct lt_record *
lt_record_detach(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_record *record = lt_record_find(entry, tag, shared);

	if (record != NULL)
		lt_record_withdraw(record);
	return record;
}

LT_END

#endif /* LT_SUPPORTED */
