/* Children of fork(): what they inherit, and that the parent does not notice them. */
#include "held_keys.h"
#include "snapshot.h"

#include <sys/wait.h>
#include <unistd.h>

/*
 * In a child, whose complaint is its exit status: it shares no memory with the parent.
 * Not under a sanitizer: a fork may find the locks of its allocator taken, and
 * ThreadSanitizer ends children that start threads. Nor under an emulator, which may not
 * survive their starting one.
 */
static void
in_child(void (*what)(void *), void *context)
{
	pid_t child;
	int status = 0;

#ifdef CORE_EMULATED
	return;
#endif
	if (is_sanitized())
		return;
	child = fork();
	if (child == 0) {
		(void)alarm(60);
		forget_complaints();
		what(context);
		_exit(first_complaint() != NULL);
	}
	EXPECT(await_child(child, &status), "no child process");
	EXPECT(!WIFSIGNALED(status), "a child hung, or crashed");
	EXPECT(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "a child complained");
}

/* --- what is held -------------------------------------------------------------------- */

struct inheritance {
	enum form form;
	lt_table_t *table;
	lt_hold_t one, two;
};

static void
use_inheritance(void *context)
{
	struct inheritance *own = context;
	struct holder waiter = { HOLDER, .table = own->table, .form = own->form, .number = 1,
	    .deadline = LT_FOREVER };
	struct crew crew = { 0 };
	lt_hold_t pinned = pin(own->table, own->form, 1);

	EXPECT(has_failed(try_acquire(own->table, own->form, 1), LT_BUSY),
	    "what the parent holds is free in the child");
	EXPECT(lt_table_count(own->table) == 2, "the child's table is another");
	event_raise(&waiter.let_go);
	crew_add(&crew, holder_run, &waiter);
	await_queue(pinned, 1);
	lt_release(own->one);
	crew_join(&crew);
	EXPECT(is_hold(waiter.hold),
	    "a waiter in the child did not get the key");
	lt_release_shared(own->two);
	for (uint64_t i = 0; i < 100; i++) {
		lt_hold_t hold = try_acquire(own->table, own->form, i);

		EXPECT(is_hold(hold), "a key was not to be had in the child");
		release_if_hold(hold);
	}
	lt_unpin(pinned);
	EXPECT(lt_table_count(own->table) == 0, "entries were left in the child");
	lt_table_close(own->table);
}

SCENARIO(what_is_held_is_held_in_parent_and_child)
{

	for (enum form form = 0; form < FORMS; form++) {
		for (unsigned kept = 0; kept < 2; kept++) {
			struct inheritance own = { .form = form };

			set_diagnostics(kept != 0);
			own.table = table_make(form, 2, LT_FIFO);
			set_diagnostics(false);
			own.one = acquire(own.table, form, 1, LT_FOREVER);
			own.two = acquire_shared(own.table, form, 2, LT_FOREVER);
			in_child(use_inheritance, &own);
			EXPECT(is_held(own.table, form, 1) && is_held(own.table, form, 2),
			    "a child released the parent's hold");
			EXPECT(lt_table_count(own.table) == 2, "a child changed the parent's table");
			lt_release(own.one);
			lt_release_shared(own.two);
			close_empty(own.table);
		}
	}
}

/* --- deadlines ------------------------------------------------------------------------- */

/* A deadline comes in a table of the child's own. */
static void
await_a_deadline(void)
{
	struct sleeper sleeper;
	struct held_keys held;

	held_keys_open(&held, 1, LT_ADAPTIVE);
	held_keys_suspend(&held, &sleeper, 0, lt_now_ns() + MS);
	sleeper_await_time_out(&sleeper);
	held_keys_close(&held);
}

static void
await_a_deadline_and_end_the_parents(void *context)
{
	struct sleeper *parents = context;

	EXPECT(!lt_timer_is_running(), "the child takes the parent's thread for its own");
	await_a_deadline();
	sleeper_cancel(&parents[0]);
	sleeper_cancel(&parents[1]);
	await_a_deadline();
}

SCENARIO(deadlines_come_in_parent_and_child)
{
	const uint64_t soon = lt_now_ns() + 20 * MS, never = lt_now_ns() + 3600000 * MS;
	struct sleeper sleepers[2];
	struct held_keys held;

	held_keys_open(&held, 1, LT_ADAPTIVE);
	held_keys_suspend(&held, &sleepers[0], 0, never);
	held_keys_suspend(&held, &sleepers[1], 0, soon);
	in_child(await_a_deadline_and_end_the_parents, sleepers);
	sleeper_await_time_out(&sleepers[1]);
	EXPECT(sleeper_sleeps(&sleepers[0]), "a child ended the parent's wait");
	sleeper_cancel(&sleepers[0]);
	held_keys_close(&held);
}

struct busy {
	struct held_keys *held;
	bool stop;
};

/* Joins and leaves the timer all the time. */
static void *
keep_timer_busy(void *pointer)
{
	struct busy *busy = pointer;

	while (!__atomic_load_n(&busy->stop, __ATOMIC_SEQ_CST)) {
		struct sleeper sleeper;

		held_keys_suspend(busy->held, &sleeper, 0, lt_now_ns() + 3600000 * MS);
		sleeper_cancel(&sleeper);
	}
	return NULL;
}

static void
only_await_a_deadline(void *unused)
{

	(void)unused;
	await_a_deadline();
}

/* A thread's number is kept, and the child's thread has another one than the parent's. */
static void
look_at_own_hold(void *context)
{
	struct snapshot *snapshot = snapshot_make(INTEGERS);
	lt_table_t *table = context;
	lt_hold_t hold = try_acquire(table, INTEGERS, 1);
	const struct shown *shown;

	EXPECT(snapshot_take(snapshot, table, false) == LT_OK, "looking failed");
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && shown->report.listed_holders == 1 &&
	    shown->holders[0].who.id == (uint64_t)getpid(), "a child was taken for its parent");
	release_if_hold(hold);
	snapshot_free(snapshot);
}

SCENARIO(a_child_s_holds_are_its_own)
{
	lt_config_t config = { .stripes = 1, .diagnostics = true };
	lt_table_t *table = NULL;

	EXPECT(lt_table_create(&config, &table) == LT_OK, "no table was made");
	release_if_hold(try_acquire(table, INTEGERS, 2));
	in_child(look_at_own_hold, table);
	close_empty(table);
}

SCENARIO(forking_amid_changes_of_the_timer_is_harmless)
{
	struct held_keys held;
	struct busy busy = { &held, false };
	struct crew crew = { 0 };

	held_keys_open(&held, 1, LT_ADAPTIVE);
	for (unsigned i = 0; i < 3; i++)
		crew_add(&crew, keep_timer_busy, &busy);
	for (unsigned i = 0; i < scaled(100); i++)
		in_child(only_await_a_deadline, NULL);
	__atomic_store_n(&busy.stop, true, __ATOMIC_SEQ_CST);
	crew_join(&crew);
	held_keys_close(&held);
}
