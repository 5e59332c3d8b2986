/* Loops of bare system calls, beside which the leases of a directory are measured. */
#ifndef FILE_LOOPS_H
#define FILE_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * So often takes and leaves one key of a directory, with the system calls that
 * this needs and nothing else: open, lock, fstat, draw a token, unlink, close.
 * The directory should be one of a DirectoryLeaseStore that nothing uses.
 * Returns 0 or an error number.
 *
 * If `nanoseconds` is not NULL, it gets the time of each turn.
 */
int file_lease_loop(const char *directory, int count, uint64_t *nanoseconds);

/* So often locks and unlocks one open file of the directory by flock(). */
int file_flock_loop(const char *directory, int count, uint64_t *nanoseconds);

/*
 * A number that all processes see that map this file, which is made if there is
 * none. NULL if that fails.
 */
uint64_t *file_shared_number(const char *path);

#endif /* FILE_LOOPS_H */
