#include "mesoslib/master/shelf.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Numbers = Shelf<int, int, 2>;

size_t Unlimited() { return std::numeric_limits<size_t>::max(); }

class ShelfTest : public ::testing::Test {
 protected:
  // What the pages say, all of them painted.
  std::vector<std::vector<int>> Read(Numbers& shelf) {
    size_t budget = Unlimited();
    EXPECT_TRUE(shelf.Refresh(Paint(), &budget));
    std::vector<std::vector<int>> said;
    for (const auto& page : shelf.pages()) said.push_back(page->items);
    return said;
  }
  std::function<int(const int&)> Paint() {
    return [this](const int& number) {
      ++painted_;
      return number * 10;
    };
  }

  std::vector<int> records_ = {1, 2, 3, 4, 5, 6};
  size_t painted_ = 0;
};

TEST_F(ShelfTest, OnlyWhatHasChangedIsPaintedAnew) {
  Numbers shelf(Numbers::Places::kReused);
  std::vector<uint64_t> places;
  for (const int& record : records_) places.push_back(shelf.Put(&record));
  EXPECT_THAT(Read(shelf),
              ElementsAre(ElementsAre(10, 20), ElementsAre(30, 40), ElementsAre(50, 60)));
  const auto before = shelf.pages();
  painted_ = 0;
  EXPECT_THAT(Read(shelf), SizeIs(3));
  EXPECT_EQ(painted_, 0u);
  records_[2] = 7;
  shelf.Spoil(places[2]);
  EXPECT_THAT(Read(shelf),
              ElementsAre(ElementsAre(10, 20), ElementsAre(70, 40), ElementsAre(50, 60)));
  EXPECT_EQ(painted_, 2u);
  const auto after = shelf.pages();
  EXPECT_EQ(before[0], after[0]);
  EXPECT_NE(before[1], after[1]);
  EXPECT_EQ(before[2], after[2]);
  EXPECT_THAT(before[1]->items, ElementsAre(30, 40)) << "a picture never changes";
}

TEST_F(ShelfTest, ABudgetEndsATurnAndTheNextOneGoesOn) {
  Numbers shelf(Numbers::Places::kReused);
  for (const int& record : records_) shelf.Put(&record);
  size_t budget = 3;
  EXPECT_FALSE(shelf.Refresh(Paint(), &budget));
  EXPECT_EQ(painted_, 4u) << "whole pages";
  EXPECT_EQ(budget, 0u);
  budget = 2;
  EXPECT_TRUE(shelf.Refresh(Paint(), &budget));
  EXPECT_EQ(painted_, 6u);
  budget = 0;
  EXPECT_TRUE(shelf.Refresh(Paint(), &budget)) << "none is missing";
}

TEST_F(ShelfTest, PlacesThatAreLeftAreTakenAgain) {
  Numbers shelf(Numbers::Places::kReused);
  std::vector<uint64_t> places;
  for (const int& record : records_) places.push_back(shelf.Put(&record));
  shelf.Take(places[0]);
  shelf.Take(places[1]);
  shelf.Take(places[3]);
  EXPECT_THAT(Read(shelf), ElementsAre(ElementsAre(30), ElementsAre(50, 60)));
  EXPECT_EQ(shelf.Put(&records_[0]), places[3]);
  EXPECT_EQ(shelf.Put(&records_[1]), places[1]);
  EXPECT_THAT(Read(shelf), ElementsAre(ElementsAre(20), ElementsAre(30, 10), ElementsAre(50, 60)));
}

TEST_F(ShelfTest, InAgeOrderNewcomersAreLastAndEmptyPagesGo) {
  Numbers shelf(Numbers::Places::kInAgeOrder);
  std::vector<uint64_t> places;
  for (const int& record : records_) places.push_back(shelf.Put(&record));
  shelf.Take(places[0]);
  const uint64_t again = shelf.Put(&records_[0]);
  EXPECT_GT(again, places.back());
  shelf.Take(places[1]);
  EXPECT_THAT(Read(shelf), ElementsAre(ElementsAre(30, 40), ElementsAre(50, 60), ElementsAre(10)));
  for (const uint64_t place : {places[2], places[3], places[4], places[5], again}) {
    shelf.Take(place);
  }
  EXPECT_THAT(Read(shelf), IsEmpty());
}

TEST_F(ShelfTest, DroppedPicturesArePaintedAnew) {
  Numbers shelf(Numbers::Places::kReused);
  for (const int& record : records_) shelf.Put(&record);
  EXPECT_THAT(Read(shelf), SizeIs(3));
  size_t budget = 3;
  EXPECT_FALSE(shelf.Drop(&budget));
  budget = 3;
  EXPECT_TRUE(shelf.Drop(&budget));
  painted_ = 0;
  EXPECT_THAT(Read(shelf), SizeIs(3));
  EXPECT_EQ(painted_, 6u);
}

}  // namespace
}  // namespace mesos::master
