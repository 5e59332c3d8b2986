#ifdef NATIVE_TBB

#if !__has_include(<tbb/concurrent_hash_map.h>)
#error "oneTBB is missing: install libtbb-dev (brew install tbb), or build without its trait"
#endif

#include "CNativeTBB.h"

#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <tbb/concurrent_hash_map.h>

namespace {

// Finds a std::string by a view, so that nothing is allocated for a key that is there.
struct StringHashCompare {
  using is_transparent = void;

  std::size_t hash(std::string_view key) const { return std::hash<std::string_view>()(key); }
  bool equal(std::string_view left, std::string_view right) const { return left == right; }
};

struct Nothing {};

using IntMap = tbb::concurrent_hash_map<int64_t, Nothing>;
using StringMap = tbb::concurrent_hash_map<std::string, Nothing, StringHashCompare>;

template <typename Accessor> Accessor *accessor(tbb_hold *hold) {
  static_assert(sizeof(Accessor) <= sizeof(tbb_hold));
  static_assert(alignof(Accessor) <= alignof(tbb_hold));
  return std::launder(reinterpret_cast<Accessor *>(hold));
}

template <typename Map, typename Key> void lock(Map &map, const Key &key, tbb_hold *hold) {
  auto *fresh = new (static_cast<void *>(hold)) typename Map::accessor;
  map.insert(*fresh, key);
}

template <typename Map> void unlock(tbb_hold *hold) {
  using Accessor = typename Map::accessor;
  accessor<Accessor>(hold)->~Accessor();
}

template <typename Map> void unlock_erasing(Map &map, tbb_hold *hold) {
  using Accessor = typename Map::accessor;
  map.erase(*accessor<Accessor>(hold));
  accessor<Accessor>(hold)->~Accessor();
}

}  // namespace

struct tbb_int_table {
  IntMap map;
};

struct tbb_string_table {
  StringMap map;
};

tbb_int_table *tbb_int_create(void) { return new tbb_int_table; }
void tbb_int_destroy(tbb_int_table *table) { delete table; }

void tbb_int_lock(tbb_int_table *table, int64_t key, tbb_hold *hold) {
  lock(table->map, key, hold);
}

void tbb_int_unlock(tbb_hold *hold) { unlock<IntMap>(hold); }

void tbb_int_unlock_erasing(tbb_int_table *table, tbb_hold *hold) {
  unlock_erasing(table->map, hold);
}

tbb_string_table *tbb_string_create(void) { return new tbb_string_table; }
void tbb_string_destroy(tbb_string_table *table) { delete table; }

void tbb_string_lock(tbb_string_table *table, const char *bytes, size_t length, tbb_hold *hold) {
  lock(table->map, std::string_view(bytes, length), hold);
}

void tbb_string_unlock(tbb_hold *hold) { unlock<StringMap>(hold); }

void tbb_string_unlock_erasing(tbb_string_table *table, tbb_hold *hold) {
  unlock_erasing(table->map, hold);
}

#endif
