#ifdef NATIVE_TBB

#if !__has_include(<tbb/concurrent_hash_map.h>)
#error "oneTBB is missing: install libtbb-dev (brew install tbb), or build without its trait"
#endif

#include "Locks.hpp"

#include <functional>
#include <new>
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

template <typename Map, bool erases> class Table {
  using Accessor = typename Map::accessor;
  static_assert(sizeof(Accessor) <= sizeof(native_hold));
  static_assert(alignof(Accessor) <= alignof(native_hold));

 public:
  void lock(const void *key, size_t size, native_hold *hold) {
    auto *accessor = new (static_cast<void *>(hold)) Accessor;
    map.insert(*accessor, view<typename Map::key_type>(key, size));
  }

  void unlock(native_hold *hold) {
    auto *accessor = std::launder(reinterpret_cast<Accessor *>(hold));
    if constexpr (erases) map.erase(*accessor);
    accessor->~Accessor();
  }

 private:
  Map map;
};

}  // namespace

const native_locks native_tbb_of_ints = locks_of<Table<IntMap, false>>;
const native_locks native_tbb_of_strings = locks_of<Table<StringMap, false>>;
const native_locks native_erasing_tbb_of_ints = locks_of<Table<IntMap, true>>;
const native_locks native_erasing_tbb_of_strings = locks_of<Table<StringMap, true>>;

#endif
