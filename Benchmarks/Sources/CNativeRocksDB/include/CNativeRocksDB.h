// The lock manager of RocksDB's pessimistic transactions, over a database in memory that nothing is
// written to. Empty unless the package is built with the trait RocksDB, or Native.

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rocksdb_table rocksdb_table;

rocksdb_table *_Nonnull rocksdb_table_create(void);
void rocksdb_table_destroy(rocksdb_table *_Nonnull table);
// Returns the transaction that holds the key, which is the thread's.
void *_Nonnull rocksdb_table_lock(rocksdb_table *_Nonnull table, const void *_Nullable bytes,
                                  size_t length);
void rocksdb_table_unlock(void *_Nonnull transaction, const void *_Nullable bytes, size_t length);

#ifdef __cplusplus
}
#endif
