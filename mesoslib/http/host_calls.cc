#include "mesoslib/http/host_calls.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::http {
namespace {

template <typename Call>
bool IsAnyHosts(const Call& call) {
  switch (call.type()) {
    case Call::GET_FLAGS:
    case Call::GET_LOGGING_LEVEL:
    case Call::SET_LOGGING_LEVEL:
    case Call::LIST_FILES:
    case Call::READ_FILE:
      return true;
    default:
      return false;
  }
}

template <typename Call>
absl::Status SetLevel(LoggingLevel* logging_level, const Call& call) {
  if (!call.has_set_logging_level()) {
    return absl::InvalidArgumentError("set_logging_level is missing");
  }
  const auto& set = call.set_logging_level();
  if (!set.has_level()) return absl::InvalidArgumentError("set_logging_level.level is missing");
  const int64_t duration = set.duration().nanoseconds();
  if (duration <= 0) {
    return absl::InvalidArgumentError(absl::StrCat("set_logging_level.duration.nanoseconds is ",
                                                   duration, ", expected 1 or more"));
  }
  logging_level->Set(set.level(), absl::Nanoseconds(duration));
  return absl::OkStatus();
}

template <typename Response, typename Call>
absl::StatusOr<Response> OfLogging(LoggingLevel* logging_level, const Call& call) {
  if (logging_level == nullptr) {
    return absl::UnimplementedError(absl::StrCat(
        Call::Type_Name(call.type()), ": this program has no level of logging to ask for"));
  }
  Response response;
  if (call.type() == Call::GET_LOGGING_LEVEL) {
    response.set_type(Response::GET_LOGGING_LEVEL);
    response.mutable_get_logging_level()->set_level(logging_level->level());
    return response;
  }
  RETURN_IF_ERROR(SetLevel(logging_level, call));
  return response;
}

template <typename Response>
Response Flags(const Host& host) {
  Response response;
  response.set_type(Response::GET_FLAGS);
  response.mutable_get_flags();
  for (const auto& [name, value] : host.flags) {
    auto* flag = response.mutable_get_flags()->add_flags();
    flag->set_name(name);
    flag->set_value(value);
  }
  return response;
}

template <typename Response, typename Call>
absl::StatusOr<Response> OfFiles(const FileBrowser& files, const Call& call) {
  Response response;
  if (call.type() == Call::LIST_FILES) {
    if (!call.list_files().has_path()) {
      return absl::InvalidArgumentError("list_files.path is missing");
    }
    ASSIGN_OR_RETURN(std::vector<v1::FileInfo> list, files.List(call.list_files().path()));
    response.set_type(Response::LIST_FILES);
    response.mutable_list_files();
    for (v1::FileInfo& info : list) {
      *response.mutable_list_files()->add_file_infos() = std::move(info);
    }
    return response;
  }
  const auto& read = call.read_file();
  if (!read.has_path()) return absl::InvalidArgumentError("read_file.path is missing");
  if (!read.has_offset()) return absl::InvalidArgumentError("read_file.offset is missing");
  const uint64_t length = read.has_length() ? read.length() : std::numeric_limits<uint64_t>::max();
  ASSIGN_OR_RETURN(FileBrowser::Page page, files.Read(read.path(), read.offset(), length));
  response.set_type(Response::READ_FILE);
  response.mutable_read_file()->set_size(page.size);
  response.mutable_read_file()->set_data(std::move(page.data));
  return response;
}

template <typename Response, typename Call>
void Answer(const HostPtr& host, Call call,
            absl::AnyInvocable<void(absl::StatusOr<Response>)> done) {
  switch (call.type()) {
    case Call::GET_FLAGS:
      return done(Flags<Response>(*host));
    case Call::LIST_FILES:
    case Call::READ_FILE:
      return host->file_work([host, call = std::move(call), done = std::move(done)]() mutable {
        done(OfFiles<Response>(host->files, call));
      });
    default:
      return done(OfLogging<Response>(host->logging_level, call));
  }
}

}  // namespace

bool IsForHost(const v1::master::Call& call) { return IsAnyHosts(call); }
bool IsForHost(const v1::agent::Call& call) { return IsAnyHosts(call); }

void AnswerForHost(const HostPtr& host, v1::master::Call call,
                   absl::AnyInvocable<void(absl::StatusOr<v1::master::Response>)> done) {
  Answer<v1::master::Response>(host, std::move(call), std::move(done));
}

void AnswerForHost(const HostPtr& host, v1::agent::Call call,
                   absl::AnyInvocable<void(absl::StatusOr<v1::agent::Response>)> done) {
  Answer<v1::agent::Response>(host, std::move(call), std::move(done));
}

}  // namespace mesos::http
