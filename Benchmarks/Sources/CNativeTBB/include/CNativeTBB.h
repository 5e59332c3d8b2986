// oneTBB's concurrent_hash_map as a table of locks: who holds an accessor to a key's element holds the
// key. Empty unless the package is built with the trait TBB, or Native.

#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Room for an accessor. It may not be moved between locking and unlocking.
struct tbb_hold {
  void *_Nullable words[6];
};

typedef struct tbb_int_table tbb_int_table;
typedef struct tbb_string_table tbb_string_table;

tbb_int_table *_Nonnull tbb_int_create(void);
void tbb_int_destroy(tbb_int_table *_Nonnull table);
void tbb_int_lock(tbb_int_table *_Nonnull table, int64_t key, struct tbb_hold *_Nonnull hold);

tbb_string_table *_Nonnull tbb_string_create(void);
void tbb_string_destroy(tbb_string_table *_Nonnull table);
void tbb_string_lock(tbb_string_table *_Nonnull table, const char *_Nullable bytes, size_t length,
                     struct tbb_hold *_Nonnull hold);

// The element stays, for whoever wants the key next.
void tbb_int_unlock(struct tbb_hold *_Nonnull hold);
void tbb_string_unlock(struct tbb_hold *_Nonnull hold);

// The element goes.
void tbb_int_unlock_erasing(tbb_int_table *_Nonnull table, struct tbb_hold *_Nonnull hold);
void tbb_string_unlock_erasing(tbb_string_table *_Nonnull table, struct tbb_hold *_Nonnull hold);

#ifdef __cplusplus
}
#endif
