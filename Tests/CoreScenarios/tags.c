/* Which of a group's tags match: a search that misses one still finds its key, but in more steps. */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_groups.h"

#include "support.h"

#define WANTED	0x5a
#define OTHER	0xda

static void
set_tag(struct lt_tags *tags, size_t slot, uint8_t tag)
{

	((uint8_t *)tags)[slot] = tag;
}

SCENARIO(each_slot_whose_tag_matches_is_found_once)
{

	for (uint32_t chosen = 0; chosen < UINT32_C(1) << LT_GROUP_SLOTS; chosen += 7) {
		struct lt_tags tags = { { 0 } };
		uint32_t found = 0;

		for (size_t slot = 0; slot < LT_GROUP_SLOTS; slot++)
			set_tag(&tags, slot, (chosen >> slot & 1) != 0 ? WANTED : OTHER);
		/* The last byte is no tag. */
		set_tag(&tags, LT_GROUP_SLOTS, WANTED);
		for (uint64_t slots = lt_match_slots(&tags, WANTED); slots != 0;
		    slots &= slots - 1) {
			const uint32_t bit = UINT32_C(1) << lt_slot_of(slots);

			EXPECT((found & bit) == 0, "a slot is found twice");
			found |= bit;
		}
		EXPECT(found == chosen, "other slots are found than those that match");
	}
}

LT_END
