/* The directory, and what else the store needs of the system. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS	64

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#else
#include <sys/vfs.h>
#endif

#include "CFileLocks.h"
#include "fl_names.h"

void
fl_close(int fd)
{

	if (fd >= 0)
		(void)close(fd);
}

int
fl_directory_open(const char *path, int *directory)
{

	*directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *directory >= 0 ? 0 : errno;
}

bool
fl_directory_is(int directory, const char *path)
{
	struct stat one, two;

	return fstat(directory, &one) == 0 && stat(path, &two) == 0 && one.st_ino == two.st_ino &&
	    one.st_dev == two.st_dev;
}

bool
fl_file_system_is_remote(uint32_t type)
{

	switch (type) {
	case 0x00006969:	/* NFS */
	case 0x0000517b:	/* SMB */
	case 0xff534d42:	/* CIFS */
	case 0xfe534d42:	/* SMB 2 */
	case 0x65735546:	/* FUSE: sshfs, and many others that nobody can tell apart */
	case 0x01021997:	/* 9P */
	case 0x00c36400:	/* Ceph */
	case 0x5346414f:	/* AFS */
	case 0x6b414653:	/* AFS of the kernel */
	case 0x73757245:	/* Coda */
	case 0x0000564c:	/* NCP */
	case 0x7461636f:	/* OCFS 2 */
	case 0x01161970:	/* GFS 2 */
	case 0x0bd00bd0:	/* Lustre */
	case 0x47504653:	/* GPFS */
	case 0x786f4256:	/* shared folders of VirtualBox */
	case 0x19830326:	/* BeeGFS */
	case 0xaad7aaea:	/* PanFS */
		return true;
	default:
		return false;
	}
}

bool
fl_directory_is_remote(int directory)
{
	struct statfs status;

	if (fstatfs(directory, &status) != 0)
		return false;
#ifdef __APPLE__
	return (status.f_flags & MNT_LOCAL) == 0;
#else
	return fl_file_system_is_remote((uint32_t)status.f_type);
#endif
}

struct fl_list {
	DIR *directory;
};

int
fl_list_open(int directory, struct fl_list **list)
{
	int error, fd;

	*list = malloc(sizeof(**list));
	if (*list == NULL)
		return ENOMEM;
	/* A descriptor of its own, since a position belongs to it. */
	fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(*list)->directory = fd >= 0 ? fdopendir(fd) : NULL;
	if ((*list)->directory != NULL)
		return 0;
	error = errno;
	fl_close(fd);
	free(*list);
	return error;
}

bool
fl_list_next(struct fl_list *list, char key[FL_KEY_LENGTH + 1])
{
	struct dirent *entry;

	while ((entry = readdir(list->directory)) != NULL) {
		if (fl_key_of_name(entry->d_name, key))
			return true;
	}
	return false;
}

int
fl_list_directory(struct fl_list *list)
{

	return dirfd(list->directory);
}

void
fl_list_close(struct fl_list *list)
{

	(void)closedir(list->directory);
	free(list);
}

struct start {
	void (*body)(void *);
	void *argument;
};

static void *
run_body(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	start.body(start.argument);
	return NULL;
}

int
fl_thread_start(void (*body)(void *), void *argument)
{
	struct start *start = malloc(sizeof(*start));
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (start == NULL)
		return ENOMEM;
	start->body = body;
	start->argument = argument;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, run_body, start);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		free(start);
	else
		(void)pthread_detach(thread);
	return error;
}

#define NAME(error)	case error: return #error

static const char *
known_name(int error)
{

	switch (error) {
	NAME(EACCES);
	NAME(EBUSY);
	NAME(EDQUOT);
	NAME(EEXIST);
	NAME(EFBIG);
	NAME(EINVAL);
	NAME(EIO);
	NAME(EISDIR);
	NAME(ELOOP);
	NAME(EMFILE);
	NAME(ENAMETOOLONG);
	NAME(ENFILE);
	NAME(ENOENT);
	NAME(ENOLCK);
	NAME(ENOMEM);
	NAME(ENOSPC);
	NAME(ENOSYS);
	NAME(ENOTDIR);
	NAME(ENXIO);
	NAME(EOPNOTSUPP);
	NAME(EPERM);
	NAME(EROFS);
	NAME(ESTALE);
	NAME(EAGAIN);
	default: return NULL;
	}
}

void
fl_error_name(int error, char name[16])
{
	const char *known = known_name(error);

	if (known != NULL)
		(void)snprintf(name, 16, "%s", known);
	else
		(void)snprintf(name, 16, "%d", error);
}
