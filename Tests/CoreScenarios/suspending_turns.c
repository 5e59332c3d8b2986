/* Suspensions that were sent for: who takes the key, who leaves, who is next; and their place among threads. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "scene.h"

/* --- signalled ------------------------------------------------------------------- */

/*
 *   holder          newcomer        first           second
 *   holds K                         queued          queued
 *   release K                       signalled
 *                   has K
 *                                   begins: queued,
 *                                   in its place
 *                   release K       signalled again
 *                                   begins: has K
 */
SCENARIO(who_is_overtaken_keeps_its_place)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second;
		struct scene scene;

		scene_set(&scene, form, LT_ADAPTIVE);
		scene_line_up(&scene, &first);
		scene_line_up(&scene, &second);
		release_if_hold(scene.hold);
		scene_come_new(&scene);
		EXPECT(sleeper_was_resumed(&first) && sleeper_sleeps(&second), "out of order");
		release_if_hold(scene.hold);
		EXPECT(event_times(&first.resumed) == 1 && sleeper_sleeps(&second),
		    "two were sent for");
		scene_come_new(&scene);
		EXPECT(sleeper_poll(&first) == LT_SUSPENDED && sleeper_poll(&second) == LT_SUSPENDED &&
		    peek_queue(scene.watched) == 2 && peek_signalled(scene.watched) == 1,
		    "one that came in vain had come");
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED && sleeper_sleeps(&first),
		    "a held key was taken");
		EXPECT(peek_queue(scene.watched) == 2 && peek_signalled(scene.watched) == 0 &&
		    peek_is_sound(scene.watched), "the queue was broken");
		release_if_hold(scene.hold);
		EXPECT(event_times(&first.resumed) == 2 && sleeper_sleeps(&second),
		    "who was overtaken lost its place");
		/* It may have found itself overdue, if this took long; then it has the key. */
		EXPECT(sleeper_poll(&first) == LT_OK, "a free key was not taken");
		EXPECT(sleeper_sleeps(&second), "resumed too early");
		scene_finish(&scene, &first);
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		EXPECT(sleeper_begin(&second) == LT_OK, "a free key was not taken");
		scene_finish(&scene, &second);
		scene_clear(&scene);
	}
}

/* i: 1 = cancelled, 2 = expired, 3 = both. */
static void
interrupt(struct sleeper *sleeper, unsigned i)
{

	for (unsigned again = 0; again < 2; again++) {
		if (i & 2)
			peek_expire(sleeper->suspension);
		if (i & 1)
			lt_suspension_cancel(sleeper->suspension);
	}
	EXPECT(event_times(&sleeper->resumed) == 1, "one that was woken was woken again");
	EXPECT(sleeper_outcome(sleeper) == (i & 2 ? LT_TIMED_OUT : LT_CANCELLED),
	    "one that was woken did not leave");
}

SCENARIO(a_signalled_one_takes_a_free_key)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		lt_status_t (*come)(struct sleeper *) = i % 2 == 0 ? sleeper_begin : sleeper_poll;
		struct sleeper first, second;
		struct scene scene;

		scene_set(&scene, i / 2, LT_ADAPTIVE);
		scene_line_up(&scene, &first);
		scene_line_up(&scene, &second);
		release_if_hold(scene.hold);
		EXPECT(sleeper_sleeps(&second), "two were woken");
		EXPECT(come(&first) == LT_OK, "a free key was left lying");
		scene_finish(&scene, &first);
		EXPECT(come(&second) == LT_OK, "the next in line was forgotten");
		scene_finish(&scene, &second);
		scene_clear(&scene);
	}
}

/*
 *   newcomer        first                   second
 *                   woken or granted,       queued
 *                   does not run
 *                   cancelled, or late:     signalled, or granted: at once
 *                   leaves
 */
