// A striped table of counted std::mutex entries that are recycled: what one would write in C++. Empty
// unless the package is built with one of the traits Native, TBB, and RocksDB.

#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pool_int_table pool_int_table;
typedef struct pool_string_table pool_string_table;

pool_int_table *_Nonnull pool_int_create(void);
void pool_int_destroy(pool_int_table *_Nonnull table);
// Returns what unlocks the key.
void *_Nonnull pool_int_lock(pool_int_table *_Nonnull table, int64_t key);
void pool_int_unlock(pool_int_table *_Nonnull table, void *_Nonnull entry);

pool_string_table *_Nonnull pool_string_create(void);
void pool_string_destroy(pool_string_table *_Nonnull table);
void *_Nonnull pool_string_lock(pool_string_table *_Nonnull table, const char *_Nullable bytes,
                                size_t length);
void pool_string_unlock(pool_string_table *_Nonnull table, void *_Nonnull entry);

#ifdef __cplusplus
}
#endif
