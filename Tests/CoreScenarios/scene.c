/* What the scenarios of suspensions have in common. */
#include "scene.h"

void
scene_set(struct scene *scene, enum form form, uint32_t fairness)
{

	scene->form = form;
	scene->table = table_make(form, 1, fairness);
	scene->watched = pin(scene->table, form, 1);
	scene->hold = acquire(scene->table, form, 1, LT_FOREVER);
}

void
scene_clear(struct scene *scene)
{

	EXPECT(peek_is_sound(scene->watched), "the queue was broken");
	EXPECT(peek_references(scene->watched) == 1 && peek_queue(scene->watched) == 0,
	    "who left was still counted");
	lt_unpin(scene->watched);
	EXPECT(lt_table_count(scene->table) == 0, "entries were left");
	lt_table_close(scene->table);
}

void
scene_enter(struct scene *scene, struct sleeper *sleeper)
{

	sleeper_create(sleeper, scene->table, scene->form, 1, LT_FOREVER);
}

void
scene_enter_reader(struct scene *scene, struct sleeper *sleeper)
{

	sleeper_create_shared(sleeper, scene->table, scene->form, 1, LT_FOREVER);
}

static void
begin_and_queue(struct scene *scene, struct sleeper *sleeper)
{
	size_t before = peek_queue(scene->watched);

	EXPECT(sleeper_begin(sleeper) == LT_SUSPENDED, "a held key was not waited for");
	EXPECT(sleeper_sleeps(sleeper) && peek_queue(scene->watched) == before + 1,
	    "who waits was not queued");
}

/* Enters, and is queued. */
void
scene_line_up(struct scene *scene, struct sleeper *sleeper)
{

	scene_enter(scene, sleeper);
	begin_and_queue(scene, sleeper);
}

void
scene_line_up_reader(struct scene *scene, struct sleeper *sleeper)
{

	scene_enter_reader(scene, sleeper);
	begin_and_queue(scene, sleeper);
}

/* Somebody takes the key and did not have to wait. */
void
scene_come_new(struct scene *scene)
{

	scene->hold = try_acquire(scene->table, scene->form, 1);
	EXPECT(is_hold(scene->hold), "a newcomer did not get a free key");
}

bool
scene_is_free(struct scene *scene)
{
	lt_hold_t hold = try_acquire(scene->table, scene->form, 1);

	if (is_hold(hold))
		lt_release(hold);
	return is_hold(hold);
}

/* It holds the key; ends it, and releases. */
void
scene_finish(struct scene *scene, struct sleeper *sleeper)
{
	lt_hold_t hold;

	EXPECT(sleeper_outcome(sleeper) == LT_OK, "the key was not granted");
	EXPECT(!scene_is_free(scene), "a key that was granted was free");
	hold = sleeper_end(sleeper);
	EXPECT(hold.place == scene->watched.place &&
	    (hold.tag == scene->watched.tag || is_account_kept()), "the hold was another key's");
	release_if_hold(hold);
}

/* The same for a reader, who may not be the only one. */
void
scene_finish_reader(struct scene *scene, struct sleeper *sleeper)
{
	lt_hold_t hold;

	EXPECT(sleeper_outcome(sleeper) == LT_OK, "the key was not granted to a reader");
	EXPECT(peek_holders(scene->watched) - 1 < MOST_READERS, "a reader was not counted");
	hold = sleeper_end(sleeper);
	EXPECT(hold.place == scene->watched.place &&
	    (hold.tag == scene->watched.tag || is_account_kept()), "the hold was another key's");
	release_shared_if_hold(hold);
}

/* Was it granted the key, or sent for and finds it open? */
bool
scene_comes_in(struct sleeper *sleeper)
{

	return sleeper_was_resumed(sleeper) &&
	    (sleeper_outcome(sleeper) == LT_OK || sleeper_begin(sleeper) == LT_OK);
}

/* It was cancelled, or was too late. */
void
scene_give_up(struct sleeper *sleeper, lt_status_t reason)
{

	EXPECT(sleeper_outcome(sleeper) == reason, "the wait did not end for the right reason");
	EXPECT(has_failed(sleeper_end(sleeper), reason), "the end gave another reason");
}

void
scene_for_each_kind(void (*scenario)(enum form, uint32_t))
{

	for (enum form form = 0; form < FORMS; form++) {
		scenario(form, LT_ADAPTIVE);
		scenario(form, LT_FIFO);
	}
}
