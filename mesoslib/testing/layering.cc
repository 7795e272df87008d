#include "mesoslib/testing/layering.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos {
namespace {

using StringViews = std::vector<absl::string_view>;

// One folder below mesoslib/.
struct Folder {
  absl::string_view name;
  // Other folders below mesoslib/ that it may include. Everyone may include include/mesos and
  // protos.
  StringViews may_include;
  // The core reads no clock, randomness, environment or file, and knows no transport or database.
  bool core = false;
};

const std::vector<Folder>& Folders() {
  static const auto* const folders = new std::vector<Folder>{
      {"include", {}, true},
      {"base", {}, true},
      {"resources", {"base"}, true},
      {"allocator", {"base", "resources"}, true},
      {"master", {"base", "resources"}, true},
      {"agent", {"base", "resources"}, true},
      {"scheduler", {"base"}, true},
      {"executor", {"base"}, true},
      {"rpc", {"base", "security"}},
      {"http", {"base", "security"}},
      {"storage", {"base"}},
      {"coordination", {"base", "resources"}},
      {"security", {"base"}},
      {"fetcher", {"base"}},
      {"checks", {"base"}},
      {"containerizer", {"base", "resources", "fetcher", "checks"}},
      {"sim", {"base", "resources", "allocator", "master", "agent", "scheduler", "executor"}},
      {"doc", {}},
      {"local", {"base"}},
      {"install", {}},
      {"guest", {"base"}},
      {"testing", {}},
  };
  return *folders;
}

// Files of core folders through which the world comes in: the real event loop, and what it runs on.
constexpr absl::string_view kDoors[] = {
    "mesoslib/base/listen_address.cc",
    "mesoslib/base/mutex.h",
    "mesoslib/base/notification.h",
    "mesoslib/base/process_watcher.cc",
    "mesoslib/base/process_watcher.h",
    "mesoslib/base/random.cc",
    "mesoslib/base/thread.cc",
    "mesoslib/base/thread.h",
    "mesoslib/base/thread_event_loop.cc",
    "mesoslib/base/unique_fd.h",
    "mesoslib/base/worker_pool.cc",
    "mesoslib/base/worker_pool.h",
};

// Headers that no core file includes; a name ending in "/" stands for all below it.
constexpr absl::string_view kForbiddenHeaders[] = {
    "absl/random/",
    "absl/time/clock.h",
    "archive.h",
    "archive_entry.h",
    "boost/",
    "chrono",
    "condition_variable",
    "ctime",
    "curl/",
    "dirent.h",
    "fcntl.h",
    "filesystem",
    "fstream",
    "google/protobuf/io/zero_copy_stream_impl.h",
    "grpc/",
    "grpcpp/",
    "leveldb/",
    "netinet/",
    "openssl/",
    "poll.h",
    "pthread.h",
    "random",
    "spawn.h",
    "spdlog/",
    "sys/epoll.h",
    "sys/file.h",
    "sys/mman.h",
    "sys/random.h",
    "sys/socket.h",
    "sys/stat.h",
    "sys/time.h",
    "thread",
    "time.h",
    "unistd.h",
    "zookeeper/",
};

// Functions that no core file calls, whatever header brought them in.
constexpr absl::string_view kForbiddenCalls[] = {
    "absl::Now", "absl::SleepFor", "clock_gettime", "execve", "fopen", "fork",   "getenv",
    "getpid",    "gettimeofday",   "kill",          "open",   "rand",  "random", "sleep",
    "srand",     "system",         "time",          "usleep", "vfork",
};

// The master does the same in every build for the same seed, so it walks through nothing whose
// order depends on a hash or an address.
constexpr absl::string_view kOrderedFolder = "mesoslib/master/";
constexpr absl::string_view kOrderedIndex = "mesoslib/master/index.h";
constexpr absl::string_view kUnordered[] = {"absl/container/flat_hash_",
                                            "absl/container/node_hash_", "unordered_"};

constexpr absl::string_view kTestHeaders[] = {"gtest/", "gmock/", "benchmark/"};

bool Matches(absl::string_view header, absl::string_view pattern) {
  return absl::EndsWith(pattern, "/") ? absl::StartsWith(header, pattern) : header == pattern;
}

// The header a line includes, or the file a .proto line imports; empty where it does neither.
absl::string_view Included(absl::string_view line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  if (!absl::ConsumePrefix(&line, "#include") && !absl::ConsumePrefix(&line, "import ")) return "";
  const size_t start = line.find_first_of("<\"");
  if (start == line.npos) return "";
  const size_t end = line.find_first_of(">\"", start + 1);
  return end == line.npos ? "" : line.substr(start + 1, end - start - 1);
}

// The code of a line: without its comment and what its string literals hold.
std::string Code(absl::string_view line) {
  std::string code;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      if (absl::StartsWith(line.substr(i), "//")) break;
      code += line[i];
    }
  }
  return code;
}

