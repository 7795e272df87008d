#include "mesoslib/http/leading.h"

#include <string>

#include "gtest/gtest.h"

namespace mesos::http {
namespace {

std::optional<Response> Answer(Leading leading, std::string path = "/api/v1/scheduler",
                               std::string query = "") {
  Request request;
  request.path = std::move(path);
  request.query_text = std::move(query);
  return AnswerUnlessLeading([leading] { return leading; }, request);
}

std::string Location(Leading leading, std::string path, std::string query = "") {
  const std::optional<Response> answer =
      Answer(std::move(leading), std::move(path), std::move(query));
  if (!answer.has_value()) return "";
  EXPECT_EQ(answer->status, 307);
  EXPECT_EQ(answer->body, "");
  return std::string(answer->headers.Find("Location").value_or(""));
}

TEST(LeadingTest, AMasterThatLeadsAnswersItself) {
  EXPECT_FALSE(Answer({Leading::State::kHere}).has_value());
  EXPECT_FALSE(AnswerUnlessLeading(nullptr, Request()).has_value());
}

TEST(LeadingTest, AMasterThatDoesNotLeadSaysWhereTheLeaderIs) {
  const Leading elsewhere = {Leading::State::kElsewhere, "leader.example.com", 5050};
  EXPECT_EQ(Location(elsewhere, "/api/v1/scheduler"), "//leader.example.com:5050/api/v1/scheduler");
  EXPECT_EQ(Location({Leading::State::kElsewhere, "10.0.0.7", 80}, "/master/state"),
            "//10.0.0.7:80/master/state");
  EXPECT_EQ(Location({Leading::State::kElsewhere, "::1", 5050}, "/"), "//[::1]:5050/");
}

TEST(LeadingTest, ThePathCannotEndTheHeader) {
  EXPECT_EQ(Location({Leading::State::kElsewhere, "h", 1}, "/a\r\nSet-Cookie: x/\xff%?#\"<"),
            "//h:1/a%0D%0ASet-Cookie:%20x/%FF%25%3F%23%22%3C");
}

TEST(LeadingTest, TheQueryIsKeptAsItWasSent) {
  const Leading elsewhere = {Leading::State::kElsewhere, "h", 1};
  EXPECT_EQ(Location(elsewhere, "/state", "jsonp=x&b=%C3%A9+1&a=1&a=2?"),
            "//h:1/state?jsonp=x&b=%C3%A9+1&a=1&a=2?");
  EXPECT_EQ(Location(elsewhere, "/state", "a=\r\nb: c#\"\xff"),
            "//h:1/state?a=%0D%0Ab:%20c%23%22%FF");
}

TEST(LeadingTest, WhereNobodyLeadsThereIsNoService) {
  EXPECT_EQ(Answer({Leading::State::kNobody})->status, 503);
  EXPECT_EQ(Answer({Leading::State::kRecovering})->status, 503);
}

}  // namespace
}  // namespace mesos::http
