/* Sleeping and waiting: the futexes of lt_park_futex.c, stripe locks, mutexes, conditions. */
#define _GNU_SOURCE
#include "explorer.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "CLockTable.h"
#include "lt_platform.h"

#define MOST_MUTEXES	8

struct sleeper {
	const void *on;			/* NULL: no thread sleeps here. */
	bool woken;
};

struct mutex {
	const void *address;
	bool taken;
	ex_time_t order;
};

static struct sleeper sleepers[EX_THREADS];
static struct mutex mutexes[MOST_MUTEXES];

/* The stripe's lock. Programs have one stripe. */
static struct {
	int holder;			/* -1 = none. */
	bool is_left[EX_THREADS];	/* By a thread that has spun in vain, and does not sleep yet. */
	uint32_t epoch;
	bool missed;			/* Its last unlocking has looked too early to see a sleeper. */
} stripe;

void
ex_sleeping_reset(void)
{

	memset(sleepers, 0, sizeof sleepers);
	memset(mutexes, 0, sizeof mutexes);
	memset(&stripe, 0, sizeof stripe);
	stripe.holder = -1;
}

static bool
is_woken(void *sleeper)
{

	return ((struct sleeper *)sleeper)->woken;
}

/* `asleep`: it has nothing in hand, and no thread depends on it. */
static bool
sleep_on(const void *address, uint64_t deadline, bool asleep)
{
	struct sleeper *self = &sleepers[ex_self()];
	bool in_time;

	*self = (struct sleeper){ address, false };
	in_time = ex_block(is_woken, self, deadline, asleep);
	self->on = NULL;
	return in_time;
}

/* Which sleeper a wake-up reaches, of several, is the machine's choice; the core has but one. */
static bool
wake_one(const void *address)
{

	for (int i = 0; i < EX_THREADS; i++) {
		if (sleepers[i].on == address && !sleepers[i].woken) {
			sleepers[i].woken = true;
			ex_note(NULL, "wakes %s", ex_name_of(i));
			return true;
		}
	}
	return false;
}

long explorer_futex(unsigned int *, int, unsigned int, const struct timespec *);

long
explorer_futex(unsigned int *word, int operation, unsigned int value, const struct timespec *limit)
{
	uint64_t deadline = UINT64_MAX;
	unsigned fault;

	ex_pc = __builtin_return_address(0);
	ex_step();
	if ((operation & FUTEX_CMD_MASK) == FUTEX_WAKE) {
		(void)wake_one(word);
		return 0;
	}
	if (limit != NULL)
		deadline = (uint64_t)limit->tv_sec * 1000000000u + (uint64_t)limit->tv_nsec;
	fault = ex_choose(EX_FAULT, 3);
	if (fault > 0 || *word != value) {
		ex_note(word, fault > 0 ? "does not sleep, for no reason" :
		    "finds another value and does not sleep");
		errno = fault == 1 ? EINTR : EAGAIN;
		return fault == 2 ? 0 : -1;
	}
	ex_note(word, "sleeps");
	if (deadline > ex_now() && sleep_on(word, deadline, true)) {
		ex_note(word, "is awake");
		return 0;
	}
	ex_note(word, "is awake: it is too late");
	errno = ETIMEDOUT;
	return -1;
}

/* --- the stripe's lock ---------------------------------------------------------------- */

void explorer_took(const unsigned int *);
bool explorer_spins_in_vain(unsigned int *);
void explorer_let_go(unsigned int *);

void
explorer_took(const unsigned int *word)
{

	(void)word;
	stripe.holder = ex_self();
	stripe.is_left[ex_self()] = false;
}

static bool
is_zero(void *word)
{

	return *(const volatile unsigned int *)word == 0;
}

/*
 * Blocks until the word is zero, where the core would spin until then. That the holder does
 * not run for longer than the core spins is a fault.
 */
bool
explorer_spins_in_vain(unsigned int *word)
{

	ex_pc = __builtin_return_address(0);
	if (is_zero(word))
		return false;
	if (ex_choose(EX_FAULT, 2) > 0) {
		ex_note(word, "spins in vain");
		stripe.is_left[ex_self()] = true;
		return true;
	}
	ex_note(word, "waits for the lock");
	(void)ex_block(is_zero, word, UINT64_MAX, false);
	return false;
}

static bool
is_left(void)
{

	for (int i = 0; i < EX_THREADS; i++) {
		if (stripe.is_left[i])
			return true;
	}
	return false;
}

/*
 * Unlocking is no step: a thread that is stopped before it could as well be stopped after it,
 * as what others can do in between does not depend on the lock (Lipton, 1975); but for
 * those that are about to announce that they sleep until it is unlocked.
 */
