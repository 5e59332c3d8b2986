/* The calls that programs are made of, but for those of tasks. */
#include "calls.h"

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
	so_far.kept++;
	ex_note(NULL, "holds key %d%s", key, shared ? ", shared" : "");
	if (shared)
		ex_read(&so_far.data[key], sizeof so_far.data[key]);
	else
		ex_write(&so_far.data[key], sizeof so_far.data[key]);
}

static void
leave(int key, bool shared)
{

	if (shared)
		ghosts[key].readers--;
	else
		ghosts[key].writer = 0;
}

void
begin_call(int key, bool as_task)
{

	ghosts[key].in_call[ex_self()] = true;
	ghosts[key].as_task[ex_self()] = as_task;
}

void
end_call(int key)
{

	ghosts[key].in_call[ex_self()] = false;
}

static void
end_naming(void)
{

	so_far.is_naming[ex_self()] = false;
	so_far.naming_left[ex_self()]--;
	ex_joins(&so_far.named, ex_time_of(ex_self()));
	ex_tick();
}

void
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

/* The same for who keeps the table open until then; the calls count as one that names it. */
static void
hold_and_keep_open(int key, lt_hold_t hold)
{

	enter(key, false);
	ex_step();
	leave(key, false);
	begin_call(key, false);
	so_far.is_naming[ex_self()] = true;
	lt_release_while_open(hold.place);
	so_far.naming_left[ex_self()]--;
	end_naming();
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

lt_hold_t
acquire(int key, bool shared, uint64_t deadline)
{
	lt_hold_t hold;

	begin_call(key, false);
	so_far.is_naming[ex_self()] = true;
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

static void
run_o(const struct call *call)
{
	lt_hold_t hold = acquire(call->key, false, LT_FOREVER);

	(void)has_failed(hold, false);
	hold_and_keep_open(call->key, hold);
}

static void run_x(const struct call *call) { run_plain(call, false, LT_FOREVER); }
static void run_t(const struct call *call) { run_plain(call, false, LT_NO_WAIT); }
static void run_d(const struct call *call) { run_plain(call, false, SOON); }
static void run_s(const struct call *call) { run_plain(call, true, LT_FOREVER); }
static void run_q(const struct call *call) { run_plain(call, true, LT_NO_WAIT); }
static void run_e(const struct call *call) { run_plain(call, true, SOON); }

/* A thread that stands before the others in line. */
static void
run_real_time(const struct call *call, bool shared, uint64_t deadline)
{

	ex_priorities[ex_self()] = 1;
	run_plain(call, shared, deadline);
	ex_priorities[ex_self()] = 0;
}

static void run_rt_x(const struct call *call) { run_real_time(call, false, LT_FOREVER); }
static void run_rt_s(const struct call *call) { run_real_time(call, true, LT_FOREVER); }
static void run_rt_d(const struct call *call) { run_real_time(call, false, SOON); }

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
	so_far.kept--;	/* One acquisition, held twice. */
	hold_for_a_while(call->key, hold, true);
}

static lt_hold_t
pin(int key)
{
	lt_hold_t pin;

	begin_call(key, false);
	so_far.is_naming[ex_self()] = true;
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

/* Both keys, of which the first may be shared, are held for a while and released. */
static void
hold_both(const struct call *call, const lt_hold_t *holds, size_t count, bool first_shared)
{
	const int keys[2] = { call->key, call->other };
	const int different = keys[0] == keys[1] ? 1 : 2;

	if (count != (size_t)different)
		ex_fail("%zu holds of %d keys", count, different);
	for (int i = 0; i < different; i++)
		enter(keys[i], i == 0 && first_shared);
	ex_step();
	for (int i = 0; i < different; i++) {
		leave(keys[i], i == 0 && first_shared);
		begin_call(keys[i], true);
	}
	lt_release_multi(holds, count);
	for (int i = 0; i < different; i++)
		end_call(keys[i]);
}

/* Pinned, and then acquired. */
static void
run_pinned(const struct call *call, bool first_shared, uint64_t deadline)
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
	if (status == LT_OK)
		hold_both(call, pins, count, first_shared);
	else if (status != LT_TIMED_OUT || deadline == LT_FOREVER)
		ex_fail("several keys: status %u", (unsigned)status);
}

/* In one call, which names the first key twice: shared or not the first time, and not the second. */
static void
run_listed(const struct call *call, uint64_t deadline)
{
	const int keys[3] = { call->key, call->other, call->key };
	lt_key_t listed[3];
	lt_hold_t holds[3];
	size_t count = 3, taken;
	lt_status_t status;

	for (int i = 0; i < 3; i++) {
		listed[i] = ex_keys[keys[i]];
		holds[i] = (lt_hold_t){ (void *)(uintptr_t)(i == 0 ? LT_SHARED_BIT : 0), 0 };
		begin_call(keys[i], true);
	}
	so_far.is_naming[ex_self()] = true;
	status = lt_acquire_multi(ex_table, listed, holds, &count, &taken, deadline);
	end_naming();
	for (int i = 0; i < 3; i++)
		end_call(keys[i]);
	so_far.attempts += deadline == LT_NO_WAIT;
	so_far.refusals += status == LT_BUSY;
	if (status == LT_OK)
		hold_both(call, holds, count, false);
	else if (status != (deadline == LT_NO_WAIT ? LT_BUSY : LT_TIMED_OUT) || deadline == LT_FOREVER)
		ex_fail("several keys: status %u", (unsigned)status);
}

static void run_m(const struct call *call) { run_listed(call, LT_FOREVER); }
static void run_n(const struct call *call) { run_pinned(call, true, LT_FOREVER); }
static void run_l(const struct call *call) { run_listed(call, SOON); }
static void run_i(const struct call *call) { run_listed(call, LT_NO_WAIT); }

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

	so_far.is_naming[ex_self()] = true;
	for (int key = 0; key < KEYS; key++)
		begin_call(key, false);
	if (lt_table_inspect(ex_table, false, visit, NULL) != LT_OK)
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
	so_far.watches--;
}

