/*
 * Diagnostics: a record of each hold and each wait.
 */
#ifndef LT_RECORD_H
#define LT_RECORD_H

#include "lt_states.h"

/*
 * A ring of the holders' records, with diagnostics. It stands behind the room for
 * the key, so that entries without diagnostics are the shorter by it.
 */
static inline struct lt_record **
lt_entry_records(const struct lt_entry *entry)
{

	return (struct lt_record **)((uintptr_t)entry + offsetof(struct lt_entry, key) + entry->capacity);
}

/* Of the caller; NULL if the table keeps none, or there is no memory. Unlocked. */
struct lt_record *lt_record_create(struct lt_table *);
void lt_record_destroy(struct lt_record *);
void lt_record_attach(struct lt_record *, struct lt_entry *, bool shared);
/* Takes the record that the tag of one of the entry's holds points at; NULL: there is none. */
struct lt_record *lt_record_detach(struct lt_entry *, uint64_t tag, bool shared);
/* Takes it out of its entry's ring: the hold has come to nothing, and its waiter keeps it. */
void lt_record_withdraw(struct lt_record *);
/* The same as lt_record_detach(), for a hold that stays. */
struct lt_record *lt_record_find(const struct lt_entry *, uint64_t tag, bool shared);

/* A tracked hold's tag is its record, mixed with the hash; any other's is the hash. */
static inline uint64_t
lt_tag(uint64_t hash, const struct lt_record *record)
{

	return hash ^ (uint64_t)(uintptr_t)record;
}

#endif /* LT_RECORD_H */
