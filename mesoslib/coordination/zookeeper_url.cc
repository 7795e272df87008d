#include "mesoslib/coordination/zookeeper_url.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr absl::string_view kScheme = "zk://";
constexpr absl::string_view kFileScheme = "file://";
constexpr absl::string_view kForm = "zk://[user:password@]host:port,.../path";
constexpr size_t kMaxBytes = 4096;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("a ZooKeeper URL ", what, "; expected ", kForm));
}

bool IsHostCharacter(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_'; }
bool IsAddressCharacter(char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; }

bool IsHost(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    return !host.empty() && std::all_of(host.begin(), host.end(), IsAddressCharacter);
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), IsHostCharacter);
}

absl::Status CheckServer(absl::string_view server) {
  if (server.empty()) return Malformed("has an empty place in its list of servers");
  const size_t colon = server.rfind(':');
  if (colon == server.npos || absl::EndsWith(server, "]")) {
    return Malformed(absl::StrCat("names the server ", Quoted(server), " without a port"));
  }
  const absl::string_view port = server.substr(colon + 1);
  uint32_t number = 0;
  if (!std::all_of(port.begin(), port.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(port, &number) || number == 0 || number > 65535) {
    return Malformed(absl::StrCat("names the server ", Quoted(server), ", whose port ",
                                  Quoted(port), " is not a number from 1 to 65535"));
  }
  if (IsHost(server.substr(0, colon))) return absl::OkStatus();
  return Malformed(absl::StrCat("names the server ", Quoted(server), ", whose host ",
                                Quoted(server.substr(0, colon)),
                                " is neither a name, an IPv4 address nor an IPv6 address in []"));
}

absl::Status CheckCredentials(absl::string_view credentials) {
  const size_t colon = credentials.find(':');
  if (colon == credentials.npos) return Malformed("has a user without a password before its '@'");
  if (colon == 0) return Malformed("has a password without a user before its '@'");
  if (colon + 1 == credentials.size()) return Malformed("has an empty password before its '@'");
  if (std::any_of(credentials.begin(), credentials.end(), absl::ascii_iscntrl)) {
    return Malformed("has control characters in its user or password");
  }
  return absl::OkStatus();
}

absl::Status CheckPath(absl::string_view path) {
  if (path.size() <= 1) {
    return Malformed("has no path: masters share a path such as /mesos, and '/' is not one");
  }
  for (absl::string_view name : absl::StrSplit(path.substr(1), '/')) {
    if (name.empty())
      return Malformed(absl::StrCat("has an empty name in its path ", Quoted(path)));
    if (name == "." || name == "..") {
      return Malformed(absl::StrCat("has the name ", Quoted(name), " in its path ", Quoted(path)));
    }
  }
  if (path == "/zookeeper" || absl::StartsWith(path, "/zookeeper/")) {
    return Malformed("has the path /zookeeper, which ZooKeeper keeps for itself");
  }
  const auto bad = [](char c) { return absl::ascii_iscntrl(c) || !absl::ascii_isascii(c); };
  if (std::any_of(path.begin(), path.end(), bad)) {
    return Malformed(
        absl::StrCat("has characters in its path ", Quoted(path), " that are not printable ASCII"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadUrlFile(absl::string_view path) {
  std::ifstream file{std::string(path), std::ios::binary};
  if (!file) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot open ", Quoted(path), ", which should hold a ZooKeeper URL"));
  }
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace

bool IsZooKeeperUrl(absl::string_view text) {
  return absl::StartsWith(text, kScheme) || absl::StartsWith(text, kFileScheme);
}

absl::StatusOr<ZooKeeperUrl> ParseZooKeeperUrl(absl::string_view text) {
  std::string held;
  if (absl::ConsumePrefix(&text, kFileScheme)) {
    ASSIGN_OR_RETURN(held, ReadUrlFile(text));
    text = held;
  }
  text = absl::StripAsciiWhitespace(text);
  if (text.size() > kMaxBytes)
    return Malformed(absl::StrCat("has more than ", kMaxBytes, " bytes"));
  if (!absl::ConsumePrefix(&text, kScheme)) return Malformed("does not begin with zk://");
  const size_t slash = std::min(text.find('/'), text.size());
  absl::string_view servers = text.substr(0, slash);
  absl::string_view path = text.substr(slash);
  // Before anything is shown: it may be a part of a password.
  if (absl::StrContains(path, '@')) {
    return Malformed("has an '@' after its first '/': a password must not contain a '/'");
  }
  ZooKeeperUrl url;
  if (const size_t at = servers.rfind('@'); at != servers.npos) {
    url.credentials = std::string(servers.substr(0, at));
    servers = servers.substr(at + 1);
    RETURN_IF_ERROR(CheckCredentials(url.credentials));
  }
  if (servers.empty()) return Malformed("names no server");
  for (absl::string_view server : absl::StrSplit(servers, ',')) {
    RETURN_IF_ERROR(CheckServer(server));
  }
  if (path.size() > 1) absl::ConsumeSuffix(&path, "/");
  RETURN_IF_ERROR(CheckPath(path));
  url.servers = std::string(servers);
  url.path = std::string(path);
  return url;
}

}  // namespace mesos
