#include "mesoslib/coordination/registry_pages.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/coordination/registry_encoding.h"

namespace mesos {
namespace {

constexpr absl::string_view kPageFormat = "MRP1";
constexpr absl::string_view kHeadFormat = "MRH1";
constexpr size_t kEntryOverhead = 16;

size_t EntryBytes(absl::string_view key, absl::string_view value) {
  return key.size() + value.size() + kEntryOverhead;
}

}  // namespace

absl::Status RegistryPages::Load(PageName name, absl::string_view data) {
  ASSIGN_OR_RETURN(RegistryReader reader, RegistryReader::Open(kPageFormat, data));
  uint64_t part = 0;
  uint64_t parts = 0;
  RETURN_IF_ERROR(reader.Number(&part));
  RETURN_IF_ERROR(reader.Number(&parts));
  if (part >= parts || parts > UINT32_MAX) {
    return absl::DataLossError(absl::StrCat("it is part ", part, " of ", parts));
  }
  const Slot slot = AddPage();
  Page& page = pages_[slot];
  page.name = name;
  page.part = static_cast<uint32_t>(part);
  page.parts = static_cast<uint32_t>(parts);
  while (!reader.AtEnd()) {
    absl::string_view key;
    absl::string_view value;
    RETURN_IF_ERROR(reader.Text(&key));
    RETURN_IF_ERROR(reader.Text(&value));
    RETURN_IF_ERROR(LoadEntry(slot, std::string(key), value));
  }
  changed_.erase(slot);
  if (page.keys.empty()) return absl::DataLossError("it holds nothing");
  if (page.parts > 1 && page.keys.size() > 1) {
    return absl::DataLossError("it holds parts of several values");
  }
  return absl::OkStatus();
}

// Parts come in any order: a value is put together when the last one is there.
absl::Status RegistryPages::LoadEntry(Slot slot, const std::string& key, absl::string_view value) {
  const Page& page = pages_[slot];
  if (key.empty()) return absl::DataLossError("a key in it is empty");
  Entry& entry = entries_[key];
  if (entry.slots.empty()) entry.slots.resize(page.parts);
  if (entry.slots.size() != page.parts || entry.slots[page.part] != 0) {
    return absl::DataLossError(
        absl::StrCat("the key ", Quoted(key), " is there twice, or in another number of parts"));
  }
  entry.slots[page.part] = slot;
  if (page.parts == 1) entry.value = std::string(value);
  if (page.parts > 1) loading_parts_[slot] = std::string(value);
  Place(key, slot, EntryBytes(key, value));
  return absl::OkStatus();
}

absl::Status RegistryPages::FinishLoading() {
  for (auto& [key, entry] : entries_) {
    for (size_t part = 0; part < entry.slots.size(); ++part) {
      if (entry.slots[part] == 0) {
        return absl::DataLossError(absl::StrCat("of the value of ", Quoted(key), " part ", part,
                                                " of ", entry.slots.size(), " is missing"));
      }
      if (entry.slots.size() > 1) entry.value += loading_parts_[entry.slots[part]];
    }
  }
  loading_parts_.clear();
  return absl::OkStatus();
}

void RegistryPages::Put(const std::string& key, std::string value) {
  const size_t bytes = EntryBytes(key, value);
  if (auto found = entries_.find(key); found != entries_.end() && found->second.slots.size() == 1) {
    const Slot slot = found->second.slots.front();
    const size_t others = pages_[slot].bytes - EntryBytes(key, found->second.value);
    if (others + bytes <= (others == 0 ? kMaxBytes : 2 * kTargetBytes)) {
      found->second.value = std::move(value);
      pages_[slot].bytes = others + bytes;
      return Resized(slot);
    }
  }
  Remove(key);
  Entry& entry = entries_[key];
  entry.value = std::move(value);
  if (bytes <= kMaxBytes) {
    entry.slots = {SlotFor(bytes)};
    return Place(key, entry.slots.front(), bytes);
  }
  const size_t room = kMaxBytes - key.size() - kEntryOverhead;
  const size_t parts = (entry.value.size() + room - 1) / room;
  for (size_t part = 0; part < parts; ++part) {
    const Slot slot = AddPage();
    pages_[slot].part = static_cast<uint32_t>(part);
    pages_[slot].parts = static_cast<uint32_t>(parts);
    entry.slots.push_back(slot);
    Place(key, slot, kMaxBytes);
  }
}

void RegistryPages::Remove(const std::string& key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  for (Slot slot : found->second.slots) {
    Page& page = pages_[slot];
    page.keys.erase(key);
    if (!page.keys.empty()) {
      page.bytes -= EntryBytes(key, found->second.value);
      Resized(slot);
      continue;
    }
    if (page.name != 0) dropped_.push_back(page.name);
    changed_.erase(slot);
    roomy_.erase(slot);
    if (open_ == slot) open_ = 0;
    pages_.erase(slot);
  }
  entries_.erase(found);
}

RegistryPages::Change RegistryPages::TakeChange() {
  Change change;
  for (Slot slot : std::exchange(changed_, {})) {
    Page& page = pages_[slot];
    if (page.name != 0) dropped_.push_back(page.name);
    page.name = ++next_name_;
    change.written.emplace(page.name, Encode(page));
  }
  change.dropped = std::exchange(dropped_, {});
  return change;
}

std::set<PageName> RegistryPages::names() const {
  std::set<PageName> names;
  for (const auto& [slot, page] : pages_) names.insert(page.name);
  return names;
}

std::map<std::string, std::string> RegistryPages::entries() const {
  std::map<std::string, std::string> entries;
  for (const auto& [key, entry] : entries_) entries.emplace_hint(entries.end(), key, entry.value);
  return entries;
}

// Pages are filled one after the other; then those that have become half empty.
RegistryPages::Slot RegistryPages::SlotFor(size_t bytes) {
  if (bytes > kTargetBytes / 2) return AddPage();
  if (open_ != 0 && pages_[open_].bytes + bytes <= kTargetBytes) return open_;
  open_ = roomy_.empty() ? AddPage() : *roomy_.begin();
  return open_;
}

RegistryPages::Slot RegistryPages::AddPage() {
  pages_.emplace(next_slot_, Page());
  return next_slot_++;
}

void RegistryPages::Place(const std::string& key, Slot slot, size_t bytes) {
  Page& page = pages_[slot];
  page.keys.insert(key);
  page.bytes += bytes;
  Resized(slot);
}

void RegistryPages::Resized(Slot slot) {
  changed_.insert(slot);
  const Page& page = pages_[slot];
  if (page.parts == 1 && page.bytes < kTargetBytes / 2) {
    roomy_.insert(slot);
  } else {
    roomy_.erase(slot);
  }
}

std::string RegistryPages::Encode(const Page& page) const {
  RegistryWriter writer;
  writer.Number(page.part);
  writer.Number(page.parts);
  for (const std::string& key : page.keys) {
    absl::string_view value = entries_.at(key).value;
    if (page.parts > 1) {
      const size_t room = kMaxBytes - key.size() - kEntryOverhead;
      value = value.substr(page.part * room, room);
    }
    writer.Text(key);
    writer.Text(value);
  }
  return writer.Finish(kPageFormat);
}

std::string EncodeRegistryHead(const RegistryHead& head) {
  RegistryWriter writer;
  writer.Number(head.version);
  writer.Text(head.writer);
  for (PageName page : head.pages) writer.Number(page);
  return writer.Finish(kHeadFormat);
}

absl::Status DecodeRegistryHead(absl::string_view data, RegistryHead* head) {
  ASSIGN_OR_RETURN(RegistryReader reader, RegistryReader::Open(kHeadFormat, data));
  absl::string_view writer;
  RETURN_IF_ERROR(reader.Number(&head->version));
  RETURN_IF_ERROR(reader.Text(&writer));
  head->writer = std::string(writer);
  while (!reader.AtEnd()) {
    PageName page = 0;
    RETURN_IF_ERROR(reader.Number(&page));
    head->pages.insert(page);
  }
  return absl::OkStatus();
}

}  // namespace mesos
