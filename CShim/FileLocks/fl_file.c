/* The files of keys. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS	64

#include <sched.h>
#include <sys/stat.h>

#include "CFileLocks.h"
#include "fl_lock.h"
#include "fl_names.h"

/*
 * The bytes of a key's file, of which none is ever written:
 *
 *   HELD - serial .. HELD + slot   locked by the holder of the key
 *   WAITING + slot                 locked, shared, by each process that waits
 *
 * All holders' ranges have the byte HELD in common, so there is one holder. The ends of the range
 * say who it is: whoever is refused can ask for the lock that is in the way. Text in the file would
 * cost a third more, and would need space on a disk that may be full.
 *
 * A file is deleted by a process that holds its lock and has seen nobody wait. Another process may
 * have opened it before, and gets the lock of a file that has no name any more. So each process looks
 * at the file's name after it has got the lock.
 */
#define HELD		(UINT64_C(1) << 60)
#define WAITING		(UINT64_C(1) << 61)
#define SLOTS		UINT64_C(4096)

/*
 * Each attempt fails only if another process has deleted the file in the meantime, and so has made
 * progress.
 */
#define ATTEMPTS	1000

static int
lock_key(int fd, struct fl_owner owner)
{

	return fl_lock(fd, F_WRLCK, HELD - owner.serial, owner.serial + owner.slot + 1);
}

static void
unlock_key(int fd, struct fl_owner owner)
{

	(void)fl_lock(fd, F_UNLCK, HELD - owner.serial, owner.serial + owner.slot + 1);
}

bool
fl_holder(int fd, struct fl_owner *owner)
{
	uint64_t start = HELD, length = 1;

	owner->serial = 0;
	owner->slot = 0;
	if (!fl_find_lock(fd, &start, &length))
		return false;
	if (start <= HELD && start + length > HELD && start + length <= HELD + SLOTS) {
		owner->serial = HELD - start;
		owner->slot = (uint32_t)(start + length - HELD - 1);
	}
	return true;
}

static bool
is_waited_for(int fd)
{
	uint64_t start = WAITING, length = SLOTS;

	return fl_find_lock(fd, &start, &length);
}

static unsigned
count_waiters(int fd, uint64_t start, uint64_t end, unsigned limit)
{
	uint64_t at = start, length = end - start;
	unsigned n;

	if (limit == 0 || start >= end || !fl_find_lock(fd, &at, &length))
		return 0;
	/* The system may tell any of the locks. The bytes on both sides of it may have more. */
	n = 1 + count_waiters(fd, start, at, limit - 1);
	return n + count_waiters(fd, at + 1, end, limit - n);
}

unsigned
fl_waiter_count(int fd, unsigned limit)
{

	return count_waiters(fd, WAITING, WAITING + SLOTS, limit);
}

static bool
has_name(int directory, const char *name, struct fl_file file)
{
	struct stat status;

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)status.st_ino == file.inode;
}

bool
fl_is_current(int directory, const char *key, struct fl_file file)
{
	char name[FL_KEY_LENGTH + 1];

	return fl_name_of_key(key, name) && has_name(directory, name, file);
}

static void
close_file(struct fl_file *file)
{

	fl_close(file->fd);
	file->fd = -1;
	file->is_marked = false;
}

/*
 * Opens the file. The number of its inode tells it from a later one of that name: nobody else gets
 * the number while the file is open.
 */
static int
open_file(int directory, const char *name, struct fl_file *file)
{

	file->is_marked = false;
	file->inode = 0;
	file->fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	return file->fd >= 0 ? 0 : errno;
}

/*
 * Whether a file that is locked now has its name still. One that was opened just now may have been
 * deleted; one that was opened long ago may also have been moved by hand.
 */
static bool
is_valid(int directory, const char *name, bool is_new, struct fl_file *file)
{
	struct stat status;

	if (!is_new)
		return has_name(directory, name, *file);
	if (fstat(file->fd, &status) != 0)
		return false;
	file->inode = (uint64_t)status.st_ino;
	return status.st_nlink > 0;
}

