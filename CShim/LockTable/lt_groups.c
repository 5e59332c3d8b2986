/*
 * Groups of entries by hash: see lt_groups.h.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_groups.h"

static size_t
bytes_of(size_t count)
{

	return sizeof(struct lt_groups) + count * (sizeof(struct lt_tags) +
	    LT_GROUP_SLOTS * sizeof(struct lt_entry *));
}

struct lt_groups *
lt_groups_create(size_t count)
{
	struct lt_groups *groups = lt_allocate_zeroed(bytes_of(count));

	if (groups == NULL)
		return NULL;
	groups->count = count;
	groups->entries = (struct lt_entry **)(void *)(groups->tags + count);
	return groups;
}

void
lt_groups_destroy(struct lt_groups *groups)
{

	lt_deallocate(groups, bytes_of(groups->count));
}

void
lt_groups_push(struct lt_groups **list, struct lt_groups *groups)
{

	groups->link = *list;
	*list = groups;
}

void
lt_groups_destroy_list(struct lt_groups *groups)
{
	struct lt_groups *next;

	for (; groups != NULL; groups = next) {
		next = groups->link;
		lt_groups_destroy(groups);
	}
}

size_t
lt_groups_bytes(const struct lt_groups *groups)
{

	return bytes_of(groups->count);
}

static uint8_t
tag_at(const struct lt_tags *tags, size_t slot)
{

	return (uint8_t)(tags->words[slot / 8] >> slot % 8 * 8);
}

static void
set_tag(struct lt_tags *tags, int slot, uint8_t tag)
{
	uint64_t *word = &tags->words[slot / 8];
	const int shift = slot % 8 * 8;

	*word = (*word & ~(UINT64_C(0xff) << shift)) | (uint64_t)tag << shift;
}

/* Returns the entry's slot in its group, or LT_GROUP_SLOTS. */
static int
slot_of(const struct lt_groups *groups, const struct lt_entry *entry)
{
	const size_t group = lt_group_of(groups, entry->hash);
	const uint8_t tag = lt_tag_of(entry->hash);
	struct lt_entry *const *entries = groups->entries + group * LT_GROUP_SLOTS;
	uint64_t low = lt_match(groups->tags[group].words[0], tag);
	uint64_t high = lt_match(groups->tags[group].words[1], tag) & ~LT_ELSEWHERE;

	for (; low != 0; low &= low - 1) {
		if (entries[__builtin_ctzll(low) / 8] == entry)
			return __builtin_ctzll(low) / 8;
	}
	for (; high != 0; high &= high - 1) {
		if (entries[8 + __builtin_ctzll(high) / 8] == entry)
			return 8 + __builtin_ctzll(high) / 8;
	}
	return LT_GROUP_SLOTS;
}

bool
lt_groups_add(struct lt_groups *groups, struct lt_entry *entry)
{
	const size_t group = lt_group_of(groups, entry->hash);
	struct lt_tags *tags = &groups->tags[group];
	const uint64_t low = lt_match(tags->words[0], 0);
	const uint64_t high = lt_match(tags->words[1], 0) & ~LT_ELSEWHERE;
	struct lt_entry **entries = groups->entries + group * LT_GROUP_SLOTS;
	int bit;

	/* A free slot's tag is 0, so the new one need not be masked in. */
	if (low != 0) {
		bit = __builtin_ctzll(low) & ~7;
		tags->words[0] |= (uint64_t)lt_tag_of(entry->hash) << bit;
	} else if (high != 0) {
		bit = __builtin_ctzll(high) & ~7;
		tags->words[1] |= (uint64_t)lt_tag_of(entry->hash) << bit;
		bit += 64;
	} else {
		return false;
	}
	entries[bit / 8] = entry;
	return true;
}

bool
lt_groups_replace(struct lt_groups *groups, const struct lt_entry *entry, struct lt_entry *by)
{
	const int slot = slot_of(groups, entry);

	if (slot == LT_GROUP_SLOTS)
		return false;
	groups->entries[lt_group_of(groups, entry->hash) * LT_GROUP_SLOTS + (size_t)slot] = by;
	return true;
}

bool
lt_groups_take(struct lt_groups *groups, const struct lt_entry *entry)
{
	const int slot = slot_of(groups, entry);

	if (slot == LT_GROUP_SLOTS)
		return false;
	set_tag(&groups->tags[lt_group_of(groups, entry->hash)], slot, 0);
	return true;
}

void
lt_groups_count_elsewhere(struct lt_groups *groups, uint64_t hash, bool leaves)
{
	const uint8_t count = lt_group_elsewhere(groups, hash);

	if (count < LT_MOST_ELSEWHERE)
		set_tag(&groups->tags[lt_group_of(groups, hash)], LT_GROUP_SLOTS,
		    (uint8_t)(leaves ? count - 1 : count + 1));
}

void
lt_groups_lose_count(struct lt_groups *groups, uint64_t hash)
{

	set_tag(&groups->tags[lt_group_of(groups, hash)], LT_GROUP_SLOTS, LT_MOST_ELSEWHERE);
}

struct lt_entry *
lt_groups_at(const struct lt_groups *groups, size_t slot)
{

	if (tag_at(&groups->tags[slot / LT_GROUP_SLOTS], slot % LT_GROUP_SLOTS) == 0)
		return NULL;
	return groups->entries[slot];
}

int
lt_groups_list(const struct lt_groups *groups, size_t group,
    struct lt_entry *entries[LT_GROUP_SLOTS])
{
	int count = 0;

	for (size_t slot = 0; slot < LT_GROUP_SLOTS; slot++) {
		struct lt_entry *entry = lt_groups_at(groups, group * LT_GROUP_SLOTS + slot);

		if (entry != NULL)
			entries[count++] = entry;
	}
	return count;
}

LT_END

#endif /* LT_SUPPORTED */
