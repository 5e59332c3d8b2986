/*
 * The set of a stripe's entries by hash, on CK's ck_hs. Entries with one hash form a same-hash
 * chain, and only its head is in CK's set: however many entries there are, CK never sees a hash
 * twice. All calls are made under the stripe lock, except create and destroy, which allocate and
 * free, and are made outside it.
 *
 * As a rule CK does not grow the set: ck_hs doubles under the caller's lock, and a miss in a set
 * that is half full may probe dozens of slots. Before that, a stripe replaces its set by a larger
 * one, which it allocates outside the lock. (CK still grows a set if there was no memory for a
 * larger one, or if more than 64 hashes share their low bits, which takes a flood of chosen keys;
 * lt_set_is_grown() notices.)
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_set.h"

/* CK's minimum: one line of slots. */
#define LT_SET_SLOTS	8

struct lt_set {
	ck_hs_t hs;
	struct ck_hs_map *map;		/* The first one. CK makes another when it grows. */
	struct lt_set *link;
	size_t slots;			/* Of the first map. */
	bool lists;			/* Two entries may have one hash. Integers never do. */
	bool grown;
};

/* Stands before each of CK's maps, as CK does not report the size of a map that it has grown. */
struct map_header {
	_Alignas(16) size_t size;
};

static unsigned long
hash_of(const void *entry, unsigned long seed)
{

	(void)seed;
	return (unsigned long)((const struct lt_entry *)entry)->hash;
}

/* Both an entry and a bare hash begin with the hash. */
static bool
same_hash(const void *entry, const void *wanted)
{

	return *(const uint64_t *)entry == *(const uint64_t *)wanted;
}

static void *
map_allocate(size_t size)
{
	struct map_header *header = lt_allocate(sizeof *header + size);

	if (header == NULL)
		return NULL;
	header->size = sizeof *header + size;
	return header + 1;
}

static struct map_header *
header_of(void *map)
{

	return (struct map_header *)map - 1;
}

static void
map_deallocate(void *map, size_t size, bool may_defer)
{

	/* All lookups are made under the stripe lock, so none is in progress. */
	(void)size;
	(void)may_defer;
	lt_deallocate(header_of(map), header_of(map)->size);
}

static struct ck_malloc map_memory = { .malloc = map_allocate, .free = map_deallocate };

/* The load factor: at most three eighths full. A new set for n entries starts within it. */
static bool
crowds(size_t entries, size_t slots)
{

	return entries * 8 > slots * 3;
}

static bool
init(struct lt_set *set)
{
	bool done;

	lt_tsan_begin_ignoring_accesses();
	done = ck_hs_init(&set->hs,
	    CK_HS_MODE_SPMC | CK_HS_MODE_OBJECT | CK_HS_MODE_DELETE, hash_of,
	    same_hash, &map_memory, set->slots, 0);
	lt_tsan_end_ignoring_accesses();
	return done;
}

static bool
put(struct lt_set *set, struct lt_entry *entry)
{
	bool done;

	lt_tsan_begin_ignoring_accesses();
	done = ck_hs_put_unique(&set->hs, entry->hash, entry);
	lt_tsan_end_ignoring_accesses();
	return done;
}

struct lt_set *
lt_set_create(size_t expected, bool lists)
{
	struct lt_set *set = lt_allocate_zeroed(sizeof *set);

	if (set == NULL)
		return NULL;

	for (set->slots = LT_SET_SLOTS; crowds(expected, set->slots);)
		set->slots *= 2;

	if (!init(set)) {
		lt_deallocate(set, sizeof *set);
		return NULL;
	}
	set->map = set->hs.map;
	set->lists = lists;
	set->grown = set->slots > LT_SET_SLOTS;
	return set;
}

void
lt_set_destroy(struct lt_set *set)
{

	ck_hs_destroy(&set->hs);
	lt_deallocate(set, sizeof *set);
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

	return sizeof *set + header_of(set->hs.map)->size;
}

struct lt_entry *
lt_set_find(struct lt_set *set, uint64_t hash)
{

	return ck_hs_get(&set->hs, hash, &hash);
}

/*
 * A chain's head is in CK's set, its previous_same_hash is the tail, and the tail's next_same_hash
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
	return put(set, entry);
}

void
lt_set_take(struct lt_set *set, struct lt_entry *entry)
{
	struct lt_entry *next = set->lists ? entry->next_same_hash : NULL;
	void *before;

	if (set->lists && !is_head(entry)) {
		entry->previous_same_hash->next_same_hash = next;
		if (next == NULL)
			next = lt_set_find(set, entry->hash);
		next->previous_same_hash = entry->previous_same_hash;
	} else if (next != NULL) {
		next->previous_same_hash = entry->previous_same_hash;
		(void)ck_hs_fas(&set->hs, next->hash, next, &before);
	} else {
		(void)ck_hs_remove(&set->hs, entry->hash, entry);
	}
}

bool
lt_set_fill(struct lt_set *into, struct lt_set *from)
{
	ck_hs_iterator_t iterator = CK_HS_ITERATOR_INITIALIZER;
	void *entry;

	while (ck_hs_next(&from->hs, &iterator, &entry)) {
		if (!put(into, entry))
			return false;
	}
	into->grown = true;
	return true;
}

struct lt_entry *
lt_set_next(struct lt_set *set, size_t *offset)
{
	ck_hs_iterator_t iterator = CK_HS_ITERATOR_INITIALIZER;
	void *entry = NULL;

	iterator.offset = *offset;
	if (!ck_hs_next(&set->hs, &iterator, &entry))
		return NULL;
	*offset = iterator.offset;
	return entry;
}

size_t
lt_set_count(const struct lt_set *set)
{

	return ck_hs_count((ck_hs_t *)(uintptr_t)&set->hs);
}

bool
lt_set_is_larger(const struct lt_set *set, const struct lt_set *than)
{

	return set->slots > than->slots;
}

bool
lt_set_is_full(const struct lt_set *set)
{

	return crowds(lt_set_count(set) + 1, set->slots);
}

bool
lt_set_is_sparse(const struct lt_set *set)
{

	return set->slots > LT_SET_SLOTS && lt_set_count(set) * 16 < set->slots;
}

bool
lt_set_is_grown(const struct lt_set *set)
{

	return set->grown || set->map != set->hs.map;
}

LT_END

#endif /* LT_SUPPORTED */
