/* Mistakes of the caller's, each in a process of its own, which has to say a sentence and abort. */
#include "misuse.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char unpinned_twice[] =
    "LockTable: a pin was given back that is none: it was given back before, or became a hold.";
static const char wrong_kind[] =
    "LockTable: a key was given to a table that was made for keys of another kind.";

static void
release_twice(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	lt_release(hold);
	lt_release(hold);
}

static void
release_twice_beside_another_key(void)
{
	lt_table_t *table = table_make(SHORT_BYTES, 1, LT_FIFO);
	lt_hold_t first = acquire(table, SHORT_BYTES, 1, LT_FOREVER);
	lt_hold_t hold = acquire(table, SHORT_BYTES, 2, LT_FOREVER);

	lt_release(hold);
	lt_release(hold);
	lt_release(first);
}

static void
release_twice_a_pinned_key(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	(void)pin(table, INTEGERS, 1);
	(void)pin(table, INTEGERS, 1);
	lt_release(hold);
	lt_release(hold);
}

static void
release_twice_with_another_key_in_its_place(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER), other;

	lt_release(hold);
	other = acquire(table, INTEGERS, 2, LT_FOREVER);
	if (other.place == hold.place)
		lt_release(hold);
}

static void
release_a_pin(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);

	lt_release(pin(table, INTEGERS, 1));
}

static void
release_a_failed_try(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);

	(void)acquire(table, INTEGERS, 1, LT_FOREVER);
	lt_release(try_acquire(table, INTEGERS, 1));
}

static void
unpin_a_failure(void)
{
	const lt_hold_t failure = { NULL, LT_NO_MEMORY };

	lt_unpin(failure);
}

static void
acquire_a_failure(void)
{
	lt_hold_t failure = { NULL, LT_NO_MEMORY };
	size_t count = 1;

	(void)lt_acquire_pinned(&failure, &count, LT_NO_WAIT);
}

static lt_hold_t
shared_failure(void)
{
	lt_hold_t failure = { NULL, LT_NO_MEMORY };

	failure.place = (char *)((uintptr_t)failure.place + LT_SHARED_BIT);
	return failure;
}

static void
unpin_a_shared_failure(void)
{

	lt_unpin(shared_failure());
}

static void
acquire_a_shared_failure(void)
{
	lt_hold_t failure = shared_failure();
	size_t count = 1;

	(void)lt_acquire_pinned(&failure, &count, LT_NO_WAIT);
}

static void
ignore(void *unused)
{

	(void)unused;
}

static void
suspend_a_failure(void)
{
	const lt_hold_t failure = { NULL, LT_NO_MEMORY };

	(void)lt_suspension_create(failure, LT_FOREVER, ignore);
}

static void
suspend_a_shared_failure(void)
{

	(void)lt_suspension_create(shared_failure(), LT_FOREVER, ignore);
}

static void
unpin_twice(void)
{
	lt_hold_t once = pin(table_make(INTEGERS, 1, LT_ADAPTIVE), INTEGERS, 1);

	lt_unpin(once);
	lt_unpin(once);
}

static void
acquire_bytes_of_an_integer_table(void)
{

	(void)lt_acquire_bytes(table_make(INTEGERS, 1, LT_ADAPTIVE), "key", 3, LT_NO_WAIT);
}

static void
acquire_ascii_of_an_opaque_table(void)
{

	(void)lt_acquire_ascii(table_make(OPAQUES, 1, LT_ADAPTIVE), "key", 3, LT_NO_WAIT);
}

static void
acquire_an_integer_of_a_byte_table(void)
{

	(void)lt_acquire_integer(table_make(SHORT_BYTES, 1, LT_ADAPTIVE), 1, LT_NO_WAIT);
}

static void
acquire_a_key_of_another_kind(void)
{

	(void)try_acquire(table_make(INTEGERS, 1, LT_ADAPTIVE), OPAQUES, 1);
}

static void
pin_a_key_of_another_kind(void)
{

	(void)pin(table_make(OPAQUES, 1, LT_ADAPTIVE), INTEGERS, 1);
}

static void
acquire_a_value_as_one_that_owns(void)
{
	const uint64_t value = 1;

	(void)lt_acquire_owning(table_make(VALUES, 1, LT_ADAPTIVE), 1, &value, sizeof value, LT_NO_WAIT);
}

