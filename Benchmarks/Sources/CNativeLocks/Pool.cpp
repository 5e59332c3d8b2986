#ifdef NATIVE_POOL

#include "Locks.hpp"

#include <array>
#include <functional>
#include <mutex>
#include <vector>

namespace {

// An entry is in a chain of its stripe while somebody holds or awaits its key, and in the stripe's
// pool otherwise. Its mutex is made once.
template <typename Key> struct Entry {
  Key key{};
  std::size_t hash = 0;
  std::size_t users = 0;
  Entry *next = nullptr;
  std::mutex mutex;
};

// A cache line of its own, so that threads at different stripes don't slow each other down.
template <typename Key> class alignas(64) Stripe {
 public:
  ~Stripe() {
    for (Entry<Key> *chain : chains) free(chain);
    free(pool);
  }

  template <typename View> Entry<Key> *enter(const View &key, std::size_t hash) {
    std::lock_guard<std::mutex> guard(mutex);
    for (Entry<Key> *entry = chain(hash); entry != nullptr; entry = entry->next) {
      if (entry->hash == hash && entry->key == key) {
        ++entry->users;
        return entry;
      }
    }
    return add(key, hash);
  }

  void leave(Entry<Key> *entry) {
    std::lock_guard<std::mutex> guard(mutex);
    if (--entry->users != 0) return;
    Entry<Key> **link = &chain(entry->hash);
    while (*link != entry) link = &(*link)->next;
    *link = entry->next;
    entry->next = pool;
    pool = entry;
    --count;
  }

 private:
  std::mutex mutex;
  std::size_t count = 0;
  Entry<Key> *pool = nullptr;
  // As many as a power of two.
  std::vector<Entry<Key> *> chains = std::vector<Entry<Key> *>(16);

  // The low bits of the hash have chosen the stripe.
  Entry<Key> *&chain(std::size_t hash) { return chains[(hash >> 16) & (chains.size() - 1)]; }

  template <typename View> Entry<Key> *add(const View &key, std::size_t hash) {
    if (count == chains.size()) grow();
    Entry<Key> *entry = pool;
    if (entry != nullptr) {
      pool = entry->next;
    } else {
      entry = new Entry<Key>;
    }
    // A string's old memory is used again.
    entry->key = key;
    entry->hash = hash;
    entry->users = 1;
    entry->next = chain(hash);
    chain(hash) = entry;
    ++count;
    return entry;
  }

  void grow() {
    std::vector<Entry<Key> *> old(chains.size() * 2);
    old.swap(chains);
    for (Entry<Key> *entry : old) {
      while (entry != nullptr) {
        Entry<Key> *next = entry->next;
        entry->next = chain(entry->hash);
        chain(entry->hash) = entry;
        entry = next;
      }
    }
  }

  static void free(Entry<Key> *entry) {
    while (entry != nullptr) {
      Entry<Key> *next = entry->next;
      delete entry;
      entry = next;
    }
  }
};

// std::hash of an integer is the integer: its bits are mixed first, as stripe and chain are chosen
// by some of them only.
std::size_t hash(int64_t key) {
  uint64_t mixed = static_cast<uint64_t>(key) * 0x9e3779b97f4a7c15u;
  return mixed ^ (mixed >> 32);
}

std::size_t hash(std::string_view key) { return std::hash<std::string_view>()(key); }

template <typename Key> class Table {
 public:
  void lock(const void *bytes, size_t size, native_hold *hold) {
    auto key = view<Key>(bytes, size);
    std::size_t number = hash(key);
    Entry<Key> *entry = stripe(number).enter(key, number);
    entry->mutex.lock();
    hold->words[0] = entry;
  }

  void unlock(native_hold *hold) {
    auto *entry = static_cast<Entry<Key> *>(hold->words[0]);
    entry->mutex.unlock();
    stripe(entry->hash).leave(entry);
  }

 private:
  std::array<Stripe<Key>, 64> stripes;

  Stripe<Key> &stripe(std::size_t hash) { return stripes[hash & (stripes.size() - 1)]; }
};

}  // namespace

const native_locks native_pool_of_ints = locks_of<Table<int64_t>>;
const native_locks native_pool_of_strings = locks_of<Table<std::string>>;

#endif
