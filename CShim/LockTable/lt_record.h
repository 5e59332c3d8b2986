/*
 * Diagnostics: a record of each hold and each wait.
 */
#ifndef LT_RECORD_H
#define LT_RECORD_H

#include "lt_states.h"

/*
 * Returns the ring of the holders' records, with diagnostics. The ring's head stands behind the
 * room for the key, so that entries without diagnostics are shorter by it.
 */
static inline struct lt_record **
lt_entry_records(const struct lt_entry *entry)
{

	return (struct lt_record **)((uintptr_t)entry + offsetof(struct lt_entry, key) + entry->capacity);
}

/*
 * Describes the caller. Returns NULL if the table keeps no records, or if memory ran out. The
 * stripe is unlocked.
 */
struct lt_record *lt_record_create(struct lt_table *);
void lt_record_destroy(struct lt_record *);
void lt_record_attach(struct lt_record *, struct lt_entry *, bool shared);
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
