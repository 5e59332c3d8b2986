/*
 * Groups of entries by hash: open addressing without probing. A hash belongs to one group, which
 * has room for LT_GROUP_SLOTS entries. Each slot has a tag, a byte of the entry's hash, and one
 * comparison of the tags tells almost always that a hash is absent, without a read of any entry.
 * (absl's Swiss tables and folly's F14 search by tags, too.) The caller has a place for what a full
 * group cannot take, and the group counts how many entries went there.
 *
 * The tags of all groups stand together, so that a search for an absent hash reads 16 bytes.
 */
#ifndef LT_GROUPS_H
#define LT_GROUPS_H

#include "lt_states.h"

#define LT_GROUP_SLOTS	15

/* 15 tags, of which 0 is a free slot, and the count of entries elsewhere as the last byte. */
struct lt_tags {
	uint64_t words[2];
};

struct lt_groups {
	size_t count;			/* A power of 2. */
	struct lt_groups *link;
	struct lt_entry **entries;	/* LT_GROUP_SLOTS for each group, behind the tags. */
	struct lt_tags tags[];
};

/* Not more are counted: a group that has reached this many is no longer counted down. */
#define LT_MOST_ELSEWHERE	UINT8_MAX

/* Returns NULL if memory ran out. Allocates: call it with no lock held. */
struct lt_groups *lt_groups_create(size_t count);
void lt_groups_destroy(struct lt_groups *);
/* Lists of groups that are out of use. */
void lt_groups_push(struct lt_groups **list, struct lt_groups *);
void lt_groups_destroy_list(struct lt_groups *);
size_t lt_groups_bytes(const struct lt_groups *);
/* Adds an entry. False: its group is full. */
bool lt_groups_add(struct lt_groups *, struct lt_entry *);
/* Replaces an entry by another one of the same hash. False: the entry is not there. */
bool lt_groups_replace(struct lt_groups *, const struct lt_entry *, struct lt_entry *by);
/* Returns whether the entry was there. */
bool lt_groups_take(struct lt_groups *, const struct lt_entry *);
/* Counts an entry of that hash that is elsewhere, or one that is there no longer. */
void lt_groups_count_elsewhere(struct lt_groups *, uint64_t hash, bool leaves);
/* Makes the count of the hash's group so large that it stays. */
void lt_groups_lose_count(struct lt_groups *, uint64_t hash);
/* Lists the entries of a group. Returns how many there are. */
int lt_groups_list(const struct lt_groups *, size_t group,
    struct lt_entry *entries[LT_GROUP_SLOTS]);
/* Returns the entry in that slot, counted over all groups, or NULL. */
struct lt_entry *lt_groups_at(const struct lt_groups *, size_t slot);

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

#define LT_LOW_BITS	UINT64_C(0x7f7f7f7f7f7f7f7f)
#define LT_EACH_BYTE	UINT64_C(0x0101010101010101)
/* In a match of the second word: the byte that is no tag. */
#define LT_ELSEWHERE	(UINT64_C(0x80) << 56)

/* Returns the high bit of each byte that equals the tag, and no other bit. */
static inline uint64_t
lt_match(uint64_t word, uint8_t tag)
{
	const uint64_t other = word ^ tag * LT_EACH_BYTE;

	return ~(((other & LT_LOW_BITS) + LT_LOW_BITS) | other | LT_LOW_BITS);
}

static inline uint8_t
lt_group_elsewhere(const struct lt_groups *groups, uint64_t hash)
{

	return (uint8_t)(groups->tags[lt_group_of(groups, hash)].words[1] >> 56);
}

/* Returns the entry with that hash, or NULL if there is none in the group. */
static inline struct lt_entry *
lt_groups_find(const struct lt_groups *groups, uint64_t hash)
{
	const size_t group = lt_group_of(groups, hash);
	const struct lt_tags tags = groups->tags[group];
	const uint8_t tag = lt_tag_of(hash);
	uint64_t low = lt_match(tags.words[0], tag);
	uint64_t high = lt_match(tags.words[1], tag) & ~LT_ELSEWHERE;
	struct lt_entry *const *entries;

	if (lt_likely((low | high) == 0))
		return NULL;
	entries = groups->entries + group * LT_GROUP_SLOTS;
	for (; low != 0; low &= low - 1) {
		struct lt_entry *entry = entries[__builtin_ctzll(low) / 8];

		if (entry->hash == hash)
			return entry;
	}
	for (; high != 0; high &= high - 1) {
		struct lt_entry *entry = entries[8 + __builtin_ctzll(high) / 8];

		if (entry->hash == hash)
			return entry;
	}
	return NULL;
}

#endif /* LT_GROUPS_H */
