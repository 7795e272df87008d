#include "mesoslib/base/ids_validation.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::HasSubstr;

TEST(IdsValidation, AcceptsOrdinaryNamesUpToTheLimit) {
  for (absl::string_view id : {"a", "task-1", "...", "with space", "caf\xc3\xa9", "a.b"}) {
    EXPECT_TRUE(ValidateId("task_id.value", id).ok()) << std::string(id);
  }
  EXPECT_TRUE(ValidateId("task_id.value", std::string(255, 'x')).ok());
}

TEST(IdsValidation, RefusesWhatCannotBeOneFileName) {
  for (const std::string& id :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\\b"),
        std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"), std::string(256, 'x'),
        std::string(10000, 'x')}) {
    EXPECT_FALSE(ValidateId("task_id.value", id).ok()) << id;
  }
}

TEST(IdsValidation, ErrorsNameTheFieldAndAShortPieceOfTheValue) {
  const absl::Status status = ValidateId("task_id.value", std::string(10000, 'x'));
  EXPECT_THAT(std::string(status.message()), HasSubstr("task_id.value"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("10000"));
  EXPECT_LT(status.message().size(), 200u);
  EXPECT_THAT(std::string(ValidateId("id", "a\nb").message()), HasSubstr("a\\nb"));
}

}  // namespace
}  // namespace mesos