void
explorer_let_go(unsigned int *word)
{

	ex_pc = __builtin_return_address(0);
	if (is_left())
		ex_step();
	stripe.holder = -1;
	stripe.missed = ex_has_sleepers(word);
	ex_put(word, sizeof *word, 0, EX_RELEASE);
}

bool
ex_has_stripe(void)
{

	return stripe.holder == ex_self();
}

uint32_t
lt_wake_epoch(const void *address)
{

	(void)address;
	ex_pc = __builtin_return_address(0);
	ex_step();
	ex_note(NULL, "reads the wake-up epoch: %u", (unsigned)stripe.epoch);
	return stripe.epoch;
}

/* A limit that is none is a defect's. */
bool
lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns)
{
	bool was_woken;

	ex_pc = __builtin_return_address(0);
	ex_step();
	stripe.is_left[ex_self()] = false;
	if (ex_choose(EX_FAULT, 2) > 0 || epoch != stripe.epoch) {
		ex_note(NULL, "does not sleep at the lock");
		return false;
	}
	ex_note(NULL, "sleeps at the lock");
	was_woken = sleep_on(address, limit_ns != UINT32_MAX ? ex_now() + limit_ns : UINT64_MAX, false);
	ex_note(NULL, "is awake%s", was_woken ? "" : ": the limit is over");
	return was_woken;
}

void
lt_wake_one(const void *address)
{

	ex_pc = __builtin_return_address(0);
	ex_step();
	ex_note(NULL, "advances the wake-up epoch");
	stripe.epoch++;
	wake_one(address);
}

/* At a standstill it is right only if an unlocking had to miss it. Then it is the one to go on. */
bool
ex_stripe_has_sleeper(const void *address)
{

	for (int i = 0; i < EX_THREADS; i++) {
		if (sleepers[i].on != address)
			continue;
		if (!stripe.missed)
			ex_fail("a wake-up is lost: %s sleeps at a stripe's lock that is free", ex_name_of(i));
		return true;
	}
	return false;
}

/* --- mutexes and conditions --------------------------------------------------------- */

static struct mutex *
mutex_at(const void *address)
{

	for (int i = 0; i < MOST_MUTEXES; i++) {
		if (mutexes[i].address == NULL)
			mutexes[i].address = address;
		if (mutexes[i].address == address)
			return &mutexes[i];
	}
	ex_fail("more than %d mutexes", MOST_MUTEXES);
}

static bool
is_let_go(void *mutex)
{

	return !((struct mutex *)mutex)->taken;
}

int explorer_mutex_lock(void *);
int explorer_mutex_unlock(void *);
int explorer_condition_signal(void *);
int explorer_condition_broadcast(void *);

int
explorer_mutex_lock(void *address)
{
	struct mutex *mutex = mutex_at(address);

	ex_pc = __builtin_return_address(0);
	ex_step();
	if (mutex->taken)
		(void)ex_block(is_let_go, mutex, UINT64_MAX, false);
	mutex->taken = true;
	ex_joins(ex_time_of(ex_self()), &mutex->order);
	ex_note(NULL, "locks a mutex");
	return 0;
}

int
explorer_mutex_unlock(void *address)
{
	struct mutex *mutex = mutex_at(address);

	ex_pc = __builtin_return_address(0);
	mutex->taken = false;
	mutex->order = *ex_time_of(ex_self());
	ex_tick();
	ex_note(NULL, "unlocks a mutex");
	return 0;
}

int
explorer_condition_signal(void *condition)
{

	ex_pc = __builtin_return_address(0);
	ex_step();
	ex_note(NULL, "signals a condition");
	(void)wake_one(condition);
	return 0;
}

int
explorer_condition_broadcast(void *condition)
{

	ex_pc = __builtin_return_address(0);
	ex_step();
	ex_note(NULL, "wakes all at a condition");
	while (wake_one(condition))
		;
	return 0;
}

/* Mutexes and conditions are known by their addresses, which are never used again. */
int explorer_ignore(void *);

int
explorer_ignore(void *unused)
{

	(void)unused;
	return 0;
}

bool
lt_condition_try_init(pthread_cond_t *condition)
{

	lt_condition_init(condition);
	return true;
}

void
lt_condition_init(pthread_cond_t *condition)
{

	(void)condition;
}

bool
lt_condition_wait(pthread_cond_t *condition, pthread_mutex_t *address, uint64_t deadline)
{
	struct mutex *mutex = mutex_at(address);
	bool in_time;

	ex_pc = __builtin_return_address(0);
	ex_step();
	mutex->taken = false;
	mutex->order = *ex_time_of(ex_self());
	ex_tick();
	ex_note(NULL, "sleeps on a condition");
	in_time = ex_choose(EX_FAULT, 2) > 0 ||
	    (deadline > ex_now() && sleep_on(condition, deadline, true));
	(void)explorer_mutex_lock(address);
	return in_time;
}
