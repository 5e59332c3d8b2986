#ifdef NATIVE_ABSEIL

#if !__has_include(<absl/container/flat_hash_map.h>)
#error "Abseil is missing: install libabsl-dev (brew install abseil), or build without its trait"
#endif

#include "Locks.hpp"

#include <absl/container/flat_hash_map.h>
#include <array>
#include <mutex>

namespace {

// An entry is in the map of its stripe while somebody holds or awaits its key, and in the stripe's
// pool otherwise. Its mutex is made once.
template <typename Key> struct Entry {
  Key key{};
  std::size_t users = 0;
  Entry *next = nullptr;
  std::mutex mutex;
};

// A cache line of its own, so that threads at different stripes don't slow each other down.
template <typename Key> class alignas(64) Stripe {
 public:
  // An entry's own key, so that a string is kept once.
  using View = decltype(view<Key>(nullptr, 0));

  ~Stripe() {
    for (auto &[key, entry] : entries) delete entry;
    while (pool != nullptr) delete take();
  }

  Entry<Key> *enter(View key) {
    std::lock_guard<std::mutex> guard(mutex);
    auto place = entries.lazy_emplace(key, [&](const auto &emplace) {
      Entry<Key> *entry = take();
      entry->key = key;
      emplace(View(entry->key), entry);
    });
    ++place->second->users;
    return place->second;
  }

  void leave(Entry<Key> *entry) {
    std::lock_guard<std::mutex> guard(mutex);
    if (--entry->users != 0) return;
    entries.erase(View(entry->key));
    entry->next = pool;
    pool = entry;
  }

 private:
  std::mutex mutex;
  Entry<Key> *pool = nullptr;
  absl::flat_hash_map<View, Entry<Key> *> entries;

  Entry<Key> *take() {
    Entry<Key> *entry = pool;
    if (entry == nullptr) return new Entry<Key>;
    pool = entry->next;
    return entry;
  }
};

template <typename Key> class Table {
 public:
  void lock(const void *bytes, size_t size, native_hold *hold) {
    auto key = view<Key>(bytes, size);
    Stripe<Key> &stripe = stripes[number(key)];
    Entry<Key> *entry = stripe.enter(key);
    entry->mutex.lock();
    hold->words[0] = entry;
    hold->words[1] = &stripe;
  }

  void unlock(native_hold *hold) {
    auto *entry = static_cast<Entry<Key> *>(hold->words[0]);
    entry->mutex.unlock();
    static_cast<Stripe<Key> *>(hold->words[1])->leave(entry);
  }

 private:
  std::array<Stripe<Key>, 1024> stripes;

  // By the high bits of the hash: the maps use the low ones.
  std::size_t number(typename Stripe<Key>::View key) {
    uint64_t hash = absl::Hash<typename Stripe<Key>::View>()(key);
    return (hash >> 32) % stripes.size();
  }
};

}  // namespace

const native_locks native_abseil_of_ints = locks_of<Table<int64_t>>;
const native_locks native_abseil_of_strings = locks_of<Table<std::string>>;

#endif
