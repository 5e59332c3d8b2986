/*
 * How the core starts threads of its own. Any thread of the program may have to start one, even a
 * worker of the least priority that is bound to a busy core. The new thread works for all, so it
 * inherits neither priority nor cores, as far as the system permits that.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#define _GNU_SOURCE
#include "lt_thread.h"
#include "lt_cores.h"
#include "lt_tsan.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/resource.h>
#endif

/*
 * Users' functions run on this stack: executors' enqueue, hooks that print what is reported to
 * them. The program can set the system's default size, which may be as small as 16 KB or as large
 * as memory.
 */
#define STACK_BYTES	((size_t)1 << 20)
#define LEAST_STACK	((size_t)1 << 18)

/* The kernel's default for a thread of the ordinary policy. */
#define TIMER_SLACK_NS	50000ul

/* What a new thread receives. */
struct start {
	const char *name;
	void *(*run)(void *);
	void *argument;
	bool is_roomy;		/* The stack has the system's default size. */
};

#ifdef __linux__
/* Finds the main thread's cores, which count as the process's. */
static bool
find_cores(cpu_set_t *set, size_t size)
{

	return sched_getaffinity(getpid(), size, set) == 0;
}
#endif

/* Sets what a thread can set only for itself. */
static void
set_up_own_thread(const char *name)
{

#ifdef __APPLE__
	(void)pthread_setname_np(name);
#else
	int nice;

	(void)pthread_setname_np(pthread_self(), name);
	errno = 0;
	nice = getpriority(PRIO_PROCESS, (id_t)getpid());
	/* Linux sets the nice value of this thread alone. A lower one may need a privilege. */
	if (errno == 0)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), nice);
	if (prctl(PR_GET_TIMERSLACK) > (int)TIMER_SLACK_NS)
		(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
#endif
#if defined(__linux__) && !defined(__GLIBC__)
	unsigned long mask[LT_MASK_BYTES / sizeof(unsigned long)];

	if (find_cores((cpu_set_t *)mask, sizeof mask))
		(void)sched_setaffinity(0, sizeof mask, (cpu_set_t *)mask);
#endif
}

/* Each attempt sets less than the one before, as the system refused that. */
enum attempt { WHOLE, WITHOUT_POLICY, WITHOUT_ANY, ATTEMPTS };

static void
set_attributes(pthread_attr_t *attributes, enum attempt attempt, bool is_roomy)
{
	const struct sched_param least = { .sched_priority = 0 };

	(void)pthread_attr_setdetachstate(attributes, PTHREAD_CREATE_DETACHED);
	if (attempt == WITHOUT_ANY)
		return;
	if (!is_roomy)
		(void)pthread_attr_setstacksize(attributes, STACK_BYTES);
#ifdef __GLIBC__
	unsigned long mask[LT_MASK_BYTES / sizeof(unsigned long)];

	if (find_cores((cpu_set_t *)mask, sizeof mask))
		(void)pthread_attr_setaffinity_np(attributes, sizeof mask, (cpu_set_t *)mask);
#endif
	if (attempt == WITHOUT_POLICY)
		return;
	(void)pthread_attr_setinheritsched(attributes, PTHREAD_EXPLICIT_SCHED);
	(void)pthread_attr_setschedpolicy(attributes, SCHED_OTHER);
	(void)pthread_attr_setschedparam(attributes, &least);
}

/* glibc puts the program's thread-local variables, of whatever size, on each thread's stack. */
static bool
has_room(void)
{
	bool has_room = true;

#ifdef __GLIBC__
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	pthread_attr_t attributes;
	size_t size;
	void *end;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return true;
	if (pthread_attr_getstack(&attributes, &end, &size) == 0)
		has_room = here - (uintptr_t)end >= LEAST_STACK;
	(void)pthread_attr_destroy(&attributes);
#endif
	return has_room;
}

static int create(struct start *, enum attempt);

static void *
begin(void *pointer)
{
	struct start *own = pointer;
	const struct start start = *own;

	if (!start.is_roomy && !has_room()) {
		own->is_roomy = true;
		if (create(own, WHOLE) == 0 || create(own, WITHOUT_ANY) == 0)
			return NULL;
	}
	free(own);
	set_up_own_thread(start.name);
	return start.run(start.argument);
}

static int
create(struct start *start, enum attempt attempt)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error = pthread_attr_init(&attributes);

	if (error != 0)
		return error;
	set_attributes(&attributes, attempt, start->is_roomy);
	error = pthread_create(&thread, &attributes, begin, start);
	(void)pthread_attr_destroy(&attributes);
	return error;
}

/* The new thread leaves all signals to the program's own threads, but for those of its faults. */
bool
lt_start_thread(const char *name, void *(*run)(void *), void *argument)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };
	/* Not from the core's allocator: the block belongs to the thread, as its stack does. */
	struct start *start = malloc(sizeof *start);
	sigset_t all, before;
	int error = EPERM;

	if (start == NULL)
		return false;
	*start = (struct start){ name, run, argument, false };
	(void)sigfillset(&all);
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		(void)sigdelset(&all, faults[i]);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	/* Refused: the policy takes a privilege to leave, a core is gone, or the stack is small. */
	for (enum attempt attempt = WHOLE;
	    attempt < ATTEMPTS && (error == EPERM || error == EINVAL); attempt++)
		error = create(start, attempt);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		free(start);
	return error == 0;
}

LT_END

#endif /* LT_SUPPORTED */
