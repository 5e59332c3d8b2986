#define _GNU_SOURCE
#include "rain.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DROP	SIGUSR1

long __real_syscall(long, ...);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static bool (*does_it_fall)(void);

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
			(void)__real_syscall(SYS_tgkill, getpid(), id, DROP);
	}
	(void)closedir(threads);
}

static void *
rain(void *unused)
{
	const struct timespec pause = { .tv_nsec = 300000 };

	for (;;) {
		(void)nanosleep(&pause, NULL);
		if (does_it_fall())
			signal_all(gettid());
	}
	return unused;
}

void
rain_start(bool (*falls)(void))
{
	/* Without SA_RESTART: what is interrupted has to cope. */
	const struct sigaction ours = { .sa_handler = ignore_signal };
	pthread_t thread;

	does_it_fall = falls;
	(void)sigaction(DROP, &ours, NULL);
	if (__real_pthread_create(&thread, NULL, rain, NULL) != 0)
		abort();
	(void)pthread_detach(thread);
}
