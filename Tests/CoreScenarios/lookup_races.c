/*
 * Races between a look-up and what happens to the entries it walks over. A
 * caller's equal() runs outside the stripe lock, so a thread can be stopped in
 * the middle of a look-up for as long as it takes.
 */
#include "support.h"

/*
 * The seed of all keyed-lock bugs: a lock is forgotten at its first release,
 * though it has a waiter; the next to come makes another one.
 *
 *   main              waiter              third
 *   acquire K
 *                     acquire K: queued
 *   release K
 *                     has K
 *                                         acquire K: must find the waiter's
 *                     release K: must find its own
 *                                         has K
 */
SCENARIO(a_key_inherited_by_a_waiter_is_not_made_anew)
{

	for (enum form form = 0; form < FORMS; form++) {
		for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
			lt_table_t *table = table_make(form, 1, fairness);
			struct witness witness = { 0 };
			struct holder waiter = { HOLDER, .table = table, .form = form, .number = 1,
			    .deadline = LT_FOREVER, .witness = &witness };
			struct holder third = { HOLDER, .table = table, .form = form, .number = 1,
			    .deadline = LT_FOREVER, .witness = &witness };
			struct crew crew = { 0 };
			lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);

			crew_add(&crew, holder_run, &waiter);
			await_queue(hold, 1);
			lt_release(hold);
			event_await(&waiter.done, 1);
			EXPECT(is_held(table, form, 1), "the waiter's key was forgotten");
			EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY),
			    "the waiter's key was made anew");
			EXPECT(lt_table_count(table) == 1, "the key was there twice");

			crew_add(&crew, holder_run, &third);
			await_queue(waiter.hold, 1);
			event_raise(&waiter.let_go);
			event_await(&third.done, 1);
			EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY),
			    "the third's key was made anew");
			event_raise(&third.let_go);
			crew_join(&crew);
			EXPECT(witness.entries == 2, "a thread did not get the key");
			EXPECT(lt_table_count(table) == 0, "the last release left an entry");
			lt_table_close(table);
		}
	}
}

/*
 *   main                          finder
 *   acquire K
 *                                 acquire K: compares, and is stopped there
 *   release K: the last hold
 *   acquire J: must not get the entry that the lookup has pinned
 *   (acquire K again, or not)
 *                                 goes on: has K, or waits for main's
 */
SCENARIO(an_entry_pinned_by_a_look_up_is_neither_removed_nor_recycled)
{

	for (int i = 0; i < 4; i++) {
		const enum form form = i / 2 != 0 ? VALUES_ALIKE : OPAQUES_ALIKE;
		const bool again = i % 2 != 0;
		lt_table_t *table = table_make(form, 1, LT_FIFO);
		struct stop stop = STOP;
		struct witness witness = { 0 };
		struct holder finder = { HOLDER, .table = table, .form = form,
		    .number = 1, .deadline = LT_FOREVER, .stop = &stop, .place = STOP_EQUAL,
		    .witness = &witness };
		struct crew crew = { 0 };
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER), other;

		crew_add(&crew, holder_run, &finder);
		event_await(&stop.reached, 1);
		lt_release(hold);
		EXPECT(lt_table_count(table) == 1, "the key in the finder's hands was removed");
		EXPECT(!is_held(table, form, 1), "the released key was held");
		other = try_acquire(table, form, 2);
		EXPECT(is_hold(other) && other.place != hold.place, "the entry was recycled");
		if (again) {
			hold = try_acquire(table, form, 1);
			EXPECT(is_hold(hold), "a key that is only looked at was busy");
			witness_enter(&witness);
		}
		event_raise(&stop.go_on);
		if (again) {
			await_queue(hold, 1);
			witness_leave(&witness);
			lt_release(hold);
		}
		event_await(&finder.done, 1);
		EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY),
		    "a lookup acquired an entry that no other one finds");
		EXPECT(has_failed(try_acquire(table, form, 2), LT_BUSY),
		    "the other key's hold was lost");
		lt_release(other);
		event_raise(&finder.let_go);
		crew_join(&crew);
		close_empty(table);
	}
}

/* --- a walk over a list that changes ------------------------------------------ */

enum { A = 1, B, C, D, E };

/*
 * Main holds A, B and C of one hash, in this order. The finder, on its way to C
 * or to E, is stopped at A, B or C, and main does some of this meanwhile:
 */
enum {
	RELEASE_A = 1 << 0,
	RELEASE_B = 1 << 1,
	RELEASE_C = 1 << 2,
	ACQUIRE_D = 1 << 3,
	ACQUIRE_E = 1 << 4,
	AGAIN_A = 1 << 5,		/* With RELEASE_A: acquires it again. */
	EVERYTHING = (1 << 6) - 1
};

