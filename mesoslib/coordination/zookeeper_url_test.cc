#include "mesoslib/coordination/zookeeper_url.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ZooKeeperUrlTest, ReadsServersPathAndCredentials) {
  auto url = ParseZooKeeperUrl("zk://a:2181,10.0.0.2:2182,[::1]:2183/mesos/prod");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->servers, "a:2181,10.0.0.2:2182,[::1]:2183");
  EXPECT_EQ(url->path, "/mesos/prod");
  EXPECT_EQ(url->credentials, "");

  url = ParseZooKeeperUrl(" zk://user:p:@ss@a:2181/mesos/\n");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->servers, "a:2181");
  EXPECT_EQ(url->path, "/mesos");
  EXPECT_EQ(url->credentials, "user:p:@ss");
}

TEST(ZooKeeperUrlTest, ReadsAFileThatHoldsTheUrl) {
  const std::string path = testing::TempDir() + "/url";
  std::ofstream(path) << "zk://a:2181/mesos\n";
  auto url = ParseZooKeeperUrl("file://" + path);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->path, "/mesos");
  const absl::Status missing = ParseZooKeeperUrl("file:///no/such/file").status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("/no/such/file"));
  EXPECT_FALSE(ParseZooKeeperUrl("file:///").ok());
}

TEST(ZooKeeperUrlTest, SaysWhatIsWrong) {
  const std::string long_url = "zk://a:1/" + std::string(5000, 'x');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "does not begin with zk://"},
      {"zk:/a:2181/mesos", "does not begin with zk://"},
      {"ZK://a:2181/mesos", "does not begin with zk://"},
      {"http://a:2181/mesos", "does not begin with zk://"},
      {"zk://", "names no server"},
      {"zk:///mesos", "names no server"},
      {"zk://user:secret@/mesos", "names no server"},
      {"zk://a:2181", "has no path"},
      {"zk://a:2181/", "has no path"},
      {"zk://a:2181//", "has no path"},
      {"zk://a:2181//mesos", "has an empty name in its path '//mesos'"},
      {"zk://a:2181/mesos//b", "has an empty name"},
      {"zk://a:2181/mesos/../b", "has the name '..' in its path"},
      {"zk://a:2181/./b", "has the name '.' in its path"},
      {"zk://a:2181/zookeeper", "keeps for itself"},
      {"zk://a:2181/zookeeper/config", "keeps for itself"},
      {"zk://a:2181/m\x01s", "not printable ASCII"},
      {"zk://a:2181/m\xc3\xa4", "not printable ASCII"},
      {"zk://a/mesos", "names the server 'a' without a port"},
      {"zk://[::1]/mesos", "names the server '[::1]' without a port"},
      {"zk://a:2181,b/mesos", "names the server 'b' without a port"},
      {"zk://a:2181,/mesos", "has an empty place in its list of servers"},
      {"zk://,a:2181/mesos", "has an empty place in its list of servers"},
      {"zk://a:2181,,b:2181/mesos", "has an empty place in its list of servers"},
      {"zk://a:/mesos", "whose port '' is not a number"},
      {"zk://a:x/mesos", "whose port 'x' is not a number"},
      {"zk://a:0/mesos", "whose port '0' is not a number from 1 to 65535"},
      {"zk://a:65536/mesos", "whose port '65536' is not a number"},
      {"zk://a:-1/mesos", "whose port '-1' is not a number"},
      {"zk://a:99999999999999999999/mesos", "is not a number"},
      {"zk://:2181/mesos", "whose host '' is neither"},
      {"zk://a b:2181/mesos", "whose host 'a b' is neither"},
      {"zk://::1:2181/mesos", "whose host '::1' is neither"},
      {"zk://[::g]:2181/mesos", "whose host '[::g]' is neither"},
      {"zk://[]:2181/mesos", "whose host '[]' is neither"},
      {"zk://@a:2181/mesos", "has a user without a password"},
      {"zk://user@a:2181/mesos", "has a user without a password"},
      {"zk://user:@a:2181/mesos", "has an empty password"},
      {"zk://:secret@a:2181/mesos", "has a password without a user"},
      {"zk://u\x02ser:secret@a:2181/mesos", "has control characters"},
      {"zk://user:sec/ret@a:2181/mesos", "must not contain a '/'"},
      {long_url, "has more than 4096 bytes"},
  };
  for (const auto& [text, what] : cases) {
    const absl::Status status = ParseZooKeeperUrl(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("expected zk://")) << text;
  }
}

TEST(ZooKeeperUrlTest, NoMessageShowsAPassword) {
  for (const char* text :
       {"zk://user:secret@/mesos", "zk://user:secret@a/mesos", "zk://user:secret@a:x/mesos",
        "zk://user:sec/secret@a:2181/mesos", "zk://user:secret@a:2181/", "zk://:secret@a:1/mesos",
        "zk://user:secret\x01@a:1/mesos", "zk://user:secret@a:1//"}) {
    const absl::Status status = ParseZooKeeperUrl(text).status();
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("sec"))) << text;
  }
}

TEST(ZooKeeperUrlTest, KnowsAUrlFromAnAddress) {
  EXPECT_TRUE(IsZooKeeperUrl("zk://a:2181/mesos"));
  EXPECT_TRUE(IsZooKeeperUrl("file:///etc/mesos/zk"));
  EXPECT_FALSE(IsZooKeeperUrl("a:5050"));
  EXPECT_FALSE(IsZooKeeperUrl("grpc://a:5060"));
}

}  // namespace
}  // namespace mesos
