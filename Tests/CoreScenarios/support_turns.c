/* Turns of a contended key, by a single thread. */
#include "turns.h"

void
turn_create(struct contended_key *contended, struct sleeper *turn, uint64_t deadline)
{

	sleeper_create(turn, contended->table, contended->form, 1, deadline);
}

void
turn_enqueue(struct contended_key *contended, struct sleeper *turn)
{

	turn_create(contended, turn, LT_FOREVER);
	EXPECT(lt_turn_enqueue(turn->suspension) == LT_OK, "a turn was refused");
}

lt_status_t
turn_await(struct sleeper *turn)
{
	const lt_status_t status = lt_turn_await(turn->suspension, &turn->resumed);

	turn->begun += status == LT_SUSPENDED;
	return status;
}

void
turn_drop(struct sleeper *turn)
{

	lt_turn_drop(turn->suspension);
	EXPECT(sleeper_was_resumed(turn), "an owner was not resumed, or more than once");
	turn->suspension = NULL;
}

void
turn_release(struct contended_key *contended, struct sleeper *turn)
{
	const lt_hold_t hold = lt_turn_end(turn->suspension);

	EXPECT(hold.place == contended->pin.place, "the hold was another key's");
	release_if_hold(hold);
	turn_drop(turn);
}

void
turn_fail(struct contended_key *contended, struct sleeper *turn, lt_status_t reason)
{
	const uint32_t before = peek_references(contended->pin);

	EXPECT(has_failed(lt_turn_end(turn->suspension), reason), "the end gave another reason");
	EXPECT(peek_references(contended->pin) == before - 1, "a turn that is over needs its key");
	lt_suspension_cancel(turn->suspension);
	turn_drop(turn);
}

bool
turn_has_key(struct contended_key *contended, struct sleeper *turn)
{

	return !lt_turn_is_in_line(turn->suspension) && !contended_is_free(contended);
}
