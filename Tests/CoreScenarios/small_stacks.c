/*
 * Threads with the least stack that the system gives. It is painted beforehand, which
 * tells how deep the core's calls go.
 */
#define _GNU_SOURCE
#include "held_keys.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAINT	0xa5
#define SMALL	((size_t)16384)
#define HOUR	(3600000 * MS)

/* What a small thread does, and what it needs for that, which is not to be on its stack. */
struct task {
	const char *name;
	void (*run)(struct task *);
	lt_table_t *table;
	enum form form;
	uint32_t fairness;
	struct event ready, go_on;
	lt_hold_t holds[256];
	struct key keys[256];
	struct sleeper sleepers[80];
	unsigned char *top;	/* Its stack's, where the work begins. */
};

/* --- the stack ----------------------------------------------------------------------- */

static size_t
stack_size(void)
{
	const long least = sysconf(_SC_THREAD_STACK_MIN);
	size_t size = SMALL;

	/* Sanitizers need some for themselves. */
	if (is_sanitized())
		size *= 64;
	return least > 0 && (size_t)least > size ? ((size_t)least + 4095) & ~(size_t)4095 : size;
}

static __attribute__((noinline)) void *
run_small(void *pointer)
{
	struct task *task = pointer;

	memory_join();
	task->top = __builtin_frame_address(0);
	task->run(task);
	return NULL;
}

/* Starts the task on a stack of its own, with a page below it that must not be touched. */
static pthread_t
start_small(struct task *task, unsigned char **stack)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = stack_size();
	pthread_attr_t attributes;
	pthread_t thread;

	*stack = mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*stack == MAP_FAILED || mprotect(*stack, page, PROT_NONE) != 0)
		abort();
	(void)memset(*stack + page, PAINT, size);
	if (pthread_attr_init(&attributes) != 0 ||
	    pthread_attr_setstack(&attributes, *stack + page, size) != 0 ||
	    pthread_create(&thread, &attributes, run_small, task) != 0)
		abort();
	(void)pthread_attr_destroy(&attributes);
	return thread;
}

/* Bytes below the start of the work that are not as they were painted. */
static size_t
end_small(struct task *task, unsigned char *stack, pthread_t thread)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = stack_size();
	unsigned char *lowest = stack + page;

	(void)pthread_join(thread, NULL);
	while (lowest < task->top && *lowest == PAINT)
		lowest++;
	size_t depth = (size_t)(task->top - lowest);
	(void)munmap(stack, page + size);
	return depth;
}

/* --- what is done on it ----------------------------------------------------------------- */

static lt_hold_t
take(struct task *task, uint64_t number, bool shared, uint64_t deadline)
{
	struct key *key = &task->keys[number];

	key_make(key, task->table, task->form, number);
	return shared ? lt_acquire_shared(task->table, &key->prepared, deadline) :
	    lt_acquire(task->table, &key->prepared, deadline);
}

static void
acquire_one(struct task *task)
{

	task->holds[0] = take(task, 1, false, LT_FOREVER);
	EXPECT(is_hold(task->holds[0]), "a free key was not taken");
	task->holds[0] = lt_downgrade(task->holds[0]);
	lt_release_shared(task->holds[0]);
}

/* Sets grow, and shrink. */
static void
acquire_many(struct task *task)
{

	for (uint64_t i = 0; i < LENGTH_OF(task->holds); i++)
		task->holds[i] = take(task, i, false, LT_FOREVER);
	for (uint64_t i = 0; i < LENGTH_OF(task->holds); i++)
		release_if_hold(task->holds[i]);
}

static void
acquire_pinned(struct task *task)
{
	/* As many as are sorted on the stack. */
	size_t count = 63;

	for (uint64_t i = 0; i < count; i++) {
		key_make(&task->keys[i], task->table, task->form, count - i / 2);
		task->holds[i] = lt_pin(task->table, &task->keys[i].prepared);
	}
	EXPECT(lt_acquire_pinned(task->holds, &count, LT_FOREVER) == LT_OK, "not acquired");
	lt_release_multi(task->holds, count);
}

/* Another thread holds the key, and releases it when a waiter is queued. */
static void
wait_for_one(struct task *task)
{

	EXPECT(has_failed(take(task, 1, false, lt_now_ns() + MS), LT_TIMED_OUT), "no time-out");
	event_raise(&task->ready);
	task->holds[0] = take(task, 1, false, LT_FOREVER);
	EXPECT(is_hold(task->holds[0]), "a turn was lost");
	release_if_hold(task->holds[0]);
}

/* Lets go of what others wait for. */
static void
hand_over(struct task *task)
{

	task->holds[0] = take(task, 2, false, LT_FOREVER);
	event_raise(&task->ready);
	event_await(&task->go_on, 1);
	release_if_hold(task->holds[0]);
}