static void
run_w(const struct call *call)
{
	lt_ticker_t *watch = lt_ticker_start(1000, tick, watch_ends, NULL);

	(void)call;
	if (watch == NULL)
		ex_fail("no watch");
	so_far.watches++;
	lt_ticker_set_period(watch, 2000);
	lt_ticker_stop(watch);
}

/* All others have made their calls that name the table, or sleep in them. */
static bool
may_close(void *unused)
{

	(void)unused;
	for (int i = 1; i <= so_far.threads; i++) {
		if (i != ex_self() && (so_far.naming_left[i] > 1 ||
		    (so_far.naming_left[i] == 1 && !(so_far.is_naming[i] && !ex_is_running(i)))))
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
	ex_joins(ex_time_of(ex_self()), &so_far.named);
	so_far.was_closed = true;
	ex_note(NULL, "closes the table");
	lt_table_close(table);
}

const struct kind kinds[] = {
	{ 'X', "acquire", run_x, 1, false, false },
	{ 'O', "acquire, release while the table is open", run_o, 3, false, false },
	{ 'T', "try", run_t, 1, false, false },
	{ 'D', "acquire with a deadline", run_d, 1, false, false },
	{ 'S', "acquire shared", run_s, 1, false, false },
	{ 'Q', "try shared", run_q, 1, false, false },
	{ 'E', "acquire shared with a deadline", run_e, 1, false, false },
	{ 'x', "acquire as a real-time thread", run_rt_x, 1, false, false },
	{ 's', "the same shared", run_rt_s, 1, false, false },
	{ 'd', "the same with a deadline", run_rt_d, 1, false, false },
	{ 'G', "acquire, downgrade", run_g, 1, false, false },
	{ 'P', "pin, try the pin", run_p, 1, false, false },
	{ 'M', "acquire two", run_m, 1, true, false },
	{ 'N', "acquire two by pins, one shared", run_n, 2, true, false },
	{ 'L', "acquire two with a deadline", run_l, 1, true, false },
	{ 'I', "try two", run_i, 1, true, false },
	{ 'A', "acquire as a task", run_a, 1, false, false },
	{ 'H', "acquire shared as a task", run_h, 1, false, false },
	{ 'B', "acquire as a task that is cancelled", run_b, 1, false, false },
	{ 'R', "acquire as a task that moves to another thread, and is cancelled", run_r, 1, false, false },
	{ 'F', "acquire as a task with a deadline", run_f, 1, false, false },
	{ 'J', "acquire as a task that does not run when it is woken", run_j, 1, false, false },
	{ 'Y', "the same shared", run_y, 1, false, false },
	{ 'Z', "the same as J, cancelled", run_z, 1, false, false },
	{ 'U', "the same as J, with a deadline", run_u, 1, false, false },
	{ 'K', "pin many keys, and let them go", run_k, KEYS - 2, false, false },
	{ 'V', "look in", run_v, 1, false, false },
	{ 'W', "watch", run_w, 0, false, false },
	{ 'C', "close the table", run_c, 0, false, true },
};
const int kind_count = sizeof kinds / sizeof kinds[0];

