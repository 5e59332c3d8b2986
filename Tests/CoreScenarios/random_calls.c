/* Random calls of one thread that never sleeps, against the model, also while allocations fail. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "model.h"
#include "support.h"

#define MOST_PINS	3
#define GROUP		5

static struct model model;

struct player {
	lt_table_t *table;
	enum form form;
	uint64_t seed;
	bool failing;			/* Allocations fail now and then. */
	struct participant *holds[MODEL_KEYS];
	unsigned pinned[MODEL_KEYS];
	lt_hold_t pins[MODEL_KEYS][MOST_PINS];
};

static uint64_t
pick(struct player *player, uint64_t below)
{

	return random_next(&player->seed) % below;
}

/* Did the call fail for want of memory, and may it have? */
static bool
ran_out(const struct player *player, lt_hold_t result)
{

	if (!has_failed(result, LT_NO_MEMORY))
		return false;
	EXPECT(player->failing && memory_has_failed(), "memory ran out for no reason");
	return true;
}

static void
step_acquire(struct player *player, unsigned key)
{
	const uint64_t deadline = pick(player, 2) ? LT_NO_WAIT : 1;
	lt_hold_t hold = acquire(player->table, player->form, key, deadline);
	lt_status_t expected;

	if (ran_out(player, hold))
		return;
	expected = model_try(&model, key, false, deadline);
	EXPECT(expected == LT_OK ? is_hold(hold) : has_failed(hold, expected),
	    "a held key was acquired, or a free one was not");
	if (expected != LT_OK || !is_hold(hold))
		return;
	player->holds[key] = model_take(&model, key, false);
	player->holds[key]->hold = hold;
}

static void
step_release(struct player *player, unsigned key)
{

	if (player->holds[key] == NULL)
		return;
	lt_release(player->holds[key]->hold);
	model_release(&model, player->holds[key]);
	player->holds[key] = NULL;
}

static void
step_pin(struct player *player, unsigned key)
{
	lt_hold_t pinned;

	if (player->pinned[key] == MOST_PINS)
		return;
	pinned = pin(player->table, player->form, key);
	if (ran_out(player, pinned))
		return;
	EXPECT(is_hold(pinned), "a key was not pinned");
	EXPECT(player->holds[key] == NULL || pinned.place == player->holds[key]->hold.place,
	    "a pin went elsewhere than the hold");
	model_pin(&model, key);
	player->pins[key][player->pinned[key]++] = pinned;
}

static void
step_unpin(struct player *player, unsigned key)
{

	if (player->pinned[key] == 0)
		return;
	lt_unpin(player->pins[key][--player->pinned[key]]);
	model_unpin(&model, key);
}

static void
step_acquire_multi(struct player *player)
{
	const size_t wanted = pick(player, GROUP + 1);
	struct request requests[GROUP];
	size_t count = 0, expected_count, kept;
	lt_hold_t holds[GROUP];
	lt_status_t status;

	for (; count < wanted; count++) {
		const unsigned key = (unsigned)pick(player, MODEL_KEYS);

		holds[count] = pin(player->table, player->form, key);
		if (ran_out(player, holds[count])) {
			while (count > 0) {
				lt_unpin(holds[--count]);
				model_unpin(&model, requests[count].key);
			}
			return;
		}
		model_pin(&model, key);
		requests[count] = (struct request){ key, false, holds[count].tag,
		    (uintptr_t)holds[count].place, NULL };
	}
	expected_count = kept = count;
	status = lt_acquire_pinned(holds, &kept, LT_NO_WAIT);
	EXPECT(status == model_acquire_pinned(&model, requests, &expected_count, LT_NO_WAIT),
	    "several keys: the wrong answer");
	if (status != LT_OK)
		return;
	EXPECT(kept == expected_count, "several keys: not one hold for each");
	for (size_t i = 0; i < expected_count; i++)
		EXPECT(is_held(player->table, player->form, requests[i].key), "one was not held");
	while (kept > 0) {
		lt_release(holds[--kept]);
		model_release(&model, requests[kept].participant);
	}
}

static void
check(const struct player *player)
{
	const lt_statistics_t *sums = &model.sums;
	lt_statistics_t told;

	lt_table_statistics(player->table, &told);
	EXPECT(told.acquisitions == sums->acquisitions && told.contended == sums->contended &&
	    told.parks == sums->parks && told.timeouts == sums->timeouts && told.hand_offs == 0 &&
	    told.keys == sums->keys && told.peak_keys == sums->peak_keys,
	    "the statistics were other than the model's");
	for (unsigned key = 0; key < MODEL_KEYS; key++)
		EXPECT(is_held(player->table, player->form, key) == model_is_held(&model, key),
		    "a key was held, or not, against the model");
}

static void
step(struct player *player, bool filling)
{
	const unsigned key = (unsigned)pick(player, MODEL_KEYS);

	if (player->failing && pick(player, 4) == 0)
		memory_fail(pick(player, 3), 1 + pick(player, 3));
	switch (pick(player, 8)) {
	case 0:
	case 1:
		step_acquire(player, key);
		break;
	case 2:
		step_release(player, key);
		break;
	case 3:
		step_pin(player, key);
		break;
	case 4:
		step_unpin(player, key);
		break;
	case 5:
		step_acquire_multi(player);
		break;
	default:
		if (filling) {
			step_acquire(player, key);
		} else {
			step_release(player, key);
			step_unpin(player, key);
		}
	}
	EXPECT(lt_table_count(player->table) == model.sums.keys, "the count was wrong");
}

static void
prepare(const struct player *player, uint32_t stripes, uint32_t fairness)
{

	model_reset(&model, MODEL_KEYS, stripes);
	model.is_adaptive = fairness == LT_ADAPTIVE;
	for (unsigned k = 0; k < MODEL_KEYS; k++) {
		struct key key;

		key_make(&key, player->table, player->form, k);
		/* By the high bits, as lt_stripe_lock.h has it. */
		model.keys[k].stripe = (uint32_t)(key.prepared.hash >> 48) & (stripes - 1);
	}
}

static void
play(enum form form, uint32_t stripes, uint32_t fairness, bool failing)
{
	struct player player = { .table = table_make(form, stripes, fairness), .form = form,
	    .seed = form + 10 * stripes + 1, .failing = failing };
	const unsigned steps = scaled(6000);

	prepare(&player, stripes, fairness);
	for (unsigned number = 0; number < steps; number++) {
		/* Phases of filling and of emptying, so that all sizes come about. */
		step(&player, number / 200 % 2 == 0);
		if (number % 64 == 0)
			check(&player);
	}
	memory_recover();
	check(&player);
	for (unsigned key = 0; key < MODEL_KEYS; key++) {
		step_release(&player, key);
		while (player.pinned[key] > 0)
			step_unpin(&player, key);
	}
	EXPECT(lt_table_count(player.table) == 0, "entries were left");
	lt_table_close(player.table);
	EXPECT(memory_outstanding() == 0, "memory was left");
}

SCENARIO(a_table_behaves_as_the_model)
{

	for (enum form form = 0; form < FORMS; form++) {
		play(form, 1, LT_ADAPTIVE, false);
		play(form, 4, LT_FIFO, false);
	}
}

SCENARIO(a_table_behaves_so_while_memory_fails)
{

	for (enum form form = 0; form < FORMS; form++) {
		play(form, 1, LT_FIFO, true);
		play(form, 4, LT_ADAPTIVE, true);
	}
}
