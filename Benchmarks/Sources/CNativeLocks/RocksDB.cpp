#ifdef NATIVE_ROCKSDB

#if !__has_include(<rocksdb/utilities/transaction_db.h>)
#error "RocksDB is missing: install librocksdb-dev (brew install rocksdb), or leave out its trait"
#endif

#include "Locks.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/transaction_db.h>
#include <vector>

namespace {

std::atomic<uint64_t> last_number{0};

void check(const rocksdb::Status &status) {
  if (status.ok()) return;
  std::fprintf(stderr, "RocksDB: %s\n", status.ToString().c_str());
  std::abort();
}

class Table {
 public:
  Table() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.env = env.get();
    rocksdb::TransactionDBOptions locking;
    // As many as the other striped contenders have; the default is 16.
    locking.num_stripes = 64;
    rocksdb::TransactionDB *opened = nullptr;
    check(rocksdb::TransactionDB::Open(options, locking, "/locks", &opened));
    database.reset(opened);
  }

  void lock(const void *key, size_t size, native_hold *hold) {
    rocksdb::Transaction *transaction = this->transaction();
    auto *held = new (static_cast<void *>(hold))
        Hold{transaction, rocksdb::Slice(static_cast<const char *>(key), size)};
    // Without a value to fill in and without validation nothing but the lock is asked for.
    check(transaction->GetForUpdate(rocksdb::ReadOptions(), held->key,
                                    static_cast<std::string *>(nullptr), /*exclusive=*/true,
                                    /*do_validate=*/false));
  }

  void unlock(native_hold *hold) {
    auto *held = std::launder(reinterpret_cast<Hold *>(hold));
    held->transaction->UndoGetForUpdate(held->key);
  }

 private:
  struct Hold {
    rocksdb::Transaction *transaction;
    rocksdb::Slice key;
  };
  static_assert(sizeof(Hold) <= sizeof(native_hold));

  // Tells a table from one that was at the same address before.
  const uint64_t number = ++last_number;
  std::unique_ptr<rocksdb::Env> env{rocksdb::NewMemEnv(rocksdb::Env::Default())};
  std::unique_ptr<rocksdb::TransactionDB> database;
  std::mutex mutex;
  // After the database, so that they go first.
  std::vector<std::unique_ptr<rocksdb::Transaction>> transactions;

  // A transaction costs more than a lock, so each thread has one for as long as the table lives.
  rocksdb::Transaction *transaction() {
    thread_local uint64_t owner = 0;
    thread_local rocksdb::Transaction *mine = nullptr;
    if (owner == number) return mine;
    rocksdb::TransactionOptions options;
    // Without end, as the other contenders wait.
    options.lock_timeout = -1;
    std::lock_guard<std::mutex> guard(mutex);
    mine = database->BeginTransaction(rocksdb::WriteOptions(), options);
    transactions.emplace_back(mine);
    owner = number;
    return mine;
  }
};

}  // namespace

const native_locks native_rocksdb = locks_of<Table>;

#endif
