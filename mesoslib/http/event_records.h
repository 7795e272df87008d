// EventRecords: events as the chunks of a stream. One record is one chunk: its length in decimal, a
// newline, the message.
#ifndef MESOSLIB_HTTP_EVENT_RECORDS_H_
#define MESOSLIB_HTTP_EVENT_RECORDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/content.h"

namespace mesos::http {

// Clients read no longer ones. An event that can be divided, for it lists offers, becomes several;
// of the others a longer one is sent as it is.
inline constexpr size_t kMaxEventBytes = 4 << 20;

std::vector<std::string> ToRecords(v1::scheduler::Event event, Encoding encoding);
std::vector<std::string> ToRecords(v1::executor::Event event, Encoding encoding);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_EVENT_RECORDS_H_
