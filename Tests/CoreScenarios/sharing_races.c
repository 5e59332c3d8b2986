/* Readers who are let in by others: what they see, and what is touched of theirs. */
#include "scene.h"

#include <sched.h>

/* --- a grant that is found without the lock ------------------------------------------ */

struct owner {
	struct sleeper *sleeper;
	uint64_t *guarded;		/* By the key. */
	uint64_t seen;
};

/* Looks until it has the key, and ends the suspension at once. */
static void *
own(void *pointer)
{
	struct owner *owner = pointer;

	while (sleeper_outcome(owner->sleeper) == LT_SUSPENDED)
		(void)sched_yield();
	owner->seen = *owner->guarded;
	release_shared_if_hold(sleeper_end(owner->sleeper));
	return NULL;
}

/*
 *   newcomer                reader              its owner
 *   release K               signalled: resumed
 *   has K, writes
 *                                               looks
 *   downgrade K             has K
 *                                               reads, ends it: its memory is gone
 */
static void
one_that_was_sent_for_may_be_granted_the_key(void)
{
	const unsigned rounds = scaled(400);

	for (unsigned round = 0; round < rounds; round++) {
		uint64_t guarded = 0;
		struct sleeper reader;
		struct owner owner = { &reader, &guarded, 0 };
		struct crew crew = { 0 };
		struct scene scene;

		scene_set(&scene, round % FORMS, LT_ADAPTIVE);
		scene_line_up_reader(&scene, &reader);
		release_if_hold(scene.hold);
		EXPECT(sleeper_was_resumed(&reader), "nobody was sent for");
		scene_come_new(&scene);
		crew_add(&crew, own, &owner);
		if (round % 2 == 0)
			(void)sched_yield();
		guarded = 1;
		scene.hold = lt_downgrade(scene.hold);
		crew_join(&crew);
		EXPECT(owner.seen == 1, "a reader did not see what the writer wrote");
		EXPECT(event_times(&reader.resumed) == 1, "one that is on its way was resumed");
		release_shared_if_hold(scene.hold);
		scene_clear(&scene);
	}
}

static const core_scenario_t scenarios[] = {
	{ "one that was sent for may be granted the key",
	    one_that_was_sent_for_may_be_granted_the_key },
};

TOPIC(sharing_races_topic);
