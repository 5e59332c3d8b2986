/*
 * What must be true of the records of holds and waiters, in every state of a table with
 * diagnostics: see state.c.
 */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include "flights.h"
#include "lt_entry.h"
#include "program.h"
#include "records.h"
#include "turns.h"

struct lt_entry *
hold_entry(lt_hold_t hold)
{
	const uintptr_t bits = LT_PIN_BIT | LT_SHARED_BIT | LT_BORROWED_BIT;

	return (struct lt_entry *)((uintptr_t)hold.place & ~bits);
}

const struct lt_record *
record_of(lt_hold_t hold)
{

	return (const struct lt_record *)(uintptr_t)(hold.tag ^ hold_entry(hold)->hash);
}

/* A record in its entry's ring: of a hold of the program, or of a call that is in progress. */
static void
check_record(const struct lt_entry *entry, const struct lt_record *record, int key)
{
	const bool is_exclusive = entry->holders >= LT_EXCLUSIVE;

	if (ex_is_freed(record))
		ex_fail("a hold's record was freed");
	if (record->entry != entry || record->next->previous != record)
		ex_fail("a ring of records that is none, or another key's");
	if (!ex_is_serial(record->serial) || record->who.id >= EX_THREADS)
		ex_fail("a hold's record that no call has described");
	if (record->is_shared == is_exclusive || record->since == 0)
		ex_fail("a record of a hold of another sort, or of one that has not begun");
	if (record->is_unawaited && !turns_have_record(record))
		ex_fail("a record of a turn that is none");
	if (record->is_unawaited || calls_of[key].in_call[record->who.id])
		return;
	for (size_t i = 0; i < ex_model.keys[key].held; i++) {
		if (record_of(ex_model.keys[key].holders[i]->hold) == record)
			return;
	}
	ex_fail("a record of %s, which does not hold key %c", ex_name_of((int)record->who.id),
	    key_name(key));
}

void
records_check(const struct lt_entry *entry, int key)
{
	const uint32_t holders = entry->holders >= LT_EXCLUSIVE ? 1 : entry->holders;
	const struct model_key *known = &ex_model.keys[key];
	const struct lt_record *first, *record;
	uint32_t records = 0;

	if (!ex_table->diagnostics)
		return;
	record = first = *lt_entry_records(entry);
	while (record != NULL) {
		if (++records > holders)
			ex_fail("a key has more records than holders");
		check_record(entry, record, key);
		record = record->next != first ? record->next : NULL;
	}
	for (size_t i = 0; i < known->held; i++) {
		record = record_of(known->holders[i]->hold);
		if (record != NULL && (ex_is_freed(record) ||
		    (record->entry != entry && !flights_keep(entry, record))))
			ex_fail("a hold's record is not with its key");
	}
}

void
records_check_absent(const struct lt_entry *unused)
{

	if (ex_table->diagnostics && *lt_entry_records(unused) != NULL)
		ex_fail("a record is left at an entry that is not in use");
}

/* A switch in progress may not have come to the stripe yet. */
static bool
is_off(const struct recording *recording)
{

	return recording->switching == 0 && !recording->is_unsure && !recording->is_on;
}

void
records_check_spare(const struct lt_record *spare)
{

	records_check_unused(spare);
	if (spare != NULL && is_off(&so_far.recording))
		ex_fail("a spare record is kept although recording is off");
}

void
records_check_unused(const struct lt_record *record)
{

	if (record != NULL && (ex_is_freed(record) || record->entry != NULL))
		ex_fail("the record of a waiter, or a spare one, was freed or is that of a hold");
}
