/*
 * How many cores the process can use. On Linux these are the cores of its affinity mask, or fewer
 * if its control groups leave it less time, in version 2 ("cpu.max") or version 1
 * ("cpu.cfs_quota_us"). A quota holds for all groups below its own, so each directory from the root
 * down to the process's group counts. No step allocates, and no step needs room for a whole path.
 * A file that is missing or cannot be read limits nothing.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#define _GNU_SOURCE
#include "lt_cores.h"
#include "lt_system.h"
#include "lt_tsan.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* The kernel allows no longer name of a directory. */
#define NAME_ROOM	256

/* Asks for the main thread's mask, as any other thread may be bound to a core of its own. */
static uint32_t
cores_of_affinity(void)
{
	unsigned long mask[LT_MASK_BYTES / sizeof(unsigned long)];
	cpu_set_t *set = (cpu_set_t *)mask;
	int count = 0;

	if (sched_getaffinity(getpid(), sizeof mask, set) == 0)
		count = CPU_COUNT_S(sizeof mask, set);
	return count > 0 ? (uint32_t)count : LT_ALL_CORES;
}

/* Reads a number at the start of the text, and moves the text behind it. False: there is none. */
static bool
read_number(const char **text, uint64_t *number)
{
	const char *at = *text;

	*number = 0;
	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (*number > (UINT64_MAX - 9) / 10)
			return false;
		*number = *number * 10 + (uint64_t)(*at - '0');
	}
	*text = at;
	return true;
}

uint32_t
lt_cores_of_quota(const char *quota, const char *period)
{
	uint64_t time, of, cores;

	if (!read_number(&quota, &time) || !read_number(&period, &of) || time == 0 || of == 0)
		return LT_ALL_CORES;
	cores = time / of + (time % of != 0);
	return cores < LT_ALL_CORES ? (uint32_t)cores : LT_ALL_CORES;
}

uint32_t
lt_cores_of_cpu_max(const char *text)
{
	const char *period = strchr(text, ' ');

	return period != NULL ? lt_cores_of_quota(text, period + 1) : LT_ALL_CORES;
}

/* --- files ------------------------------------------------------------------------------- */

/* Reads the file's first bytes as text, which is empty if there is no such file. */
static void
read_text(int directory, const char *name, char *text, size_t room)
{
	int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0;

	if (file >= 0) {
		do
			length = read(file, text, room - 1);
		while (length < 0 && errno == EINTR);
		(void)close(file);
	}
	text[length > 0 ? length : 0] = 0;
}

static uint32_t
cores_of_directory(int directory)
{
	char first[48], second[24];
	uint32_t cores;

	read_text(directory, "cpu.max", first, sizeof first);
	cores = lt_cores_of_cpu_max(first);
	read_text(directory, "cpu.cfs_quota_us", first, sizeof first);
	read_text(directory, "cpu.cfs_period_us", second, sizeof second);
	if (lt_cores_of_quota(first, second) < cores)
		cores = lt_cores_of_quota(first, second);
	return cores;
}

/* Reads a file byte by byte. */
struct reader {
	int file;
	size_t next, end;
	char bytes[NAME_ROOM];
};

/* Returns -1 at the end of the file. */
static int
next_byte(struct reader *reader)
{
	ssize_t length;

	if (reader->next == reader->end) {
		do
			length = read(reader->file, reader->bytes, sizeof reader->bytes);
		while (length < 0 && errno == EINTR);
		if (length <= 0)
			return -1;
		reader->next = 0;
		reader->end = (size_t)length;
	}
	return (unsigned char)reader->bytes[reader->next++];
}

/*
 * Reads the text up to a separator or the end of the line, and returns that character, or -1 at the
 * end of the file. Drops the text for which there is no room.
 */
static int
next_part(struct reader *reader, int separator, char *part, size_t room)
{
	size_t length = 0;
	int byte;

	while ((byte = next_byte(reader)) >= 0 && byte != separator && byte != '\n') {
		if (length + 1 < room)
			part[length++] = (char)byte;
	}
	part[length] = 0;
	return byte;
}

