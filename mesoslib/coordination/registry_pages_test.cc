#include "mesoslib/coordination/registry_pages.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/random.h"

namespace mesos {
namespace {

using testing::HasSubstr;
using Entries = std::map<std::string, std::string>;

// What a store keeps: the pages that were written and not dropped.
class Stored {
 public:
  // How many bytes were written.
  size_t Take(RegistryPages& pages) {
    RegistryPages::Change change = pages.TakeChange();
    size_t bytes = 0;
    for (auto& [name, data] : change.written) {
      EXPECT_LE(data.size(), size_t{512} << 10);
      bytes += data.size();
      EXPECT_TRUE(pages_.emplace(name, data).second) << "a name was given twice";
    }
    for (PageName name : change.dropped) EXPECT_EQ(pages_.erase(name), 1u);
    std::set<PageName> names;
    for (const auto& [name, data] : pages_) names.insert(name);
    EXPECT_EQ(names, pages.names());
    return bytes;
  }

  absl::StatusOr<Entries> Read(uint32_t writer = 99) const {
    RegistryPages pages(writer);
    for (auto page = pages_.rbegin(); page != pages_.rend(); ++page) {
      if (absl::Status status = pages.Load(page->first, page->second); !status.ok()) return status;
    }
    if (absl::Status status = pages.FinishLoading(); !status.ok()) return status;
    EXPECT_TRUE(pages.TakeChange().written.empty());
    return pages.entries();
  }

  std::map<PageName, std::string>& pages() { return pages_; }

 private:
  std::map<PageName, std::string> pages_;
};

TEST(RegistryPagesTest, SmallEntriesShareFewPagesAndAChangeWritesFewOfThem) {
  RegistryPages pages(1);
  Stored stored;
  for (int i = 0; i < 50'000; ++i) {
    pages.Put(absl::StrCat("agents/S", i), std::string(400, 'x'));
  }
  stored.Take(pages);
  EXPECT_LT(stored.pages().size(), 400u);
  pages.Put("agents/S7", std::string(500, 'y'));
  EXPECT_LE(stored.Take(pages), 2 * RegistryPages::kTargetBytes);
  EXPECT_EQ(stored.Read()->at("agents/S7"), std::string(500, 'y'));
}

TEST(RegistryPagesTest, AValueOfAnySizeComesBack) {
  RegistryPages pages(1);
  Stored stored;
  Entries expected;
  for (size_t size : {0u, 1u, 60'000u, 70'000u, 448u << 10, 449u << 10, 512u << 10, 3'000'000u}) {
    std::string value(size, '\0');
    for (size_t i = 0; i < size; ++i) value[i] = static_cast<char>(i * 7 + i / 251);
    pages.Put(absl::StrCat("k", size), value);
    expected[absl::StrCat("k", size)] = value;
  }
  stored.Take(pages);
  EXPECT_EQ(*stored.Read(), expected);
  pages.Put("k3000000", "small now");
  expected["k3000000"] = "small now";
  stored.Take(pages);
  EXPECT_EQ(*stored.Read(), expected);
}

TEST(RegistryPagesTest, FollowsAnyHistory) {
  auto random = CreateSeededRandom(7);
  auto pages = std::make_unique<RegistryPages>(1);
  Stored stored;
  Entries expected;
  const std::vector<size_t> sizes = {0, 10, 1000, 30'000, 50'000, 100'000, 500'000, 1'000'000};
  for (int step = 0; step < 600; ++step) {
    const std::string key = absl::StrCat("k", random->Next() % 60);
    if (random->Next() % 3 == 0) {
      pages->Remove(key);
      expected.erase(key);
    } else {
      const std::string value(sizes[random->Next() % sizes.size()],
                              static_cast<char>('a' + random->Next() % 26));
      pages->Put(key, value);
      expected[key] = value;
    }
    if (step % 5 != 0) continue;
    stored.Take(*pages);
    auto read = stored.Read();
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(*read, expected) << step;
  }
  for (const auto& [key, value] : expected) pages->Remove(key);
  stored.Take(*pages);
  EXPECT_TRUE(stored.pages().empty());
}

TEST(RegistryPagesTest, MovedEntriesLeaveNoHoles) {
  RegistryPages pages(1);
  Stored stored;
  for (int i = 0; i < 10'000; ++i) pages.Put(absl::StrCat("agents/", i), std::string(400, 'x'));
  stored.Take(pages);
  const size_t before = stored.pages().size();
  for (int i = 0; i < 10'000; ++i) {
    pages.Remove(absl::StrCat("agents/", i));
    pages.Put(absl::StrCat("unreachable/", i), std::string(400, 'x'));
    if (i % 100 == 0) stored.Take(pages);
  }
  stored.Take(pages);
  EXPECT_LE(stored.pages().size(), 2 * before);
}

TEST(RegistryPagesTest, EveryDamageIsNoticed) {
  RegistryPages pages(1);
  Stored stored;
  pages.Put("a", "value");
  pages.Put("big", std::string(1'000'000, 'x'));
  stored.Take(pages);
  const auto whole = stored.pages();
  ASSERT_GE(whole.size(), 4u);
  for (const auto& [name, data] : whole) {
    for (size_t i = 0; i < data.size(); i += 1 + data.size() / 15) {
      stored.pages() = whole;
      stored.pages()[name][i] ^= 1;
      EXPECT_TRUE(absl::IsDataLoss(stored.Read().status())) << name << " " << i;
      stored.pages()[name] = data.substr(0, i);
      EXPECT_TRUE(absl::IsDataLoss(stored.Read().status())) << name << " " << i;
    }
  }
  stored.pages() = whole;
  stored.pages()[17] = stored.pages().begin()->second;
  EXPECT_THAT(std::string(stored.Read().status().message()), HasSubstr("twice"));
  stored.pages() = whole;
  stored.pages().erase(stored.pages().rbegin()->first);
  EXPECT_THAT(std::string(stored.Read().status().message()), HasSubstr("is missing"));
}

TEST(RegistryPagesTest, TheHeadComesBackAndItsDamageIsNoticed) {
  const RegistryHead head = {uint64_t{1} << 60, "writer", {1, 2, (uint64_t{7} << 32) + 5}};
  const std::string data = EncodeRegistryHead(head);
  RegistryHead read;
  ASSERT_TRUE(DecodeRegistryHead(data, &read).ok());
  EXPECT_EQ(read.version, head.version);
  EXPECT_EQ(read.writer, head.writer);
  EXPECT_EQ(read.pages, head.pages);
  for (size_t i = 0; i < data.size(); ++i) {
    RegistryHead none;
    EXPECT_TRUE(absl::IsDataLoss(DecodeRegistryHead(data.substr(0, i), &none)));
    std::string damaged = data;
    damaged[i] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(DecodeRegistryHead(damaged, &none)));
  }
  EXPECT_THAT(std::string(DecodeRegistryHead("MRH2....", &read).message()),
              HasSubstr("newer version"));
}

}  // namespace
}  // namespace mesos
