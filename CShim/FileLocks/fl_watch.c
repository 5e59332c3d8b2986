/* Hears of changes in the directory: inotify on Linux. Elsewhere only wake-ups end a wait. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS	64

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include "CFileLocks.h"
#include "fl_names.h"

struct fl_watch {
	int events;		/* -1: the system tells nothing */
	int wake[2];
	size_t begin, end;
	_Alignas(8) char buffer[16384];
};

static int
open_pipe(int ends[2])
{
	int i;

	if (pipe(ends) != 0) {
		ends[0] = ends[1] = -1;
		return errno;
	}
	for (i = 0; i < 2; i++) {
		(void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

/* Returns a descriptor for the events, or -1. The path is that of the descriptor, where it has one. */
static int
open_events(int directory, const char *path)
{
#ifdef __linux__
	uint32_t mask = IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
	    IN_MOVE_SELF | IN_ONLYDIR;
	char own[32];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return -1;
	(void)snprintf(own, sizeof(own), "/proc/self/fd/%d", directory);
	if (inotify_add_watch(fd, own, mask) >= 0 || inotify_add_watch(fd, path, mask) >= 0)
		return fd;
	fl_close(fd);
#else
	(void)directory;
	(void)path;
#endif
	return -1;
}

int
fl_watch_open(int directory, const char *path, bool wants_events, struct fl_watch **result)
{
	struct fl_watch *watch = malloc(sizeof(*watch));
	int error;

	if (watch == NULL)
		return ENOMEM;
	watch->begin = watch->end = 0;
	watch->events = wants_events ? open_events(directory, path) : -1;
	error = open_pipe(watch->wake);
	if (error != 0) {
		fl_watch_close(watch);
		return error;
	}
	*result = watch;
	return 0;
}

bool
fl_watch_hears_events(const struct fl_watch *watch)
{

	return watch->events >= 0;
}

int
fl_watch_waker(const struct fl_watch *watch)
{

	return watch->wake[1];
}

void
fl_watch_close(struct fl_watch *watch)
{

	fl_close(watch->events);
	fl_close(watch->wake[0]);
	fl_close(watch->wake[1]);
	free(watch);
}

/* A full pipe has wake-ups enough. */
void
fl_watch_wake(int waker)
{

	(void)!write(waker, "", 1);
}

bool
fl_watch_wait(struct fl_watch *watch, int milliseconds, bool wants_events)
{
	struct pollfd set[2] = { { watch->wake[0], POLLIN, 0 }, { watch->events, POLLIN, 0 } };
	nfds_t n = wants_events && watch->events >= 0 ? 2 : 1;
	ssize_t length;
	char drain[64];

	if (poll(set, n, milliseconds) <= 0)
		return false;
	if (set[0].revents != 0) {
		while (read(watch->wake[0], drain, sizeof(drain)) == (ssize_t)sizeof(drain))
			;
	}
	if (n < 2 || set[1].revents == 0)
		return false;
	length = read(watch->events, watch->buffer, sizeof(watch->buffer));
	watch->begin = 0;
	watch->end = length > 0 ? (size_t)length : 0;
	return watch->end > 0;
}

#ifdef __linux__
static enum fl_event
kind_of(const struct inotify_event *event, char key[FL_KEY_LENGTH + 1])
{

	if (event->mask & IN_Q_OVERFLOW)
		return FL_EVENT_OVERFLOW;
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
		return FL_EVENT_DIRECTORY;
	if (event->len > 0)
		(void)fl_key_of_name(event->name, key);
	return event->mask & IN_CLOSE_WRITE ? FL_EVENT_CLOSED : FL_EVENT_MOVED;
}
#endif

enum fl_event
fl_watch_next(struct fl_watch *watch, char key[FL_KEY_LENGTH + 1])
{
	enum fl_event kind = FL_EVENT_NONE;

	key[0] = '\0';
#ifdef __linux__
	if (watch->begin < watch->end) {
		const struct inotify_event *event = (const void *)(watch->buffer + watch->begin);

		watch->begin += sizeof(*event) + event->len;
		kind = kind_of(event, key);
	}
#else
	(void)watch;
#endif
	return kind;
}
