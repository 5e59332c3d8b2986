#define _GNU_SOURCE
#include "game.h"

#include <stdlib.h>
#include <string.h>

/* No lock is held here: a call that takes each of them returns. */
static void
reenter(void)
{

	if (game.reenters && game.table != NULL)
		(void)lt_table_count(game.table);
}

static bool
labels_are_equal(const void *stored, const void *wanted)
{

	reenter();
	game_interfere();
	return ((const struct label *)stored)->id == ((const struct label *)wanted)->id;
}

static void *
label_copy(const void *wanted)
{
	struct label *label;

	reenter();
	game_interfere();
	if (seam_should_fail())
		return NULL;
	label = malloc(sizeof *label);
	if (label == NULL)
		abort();
	*label = *(const struct label *)wanted;
	game.copies++;
	return label;
}

static void
label_destroy(void *stored)
{

	reenter();
	game.copies--;
	free(stored);
}

const lt_key_operations_t label_operations = { labels_are_equal, label_copy, label_destroy };

static bool
values_are_equal(const void *const *type, const void *stored, const void *wanted)
{

	SAME(type[0] == &game && type[1] == &label_operations, "another type was handed on");
	return labels_are_equal(stored, wanted);
}

static void
value_destroy(const void *const *type, void *value)
{

	SAME(type[0] == &game && type[1] == &label_operations, "another type was handed on");
	reenter();
	label_end(value);
}

const lt_value_operations_t value_operations = { { &game, &label_operations }, values_are_equal,
	value_destroy };

bool
game_identify(lt_acquirer_t *who)
{

	reenter();
	game.identified++;
	if (!game.is_tasks)
		return false;
	who->id = game.identified;
	who->is_task = 1;
	/* As long as the room for it: the core must end it. */
	memset(who->name, 'n', sizeof who->name);
	return true;
}

bool
game_runs_task(void *context, const lt_sleep_t *sleep)
{
	unsigned key;

	SAME(context == &game, "runs_task was asked with another context");
	key = game_key_of(&sleep->report);
	SAME(game.wanted == NULL ||
	    (key == game.wanted->key &&
	    sleep->is_shared == (game.wanted->is_shared || game.model->has_permits)),
	    "a thread would sleep for another key, or in another way");
	SAME(sleep->is_timed, "the only thread would sleep for ever");
	reenter();
	if (game.asked++ % 2 == 0)
		return false;
	game.task_sleeps++;
	return true;
}

void
game_resume(void *continuation)
{

	reenter();
	if (game.resumed_count == MODEL_PARTICIPANTS)
		differ("more were resumed than there are");
	game.resumed[game.resumed_count++] = continuation;
	game_come_between();
}
