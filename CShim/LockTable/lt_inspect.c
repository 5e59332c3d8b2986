/*
 * Snapshots of a table. One locked section pins a stripe's entries. Then each entry is copied in a
 * locked section of its own, and shown with no lock held.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <string.h>

#include "lt_begin.h"
#include "lt_capacity.h"
#include "lt_deferred.h"
#include "lt_lookup.h"
#include "lt_report.h"
#include "lt_walk.h"

/* So many keys of a stripe are shown without an allocation. */
#define FEW	32

/* Which keys are shown. */
struct choice {
	bool waited_for;	/* Those with waiters; or all. */
	bool has_hash;		/* Those of that hash; or all. */
	uint64_t hash;
};

struct pins {
	const struct choice *choice;
	struct lt_entry **entries;	/* Allocated, or `few`. */
	size_t count, room;
	struct lt_entry *few[FEW];
};

static void
use_few(struct pins *pins)
{

	if (pins->entries != NULL && pins->entries != pins->few)
		lt_deallocate(pins->entries, pins->room * sizeof(struct lt_entry *));
	pins->entries = pins->few;
	pins->room = FEW;
}

/* Returns false if memory ran out: then there is room for a few. */
static bool
make_room(struct pins *pins, size_t room)
{
	struct lt_entry **entries;

	use_few(pins);
	entries = lt_allocate(room * sizeof(struct lt_entry *));
	if (entries == NULL)
		return false;
	pins->entries = entries;
	pins->room = room;
	return true;
}

/* Pins an entry, if it is meant. Returns false if there is no room. */
static bool
pin(void *context, struct lt_entry *entry)
{
	struct pins *pins = context;
	const struct choice *choice = pins->choice;

	if (choice->waited_for && entry->queue == NULL)
		return true;
	if (choice->has_hash && entry->hash != choice->hash)
		return true;
	if (pins->count == pins->room)
		return false;
	lt_entry_ref(entry);
	pins->entries[pins->count++] = entry;
	return true;
}

/* Returns false if some are missing, for lack of memory. */
static bool
pin_all(struct lt_stripe *stripe, struct pins *pins)
{
	struct lt_walk walk = { 0 };
	bool all, has_memory = true;
	uint32_t count;

	pins->count = 0;
	lt_stripe_lock(stripe);
	while (has_memory && (count = lt_stripe_count(stripe)) > pins->room) {
		lt_stripe_unlock(stripe);
		has_memory = make_room(pins, 2 * (size_t)count);
		lt_stripe_lock(stripe);
	}
	all = lt_stripe_walk(stripe, &walk, pin, pins);
	lt_stripe_unlock(stripe);
	return all;
}

static uint64_t
age(uint64_t since, uint64_t now)
{

	return since != 0 && now > since ? now - since : 0;
}

/* Copies what the record says. Without a record it says nothing. */
static void
describe(lt_participant_t *participant, const struct lt_record *record)
{

	memset(participant, 0, sizeof *participant);
	if (record == NULL)
		return;
	participant->serial = record->serial;
	participant->who = record->who;
}

static void
list_holders(const struct lt_entry *entry, lt_report_t *report, lt_participant_t *list,
    uint64_t now)
{
	const struct lt_record *first =
	    entry->stripe->table->diagnostics ? *lt_entry_records(entry) : NULL;
	const struct lt_record *record = first;

	const uint32_t holders = lt_entry_holders(entry);

	report->is_exclusive = holders >= LT_EXCLUSIVE;
	report->holders = report->is_exclusive ? 1 : holders;
	report->has_permits = lt_has_permits(entry->stripe->table);
	report->capacity = report->has_permits ? lt_entry_capacity(entry) : 0;
	report->listed_holders = 0;
	while (record != NULL && report->listed_holders < LT_MOST_PARTICIPANTS) {
		lt_participant_t *participant = &list[report->listed_holders++];

		describe(participant, record);
		participant->is_shared = record->is_shared;
		participant->is_unclaimed = record->is_unclaimed;
		participant->is_unawaited = record->is_unawaited;
		participant->began = record->since;
		participant->nanoseconds = age(record->since, now);
		record = record->next != first ? record->next : NULL;
	}
}

static void
list_waiters(const struct lt_entry *entry, lt_report_t *report, lt_participant_t *list,
    uint64_t now)
{
	const struct lt_waiter *waiter = entry->queue;

	report->waiters = entry->queued;
	report->listed_waiters = 0;
	while (waiter != NULL && report->listed_waiters < LT_MOST_PARTICIPANTS) {
		lt_participant_t *participant = &list[report->listed_waiters++];

		describe(participant, waiter->record);
		if (waiter->record == NULL)
			participant->who.is_task = waiter->is_task && !waiter->is_of_thread;
		participant->is_shared = waiter->is_shared;
		participant->is_unawaited = waiter->is_unawaited;
		participant->began = lt_load_relaxed(&waiter->since);
		participant->nanoseconds = age(participant->began, now);
		waiter = waiter->next != entry->queue ? waiter->next : NULL;
	}
}

/*
 * The names of the threads that were shown last. A name costs a few system calls, and a server's
 * keys are held by few threads.
 */
struct named {
	uint64_t id;
	char name[sizeof ((lt_acquirer_t *)NULL)->name];
};

struct names {
	struct named known[32];
	unsigned next;
};

static const struct named *
look_up(struct names *names, lt_acquirer_t *who)
{
	struct named *known = names->known;

	for (unsigned i = 0; i < sizeof names->known / sizeof known[0]; i++) {
		if (known[i].id == who->id)
			return &known[i];
	}
	known += names->next++ % (sizeof names->known / sizeof known[0]);
	lt_name_thread(who);
	known->id = who->id;
	memcpy(known->name, who->name, sizeof known->name);
	return known;
}

