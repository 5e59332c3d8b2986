/*
 * Suspensions: every row of their table of states, by a single thread where one
 * is enough; their place among threads; the limit of a queue; many at once.
 */
#include "support.h"

#include <sched.h>
#include <stdlib.h>

/* The key that all contend for, held by a newcomer or by nobody, and watched through a pin. */
struct scene {
	lt_table_t *table;
	enum form form;
	lt_hold_t watched;
	lt_hold_t hold;
};

static void
scene_set(struct scene *scene, enum form form, uint32_t fairness)
{

	scene->form = form;
	scene->table = table_make(form, 1, fairness);
	scene->watched = pin(scene->table, form, 1);
	scene->hold = acquire(scene->table, form, 1, LT_FOREVER);
}

static void
scene_clear(struct scene *scene)
{

	EXPECT(peek_is_sound(scene->watched), "the queue was broken");
	EXPECT(peek_references(scene->watched) == 1 && peek_queue(scene->watched) == 0,
	    "who left was still counted");
	lt_unpin(scene->watched);
	EXPECT(lt_table_count(scene->table) == 0, "entries were left");
	lt_table_close(scene->table);
}

static void
enter(struct scene *scene, struct sleeper *sleeper)
{

	sleeper_create(sleeper, scene->table, scene->form, 1, LT_FOREVER);
}

/* Enters, and is queued. */
static void
line_up(struct scene *scene, struct sleeper *sleeper)
{
	size_t before = peek_queue(scene->watched);

	enter(scene, sleeper);
	EXPECT(sleeper_begin(sleeper) == LT_SUSPENDED, "a held key was not waited for");
	EXPECT(sleeper_sleeps(sleeper) && peek_queue(scene->watched) == before + 1,
	    "who waits was not queued");
}

/* Somebody takes the key and did not have to wait. */
static void
come_new(struct scene *scene)
{

	scene->hold = try_acquire(scene->table, scene->form, 1);
	EXPECT(is_hold(scene->hold), "a newcomer did not get a free key");
}

static bool
is_free(struct scene *scene)
{
	lt_hold_t hold = try_acquire(scene->table, scene->form, 1);

	if (is_hold(hold))
		lt_release(hold);
	return is_hold(hold);
}

/* It holds the key; ends it, and releases. */
static void
finish(struct scene *scene, struct sleeper *sleeper)
{
	lt_hold_t hold;

	EXPECT(sleeper_outcome(sleeper) == LT_OK, "the key was not granted");
	EXPECT(!is_free(scene), "a key that was granted was free");
	hold = sleeper_end(sleeper);
	EXPECT(hold.place == scene->watched.place && hold.tag == scene->watched.tag,
	    "the hold was another key's");
	release_if_hold(hold);
}

/* It was cancelled, or was too late. */
static void
give_up(struct sleeper *sleeper, lt_status_t reason)
{

	EXPECT(sleeper_outcome(sleeper) == reason, "the wait did not end for the right reason");
	EXPECT(has_failed(sleeper_end(sleeper), reason), "the end gave another reason");
}

static void
for_each_kind(void (*scenario)(enum form, uint32_t))
{

	for (enum form form = 0; form < FORMS; form++) {
		scenario(form, LT_ADAPTIVE);
		scenario(form, LT_FIFO);
	}
}

/* --- idle ----------------------------------------------------------------------- */

static void
begin_on_free(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct scene scene;

	scene_set(&scene, form, fairness);
	release_if_hold(scene.hold);
	enter(&scene, &sleeper);
	EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED, "what has not begun was over");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "what holds the key began anew");
	finish(&scene, &sleeper);
	EXPECT(event_times(&sleeper.resumed) == 0, "resumed without having been suspended");
	scene_clear(&scene);
}

static void
a_free_key_suspends_nobody(void)
{

	for_each_kind(begin_on_free);
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
		enter(&scene, &sleeper);
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
			finish(&scene, &sleeper);
		else
			give_up(&sleeper, expected);
		scene_clear(&scene);
	}
}

static void
what_comes_before_the_beginning_is_noted(void)
{

	for_each_kind(note_before_begin);
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
	give_up(&sleeper, LT_TIMED_OUT);
	release_if_hold(scene.hold);
	sleeper_create(&sleeper, scene.table, form, 1, LT_NO_WAIT);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	finish(&scene, &sleeper);
	scene_clear(&scene);
}

