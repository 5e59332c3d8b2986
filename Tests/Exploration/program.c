/* Programs and their calls. */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define LONG	100

static struct program program;
static char names[MOST_THREADS][4];
static int naming_left[EX_THREADS];	/* Calls to come that name the table; */
static bool is_naming[EX_THREADS];	/* and: in one now. */
static ex_time_t named;			/* The end of those that there were: who closes a table knows. */
static int running, watches;
static bool was_closed;
static uint64_t *data;			/* What the keys protect. */
static char long_keys[KEYS][LONG];

struct ghost ghosts[KEYS];
lt_table_t *ex_table;
lt_key_t ex_keys[KEYS];

/* --- holds --------------------------------------------------------------------------- */

static void
enter(int key, bool shared)
{
	struct ghost *ghost = &ghosts[key];

	if (ghost->writer > 0 || (!shared && ghost->readers > 0))
		ex_fail("%s holds key %d together with %s", ex_name_of(ex_self()), key,
		    ghost->writer > 0 ? ex_name_of(ghost->writer - 1) : "a reader");
	if (shared)
		ghost->readers++;
	else
		ghost->writer = ex_self() + 1;
	ex_note(NULL, "holds key %d%s", key, shared ? ", shared" : "");
	if (shared)
		ex_read(&data[key], sizeof data[key]);
	else
		ex_write(&data[key], sizeof data[key]);
}

static void
leave(int key, bool shared)
{

	if (shared)
		ghosts[key].readers--;
	else
		ghosts[key].writer = 0;
}

static void
begin_call(int key, bool as_task)
{

	ghosts[key].in_call[ex_self()] = true;
	ghosts[key].as_task[ex_self()] = as_task;
}

static void
end_call(int key)
{

	ghosts[key].in_call[ex_self()] = false;
}

static void
end_naming(void)
{

	is_naming[ex_self()] = false;
	naming_left[ex_self()]--;
	ex_joins(&named, ex_time_of(ex_self()));
	ex_tick();
}

static void
hold_for_a_while(int key, lt_hold_t hold, bool shared)
{

	enter(key, shared);
	ex_step();
	leave(key, shared);
	begin_call(key, false);
	if (shared)
		lt_release_shared(hold);
	else
		lt_release(hold);
	end_call(key);
}

static bool
has_failed(lt_hold_t hold, bool may_time_out)
{

	if (hold.place != NULL)
		return false;
	if (!(may_time_out && (hold.tag == LT_BUSY || hold.tag == LT_TIMED_OUT)))
		ex_fail("an acquisition returned %u", (unsigned)hold.tag);
	return true;
}

static lt_hold_t
acquire(int key, bool shared, uint64_t deadline)
{
	lt_hold_t hold;

	begin_call(key, false);
	is_naming[ex_self()] = true;
	hold = shared ? lt_acquire_shared(ex_table, &ex_keys[key], deadline) :
	    lt_acquire(ex_table, &ex_keys[key], deadline);
	end_naming();
	end_call(key);
	return hold;
}

/* --- one key -------------------------------------------------------------------------- */

#define SOON	(lt_deadline_after_ns(100))

static void
run_plain(const struct call *call, bool shared, uint64_t deadline)
{
	lt_hold_t hold = acquire(call->key, shared, deadline);

	if (!has_failed(hold, deadline != LT_FOREVER))
		hold_for_a_while(call->key, hold, shared);
}

static void run_x(const struct call *call) { run_plain(call, false, LT_FOREVER); }
static void run_t(const struct call *call) { run_plain(call, false, LT_NO_WAIT); }
static void run_d(const struct call *call) { run_plain(call, false, SOON); }
static void run_s(const struct call *call) { run_plain(call, true, LT_FOREVER); }
static void run_q(const struct call *call) { run_plain(call, true, LT_NO_WAIT); }
static void run_e(const struct call *call) { run_plain(call, true, SOON); }

static void
run_g(const struct call *call)
{
	lt_hold_t hold = acquire(call->key, false, LT_FOREVER);

	(void)has_failed(hold, false);
	enter(call->key, false);
	ex_step();
	leave(call->key, false);
	begin_call(call->key, false);
	hold = lt_downgrade(hold);
	end_call(call->key);
	hold_for_a_while(call->key, hold, true);
}

static lt_hold_t
pin(int key)
{
	lt_hold_t pin;

	begin_call(key, false);
	is_naming[ex_self()] = true;
	pin = lt_pin(ex_table, &ex_keys[key]);
	end_naming();
	end_call(key);
	(void)has_failed(pin, false);
	ghosts[key].pins++;
	return pin;
}

