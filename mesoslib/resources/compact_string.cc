#include "mesos/compact_string.h"

#include <cstring>
#include <new>

namespace mesos {

CompactString::CompactString(absl::string_view text) {
  if (text.size() <= kInlineBytes) {
    bits_ = 2 * text.size() + 1;
    std::memcpy(reinterpret_cast<char*>(&bits_) + 1, text.data(), text.size());
    return;
  }
  void* memory = ::operator new(sizeof(Block) + text.size());
  auto* block = new (memory) Block{{1}, static_cast<uint32_t>(text.size())};
  std::memcpy(reinterpret_cast<char*>(block + 1), text.data(), text.size());
  bits_ = reinterpret_cast<uint64_t>(block);
}

absl::string_view CompactString::view() const {
  if (is_inline()) {
    return absl::string_view(reinterpret_cast<const char*>(&bits_) + 1, (bits_ & 0xff) >> 1);
  }
  return absl::string_view(reinterpret_cast<const char*>(block() + 1), block()->size);
}

void CompactString::ReleaseBlock() {
  if (block()->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block()->~Block();
  ::operator delete(block());
}

int CompactString::CompareDifferent(const CompactString& other) const {
  if (is_inline() && other.is_inline()) {
    // Zero padding makes the bytes comparable as one big-endian number; the lengths, in the lowest
    // byte, decide between texts that differ in trailing zeros only.
    const uint64_t a = __builtin_bswap64(bits_ & ~uint64_t{0xff}) << 8 | (bits_ & 0xff);
    const uint64_t b = __builtin_bswap64(other.bits_ & ~uint64_t{0xff}) << 8 | (other.bits_ & 0xff);
    return a < b ? -1 : 1;
  }
  return view().compare(other.view());
}

}  // namespace mesos