static void
who_does_not_wait_is_told_at_once(void)
{

	for_each_kind(without_waiting);
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
	line_up(&scene, &sleeper);
	release_if_hold(scene.hold);
	EXPECT(sleeper_was_resumed(&sleeper), "a release did not resume");
	if (fairness == LT_ADAPTIVE) {
		EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED &&
		    peek_signalled(scene.watched) == 1, "a release granted where it was to signal");
		EXPECT(is_free(&scene), "a key that nobody has was not free");
		EXPECT(sleeper_was_resumed(&sleeper), "a quiet release resumed");
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	}
	finish(&scene, &sleeper);
	EXPECT(event_times(&sleeper.resumed) == 1, "not resumed exactly once");
	scene_clear(&scene);
}

static void
a_release_resumes_who_waits(void)
{

	for_each_kind(release_to_one);
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
			line_up(&scene, &sleepers[s]);
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
		give_up(&sleepers[leaver], reason);

		for (unsigned s = 0; s < SLEEPERS; s++)
			EXPECT(s == leaver || sleeper_sleeps(&sleepers[s]), "another one was resumed");
		release_if_hold(scene.hold);
		for (unsigned s = 0; s < SLEEPERS; s++) {
			if (s == leaver)
				continue;
			EXPECT(sleeper_was_resumed(&sleepers[s]), "the next in line was forgotten");
			if (fairness == LT_ADAPTIVE)
				EXPECT(sleeper_begin(&sleepers[s]) == LT_OK, "it did not get in");
			finish(&scene, &sleepers[s]);
		}
		scene_clear(&scene);
	}
}

static void
who_is_cancelled_or_late_leaves_the_queue(void)
{

	for_each_kind(leave_queue);
}

static void
note_after_grant(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 2; i++) {
		struct sleeper sleeper;
		struct scene scene;

		scene_set(&scene, form, fairness);
		if (i == 0) {
			line_up(&scene, &sleeper);
			release_if_hold(scene.hold);
		} else {
			release_if_hold(scene.hold);
			enter(&scene, &sleeper);
		}
		EXPECT(sleeper_outcome(&sleeper) == LT_OK || sleeper_begin(&sleeper) == LT_OK,
		    "a free key was not taken");
		lt_suspension_cancel(sleeper.suspension);
		peek_expire(sleeper.suspension);
		lt_suspension_cancel(sleeper.suspension);
		EXPECT(sleeper_was_resumed(&sleeper), "resumed by what came too late");
		finish(&scene, &sleeper);
		scene_clear(&scene);
	}
}

static void
what_comes_after_the_grant_changes_nothing(void)
{

	for_each_kind(note_after_grant);
}

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
static void
who_is_overtaken_keeps_its_place(void)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second;
		struct scene scene;

		scene_set(&scene, form, LT_ADAPTIVE);
		line_up(&scene, &first);
		line_up(&scene, &second);
		release_if_hold(scene.hold);
		come_new(&scene);
		EXPECT(sleeper_was_resumed(&first) && sleeper_sleeps(&second), "out of order");
		release_if_hold(scene.hold);
		EXPECT(event_times(&first.resumed) == 1 && sleeper_sleeps(&second),
		    "two were sent for");
		come_new(&scene);
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED && sleeper_sleeps(&first),
		    "a held key was taken");
		EXPECT(peek_queue(scene.watched) == 2 && peek_signalled(scene.watched) == 0 &&
		    peek_is_sound(scene.watched), "the queue was broken");
		release_if_hold(scene.hold);
		EXPECT(event_times(&first.resumed) == 2 && sleeper_sleeps(&second),
		    "who was overtaken lost its place");
		/* It may have found itself overdue, if this took long; then it has the key. */
		EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
		EXPECT(sleeper_sleeps(&second), "resumed too early");
		finish(&scene, &first);
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		EXPECT(sleeper_begin(&second) == LT_OK, "a free key was not taken");
		finish(&scene, &second);
		scene_clear(&scene);
	}
}

/* i: 1 = cancelled, 2 = expired, 3 = both. */
static void
note_signalled(struct sleeper *sleeper, unsigned i)
{

	for (unsigned again = 0; again < 2; again++) {
		if (i & 2)
			peek_expire(sleeper->suspension);
		if (i & 1)
			lt_suspension_cancel(sleeper->suspension);
	}
	EXPECT(event_times(&sleeper->resumed) == 1, "one that is on its way was resumed");
	EXPECT(sleeper_outcome(sleeper) == LT_SUSPENDED, "one that is on its way was over");
}

