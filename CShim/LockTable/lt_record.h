/*
 * Diagnostics: a record of each hold and each wait.
 */
#ifndef LT_RECORD_H
#define LT_RECORD_H

#include "lt_times.h"

/*
 * Returns the ring of the holders' records, with diagnostics. The ring's head stands behind the
 * room for the key, so that entries without diagnostics are shorter by it.
 */
static inline struct lt_record **
lt_entry_records(const struct lt_entry *entry)
{
	const uintptr_t key = (uintptr_t)entry + offsetof(struct lt_entry, key);

	return (struct lt_record **)(key + (size_t)(entry->room & ~LT_ENDING) * LT_ROOM_STEP);
}

/*
 * Describes the caller. Returns NULL if the table keeps no records, or if memory ran out. The
 * stripe is unlocked.
 */
struct lt_record *lt_record_create(struct lt_table *);
/* The parts of that. */
struct lt_record *lt_record_allocate(void);
void lt_record_describe_caller(struct lt_record *, struct lt_table *);
/* Fills in which task or thread is calling. The stripe is unlocked. */
void lt_identify_caller(lt_acquirer_t *, struct lt_table *);
void lt_record_destroy(struct lt_record *);

/* The same as what lt_inspect.h declares, for a caller that knows the table. */
static LT_INLINE bool
lt_is_recording(const struct lt_table *table)
{

	return lt_load_relaxed(&table->is_recording) != 0;
}

/*
 * A stripe keeps one spare record, so that an acquisition of a key that is soon released needs no
 * allocation.
 */
static inline struct lt_record *
lt_stripe_take_record(struct lt_stripe *stripe)
{
	struct lt_record *record = stripe->spare_record;

	stripe->spare_record = NULL;
	if (record != NULL)
		stripe->bytes -= sizeof *record;
	return record;
}

/*
 * Keeps the record, which may be NULL. Returns it if it is to be freed instead: the stripe has a
 * spare, or needs none, as the table does not record. (lt_table_set_recording() takes the lock
 * after it has switched the table off. So it finds a spare that was kept before.)
 */
struct lt_record *lt_stripe_keep_record(struct lt_stripe *, struct lt_record *);

/* Puts the record behind the others of the ring. */
void lt_record_append(struct lt_record *, struct lt_record *first);

static inline void
lt_record_attach(struct lt_record *record, struct lt_entry *entry, bool shared)
{
	struct lt_record **records = lt_entry_records(entry);

	record->entry = entry;
	record->is_shared = shared;
	if (record->since == 0)
		record->since = lt_coarse_now_ns();
	if (*records == NULL)
		*records = record->next = record->previous = record;
	else
		lt_record_append(record, *records);
}

/*
 * Makes the record of an exclusive hold, which is its entry's only one, the stripe's spare. A hold
 * that was made while the table was not recording has none. False: the tag is not that of the
 * record, or the stripe has a spare or needs none. Then nothing was done.
 */
static LT_INLINE bool
lt_stripe_keep_only_record(struct lt_entry *entry, uint64_t tag)
{
	struct lt_record **records = lt_entry_records(entry);
	struct lt_stripe *stripe = entry->stripe;

	if (!stripe->has_records || (uint64_t)(uintptr_t)*records != (tag ^ entry->hash))
		return false;
	if (*records == NULL)
		return true;
	if (stripe->spare_record != NULL || !lt_is_recording(stripe->table))
		return false;
	lt_record_count_hold(*records);
	stripe->spare_record = *records;
	stripe->bytes += sizeof **records;
	(*records)->entry = NULL;
	*records = NULL;
	return true;
}

/*
 * Takes out the record that the tag of one of the entry's holds points at. Returns NULL if there
 * is none.
 */
struct lt_record *lt_record_detach(struct lt_entry *, uint64_t tag, bool shared);
/* Takes the record out of its ring: the hold was taken back, and the waiter keeps the record. */
void lt_record_withdraw(struct lt_record *);
/* Finds the same record as lt_record_detach(), for a hold that stays. */
struct lt_record *lt_record_find(const struct lt_entry *, uint64_t tag, bool shared);

/* The tag of a hold with a record is the record, mixed with the hash. Any other tag is the hash. */
static inline uint64_t
lt_tag(uint64_t hash, const struct lt_record *record)
{

	return hash ^ (uint64_t)(uintptr_t)record;
}

#endif /* LT_RECORD_H */