bool IsNamePart(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Whether what stands before a name makes it a declaration: "bool ", but not "return ".
bool DeclaresWhatFollows(absl::string_view before) {
  if (!absl::ConsumeSuffix(&before, " ") || before.empty()) return false;
  size_t start = before.size();
  while (start > 0 && IsNamePart(before[start - 1])) --start;
  const absl::string_view word = before.substr(start);
  return !word.empty() && word != "return" && word != "else" && word != "co_return";
}

// Whether `code` calls the function, and not a method or another function of a longer name.
bool Calls(absl::string_view code, absl::string_view function) {
  for (size_t at = code.find(function); at != code.npos; at = code.find(function, at + 1)) {
    absl::string_view rest = code.substr(at + function.size());
    if (!absl::StartsWith(rest, "(")) continue;
    absl::string_view before = code.substr(0, at);
    if (absl::ConsumeSuffix(&before, "::")) absl::ConsumeSuffix(&before, "std");
    if (before.empty()) return true;
    const bool method = absl::EndsWith(before, ".") || absl::EndsWith(before, "->");
    if (method || IsNamePart(before.back()) || before.back() == ':') continue;
    if (!DeclaresWhatFollows(before)) return true;
  }
  return false;
}

bool IsTest(absl::string_view path, const StringViews& lines) {
  for (absl::string_view ending : {"_test.cc", "_fuzzer.cc"}) {
    if (absl::EndsWith(path, ending)) return true;
  }
  if (absl::StrContains(path, "/testing/")) return true;
  return std::any_of(lines.begin(), lines.end(), [](absl::string_view line) {
    const absl::string_view header = Included(line);
    return std::any_of(std::begin(kTestHeaders), std::end(kTestHeaders),
                       [&](absl::string_view test) { return Matches(header, test); });
  });
}

class Checker {
 public:
  Checker(absl::string_view path, StringViews lines) : path_(path), lines_(std::move(lines)) {}

  std::vector<std::string> Check() {
    if (absl::StartsWith(path_, "examples/")) {
      ForEachLine([this](absl::string_view line) { CheckExample(line); });
      return problems_;
    }
    absl::string_view below = path_;
    if (!absl::ConsumePrefix(&below, "mesoslib/") || IsTest(path_, lines_)) return problems_;
    const absl::string_view name = below.substr(0, below.find('/'));
    if (name == "proto") {
      ForEachLine([this](absl::string_view line) { CheckProto(line); });
      return problems_;
    }
    for (const Folder& folder : Folders()) {
      if (folder.name != name) continue;
      ForEachLine([&](absl::string_view line) { CheckLine(folder, line); });
      return problems_;
    }
    problems_.push_back(absl::StrCat(path_, ":1: folder '", name,
                                     "' is not in the table of mesoslib/testing/layering.cc"));
    return problems_;
  }

 private:
  template <typename F>
  void ForEachLine(F check) {
    for (line_number_ = 1; line_number_ <= lines_.size(); ++line_number_) {
      check(lines_[line_number_ - 1]);
    }
  }

  void Report(absl::string_view rule) {
    problems_.push_back(absl::StrCat(path_, ":", line_number_, ": ", rule));
  }

  void CheckExample(absl::string_view line) {
    if (absl::StartsWith(Included(line), "mesoslib/")) {
      Report("an example includes public headers (mesos/...) only");
    }
  }

  void CheckProto(absl::string_view line) {
    const absl::string_view imported = Included(line);
    if (imported.empty() || !absl::EndsWith(path_, ".proto")) return;
    const bool is_public = absl::StrContains(path_, "/mesos/v1/");
    if (absl::StartsWith(imported, "google/protobuf/")) return;
    if (absl::StartsWith(imported, "mesos/v1/")) return;
    if (!is_public && absl::StartsWith(imported, "mesos/internal/")) return;
    Report(absl::StrCat("a .proto file ",
                        is_public ? "of mesos/v1 imports that folder's only"
                                  : "imports mesos/v1 and mesos/internal only",
                        ", not ", imported));
  }

  void CheckLine(const Folder& folder, absl::string_view line) {
    const absl::string_view header = Included(line);
    if (!header.empty()) CheckArrow(folder, header);
    if (!header.empty()) CheckOrder(header);
    if (!folder.core) return;
    if (std::find(std::begin(kDoors), std::end(kDoors), path_) != std::end(kDoors)) return;
    for (absl::string_view forbidden : kForbiddenHeaders) {
      if (!header.empty() && Matches(header, forbidden)) {
        Report(absl::StrCat("the core (", folder.name,
                            ") knows the world through interfaces only, "
                            "and does not include <",
                            header, ">"));
      }
    }
    const std::string code = Code(line);
    for (absl::string_view function : kForbiddenCalls) {
      if (!Calls(code, function)) continue;
      Report(absl::StrCat("the core (", folder.name,
                          ") knows the world through interfaces only, "
                          "and does not call ",
                          function, "()"));
    }
  }

  void CheckOrder(absl::string_view header) {
    if (!absl::StartsWith(path_, kOrderedFolder) || path_ == kOrderedIndex) return;
    for (absl::string_view unordered : kUnordered) {
      if (!absl::StartsWith(header, unordered)) continue;
      Report(
          absl::StrCat("the master looks things up in mesoslib/master/index.h or in ordered "
                       "containers, and does not include ",
                       header));
    }
  }

  void CheckArrow(const Folder& folder, absl::string_view header) {
    if (!absl::ConsumePrefix(&header, "mesoslib/")) return;
    const absl::string_view other = header.substr(0, header.find('/'));
    if (other == folder.name && folder.name != "include") return;
    const StringViews& allowed = folder.may_include;
    if (std::find(allowed.begin(), allowed.end(), other) != allowed.end()) return;
    Report(absl::StrCat(
        folder.name, " may include ",
        allowed.empty() ? "no other folder" : absl::StrCat("only ", absl::StrJoin(allowed, ", ")),
        ", not mesoslib/", header));
  }

  const absl::string_view path_;
  const StringViews lines_;
  size_t line_number_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace

bool IsLayeredSource(absl::string_view path) {
  return absl::EndsWith(path, ".h") || absl::EndsWith(path, ".cc") ||
         absl::EndsWith(path, ".proto");
}

std::vector<std::string> CheckLayering(absl::string_view path, absl::string_view text) {
  return Checker(path, absl::StrSplit(text, '\n')).Check();
}

}  // namespace mesos