static void
a_signalled_one_takes_a_free_key_cancelled_or_not(void)
{

	for (unsigned i = 0; i < 4 * FORMS; i++) {
		struct sleeper first, second;
		struct scene scene;

		scene_set(&scene, i / 4, LT_ADAPTIVE);
		line_up(&scene, &first);
		line_up(&scene, &second);
		release_if_hold(scene.hold);
		note_signalled(&first, i % 4);
		EXPECT(sleeper_sleeps(&second), "two were sent for");
		EXPECT(sleeper_begin(&first) == LT_OK, "a free key was left lying");
		finish(&scene, &first);
		EXPECT(sleeper_begin(&second) == LT_OK, "the next in line was forgotten");
		finish(&scene, &second);
		scene_clear(&scene);
	}
}

/*
 *   newcomer        first                   second
 *                   signalled, cancelled    queued
 *   has K
 *                   begins: leaves
 *   release K                               signalled
 */
static void
a_signalled_one_that_leaves_loses_no_turn(void)
{

	for (unsigned i = 0; i < 3 * FORMS; i++) {
		const unsigned how = 1 + i % 3;
		const bool with_second = i / FORMS != 1;
		struct sleeper first, second;
		struct scene scene;

		scene_set(&scene, i / 3, LT_ADAPTIVE);
		line_up(&scene, &first);
		if (with_second)
			line_up(&scene, &second);
		release_if_hold(scene.hold);
		if (i % 2 == 0)
			note_signalled(&first, how);
		come_new(&scene);
		if (i % 2 != 0)
			note_signalled(&first, how);
		EXPECT(sleeper_begin(&first) == (how & 1 ? LT_CANCELLED : LT_TIMED_OUT),
		    "what was noted was not found");
		EXPECT(peek_queue(scene.watched) == with_second && peek_is_sound(scene.watched),
		    "the queue was broken");
		give_up(&first, how & 1 ? LT_CANCELLED : LT_TIMED_OUT);
		EXPECT(!with_second || sleeper_sleeps(&second), "resumed too early");
		release_if_hold(scene.hold);
		if (with_second) {
			EXPECT(sleeper_was_resumed(&second), "a turn was lost");
			EXPECT(sleeper_begin(&second) == LT_OK, "a free key was not taken");
			finish(&scene, &second);
		}
		scene_clear(&scene);
	}
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
static void
an_overdue_suspension_is_handed_the_key(void)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second, late;
		struct scene scene;

		scene_set(&scene, form, LT_ADAPTIVE);
		line_up(&scene, &first);
		line_up(&scene, &second);
		release_if_hold(scene.hold);
		come_new(&scene);
		pass_time(LT_HANDOFF_BOUND_NS + 1000);
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED, "a held key was taken");
		line_up(&scene, &late);
		release_if_hold(scene.hold);
		EXPECT(sleeper_was_resumed(&first), "an overdue one was not resumed");
		EXPECT(sleeper_sleeps(&second), "two were sent for");
		finish(&scene, &first);
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		finish(&scene, &second);
		EXPECT(sleeper_outcome(&late) == LT_SUSPENDED && sleeper_begin(&late) == LT_OK,
		    "who was not overdue was handed the key");
		finish(&scene, &late);
		scene_clear(&scene);
	}
}

/* --- among threads ---------------------------------------------------------------- */

static void
threads_and_suspensions_stand_in_one_line(void)
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
				line_up(&scene, &sleepers[p]);
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
				finish(&scene, &sleepers[p]);
		}
		crew_join(&crew);
		scene_clear(&scene);
	}
}

/* --- a limit ---------------------------------------------------------------------- */

#define LIMIT	2

