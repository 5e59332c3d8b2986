#define _GNU_SOURCE
#include "signal_storm.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STORM_SIGNAL	SIGUSR1

long __real_syscall(long, ...);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static bool (*is_stormy)(void);

static void
ignore_signal(int number)
{

	(void)number;
}

static void
signal_all(pid_t self)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *thread;

	if (threads == NULL)
		return;
	while ((thread = readdir(threads)) != NULL) {
		const pid_t id = (pid_t)atoi(thread->d_name);

		if (id > 0 && id != self)
			(void)__real_syscall(SYS_tgkill, getpid(), id, STORM_SIGNAL);
	}
	(void)closedir(threads);
}

static void *
send_signals(void *unused)
{
	const struct timespec pause = { .tv_nsec = 300000 };

	for (;;) {
		(void)nanosleep(&pause, NULL);
		if (is_stormy())
			signal_all(gettid());
	}
	return unused;
}

void
signal_storm_start(bool (*is_on)(void))
{
	/* Without SA_RESTART: what is interrupted has to cope. */
	const struct sigaction ours = { .sa_handler = ignore_signal };
	pthread_t thread;

	is_stormy = is_on;
	(void)sigaction(STORM_SIGNAL, &ours, NULL);
	if (__real_pthread_create(&thread, NULL, send_signals, NULL) != 0)
		abort();
	(void)pthread_detach(thread);
}
