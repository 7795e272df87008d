// Book and Members: hash tables that can be walked through in one order only, that of what is in
// them. What the master sends and decides must not depend on where things lie in memory, so nothing
// else in this folder uses a hash table (layering_test sees to it).
#ifndef MESOSLIB_MASTER_INDEX_H_
#define MESOSLIB_MASTER_INDEX_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace mesos::master {

// Owns records, each under its key.
template <typename Key, typename Record>
class Book {
 public:
  size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }

  // Null where there is none.
  Record* Find(const Key& key) const {
    auto found = records_.find(key);
    return found == records_.end() ? nullptr : found->second.get();
  }
  bool Contains(const Key& key) const { return records_.contains(key); }

  // There is none of this key.
  Record* Add(Key key, std::unique_ptr<Record> record) {
    return records_.emplace(std::move(key), std::move(record)).first->second.get();
  }
  // There is one.
  std::unique_ptr<Record> Take(const Key& key) {
    auto found = records_.find(key);
    std::unique_ptr<Record> taken = std::move(found->second);
    records_.erase(found);
    return taken;
  }

  // By their keys. Records may be added and taken while the caller goes through them.
  std::vector<Record*> InOrder() const {
    std::vector<std::pair<const Key*, Record*>> entries;
    entries.reserve(records_.size());
    for (const auto& [key, record] : records_) entries.emplace_back(&key, record.get());
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return *a.first < *b.first; });
    std::vector<Record*> records;
    records.reserve(entries.size());
    for (const auto& [key, record] : entries) records.push_back(record);
    return records;
  }

  // In any order: for counting, adding up and checking.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [key, record] : records_) visit(*record);
  }

 private:
  absl::flat_hash_map<Key, std::unique_ptr<Record>> records_;
};

// A set of somebody else's records, ordered by Precedes(a, b).
template <typename Record>
class Members {
 public:
  size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  bool Contains(Record* record) const { return records_.contains(record); }
  void Add(Record* record) { records_.insert(record); }
  void Remove(Record* record) { records_.erase(record); }

  // Records may be added and removed while the caller goes through them.
  std::vector<Record*> InOrder() const {
    std::vector<Record*> records(records_.begin(), records_.end());
    std::sort(records.begin(), records.end(),
              [](const Record* a, const Record* b) { return Precedes(*a, *b); });
    return records;
  }

  // In any order: for counting, adding up and checking.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (Record* record : records_) visit(*record);
  }

 private:
  absl::flat_hash_set<Record*> records_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_INDEX_H_
