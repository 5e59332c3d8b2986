/*
 * The token file: a head, slots for the processes, and the tokens.
 *
 * A token is drawn by appending one byte. The system makes appends one after the other, and each
 * process learns where its own ended: that is the token. There is no lock between the processes, so
 * one that is stopped in the middle, or killed, is in nobody's way. The bytes have no meaning; the
 * system gets their space back now and then, and only the size of the file stays.
 *
 * After a loss of power the file may be shorter than it was. So a process returns no token that is
 * WINDOW or more beyond a size that it knows to be on the disk, and the first process after a boot
 * adds a WINDOW.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS	64

#include <sys/stat.h>
#include <time.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

#include "CFileLocks.h"
#include "fl_lock.h"
#include "fl_names.h"

#define SLOT_SIZE	256
#define SLOTS		4096		/* slot 0 is the head */
#define SLOTS_AT	UINT64_C(4096)	/* byte of slot 0 */
#define TOKENS_AT	(SLOTS_AT + SLOTS * SLOT_SIZE)
#define WINDOW		UINT64_C(65536)
#define PUNCH_EVERY	(UINT64_C(1) << 18)
#define PAGE		UINT64_C(65536)	/* as large as any page or block */
#define MAGIC		"LockTable tokens"
#define ATTEMPTS	100

/* The bytes that are locked, besides those of the slots. */
enum { PREPARING = 0, DRAWING = 1 };

struct head {
	char magic[16];
	char boot[40];
	uint64_t base;
};

/* Fills in what differs between two boots of the machine. All zero: the system does not tell. */
static void
read_boot(char boot[40])
{
#ifdef __APPLE__
	size_t size = 40;

	memset(boot, 0, 40);
	(void)sysctlbyname("kern.bootsessionuuid", boot, &size, NULL, 0);
#else
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(boot, 0, 40);
	if (fd < 0)
		return;
	if (read(fd, boot, 36) != 36)
		memset(boot, 0, 40);
	fl_close(fd);
#endif
}

static int
sync_file(int fd)
{

#ifdef __APPLE__
	if (fcntl(fd, F_FULLFSYNC) == 0)
		return 0;
	return fsync(fd) == 0 ? 0 : errno;
#else
	return fdatasync(fd) == 0 ? 0 : errno;
#endif
}

static int
write_head(int fd, const struct head *head)
{
	ssize_t n = pwrite(fd, head, sizeof(*head), 0);

	if (n != (ssize_t)sizeof(*head))
		return n < 0 ? errno : ENOSPC;
	return sync_file(fd);
}

/*
 * Begins at the microseconds since 1970, since a file may have been there before and have been lost.
 * No machine draws a million tokens a second for long.
 */
static uint64_t
first_base(int64_t floor)
{
	struct timespec now;
	uint64_t base = 1;

	if (clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec > 0)
		base = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (floor > 0 && base <= (uint64_t)floor)
		base = (uint64_t)floor + WINDOW;
	return base;
}

static bool
read_head(int fd, struct head *head, uint64_t *size)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || pread(fd, head, sizeof(*head), 0) != (ssize_t)sizeof(*head))
		return false;
	*size = (uint64_t)status.st_size;
	return memcmp(head->magic, MAGIC, sizeof(head->magic)) == 0 && *size >= TOKENS_AT;
}

/*
 * Whether the file is fit for draws. The head is the last thing that is written, at once, so this
 * needs no lock: a process that was stopped while it had the lock is not in the way of others.
 */
static bool
is_ready(struct fl_tokens *tokens)
{
	struct head head;
	char boot[40];
	uint64_t size;

	read_boot(boot);
	if (!read_head(tokens->fd, &head, &size) || boot[0] == '\0' ||
	    memcmp(head.boot, boot, sizeof(boot)) != 0)
		return false;
	tokens->base = head.base;
	return true;
}

/* Makes the file fit for draws. The caller has locked it against others that do the same. */
static int
prepare(int directory, int64_t floor, struct fl_tokens *tokens)
{
	struct head head;
	uint64_t size;
	int error;

	if (is_ready(tokens))
		return 0;
	if (read_head(tokens->fd, &head, &size)) {
		if (ftruncate(tokens->fd, (off_t)(size + WINDOW)) != 0)
			return errno;
		error = sync_file(tokens->fd);
		if (error != 0)
			return error;
	} else {
		memcpy(head.magic, MAGIC, sizeof(head.magic));
		head.base = first_base(floor);
		if (ftruncate(tokens->fd, 0) != 0 || ftruncate(tokens->fd, (off_t)TOKENS_AT) != 0)
			return errno;
	}
	read_boot(head.boot);
	error = write_head(tokens->fd, &head);
	if (error == 0)
		(void)fsync(directory);
	tokens->base = head.base;
	return error;
}

/* Waits a little for those that have the lock; they may wait for a slow disk. */
static int
lock_byte(int fd, uint64_t byte)
{
	struct timespec pause = { 0, 1000000 };
	int attempt, error = EAGAIN;

	for (attempt = 0; attempt < ATTEMPTS && error == EAGAIN; attempt++) {
		if (attempt > 0)
			(void)nanosleep(&pause, NULL);
		error = fl_lock(fd, F_WRLCK, byte, 1);
	}
	return error;
}