static void
run_p(const struct call *call)
{
	lt_hold_t place = pin(call->key);
	bool is_held;

	ex_step();
	begin_call(call->key, false);
	ghosts[call->key].pins--;
	is_held = lt_try_pinned(&place);
	if (!is_held)
		lt_unpin(place);
	end_call(call->key);
	if (is_held)
		hold_for_a_while(call->key, place, false);
}

static void
let_go(int key, lt_hold_t pin)
{

	begin_call(key, false);
	ghosts[key].pins--;
	lt_unpin(pin);
	end_call(key);
}

/*
 * More keys than the first set has room for: it grows, and shrinks when those go that
 * came after the one in the resident.
 */
static void
run_k(const struct call *call)
{
	lt_hold_t pins[KEYS];

	(void)call;
	for (int key = 2; key < KEYS; key++)
		pins[key] = pin(key);
	let_go(2, pins[2]);
	for (int key = KEYS - 1; key > 2; key--)
		let_go(key, pins[key]);
}

/* --- several keys --------------------------------------------------------------------- */

static void
run_several(const struct call *call, bool first_shared, uint64_t deadline)
{
	const int keys[2] = { call->key, call->other };
	lt_hold_t pins[2] = { pin(keys[0]), pin(keys[1]) };
	size_t count = 2;
	lt_status_t status;

	if (first_shared)
		pins[0].place = (char *)pins[0].place + LT_SHARED_BIT;
	for (int i = 0; i < 2; i++) {
		begin_call(keys[i], true);
		ghosts[keys[i]].pins--;
	}
	status = lt_acquire_pinned(pins, &count, deadline);
	for (int i = 0; i < 2; i++)
		end_call(keys[i]);
	if (status != LT_OK) {
		if (status != LT_TIMED_OUT || deadline == LT_FOREVER)
			ex_fail("several keys: status %u", (unsigned)status);
		return;
	}
	for (int i = 0; i < 2; i++)
		enter(keys[i], i == 0 && first_shared);
	ex_step();
	for (int i = 0; i < 2; i++) {
		leave(keys[i], i == 0 && first_shared);
		begin_call(keys[i], true);
	}
	lt_release_several(pins, count);
	for (int i = 0; i < 2; i++)
		end_call(keys[i]);
}

static void run_m(const struct call *call) { run_several(call, false, LT_FOREVER); }
static void run_n(const struct call *call) { run_several(call, true, LT_FOREVER); }
static void run_l(const struct call *call) { run_several(call, false, SOON); }

/* --- tasks ----------------------------------------------------------------------------- */

struct task {
	lt_suspension_t *suspension;
	bool is_resumed;
	ex_time_t order;		/* The runtime orders who resumes or cancels before who goes on. */
	enum { TO_BE_CANCELLED, BEING_CANCELLED, NOT_ANY_MORE } cancellation;
};

static struct task tasks[EX_THREADS];	/* Of each thread, the one that it is. */

static void
resume(void *continuation)
{
	struct task *task = continuation;

	ex_step();
	if (task->is_resumed)
		ex_fail("a continuation is resumed twice");
	task->is_resumed = true;
	ex_joins(&task->order, ex_time_of(ex_self()));
	ex_tick();
	ex_note(NULL, "resumes a task");
}

static bool
is_resumed(void *task)
{

	return ((struct task *)task)->is_resumed;
}

static bool
is_let_alone(void *task)
{

	return ((struct task *)task)->cancellation != BEING_CANCELLED;
}

static void
cancel(void *argument)
{
	struct task *task = argument;

	ex_step();
	if (task->cancellation == NOT_ANY_MORE)
		return;
	task->cancellation = BEING_CANCELLED;
	lt_suspension_cancel(task->suspension);
	ex_joins(&task->order, ex_time_of(ex_self()));
	ex_tick();
	task->cancellation = NOT_ANY_MORE;
}