static void
acquire_a_large_value(void)
{
	static const char value[LT_MOST_VALUE + 1];

	(void)lt_acquire_value(table_make(VALUES, 1, LT_ADAPTIVE), 1, value, sizeof value, LT_NO_WAIT);
}

static void
end_no_value(const void *const *type, void *value)
{

	(void)type;
	(void)value;
}

static void
acquire_several_that_own_as_others(void)
{
	const lt_value_operations_t operations = { .equal = value_operations.equal,
	    .destroy = end_no_value };
	const lt_config_t config = { .keys = LT_KEYS_OWNING, .value_operations = &operations };
	const uint64_t value = 1;
	lt_hold_t hold = { NULL, 0 };
	size_t count = 1, taken;
	lt_table_t *table;
	lt_key_t key;

	if (lt_table_create(&config, &table) != LT_OK)
		return;
	key = lt_key_value(table, 1, &value, sizeof value);
	(void)lt_acquire_multi(table, &key, &hold, &count, &taken, LT_NO_WAIT);
}

static void
ask_for_a_key_of_another_kind(void)
{

	(void)is_held(table_make(INTEGERS, 1, LT_ADAPTIVE), SHORT_BYTES, 1);
}

static _Noreturn void
run_as_child(void (*mistake)(void), int output)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGABRT, SIG_DFL);
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(60);
	(void)dup2(output, STDERR_FILENO);
	mistake();
	_exit(0);
}

void
expect_abort(void (*mistake)(void), const char *sentence)
{
	char said[4096] = { 0 };
	size_t length = 0;
	int ends[2], status = 0;
	ssize_t got;
	pid_t child;

	if (pipe(ends) != 0) {
		complain("no pipe");
		return;
	}
	child = fork();
	if (child == 0)
		run_as_child(mistake, ends[1]);
	(void)close(ends[1]);
	do {
		got = read(ends[0], said + length, sizeof said - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	(void)close(ends[0]);
	EXPECT(await_child(child, &status), "no child process");
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a mistake did not abort");
	EXPECT(strstr(said, sentence) != NULL, "a mistake was not called by its name");
}

static void
expect_wrong_releases_to_abort(void)
{

	expect_abort(release_twice, RELEASED_TWICE);
	expect_abort(release_twice_beside_another_key, RELEASED_TWICE);
	expect_abort(release_twice_a_pinned_key, RELEASED_TWICE);
	expect_abort(release_twice_with_another_key_in_its_place, RELEASED_TWICE);
	expect_abort(release_a_pin, RELEASED_TWICE);
	expect_abort(release_a_failed_try, RELEASED_FAILURE);
}

SCENARIO(releasing_what_is_not_held_aborts)
{

	expect_wrong_releases_to_abort();
}

SCENARIO(releasing_what_is_not_held_aborts_on_a_table_with_diagnostics)
{

	set_diagnostics(true);
	expect_wrong_releases_to_abort();
	set_diagnostics(false);
}

SCENARIO(a_key_of_another_kind_aborts)
{

	expect_abort(acquire_bytes_of_an_integer_table, wrong_kind);
	expect_abort(acquire_ascii_of_an_opaque_table, wrong_kind);
	expect_abort(acquire_an_integer_of_a_byte_table, wrong_kind);
	expect_abort(acquire_a_key_of_another_kind, wrong_kind);
	expect_abort(pin_a_key_of_another_kind, wrong_kind);
	expect_abort(ask_for_a_key_of_another_kind, wrong_kind);
	expect_abort(acquire_a_value_as_one_that_owns, wrong_kind);
}

SCENARIO(misused_values_abort)
{

	expect_abort(acquire_a_large_value,
	    "LockTable: a key was given as a value that is larger than 64 bytes.");
	expect_abort(acquire_several_that_own_as_others,
	    "LockTable: several keys that own something were acquired without pins of them.");
}

SCENARIO(misused_pins_abort)
{

	expect_abort(unpin_a_failure, RELEASED_FAILURE);
	expect_abort(acquire_a_failure, RELEASED_FAILURE);
	expect_abort(unpin_a_shared_failure, RELEASED_FAILURE);
	expect_abort(acquire_a_shared_failure, RELEASED_FAILURE);
	expect_abort(suspend_a_failure, RELEASED_FAILURE);
	expect_abort(suspend_a_shared_failure, RELEASED_FAILURE);
	expect_abort(unpin_twice, unpinned_twice);
}