static int
open_both(int directory, struct fl_tokens *tokens)
{
	struct stat one, two;
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

	tokens->fd = openat(directory, FL_TOKEN_FILE, flags | O_CREAT, 0666);
	if (tokens->fd < 0)
		return errno;
	tokens->append = openat(directory, FL_TOKEN_FILE, flags | O_APPEND);
	if (tokens->append < 0)
		return errno == ENOENT ? ESTALE : errno;
	if (fstat(tokens->fd, &one) != 0 || fstat(tokens->append, &two) != 0)
		return errno;
	return one.st_ino == two.st_ino && two.st_nlink > 0 ? 0 : ESTALE;
}

int
fl_tokens_open(int directory, bool is_remote, int64_t floor, struct fl_tokens *tokens)
{
	int attempt, error = ESTALE;

	for (attempt = 0; attempt < ATTEMPTS && error == ESTALE; attempt++) {
		memset(tokens, 0, sizeof(*tokens));
		tokens->fd = tokens->append = -1;
		tokens->is_remote = is_remote;
		error = open_both(directory, tokens);
		if (error == 0 && !is_ready(tokens)) {
			error = lock_byte(tokens->fd, PREPARING);
			if (error == 0)
				error = prepare(directory, floor, tokens);
			(void)fl_lock(tokens->fd, F_UNLCK, PREPARING, 1);
		}
		if (error != 0)
			fl_tokens_close(tokens);
	}
	return error;
}

void
fl_tokens_close(struct fl_tokens *tokens)
{

	fl_close(tokens->fd);
	fl_close(tokens->append);
	tokens->fd = tokens->append = -1;
}

/* Gives back the space of the bytes that were appended. If the system can't, the file stays large. */
static void
punch(struct fl_tokens *tokens, uint64_t size)
{
	uint64_t end = (size & ~(PAGE - 1)) - PAGE;
	uint64_t start = (TOKENS_AT + PAGE - 1) & ~(PAGE - 1);

	tokens->punched = size;
	if (end <= start)
		return;
#if defined(__APPLE__)
	fpunchhole_t hole = { 0, 0, (off_t)start, (off_t)(end - start) };

	(void)fcntl(tokens->fd, F_PUNCHHOLE, &hole);
#else
	(void)fallocate(tokens->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start,
	    (off_t)(end - start));
#endif
}

/* Appends a byte, and returns the size of the file with it. */
static int
append(struct fl_tokens *tokens, uint64_t *size)
{
	ssize_t n;
	off_t end;

	n = write(tokens->append, "", 1);
	if (n != 1)
		return n < 0 ? errno : ENOSPC;
	end = lseek(tokens->append, 0, SEEK_CUR);
	if (end < 0)
		return errno;
	*size = (uint64_t)end;
	return 0;
}

/* Other machines may append at the same place, and the lock also makes this one see their bytes. */
static int
append_locked(struct fl_tokens *tokens, uint64_t *size)
{
	int error = lock_byte(tokens->append, DRAWING);

	if (error != 0)
		return error;
	error = append(tokens, size);
	(void)fl_lock(tokens->append, F_UNLCK, DRAWING, 1);
	return error;
}

int
fl_tokens_draw(struct fl_tokens *tokens, int64_t *token)
{
	struct stat status;
	uint64_t size = 0;
	int error;

	if (fstat(tokens->append, &status) != 0)
		return errno;
	if (status.st_nlink == 0)
		return ESTALE;
	error = tokens->is_remote ? append_locked(tokens, &size) : append(tokens, &size);
	if (error == 0 && size >= tokens->durable + WINDOW) {
		error = sync_file(tokens->append);
		if (error == 0)
			tokens->durable = size;
	}
	if (error != 0)
		return error;
	if (size >= tokens->punched + PUNCH_EVERY)
		punch(tokens, size);
	*token = (int64_t)(tokens->base + size - TOKENS_AT);
	return 0;
}

uint32_t
fl_slot_take(const struct fl_tokens *tokens, const char *text)
{
	char slot[SLOT_SIZE] = { 0 };
	size_t length = strlen(text);
	uint64_t at;
	uint32_t i;

	if (length > FL_PROCESS_LENGTH)
		return 0;
	memcpy(slot, text, length);
	for (i = 1; i < SLOTS; i++) {
		at = SLOTS_AT + (uint64_t)i * SLOT_SIZE;
		/* The lock ends with the process, and so the slot is free again. */
		if (fl_lock(tokens->fd, F_WRLCK, at, SLOT_SIZE) != 0)
			continue;
		return pwrite(tokens->fd, slot, sizeof(slot), (off_t)at) == SLOT_SIZE ? i : 0;
	}
	return 0;
}

void
fl_slot_read(struct fl_tokens tokens, uint32_t slot, char text[FL_PROCESS_LENGTH + 1])
{
	off_t at = (off_t)(SLOTS_AT + (uint64_t)slot * SLOT_SIZE);

	memset(text, 0, FL_PROCESS_LENGTH + 1);
	if (slot > 0 && slot < SLOTS)
		(void)!pread(tokens.fd, text, FL_PROCESS_LENGTH, at);
}