static lt_table_t *
table_limited(uint32_t fairness, uint32_t most_waiters)
{
	lt_config_t config = { .stripes = 1, .fairness = fairness, .keys = LT_KEYS_INTEGER,
	    .most_waiters = most_waiters, .seed = { SEED_0, SEED_1 } };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

/* With other keys in the stripe, the key is found elsewhere. */
static void
limit_queue(uint32_t fairness, unsigned others)
{
	struct scene scene = { table_limited(fairness, LIMIT), INTEGERS, { 0 }, { 0 } };
	struct sleeper sleepers[LIMIT + 1], one_more;
	struct holder untimed = { HOLDER, .table = scene.table, .form = INTEGERS, .number = 1,
	    .deadline = LT_FOREVER };
	lt_hold_t other[2];
	struct crew crew = { 0 };

	for (unsigned o = 0; o < others; o++)
		other[o] = acquire(scene.table, INTEGERS, 7 + o, LT_FOREVER);
	scene.watched = pin(scene.table, INTEGERS, 1);
	scene.hold = acquire(scene.table, INTEGERS, 1, LT_FOREVER);

	for (unsigned s = 0; s < LIMIT; s++)
		line_up(&scene, &sleepers[s]);
	/* Otherwise the rest would wait for ever. */
	if (first_complaint() != NULL)
		return;
	enter(&scene, &one_more);
	EXPECT(sleeper_begin(&one_more) == LT_TOO_MANY, "a full queue grew");
	give_up(&one_more, LT_TOO_MANY);
	EXPECT(event_times(&one_more.resumed) == 0, "resumed without having been suspended");
	EXPECT(has_failed(acquire(scene.table, INTEGERS, 1, lt_deadline_after_ns(UINT64_C(1) << 40)),
	    LT_TOO_MANY), "a full queue grew");
	EXPECT(has_failed(try_acquire(scene.table, INTEGERS, 1), LT_BUSY),
	    "who would not have waited was turned away");
	EXPECT(peek_references(scene.watched) == 2 + LIMIT, "who was turned away was counted");
	crew_add(&crew, holder_run, &untimed);
	await_queue(scene.watched, LIMIT + 1);

	/* One leaves: still full, by the one who can't be turned away. */
	lt_suspension_cancel(sleepers[0].suspension);
	give_up(&sleepers[0], LT_CANCELLED);
	enter(&scene, &one_more);
	EXPECT(sleeper_begin(&one_more) == LT_TOO_MANY, "a full queue grew");
	give_up(&one_more, LT_TOO_MANY);
	lt_suspension_cancel(sleepers[1].suspension);
	give_up(&sleepers[1], LT_CANCELLED);
	line_up(&scene, &one_more);

	release_if_hold(scene.hold);
	event_await(&untimed.done, 1);
	line_up(&scene, &sleepers[0]);
	event_raise(&untimed.let_go);
	event_await(&one_more.resumed, 1);
	EXPECT(sleeper_begin(&one_more) == LT_OK, "it did not get in");
	finish(&scene, &one_more);
	EXPECT(sleeper_begin(&sleepers[0]) == LT_OK, "it did not get in");
	finish(&scene, &sleepers[0]);
	crew_join(&crew);
	for (unsigned o = 0; o < others; o++)
		lt_release(other[o]);
	scene_clear(&scene);
}

static void
a_full_queue_turns_away_who_can_be(void)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++)
		limit_queue(fairness, 0);
}

static void
every_key_has_a_queue_of_that_length(void)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		limit_queue(fairness, 1);
		limit_queue(fairness, 2);
	}
}

static void
who_is_in_a_full_queue_is_not_turned_away(void)
{
	struct scene scene = { table_limited(LT_ADAPTIVE, 1), INTEGERS, { 0 }, { 0 } };
	struct sleeper sleeper;

	scene.watched = pin(scene.table, INTEGERS, 1);
	scene.hold = acquire(scene.table, INTEGERS, 1, LT_FOREVER);
	line_up(&scene, &sleeper);
	release_if_hold(scene.hold);
	come_new(&scene);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "turned away from its own place");
	release_if_hold(scene.hold);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "it did not get in");
	finish(&scene, &sleeper);
	scene_clear(&scene);
}

/* --- pins, memory, closing ----------------------------------------------------------- */

