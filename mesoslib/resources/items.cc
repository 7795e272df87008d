#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesos/values.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/text.h"

namespace mesos {

absl::StatusOr<Items> Items::FromList(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  auto twice = std::adjacent_find(items.begin(), items.end());
  if (twice != items.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", *twice, "' appears twice: the items of a set must differ"));
  }
  Items result;
  result.items_ = std::move(items);
  return result;
}

absl::StatusOr<Items> Items::Parse(absl::string_view text) {
  ASSIGN_OR_RETURN(std::vector<std::string> words, ParseBracketed(text, '{', '}'));
  return FromList(std::move(words));
}

absl::StatusOr<Items> Items::FromProto(const v1::Value::Set& proto) {
  return FromList(std::vector<std::string>(proto.item().begin(), proto.item().end()));
}

void Items::ToProto(v1::Value::Set* proto) const {
  for (const std::string& item : items_) proto->add_item(item);
}

std::string Items::ToString() const { return absl::StrCat("{", absl::StrJoin(items_, ","), "}"); }

bool Items::Contains(const Items& other) const {
  return std::includes(items_.begin(), items_.end(), other.items_.begin(), other.items_.end());
}

Items Items::Union(const Items& other) const {
  Items result;
  std::set_union(items_.begin(), items_.end(), other.items_.begin(), other.items_.end(),
                 std::back_inserter(result.items_));
  return result;
}

Items Items::Difference(const Items& other) const {
  Items result;
  std::set_difference(items_.begin(), items_.end(), other.items_.begin(), other.items_.end(),
                      std::back_inserter(result.items_));
  return result;
}

}  // namespace mesos