/* Fills in what the records leave out. No lock is held. */
static void
name_threads(lt_participant_t *list, size_t count, struct names *names)
{

	for (size_t i = 0; i < count; i++) {
		lt_acquirer_t *who = &list[i].who;

		if (list[i].serial != 0 && who->is_task == 0 && who->name[0] == 0)
			memcpy(who->name, look_up(names, who)->name, sizeof who->name);
	}
}

/* `lists` has room for the holders, then for the waiters. Reports share `now` to compare ages. */
static void
show(struct lt_entry *entry, lt_participant_t *lists, struct names *names, uint64_t now,
    lt_inspect_t visit, void *context)
{
	lt_report_t report = { .holder_list = lists, .waiter_list = lists + LT_MOST_PARTICIPANTS };
	struct lt_stripe *stripe = entry->stripe;

	lt_stripe_lock(stripe);
	list_holders(entry, &report, lists, now);
	list_waiters(entry, &report, lists + LT_MOST_PARTICIPANTS, now);
	lt_stripe_unlock(stripe);
	name_threads(lists, report.listed_holders, names);
	name_threads(lists + LT_MOST_PARTICIPANTS, report.listed_waiters, names);
	lt_entry_name(entry, &report);
	if (report.holders == 0 && report.waiters == 0)
		return;
	if (report.kind >= LT_KEYS_OPAQUE)
		lt_tsan_acquire(&entry->key);
	visit(context, &report);
	if (report.kind >= LT_KEYS_OPAQUE)
		lt_tsan_release(&entry->key);
}

/* What a call needs to show keys, in all of its stripes. */
struct inspection {
	const struct choice choice;
	const uint64_t now;
	const lt_inspect_t visit;
	void *const context;
	lt_participant_t *lists;
	struct names names;
	struct pins pins;
};

#define LISTS_SIZE	(2 * LT_MOST_PARTICIPANTS * sizeof(lt_participant_t))

/* Returns false if there is no memory. */
static bool
begin(struct inspection *inspection)
{

	inspection->lists = lt_allocate(LISTS_SIZE);
	inspection->pins.choice = &inspection->choice;
	use_few(&inspection->pins);
	return inspection->lists != NULL;
}

/* Returns false if some keys are missing, for lack of memory. */
static bool
show_stripe(struct inspection *inspection, struct lt_stripe *stripe)
{
	struct pins *pins = &inspection->pins;
	bool all;

	if (!lt_stripe_is_touched(stripe))
		return true;
	all = pin_all(stripe, pins);
	for (size_t entry = 0; entry < pins->count; entry++) {
		show(pins->entries[entry], inspection->lists, &inspection->names, inspection->now,
		    inspection->visit, inspection->context);
		lt_unpin(lt_held(pins->entries[entry]));
	}
	return all;
}

static void
end(struct inspection *inspection)
{

	use_few(&inspection->pins);
	if (inspection->lists != NULL)
		lt_deallocate(inspection->lists, LISTS_SIZE);
}

lt_status_t
lt_table_inspect(lt_table_t *table, bool waited_for, lt_inspect_t visit, void *context)
{
	struct inspection inspection = { .choice = { .waited_for = waited_for },
		.now = lt_now_ns(), .visit = visit, .context = context };
	bool all = begin(&inspection);

	for (uint32_t i = 0; inspection.lists != NULL && i <= table->mask; i++) {
		if (!show_stripe(&inspection, &table->stripes[i]))
			all = false;
	}
	end(&inspection);
	return all ? LT_OK : LT_NO_MEMORY;
}

lt_status_t
lt_table_inspect_hash(lt_table_t *table, uint64_t hash, lt_inspect_t visit, void *context)
{
	struct inspection inspection = { .choice = { .has_hash = true, .hash = hash },
		.now = lt_now_ns(), .visit = visit, .context = context };
	const bool all = begin(&inspection) &&
	    show_stripe(&inspection, lt_stripe_of(table, hash));

	end(&inspection);
	return all ? LT_OK : LT_NO_MEMORY;
}

lt_status_t
lt_inspect_pinned(lt_hold_t pin, lt_inspect_t visit, void *context)
{
	const uintptr_t place = (uintptr_t)pin.place & ~(uintptr_t)LT_SHARED_BIT;
	struct names names = { .next = 0 };
	lt_participant_t *lists;

	lt_require_place((void *)place);
	lists = lt_allocate(LISTS_SIZE);
	if (lists == NULL)
		return LT_NO_MEMORY;
	show((struct lt_entry *)place, lists, &names, lt_now_ns(), visit, context);
	lt_deallocate(lists, LISTS_SIZE);
	return LT_OK;
}

/* Returns the key's entry with a reference for the caller, or NULL. */
static struct lt_entry *
find(struct lt_table *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_deferred deferred = { 0 };
	struct lt_entry *entry;

	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	entry = lt_stripe_locate(stripe, key, NULL, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return entry;
}

lt_status_t
lt_inspect_key(lt_table_t *table, const lt_key_t *key, lt_inspect_t visit, void *context)
{
	lt_status_t status;
	struct lt_entry *entry;

	lt_require_kind(table, key->kind);
	entry = find(table, key);
	if (entry == NULL)
		return LT_OK;
	status = lt_inspect_pinned(lt_held(entry), visit, context);
	lt_unpin(lt_held(entry));
	return status;
}

LT_END

#endif /* LT_SUPPORTED */
