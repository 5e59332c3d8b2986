/* Locks on ranges of bytes that belong to an open file description. */
#ifndef FL_LOCK_H
#define FL_LOCK_H

/* The including file has defined _GNU_SOURCE before anything else. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#ifndef F_OFD_SETLK
#define F_OFD_SETLK	90
#define F_OFD_GETLK	92
#endif
#else
#ifndef F_OFD_SETLK
#define F_OFD_SETLK	37
#define F_OFD_GETLK	36
#endif
#endif

/* A lock of this kind dies with the last copy of its descriptor, and not before. */
static inline int
fl_lock(int fd, short type, uint64_t start, uint64_t length)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = type;
	lock.l_whence = SEEK_SET;
	lock.l_start = (off_t)start;
	lock.l_len = (off_t)length;
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES ? EAGAIN : errno;
}

/* Finds a lock of somebody else in the range. False: there is none. */
static inline bool
fl_find_lock(int fd, uint64_t *start, uint64_t *length)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_start = (off_t)*start;
	lock.l_len = (off_t)*length;
	if (fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return false;
	*start = (uint64_t)lock.l_start;
	*length = (uint64_t)lock.l_len;
	return true;
}

#endif
