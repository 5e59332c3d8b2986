/* A stripe's entries, and whose they are. Read from outside: without the core's functions. */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include <string.h>

#include "entries.h"
#include "program.h"
#include "records.h"

int
find_key(const struct lt_entry *entry)
{

	for (int key = 0; key < KEYS; key++) {
		if (ex_keys[key].hash == entry->hash && (ex_keys[key].kind < LT_KEYS_VALUE ||
		    memcmp(entry->key.bytes, ex_keys[key].bytes, sizeof(uint64_t)) == 0))
			return key;
	}
	return -1;
}

int
key_of(const struct lt_entry *entry)
{
	const int key = find_key(entry);

	if (key < 0)
		ex_fail("an entry of a key that no call has named");
	return key;
}

int
key_held(lt_hold_t hold)
{

	return key_of(hold_entry(hold));
}

/* Calls `visit` with the head of each chain in the groups from `first` on. */
static void
for_each_in_groups(const struct lt_groups *groups, size_t first,
    void (*visit)(const struct lt_entry *))
{

	for (size_t slot = first * LT_GROUP_SLOTS; slot < groups->count * LT_GROUP_SLOTS; slot++) {
		const struct lt_tags *tags = &lt_groups_tags(groups)[slot / LT_GROUP_SLOTS];
		const size_t in_group = slot % LT_GROUP_SLOTS;

		if ((tags->words[in_group / 8] >> in_group % 8 * 8 & 0xff) != 0)
			visit(lt_groups_entries(groups)[slot]);
	}
}

void
for_each_in_set(struct lt_set *set, void (*visit)(const struct lt_entry *))
{
	ck_hs_iterator_t iterator = CK_HS_ITERATOR_INITIALIZER;
	void *head;

	if (set == NULL)
		return;
	if (set->old != NULL)
		for_each_in_groups(&set->old->groups, set->moved, visit);
	for_each_in_groups(&set->groups, 0, visit);
	while (set->overflow != NULL && ck_hs_next(set->overflow, &iterator, &head))
		visit(head);
}

/* The walk over a stripe's entries that is under way. */
static struct {
	void (*visit)(const struct lt_entry *);
	unsigned others;		/* Besides the resident. */
} walk;

static void
visit_other(const struct lt_entry *entry)
{

	walk.visit(entry);
	walk.others++;
}

static void
visit_chain(const struct lt_entry *entry)
{
	const bool lists = entry->stripe->table->keys != LT_KEYS_INTEGER;

	for (; entry != NULL; entry = lists ? entry->next_same_hash : NULL) {
		if (!entry->in_set)
			ex_fail("an entry in the set does not say so");
		visit_other(entry);
	}
}

void
for_each_entry(const struct lt_stripe *stripe, void (*visit)(const struct lt_entry *))
{
	const struct lt_entry *young = stripe->resident.young;

	walk.visit = visit;
	walk.others = 0;
	if (stripe->resident.refs > 0 || stripe->resident.holders == LT_FAST)
		visit(&stripe->resident);
	if (stripe->resident.in_set || (young != NULL && young->in_set))
		ex_fail("an entry outside the set says that it is there");
	if (young != NULL && young->refs > 0)
		visit_other(young);
	for_each_in_set(stripe->resident.set, visit_chain);
	if (walk.others != stripe->others)
		ex_fail("%u keys besides the resident, of %u", walk.others, stripe->others);
}
