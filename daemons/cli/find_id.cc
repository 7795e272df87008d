#include "daemons/cli/find_id.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

constexpr absl::string_view kCut = "…";
constexpr size_t kMaxNamed = 5;

bool EndsSo(absl::string_view id, absl::string_view end) {
  if (id.size() <= end.size() || !absl::EndsWith(id, end)) return false;
  const char before = id[id.size() - end.size() - 1];
  return before == '-' || before == '.';
}

bool IsCutFrom(absl::string_view id, absl::string_view begin, absl::string_view end) {
  return id.size() >= begin.size() + end.size() && absl::StartsWith(id, begin) &&
         absl::EndsWith(id, end);
}

template <typename Predicate>
std::vector<size_t> Matching(const std::vector<Candidate>& candidates, Predicate predicate) {
  std::vector<size_t> matching;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (predicate(candidates[i])) matching.push_back(i);
  }
  return matching;
}

absl::Status Ambiguous(absl::string_view kind, absl::string_view wanted,
                       const std::vector<Candidate>& candidates,
                       const std::vector<size_t>& matching) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(kMaxNamed, matching.size()); ++i) {
    const Candidate& candidate = candidates[matching[i]];
    names.push_back(Printable(candidate.id));
    if (!candidate.name.empty() && candidate.name != candidate.id) {
      absl::StrAppend(&names.back(), " (", CutEnd(Printable(candidate.name), 40), ")");
    }
  }
  const std::string more = matching.size() > kMaxNamed
                               ? absl::StrCat(", and ", matching.size() - kMaxNamed, " more")
                               : "";
  return absl::FailedPreconditionError(absl::StrCat("'", Printable(wanted), "' may be ",
                                                    matching.size(), " ", kind,
                                                    "s: ", absl::StrJoin(names, ", "), more));
}

}  // namespace

absl::StatusOr<size_t> FindId(absl::string_view kind, absl::string_view wanted,
                              const std::vector<Candidate>& candidates) {
  if (wanted.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the ", kind, " is empty; expected its id"));
  }
  const size_t cut = wanted.find(kCut);
  std::vector<size_t> matching;
  if (cut != wanted.npos) {
    matching = Matching(candidates, [&](const Candidate& c) {
      return IsCutFrom(c.id, wanted.substr(0, cut), wanted.substr(cut + kCut.size()));
    });
  } else {
    matching = Matching(candidates, [&](const Candidate& c) { return c.id == wanted; });
    if (matching.empty()) {
      matching = Matching(candidates, [&](const Candidate& c) { return c.name == wanted; });
    }
    if (matching.empty()) {
      matching =
          Matching(candidates, [&](const Candidate& c) { return absl::StartsWith(c.id, wanted); });
    }
    if (matching.empty()) {
      matching = Matching(candidates, [&](const Candidate& c) { return EndsSo(c.id, wanted); });
    }
  }
  if (matching.size() == 1) return matching.front();
  if (!matching.empty()) return Ambiguous(kind, wanted, candidates, matching);
  return absl::NotFoundError(absl::StrCat("no ", kind, "'s id begins with '", Printable(wanted),
                                          "'; 'mesos ", kind, " list' shows them"));
}

}  // namespace mesos::cli
