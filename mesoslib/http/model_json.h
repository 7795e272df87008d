// Parts of the older endpoints' answers, as Mesos's dashboards and exporters read them: what they
// call slave is an agent, resources are sums by name.
#ifndef MESOSLIB_HTTP_MODEL_JSON_H_
#define MESOSLIB_HTTP_MODEL_JSON_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/master_state.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/http/json_writer.h"

namespace mesos::http {

// An object: {"cpus":4.0,"disk":0.0,"gpus":0.0,"mem":1024.0,"ports":"[31000-32000]"}. These four
// are always there; a revocable resource is "cpus_revocable". Reservations make no difference.
void WriteResources(const Resources& resources, JsonWriter* json);

// The same without reservations' and allocations' being added up: a list of messages, in the words
// of the older API.
void WriteResourcesInFull(const Resources& resources, JsonWriter* json);

// {"rack":"r1","ports":"[1-5]","power":3.0}
void WriteAttributes(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes,
                     JsonWriter* json);

void WriteLabels(const v1::Labels& labels, JsonWriter* json);
void WriteStatus(const v1::TaskStatus& status, JsonWriter* json);
void WriteTask(const MasterState::Task& task, absl::string_view framework, JsonWriter* json);
void WriteExecutor(const MasterState::Executor& executor, absl::string_view agent,
                   JsonWriter* json);

// Any message, as the v1 API writes it.
void WriteMessage(const google::protobuf::Message& message, JsonWriter* json);

// Seconds since 1970.
void WriteTime(absl::Time time, JsonWriter* json);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_MODEL_JSON_H_