static void
leave_without_running(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 12; i++) {
		const unsigned how = 1 + i % 3;
		const bool with_second = i / 3 % 2 != 0, is_held = i / 6 != 0 && fairness == LT_ADAPTIVE;
		struct sleeper first, second;
		struct scene scene;

		scene_set(&scene, form, fairness);
		scene_line_up(&scene, &first);
		if (with_second)
			scene_line_up(&scene, &second);
		release_if_hold(scene.hold);
		if (is_held)
			scene_come_new(&scene);
		interrupt(&first, how);
		EXPECT(peek_queue(scene.watched) == (with_second && (fairness == LT_ADAPTIVE || is_held)) &&
		    peek_is_sound(scene.watched), "the queue was broken");
		if (with_second)
			EXPECT(is_held ? sleeper_sleeps(&second) : sleeper_was_resumed(&second),
			    "the next in line was forgotten, or woken too early");
		if (is_held)
			release_if_hold(scene.hold);
		if (with_second) {
			EXPECT(sleeper_was_resumed(&second), "a turn was lost");
			EXPECT(sleeper_begin(&second) == LT_OK, "a free key was not taken");
			scene_finish(&scene, &second);
		} else {
			EXPECT(scene_is_free(&scene), "the key of one that left is held");
		}
		scene_give_up(&first, how & 2 ? LT_TIMED_OUT : LT_CANCELLED);
		scene_clear(&scene);
	}
}

SCENARIO(a_woken_one_that_is_cancelled_or_late_leaves_at_once)
{

	scene_for_each_kind(leave_without_running);
}

/*
 *   newcomer        first                   second
 *                   signalled               queued
 *   has K
 *   (longer than the bound)
 *                   begins: overdue
 *   release K       has K: nobody
 *                   gets in between
 *                   release K               is overdue, too: has K
 */
SCENARIO(an_overdue_suspension_is_handed_the_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second, late;
		struct scene scene;

		scene_set(&scene, form, LT_ADAPTIVE);
		scene_line_up(&scene, &first);
		scene_line_up(&scene, &second);
		release_if_hold(scene.hold);
		scene_come_new(&scene);
		pass_time(LT_HANDOFF_BOUND_NS + 1000);
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED, "a held key was taken");
		scene_line_up(&scene, &late);
		release_if_hold(scene.hold);
		EXPECT(sleeper_was_resumed(&first), "an overdue one was not resumed");
		EXPECT(sleeper_sleeps(&second), "two were sent for");
		scene_finish(&scene, &first);
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		scene_finish(&scene, &second);
		EXPECT(sleeper_outcome(&late) == LT_SUSPENDED && sleeper_begin(&late) == LT_OK,
		    "who was not overdue was handed the key");
		scene_finish(&scene, &late);
		scene_clear(&scene);
	}
}

/* --- among threads ---------------------------------------------------------------- */

SCENARIO(threads_and_suspensions_stand_in_one_line)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		enum { PLACES = 8 };
		const enum form form = i % FORMS;
		struct sleeper sleepers[PLACES];
		struct holder holders[PLACES];
		struct crew crew = { 0 };
		struct scene scene;

		scene_set(&scene, form, i / FORMS);
		for (unsigned p = 0; p < PLACES; p++) {
			if ((0x35u >> p & 1) == 0) {
				scene_line_up(&scene, &sleepers[p]);
				continue;
			}
			holders[p] = (struct holder){ HOLDER, .table = scene.table, .form = form,
			    .number = 1, .deadline = LT_FOREVER };
			crew_add(&crew, holder_run, &holders[p]);
			await_queue(scene.watched, p + 1);
		}
		release_if_hold(scene.hold);
		for (unsigned p = 0; p < PLACES; p++) {
			const bool is_thread = 0x35u >> p & 1;

			if (is_thread) {
				event_await(&holders[p].done, 1);
			} else {
				event_await(&sleepers[p].resumed, sleepers[p].begun);
				EXPECT(sleeper_begin(&sleepers[p]) == LT_OK, "it did not get in");
			}
			EXPECT(peek_queue(scene.watched) == PLACES - 1 - p, "out of order");
			for (unsigned later = p + 1; later < PLACES; later++) {
				EXPECT(0x35u >> later & 1 ? event_times(&holders[later].done) == 0 :
				    sleeper_sleeps(&sleepers[later]), "served out of order");
			}
			if (is_thread)
				event_raise(&holders[p].let_go);
			else
				scene_finish(&scene, &sleepers[p]);
		}
		crew_join(&crew);
		scene_clear(&scene);
	}
}
