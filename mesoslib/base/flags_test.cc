#include "mesoslib/base/flags.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class FlagsTest : public testing::Test {
 protected:
  FlagsTest() {
    flags_.Add(&master_, "master", "The master: host:port.");
    flags_.Add(&port_, "port", "Port to listen on.");
    flags_.Add(&small_, "small_port", "Another port.");
    flags_.Add(&strict_, "strict", "Whether damage found on recovery is fatal.");
    flags_.Add(&quiet_, "quiet", "Logs less.");
    flags_.Add(&ratio_, "ratio", "A share.");
    flags_.Add(&delay_, "gc_delay", "How long sandboxes are kept.");
    flags_.Add(&timeout_, "agent_timeout", "A timeout.").Alias("slave_timeout");
    flags_.Add(&cache_, "cache_size", "Size of the cache.");
    flags_.Add(&isolation_, "isolation", "Isolators.");
    flags_.Add(&secret_, "secret_key", "A key.").Secret();
    flags_.Add(&url_, "url", "A place.").Literal();
  }

  absl::Status Parse(std::vector<std::string> arguments,
                     std::map<std::string, std::string> environment = {}) {
    return flags_.Parse(arguments, {std::move(environment),
                                    [this](const std::string& path) { return ReadFile(path); }});
  }

  absl::StatusOr<std::string> ReadFile(const std::string& path) {
    auto found = files_.find(path);
    if (found == files_.end()) return absl::NotFoundError("No such file or directory");
    return found->second;
  }

  std::string Error(std::vector<std::string> arguments,
                    std::map<std::string, std::string> environment = {}) {
    absl::Status status = Parse(std::move(arguments), std::move(environment));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  }

  std::map<std::string, std::string> files_;
  std::string master_;
  int32_t port_ = 5051;
  uint16_t small_ = 0;
  bool strict_ = true;
  bool quiet_ = false;
  double ratio_ = 0.5;
  absl::Duration delay_ = absl::Hours(168);
  std::optional<absl::Duration> timeout_;
  ByteSize cache_{uint64_t{2} << 30};
  std::vector<std::string> isolation_ = {"posix/cpu", "posix/mem"};
  std::string secret_;
  std::string url_;
  FlagSet flags_{"mesos-test", "Tests flags."};
};

TEST_F(FlagsTest, KeepsTheDefaultsWhereNothingIsGiven) {
  ASSERT_TRUE(Parse({}).ok());
  EXPECT_EQ(port_, 5051);
  EXPECT_TRUE(strict_);
  EXPECT_FALSE(timeout_.has_value());
  EXPECT_THAT(flags_.Changed(), ElementsAre());
}

TEST_F(FlagsTest, ReadsEveryTypeFromTheCommandLine) {
  ASSERT_TRUE(Parse({"--master=10.0.0.1:5050", "--port=80", "--small_port=65535", "--no-strict",
                     "--quiet", "--ratio=0.25", "--gc_delay=2weeks", "--agent_timeout=75secs",
                     "--cache_size=512MB", "--isolation=cgroups/cpu, disk/du", "--url=a=b=c"})
                  .ok());
  EXPECT_EQ(master_, "10.0.0.1:5050");
  EXPECT_EQ(port_, 80);
  EXPECT_EQ(small_, 65535);
  EXPECT_FALSE(strict_);
  EXPECT_TRUE(quiet_);
  EXPECT_EQ(ratio_, 0.25);
  EXPECT_EQ(delay_, absl::Hours(336));
  EXPECT_EQ(timeout_, absl::Seconds(75));
  EXPECT_EQ(cache_.bytes, 512u << 20);
  EXPECT_THAT(isolation_, ElementsAre("cgroups/cpu", "disk/du"));
  EXPECT_EQ(url_, "a=b=c");
}

TEST_F(FlagsTest, SwitchesTakeValuesToo) {
  ASSERT_TRUE(Parse({"--strict=false", "--quiet=1"}).ok());
  EXPECT_FALSE(strict_);
  EXPECT_TRUE(quiet_);
}

TEST_F(FlagsTest, AnEmptyValueIsAValue) {
  master_ = "x";
  ASSERT_TRUE(Parse({"--master=", "--isolation="}).ok());
  EXPECT_EQ(master_, "");
  EXPECT_THAT(isolation_, ElementsAre());
}

TEST_F(FlagsTest, TheEnvironmentCountsWhereTheCommandLineIsSilent) {
  ASSERT_TRUE(Parse({"--port=1"}, {{"MESOS_PORT", "2"},
                                   {"MESOS_MASTER", "m:5050"},
                                   {"MESOS_STRICT", "0"},
                                   {"MESOS_NATIVE_JAVA_LIBRARY", "/lib/x.so"},
                                   {"PORT", "3"}})
                  .ok());
  EXPECT_EQ(port_, 1);
  EXPECT_EQ(master_, "m:5050");
  EXPECT_FALSE(strict_);
}

TEST_F(FlagsTest, ABadVariableIsAnErrorThatNamesIt) {
  EXPECT_THAT(Error({}, {{"MESOS_PORT", "http"}}), HasSubstr("MESOS_PORT: 'http' is not a whole"));
  EXPECT_THAT(Error({}, {{"MESOS_QUIET", ""}}), HasSubstr("MESOS_QUIET"));
}