static void
try_a_pin(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct scene scene;
	lt_hold_t pinned;

	scene_set(&scene, form, fairness);
	pinned = pin(scene.table, form, 1);
	EXPECT(!lt_try_pinned(pinned), "a held key was taken");
	EXPECT(peek_references(scene.watched) == 3, "a failed try changed the count");
	line_up(&scene, &sleeper);
	EXPECT(!lt_try_pinned(pinned), "a held key was taken");
	release_if_hold(scene.hold);
	EXPECT(lt_try_pinned(pinned) == (fairness == LT_ADAPTIVE), "not as the fairness has it");
	if (fairness == LT_ADAPTIVE) {
		EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was taken");
		lt_release(pinned);
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "it did not get in");
		finish(&scene, &sleeper);
	} else {
		finish(&scene, &sleeper);
		EXPECT(lt_try_pinned(pinned), "a free key was not taken");
		EXPECT(!is_free(&scene), "a key that was taken was free");
		lt_release(pinned);
	}
	scene_clear(&scene);
}

static void
a_pin_becomes_a_hold_if_the_key_is_free(void)
{

	for_each_kind(try_a_pin);
}

static void
sorted_pins_are_in_one_order_and_single(void)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { PINS = 24, KEYS = 7 };
		lt_table_t *table = table_make(form, 4, LT_FIFO);
		lt_hold_t pins[2][PINS], watched[KEYS];
		size_t counts[2] = { PINS, PINS }, none = 0;
		uint64_t seed = form + 1;

		for (uint64_t k = 0; k < KEYS; k++)
			watched[k] = pin(table, form, k);
		for (size_t p = 0; p < PINS; p++) {
			pins[0][p] = pin(table, form, p % KEYS);
			pins[1][p] = pin(table, form, p < KEYS ? p : random_next(&seed) % KEYS);
		}
		lt_sort_pins(pins[0], &none);
		EXPECT(none == 0, "no pins became some");
		for (size_t i = 0; i < 2; i++)
			lt_sort_pins(pins[i], &counts[i]);
		EXPECT(counts[0] == KEYS && counts[1] == KEYS, "pins were lost, or twice there");
		for (size_t k = 0; k < KEYS; k++) {
			EXPECT(pins[0][k].place == pins[1][k].place, "two callers' orders differ");
			EXPECT(peek_references(watched[k]) == 3, "a pin was given back too often, or not");
		}
		for (size_t k = 0; k < KEYS; k++) {
			lt_unpin(pins[0][k]);
			lt_unpin(pins[1][k]);
			lt_unpin(watched[k]);
		}
		EXPECT(lt_table_count(table) == 0, "entries were left");
		lt_table_close(table);
	}
}

static void
never_resume(void *unused)
{

	(void)unused;
	complain("resumed without having been begun");
}

static void
a_suspension_that_is_not_made_leaves_the_pin(void)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct scene scene;
		lt_hold_t pinned;

		scene_set(&scene, form, LT_ADAPTIVE);
		pinned = pin(scene.table, form, 1);
		memory_fail(0, 1);
		EXPECT(lt_suspension_create(pinned, LT_FOREVER, never_resume) == NULL,
		    "made without memory");
		memory_recover();
		EXPECT(peek_references(scene.watched) == 3, "the pin is gone");
		release_if_hold(scene.hold);
		EXPECT(lt_try_pinned(pinned), "the pin is none");
		lt_release(pinned);
		scene_clear(&scene);
	}
}

static void
without_deadline_waiting_needs_no_memory(void)
{
	struct sleeper sleeper;
	struct scene scene;

	scene_set(&scene, INTEGERS, LT_ADAPTIVE);
	enter(&scene, &sleeper);
	memory_fail(0, UINT64_MAX);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was not waited for");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	release_if_hold(scene.hold);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "it did not get in");
	finish(&scene, &sleeper);
	EXPECT(!memory_has_failed(), "waiting allocated");
	memory_recover();
	scene_clear(&scene);
}

/*
 *   main                       suspensions
 *   holds K                    queued; one not begun yet
 *   closes the table
 *                              one is cancelled, one too late, one begins
 *   release K
 *                              the others have K, one after the other;
 *                              the last frees the table
 */
