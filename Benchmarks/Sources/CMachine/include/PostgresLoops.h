/* Prepared statements in a blocking loop, beside which the leases of PostgreSQL are measured. */
#ifndef POSTGRES_LOOPS_H
#define POSTGRES_LOOPS_H

#include <stdint.h>

/* A connection, and the statements of a turn. Only with the trait Postgres. */
struct postgres_loop;

/* Connects. NULL if that fails. */
struct postgres_loop *postgres_loop_open(const char *connection);
void postgres_loop_close(struct postgres_loop *);

/* Runs a statement once. False if it fails. */
int postgres_loop_run_once(struct postgres_loop *, const char *sql, int count,
    const char *const *parameters);
/* Prepares a statement, which each turn then runs after the others. False if it fails. */
int postgres_loop_add(struct postgres_loop *, const char *sql, int count,
    const char *const *parameters);
/*
 * Runs so many turns, and reads all values of the answers. If `nanoseconds` is
 * not NULL, it gets the time of each turn. False if a statement fails.
 */
int postgres_loop_run(struct postgres_loop *, int count, uint64_t *nanoseconds);
/* What failed last. */
const char *postgres_loop_error(const struct postgres_loop *);

#endif /* POSTGRES_LOOPS_H */
