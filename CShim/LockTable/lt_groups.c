/*
 * Groups of entries by hash: see lt_groups.h.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_groups.h"

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

bool
lt_groups_replace(struct lt_groups *groups, const struct lt_entry *entry, struct lt_entry *by)
{
	const size_t group = lt_group_of(groups, entry->hash);
	struct lt_entry **entries = lt_groups_entries(groups) + group * LT_GROUP_SLOTS;

	for (size_t slot = 0; slot < LT_GROUP_SLOTS; slot++) {
		if (tag_at(&lt_groups_tags(groups)[group], slot) != 0 && entries[slot] == entry) {
			entries[slot] = by;
			return true;
		}
	}
	return false;
}

void
lt_groups_count_elsewhere(struct lt_groups *groups, uint64_t hash, bool leaves)
{
	const uint8_t count = lt_group_elsewhere(groups, hash);

	if (count < LT_MOST_ELSEWHERE)
		set_tag(&lt_groups_tags(groups)[lt_group_of(groups, hash)], LT_GROUP_SLOTS,
		    (uint8_t)(leaves ? count - 1 : count + 1));
}

void
lt_groups_lose_count(struct lt_groups *groups, uint64_t hash)
{

	set_tag(&lt_groups_tags(groups)[lt_group_of(groups, hash)], LT_GROUP_SLOTS,
	    LT_MOST_ELSEWHERE);
}

struct lt_entry *
lt_groups_at(const struct lt_groups *groups, size_t slot)
{

	if (tag_at(&lt_groups_tags(groups)[slot / LT_GROUP_SLOTS], slot % LT_GROUP_SLOTS) == 0)
		return NULL;
	return lt_groups_entries(groups)[slot];
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