static void
close_under_suspensions(enum form form, uint32_t fairness)
{
	enum { SLEEPERS = 5 };
	struct sleeper sleepers[SLEEPERS];
	struct scene scene;

	scene_set(&scene, form, fairness);
	for (unsigned s = 0; s < SLEEPERS - 1; s++)
		line_up(&scene, &sleepers[s]);
	enter(&scene, &sleepers[SLEEPERS - 1]);
	lt_unpin(scene.watched);
	lt_table_close(scene.table);
	lt_suspension_cancel(sleepers[0].suspension);
	give_up(&sleepers[0], LT_CANCELLED);
	peek_expire(sleepers[2].suspension);
	give_up(&sleepers[2], LT_TIMED_OUT);
	EXPECT(sleeper_begin(&sleepers[SLEEPERS - 1]) == LT_SUSPENDED, "a held key was taken");
	release_if_hold(scene.hold);
	for (unsigned s = 1; s < SLEEPERS; s += s == 1 ? 2 : 1) {
		EXPECT(sleeper_was_resumed(&sleepers[s]), "somebody was forgotten");
		EXPECT(sleeper_begin(&sleepers[s]) == LT_OK, "it did not get in");
		EXPECT(memory_outstanding() > 0, "a closed table was freed under its waiters");
		release_if_hold(sleeper_end(&sleepers[s]));
	}
	EXPECT(memory_outstanding() == 0, "the last suspension left memory");
}

static void
suspensions_outlive_the_closing(void)
{

	for_each_kind(close_under_suspensions);
}

/* --- races ---------------------------------------------------------------------------- */

struct racer {
	struct event *start;
	lt_suspension_t *suspension;	/* To cancel; or NULL: to release. */
	lt_hold_t hold;
	unsigned pauses;
};

static void *
race(void *pointer)
{
	struct racer *racer = pointer;

	event_await(racer->start, 1);
	for (volatile unsigned i = 0; i < racer->pauses; i++)
		;
	if (racer->suspension != NULL)
		lt_suspension_cancel(racer->suspension);
	else
		lt_release(racer->hold);
	return NULL;
}

static void
a_cancellation_that_meets_a_release_loses_no_key(void)
{
	const unsigned rounds = scaled(1500);
	uint64_t seed = 1;

	for (unsigned round = 0; round < rounds; round++) {
		struct event start = EVENT;
		struct sleeper first, second;
		struct racer racers[3];
		struct crew crew = { 0 };
		struct scene scene;

		scene_set(&scene, INTEGERS, round % 2);
		line_up(&scene, &first);
		line_up(&scene, &second);
		for (size_t r = 0; r < LENGTH_OF(racers); r++) {
			racers[r] = (struct racer){ &start, r > 0 ? first.suspension : NULL, scene.hold,
			    random_next(&seed) % 200 };
			crew_add(&crew, race, &racers[r]);
		}
		event_raise(&start);
		crew_join(&crew);
		EXPECT(event_times(&first.resumed) == 1, "not resumed exactly once");
		if (sleeper_outcome(&first) != LT_CANCELLED) {
			EXPECT(sleeper_begin(&first) == LT_OK, "neither granted nor cancelled");
			finish(&scene, &first);
		} else {
			give_up(&first, LT_CANCELLED);
		}
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		EXPECT(sleeper_begin(&second) == LT_OK, "the key was lost");
		finish(&scene, &second);
		scene_clear(&scene);
	}
}

/* --- many -------------------------------------------------------------------------------- */

#define EXECUTORS	3
#define BLOCKERS	2
#define JOBS		24
#define JOB_KEYS	3

struct office;

/* What a task does: acquire, and be in; now and again. */
struct job {
	struct office *office;
	struct job *next;		/* Of those that are ready to go on. */
	pthread_mutex_t mutex;		/* Whoever cancels has it. */
	lt_suspension_t *suspension;
	uint64_t seed, number;
	unsigned left, asleep;
};

struct office {
	lt_table_t *table;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct job *first, **end;
	unsigned busy;			/* Jobs that are not done. */
	uint64_t entered, cancelled, late;
	struct witness witnesses[JOB_KEYS];
	struct job jobs[JOBS];
};

static void
make_ready(struct job *job)
{
	struct office *office = job->office;

	(void)pthread_mutex_lock(&office->mutex);
	job->next = NULL;
	*office->end = job;
	office->end = &job->next;
	(void)pthread_cond_signal(&office->changed);
	(void)pthread_mutex_unlock(&office->mutex);
}

static struct job *
next_ready(struct office *office)
{
	struct job *job;

	(void)pthread_mutex_lock(&office->mutex);
	while (office->first == NULL && office->busy > 0)
		(void)pthread_cond_wait(&office->changed, &office->mutex);
	job = office->first;
	if (job != NULL) {
		office->first = job->next;
		if (office->first == NULL)
			office->end = &office->first;
	}
	(void)pthread_mutex_unlock(&office->mutex);
	return job;
}

