#include "daemons/cli/config.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemons/cli/text.h"
#include "daemons/cli/toml.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/units.h"

namespace mesos::cli {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

const std::vector<std::string>& KnownKeys() {
  static const auto* keys = new std::vector<std::string>{
      "master.address", "master.zookeeper.addresses", "master.zookeeper.path", "agent.timeout",
      "agent.ssl",      "agent.ssl_verify",           "agent.verify",          "agent.principal",
      "agent.secret",   "master.principal",           "master.secret",         "master.ssl",
      "plugins"};
  return *keys;
}

absl::Status Wrong(const std::string& key, const TomlValue& value, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", value.line, ": ", key, " ", what));
}

template <typename T>
absl::StatusOr<T> Get(const std::string& key, const TomlValue& value, absl::string_view kind) {
  if (const T* held = std::get_if<T>(&value.value)) return *held;
  return Wrong(key, value, absl::StrCat("is something else; expected ", kind));
}

// Of what cannot be done yet: only what asks for nothing.
absl::Status CheckUnsupported(const std::string& key, const TomlValue& value) {
  if (absl::EndsWith(key, "verify")) return Get<bool>(key, value, "true or false").status();
  if (absl::EndsWith(key, "ssl")) {
    ASSIGN_OR_RETURN(const bool wanted, Get<bool>(key, value, "true or false"));
    return wanted ? Wrong(key, value, "is true; expected false: daemons have no TLS yet")
                  : absl::OkStatus();
  }
  if (key == "plugins") {
    ASSIGN_OR_RETURN(const auto list, Get<std::vector<std::string>>(key, value, "a list"));
    return list.empty() ? absl::OkStatus()
                        : Wrong(key, value,
                                "names Python modules; expected none: a program mesos-NAME on PATH "
                                "is a command of its own");
  }
  ASSIGN_OR_RETURN(const std::string text, Get<std::string>(key, value, "a text"));
  return text.empty() ? absl::OkStatus()
                      : Wrong(key, value, "is set; expected none: daemons know no principals yet");
}

}  // namespace

absl::Status ReadConfig(absl::string_view text, absl::string_view name, Config* config) {
  ASSIGN_OR_RETURN(const auto values, ReadToml(text));
  std::vector<std::string> zookeepers;
  std::string path;
  for (const auto& [key, value] : values) {
    if (key == "master.address") {
      ASSIGN_OR_RETURN(config->master, Get<std::string>(key, value, "a text: \"host:port\""));
      if (config->master.empty()) return Wrong(key, value, "is empty; expected \"host:port\"");
      config->master_from = std::string(name);
    } else if (key == "master.zookeeper.addresses") {
      ASSIGN_OR_RETURN(zookeepers, Get<std::vector<std::string>>(key, value, "a list of texts"));
      if (zookeepers.empty()) return Wrong(key, value, "is empty; expected [\"host:port\", ...]");
    } else if (key == "master.zookeeper.path") {
      ASSIGN_OR_RETURN(path, Get<std::string>(key, value, "a text: \"/mesos\""));
      if (!absl::StartsWith(path, "/")) {
        return Wrong(key, value,
                     absl::StrCat("is '", Printable(path), "'; expected to begin with '/'"));
      }
    } else if (key == "agent.timeout") {
      ASSIGN_OR_RETURN(const int64_t seconds, Get<int64_t>(key, value, "a number of seconds"));
      if (seconds < 1 || seconds > 86400) {
        return Wrong(key, value, absl::StrCat("is ", seconds, "; expected 1 to 86400 seconds"));
      }
      config->timeout = absl::Seconds(seconds);
      config->timeout_from = std::string(name);
    } else if (std::find(KnownKeys().begin(), KnownKeys().end(), key) != KnownKeys().end()) {
      RETURN_IF_ERROR(CheckUnsupported(key, value));
    } else {
      const std::string near = Nearest(key, KnownKeys());
      return Wrong(key, value,
                   near.empty() ? absl::StrCat("is not known; expected one of ",
                                               absl::StrJoin(KnownKeys(), ", "))
                                : absl::StrCat("is not known; did you mean ", near, "?"));
    }
  }
  if (zookeepers.empty() && path.empty()) return absl::OkStatus();
  const TomlValue& either =
      values.at(zookeepers.empty() ? "master.zookeeper.path" : "master.zookeeper.addresses");
  if (zookeepers.empty()) return Wrong("master.zookeeper.addresses", either, "is missing");
  if (path.empty()) return Wrong("master.zookeeper.path", either, "is missing");
  if (values.contains("master.address")) {
    return Wrong("master.zookeeper", either, "and master.address are both there; expected one");
  }
  config->master = absl::StrCat("zk://", absl::StrJoin(zookeepers, ","), path);
  config->master_from = std::string(name);
  return absl::OkStatus();
}

absl::StatusOr<Config> LoadConfig(const std::map<std::string, std::string>& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  Config config;
  const std::string named = variable("MESOS_CLI_CONFIG_FILE");
  const std::string home = variable("HOME");
  config.path = !named.empty() ? named : home.empty() ? "" : home + "/.mesos/config.toml";
  if (!config.path.empty()) {
    std::ifstream file(config.path, std::ios::binary);
    const int why = errno;
    if (file) {
      std::string text(kMaxFileBytes + 1, '\0');
      file.read(text.data(), static_cast<std::streamsize>(text.size()));
      if (file.bad()) {
        return absl::InvalidArgumentError(absl::StrCat(config.path, " cannot be read"));
      }
      text.resize(static_cast<size_t>(file.gcount()));
      if (text.size() > kMaxFileBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat(config.path, " has more than a megabyte; expected a few lines"));
      }
      config.file_exists = true;
      RETURN_IF_ERROR(Annotate(ReadConfig(text, config.path, &config), config.path));
    } else if (!named.empty() || (why != ENOENT && why != ENOTDIR)) {
      return absl::InvalidArgumentError(
          absl::StrCat(config.path, " cannot be read: ", strerror(why)));
    }
  }
  if (const std::string master = variable("MESOS_MASTER"); !master.empty()) {
    config.master = master;
    config.master_from = "MESOS_MASTER";
  }
  if (const std::string timeout = variable("MESOS_TIMEOUT"); !timeout.empty()) {
    const absl::StatusOr<absl::Duration> parsed = ParseDuration(timeout);
    RETURN_IF_ERROR(Annotate(parsed.status(), "MESOS_TIMEOUT"));
    config.timeout = *parsed;
    config.timeout_from = "MESOS_TIMEOUT";
  }
  return config;
}

}  // namespace mesos::cli