static void
suspend(struct task *task)
{

	task->holds[0] = take(task, 3, false, LT_FOREVER);
	for (unsigned i = 0; i < LENGTH_OF(task->sleepers); i++) {
		sleeper_create(&task->sleepers[i], task->table, task->form, 3, lt_now_ns() + HOUR);
		EXPECT(sleeper_begin(&task->sleepers[i]) == LT_SUSPENDED, "not waited for");
	}
	for (unsigned i = 0; i < LENGTH_OF(task->sleepers); i++)
		sleeper_cancel(&task->sleepers[i]);
	sleeper_create(&task->sleepers[0], task->table, task->form, 3, lt_now_ns() + MS);
	(void)sleeper_begin(&task->sleepers[0]);
	sleeper_await_time_out(&task->sleepers[0]);
	lt_release(task->holds[0]);
}

static void
count_key(void *context, const lt_report_t *report)
{
	size_t *seen = context;

	*seen += report->holders > 0;
}

static void
look_in(struct task *task)
{
	lt_statistics_t statistics;
	size_t seen = 0;

	for (uint64_t i = 10; i < 20; i++)
		task->holds[i] = take(task, i, i % 2 == 0, LT_FOREVER);
	EXPECT(lt_table_inspect(task->table, false, count_key, &seen) == LT_OK && seen >= 10,
	    "held keys were not shown");
	lt_table_statistics(task->table, &statistics);
	for (uint64_t i = 10; i < 20; i++)
		i % 2 == 0 ? lt_release_shared(task->holds[i]) : lt_release(task->holds[i]);
}

static void
make_and_close(struct task *task)
{
	lt_table_t *table = table_make(task->form, 0, task->fairness);

	lt_table_close(table);
}

static void
tick(void *unused)
{

	(void)unused;
}

static void
end(void *ended)
{

	event_raise(ended);
}

static void
watch(struct task *task)
{
	const size_t before = memory_outstanding();
	struct event *ended = &task->sleepers[0].resumed;
	lt_ticker_t *started;

	*ended = (struct event)EVENT;
	started = lt_ticker_start(HOUR, tick, end, ended);
	EXPECT(started != NULL, "a watch was not started");
	lt_ticker_stop(started);
	await_end_of_ticker(ended, before);
}

/* --- all of it --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(struct task *);
} tasks[] = {
	{ "acquiring", acquire_one },
	{ "acquiring many", acquire_many },
	{ "acquiring several at once", acquire_pinned },
	{ "waiting", wait_for_one },
	{ "handing over", hand_over },
	{ "suspending", suspend },
	{ "looking in", look_in },
	{ "making and closing a table", make_and_close },
	{ "starting a watch", watch },
};

/* What the others do that a task is about. */
static size_t
run_task(struct task *task)
{
	struct holder waiter = { HOLDER, .table = task->table, .form = task->form, .number = 2,
	    .deadline = LT_FOREVER };
	const bool is_waiting = task->run == wait_for_one, is_handing = task->run == hand_over;
	lt_hold_t hold = { 0 }, pinned = pin(task->table, task->form, 2);
	struct crew crew = { 0 };
	unsigned char *stack;
	pthread_t thread;
	size_t depth;

	if (is_waiting)
		hold = acquire(task->table, task->form, 1, LT_FOREVER);
	thread = start_small(task, &stack);
	if (is_waiting) {
		event_await(&task->ready, 1);
		await_queue(hold, 1);
		lt_release(hold);
	}
	if (is_handing) {
		event_await(&task->ready, 1);
		event_raise(&waiter.let_go);
		crew_add(&crew, holder_run, &waiter);
		await_queue(pinned, 1);
		event_raise(&task->go_on);
	}
	depth = end_small(task, stack, thread);
	crew_join(&crew);
	lt_unpin(pinned);
	EXPECT(lt_table_count(task->table) == 0, "entries were left");
	return depth;
}

static void
run_all(bool kept)
{

	for (size_t i = 0; i < LENGTH_OF(tasks); i++) {
		size_t deepest = 0;

		for (unsigned run = 0; run < 2 * FORMS; run++) {
			struct task *task = calloc(1, sizeof *task);
			size_t depth;

			if (task == NULL)
				abort();
			task->run = tasks[i].run;
			task->form = run % FORMS;
			task->fairness = run / FORMS;
			task->ready = task->go_on = (struct event)EVENT;
			set_diagnostics(kept);
			task->table = table_make(task->form, 1, task->fairness);
			depth = run_task(task);
			deepest = depth > deepest ? depth : deepest;
			lt_table_close(task->table);
			set_diagnostics(false);
			free(task);
		}
		tell("%s%s: at most %zu bytes deep, on a stack of %zu", tasks[i].name,
		    kept ? ", with diagnostics" : "", deepest, stack_size());
	}
}

SCENARIO(small_stacks_are_enough_for_every_call)
{

	run_all(false);
}

SCENARIO(small_stacks_are_enough_with_diagnostics)
{

	run_all(true);
}
