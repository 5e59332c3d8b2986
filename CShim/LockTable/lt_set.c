/*
 * The set of a stripe's entries by hash: groups (lt_groups.h), and CK's ck_hs for what a full group
 * cannot take. Entries with one hash form a same-hash chain, and only its head is in the set:
 * however many entries there are, no hash is there twice. All calls are made under the stripe lock,
 * except create and destroy, which allocate and free, and are made outside it.
 *
 * The number of groups follows the number of entries: on average a group has LT_MOST_PER_GROUP at
 * the most, and then CK's set has one entry in 200. A set with more or fewer groups is allocated
 * outside the lock, and takes the place of the former one. From then on each addition and each
 * removal moves one of the old groups to the new set, so no locked section does more. The move is
 * over before the next one is due, as a group stands for LT_LEAST_PER_GROUP entries or more.
 * `moved` says how far the move has come: a hash belongs to its old group unless that one was
 * moved.
 *
 * CK's set is made when a group first overflows, and grows by itself, both under the lock; but it
 * is small.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_overflow.h"
#include "lt_set.h"

/* The load factor, and what is so little that half the groups would do. */
#ifndef LT_MOST_PER_GROUP
#define LT_MOST_PER_GROUP	9
#define LT_LEAST_PER_GROUP	2
#endif

/* Puts an entry into CK's set. Returns false if memory ran out. */
static bool
overflow(struct lt_set *set, struct lt_entry *entry)
{
	bool done;

	lt_tsan_begin_ignoring_accesses();
	if (set->overflow == NULL)
		set->overflow = lt_overflow_create();
	done = set->overflow != NULL && ck_hs_put_unique(set->overflow, entry->hash, entry);
	lt_tsan_end_ignoring_accesses();
	return done;
}

static size_t
own_bytes(size_t groups)
{

	return sizeof(struct lt_set) + lt_groups_bytes(groups);
}

struct lt_set *
lt_set_create(size_t groups, bool lists)
{
	struct lt_set *set = lt_allocate_zeroed(own_bytes(groups));

	if (set == NULL)
		return NULL;
	set->groups.count = (uint32_t)groups;
	set->lists = lists;
	return set;
}

void
lt_set_destroy(struct lt_set *set)
{

	if (set->overflow != NULL)
		lt_overflow_destroy(set->overflow);
	if (set->old != NULL)
		lt_deallocate(set->old, own_bytes(set->old->groups.count));
	lt_deallocate(set, own_bytes(set->groups.count));
}

void
lt_set_push(struct lt_set **list, struct lt_set *set)
{

	set->link = *list;
	*list = set;
}

void
lt_set_destroy_list(struct lt_set *set)
{
	struct lt_set *next;

	for (; set != NULL; set = next) {
		next = set->link;
		lt_set_destroy(set);
	}
}

size_t
lt_set_bytes(const struct lt_set *set)
{

	return own_bytes(set->groups.count) +
	    (set->old != NULL ? own_bytes(set->old->groups.count) : 0) +
	    (set->overflow != NULL ? lt_overflow_bytes(set->overflow) : 0);
}

/* Returns the array in which the hash has its group now. */
static inline struct lt_groups *
groups_of(const struct lt_set *set, uint64_t hash)
{
	const struct lt_set *from = set;

	if (lt_unlikely(set->old != NULL) && lt_group_of(&set->old->groups, hash) >= set->moved)
		from = set->old;
	return (struct lt_groups *)(uintptr_t)&from->groups;
}

struct lt_entry *
lt_set_find(const struct lt_set *set, uint64_t hash)
{
	const struct lt_groups *groups = groups_of(set, hash);
	struct lt_entry *entry = lt_groups_find(groups, hash);

	if (lt_likely(entry != NULL || lt_group_elsewhere(groups, hash) == 0))
		return entry;
	return ck_hs_get(set->overflow, hash, &hash);
}

/* --- adding and taking ------------------------------------------------------------------------ */

/* Puts the head of a chain, of a hash that is not there, into its group or into CK's set. */
static bool
put(struct lt_set *set, struct lt_groups *groups, struct lt_entry *head)
{

	if (lt_likely(lt_groups_add(groups, head)))
		return true;
	if (!overflow(set, head))
		return false;
	lt_groups_count_elsewhere(groups, head->hash, false);
	return true;
}

static void
take_head(struct lt_set *set, struct lt_groups *groups, struct lt_entry *head)
{

	if (lt_likely(lt_groups_take(groups, head)))
		return;
	(void)ck_hs_remove(set->overflow, head->hash, head);
	lt_groups_count_elsewhere(groups, head->hash, true);
}

static void
replace_head(struct lt_set *set, const struct lt_entry *head, struct lt_entry *by)
{
	void *before;

	if (!lt_groups_replace(groups_of(set, by->hash), head, by))
		(void)ck_hs_fas(set->overflow, by->hash, by, &before);
}

/*
 * A chain's head is in the set, its previous_same_hash is the tail, and the tail's next_same_hash
 * is NULL. A new entry becomes the tail, so that a walk that has stopped at a pinned entry misses
 * none.
 */
static bool
is_head(const struct lt_entry *entry)
{

	return entry->previous_same_hash->next_same_hash == NULL;
}

bool
lt_set_add(struct lt_set *set, struct lt_entry *entry)
{
	struct lt_entry *head;

	if (set->lists) {
		head = lt_set_find(set, entry->hash);
		entry->next_same_hash = NULL;
		entry->previous_same_hash = head != NULL ? head->previous_same_hash : entry;
		if (head != NULL) {
			entry->previous_same_hash->next_same_hash = entry;
			head->previous_same_hash = entry;
			return true;
		}
	}
	if (!put(set, groups_of(set, entry->hash), entry))
		return false;
	set->count++;
	return true;
}

