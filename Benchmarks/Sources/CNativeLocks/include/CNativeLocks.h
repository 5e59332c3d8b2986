// Tables of locks in C++, each behind one call to lock and one to unlock. The traits that the
// package is built with decide which of them are there; without any of them none is.

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a table keeps of a key between locking and unlocking. It may not be moved meanwhile.
struct native_hold {
  void *_Nullable words[6];
};

// A kind of tables. A key is the bytes of an int64_t, or of a string; they stay where they are
// until the key is unlocked.
struct native_locks {
  void *_Nonnull (*_Nonnull create)(void);
  void (*_Nonnull destroy)(void *_Nonnull table);
  void (*_Nonnull lock)(void *_Nonnull table, const void *_Nullable key, size_t size,
                        struct native_hold *_Nonnull hold);
  void (*_Nonnull unlock)(void *_Nonnull table, struct native_hold *_Nonnull hold);
};

// A striped table of counted std::mutex entries that are recycled: what one would write in C++.
// With any of the traits.
extern const struct native_locks native_pool_of_ints, native_pool_of_strings;

// The same of 1024 stripes, each an absl::flat_hash_map under a mutex. With the trait Abseil.
extern const struct native_locks native_abseil_of_ints, native_abseil_of_strings;

// oneTBB's concurrent_hash_map: an accessor to a key's element is the lock. The element stays, or
// is erased when the key is unlocked. With the trait TBB.
extern const struct native_locks native_tbb_of_ints, native_tbb_of_strings;
extern const struct native_locks native_erasing_tbb_of_ints, native_erasing_tbb_of_strings;

// The lock manager of RocksDB's pessimistic transactions, over a database in memory that nothing is
// written to. With the trait RocksDB.
extern const struct native_locks native_rocksdb;

#ifdef __cplusplus
}
#endif
