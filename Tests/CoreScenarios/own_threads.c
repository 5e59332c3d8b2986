/*
 * The core's own threads: what they inherit from the thread that happens to start them, and
 * what they do not.
 */
#define _GNU_SOURCE
#include "contended_key.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
#include <sys/prctl.h>
#include <sys/resource.h>

#define NICE		5
#define SLACK_NS	1000000000ul

/* How a thread is run. */
struct manner {
	int policy, nice, slack, cores;
	size_t stack;
	char name[16];
	bool is_signalled;
};

/* What was found of a thread of the core's, and what its starter is permitted. */
struct finding {
	struct manner manner;
	struct event found, ended;
	bool is_privileged;
};

static void
find_manner(struct manner *manner)
{
	pthread_attr_t attributes;
	sigset_t blocked;
	cpu_set_t cores;

	manner->policy = sched_getscheduler(0);
	manner->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	manner->slack = prctl(PR_GET_TIMERSLACK);
	(void)sched_getaffinity(0, sizeof cores, &cores);
	manner->cores = CPU_COUNT(&cores);
	(void)pthread_getname_np(pthread_self(), manner->name, sizeof manner->name);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	manner->is_signalled = !sigismember(&blocked, SIGTERM);
	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return;
	(void)pthread_attr_getstacksize(&attributes, &manner->stack);
	(void)pthread_attr_destroy(&attributes);
}

static void
find(void *pointer)
{
	struct finding *finding = pointer;

	if (event_times(&finding->found) == 0)
		find_manner(&finding->manner);
	event_raise(&finding->found);
}

static void
end(void *pointer)
{
	struct finding *finding = pointer;

	event_raise(&finding->ended);
}

/* The least of all workers: idle, nice, lazy, and bound to one core. */
static void
become_least(struct finding *finding)
{
	const struct sched_param none = { .sched_priority = 0 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	EXPECT(sched_setaffinity(0, sizeof one, &one) == 0, "a thread could not be bound");
	EXPECT(prctl(PR_SET_TIMERSLACK, SLACK_NS) == 0, "a thread could not be made lazy");
	EXPECT(setpriority(PRIO_PROCESS, (id_t)gettid(), NICE) == 0, "a thread could not be made nice");
	EXPECT(sched_setscheduler(0, SCHED_IDLE, &none) == 0, "a thread could not be made idle");
	finding->is_privileged = sched_setscheduler(0, SCHED_OTHER, &none) == 0;
	(void)sched_setscheduler(0, SCHED_IDLE, &none);
}

static void *
start_ticker(void *pointer)
{
	struct finding *finding = pointer;
	lt_ticker_t *ticker;

	become_least(finding);
	ticker = lt_ticker_start(1000000, find, end, finding);
	EXPECT(ticker != NULL, "a ticker was not started");
	event_await(&finding->found, 1);
	lt_ticker_stop(ticker);
	await_end_of_ticker(&finding->ended, 0);
	return NULL;
}

static void *
start_timer(void *pointer)
{
	struct finding *finding = pointer;
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
	lt_suspension_t *suspension;

	become_least(finding);
	/* A thread of the least priority may take long from one line to the next. */
	for (uint64_t delay = 1000000;; delay *= 2) {
		suspension = lt_suspension_create(pin(table, INTEGERS, 1), lt_now_ns() + delay, find);
		if (suspension == NULL || lt_suspension_begin(suspension, finding) == LT_SUSPENDED)
			break;
		(void)lt_suspension_end(suspension);
	}
	EXPECT(suspension != NULL, "there was no suspension to be had");
	event_await(&finding->found, 1);
	EXPECT(has_failed(lt_suspension_end(suspension), LT_TIMED_OUT), "no time-out");
	release_if_hold(hold);
	lt_table_close(table);
	return NULL;
}

/* Of this process's main thread, which is no worker. */
static void
expect_manner(const struct finding *finding, const char *name)
{
	struct manner main_thread = { 0 };
	const struct manner *found = &finding->manner;

	find_manner(&main_thread);
	EXPECT(found->cores == main_thread.cores, "it is bound to its starter's core");
	EXPECT(found->slack <= main_thread.slack, "its sleeps are as vague as its starter's");
	EXPECT(strcmp(found->name, name) == 0, "it has another name");
	EXPECT(found->stack >= (size_t)1 << 18 && found->stack <= (size_t)1 << 22,
	    "its stack is too small, or as large as the program's");
	EXPECT(!found->is_signalled, "it takes the program's signals");
	if (!finding->is_privileged)
		return;
	EXPECT(found->policy == SCHED_OTHER, "it has its starter's policy");
	EXPECT(found->nice == main_thread.nice, "it has its starter's nice value");
}

static void
run_ticker_of_least(void)
{
	struct finding finding = { .found = EVENT, .ended = EVENT };
	struct crew crew = { 0 };

	crew_add(&crew, start_ticker, &finding);
	crew_join(&crew);
	expect_manner(&finding, "LockTable hooks");
}

static void
run_timer_of_least(void)
{
	struct finding finding = { .found = EVENT, .ended = EVENT };
	struct crew crew = { 0 };

	peek_forget_timer();
	crew_add(&crew, start_timer, &finding);
	crew_join(&crew);
	expect_manner(&finding, "LockTable timer");
}
#endif

SCENARIO(a_ticker_does_not_run_as_its_starter_does)
{

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
	in_a_process(run_ticker_of_least);
#endif
}

SCENARIO(the_timer_does_not_run_as_its_starter_does)
{

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
	in_a_process(run_timer_of_least);
#endif
}
