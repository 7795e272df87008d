// OpenApiDocument: endpoints as OpenAPI 3.0 describes them, for programs that make clients of it.
// What messages consist of is read off their descriptors, so nothing of them can be missing.
#ifndef MESOSLIB_HTTP_OPENAPI_H_
#define MESOSLIB_HTTP_OPENAPI_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mesoslib/http/endpoint_help.h"

namespace mesos::http {

std::string OpenApiDocument(absl::string_view title, const std::vector<EndpointHelp>& endpoints);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_OPENAPI_H_
