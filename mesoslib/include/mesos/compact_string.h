// CompactString: an immutable string in eight bytes, for the names and roles that hundreds of
// thousands of resources repeat. Up to seven bytes live inside the object; longer text is counted
// and shared by its copies.
//
//   mesos::CompactString role("engineering/web");
//   mesos::CompactString same = role;  // No second copy of the text.
//   if (role == same) std::printf("%zu bytes\n", role.view().size());
//
// Threads: safe to copy from several threads, as a std::shared_ptr to a constant is.
// Ownership: shares its text with its copies; the last one frees it. A view belongs to its object.
// Errors: none.
#ifndef MESOS_COMPACT_STRING_H_
#define MESOS_COMPACT_STRING_H_

#include <atomic>
#include <bit>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "mesos/export.h"

namespace mesos {

class MESOS_EXPORT CompactString {
 public:
  CompactString() = default;
  explicit CompactString(absl::string_view text);
  CompactString(const CompactString& other) : bits_(other.bits_) { Retain(); }
  CompactString(CompactString&& other) noexcept : bits_(std::exchange(other.bits_, kEmpty)) {}
  CompactString& operator=(CompactString other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }
  ~CompactString() { Release(); }

  bool empty() const { return bits_ == kEmpty; }

  // Valid while this object is neither moved, assigned nor destroyed.
  absl::string_view view() const;

  // Less than, equal to or greater than zero, in the order of the bytes.
  int Compare(const CompactString& other) const {
    if (bits_ == other.bits_) return 0;
    return CompareDifferent(other);
  }

  friend bool operator==(const CompactString& a, const CompactString& b) {
    return a.Compare(b) == 0;
  }

 private:
  struct Block {
    std::atomic<uint32_t> references;
    uint32_t size;
  };

  static_assert(std::endian::native == std::endian::little);

  // The first byte in memory is 2 * length + 1 when the text is inside; a pointer's is even.
  static constexpr uint64_t kEmpty = 1;
  static constexpr size_t kInlineBytes = 7;

  bool is_inline() const { return (bits_ & 1) != 0; }
  Block* block() const { return reinterpret_cast<Block*>(bits_); }
  void Retain() {
    if (!is_inline()) block()->references.fetch_add(1, std::memory_order_relaxed);
  }
  void Release() {
    if (!is_inline()) ReleaseBlock();
  }
  void ReleaseBlock();
  int CompareDifferent(const CompactString& other) const;

  uint64_t bits_ = kEmpty;
};

}  // namespace mesos

#endif  // MESOS_COMPACT_STRING_H_
