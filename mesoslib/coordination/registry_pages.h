// RegistryPages: a map from keys to values, packed into pages that each fit into a znode, so that a
// change rewrites few of them. Pages are never overwritten: a changed one gets a new name, and what
// lists the names decides which pages count.
//
//   RegistryPages pages(names);
//   pages.Put("agents/S0", bytes);
//   RegistryPages::Change change = pages.TakeChange();  // Write, then list pages.names().
#ifndef MESOSLIB_COORDINATION_REGISTRY_PAGES_H_
#define MESOSLIB_COORDINATION_REGISTRY_PAGES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos {

// A page's name: the writer's number and a running one.
using PageName = uint64_t;

class RegistryPages {
 public:
  // Small entries share pages of about this size; a bigger one has a page of its own.
  static constexpr size_t kTargetBytes = 64 << 10;
  // A value that does not fit into a page of this size is split.
  static constexpr size_t kMaxBytes = 448 << 10;
  static constexpr size_t kMaxKeyBytes = 16 << 10;

  struct Change {
    std::map<PageName, std::string> written;
    std::vector<PageName> dropped;
  };

  // New pages are named `writer` << 32 | 1, 2, ...
  explicit RegistryPages(uint32_t writer) : next_name_(uint64_t{writer} << 32) {}

  // Adds a page that was stored. DataLoss says what is wrong with it.
  absl::Status Load(PageName name, absl::string_view data);
  // After the last one: DataLoss where parts of a value are missing.
  absl::Status FinishLoading();

  void Put(const std::string& key, std::string value);
  void Remove(const std::string& key);

  // What has changed since the last time.
  Change TakeChange();

  // The pages that count, after TakeChange.
  std::set<PageName> names() const;
  std::map<std::string, std::string> entries() const;

 private:
  using Slot = uint32_t;

  // Where a page is kept, under changing names.
  struct Page {
    PageName name = 0;  // 0: not written yet.
    size_t bytes = 0;
    std::set<std::string> keys;
    uint32_t part = 0;  // Of `parts` parts of a value, if that is more than 1.
    uint32_t parts = 1;
  };
  struct Entry {
    std::string value;
    std::vector<Slot> slots;  // One for each part.
  };

  Slot SlotFor(size_t bytes);
  Slot AddPage();
  void Place(const std::string& key, Slot slot, size_t bytes);
  void Resized(Slot slot);
  absl::Status LoadEntry(Slot slot, const std::string& key, absl::string_view value);
  std::string Encode(const Page& page) const;

  std::map<std::string, Entry> entries_;
  std::map<Slot, Page> pages_;
  std::map<Slot, std::string> loading_parts_;
  std::set<Slot> changed_;
  std::set<Slot> roomy_;  // Less than half full.
  std::vector<PageName> dropped_;
  Slot next_slot_ = 1;
  Slot open_ = 0;  // The one that is being filled; 0: none.
  PageName next_name_;
};

// The node that lists the pages.
struct RegistryHead {
  uint64_t version = 0;
  std::string writer;
  std::set<PageName> pages;
};

std::string EncodeRegistryHead(const RegistryHead& head);
// DataLoss says what is wrong.
absl::Status DecodeRegistryHead(absl::string_view data, RegistryHead* head);

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_REGISTRY_PAGES_H_
