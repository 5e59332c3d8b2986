#pragma once

#include "CNativeLocks.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

// The key that the bytes are: a number, or a view of a string.
template <typename Key> auto view(const void *key, size_t size) {
  if constexpr (std::is_same_v<Key, int64_t>) {
    int64_t number;
    std::memcpy(&number, key, sizeof number);
    return number;
  } else {
    return std::string_view(static_cast<const char *>(key), size);
  }
}

// Tables of a class with such functions.
template <typename Table>
constexpr native_locks locks_of = {
    []() -> void * { return new Table; },
    [](void *table) { delete static_cast<Table *>(table); },
    [](void *table, const void *key, size_t size, native_hold *hold) {
      static_cast<Table *>(table)->lock(key, size, hold);
    },
    [](void *table, native_hold *hold) { static_cast<Table *>(table)->unlock(hold); },
};
