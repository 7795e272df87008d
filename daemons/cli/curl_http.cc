// Http by libcurl. What a peer may do is bounded here: only http, so many redirections, so many
// bytes, so much time.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/http.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

constexpr long kMaxRedirections = 5;
constexpr size_t kMaxBodyBytes = size_t{1} << 30;
constexpr size_t kMaxReserved = 64 << 20;

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Whose body is received, and where it goes.
struct Receiving {
  CURL* curl;
  std::string* body;
};

size_t Receive(char* bytes, size_t size, size_t count, void* receiving) {
  std::string* text = static_cast<Receiving*>(receiving)->body;
  if (text->empty()) {
    curl_off_t told = 0;
    curl_easy_getinfo(static_cast<Receiving*>(receiving)->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                      &told);
    if (told > 0) text->reserve(std::min(static_cast<size_t>(told), kMaxReserved));
  }
  if (text->size() + size * count > kMaxBodyBytes) return 0;
  text->append(bytes, size * count);
  return size * count;
}

class CurlHttp final : public Http {
 public:
  ~CurlHttp() override {
    curl_.reset();
    if (ready_) curl_global_cleanup();
  }

  absl::StatusOr<HttpAnswer> Send(const HttpRequest& request) override {
    if (!absl::StartsWith(request.url, "http://")) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", Printable(request.url), "' is no http:// address"));
    }
    if (!Prepare()) return absl::InternalError("libcurl cannot be set up");
    CURL* curl = curl_.get();
    curl_easy_reset(curl);
    HttpAnswer answer;
    Receiving receiving = {curl, &answer.body};
    std::array<char, CURL_ERROR_SIZE> error = {};
    curl_slist* first = curl_slist_append(nullptr, ("Accept: " + request.accept).c_str());
    // Without this, curl asks for leave to send a large body, and waits for it.
    first = curl_slist_append(first, "Expect:");
    if (!request.body.empty()) first = curl_slist_append(first, "Content-Type: application/json");
    const std::unique_ptr<curl_slist, CurlDeleter> headers(first);
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    if (!request.body.empty()) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirections);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    // Masters are named, not reached through somebody's proxy for the web.
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "mesos-cli");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(request.timeout)));
    // By default half a megabyte would come in 32 pieces.
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L << 10);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
      // What the system says is shorter: "Connection refused".
      long system = 0;
      curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system);
      return Failure(code, system != 0 ? strerror(static_cast<int>(system)) : error.data(),
                     request);
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    const char* type = nullptr;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    if (type != nullptr) answer.content_type = type;
    return answer;
  }

 private:
  // TLS is not set up: nothing here uses it, and it would take longer than most commands.
  bool Prepare() {
    if (curl_ != nullptr) return true;
    ready_ = ready_ || curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK;
    if (ready_) curl_.reset(curl_easy_init());
    return curl_ != nullptr;
  }

  static absl::Status Failure(CURLcode code, absl::string_view error, const HttpRequest& request) {
    const std::string what = Printable(error.empty() ? curl_easy_strerror(code) : error);
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        return absl::DeadlineExceededError(
            absl::StrCat("no answer within ", absl::FormatDuration(request.timeout)));
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
        return absl::UnavailableError(what);
      case CURLE_URL_MALFORMAT:
        return absl::InvalidArgumentError(what);
      case CURLE_WRITE_ERROR:
        return absl::DataLossError("the answer has more than a gigabyte");
      default:
        return absl::DataLossError(what);
    }
  }

  bool ready_ = false;
  std::unique_ptr<CURL, CurlDeleter> curl_;
};

}  // namespace

std::unique_ptr<Http> CreateCurlHttp() { return std::make_unique<CurlHttp>(); }

}  // namespace mesos::cli
