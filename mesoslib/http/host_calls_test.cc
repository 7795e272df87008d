#include "mesoslib/http/host_calls.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_host.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;

// The calls of masters and of agents have the same names and fields.
template <typename Types>
class HostCallsTest : public testing::Test {
 protected:
  using Call = typename Types::Call;
  using Response = typename Types::Response;

  absl::StatusOr<Response> Ask(const Call& call) {
    EXPECT_TRUE(IsForHost(call));
    std::optional<absl::StatusOr<Response>> answer;
    AnswerForHost(fake_.host(), call, [&](absl::StatusOr<Response> response) {
      EXPECT_FALSE(answer.has_value());
      answer = std::move(response);
    });
    return answer.value_or(absl::UnknownError("no answer"));
  }
  void ExpectInvalid(const Call& call, const std::string& what) {
    const auto answer = Ask(call);
    EXPECT_TRUE(absl::IsInvalidArgument(answer.status())) << answer.status();
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(what));
  }
  static Call OfType(typename Call::Type type) {
    Call call;
    call.set_type(type);
    return call;
  }

  FakeHost fake_;
};

struct Masters {
  using Call = v1::master::Call;
  using Response = v1::master::Response;
};
struct Agents {
  using Call = v1::agent::Call;
  using Response = v1::agent::Response;
};
using Operated = testing::Types<Masters, Agents>;
TYPED_TEST_SUITE(HostCallsTest, Operated, );

TYPED_TEST(HostCallsTest, FlagsAreTold) {
  using Call = typename TypeParam::Call;
  const auto answer = this->Ask(this->OfType(Call::GET_FLAGS));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->type(), TypeParam::Response::GET_FLAGS);
  ASSERT_EQ(answer->get_flags().flags_size(), 2);
  EXPECT_EQ(answer->get_flags().flags(0).name(), "port");
  EXPECT_EQ(answer->get_flags().flags(0).value(), "5050");
}

TYPED_TEST(HostCallsTest, TheLogLevelIsToldAndSetForATime) {
  using Call = typename TypeParam::Call;
  Call call = this->OfType(Call::SET_LOGGING_LEVEL);
  this->ExpectInvalid(call, "set_logging_level is missing");
  call.mutable_set_logging_level();
  this->ExpectInvalid(call, "set_logging_level.level is missing");
  call.mutable_set_logging_level()->set_level(2);
  this->ExpectInvalid(call, "set_logging_level.duration.nanoseconds is 0, expected 1 or more");
  call.mutable_set_logging_level()->mutable_duration()->set_nanoseconds(-1);
  this->ExpectInvalid(call, "set_logging_level.duration.nanoseconds is -1");
  EXPECT_EQ(this->fake_.logging_level().level(), 0u);
  call.mutable_set_logging_level()->mutable_duration()->set_nanoseconds(60'000'000'000);
  const auto set = this->Ask(call);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_FALSE(set->has_type());
  EXPECT_EQ(this->fake_.logging_level().duration(), absl::Minutes(1));
  const auto answer = this->Ask(this->OfType(Call::GET_LOGGING_LEVEL));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->get_logging_level().level(), 2u);
}

TYPED_TEST(HostCallsTest, AProgramWithoutALogLevelSaysSo) {
  using Call = typename TypeParam::Call;
  this->fake_.mutable_host().logging_level = nullptr;
  for (auto type : {Call::GET_LOGGING_LEVEL, Call::SET_LOGGING_LEVEL}) {
    EXPECT_TRUE(absl::IsUnimplemented(this->Ask(this->OfType(type)).status()));
  }
}

TYPED_TEST(HostCallsTest, FilesAreListedAndRead) {
  using Call = typename TypeParam::Call;
  this->fake_.Write("b", "hello");
  this->fake_.Write("a", "");
  Call list = this->OfType(Call::LIST_FILES);
  this->ExpectInvalid(list, "list_files.path is missing");
  list.mutable_list_files()->set_path("/shown");
  const auto listed = this->Ask(list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->list_files().file_infos_size(), 2);
  EXPECT_EQ(listed->list_files().file_infos(1).path(), "/shown/b");
  EXPECT_EQ(listed->list_files().file_infos(1).size(), 5u);

  Call read = this->OfType(Call::READ_FILE);
  this->ExpectInvalid(read, "read_file.path is missing");
  read.mutable_read_file()->set_path("/shown/b");
  this->ExpectInvalid(read, "read_file.offset is missing");
  read.mutable_read_file()->set_offset(1);
  auto page = this->Ask(read);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->read_file().data(), "ello");
  EXPECT_EQ(page->read_file().size(), 5u);
  read.mutable_read_file()->set_length(2);
  EXPECT_EQ(this->Ask(read)->read_file().data(), "el");
  read.mutable_read_file()->set_path("/shown/c");
  EXPECT_TRUE(absl::IsNotFound(this->Ask(read).status()));
}

TEST(IsForHostTest, EverythingElseIsForTheMasterOrTheAgent) {
  v1::master::Call call;
  EXPECT_FALSE(IsForHost(call));
  call.set_type(v1::master::Call::GET_METRICS);
  EXPECT_FALSE(IsForHost(call));
  EXPECT_FALSE(IsForHost(v1::agent::Call()));
}

}  // namespace
}  // namespace mesos::http
