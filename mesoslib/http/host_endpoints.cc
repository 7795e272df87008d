#include "mesoslib/http/host_endpoints.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/units.h"
#include "mesoslib/http/json_writer.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/query.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

// How much of a file is on its way to a client at a time: twice this is what a stream may always
// have waiting (BacklogLimit::kScarceBytes).
constexpr size_t kPieceBytes = 28 << 10;

absl::StatusOr<std::string> PathIn(const Request& request) {
  std::optional<std::string> path = Parameter(request.query, "path");
  if (path.has_value()) return *std::move(path);
  return absl::InvalidArgumentError("path is missing in the query, expected path=/...");
}

// -1: none was given, or it says so.
absl::StatusOr<int64_t> NumberIn(const Request& request, const std::string& name) {
  const std::optional<std::string> text = Parameter(request.query, name);
  int64_t number = -1;
  if (!text.has_value()) return number;
  if (absl::SimpleAtoi(*text, &number) && number >= -1) return number;
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", Quoted(*text), ", expected a number from -1 on"));
}

std::string MapAsJson(absl::string_view name, const std::map<std::string, std::string>& map) {
  std::string json;
  JsonOutput output(&json);
  JsonWriter writer(&output);
  writer.StartObject();
  if (!name.empty()) {
    writer.Name(name);
    writer.StartObject();
  }
  for (const auto& [key, value] : map) {
    writer.Text(key);
    writer.Text(value);
  }
  writer.EndObject();
  if (!name.empty()) writer.EndObject();
  return json;
}

// As "ls -l" has it: "drwxr-xr-x".
std::string ModeText(uint32_t mode) {
  std::string text = S_ISDIR(mode)    ? "d"
                     : S_ISLNK(mode)  ? "l"
                     : S_ISFIFO(mode) ? "p"
                     : S_ISSOCK(mode) ? "s"
                     : S_ISCHR(mode)  ? "c"
                     : S_ISBLK(mode)  ? "b"
                                      : "-";
  constexpr char kLetters[] = "rwxrwxrwx";
  for (int bit = 8; bit >= 0; --bit) text += (mode >> bit & 1) != 0 ? kLetters[8 - bit] : '-';
  auto special = [&](uint32_t bit, size_t at, char letter) {
    if ((mode & bit) == 0) return;
    text[at] = text[at] == 'x' ? letter : absl::ascii_toupper(static_cast<unsigned char>(letter));
  };
  special(S_ISUID, 3, 's');
  special(S_ISGID, 6, 's');
  special(S_ISVTX, 9, 't');
  return text;
}

std::string ListAsJson(const std::vector<v1::FileInfo>& list) {
  std::string json;
  JsonOutput output(&json);
  JsonWriter writer(&output);
  writer.StartArray();
  for (const v1::FileInfo& info : list) {
    writer.StartObject();
    writer.Name("gid");
    writer.Text(info.gid());
    writer.Name("mode");
    writer.Text(ModeText(info.mode()));
    writer.Name("mtime");
    writer.Number(static_cast<double>(info.mtime().nanoseconds()) / 1e9);
    writer.Name("nlink");
    writer.Int(info.nlink());
    writer.Name("path");
    writer.Text(info.path());
    writer.Name("size");
    writer.Uint64(info.size());
    writer.Name("uid");
    writer.Text(info.uid());
    writer.EndObject();
  }
  writer.EndArray();
  return json;
}

std::string PageAsJson(const std::string& data, uint64_t offset) {
  std::string json;
  JsonOutput output(&json);
  JsonWriter writer(&output);
  writer.StartObject();
  writer.Name("data");
  writer.Text(data);
  writer.Name("offset");
  writer.Uint64(offset);
  writer.EndObject();
  return json;
}

absl::StatusOr<std::string> Browse(const FileBrowser& files, const Request& request) {
  ASSIGN_OR_RETURN(const std::string path, PathIn(request));
  ASSIGN_OR_RETURN(const std::vector<v1::FileInfo> list, files.List(path));
  return ListAsJson(list);
}

absl::StatusOr<std::string> Read(const FileBrowser& files, const Request& request) {
  ASSIGN_OR_RETURN(const std::string path, PathIn(request));
  ASSIGN_OR_RETURN(const int64_t offset, NumberIn(request, "offset"));
  ASSIGN_OR_RETURN(const int64_t length, NumberIn(request, "length"));
  const uint64_t from =
      offset < 0 ? std::numeric_limits<uint64_t>::max() : static_cast<uint64_t>(offset);
  const uint64_t most =
      length < 0 ? std::numeric_limits<uint64_t>::max() : static_cast<uint64_t>(length);
  ASSIGN_OR_RETURN(const FileBrowser::Page page, files.Read(path, from, most));
  return PageAsJson(page.data, std::min(from, page.size));
}

using Ask = absl::StatusOr<std::string> (*)(const FileBrowser& files, const Request& request);

Handler FilesEndpoint(HostPtr host, Ask ask) {
  return [host = std::move(host), ask](std::unique_ptr<Exchange> exchange) {
    host->file_work([host, ask, exchange = std::move(exchange)] {
      absl::StatusOr<std::string> json = ask(host->files, exchange->request());
      if (!json.ok()) return exchange->Reply(RefusalReply(json.status(), 409));
      ReplyJson(exchange.get(), *std::move(json));
    });
  };
}

