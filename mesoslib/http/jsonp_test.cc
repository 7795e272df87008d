#include "mesoslib/http/jsonp.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"

namespace mesos::http {
namespace {

using testing::HasSubstr;

Response Ask(const std::string& callback) {
  return JsonResponse({.query = {{"jsonp", callback}}}, "{\"a\":1}");
}

TEST(JsonpTest, JsonIsSentAsItIs) {
  auto handler = [](std::unique_ptr<Exchange> exchange) {
    ReplyJson(exchange.get(), "{\"a\":1}");
  };
  const ClientAnswer answer = http::Ask(handler, {.query = {{"other", "x"}}});
  EXPECT_EQ(answer.body(), "{\"a\":1}");
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
}

TEST(JsonpTest, ACallbackIsCalledWithTheJson) {
  for (const std::string name : {"cb", "jQuery_1.cb", "$", "_a9"}) {
    EXPECT_EQ(Ask(name).body, name + "({\"a\":1});");
    EXPECT_EQ(Ask(name).headers.Find("Content-Type"), "text/javascript");
  }
}

TEST(JsonpTest, WhatIsNoNameIsRefused) {
  for (const std::string name :
       {"", "1a", "a b", "alert(1);//", "a<b", "a\n", "a[0]", "a-b", "\xc3\xa9"}) {
    EXPECT_EQ(Ask(name).status, 400) << name;
    EXPECT_THAT(Ask(name).body, HasSubstr("is not the name of a function"));
  }
  EXPECT_EQ(Ask(std::string(128, 'a')).status, 200);
  EXPECT_EQ(Ask(std::string(129, 'a')).status, 400);
}

}  // namespace
}  // namespace mesos::http
