/*
 * The system calls of the directory store. A function that can fail returns 0 or an error number.
 *
 * The directory has one file for each key that is held or waited for, and one file "tokens".
 */
#ifndef LOCK_TABLE_FILE_LOCKS_H
#define LOCK_TABLE_FILE_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest key and the longest text of a process, in bytes. */
#define FL_KEY_LENGTH		255
#define FL_PROCESS_LENGTH	192

/* Opens a directory. */
int fl_directory_open(const char *path, int *directory);
/* Whether the path still leads to the directory. */
bool fl_directory_is(int directory, const char *path);
/* Whether the directory is on a file system that other machines share. */
bool fl_directory_is_remote(int directory);
/* The same by the number that Linux has for a kind of file system. */
bool fl_file_system_is_remote(uint32_t type);
void fl_close(int fd);

/*
 * Who holds a key: a process by its slot (0: unknown), and the number of its acquisition, which is
 * below FL_SERIAL_END.
 */
struct fl_owner {
	uint64_t serial;
	uint32_t slot;
};
#define FL_SERIAL_END	0xfffffffffffffffull

/* The open file of a key. */
struct fl_file {
	int fd;			/* -1: none */
	bool is_marked;		/* others see that somebody waits */
	uint64_t inode;
};

/*
 * Takes the key. EAGAIN: another has it; the file then stays open for fl_holder(), and for further
 * attempts if the caller waits. After any other error it is closed.
 */
int fl_take(int directory, const char *key, struct fl_owner, bool waits, struct fl_file *);

struct fl_parting {
	bool was_held;		/* without a gap: the file had its name until now */
	bool is_wanted;		/* somebody waits */
};
/* Gives up the hold, or the wait, deletes the file if nobody needs it any more, and closes it. */
struct fl_parting fl_leave(
    int directory, const char *key, struct fl_owner, bool is_held, struct fl_file *);

/* Whether somebody else has the key, and who. */
bool fl_holder(int fd, struct fl_owner *);
/* Whether the file still is the one that has the key's name. */
bool fl_is_current(int directory, const char *key, struct fl_file);
/* How many processes wait, other than by this descriptor. At most `limit` of them are counted. */
unsigned fl_waiter_count(int fd, unsigned limit);

/* Opens a key's file to look at it. No other process notices. */
int fl_peek(int directory, const char *key, int *fd);
/* Deletes the key's file if nobody holds the key or waits for it. */
void fl_tidy(int directory, const char *key);

/* The keys that have a file. */
struct fl_list;
int fl_list_open(int directory, struct fl_list **);
/* False: no more. */
bool fl_list_next(struct fl_list *, char key[FL_KEY_LENGTH + 1]);
/* The directory, until the list is closed. */
int fl_list_directory(struct fl_list *);
void fl_list_close(struct fl_list *);

/* The token file. */
struct fl_tokens {
	int fd;			/* for the head and the slots */
	int append;		/* for the tokens */
	uint64_t base;
	uint64_t durable;	/* a size of the file that survives a loss of power */
	uint64_t punched;
	bool is_remote;		/* appends of several machines need a lock */
};
/*
 * Tokens are greater than the floor. EAGAIN: other processes prepare the file for longer than we want
 * to wait.
 */
int fl_tokens_open(int directory, bool is_remote, int64_t floor, struct fl_tokens *);
/* ESTALE: somebody has deleted the file. Not for two threads at a time. */
int fl_tokens_draw(struct fl_tokens *, int64_t *token);
void fl_tokens_close(struct fl_tokens *);

/* Takes a slot for a process, and keeps its text there while the token file is open. 0: none free. */
uint32_t fl_slot_take(const struct fl_tokens *, const char *text);
/* Reads the text of a slot. It is empty if the slot has none. */
void fl_slot_read(struct fl_tokens, uint32_t slot, char text[FL_PROCESS_LENGTH + 1]);

/* Tells what happens in a directory, to one thread. */
struct fl_watch;
/* Without events, and where the system tells nothing, only wake-ups end a wait. */
int fl_watch_open(int directory, const char *path, bool wants_events, struct fl_watch **);
bool fl_watch_hears_events(const struct fl_watch *);
/* A descriptor for fl_watch_wake(), until the watch is closed. */
int fl_watch_waker(const struct fl_watch *);
/* Ends a wait of another thread, or the next one. */
void fl_watch_wake(int waker);
/*
 * Waits until something happens, until a wake-up, or for the time: -1 is for ever. Without
 * `wants_events` only a wake-up ends the wait early. True: there are events to read.
 */
bool fl_watch_wait(struct fl_watch *, int milliseconds, bool wants_events);
enum fl_event {
	FL_EVENT_NONE,		/* no more */
	FL_EVENT_CLOSED,	/* somebody has let go of the key */
	FL_EVENT_MOVED,		/* the key's file was deleted or replaced */
	FL_EVENT_OVERFLOW,	/* more than the system could remember */
	FL_EVENT_DIRECTORY,	/* the directory itself was deleted or moved */
};
/* Reads the next event. Anything that is not about a key has an empty key. */
enum fl_event fl_watch_next(struct fl_watch *, char key[FL_KEY_LENGTH + 1]);
void fl_watch_close(struct fl_watch *);

/* Runs the function on a new thread, which blocks all signals. */
int fl_thread_start(void (*body)(void *), void *argument);

/* The name of an error number: "ENOSPC". Its number, if it is not among those known here. */
void fl_error_name(int error, char name[16]);

#endif
