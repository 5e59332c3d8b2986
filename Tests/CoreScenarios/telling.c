/* What a table tells of the next wait that begins, and when. */
#include "support.h"

#include <stdlib.h>

struct told {
	lt_table_t *table;
	struct event calls;
	uint64_t asks_again;	/* So often: from the call itself. */
	/* Ends what has begun, and the table, from the call itself. */
	struct sleeper *ends;
	lt_hold_t hold;
};

static void
wait_began(void *context)
{
	struct told *told = context;

	event_raise(&told->calls);
	if (told->asks_again > 0) {
		told->asks_again--;
		lt_table_tell_next_wait(told->table);
	}
	if (told->ends != NULL) {
		lt_suspension_cancel(told->ends->suspension);
		(void)lt_suspension_end(told->ends->suspension);
		lt_release(told->hold);
		lt_table_close(told->table);
	}
}

static struct told *
make(enum form form, uint32_t fairness)
{
	struct told *told = calloc(1, sizeof *told);
	lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness,
	    .keys = kind_of(form), .operations = &label_operations,
	    .value_operations = &value_operations, .wait_began = wait_began,
	    .wait_began_context = told };

	if (told == NULL || lt_table_create(&config, &told->table) != LT_OK)
		abort();
	told->calls = (struct event)EVENT;
	return told;
}

static bool
was_told(struct told *told, unsigned times)
{

	return event_times(&told->calls) == times;
}

/* One that waits, and leaves. */
static void
wait_as_task(struct told *told, enum form form)
{
	struct sleeper sleeper;

	sleeper_create(&sleeper, told->table, form, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was taken");
	lt_suspension_cancel(sleeper.suspension);
	(void)sleeper_end(&sleeper);
}

static void
wait_as_thread(struct told *told, enum form form)
{

	EXPECT(has_failed(acquire(told->table, form, 1, lt_deadline_after_ns(1000000)),
	    LT_TIMED_OUT), "a held key was taken");
}

static void
tell_once(enum form form, uint32_t fairness)
{
	struct told *told = make(form, fairness);
	lt_hold_t hold = try_acquire(told->table, form, 1);

	wait_as_task(told, form);
	wait_as_thread(told, form);
	EXPECT(was_told(told, 0), "a table told that was not asked");
	for (unsigned times = 1; times <= 4; times++) {
		lt_table_tell_next_wait(told->table);
		lt_table_tell_next_wait(told->table);
		EXPECT(has_failed(try_acquire(told->table, form, 1), LT_BUSY),
		    "a held key was taken");
		EXPECT(was_told(told, times - 1), "a table told of what does not wait");
		for (int wait = 0; wait < 2; wait++) {
			if (times % 2 == 0)
				wait_as_task(told, form);
			else
				wait_as_thread(told, form);
			EXPECT(was_told(told, times), "a table did not tell once");
		}
	}
	told->asks_again = 1;
	lt_table_tell_next_wait(told->table);
	wait_as_task(told, form);
	wait_as_thread(told, form);
	wait_as_thread(told, form);
	EXPECT(was_told(told, 6), "a table that was asked again did not tell again");
	lt_release(hold);
	close_empty(told->table);
	free(told);
}

SCENARIO(a_table_tells_of_the_next_wait_once)
{
	for (enum form form = 0; form < FORMS; form++) {
		tell_once(form, LT_ADAPTIVE);
		tell_once(form, LT_FIFO);
	}
}

/* The call of lt_suspension_begin() goes on, though all is over that it was made for. */
SCENARIO(a_table_may_end_while_it_tells_of_a_wait)
{
	for (enum form form = 0; form < FORMS; form++) {
		struct told *told = make(form, LT_ADAPTIVE);
		struct sleeper sleeper;

		told->hold = try_acquire(told->table, form, 1);
		told->ends = &sleeper;
		lt_table_tell_next_wait(told->table);
		sleeper_create(&sleeper, told->table, form, 1, LT_FOREVER);
		(void)sleeper_begin(&sleeper);
		EXPECT(was_told(told, 1), "a table did not tell");
		free(told);
	}
}
