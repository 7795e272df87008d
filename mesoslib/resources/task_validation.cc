#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/validation.h"

namespace mesos {
namespace {

absl::Status ValidateAsked(const v1::Resource& proto) {
  if (proto.has_scalar()) {
    RETURN_IF_ERROR(Annotate(ValidateScalarPrecision(proto.scalar().value()), "scalar.value"));
    if (proto.name() == "gpus" && *MillisFromDouble(proto.scalar().value()) % 1000 != 0) {
      return InvalidField("scalar.value",
                          absl::StrCat(proto.scalar().value(), " is not a whole number of gpus"));
    }
  }
  if (proto.disk().has_persistence() && !proto.disk().has_volume()) {
    return InvalidField("disk.volume", "is missing: a persistent volume needs its place");
  }
  return absl::OkStatus();
}

absl::Status ValidateRevocability(const Resources::ProtoList& protos) {
  std::map<std::string, bool> revocable;
  for (const v1::Resource& proto : protos) {
    const auto [known, added] = revocable.emplace(proto.name(), proto.has_revocable());
    if (known->second == proto.has_revocable()) continue;
    return InvalidField("resources",
                        absl::StrCat("'", proto.name(), "' is asked for both revocable ",
                                     "and not: expected one kind"));
  }
  return absl::OkStatus();
}

absl::Status ValidateOneAllocation(const Resources::ProtoList& protos) {
  for (int i = 1; i < protos.size(); ++i) {
    const std::string& role = protos[i].allocation_info().role();
    const std::string& first = protos[0].allocation_info().role();
    if (role == first) continue;
    return InvalidField(absl::StrCat("resources[", i, "].allocation_info.role"),
                        absl::StrCat("'", role, "' differs from '", first,
                                     "' of the first resource: expected one role"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateTaskResources(const Resources::ProtoList& protos) {
  RETURN_IF_ERROR(Resources::FromProto(protos).status());
  for (int i = 0; i < protos.size(); ++i) {
    const absl::Status status = ValidateAsked(protos[i]);
    if (status.ok()) continue;
    return absl::InvalidArgumentError(absl::StrCat("resources[", i, "].", status.message(),
                                                   " (resource '", protos[i].name(), "')"));
  }
  RETURN_IF_ERROR(ValidateRevocability(protos));
  return ValidateOneAllocation(protos);
}

}  // namespace mesos