/* --- control groups ------------------------------------------------------------------------ */

/* Is the name in the list? Commas separate its names. */
static bool
lists(const char *list, const char *name)
{
	const size_t length = strlen(name);

	for (;;) {
		size_t end = strcspn(list, ",");

		if (end == length && memcmp(list, name, length) == 0)
			return true;
		if (list[end] == 0)
			return false;
		list += end + 1;
	}
}

/*
 * Descends the path at the end of a line of /proc/self/cgroup, as far as the path exists: in a
 * container it may be the host's, of which only the root is visible. Closes the directory. Stores
 * in *end the character that ended the last part read.
 */
static uint32_t
cores_along_path(struct reader *reader, int directory, int *end)
{
	uint32_t least = LT_ALL_CORES;
	char name[NAME_ROOM] = "";

	while (directory >= 0) {
		const uint32_t cores = cores_of_directory(directory);
		int below = -1;

		least = cores < least ? cores : least;
		do
			*end = next_part(reader, '/', name, sizeof name);
		while (name[0] == 0 && *end == '/');
		/* ".." leads out of the process's namespace. */
		if (name[0] != 0 && strcmp(name, "..") != 0)
			below = openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		(void)close(directory);
		directory = below;
		if (*end != '/')
			break;
	}
	if (directory >= 0) {
		const uint32_t cores = cores_of_directory(directory);

		least = cores < least ? cores : least;
		(void)close(directory);
	}
	return least;
}

/* Opens the hierarchy that a line names by its number and controllers. -1: it is not mounted. */
static int
open_hierarchy(int mounts, const char *number, const char *controllers)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int directory = -1;

	if (strcmp(number, "0") == 0 && controllers[0] == 0) {
		const bool is_whole = faccessat(mounts, "cgroup.controllers", F_OK, 0) == 0;

		directory = openat(mounts, is_whole ? "." : "unified", flags);
	} else if (lists(controllers, "cpu")) {
		directory = openat(mounts, "cpu", flags);
		if (directory < 0)
			directory = openat(mounts, "cpu,cpuacct", flags);
	}
	return directory;
}

uint32_t
lt_cores_of_groups(const char *groups, const char *mounts)
{
	struct reader reader = { .file = open(groups, O_RDONLY | O_CLOEXEC) };
	const int root = open(mounts, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint32_t least = LT_ALL_CORES;
	int end = '\n';

	while (reader.file >= 0 && root >= 0 && end >= 0) {
		char number[16], controllers[NAME_ROOM];
		int directory = -1;

		end = next_part(&reader, ':', number, sizeof number);
		if (end == ':')
			end = next_part(&reader, ':', controllers, sizeof controllers);
		if (end == ':')
			directory = open_hierarchy(root, number, controllers);
		if (directory >= 0) {
			const uint32_t cores = cores_along_path(&reader, directory, &end);

			least = cores < least ? cores : least;
		}
		while (end >= 0 && end != '\n')
			end = next_byte(&reader);
	}
	if (reader.file >= 0)
		(void)close(reader.file);
	if (root >= 0)
		(void)close(root);
	return least;
}

uint32_t
lt_count_usable_cores(void)
{
	/* Opening, reading and closing a file are cancellation points. */
	const int cancellation = lt_defer_cancellation();
	const uint32_t bound = cores_of_affinity();
	const uint32_t timed = lt_cores_of_groups("/proc/self/cgroup", "/sys/fs/cgroup");
	const uint32_t usable = bound < timed ? bound : timed;
	long online;

	lt_restore_cancellation(cancellation);
	if (usable < LT_ALL_CORES)
		return usable;
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (uint32_t)online : 1;
}

#else

#include <unistd.h>

uint32_t
lt_count_usable_cores(void)
{
	const long online = sysconf(_SC_NPROCESSORS_ONLN);

	return online > 0 ? (uint32_t)online : 1;
}

#endif

LT_END

#endif /* LT_SUPPORTED */
