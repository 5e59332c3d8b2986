/* The least that a client of PostgreSQL can do: libpq's blocking calls, one after the other. */
#include "PostgresLoops.h"

#ifdef MACHINE_HAS_LIBPQ

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Nanoseconds.h"

#define STATEMENTS	4
#define PARAMETERS	8

struct statement {
	char name[16];
	int count;
	const char *parameters[PARAMETERS];
};

struct postgres_loop {
	PGconn *connection;
	int count;
	struct statement statements[STATEMENTS];
	/* So that values are read. */
	uint64_t sum;
};

struct postgres_loop *
postgres_loop_open(const char *connection)
{
	struct postgres_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	loop->connection = PQconnectdb(connection);
	if (PQstatus(loop->connection) == CONNECTION_OK)
		return loop;
	postgres_loop_close(loop);
	return NULL;
}

void
postgres_loop_close(struct postgres_loop *loop)
{
	int i, j;

	PQfinish(loop->connection);
	for (i = 0; i < loop->count; i++) {
		for (j = 0; j < loop->statements[i].count; j++)
			free((void *)loop->statements[i].parameters[j]);
	}
	free(loop);
}

/* Whether the statement succeeded. Reads all that it returned. */
static int
take(struct postgres_loop *loop, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	int row, column;

	for (row = 0; row < PQntuples(result); row++) {
		for (column = 0; column < PQnfields(result); column++)
			loop->sum += strlen(PQgetvalue(result, row, column));
	}
	PQclear(result);
	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

int
postgres_loop_run_once(struct postgres_loop *loop, const char *sql, int count,
    const char *const *parameters)
{

	return take(loop,
	    PQexecParams(loop->connection, sql, count, NULL, parameters, NULL, NULL, 0));
}

int
postgres_loop_add(struct postgres_loop *loop, const char *sql, int count,
    const char *const *parameters)
{
	struct statement *statement = &loop->statements[loop->count];
	int i;

	if (loop->count == STATEMENTS || count > PARAMETERS)
		return 0;
	(void)snprintf(statement->name, sizeof(statement->name), "loop_%d", loop->count);
	for (i = 0; i < count; i++)
		statement->parameters[i] = strdup(parameters[i]);
	statement->count = count;
	loop->count++;
	return take(loop, PQprepare(loop->connection, statement->name, sql, 0, NULL));
}

static int
run_statements(struct postgres_loop *loop)
{
	int i, is_done = 1;

	for (i = 0; i < loop->count && is_done; i++) {
		is_done = take(loop,
		    PQexecPrepared(loop->connection, loop->statements[i].name,
		    loop->statements[i].count, loop->statements[i].parameters, NULL, NULL, 0));
	}
	return is_done;
}

int
postgres_loop_run(struct postgres_loop *loop, int count, uint64_t *nanoseconds)
{
	uint64_t begin = 0;
	int turn;

	for (turn = 0; turn < count; turn++) {
		if (nanoseconds)
			begin = nanoseconds_now();
		if (!run_statements(loop))
			return 0;
		if (nanoseconds)
			nanoseconds[turn] = nanoseconds_now() - begin;
	}
	return 1;
}

const char *
postgres_loop_error(const struct postgres_loop *loop)
{

	return PQerrorMessage(loop->connection);
}

#endif /* MACHINE_HAS_LIBPQ */