/* Makes the wait visible. The holder may have looked before, so the caller has to try again. */
static int
mark(struct fl_owner owner, struct fl_file *file)
{
	struct stat status;
	int error;

	if (fstat(file->fd, &status) != 0)
		return errno;
	file->inode = (uint64_t)status.st_ino;
	error = fl_lock(file->fd, F_RDLCK, WAITING + owner.slot, 1);
	file->is_marked = error == 0;
	return error;
}

static void
unmark(struct fl_file *file)
{

	if (file->is_marked)
		(void)fl_lock(file->fd, F_UNLCK, WAITING, SLOTS);
	file->is_marked = false;
}

/* Whether the one that has the lock only looks whether the file is needed: see fl_tidy(). */
static bool
is_being_tidied(int fd)
{
	struct fl_owner owner;

	return !fl_holder(fd, &owner) || owner.serial == FL_SERIAL_END;
}

int
fl_take(int directory, const char *key, struct fl_owner owner, bool waits, struct fl_file *file)
{
	char name[FL_KEY_LENGTH + 1];
	bool is_new;
	int attempt, error;

	if (!fl_name_of_key(key, name))
		return ENAMETOOLONG;
	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		is_new = file->fd < 0;
		if (is_new && (error = open_file(directory, name, file)) != 0)
			return error;
		error = lock_key(file->fd, owner);
		if (error == 0) {
			if (is_valid(directory, name, is_new, file)) {
				unmark(file);
				return 0;
			}
			close_file(file);
		} else if (error != EAGAIN) {
			break;
		} else if (waits && !file->is_marked) {
			error = mark(owner, file);
			if (error != 0)
				break;
		} else if (file->is_marked && !has_name(directory, name, *file)) {
			close_file(file);
		} else if (waits || !is_being_tidied(file->fd)) {
			return EAGAIN;
		} else {
			sched_yield();
		}
	}
	close_file(file);
	return error == 0 ? EBUSY : error;
}

/*
 * Lets others have the key. The lock goes before the descriptor, so that the key is free when the
 * system tells of the close. A process that leaves takes back its mark before it tries to lock. So
 * of the last to leave and the holder, one sees that the other has gone, and deletes the file.
 */
static void
hand_over(int directory, const char *name, struct fl_owner owner, struct fl_file *file)
{

	unlock_key(file->fd, owner);
	if (is_waited_for(file->fd) || lock_key(file->fd, owner) != 0)
		return;
	if (!is_waited_for(file->fd) && has_name(directory, name, *file))
		(void)unlinkat(directory, name, 0);
}

struct fl_parting
fl_leave(
    int directory, const char *key, struct fl_owner owner, bool is_held, struct fl_file *file)
{
	struct fl_parting parting = { false, false };
	char name[FL_KEY_LENGTH + 1];
	bool is_current;

	if (file->fd < 0 || !fl_name_of_key(key, name))
		return parting;
	if (!is_held) {
		unmark(file);
		if (lock_key(file->fd, owner) != 0) {
			close_file(file);
			return parting;
		}
	}
	is_current = has_name(directory, name, *file);
	parting.was_held = is_held && is_current;
	parting.is_wanted = is_waited_for(file->fd);
	if (is_current && parting.is_wanted)
		hand_over(directory, name, owner, file);
	else if (is_current)
		(void)unlinkat(directory, name, 0);
	close_file(file);
	return parting;
}

int
fl_peek(int directory, const char *key, int *fd)
{
	char name[FL_KEY_LENGTH + 1];

	if (!fl_name_of_key(key, name))
		return ENAMETOOLONG;
	*fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return *fd >= 0 ? 0 : errno;
}

/* Opens the file for locking only if it looks idle: closing it makes waiters look. */
void
fl_tidy(int directory, const char *key)
{
	struct fl_owner nobody = { FL_SERIAL_END, 0 }, holder;
	struct fl_file file = { -1, false, 0 };
	char name[FL_KEY_LENGTH + 1];
	bool is_idle;
	int fd;

	if (!fl_name_of_key(key, name) || fl_peek(directory, key, &fd) != 0)
		return;
	is_idle = !fl_holder(fd, &holder) && !is_waited_for(fd);
	fl_close(fd);
	if (!is_idle)
		return;
	file.fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file.fd < 0)
		return;
	if (lock_key(file.fd, nobody) == 0 && is_valid(directory, name, true, &file))
		(void)fl_leave(directory, key, nobody, true, &file);
	else
		close_file(&file);
}
