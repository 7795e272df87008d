// JsonWriter: RapidJSON's writer into a string, with text written our way: pure ASCII, whatever the
// bytes. Names must be plain ASCII without quotes, as identifiers are.
#ifndef MESOSLIB_HTTP_JSON_WRITER_H_
#define MESOSLIB_HTTP_JSON_WRITER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rapidjson/writer.h"

namespace mesos::http {

// What RapidJSON calls an output stream.
class JsonOutput {
 public:
  using Ch = char;

  explicit JsonOutput(std::string* text) : text_(text) {}
  void Put(char c) { text_->push_back(c); }
  void Flush() {}
  std::string* text() const { return text_; }

 private:
  std::string* const text_;
};

class JsonWriter final : public rapidjson::Writer<JsonOutput> {
 public:
  explicit JsonWriter(JsonOutput* output) : Writer(*output) {}

  void Name(absl::string_view name) { Verbatim(name); }
  // Any bytes.
  void Text(absl::string_view text);
  void Base64(absl::string_view bytes);
  // Also those that JSON has no numbers for.
  void Number(double number);
  // A value that is JSON already.
  void Raw(absl::string_view json);

 private:
  void Verbatim(absl::string_view text);
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_JSON_WRITER_H_