static lt_hold_t
wait_as_task(lt_hold_t pinned, uint64_t deadline, bool cancelled)
{
	struct task *task = &tasks[ex_self()];
	lt_status_t status;

	task->suspension = lt_suspension_create(pinned, deadline, resume);
	if (task->suspension == NULL)
		ex_fail("no suspension");
	memset(&task->order, 0, sizeof task->order);
	task->cancellation = cancelled ? TO_BE_CANCELLED : NOT_ANY_MORE;
	if (cancelled)
		(void)ex_spawn("the canceller", cancel, task);
	do {
		task->is_resumed = false;
		status = lt_suspension_begin(task->suspension, task);
		if (status == LT_SUSPENDED) {
			(void)ex_block(is_resumed, task, UINT64_MAX, true);
			ex_joins(ex_time_of(ex_self()), &task->order);
			status = lt_suspension_outcome(task->suspension);
		}
	} while (status == LT_SUSPENDED);
	/* As the runtime does: the end of a handler's scope comes after the handler. */
	if (task->cancellation == TO_BE_CANCELLED)
		task->cancellation = NOT_ANY_MORE;
	(void)ex_block(is_let_alone, task, UINT64_MAX, false);
	ex_joins(ex_time_of(ex_self()), &task->order);
	return lt_suspension_end(task->suspension);
}

static void
run_task(const struct call *call, bool shared, uint64_t delay, bool cancelled)
{
	lt_hold_t hold = acquire(call->key, shared, LT_OR_PIN);

	begin_call(call->key, true);
	if (((uintptr_t)hold.place & LT_PIN_BIT) != 0) {
		hold.place = (char *)hold.place - LT_PIN_BIT + (shared ? LT_SHARED_BIT : 0);
		hold = wait_as_task(hold, delay > 0 ? lt_deadline_after_ns(delay) : LT_FOREVER, cancelled);
	}
	end_call(call->key);
	if (hold.place != NULL)
		hold_for_a_while(call->key, hold, shared);
	else if (!(cancelled && hold.tag == LT_CANCELLED) && !(delay > 0 && hold.tag == LT_TIMED_OUT))
		ex_fail("a task's acquisition returned %u", (unsigned)hold.tag);
}

static void run_a(const struct call *call) { run_task(call, false, 0, false); }
static void run_h(const struct call *call) { run_task(call, true, 0, false); }
static void run_b(const struct call *call) { run_task(call, false, 0, true); }
static void run_f(const struct call *call) { run_task(call, false, 100, false); }

/* --- the table ------------------------------------------------------------------------- */

static void
visit(void *context, const lt_report_t *report)
{

	(void)context;
	if (report->is_exclusive && report->holders != 1)
		ex_fail("a visit sees %zu writers", report->holders);
}

static void
run_v(const struct call *call)
{
	lt_statistics_t statistics;

	is_naming[ex_self()] = true;
	for (int key = 0; key < KEYS; key++)
		begin_call(key, false);
	if (lt_table_visit(ex_table, false, visit, NULL) != LT_OK)
		ex_fail("a visit failed");
	(void)lt_is_held(ex_table, &ex_keys[call->key]);
	lt_table_statistics(ex_table, &statistics);
	for (int key = 0; key < KEYS; key++)
		end_call(key);
	end_naming();
}

static void
tick(void *unused)
{

	(void)unused;
	ex_note(NULL, "ticks");
}

static void
watch_ends(void *unused)
{

	(void)unused;
	watches--;
}

static void
run_w(const struct call *call)
{
	lt_watch_t *watch = lt_watch_start(1000, tick, watch_ends, NULL);

	(void)call;
	if (watch == NULL)
		ex_fail("no watch");
	watches++;
	lt_watch_set_period(watch, 2000);
	lt_watch_stop(watch);
}

/* All others have made their calls that name the table, or sleep in them. */
static bool
may_close(void *unused)
{

	(void)unused;
	for (int i = 1; i <= program.threads; i++) {
		if (i != ex_self() && (naming_left[i] > 1 ||
		    (naming_left[i] == 1 && !(is_naming[i] && !ex_is_running(i)))))
			return false;
	}
	return true;
}

static void
run_c(const struct call *call)
{
	lt_table_t *table = ex_table;

	(void)call;
	(void)ex_block(may_close, NULL, UINT64_MAX, false);
	if (!may_close(NULL))
		return;
	ex_joins(ex_time_of(ex_self()), &named);
	was_closed = true;
	ex_note(NULL, "closes the table");
	lt_table_close(table);
}

