#include "mesoslib/http/exchange.h"

#include "absl/strings/match.h"

namespace mesos::http {

std::optional<absl::string_view> Headers::Find(absl::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (absl::EqualsIgnoreCase(field, name)) return value;
  }
  return std::nullopt;
}

void Headers::Add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

size_t Response::body_size() const {
  size_t bytes = body.size();
  for (const auto& piece : shared_body) bytes += piece->size();
  return bytes;
}

}  // namespace mesos::http
