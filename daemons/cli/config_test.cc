#include "daemons/cli/config.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Config Read(absl::string_view text) {
  Config config;
  const absl::Status status = ReadConfig(text, "config.toml", &config);
  EXPECT_TRUE(status.ok()) << status;
  return config;
}

std::string ErrorOf(absl::string_view text) {
  Config config;
  const absl::Status status = ReadConfig(text, "config.toml", &config);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
  return std::string(status.message());
}

TEST(ConfigTest, NothingSaidMeansTheMasterOfThisMachine) {
  const Config config = Read("\n# nothing\n");
  EXPECT_EQ(config.master, "localhost:5050");
  EXPECT_EQ(config.master_from, "default");
  EXPECT_EQ(config.timeout, absl::Seconds(5));
}

TEST(ConfigTest, TheMasterIsAnAddress) {
  const Config config = Read(
      "[master]\n  address = '10.0.0.1:5050'  # the one\r\n[agent]\ntimeout = 1_0\nssl = false");
  EXPECT_EQ(config.master, "10.0.0.1:5050");
  EXPECT_EQ(config.master_from, "config.toml");
  EXPECT_EQ(config.timeout, absl::Seconds(10));
}

TEST(ConfigTest, TheMasterIsWhoeverZooKeeperKnows) {
  const char* by_table = R"(
    plugins = []
    [master.zookeeper]
    addresses = [
      "10.0.0.1:2181",  # one a line
      "10.0.0.2:2181",
    ]
    path = "/mesos")";
  EXPECT_EQ(Read(by_table).master, "zk://10.0.0.1:2181,10.0.0.2:2181/mesos");
  EXPECT_EQ(Read("[master]\nzookeeper.addresses=['a:1']\nzookeeper.path='/m'").master,
            "zk://a:1/m");
}

TEST(ConfigTest, ErrorsNameLineAndKey) {
  EXPECT_EQ(ErrorOf("[master]\nadress = 'x:1'"),
            "line 2: master.adress is not known; did you mean master.address?");
  EXPECT_THAT(ErrorOf("[colours]\nred = true"), StartsWith("line 2: colours.red is not known"));
  EXPECT_THAT(ErrorOf("[master]\n\naddress = 5050"),
              StartsWith("line 3: master.address is something else; expected a text"));
  EXPECT_THAT(ErrorOf("master.address = \"\""), HasSubstr("line 1: master.address is empty"));
  EXPECT_THAT(ErrorOf("agent.timeout = 0"), HasSubstr("is 0; expected 1 to 86400 seconds"));
  EXPECT_THAT(ErrorOf("agent.timeout = '5'"), HasSubstr("expected a number of seconds"));
  EXPECT_THAT(ErrorOf("agent.ssl = true"), HasSubstr("expected false"));
  EXPECT_THAT(ErrorOf("plugins = ['x']"), HasSubstr("line 1: plugins names Python modules"));
  EXPECT_THAT(ErrorOf("agent.secret = 'x'"), HasSubstr("agent.secret is set"));
  EXPECT_THAT(ErrorOf("[master.zookeeper]\npath='/m'"), HasSubstr("addresses is missing"));
  EXPECT_THAT(ErrorOf("[master.zookeeper]\naddresses=['a:1']"), HasSubstr("path is missing"));
  EXPECT_THAT(ErrorOf("[master.zookeeper]\naddresses=['a:1']\npath='m'"),
              HasSubstr("line 3: master.zookeeper.path is 'm'; expected to begin with '/'"));
  EXPECT_THAT(ErrorOf("[master]\naddress='a:1'\n[master.zookeeper]\naddresses=['a:1']\npath='/m'"),
              HasSubstr("both there"));
}

TEST(ConfigTest, WhatIsNoTomlIsRefusedWithItsLine) {
  EXPECT_EQ(ErrorOf("[master\naddress='a:1'"), "line 1: expected ']', found nothing more");
  EXPECT_EQ(ErrorOf("\n\naddress 'a'"), "line 3: expected '=' after address, found ''a''");
  EXPECT_THAT(ErrorOf("a = \"open"), HasSubstr("expected the closing quote on the same line"));
  EXPECT_THAT(ErrorOf("a = \"\\"), HasSubstr("closing quote"));
  EXPECT_THAT(ErrorOf("a = [\"x\" \"y\"]"), HasSubstr("expected ',' or ']'"));
  EXPECT_THAT(ErrorOf("a = ["), HasSubstr("line 1: a: expected a text in quotes"));
  EXPECT_THAT(ErrorOf("a = 1 b = 2"), HasSubstr("expected the end of the line, found 'b = 2'"));
  EXPECT_THAT(ErrorOf("a ="), HasSubstr("a: expected a \"text\", a number"));
  EXPECT_THAT(ErrorOf("a.='x'"), HasSubstr("expected a key"));
  EXPECT_THAT(ErrorOf("agent.timeout=5\nagent.timeout=6"),
              StartsWith("line 2: agent.timeout is there once more"));
  EXPECT_THAT(ErrorOf("[agent]\n[agent]"), HasSubstr("line 2: the table [agent]"));
  EXPECT_THAT(ErrorOf("a = 99999999999999999999"), HasSubstr("a: expected"));
  EXPECT_THAT(ErrorOf("\x1b[2J"), HasSubstr("found '\\x1b[2J'"));
}

class ConfigFileTest : public ::testing::Test {
 protected:
  std::map<std::string, std::string> Home(const std::string& text) {
    const std::filesystem::path home = ::testing::TempDir() + "home";
    std::filesystem::create_directories(home / ".mesos");
    std::ofstream(home / ".mesos/config.toml") << text;
    return {{"HOME", home.string()}};
  }
};

TEST_F(ConfigFileTest, TheEnvironmentCountsMoreThanTheFile) {
  auto environment = Home("[master]\naddress = 'file:1'");
  EXPECT_EQ(LoadConfig(environment)->master, "file:1");
  environment["MESOS_MASTER"] = "environment:1";
  EXPECT_EQ(LoadConfig(environment)->master, "environment:1");
  EXPECT_EQ(LoadConfig(environment)->master_from, "MESOS_MASTER");
}

TEST_F(ConfigFileTest, ADamagedFileIsNamedAndAMissingOneIsNone) {
  auto environment = Home("oops");
  const absl::Status damaged = LoadConfig(environment).status();
  EXPECT_THAT(std::string(damaged.message()),
              HasSubstr("/home/.mesos/config.toml: line 1: expected '=' after oops"));
  EXPECT_TRUE(LoadConfig({{"HOME", "/no/such"}}).ok());
  EXPECT_TRUE(LoadConfig({}).ok());
  EXPECT_THAT(std::string(LoadConfig({{"MESOS_CLI_CONFIG_FILE", "/no/such"}}).status().message()),
              HasSubstr("/no/such cannot be read: No such file"));
  EXPECT_FALSE(LoadConfig({{"MESOS_CLI_CONFIG_FILE", "/"}}).ok()) << "a folder";
  EXPECT_FALSE(LoadConfig(Home(std::string(2 << 20, '#'))).ok());
}

}  // namespace
}  // namespace mesos::cli
