/*
 * Calls about values that entries keep. Each value has a number of its own and owns a block, which
 * it must give back once. A holder sees the value that was made for its key last, or none.
 */
#include "calls.h"

/* What a key's room has in it, if its value is present. */
struct kept {
	uint64_t key, number;
	uint64_t *owned;
};

const size_t kept_size = sizeof(struct kept);

static uint64_t made, ended;		/* So many values. */
static uint64_t newest[KEYS];		/* The number of the one made last; 0: it was removed. */

void
kept_reset(void)
{

	made = ended = 0;
	for (int key = 0; key < KEYS; key++)
		newest[key] = 0;
}

size_t
kept_count(void)
{

	return made - ended;
}

static void
end(struct kept *kept)
{

	if (ex_has_stripe())
		ex_fail("a value ends under a stripe's lock");
	ex_write(kept, sizeof *kept);
	if (kept->key >= KEYS || kept->number == 0)
		ex_fail("what ends is no value");
	ex_write(kept->owned, sizeof *kept->owned);
	ex_step();
	ex_deallocate(kept->owned, sizeof *kept->owned);
	if (newest[kept->key] == kept->number)
		newest[kept->key] = 0;
	kept->number = 0;
	ended++;
}

void
kept_end(void *context, void *place)
{

	(void)context;
	end(place);
}

/* Takes its time, as the caller's code does. */
static void
make(int key, struct kept *kept)
{

	ex_step();
	kept->key = (uint64_t)key;
	kept->number = newest[key] = ++made;
	kept->owned = ex_allocate(sizeof *kept->owned);
	ex_write(kept->owned, sizeof *kept->owned);
	ex_write(kept, sizeof *kept);
}

/* As a holder: is there a value, and is it the key's? */
static bool
look(int key, lt_value_t value, bool shared)
{
	const struct kept *kept = value.place;

	if (!value.is_present)
		return false;
	ex_read(kept, sizeof *kept);
	if (kept->key != (uint64_t)key || kept->number == 0 || kept->number != newest[key])
		ex_fail("a holder of key %c sees a value that is not the key's, or is no longer",
		    key_name(key));
	if (shared)
		ex_read(kept->owned, sizeof *kept->owned);
	else
		ex_write(kept->owned, sizeof *kept->owned);
	return true;
}

static lt_value_t
value_of(lt_hold_t hold)
{
	lt_value_t value;

	so_far.is_naming[ex_self()] = true;
	value = lt_value_of(ex_table, hold);
	end_naming();
	return value;
}

/* A call that got nothing does nothing more, and that names the table. */
static bool
got_nothing(lt_hold_t hold, struct how how)
{

	if (!has_failed(hold, how))
		return false;
	so_far.naming_left[ex_self()]--;
	return true;
}

static lt_hold_t
acquire_for(const struct call *call, bool shared)
{
	const struct how how = how_of(call);
	lt_hold_t hold = acquire(call->key, shared, deadline_of(how));

	if (got_nothing(hold, how))
		hold.place = NULL;
	return hold;
}

static void
release_value(struct participant *participant, bool is_present)
{
	const int key = (int)participant->key;
	const lt_hold_t hold = participant->hold;

	hold_leave(participant);
	begin_call(key, false);
	lt_release_value(hold, is_present);
	end_call(key);
}

/* Makes the value if it is absent, and changes it if not. */
void
run_set(const struct call *call)
{
	const lt_hold_t hold = acquire_for(call, false);
	struct participant *participant;
	lt_value_t value;

	if (hold.place == NULL)
		return;
	participant = hold_enter(call->key, hold, false);
	value = value_of(hold);
	if (!look(call->key, value, false))
		make(call->key, value.place);
	ex_step();
	release_value(participant, true);
}

/* The holder takes the value out, and ends it once it holds nothing. */
void
run_drop(const struct call *call)
{
	const lt_hold_t hold = acquire_for(call, false);
	struct participant *participant;
	struct kept kept = { 0 };
	lt_value_t value;
	bool was_present;

	if (hold.place == NULL)
		return;
	participant = hold_enter(call->key, hold, false);
	value = value_of(hold);
	was_present = look(call->key, value, false);
	if (was_present) {
		kept = *(struct kept *)value.place;
		newest[call->key] = 0;
	}
	ex_step();
	release_value(participant, false);
	if (was_present)
		end(&kept);
}

void
run_see(const struct call *call)
{
	const lt_hold_t hold = acquire_for(call, true);
	struct participant *participant;

	if (hold.place == NULL)
		return;
	participant = hold_enter(call->key, hold, true);
	(void)look(call->key, value_of(hold), true);
	ex_step();
	hold_leave(participant);
	begin_call(call->key, false);
	lt_release_shared(hold);
	end_call(call->key);
}

/* The first user makes the value; the last one's release ends it. */
void
run_use(const struct call *call)
{
	const bool shared = call->kind->how.shared;
	lt_hold_t hold = acquire_for(call, false);
	struct participant *participant;
	lt_value_t value;

	if (hold.place == NULL)
		return;
	participant = hold_enter(call->key, hold, false);
	value = value_of(hold);
	if (!look(call->key, value, false)) {
		make(call->key, value.place);
		begin_call(call->key, false);
		lt_keep_value(hold);
		end_call(call->key);
	}
	value.is_present = true;
	ex_step();
	if (shared)
		hold = hold_downgrade(participant);
	(void)look(call->key, value, shared);
	ex_step();
	hold_leave(participant);
	begin_call(call->key, false);
	(shared ? lt_release_shared : lt_release)(hold);
	end_call(call->key);
}