const struct kind kinds[] = {
	{ 'X', "acquire", run_x, 1, false, false },
	{ 'T', "try", run_t, 1, false, false },
	{ 'D', "acquire with a deadline", run_d, 1, false, false },
	{ 'S', "acquire shared", run_s, 1, false, false },
	{ 'Q', "try shared", run_q, 1, false, false },
	{ 'E', "acquire shared with a deadline", run_e, 1, false, false },
	{ 'G', "acquire, downgrade", run_g, 1, false, false },
	{ 'P', "pin, try the pin", run_p, 1, false, false },
	{ 'M', "acquire two", run_m, 2, true, false },
	{ 'N', "acquire two, one shared", run_n, 2, true, false },
	{ 'L', "acquire two with a deadline", run_l, 2, true, false },
	{ 'A', "acquire as a task", run_a, 1, false, false },
	{ 'H', "acquire shared as a task", run_h, 1, false, false },
	{ 'B', "acquire as a task that is cancelled", run_b, 1, false, false },
	{ 'F', "acquire as a task with a deadline", run_f, 1, false, false },
	{ 'K', "pin many keys, and let them go", run_k, KEYS - 2, false, false },
	{ 'V', "look in", run_v, 1, false, false },
	{ 'W', "watch", run_w, 0, false, false },
	{ 'C', "close the table", run_c, 0, false, true },
};
const int kind_count = sizeof kinds / sizeof kinds[0];

/* --- running ---------------------------------------------------------------------------- */

static void
run_thread(void *argument)
{
	const int thread = (int)(intptr_t)argument;

	for (int i = 0; i < program.of[thread].count; i++)
		program.of[thread].calls[i].kind->run(&program.of[thread].calls[i]);
	running--;
}

static bool
are_done(void *unused)
{

	(void)unused;
	return running == 0;
}

static bool
is_quiet(void *unused)
{

	(void)unused;
	return !ex_timer_is_running() && ex_is_alone();
}

static void
create(void)
{
	const lt_config_t config = {
		.stripes = 1, .fairness = program.fairness, .seed = { 1, 2 },
		.keys = program.place == LONG_KEYS ? LT_KEYS_BYTES : LT_KEYS_INTEGER,
		.diagnostics = program.tracked,
	};

	if (lt_table_create(&config, &ex_table) != LT_OK)
		ex_fail("no table");
	for (int key = 0; key < KEYS; key++) {
		memset(long_keys[key], '0' + key, LONG);
		ex_keys[key] = program.place == LONG_KEYS ?
		    lt_key_bytes(ex_table, long_keys[key], LONG) :
		    lt_key_integer(ex_table, (uint64_t)key);
	}
}

static void
finish(lt_hold_t filler)
{
	lt_table_t *table = ex_table;

	if (filler.place != NULL)
		lt_release(filler);
	if (!was_closed) {
		if (lt_table_count(table) != 0)
			ex_fail("%zu keys are left", lt_table_count(table));
		ex_table = NULL;
		lt_table_close(table);
	}
	ex_table = NULL;
	(void)ex_block(is_quiet, NULL, UINT64_MAX, false);
	for (int i = 1; i < EX_THREADS; i++)
		ex_joins(ex_time_of(0), ex_time_of(i));
	if (watches != 0)
		ex_fail("a watch has not ended");
	ex_deallocate(data, KEYS * sizeof data[0]);
	if (ex_allocated() != ex_machine_bytes())
		ex_fail("%zu bytes are left", ex_allocated() - ex_machine_bytes());
}

void
program_setup(void)
{
	lt_hold_t filler = { NULL, 0 };

	memset(ghosts, 0, sizeof ghosts);
	memset(is_naming, 0, sizeof is_naming);
	memset(&named, 0, sizeof named);
	watches = 0;
	was_closed = false;
	ex_table = NULL;
	data = ex_allocate(KEYS * sizeof data[0]);
	memset(data, 0, KEYS * sizeof data[0]);
	create();
	if (program.place == IN_SET)
		filler = lt_acquire(ex_table, &ex_keys[0], LT_FOREVER);
	ghosts[0].writer = program.place == IN_SET;
	running = program.threads;
	for (int i = 0; i < program.threads; i++) {
		naming_left[i + 1] = 0;
		for (int k = 0; k < program.of[i].count; k++)
			naming_left[i + 1] += program.of[i].calls[k].kind->names;
		(void)ex_spawn(names[i], run_thread, (void *)(intptr_t)i);
	}
	(void)ex_block(are_done, NULL, UINT64_MAX, false);
	ghosts[0].writer = 0;
	/* What the threads did is before the end. */
	for (int i = 1; i < EX_THREADS; i++)
		ex_joins(ex_time_of(0), ex_time_of(i));
	finish(filler);
}

void
program_use(const struct program *used)
{

	program = *used;
	for (int i = 0; i < MOST_THREADS; i++)
		(void)snprintf(names[i], sizeof names[i], "T%d", i + 1);
}
