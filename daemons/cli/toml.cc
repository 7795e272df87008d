#include "daemons/cli/toml.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

bool IsKeyCharacter(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; }

class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  absl::StatusOr<std::map<std::string, TomlValue>> Read() {
    while (true) {
      SkipBlank(true);
      if (rest_.empty()) return std::move(values_);
      RETURN_IF_ERROR(rest_.front() == '[' ? ReadTable() : ReadPair());
      SkipBlank(false);
      if (!rest_.empty() && rest_.front() != '\n') return Error("expected the end of the line");
    }
  }

 private:
  absl::Status Error(absl::string_view what) const {
    const absl::string_view found = rest_.substr(0, rest_.find('\n'));
    return absl::InvalidArgumentError(absl::StrCat(
        "line ", line_, ": ", what, ", found ",
        found.empty() ? "nothing more" : absl::StrCat("'", Printable(CutEnd(found, 40)), "'")));
  }

  // Spaces and comments; with `lines`, also ends of lines.
  void SkipBlank(bool lines) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (c == ' ' || c == '\t' || c == '\r') {
        rest_.remove_prefix(1);
      } else if (c == '\n' && lines) {
        ++line_;
        rest_.remove_prefix(1);
      } else {
        return;
      }
    }
  }

  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "master.zookeeper".
  absl::StatusOr<std::string> ReadKey() {
    std::string key;
    do {
      SkipBlank(false);
      size_t end = 0;
      while (end < rest_.size() && IsKeyCharacter(rest_[end])) ++end;
      if (end == 0) return Error("expected a key");
      absl::StrAppend(&key, key.empty() ? "" : ".", rest_.substr(0, end));
      rest_.remove_prefix(end);
      SkipBlank(false);
    } while (Take('.'));
    return key;
  }

  absl::Status ReadTable() {
    rest_.remove_prefix(1);
    ASSIGN_OR_RETURN(table_, ReadKey());
    if (!Take(']')) return Error("expected ']'");
    if (!tables_.insert(table_).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line_, ": the table [", table_, "] is there once more"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadPair() {
    const int line = line_;
    ASSIGN_OR_RETURN(std::string key, ReadKey());
    if (!table_.empty()) key = absl::StrCat(table_, ".", key);
    if (!Take('=')) return Error(absl::StrCat("expected '=' after ", key));
    SkipBlank(false);
    ASSIGN_OR_RETURN(TomlValue value, ReadValue(key));
    value.line = line;
    if (!values_.emplace(key, std::move(value)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, ": ", key, " is there once more"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<TomlValue> ReadValue(const std::string& key) {
    if (!rest_.empty() && (rest_.front() == '"' || rest_.front() == '\'')) {
      ASSIGN_OR_RETURN(std::string text, ReadString(key));
      return TomlValue{std::move(text)};
    }
    if (Take('[')) return ReadList(key);
    const absl::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r\n#,]"));
    TomlValue value;
    int64_t number;
    if (word == "true" || word == "false") {
      value.value = word == "true";
    } else if (absl::SimpleAtoi(absl::StrReplaceAll(word, {{"_", ""}}), &number)) {
      value.value = number;
    } else {
      return Error(absl::StrCat(key, ": expected a \"text\", a number, true, false or a [list]"));
    }
    rest_.remove_prefix(word.size());
    return value;
  }

  absl::StatusOr<TomlValue> ReadList(const std::string& key) {
    std::vector<std::string> list;
    while (true) {
      SkipBlank(true);
      if (Take(']')) return TomlValue{std::move(list)};
      ASSIGN_OR_RETURN(std::string text, ReadString(key));
      list.push_back(std::move(text));
      SkipBlank(true);
      if (Take(',')) continue;
      if (Take(']')) return TomlValue{std::move(list)};
      return Error(absl::StrCat(key, ": expected ',' or ']'"));
    }
  }

  absl::StatusOr<std::string> ReadString(const std::string& key) {
    const bool literal = !rest_.empty() && rest_.front() == '\'';
    if (!literal && (rest_.empty() || rest_.front() != '"')) {
      return Error(absl::StrCat(key, ": expected a text in quotes"));
    }
    const char quote = rest_.front();
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote && rest_[end] != '\n') {
      end += !literal && rest_[end] == '\\' ? 2 : 1;
    }
    if (end >= rest_.size() || rest_[end] != quote) {
      return Error(absl::StrCat(key, ": expected the closing quote on the same line"));
    }
    const absl::string_view inside = rest_.substr(1, end - 1);
    std::string text(inside);
    std::string why;
    if (!literal && !absl::CUnescape(inside, &text, &why)) {
      return Error(absl::StrCat(key, ": expected no such escape (", why, ")"));
    }
    rest_.remove_prefix(end + 1);
    return text;
  }

  absl::string_view rest_;
  int line_ = 1;
  std::string table_;
  std::set<std::string> tables_;
  std::map<std::string, TomlValue> values_;
};

}  // namespace

absl::StatusOr<std::map<std::string, TomlValue>> ReadToml(absl::string_view text) {
  return Reader(text).Read();
}

}  // namespace mesos::cli