static void
walk_once(enum form form, unsigned stopped_at, uint64_t sought, unsigned doing)
{
	lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
	struct stop stop = STOP;
	struct holder finder = { HOLDER, .table = table, .form = form, .number = sought,
	    .deadline = LT_FOREVER, .stop = &stop, .place = STOP_EQUAL, .after = stopped_at };
	struct crew crew = { 0 };
	lt_hold_t holds[E + 1] = { 0 };

	for (uint64_t key = A; key <= C; key++)
		holds[key] = acquire(table, form, key, LT_FOREVER);
	crew_add(&crew, holder_run, &finder);
	event_await(&stop.reached, 1);

	for (uint64_t key = A; key <= C; key++) {
		if (doing & 1u << (key - A)) {
			lt_release(holds[key]);
			holds[key].place = NULL;
		}
	}
	for (uint64_t key = D; key <= E; key++) {
		if (doing & 1u << (key - A))
			holds[key] = try_acquire(table, form, key);
	}
	if ((doing & AGAIN_A) != 0 && (doing & RELEASE_A) != 0) {
		holds[A] = try_acquire(table, form, A);
		EXPECT(is_hold(holds[A]), "a released key was busy");
	}
	for (uint64_t key = A; key <= E; key++)
		EXPECT(is_held(table, form, key) == is_hold(holds[key]),
		    "main's own look-up was wrong");
	event_raise(&stop.go_on);

	if (is_hold(holds[sought])) {
		await_queue(holds[sought], 1);
		lt_release(holds[sought]);
		holds[sought].place = NULL;
	}
	event_await(&finder.done, 1);
	EXPECT(has_failed(try_acquire(table, form, sought), LT_BUSY),
	    "the finder's key was not found");
	for (uint64_t key = A; key <= E; key++) {
		if (is_hold(holds[key]))
			lt_release(holds[key]);
	}
	event_raise(&finder.let_go);
	crew_join(&crew);
	close_empty(table);
}

SCENARIO(a_look_up_survives_every_change_of_the_list_it_walks)
{

	for (unsigned doing = 0; doing <= EVERYTHING; doing++) {
		for (unsigned stopped_at = 0; stopped_at < 3; stopped_at++) {
			walk_once(OPAQUES_ALIKE, stopped_at, C, doing);
			walk_once(OPAQUES_ALIKE, stopped_at, E, doing);
			walk_once(VALUES_ALIKE, stopped_at, C, doing);
			walk_once(VALUES_ALIKE, stopped_at, E, doing);
		}
	}
}

/* --- other calls that look up --------------------------------------------------- */

struct look {
	lt_table_t *table;
	enum form form;
	struct stop *stop;
	bool was_held;
};

static void *
look_run(void *pointer)
{
	struct look *look = pointer;

	stop_at(STOP_EQUAL, 0, look->stop);
	look->was_held = is_held(look->table, look->form, 1);
	return NULL;
}

static void *
pin_run(void *pointer)
{
	struct look *look = pointer;
	lt_hold_t pinned;

	stop_at(STOP_EQUAL, 0, look->stop);
	pinned = pin(look->table, look->form, 1);
	look->was_held = is_held(look->table, look->form, 1);
	lt_unpin(pinned);
	return NULL;
}

/*
 *   main                          other
 *   acquire K
 *                                 is K held? / pin K: stopped in the comparison
 *   release K (acquire it again, or not)
 *                                 goes on, is the last to leave, or not
 */
SCENARIO(asking_and_pinning_survive_a_release_in_between)
{
	void *(*const works[])(void *) = { look_run, pin_run };

	for (unsigned i = 0; i < 8; i++) {
		const bool again = i / 2 % 2 != 0;
		const enum form form = i / 4 != 0 ? VALUES_ALIKE : OPAQUES_ALIKE;
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		struct stop stop = STOP;
		struct look look = { table, form, &stop, false };
		struct crew crew = { 0 };
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);

		crew_add(&crew, works[i % 2], &look);
		event_await(&stop.reached, 1);
		lt_release(hold);
		if (again)
			hold = try_acquire(table, form, 1);
		event_raise(&stop.go_on);
		crew_join(&crew);
		EXPECT(look.was_held == again, "the answer was wrong");
		EXPECT(is_held(table, form, 1) == again, "the key's hold was lost");
		if (again)
			lt_release(hold);
		EXPECT(lt_table_count(table) == 0, "asking or pinning kept an entry");
		lt_table_close(table);
	}
}
