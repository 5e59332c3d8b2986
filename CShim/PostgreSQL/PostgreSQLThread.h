/* What the thread that polls a connection needs of the system, the same for all systems. */
#ifndef LOCK_TABLE_POSTGRESQL_THREAD_H
#define LOCK_TABLE_POSTGRESQL_THREAD_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

/* A file descriptor that is readable once another thread has woken it. */
struct lt_pg_bell {
	int reader;
	int writer;
};

static inline int lt_pg_bell_open(struct lt_pg_bell *bell)
{
#ifdef __linux__
	bell->reader = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	bell->writer = bell->reader;
	return bell->reader < 0 ? errno : 0;
#else
	int fds[2], i;

	if (pipe(fds) < 0)
		return errno;
	for (i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	bell->reader = fds[0];
	bell->writer = fds[1];
	return 0;
#endif
}

static inline void lt_pg_bell_close(struct lt_pg_bell bell)
{
	close(bell.reader);
	if (bell.writer != bell.reader)
		close(bell.writer);
}

/* A full pipe, or a counter at its end, is readable already: so no error matters. */
static inline void lt_pg_bell_ring(struct lt_pg_bell bell)
{
	uint64_t one = 1;
	ssize_t written;

	do {
		written = write(bell.writer, &one, sizeof(one));
	} while (written < 0 && errno == EINTR);
}

/*
 * Waits until the socket can be read, or written if the caller wants that, or until the bell
 * rings, for at most that many milliseconds (negative: without end). Takes the bell's signal.
 * Returns 0 if the time is up.
 */
static inline int lt_pg_wait(int socket, int reads, int writes, struct lt_pg_bell bell,
			     int milliseconds)
{
	struct pollfd fds[2] = {
		{ .fd = bell.reader, .events = POLLIN },
		{ .fd = socket, .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)) },
	};
	char ignored[64];
	int ready = poll(fds, socket < 0 ? 1 : 2, milliseconds);

	if (ready < 0)
		return 1; /* a signal: look again */
	if (fds[0].revents)
		while (read(bell.reader, ignored, sizeof(ignored)) == sizeof(ignored))
			;
	return ready;
}

struct lt_pg_thread {
	void (*body)(void *);
	void *argument;
};

static inline void *lt_pg_thread_main(void *raw)
{
	struct lt_pg_thread thread = *(struct lt_pg_thread *)raw;

	free(raw);
	thread.body(thread.argument);
	return NULL;
}

/* Starts a detached thread that takes no signals: those are for the program's own threads. */
static inline int lt_pg_thread_start(void (*body)(void *), void *argument)
{
	struct lt_pg_thread *thread = (struct lt_pg_thread *)malloc(sizeof(*thread));
	sigset_t all, before;
	pthread_t handle;
	int error;

	if (!thread)
		return ENOMEM;
	thread->body = body;
	thread->argument = argument;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&handle, NULL, lt_pg_thread_main, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		free(thread);
	else
		pthread_detach(handle);
	return error;
}

#endif
