#ifdef NATIVE_ROCKSDB

#if !__has_include(<rocksdb/utilities/transaction_db.h>)
#error "RocksDB is missing: install librocksdb-dev (brew install rocksdb), or build without its trait"
#endif

#include "CNativeRocksDB.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
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

rocksdb::Slice slice(const void *bytes, size_t length) {
  return rocksdb::Slice(static_cast<const char *>(bytes), length);
}

}  // namespace

struct rocksdb_table {
  // Tells a table from one that was at the same address before.
  const uint64_t number = ++last_number;

  rocksdb_table() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.env = env.get();
    rocksdb::TransactionDBOptions transactions;
    // As many as the other striped contenders have; the default is 16.
    transactions.num_stripes = 64;
    rocksdb::TransactionDB *opened = nullptr;
    check(rocksdb::TransactionDB::Open(options, transactions, "/locks", &opened));
    database.reset(opened);
  }

  // A transaction costs more than a lock, so each thread has one for as long as the table lives.
  rocksdb::Transaction *transaction() {
    thread_local uint64_t owner = 0;
    thread_local rocksdb::Transaction *mine = nullptr;
    if (owner != number) {
      mine = begin();
      owner = number;
    }
    return mine;
  }

 private:
  std::unique_ptr<rocksdb::Env> env{rocksdb::NewMemEnv(rocksdb::Env::Default())};
  std::unique_ptr<rocksdb::TransactionDB> database;
  std::mutex mutex;
  // After the database, so that they go first.
  std::vector<std::unique_ptr<rocksdb::Transaction>> transactions;

  rocksdb::Transaction *begin() {
    rocksdb::TransactionOptions options;
    // Without end, as the other contenders wait.
    options.lock_timeout = -1;
    std::lock_guard<std::mutex> guard(mutex);
    transactions.emplace_back(database->BeginTransaction(rocksdb::WriteOptions(), options));
    return transactions.back().get();
  }
};

rocksdb_table *rocksdb_table_create(void) { return new rocksdb_table; }
void rocksdb_table_destroy(rocksdb_table *table) { delete table; }

void *rocksdb_table_lock(rocksdb_table *table, const void *bytes, size_t length) {
  rocksdb::Transaction *transaction = table->transaction();
  // Without a value to fill in and without validation nothing but the lock is asked for.
  check(transaction->GetForUpdate(rocksdb::ReadOptions(), slice(bytes, length),
                                  static_cast<std::string *>(nullptr), /*exclusive=*/true,
                                  /*do_validate=*/false));
  return transaction;
}

void rocksdb_table_unlock(void *transaction, const void *bytes, size_t length) {
  static_cast<rocksdb::Transaction *>(transaction)->UndoGetForUpdate(slice(bytes, length));
}

#endif