bool
lt_set_add_only(struct lt_set *set, struct lt_entry *entry)
{
	struct lt_groups *groups = &set->groups;

	if (set->old != NULL || set->count >= groups->count * LT_MOST_PER_GROUP)
		return false;
	if (set->lists) {
		if (lt_groups_find(groups, entry->hash) != NULL ||
		    lt_group_elsewhere(groups, entry->hash) > 0)
			return false;
		entry->next_same_hash = NULL;
		entry->previous_same_hash = entry;
	}
	if (!lt_groups_add(groups, entry))
		return false;
	set->count++;
	return true;
}

void
lt_set_take(struct lt_set *set, struct lt_entry *entry)
{
	struct lt_entry *next = set->lists ? entry->next_same_hash : NULL;

	if (set->lists && !is_head(entry)) {
		entry->previous_same_hash->next_same_hash = next;
		if (next == NULL)
			next = lt_set_find(set, entry->hash);
		next->previous_same_hash = entry->previous_same_hash;
	} else if (next != NULL) {
		next->previous_same_hash = entry->previous_same_hash;
		replace_head(set, entry, next);
	} else {
		take_head(set, groups_of(set, entry->hash), entry);
		set->count--;
	}
}

bool
lt_set_take_only(struct lt_set *set, struct lt_entry *entry)
{
	const size_t groups = set->groups.count, rest = (size_t)set->count - 1;

	if (set->old != NULL ||
	    (rest < groups * LT_LEAST_PER_GROUP && (groups > 1 || set->overflow != NULL)) ||
	    (set->lists && entry->previous_same_hash != entry) ||
	    !lt_groups_take(&set->groups, entry))
		return false;
	set->count--;
	return true;
}

/* --- growing and shrinking -------------------------------------------------------------------- */

size_t
lt_set_wants_more(const struct lt_set *set)
{
	const size_t groups = set->groups.count;

	return set->old == NULL && (size_t)set->count + 1 > groups * LT_MOST_PER_GROUP ?
	    2 * groups : 0;
}

size_t
lt_set_wants_fewer(const struct lt_set *set)
{
	const size_t groups = set->groups.count;

	return set->old == NULL && groups > 1 && (size_t)set->count < groups * LT_LEAST_PER_GROUP ?
	    groups / 2 : 0;
}

void
lt_set_take_over(struct lt_set *by, struct lt_set *from)
{

	by->old = from;
	by->moved = 0;
	by->count = from->count;
	by->overflow = from->overflow;
	from->overflow = NULL;
}

/* Takes out of the new groups what was just put there. */
static void
undo_move(struct lt_set *set, struct lt_entry *const *moved, int count)
{

	while (count-- > 0)
		take_head(set, &set->groups, moved[count]);
}

/*
 * Moves the next of the old groups. False: memory ran out for what a full group cannot take, and
 * all of the group's entries are where they were. CK's set keeps its entries. The new groups do not
 * learn how many of them are theirs, so they count as having some.
 */
static bool
move_group(struct lt_set *set)
{
	struct lt_groups *groups = &set->groups, *old = &set->old->groups;
	struct lt_entry *entries[LT_GROUP_SLOTS];
	const int count = lt_groups_list(old, set->moved, entries);

	for (int i = 0; i < count; i++) {
		if (!put(set, groups, entries[i])) {
			undo_move(set, entries, i);
			return false;
		}
	}
	if (lt_group_elsewhere(old, set->moved) > 0 && ck_hs_count(set->overflow) > 0) {
		lt_groups_lose_count(groups, set->moved);
		lt_groups_lose_count(groups, set->moved + old->count);
	}
	set->moved++;
	return true;
}

struct lt_set *
lt_set_move_one(struct lt_set *set)
{
	struct lt_set *old = set->old;

	if (lt_likely(old == NULL) || !move_group(set) || set->moved < old->groups.count)
		return NULL;
	set->old = NULL;
	return old;
}

bool
lt_set_is_empty(const struct lt_set *set)
{

	return set->count == 0;
}

bool
lt_set_is_grown(const struct lt_set *set)
{

	return set->groups.count > 1 || set->old != NULL || set->overflow != NULL;
}

struct lt_entry *
lt_set_next(const struct lt_set *set, size_t *offset)
{
	ck_hs_iterator_t iterator = CK_HS_ITERATOR_INITIALIZER;
	const size_t slots = (size_t)set->groups.count * LT_GROUP_SLOTS;
	const size_t old_slots = set->old != NULL ?
	    (size_t)set->old->groups.count * LT_GROUP_SLOTS : 0;
	struct lt_entry *entry;
	void *elsewhere = NULL;

	if (*offset < set->moved * LT_GROUP_SLOTS && set->old != NULL)
		*offset = set->moved * LT_GROUP_SLOTS;
	for (; *offset < old_slots + slots; ++*offset) {
		entry = *offset < old_slots ? lt_groups_at(&set->old->groups, *offset) :
		    lt_groups_at(&set->groups, *offset - old_slots);
		if (entry != NULL) {
			++*offset;
			return entry;
		}
	}
	iterator.offset = *offset - old_slots - slots;
	if (set->overflow == NULL || !ck_hs_next(set->overflow, &iterator, &elsewhere))
		return NULL;
	*offset = iterator.offset + old_slots + slots;
	return elsewhere;
}

LT_END

#endif /* LT_SUPPORTED */
