#include "mesoslib/http/router.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"

namespace mesos::http {
namespace {

// Answers with its name.
Handler Named(const std::string& name) {
  return [name](std::unique_ptr<Exchange> exchange) { exchange->Reply({.body = name}); };
}

class RouterTest : public testing::Test {
 protected:
  Response Ask(const std::string& method, const std::string& path) {
    const ClientAnswer answer = http::Ask(router_, {.method = method, .path = path});
    return {answer.status(), {{"Allow", answer.header("Allow")}}, answer.body()};
  }
  std::string Answers(const std::string& path) { return Ask("GET", path).body; }

  const Handler router_ =
      Router({{.path = "/", .methods = {"GET"}, .handler = Named("ui")},
              {.path = "/api/v1", .handler = Named("api")},
              {.path = "/api/v1/scheduler", .methods = {"POST"}, .handler = Named("scheduler")},
              {.path = "/state", .methods = {"GET"}, .handler = Named("state")},
              {.path = "/weights", .methods = {"GET", "PUT"}, .handler = Named("weights")}},
             {.prefixes = {"/master", "/slave(1)"}});
};

TEST_F(RouterTest, PathsAreShortenedUntilARouteMatches) {
  EXPECT_EQ(Answers("/state"), "state");
  EXPECT_EQ(Answers("/state/"), "state");
  EXPECT_EQ(Answers("/state/a//b"), "state");
  EXPECT_EQ(Answers("/api/v1/operator"), "api");
  EXPECT_EQ(Ask("POST", "/api/v1/scheduler").body, "scheduler");
  EXPECT_EQ(Ask("POST", "/api/v1/scheduler/x").body, "scheduler");
  EXPECT_EQ(Answers("/api/v1/schedulerx"), "api");
}

TEST_F(RouterTest, PrefixesAreLeftOut) {
  EXPECT_EQ(Answers("/master/state"), "state");
  EXPECT_EQ(Answers("/slave(1)/state"), "state");
  EXPECT_EQ(Answers("/slave(1)/api/v1"), "api");
  EXPECT_EQ(Answers("/master"), "ui");
  EXPECT_EQ(Answers("/master/"), "ui");
  EXPECT_EQ(Ask("GET", "/masterstate").status, 404);
  EXPECT_EQ(Ask("GET", "/master/master/state").status, 404);
}

TEST_F(RouterTest, TheRootAnswersForItselfAlone) {
  EXPECT_EQ(Answers("/"), "ui");
  EXPECT_EQ(Ask("GET", "/nothing").status, 404);
}

TEST_F(RouterTest, UnknownPathsAreNamed) {
  for (const char* path : {"/nothing", "/stat", "/api", "//", "/api/v2", "//state"}) {
    const Response response = Ask("GET", path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.body, std::string("there is nothing at path '") + path + "'\n");
  }
  EXPECT_EQ(Ask("GET", "/a\nb").body, "there is nothing at path '/a\\nb'\n");
}

TEST_F(RouterTest, OtherMethodsAreToldWhichAreAllowed) {
  const Response response = Ask("POST", "/weights");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.Find("Allow"), "GET, PUT");
  EXPECT_EQ(response.body, "method 'POST' is not allowed at path '/weights': use GET, PUT\n");
  EXPECT_EQ(Ask("HEAD", "/api/v1/scheduler").status, 405);
}

TEST_F(RouterTest, HeadIsAllowedWhereGetIs) {
  EXPECT_EQ(Ask("HEAD", "/state").body, "state");
  EXPECT_EQ(Ask("HEAD", "/api/v1").body, "api");
}

TEST_F(RouterTest, WhatIsBelowARouteIsForItsHandler) {
  EXPECT_EQ(PathBelow("/quota/a/b", "/quota"), "a/b");
  EXPECT_EQ(PathBelow("/master/quota/a/b", "/quota"), "a/b");
  EXPECT_EQ(PathBelow("/quota/quota", "/quota"), "quota");
  EXPECT_EQ(PathBelow("/quota", "/quota"), "");
  EXPECT_EQ(PathBelow("/quota/", "/quota"), "");
  EXPECT_EQ(PathBelow("/quotas/a", "/quota"), "");
  EXPECT_EQ(PathBelow("", "/quota"), "");
}

}  // namespace
}  // namespace mesos::http
