/*
 * Groups of entries by hash: open addressing without probing. A hash belongs to one group, which
 * has room for LT_GROUP_SLOTS entries. Each slot has a tag, a byte of the entry's hash, and one
 * comparison of the tags tells almost always that a hash is absent, without a read of any entry.
 * (absl's Swiss tables and folly's F14 search by tags, too.) The caller has a place for what a full
 * group cannot take, and the group counts how many entries went there.
 *
 * The tags of all groups stand together, so that a search for an absent hash reads 16 bytes. They
 * follow the count of the groups, and the entries follow them: what belongs to a set is one block.
 */
#ifndef LT_GROUPS_H
#define LT_GROUPS_H

#include <string.h>

#include "lt_states.h"

#define LT_GROUP_SLOTS	15

/* 15 tags, of which 0 is a free slot, and the count of entries elsewhere as the last byte. */
struct lt_tags {
	uint64_t words[2];
};

struct lt_groups {
	uint32_t count;			/* A power of 2. */
};

/* Not more are counted: a group that has reached this many is no longer counted down. */
#define LT_MOST_ELSEWHERE	UINT8_MAX

/* How many bytes have to follow so many groups' `struct lt_groups`. All are 0 at first. */
static inline size_t
lt_groups_bytes(size_t count)
{

	return count * (sizeof(struct lt_tags) + LT_GROUP_SLOTS * sizeof(struct lt_entry *));
}

/* Replaces an entry by another one of the same hash. False: the entry is not there. */
bool lt_groups_replace(struct lt_groups *, const struct lt_entry *, struct lt_entry *by);
/* Counts an entry of that hash that is elsewhere, or one that is there no longer. */
void lt_groups_count_elsewhere(struct lt_groups *, uint64_t hash, bool leaves);
/* Makes the count of the hash's group so large that it stays. */
void lt_groups_lose_count(struct lt_groups *, uint64_t hash);
/* Lists the entries of a group. Returns how many there are. */
int lt_groups_list(const struct lt_groups *, size_t group,
    struct lt_entry *entries[LT_GROUP_SLOTS]);
/* Returns the entry in that slot, counted over all groups, or NULL. */
struct lt_entry *lt_groups_at(const struct lt_groups *, size_t slot);

static inline struct lt_tags *
lt_groups_tags(const struct lt_groups *groups)
{

	return (struct lt_tags *)(uintptr_t)(groups + 1);
}

/* LT_GROUP_SLOTS for each group. */
static inline struct lt_entry **
lt_groups_entries(const struct lt_groups *groups)
{

	return (struct lt_entry **)(void *)(lt_groups_tags(groups) + groups->count);
}

static inline size_t
lt_group_of(const struct lt_groups *groups, uint64_t hash)
{

	return (size_t)hash & (groups->count - 1);
}

/* The bits between those that choose the group and those that choose the stripe. */
static inline uint8_t
lt_tag_of(uint64_t hash)
{
	const uint8_t tag = (uint8_t)(hash >> 40);

	return tag != 0 ? tag : 1;
}

#define LT_HIGH_BITS	UINT64_C(0x8080808080808080)
/* In a match of the second word: the byte that is no tag. */
#define LT_ELSEWHERE	(UINT64_C(0x80) << 56)

typedef uint8_t lt_tag_vector_t __attribute__((vector_size(sizeof(struct lt_tags))));

/*
 * Returns the high bit of each of the 15 bytes that equals the tag, and no other bit. On x86 as on
 * Arm this is one comparison.
 */
static LT_INLINE struct lt_tags
lt_match(const struct lt_tags *tags, uint8_t tag)
{
	lt_tag_vector_t all, same, wanted = tag - (lt_tag_vector_t){ 0 };
	struct lt_tags match;

	memcpy(&all, tags, sizeof all);
	same = (lt_tag_vector_t)(all == wanted);
	memcpy(&match, &same, sizeof match);
	match.words[0] &= LT_HIGH_BITS;
	match.words[1] &= LT_HIGH_BITS & ~LT_ELSEWHERE;
	return match;
}

/*
 * The same as one word, so that the processor has one branch less to foresee. It has a bit for each
 * such slot, and lt_slot_of() says which slot the lowest of them stands for.
 */
static LT_INLINE uint64_t
lt_match_slots(const struct lt_tags *tags, uint8_t tag)
{
	const struct lt_tags match = lt_match(tags, tag);

	/* The last bit of each byte is of the first word, and the next one of the second. */
	return match.words[0] >> 7 | match.words[1] >> 6;
}

static LT_INLINE size_t
lt_slot_of(uint64_t slots)
{
	const size_t bit = (size_t)__builtin_ctzll(slots);

	return bit % 8 * 8 + bit / 8;
}

static inline uint8_t
lt_group_elsewhere(const struct lt_groups *groups, uint64_t hash)
{

	return (uint8_t)(lt_groups_tags(groups)[lt_group_of(groups, hash)].words[1] >> 56);
}

/* Returns the entry with that hash, or NULL if there is none in the group. */
static LT_INLINE struct lt_entry *
lt_groups_find(const struct lt_groups *groups, uint64_t hash)
{
	const size_t group = lt_group_of(groups, hash);
	struct lt_tags match = lt_match(&lt_groups_tags(groups)[group], lt_tag_of(hash));
	struct lt_entry *const *entries;

	if (lt_likely((match.words[0] | match.words[1]) == 0))
		return NULL;
	entries = lt_groups_entries(groups) + group * LT_GROUP_SLOTS;
	for (size_t i = 0; i < 2; i++) {
		for (; match.words[i] != 0; match.words[i] &= match.words[i] - 1) {
			struct lt_entry *entry =
			    entries[8 * i + (size_t)__builtin_ctzll(match.words[i]) / 8];

			if (entry->hash == hash)
				return entry;
		}
	}
	return NULL;
}

/* Adds an entry. False: its group is full. */
static LT_INLINE bool
lt_groups_add(struct lt_groups *groups, struct lt_entry *entry)
{
	const size_t group = lt_group_of(groups, entry->hash);
	struct lt_tags *tags = &lt_groups_tags(groups)[group];
	const struct lt_tags unused = lt_match(tags, 0);
	const size_t i = unused.words[0] == 0;
	int bit;

	if (lt_unlikely(unused.words[i] == 0))
		return false;
	bit = __builtin_ctzll(unused.words[i]) & ~7;
	/* A free slot's tag is 0, so the new one need not be masked in. */
	tags->words[i] |= (uint64_t)lt_tag_of(entry->hash) << bit;
	lt_groups_entries(groups)[group * LT_GROUP_SLOTS + 8 * i + (size_t)bit / 8] = entry;
	return true;
}

/* Returns whether the entry was there. */
static LT_INLINE bool
lt_groups_take(struct lt_groups *groups, const struct lt_entry *entry)
{
	const size_t group = lt_group_of(groups, entry->hash);
	struct lt_tags *tags = &lt_groups_tags(groups)[group];
	struct lt_tags match = lt_match(tags, lt_tag_of(entry->hash));
	struct lt_entry *const *entries = lt_groups_entries(groups) + group * LT_GROUP_SLOTS;

	for (size_t i = 0; i < 2; i++) {
		for (; match.words[i] != 0; match.words[i] &= match.words[i] - 1) {
			const int bit = __builtin_ctzll(match.words[i]) & ~7;

			if (entries[8 * i + (size_t)bit / 8] == entry) {
				tags->words[i] &= ~(UINT64_C(0xff) << bit);
				return true;
			}
		}
	}
	return false;
}

#endif /* LT_GROUPS_H */
