// PieceWriter: a JSON text, parts of which were written before and are shared with other texts.
#ifndef MESOSLIB_HTTP_PIECE_WRITER_H_
#define MESOSLIB_HTTP_PIECE_WRITER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "mesoslib/http/exchange.h"
#include "mesoslib/http/json_writer.h"

namespace mesos::http {

class PieceWriter {
 public:
  PieceWriter() : output_(&text_), json_(&output_) {}

  JsonWriter* json() { return &json_; }

  // The elements of a list, without brackets; the next value of the JSON text is that list.
  class List {
   public:
    explicit List(PieceWriter* writer) : writer_(writer) {
      writer_->json_.StartArray();
      writer_->Cut();
    }
    ~List() {
      // The writer knows of no elements, and closes what is open.
      writer_->json_.EndArray();
    }
    void Add(std::shared_ptr<const std::string> elements) {
      if (elements->empty()) return;
      if (any_) writer_->pieces_.push_back(Comma());
      any_ = true;
      writer_->pieces_.push_back(std::move(elements));
    }

   private:
    PieceWriter* const writer_;
    bool any_ = false;
  };

  TextPieces Take() {
    Cut();
    return std::move(pieces_);
  }

 private:
  static std::shared_ptr<const std::string> Comma() {
    static const auto* const comma =
        new std::shared_ptr<const std::string>(std::make_shared<const std::string>(","));
    return *comma;
  }

  void Cut() {
    if (!text_.empty()) pieces_.push_back(std::make_shared<const std::string>(std::move(text_)));
    text_.clear();
  }

  std::string text_;
  JsonOutput output_;
  JsonWriter json_;
  TextPieces pieces_;
};

// Where a text is written first; pages of tasks have about so much.
inline constexpr size_t kUsualText = 32 << 10;

// `write(element, json)` of each, with commas between them.
template <typename Elements, typename Write>
std::shared_ptr<const std::string> ListText(const Elements& elements, Write write) {
  std::string text;
  text.reserve(kUsualText);
  JsonOutput output(&text);
  JsonWriter json(&output);
  json.StartArray();
  for (const auto& element : elements) write(element, &json);
  json.EndArray();
  // Without the brackets, and in no more memory than it takes.
  return std::make_shared<const std::string>(text, 1, text.size() - 2);
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_PIECE_WRITER_H_
