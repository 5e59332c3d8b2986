/* Suspensions that are idle, queued or granted, by a single thread. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "scene.h"

/* --- idle ----------------------------------------------------------------------- */

static void
begin_on_free(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct scene scene;

	scene_set(&scene, form, fairness);
	release_if_hold(scene.hold);
	scene_enter(&scene, &sleeper);
	EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED, "what has not begun was over");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "what holds the key began anew");
	scene_finish(&scene, &sleeper);
	EXPECT(event_times(&sleeper.resumed) == 0, "resumed without having been suspended");
	scene_clear(&scene);
}

SCENARIO(a_free_key_suspends_nobody)
{

	scene_for_each_kind(begin_on_free);
}

static void
note_before_begin(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct scene scene;

	for (unsigned i = 0; i < 8; i++) {
		const bool held = i & 1, cancelled = i & 2, expired = i & 4;
		lt_status_t expected = cancelled ? LT_CANCELLED : !held ? LT_OK :
		    expired ? LT_TIMED_OUT : LT_SUSPENDED;

		scene_set(&scene, form, fairness);
		if (!held)
			release_if_hold(scene.hold);
		scene_enter(&scene, &sleeper);
		if (expired)
			peek_expire(sleeper.suspension);
		if (cancelled) {
			lt_suspension_cancel(sleeper.suspension);
			lt_suspension_cancel(sleeper.suspension);
		}
		EXPECT(event_times(&sleeper.resumed) == 0, "resumed before it had begun");
		EXPECT(sleeper_begin(&sleeper) == expected, "what was noted before was not found");
		EXPECT(peek_queue(scene.watched) == (expected == LT_SUSPENDED), "queued for nothing");
		if (held)
			release_if_hold(scene.hold);
		if (expected == LT_SUSPENDED)
			EXPECT(sleeper_begin(&sleeper) == LT_OK, "a signalled one did not get in");
		if (sleeper_outcome(&sleeper) == LT_OK)
			scene_finish(&scene, &sleeper);
		else
			scene_give_up(&sleeper, expected);
		scene_clear(&scene);
	}
}

SCENARIO(what_comes_before_the_beginning_is_noted)
{

	scene_for_each_kind(note_before_begin);
}

static void
without_waiting(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct scene scene;

	scene_set(&scene, form, fairness);
	sleeper_create(&sleeper, scene.table, form, 1, LT_NO_WAIT);
	EXPECT(sleeper_begin(&sleeper) == LT_TIMED_OUT, "who was not to wait did");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	scene_give_up(&sleeper, LT_TIMED_OUT);
	release_if_hold(scene.hold);
	sleeper_create(&sleeper, scene.table, form, 1, LT_NO_WAIT);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	scene_finish(&scene, &sleeper);
	scene_clear(&scene);
}

SCENARIO(who_does_not_wait_is_told_at_once)
{

	scene_for_each_kind(without_waiting);
}

/* --- queued --------------------------------------------------------------------- */

/*
 *   holder          sleeper
 *   holds K         queued
 *   release K       FIFO: has it. Adaptive: is to begin again, and has it then
 */
static void
release_to_one(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct scene scene;

	scene_set(&scene, form, fairness);
	scene_line_up(&scene, &sleeper);
	release_if_hold(scene.hold);
	EXPECT(sleeper_was_resumed(&sleeper), "a release did not resume");
	if (fairness == LT_ADAPTIVE) {
		EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED &&
		    peek_signalled(scene.watched) == 1, "a release granted where it was to signal");
		EXPECT(scene_is_free(&scene), "a key that nobody has was not free");
		EXPECT(sleeper_was_resumed(&sleeper), "a quiet release resumed");
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	}
	scene_finish(&scene, &sleeper);
	EXPECT(event_times(&sleeper.resumed) == 1, "not resumed exactly once");
	scene_clear(&scene);
}

SCENARIO(a_release_resumes_who_waits)
{

	scene_for_each_kind(release_to_one);
}

static void
leave_queue(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 6; i++) {
		enum { SLEEPERS = 3 };
		const bool expires = i % 2;
		const unsigned leaver = i / 2;
		const lt_status_t reason = expires ? LT_TIMED_OUT : LT_CANCELLED;
		struct sleeper sleepers[SLEEPERS];
		struct scene scene;

		scene_set(&scene, form, fairness);
		for (unsigned s = 0; s < SLEEPERS; s++)
			scene_line_up(&scene, &sleepers[s]);
		for (unsigned again = 0; again < 2; again++) {
			if (expires)
				peek_expire(sleepers[leaver].suspension);
			else
				lt_suspension_cancel(sleepers[leaver].suspension);
			EXPECT(event_times(&sleepers[leaver].resumed) == 1, "not resumed exactly once");
		}
		/* The first reason stays. */
		peek_expire(sleepers[leaver].suspension);
		lt_suspension_cancel(sleepers[leaver].suspension);
		EXPECT(sleeper_begin(&sleepers[leaver]) == reason, "what is over began again");
		EXPECT(peek_queue(scene.watched) == SLEEPERS - 1 && peek_is_sound(scene.watched),
		    "the queue was broken");
		scene_give_up(&sleepers[leaver], reason);

		for (unsigned s = 0; s < SLEEPERS; s++)
			EXPECT(s == leaver || sleeper_sleeps(&sleepers[s]), "another one was resumed");
		release_if_hold(scene.hold);
		for (unsigned s = 0; s < SLEEPERS; s++) {
			if (s == leaver)
				continue;
			EXPECT(sleeper_was_resumed(&sleepers[s]), "the next in line was forgotten");
			if (fairness == LT_ADAPTIVE)
				EXPECT(sleeper_begin(&sleepers[s]) == LT_OK, "it did not get in");
			scene_finish(&scene, &sleepers[s]);
		}
		scene_clear(&scene);
	}
}

SCENARIO(who_is_cancelled_or_late_leaves_the_queue)
{

	scene_for_each_kind(leave_queue);
}

static void
note_after_claim(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 2; i++) {
		struct sleeper sleeper;
		struct scene scene;

		scene_set(&scene, form, fairness);
		if (i == 0) {
			scene_line_up(&scene, &sleeper);
			release_if_hold(scene.hold);
		} else {
			release_if_hold(scene.hold);
			scene_enter(&scene, &sleeper);
		}
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
		lt_suspension_cancel(sleeper.suspension);
		peek_expire(sleeper.suspension);
		lt_suspension_cancel(sleeper.suspension);
		EXPECT(sleeper_was_resumed(&sleeper), "resumed by what came too late");
		scene_finish(&scene, &sleeper);
		scene_clear(&scene);
	}
}

SCENARIO(what_comes_after_the_claim_changes_nothing)
{

	scene_for_each_kind(note_after_claim);
}
