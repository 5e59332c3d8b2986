/*
 * Real-time threads in the line for a key. Where the system permits no such policy, the scenarios
 * have nothing to look at.
 */
#include "scene.h"

#include <sched.h>

#define MOST_PARTIES	4

/* The order in which the key was had. */
struct order {
	int of[MOST_PARTIES];
	size_t count;
};

/* A thread of SCHED_FIFO's priority, or, if that is 0, an ordinary one. */
struct party {
	struct scene *scene;
	struct order *order;
	int number, priority;
	bool is_shared;
	struct event done;
};

static void *
come_and_note(void *pointer)
{
	struct party *party = pointer;
	struct scene *scene = party->scene;
	const struct sched_param own = { .sched_priority = party->priority };
	lt_hold_t hold;

	if (party->priority > 0 && pthread_setschedparam(pthread_self(), SCHED_FIFO, &own) != 0)
		complain("a policy was refused that was permitted before");
	hold = party->is_shared ? acquire_shared(scene->table, scene->form, 1, LT_FOREVER) :
	    acquire(scene->table, scene->form, 1, LT_FOREVER);
	if (party->order->count < MOST_PARTIES)
		party->order->of[party->order->count++] = party->number;
	if (party->is_shared)
		release_shared_if_hold(hold);
	else
		release_if_hold(hold);
	event_raise(&party->done);
	return NULL;
}

static void *
try_policy(void *is_permitted)
{
	const struct sched_param own = { .sched_priority = 1 };

	*(bool *)is_permitted = pthread_setschedparam(pthread_self(), SCHED_FIFO, &own) == 0;
	return NULL;
}

static bool
is_permitted(void)
{
	struct crew crew = { 0 };
	bool permitted = false;

	crew_add(&crew, try_policy, &permitted);
	crew_join(&crew);
	if (!permitted)
		tell("left out: the system refuses SCHED_FIFO");
	return permitted;
}

/* One after the other they stand in line; when the key is free, they come in another order. */
static void
expect_order(uint32_t fairness, const int priorities[MOST_PARTIES], const int expected[MOST_PARTIES])
{
	struct party parties[MOST_PARTIES];
	struct order order = { .count = 0 };
	struct crew crew = { 0 };
	struct scene scene;

	scene_set(&scene, INTEGERS, fairness);
	for (int i = 0; i < MOST_PARTIES; i++) {
		parties[i] = (struct party){ &scene, &order, i, priorities[i], false, EVENT };
		crew_add(&crew, come_and_note, &parties[i]);
		await_queue(scene.watched, (size_t)i + 1);
	}
	EXPECT(peek_is_sound(scene.watched), "the line is not by priority");
	release_if_hold(scene.hold);
	crew_join(&crew);
	for (int i = 0; i < MOST_PARTIES; i++)
		EXPECT(order.of[i] == expected[i], "the key was had in another order");
	scene_clear(&scene);
}

SCENARIO(real_time_threads_stand_before_others)
{

	if (!is_permitted())
		return;
	expect_order(LT_ADAPTIVE, (int[]){ 0, 0, 10, 20 }, (int[]){ 3, 2, 0, 1 });
	expect_order(LT_ADAPTIVE, (int[]){ 0, 10, 0, 10 }, (int[]){ 1, 3, 0, 2 });
	expect_order(LT_ADAPTIVE, (int[]){ 20, 0, 10, 30 }, (int[]){ 3, 0, 2, 1 });
	expect_order(LT_FIFO, (int[]){ 0, 0, 10, 20 }, (int[]){ 0, 1, 2, 3 });
}

/* The head was woken and does not run; a newcomer holds the key meanwhile. */
SCENARIO(one_that_does_not_come_is_overtaken)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct order order = { .count = 0 };
		struct sleeper head, next;
		struct crew crew = { 0 };
		struct scene scene;
		struct party party = { &scene, &order, 7, 10, false, EVENT };

		if (!is_permitted())
			return;
		scene_set(&scene, form, LT_ADAPTIVE);
		scene_line_up(&scene, &head);
		scene_line_up(&scene, &next);
		release_if_hold(scene.hold);
		EXPECT(sleeper_was_resumed(&head), "the head was not woken");
		scene_come_new(&scene);
		crew_add(&crew, come_and_note, &party);
		await_queue(scene.watched, 3);
		EXPECT(peek_is_sound(scene.watched) && peek_signalled(scene.watched) == 0,
		    "one of less priority is still on its way");
		EXPECT(sleeper_poll(&head) == LT_SUSPENDED && sleeper_begin(&head) == LT_SUSPENDED,
		    "a held key was taken");
		release_if_hold(scene.hold);
		crew_join(&crew);
		EXPECT(order.count == 1, "a real-time thread waited for one that did not come");
		EXPECT(sleeper_begin(&head) == LT_OK && sleeper_sleeps(&next),
		    "one that was overtaken lost its place before others");
		scene_finish(&scene, &head);
		EXPECT(sleeper_begin(&next) == LT_OK, "the last was forgotten");
		scene_finish(&scene, &next);
		scene_clear(&scene);
	}
}

/* A writer waits for a reader; a reader of a higher priority does not wait for the writer. */
SCENARIO(a_reader_passes_a_writer_of_less_priority)
{
	struct order order = { .count = 0 };
	struct sleeper writer;
	struct crew crew = { 0 };
	struct scene scene;
	struct party party = { &scene, &order, 7, 10, true, EVENT };

	if (!is_permitted())
		return;
	scene_set(&scene, INTEGERS, LT_ADAPTIVE);
	scene.hold = lt_downgrade(scene.hold);
	scene_line_up(&scene, &writer);
	crew_add(&crew, come_and_note, &party);
	crew_join(&crew);
	EXPECT(order.count == 1 && sleeper_sleeps(&writer), "a reader waited for a writer of less priority");
	release_shared_if_hold(scene.hold);
	EXPECT(scene_comes_in(&writer), "the writer was forgotten");
	scene_finish(&scene, &writer);
	scene_clear(&scene);
}