static void
resume_job(void *pointer)
{
	struct job *job = pointer;

	EXPECT(__atomic_exchange_n(&job->asleep, 0, __ATOMIC_ACQ_REL) == 1,
	    "resumed without having been begun, or twice");
	make_ready(job);
}

static void
start_job(struct job *job)
{
	static const uint64_t limits[] = { LT_FOREVER, 1000, 30000, 200000 };
	uint64_t limit = limits[random_next(&job->seed) % LENGTH_OF(limits)];
	lt_suspension_t *suspension;

	job->number = random_next(&job->seed) % JOB_KEYS;
	suspension = lt_suspension_create(pin(job->office->table, INTEGERS, job->number),
	    limit == LT_FOREVER ? LT_FOREVER : lt_deadline_after_ns(limit), resume_job);
	(void)pthread_mutex_lock(&job->mutex);
	job->suspension = suspension;
	(void)pthread_mutex_unlock(&job->mutex);
}

static void
end_job(struct job *job, lt_status_t status)
{
	struct office *office = job->office;
	lt_suspension_t *suspension = job->suspension;
	bool yields = random_next(&job->seed) % 4 == 0;
	lt_hold_t hold;

	(void)pthread_mutex_lock(&job->mutex);
	job->suspension = NULL;
	(void)pthread_mutex_unlock(&job->mutex);
	hold = lt_suspension_end(suspension);
	EXPECT(is_hold(hold) == (status == LT_OK), "the end was not what the outcome was");
	if (is_hold(hold)) {
		witness_enter(&office->witnesses[job->number]);
		if (yields)
			(void)sched_yield();
		witness_leave(&office->witnesses[job->number]);
		lt_release(hold);
	}

	(void)pthread_mutex_lock(&office->mutex);
	office->entered += status == LT_OK;
	office->cancelled += status == LT_CANCELLED;
	office->late += status == LT_TIMED_OUT;
	if (--job->left == 0 && --office->busy == 0)
		(void)pthread_cond_broadcast(&office->changed);
	(void)pthread_mutex_unlock(&office->mutex);
}

/* Runs ready jobs, each until it is suspended or done. */
static void *
execute(void *pointer)
{
	struct office *office = pointer;
	struct job *job;

	while ((job = next_ready(office)) != NULL) {
		lt_status_t status = LT_SUSPENDED;

		if (job->suspension != NULL)
			status = lt_suspension_outcome(job->suspension);
		else
			start_job(job);
		if (status == LT_SUSPENDED) {
			EXPECT(__atomic_exchange_n(&job->asleep, 1, __ATOMIC_ACQ_REL) == 0,
			    "begun twice");
			status = lt_suspension_begin(job->suspension, job);
			/* It may have been resumed by now, and be another thread's. */
			if (status == LT_SUSPENDED)
				continue;
			EXPECT(__atomic_exchange_n(&job->asleep, 0, __ATOMIC_ACQ_REL) == 1,
			    "resumed without having been suspended");
		}
		EXPECT(status == LT_OK || status == LT_CANCELLED || status == LT_TIMED_OUT,
		    "a wait ended strangely");
		if (job->left > 1) {
			end_job(job, status);
			make_ready(job);
		} else {
			end_job(job, status);
		}
	}
	return NULL;
}

static bool
is_busy(struct office *office)
{
	bool busy;

	(void)pthread_mutex_lock(&office->mutex);
	busy = office->busy > 0;
	(void)pthread_mutex_unlock(&office->mutex);
	return busy;
}

static void *
cancel_now_and_then(void *pointer)
{
	struct office *office = pointer;
	uint64_t seed = 77;

	while (is_busy(office)) {
		struct job *job = &office->jobs[random_next(&seed) % JOBS];

		(void)pthread_mutex_lock(&job->mutex);
		if (job->suspension != NULL)
			lt_suspension_cancel(job->suspension);
		(void)pthread_mutex_unlock(&job->mutex);
		pass_time(random_next(&seed) % 50000);
	}
	return NULL;
}