TEST_F(FlagsTest, ABadVariableDoesNotMatterWhereTheCommandLineSpeaks) {
  EXPECT_TRUE(Parse({"--port=1"}, {{"MESOS_PORT", "http"}}).ok());
}

TEST_F(FlagsTest, AFileValueIsReadFromTheFile) {
  files_["/etc/mesos/master"] = "zk://a,b/mesos\n";
  files_["port"] = "99\r\n";
  ASSERT_TRUE(Parse({"--master=file:///etc/mesos/master"}, {{"MESOS_PORT", "file://port"}}).ok());
  EXPECT_EQ(master_, "zk://a,b/mesos");
  EXPECT_EQ(port_, 99);
}

TEST_F(FlagsTest, AFileThatCannotBeReadIsAnErrorThatNamesIt) {
  EXPECT_EQ(Error({"--master=file:///none"}),
            "--master: cannot read '/none': No such file or directory");
}

TEST_F(FlagsTest, ALiteralFlagIsNotReadFromAFile) {
  ASSERT_TRUE(Parse({"--url=file:///none"}).ok());
  EXPECT_EQ(url_, "file:///none");
}

TEST_F(FlagsTest, ADeprecatedNameIsTaken) {
  ASSERT_TRUE(Parse({"--slave_timeout=1mins"}).ok());
  EXPECT_EQ(timeout_, absl::Minutes(1));
}

TEST_F(FlagsTest, ADeprecatedNameIsTakenFromTheEnvironment) {
  ASSERT_TRUE(Parse({}, {{"MESOS_SLAVE_TIMEOUT", "1mins"}}).ok());
  EXPECT_EQ(timeout_, absl::Minutes(1));
}

TEST_F(FlagsTest, RefusesAFlagGivenTwice) {
  EXPECT_THAT(Error({"--port=1", "--port=1"}), HasSubstr("--port is given twice"));
}

TEST_F(FlagsTest, RefusesAFlagGivenUnderBothItsNames) {
  EXPECT_EQ(Error({"--slave_timeout=1secs", "--agent_timeout=1secs"}),
            "flag --agent_timeout is given twice: as --slave_timeout and as --agent_timeout");
}

TEST_F(FlagsTest, RefusesAVariableGivenUnderBothItsNames) {
  EXPECT_THAT(Error({}, {{"MESOS_SLAVE_TIMEOUT", "1secs"}, {"MESOS_AGENT_TIMEOUT", "1secs"}}),
              HasSubstr("MESOS_AGENT_TIMEOUT and by MESOS_SLAVE_TIMEOUT"));
}

TEST_F(FlagsTest, RefusesASwitchGivenBothWays) {
  EXPECT_THAT(Error({"--strict", "--no-strict"}), HasSubstr("--strict and as --no-strict"));
}

TEST_F(FlagsTest, NamesTheUnknownFlagAndTheNearestKnownOne) {
  EXPECT_EQ(Error({"--mastre=x"}), "unknown flag '--mastre', did you mean --master?");
  EXPECT_EQ(Error({"--gc-delay=x"}), "unknown flag '--gc-delay', did you mean --gc_delay?");
  EXPECT_EQ(Error({"--frobnicate"}), "unknown flag '--frobnicate', see --help");
  EXPECT_EQ(Error({"--no-frobnicate"}), "unknown flag '--no-frobnicate', see --help");
  EXPECT_EQ(Error({"--=5"}), "unknown flag '--', see --help");
}

TEST_F(FlagsTest, NeedsAValueAfterAnEqualsSign) {
  EXPECT_EQ(Error({"--port", "5050"}), "flag --port needs a value: --port=<integer>");
}

TEST_F(FlagsTest, RefusesValuesOfTheWrongType) {
  EXPECT_EQ(Error({"--port=99999999999"}),
            "--port: '99999999999' is not a whole number between -2147483648 and 2147483647");
  EXPECT_THAT(Error({"--port= 5"}), HasSubstr("not a whole number"));
  EXPECT_THAT(Error({"--port="}), HasSubstr("not a whole number"));
  EXPECT_THAT(Error({"--small_port=65536"}), HasSubstr("between 0 and 65535"));
  EXPECT_THAT(Error({"--small_port=-1"}), HasSubstr("between 0 and 65535"));
  EXPECT_THAT(Error({"--strict=yes"}), HasSubstr("neither true nor false"));
  EXPECT_THAT(Error({"--ratio=nan"}), HasSubstr("not a number"));
  EXPECT_THAT(Error({"--gc_delay=5"}), HasSubstr("--gc_delay: invalid duration '5'"));
  EXPECT_THAT(Error({"--cache_size=5"}), HasSubstr("--cache_size: invalid size '5'"));
  EXPECT_THAT(Error({"--isolation=a,,b"}), HasSubstr("empty element"));
  EXPECT_THAT(Error({"--no-port"}), HasSubstr("--port is not a switch"));
  EXPECT_THAT(Error({"--no-strict=true"}), HasSubstr("takes no value after --no-"));
}

