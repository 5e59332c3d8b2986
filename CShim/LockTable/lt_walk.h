/*
 * A walk over the keys of a stripe, which may pause.
 */
#ifndef LT_WALK_H
#define LT_WALK_H

#include <stdbool.h>

#include "lt_states.h"

/* How far a walk has come. Begins as zero bytes. */
struct lt_walk {
	bool has_begun;
	const struct lt_set *set, *old;	/* Compared only: they may be gone. */
	size_t offset;
};

/*
 * Calls `visit` for each entry that is present, from where the walk was. Pauses once `visit` has
 * returned false, but not in the middle of a same-hash chain. Returns whether the walk has come to
 * the end. The stripe is locked, and stays so.
 */
bool lt_stripe_walk(struct lt_stripe *, struct lt_walk *,
    bool (*visit)(void *context, struct lt_entry *), void *context);
/*
 * Has the set changed while the walk paused and the stripe was unlocked, so that it has to begin
 * again? If not, entries that have moved within the set meanwhile may be visited twice.
 */
bool lt_walk_is_lost(const struct lt_walk *, const struct lt_stripe *);

#endif /* LT_WALK_H */
