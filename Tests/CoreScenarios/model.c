/*
 * Random calls of one thread against a model: an array that knows of each key
 * whether it is held and how often pinned.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#define KEYS		48
#define MOST_PINS	3
#define GROUP		5

struct model {
	lt_table_t *table;
	enum form form;
	uint64_t seed;
	bool failing;			/* Allocations fail now and then. */
	bool held[KEYS];
	lt_hold_t holds[KEYS];
	unsigned pinned[KEYS];
	lt_hold_t pins[KEYS][MOST_PINS];
};

static uint64_t
pick(struct model *model, uint64_t below)
{

	return random_next(&model->seed) % below;
}

static size_t
present(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < KEYS; i++)
		count += model->held[i] || model->pinned[i] > 0;
	return count;
}

/* Did the call fail for want of memory, and may it have? */
static bool
ran_out(const struct model *model, lt_hold_t result)
{

	if (!has_failed(result, LT_NO_MEMORY))
		return false;
	EXPECT(model->failing && memory_has_failed(), "memory ran out for no reason");
	return true;
}

static void
step_acquire(struct model *model, uint64_t number)
{
	uint64_t deadline = pick(model, 2) ? LT_NO_WAIT : 1;
	lt_hold_t hold = acquire(model->table, model->form, number, deadline);

	if (ran_out(model, hold))
		return;
	if (model->held[number]) {
		EXPECT(has_failed(hold, deadline == LT_NO_WAIT ? LT_BUSY : LT_TIMED_OUT),
		    "a held key was acquired");
		return;
	}
	EXPECT(is_hold(hold), "a free key was not acquired");
	model->holds[number] = hold;
	model->held[number] = is_hold(hold);
}

static void
step_release(struct model *model, uint64_t number)
{

	if (model->held[number])
		lt_release(model->holds[number]);
	model->held[number] = false;
}

static void
step_pin(struct model *model, uint64_t number)
{
	lt_hold_t pinned;

	if (model->pinned[number] == MOST_PINS)
		return;
	pinned = pin(model->table, model->form, number);
	if (ran_out(model, pinned))
		return;
	EXPECT(is_hold(pinned), "a key was not pinned");
	EXPECT(!model->held[number] || pinned.place == model->holds[number].place,
	    "a pin went elsewhere than the hold");
	model->pins[number][model->pinned[number]++] = pinned;
}

static void
step_unpin(struct model *model, uint64_t number)
{

	if (model->pinned[number] > 0)
		lt_unpin(model->pins[number][--model->pinned[number]]);
}

static void
step_acquire_several(struct model *model)
{
	size_t wanted = pick(model, GROUP + 1), count = 0, different = 0, kept;
	uint64_t numbers[GROUP];
	lt_hold_t holds[GROUP];
	bool all_free = true;
	lt_status_t status;

	for (; count < wanted; count++) {
		bool before = false;

		numbers[count] = pick(model, KEYS);
		holds[count] = pin(model->table, model->form, numbers[count]);
		if (ran_out(model, holds[count])) {
			while (count > 0)
				lt_unpin(holds[--count]);
			return;
		}
		for (size_t i = 0; i < count; i++)
			before = before || numbers[i] == numbers[count];
		different += !before;
		all_free = all_free && !model->held[numbers[count]];
	}
	kept = count;
	status = lt_acquire_pinned(holds, &kept, LT_NO_WAIT);
	EXPECT(status == (all_free ? LT_OK : LT_BUSY), "several keys: the wrong answer");
	if (status != LT_OK)
		return;
	EXPECT(kept == different, "several keys: not one hold for each");
	for (size_t i = 0; i < count; i++) {
		EXPECT(is_held(model->table, model->form, numbers[i]), "one was not held");
	}
	while (kept > 0)
		lt_release(holds[--kept]);
}

static void
check(struct model *model)
{

	EXPECT(lt_table_count(model->table) == present(model), "the count was wrong");
	for (uint64_t i = 0; i < KEYS; i++)
		EXPECT(is_held(model->table, model->form, i) == model->held[i],
		    "a key was held, or not, against the model");
}

static void
run_model(enum form form, uint32_t stripes, uint32_t fairness, bool failing)
{
	struct model model = { .table = table_make(form, stripes, fairness), .form = form,
	    .seed = form + 10 * stripes + 1, .failing = failing };
	const unsigned steps = scaled(6000);

	for (unsigned step = 0; step < steps; step++) {
		/* Phases of filling and of emptying, so that all sizes come about. */
		const bool filling = step / 200 % 2 == 0;
		uint64_t number = pick(&model, KEYS);

		if (failing && pick(&model, 4) == 0)
			memory_fail(pick(&model, 3), 1 + pick(&model, 3));
		switch (pick(&model, 8)) {
		case 0:
		case 1:
			step_acquire(&model, number);
			break;
		case 2:
			step_release(&model, number);
			break;
		case 3:
			step_pin(&model, number);
			break;
		case 4:
			step_unpin(&model, number);
			break;
		case 5:
			step_acquire_several(&model);
			break;
		default:
			if (filling) {
				step_acquire(&model, number);
			} else {
				step_release(&model, number);
				step_unpin(&model, number);
			}
		}
		EXPECT(lt_table_count(model.table) == present(&model), "the count was wrong");
		if (step % 64 == 0)
			check(&model);
	}
	memory_recover();
	check(&model);
	for (uint64_t i = 0; i < KEYS; i++) {
		step_release(&model, i);
		while (model.pinned[i] > 0)
			step_unpin(&model, i);
	}
	EXPECT(lt_table_count(model.table) == 0, "entries were left");
	lt_table_close(model.table);
	EXPECT(memory_outstanding() == 0, "memory was left");
}

SCENARIO(a_table_behaves_as_an_array_of_flags)
{

	for (enum form form = 0; form < FORMS; form++) {
		run_model(form, 1, LT_ADAPTIVE, false);
		run_model(form, 4, LT_FIFO, false);
	}
}

SCENARIO(a_table_behaves_so_while_memory_fails)
{

	for (enum form form = 0; form < FORMS; form++) {
		run_model(form, 1, LT_FIFO, true);
		run_model(form, 4, LT_ADAPTIVE, true);
	}
}