TEST_F(FlagsTest, ARefusedValueLeavesTheFieldAlone) {
  Error({"--ratio=inf"});
  Error({"--isolation=a,"});
  EXPECT_EQ(ratio_, 0.5);
  EXPECT_EQ(isolation_.size(), 2u);
}

TEST_F(FlagsTest, EscapesHostileText) {
  EXPECT_THAT(Error({"--a\nb"}), Not(HasSubstr("\n")));
  EXPECT_THAT(Error({"--port=\x1b[2J"}), Not(HasSubstr("\x1b")));
  EXPECT_LT(Error({std::string("--") + std::string(100000, 'x')}).size(), 400u);
  EXPECT_LT(Error({"--port=" + std::string(100000, 'x')}).size(), 400u);
}

TEST_F(FlagsTest, RefusesArgumentsThatAreNoFlags) {
  EXPECT_EQ(Error({"stop"}), "unexpected argument 'stop': flags are written --name=value");
  EXPECT_THAT(Error({"-v"}), HasSubstr("unexpected argument '-v'"));
  EXPECT_THAT(Error({"--", "--port=1"}), HasSubstr("unexpected argument '--port=1'"));
}

TEST_F(FlagsTest, HandsOnArgumentsWhereTheyAreAllowed) {
  flags_.AllowArguments("<master>");
  ASSERT_TRUE(Parse({"a", "--port=1", "b", "--", "--port=2"}).ok());
  EXPECT_THAT(flags_.arguments(), ElementsAre("a", "b", "--port=2"));
  EXPECT_EQ(port_, 1);
}

TEST_F(FlagsTest, ARequiredFlagMayComeFromAnywhereButMustCome) {
  std::string work_dir;
  flags_.Add(&work_dir, "work_dir", "Where state is kept.").Required();
  EXPECT_EQ(Error({}),
            "flag --work_dir is missing: give it as --work_dir=<text> or in MESOS_WORK_DIR");
  EXPECT_TRUE(Parse({}, {{"MESOS_WORK_DIR", "/x"}}).ok());
  EXPECT_EQ(work_dir, "/x");
}

TEST_F(FlagsTest, HelpIsAskedForEvenWhereOtherFlagsAreWrong) {
  ASSERT_TRUE(Parse({"--bogus", "--help"}).ok());
  EXPECT_TRUE(flags_.help_requested());
}

TEST_F(FlagsTest, HelpTellsOfEveryFlagInLinesThatFit) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "word ";
  std::string work_dir;
  flags_.Add(&work_dir, "work_dir", text).Required();
  const std::string help = flags_.Help();
  EXPECT_THAT(help, HasSubstr("Usage: mesos-test [flags]\n\nTests flags.\n"));
  EXPECT_THAT(help, HasSubstr("  --port=<integer>   (default: 5051)\n      Port to listen on.\n"));
  EXPECT_THAT(help, HasSubstr("  --[no-]strict   (default: true)\n"));
  EXPECT_THAT(help, HasSubstr("  --gc_delay=<duration>   (default: 1weeks)\n"));
  EXPECT_THAT(help, HasSubstr("  --agent_timeout=<duration>\n"));
  EXPECT_THAT(help, HasSubstr("Deprecated: --slave_timeout."));
  EXPECT_THAT(help, HasSubstr("  --work_dir=<text>   (required)\n"));
  for (absl::string_view line : absl::StrSplit(help, '\n')) {
    EXPECT_LE(line.size(), 100u) << std::string(line);
    EXPECT_TRUE(line.empty() || line.back() != ' ') << std::string(line);
  }
}

TEST_F(FlagsTest, ListsTheFlagsThatDifferFromTheirDefaults) {
  ASSERT_TRUE(Parse({"--port=5051", "--master=a\nb", "--no-strict"}).ok());
  EXPECT_THAT(flags_.Changed(), ElementsAre("--master=a\\nb", "--strict=false"));
}

TEST_F(FlagsTest, ASecretIsNeverShown) {
  ASSERT_TRUE(Parse({"--secret_key=hunter2"}).ok());
  EXPECT_EQ(secret_, "hunter2");
  EXPECT_THAT(flags_.Changed(), ElementsAre("--secret_key=<hidden>"));
  EXPECT_EQ(flags_.Values()["secret_key"], "<hidden>");
  EXPECT_EQ(flags_.Values()["port"], "5051");
}

TEST_F(FlagsTest, ASecretIsNotShownInErrorsEither) {
  int32_t pin = 1234;
  flags_.Add(&pin, "pin", "A number.").Secret();
  EXPECT_EQ(Error({"--pin=hunter2"}), "--pin: its value is not a valid integer");
  EXPECT_THAT(flags_.Help(), Not(HasSubstr("1234")));
}

TEST_F(FlagsTest, AFlagDefinedTwiceIsABugThatIsReported) {
  int32_t other = 0;
  flags_.Add(&other, "other", "Other.").Alias("port");
  absl::Status status = Parse({});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(), "flag --port is defined twice");
}

}  // namespace
}  // namespace mesos
