#include "mesoslib/coordination/master_node.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::HasSubstr;

Leader Example() {
  Leader leader;
  leader.info.set_id("3f2c");
  leader.info.set_ip(0x0100007f);
  leader.info.set_port(5050);
  leader.info.set_pid("master@127.0.0.1:5050");
  leader.info.set_hostname("h\xc3\xb6st");
  leader.info.set_version("1.12.0");
  leader.info.mutable_address()->set_hostname("host");
  leader.info.mutable_address()->set_ip("127.0.0.1");
  leader.info.mutable_address()->set_port(5050);
  leader.info.mutable_domain()->mutable_fault_domain()->mutable_zone()->set_name("z");
  leader.info.add_capabilities()->set_type(v1::MasterInfo::Capability::AGENT_UPDATE);
  leader.grpc_port = 5061;
  return leader;
}

TEST(MasterNodeTest, IsWrittenAsMesosDoes) {
  EXPECT_EQ(EncodeMasterNode(Example()),
            R"({"id":"3f2c","ip":16777343,"port":5050,"pid":"master@127.0.0.1:5050",)"
            R"("hostname":"h\u00F6st","version":"1.12.0",)"
            R"("address":{"hostname":"host","ip":"127.0.0.1","port":5050},)"
            R"("domain":{"fault_domain":{"zone":{"name":"z"}}},)"
            R"("capabilities":[{"type":"AGENT_UPDATE"}],"grpc_port":5061})");
  Leader unknown_port;
  EXPECT_EQ(EncodeMasterNode(unknown_port), "{}");
  unknown_port.grpc_port = 1;
  EXPECT_EQ(EncodeMasterNode(unknown_port), R"({"grpc_port":1})");
}

TEST(MasterNodeTest, IsReadAsItWasWritten) {
  const Leader leader = Example();
  auto read = DecodeMasterNode("json.info", EncodeMasterNode(leader));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->info.SerializeAsString(), leader.info.SerializeAsString());
  EXPECT_EQ(read->grpc_port, 5061);

  read = DecodeMasterNode("info", leader.info.SerializeAsString());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->info.SerializeAsString(), leader.info.SerializeAsString());
  EXPECT_EQ(read->grpc_port, 0);
}

TEST(MasterNodeTest, ReadsWhatMastersOfOldWrite) {
  auto read = DecodeMasterNode(
      "json.info", R"({"hostname":"h","id":"i","ip":16777343,"port":5051,"more":[null,{"x":1}]})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->info.address().ip(), "127.0.0.1");
  EXPECT_EQ(read->info.address().hostname(), "h");
  EXPECT_EQ(read->info.address().port(), 5051);

  read = DecodeMasterNode("", "master@10.0.0.1:5052");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->info.address().ip(), "10.0.0.1");
  EXPECT_EQ(read->info.address().port(), 5052);
}

TEST(MasterNodeTest, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{", "not a JSON object"},
      {"\xff\xfe", "not a JSON object"},
      {std::string(60'000, '['), "not a JSON object"},
      {std::string(100'000, ' '), "it has 100000 bytes"},
      {"{}", "its id is missing"},
      {R"({"id":7})", "not a MasterInfo"},
      {R"({"id":{}})", "not a MasterInfo"},
      {R"({"id":"i"})", "address.ip, ip and hostname are missing"},
      {R"({"id":"i","hostname":"h","port":0})", "its port 0"},
      {R"({"id":"i","hostname":"h","port":65536})", "its port 65536"},
      {R"({"id":"i","hostname":"h","address":{"port":-1}})", "its port -1"},
      {R"({"id":"i","hostname":"h","grpc_port":"x"})", "its grpc_port"},
      {R"({"id":"i","hostname":"h","grpc_port":70000})", "its grpc_port"},
  };
  for (const auto& [data, what] : cases) {
    const absl::Status status = DecodeMasterNode("json.info", data).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << data.substr(0, 100);
    EXPECT_THAT(std::string(status.message()), HasSubstr(what)) << data.substr(0, 100);
  }
  EXPECT_FALSE(DecodeMasterNode("json.info",
                                R"({"id":"i","hostname":"h","x":)" + std::string(50'000, '[') + "}")
                   .ok());
  EXPECT_THAT(std::string(DecodeMasterNode("info", "\xff").status().message()),
              HasSubstr("binary MasterInfo"));
  for (const char* pid : {"", "master", "master@host", "a:1@b", "master@h:x", "master@h:99999"}) {
    EXPECT_FALSE(DecodeMasterNode("", pid).ok()) << pid;
  }
}

TEST(MasterNodeTest, NamesHaveALabelAndDigits) {
  auto name = ParseMasterNodeName("json.info_0000000012");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->label, "json.info");
  EXPECT_EQ(name->sequence, 12u);
  EXPECT_EQ(ParseMasterNodeName("0000000003")->label, "");
  for (const char* other : {"", "_", "log_replicas", "registry", "json.info_", "json.info_1x",
                            "json.info_-1", "a_b_1", "json.info_99999999999999999999"}) {
    EXPECT_FALSE(ParseMasterNodeName(other).has_value()) << other;
  }
  EXPECT_TRUE(IsMasterLabel("json.info"));
  EXPECT_TRUE(IsMasterLabel("info"));
  EXPECT_TRUE(IsMasterLabel(""));
  EXPECT_FALSE(IsMasterLabel("lock"));
}

}  // namespace
}  // namespace mesos
