// Shelf: the places of records that somebody else owns, in pages, and a picture of each page: an
// immutable copy of what is said of the records there. A record that changes spoils the picture of
// its page only, so a picture of everything costs what has changed since the last one, and can be
// made in small portions.
#ifndef MESOSLIB_MASTER_SHELF_H_
#define MESOSLIB_MASTER_SHELF_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "mesos/master_state.h"

namespace mesos::master {

// Where a record has no place.
inline constexpr uint64_t kNoPlace = ~uint64_t{0};

// `kCost`: of a record's picture, where a task's costs 1.
template <typename Record, typename Picture, size_t kPageSize, size_t kCost = 1>
class Shelf {
 public:
  using PagePtr = std::shared_ptr<const MasterState::Page<Picture>>;
  enum class Places {
    kReused,      // Those that were left are taken first.
    kInAgeOrder,  // Newcomers come last; for records of which the oldest go first.
  };

  explicit Shelf(Places places) : places_(places) {}

  uint64_t Put(const Record* record) {
    uint64_t place = next_;
    if (free_.empty()) {
      ++next_;
    } else {
      place = free_.back();
      free_.pop_back();
    }
    Page& page = pages_[place / kPageSize];
    const size_t slot = place % kPageSize;
    if (page.records.size() <= slot) page.records.resize(slot + 1);
    page.records[slot] = record;
    ++page.taken;
    page.picture = nullptr;
    return place;
  }

  // The record says something else now.
  void Spoil(uint64_t place) { pages_.find(place / kPageSize)->second.picture = nullptr; }

  void Take(uint64_t place) {
    auto found = pages_.find(place / kPageSize);
    Page& page = found->second;
    page.records[place % kPageSize] = nullptr;
    page.picture = nullptr;
    --page.taken;
    if (places_ == Places::kReused) {
      free_.push_back(place);
      if (page.taken == 0) page.records = {};
    } else if (page.taken == 0) {
      pages_.erase(found);
    }
  }

  // Makes the pictures that are missing, of `paint(record)` each, until they have cost `*budget` or
  // more; what is left of it is told there. True: none is missing.
  template <typename Paint>
  bool Refresh(Paint paint, size_t* budget) {
    for (auto& [number, page] : pages_) {
      if (page.picture != nullptr || page.taken == 0) continue;
      if (*budget == 0) return false;
      auto picture = std::make_shared<MasterState::Page<Picture>>();
      picture->items.reserve(page.taken);
      for (const Record* record : page.records) {
        if (record != nullptr) picture->items.push_back(paint(*record));
      }
      page.picture = std::move(picture);
      *budget -= std::min(*budget, page.taken * kCost);
    }
    return true;
  }

  // None is missing.
  std::vector<PagePtr> pages() const {
    std::vector<PagePtr> pages;
    pages.reserve(pages_.size());
    for (const auto& [number, page] : pages_) {
      if (page.taken > 0) pages.push_back(page.picture);
    }
    return pages;
  }

  // Nobody looks any more: gives the pictures' memory back. The budget is as Refresh's.
  bool Drop(size_t* budget) {
    for (auto& [number, page] : pages_) {
      if (page.picture == nullptr) continue;
      if (*budget == 0) return false;
      page.picture = nullptr;
      *budget -= std::min(*budget, page.taken * kCost);
    }
    return true;
  }

 private:
  struct Page {
    std::vector<const Record*> records;  // Null where a place is free.
    size_t taken = 0;
    PagePtr picture;  // Null: missing.
  };

  const Places places_;
  uint64_t next_ = 0;
  std::vector<uint64_t> free_;
  absl::btree_map<uint64_t, Page> pages_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_SHELF_H_