/* A thread among the suspensions: waits with and without a deadline. */
static void *
block_now_and_then(void *pointer)
{
	struct office *office = pointer;
	uint64_t seed = (uint64_t)(uintptr_t)&seed | 1, entered = 0;

	for (unsigned left = scaled(4000); left > 0; left--) {
		uint64_t number = random_next(&seed) % JOB_KEYS;
		lt_hold_t hold = lt_acquire_integer(office->table, number,
		    left % 2 ? LT_FOREVER : lt_deadline_after_ns(random_next(&seed) % 50000));

		if (!is_hold(hold))
			continue;
		witness_enter(&office->witnesses[number]);
		witness_leave(&office->witnesses[number]);
		entered++;
		lt_release(hold);
	}
	(void)pthread_mutex_lock(&office->mutex);
	office->entered += entered;
	(void)pthread_mutex_unlock(&office->mutex);
	return NULL;
}

static void
run_office(uint32_t fairness)
{
	struct office *office = calloc(1, sizeof *office);
	struct crew crew = { 0 };
	uint64_t seen = 0;

	if (office == NULL)
		abort();
	office->table = table_make(INTEGERS, 1, fairness);
	(void)pthread_mutex_init(&office->mutex, NULL);
	(void)pthread_cond_init(&office->changed, NULL);
	office->end = &office->first;
	office->busy = JOBS;
	for (size_t j = 0; j < JOBS; j++) {
		struct job *job = &office->jobs[j];

		job->office = office;
		job->seed = j + 1;
		job->left = scaled(2000);
		(void)pthread_mutex_init(&job->mutex, NULL);
		make_ready(job);
	}
	for (size_t i = 0; i < EXECUTORS; i++)
		crew_add(&crew, execute, office);
	for (size_t i = 0; i < BLOCKERS; i++)
		crew_add(&crew, block_now_and_then, office);
	crew_add(&crew, cancel_now_and_then, office);
	crew_join(&crew);
	for (size_t k = 0; k < JOB_KEYS; k++)
		seen += office->witnesses[k].entries;
	EXPECT(seen == office->entered, "a counter guarded by its key is off");
	EXPECT(office->cancelled > 0 && office->late > 0, "nobody was cancelled, or too late");
	EXPECT(lt_table_count(office->table) == 0, "entries were left");
	lt_table_close(office->table);
	free(office);
}

static void
suspensions_and_threads_exclude_each_other(void)
{

	run_office(LT_ADAPTIVE);
	run_office(LT_FIFO);
}

static const core_scenario_t scenarios[] = {
	{ "a free key suspends nobody", a_free_key_suspends_nobody },
	{ "what comes before the beginning is noted", what_comes_before_the_beginning_is_noted },
	{ "who does not wait is told at once", who_does_not_wait_is_told_at_once },
	{ "a release resumes who waits", a_release_resumes_who_waits },
	{ "who is cancelled or late leaves the queue", who_is_cancelled_or_late_leaves_the_queue },
	{ "what comes after the grant changes nothing", what_comes_after_the_grant_changes_nothing },
	{ "who is overtaken keeps its place", who_is_overtaken_keeps_its_place },
	{ "a signalled one takes a free key, cancelled or not",
	    a_signalled_one_takes_a_free_key_cancelled_or_not },
	{ "a signalled one that leaves loses no turn", a_signalled_one_that_leaves_loses_no_turn },
	{ "an overdue suspension is handed the key", an_overdue_suspension_is_handed_the_key },
	{ "threads and suspensions stand in one line", threads_and_suspensions_stand_in_one_line },
	{ "a full queue turns away who can be", a_full_queue_turns_away_who_can_be },
	{ "every key has a queue of that length", every_key_has_a_queue_of_that_length },
	{ "who is in a full queue is not turned away", who_is_in_a_full_queue_is_not_turned_away },
	{ "a pin becomes a hold if the key is free", a_pin_becomes_a_hold_if_the_key_is_free },
	{ "sorted pins are in one order and single", sorted_pins_are_in_one_order_and_single },
	{ "a suspension that is not made leaves the pin",
	    a_suspension_that_is_not_made_leaves_the_pin },
	{ "without deadline, waiting needs no memory", without_deadline_waiting_needs_no_memory },
	{ "suspensions outlive the closing", suspensions_outlive_the_closing },
	{ "a cancellation that meets a release loses no key",
	    a_cancellation_that_meets_a_release_loses_no_key },
	{ "suspensions and threads exclude each other", suspensions_and_threads_exclude_each_other },
};

TOPIC(suspending_topic);
