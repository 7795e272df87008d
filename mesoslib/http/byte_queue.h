// ByteQueue: bytes that wait to be sent, in pieces. Small ones are joined, large ones are not
// copied; an empty queue holds no memory.
//
// Threads: one at a time.
#ifndef MESOSLIB_HTTP_BYTE_QUEUE_H_
#define MESOSLIB_HTTP_BYTE_QUEUE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace mesos::http {

class ByteQueue {
 public:
  static constexpr size_t kJoinedBytes = 16 << 10;
  static constexpr size_t kFront = 16;
  using Front = absl::InlinedVector<absl::string_view, kFront>;

  bool empty() const { return bytes_ == 0; }
  size_t size() const { return bytes_; }

  void Append(std::string piece) {
    if (piece.empty()) return;
    bytes_ += piece.size();
    if (!pieces_.empty() && pieces_.back().shared == nullptr &&
        pieces_.back().own.size() + piece.size() <= kJoinedBytes) {
      pieces_.back().own += piece;
    } else {
      pieces_.push_back(Piece{std::move(piece), nullptr});
    }
  }

  // What others have, too, is not copied.
  void Append(std::shared_ptr<const std::string> piece) {
    if (piece->empty()) return;
    bytes_ += piece->size();
    pieces_.push_back(Piece{{}, std::move(piece)});
  }

  // What is sent next: some of the pieces, at most kFront, of the first one what is left of it.
  Front front() const {
    Front front;
    for (const Piece& piece : pieces_) {
      if (front.size() == kFront) break;
      front.push_back(piece.text().substr(front.empty() ? sent_ : 0));
    }
    return front;
  }

  // Removes so many bytes.
  void Consume(size_t bytes) {
    bytes_ -= bytes;
    sent_ += bytes;
    while (!pieces_.empty() && sent_ >= pieces_.front().text().size()) {
      sent_ -= pieces_.front().text().size();
      pieces_.pop_front();
    }
  }

  // Moves whole pieces from the front of `other`, of which nothing has been consumed: at least one,
  // and more while they have less than `bytes` together.
  void TakeFrom(ByteQueue* other, size_t bytes) {
    size_t taken = 0;
    while (!other->pieces_.empty() && taken < bytes) {
      taken += other->pieces_.front().text().size();
      pieces_.splice(pieces_.end(), other->pieces_, other->pieces_.begin());
    }
    other->bytes_ -= taken;
    bytes_ += taken;
  }

  void Clear() {
    pieces_.clear();
    bytes_ = sent_ = 0;
  }

 private:
  struct Piece {
    absl::string_view text() const { return shared == nullptr ? own : *shared; }

    std::string own;
    std::shared_ptr<const std::string> shared;  // Where not null, in the place of `own`.
  };

  std::list<Piece> pieces_;
  size_t bytes_ = 0;
  size_t sent_ = 0;  // Of the first piece.
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_BYTE_QUEUE_H_
