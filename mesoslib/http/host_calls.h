// The operator's calls that the host of a master or an agent answers: GET_FLAGS, GET_LOGGING_LEVEL,
// SET_LOGGING_LEVEL, LIST_FILES and READ_FILE.
#ifndef MESOSLIB_HTTP_HOST_CALLS_H_
#define MESOSLIB_HTTP_HOST_CALLS_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/http/host.h"

namespace mesos::http {

bool IsForHost(const v1::master::Call& call);
bool IsForHost(const v1::agent::Call& call);

// `done` runs once, in the background or before this returns; a response without type: it is done.
// InvalidArgument names the field; otherwise as FileBrowser.
void AnswerForHost(const HostPtr& host, v1::master::Call call,
                   absl::AnyInvocable<void(absl::StatusOr<v1::master::Response>)> done);
void AnswerForHost(const HostPtr& host, v1::agent::Call call,
                   absl::AnyInvocable<void(absl::StatusOr<v1::agent::Response>)> done);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_HOST_CALLS_H_
