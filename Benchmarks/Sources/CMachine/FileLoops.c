/* What one acquisition and release of a directory of leases costs, without a library. */
#define _GNU_SOURCE
#include "FileLoops.h"
#include "Nanoseconds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#ifdef __APPLE__
#define F_OFD_SETLK 90
#else
#define F_OFD_SETLK 37
#endif
#endif

#define KEY_FILE "bench,key"
#define TOKEN_FILE "bench-tokens"

static int
lock_first_byte(int fd)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_len = 1;
	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* Whether all went well: open, lock, look at the file, draw a token, unlink, close. */
static bool
lease_once(int directory, int tokens)
{
	struct stat status;
	bool is_done;
	int fd;

	fd = openat(directory, KEY_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	is_done = lock_first_byte(fd) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0 &&
	    write(tokens, "", 1) == 1 && lseek(tokens, 0, SEEK_CUR) > 0 &&
	    unlinkat(directory, KEY_FILE, 0) == 0;
	return close(fd) == 0 && is_done;
}

int
file_lease_loop(const char *path, int count, uint64_t *nanoseconds)
{
	int directory, tokens, turn, error = 0;
	uint64_t begin = 0;

	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return errno;
	tokens = openat(directory, TOKEN_FILE, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (tokens < 0)
		error = errno;
	for (turn = 0; turn < count && error == 0; turn++) {
		if (nanoseconds)
			begin = nanoseconds_now();
		if (!lease_once(directory, tokens))
			error = errno;
		if (nanoseconds)
			nanoseconds[turn] = nanoseconds_now() - begin;
	}
	if (tokens >= 0)
		(void)close(tokens);
	(void)unlinkat(directory, TOKEN_FILE, 0);
	(void)close(directory);
	return error;
}

int
file_flock_loop(const char *path, int count, uint64_t *nanoseconds)
{
	int directory, fd, turn, error = 0;
	uint64_t begin = 0;

	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return errno;
	fd = openat(directory, KEY_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		error = errno;
	for (turn = 0; turn < count && error == 0; turn++) {
		if (nanoseconds)
			begin = nanoseconds_now();
		if (flock(fd, LOCK_EX) != 0 || flock(fd, LOCK_UN) != 0)
			error = errno;
		if (nanoseconds)
			nanoseconds[turn] = nanoseconds_now() - begin;
	}
	if (fd >= 0)
		(void)close(fd);
	(void)unlinkat(directory, KEY_FILE, 0);
	(void)close(directory);
	return error;
}

uint64_t *
file_shared_number(const char *path)
{
	void *number = MAP_FAILED;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	if (ftruncate(fd, sizeof(uint64_t)) == 0)
		number = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	return number == MAP_FAILED ? NULL : number;
}