// A file's way to a client, a piece at a time: the next is read when the last has gone out.
class Download : public std::enable_shared_from_this<Download> {
 public:
  Download(HostPtr host, FileBrowser::OpenFile file)
      : host_(std::move(host)), file_(std::move(file)) {}

  void Start(Exchange* exchange) {
    stream_ = exchange->Stream({.headers = {{"Content-Type", "application/octet-stream"},
                                            {"X-Content-Type-Options", "nosniff"},
                                            {"Content-Disposition", Disposition()}}},
                               [](const absl::Status&) {});
    Continue();
  }

 private:
  // No further than the file's size at the beginning: it may grow as fast as it is read.
  void Continue() {
    const uint64_t left = file_.size - offset_;
    if (left == 0) return End();
    const absl::StatusOr<std::string> piece =
        ReadAt(file_.fd, offset_, static_cast<size_t>(std::min<uint64_t>(left, kPieceBytes)));
    if (!piece.ok()) return Fail(piece.status());
    if (piece->empty()) {
      return Fail(absl::AbortedError(absl::StrCat("the file has only ", offset_, " bytes of ",
                                                  file_.size, " left: it was made shorter")));
    }
    offset_ += piece->size();
    stream_->Write(*piece);
    if (offset_ == file_.size) return End();
    stream_->WhenTaken(
        [self = shared_from_this()] { self->host_->file_work([self] { self->Continue(); }); });
  }

  void End() { stream_ = nullptr; }

  void Fail(const absl::Status& why) {
    stream_->Fail(Annotate(why, "the download cannot be finished"));
    End();
  }

  // The name as text that is safe in quotes, and as it is.
  std::string Disposition() const {
    std::string plain;
    std::string encoded;
    for (const char c : file_.name) {
      const bool harmless = absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
      plain += harmless ? c : '_';
      if (harmless) {
        encoded += c;
      } else {
        absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
      }
    }
    return absl::StrCat("attachment; filename=\"", plain, "\"; filename*=UTF-8''", encoded);
  }

  const HostPtr host_;
  const FileBrowser::OpenFile file_;
  uint64_t offset_ = 0;
  std::unique_ptr<ResponseStream> stream_;
};

absl::StatusOr<FileBrowser::OpenFile> OpenFor(const FileBrowser& files, const Request& request) {
  ASSIGN_OR_RETURN(const std::string path, PathIn(request));
  return files.Open(path);
}

absl::Status Toggle(LoggingLevel* logging_level, const std::optional<std::string>& level_text,
                    const std::optional<std::string>& duration_text) {
  if (!level_text.has_value()) {
    return absl::InvalidArgumentError("level is missing, expected level=NUMBER besides duration");
  }
  if (!duration_text.has_value()) {
    return absl::InvalidArgumentError(
        "duration is missing, expected duration=10mins besides level");
  }
  uint32_t level = 0;
  if (!absl::SimpleAtoi(*level_text, &level)) {
    return absl::InvalidArgumentError(
        absl::StrCat("level is ", Quoted(*level_text), ", expected a number from 0 on"));
  }
  const absl::StatusOr<absl::Duration> duration = ParseDuration(*duration_text);
  if (!duration.ok() || *duration <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("duration is ", Quoted(*duration_text),
                                                   ", expected more than 0 with its unit: 10mins"));
  }
  logging_level->Set(level, *duration);
  return absl::OkStatus();
}

}  // namespace

Handler CreateFlagsEndpoint(HostPtr host) {
  return [host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    ReplyJson(exchange.get(), MapAsJson("flags", host->flags));
  };
}

Handler CreateLoggingToggle(HostPtr host) {
  return [host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    if (host->logging_level == nullptr) {
      return exchange->Reply(TextReply(501, "this program has no level of logging to set"));
    }
    const auto level = Parameter(exchange->request().query, "level");
    const auto duration = Parameter(exchange->request().query, "duration");
    if (!level.has_value() && !duration.has_value()) {
      return exchange->Reply(TextReply(200, absl::StrCat(host->logging_level->level(), "\n")));
    }
    const absl::Status toggled = Toggle(host->logging_level, level, duration);
    exchange->Reply(toggled.ok() ? EmptyReply(200) : RefusalReply(toggled, 409));
  };
}

Handler CreateFilesBrowse(HostPtr host) { return FilesEndpoint(std::move(host), Browse); }

Handler CreateFilesRead(HostPtr host) { return FilesEndpoint(std::move(host), Read); }

Handler CreateFilesDownload(HostPtr host) {
  return [host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    host->file_work([host, exchange = std::move(exchange)] {
      auto file = OpenFor(host->files, exchange->request());
      if (!file.ok()) return exchange->Reply(RefusalReply(file.status(), 409));
      std::make_shared<Download>(host, *std::move(file))->Start(exchange.get());
    });
  };
}

Handler CreateFilesDebug(HostPtr host) {
  return [host = std::move(host)](std::unique_ptr<Exchange> exchange) {
    std::map<std::string, std::string> attached;
    for (const auto& [path, file] : host->files.attached()) attached[path] = file.real;
    ReplyJson(exchange.get(), MapAsJson("", attached));
  };
}

}  // namespace mesos::http
