/* libpq, wherever its header is: distributions differ, and pkg-config would warn without it. */
#ifndef LOCK_TABLE_POSTGRESQL_H
#define LOCK_TABLE_POSTGRESQL_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#error "LockTable: the trait Postgres needs libpq: apt-get install libpq-dev, or brew install libpq"
#endif

#include "PostgreSQLThread.h"

#endif
