// FakeWire and FakeWaker: what a connection is on, where a test or a fuzzer holds the peer, the
// clock and the thread.
#ifndef MESOSLIB_HTTP_FAKE_WIRE_H_
#define MESOSLIB_HTTP_FAKE_WIRE_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "mesoslib/http/outlet.h"
#include "mesoslib/http/wire.h"

namespace mesos::http {

class FakeWire final : public Wire {
 public:
  absl::Time Now() const override { return now; }
  absl::string_view Date() override { return "today"; }

  std::optional<size_t> Send(absl::Span<const absl::string_view> pieces) override {
    if (broken) return std::nullopt;
    size_t total = 0;
    for (const absl::string_view piece : pieces) {
      const size_t taken = std::min(piece.size(), room);
      sent.append(piece.data(), taken);
      room -= taken;
      total += taken;
    }
    return total;
  }
  void AwaitWritable() override { awaiting = true; }
  void SetReading(bool on) override { reading = on; }
  void ShutdownSending() override { shutdown = true; }
  void Close(bool at_once) override { closed = at_once ? "at once" : "in good order"; }

  absl::Time now = absl::UnixEpoch() + absl::Hours(1);
  size_t room = 1 << 30;  // How much the peer takes.
  bool broken = false;
  std::string sent;
  bool awaiting = false;
  bool reading = true;
  bool shutdown = false;
  std::string closed;
};

class FakeWaker final : public Outlet::Waker {
 public:
  void Wake() override { ++wakes; }
  void Post(absl::AnyInvocable<void()> callback) override {
    callbacks.push_back(std::move(callback));
  }

  void RunCallbacks() {
    for (auto& callback : std::exchange(callbacks, {})) callback();
  }

  int wakes = 0;
  std::vector<absl::AnyInvocable<void()>> callbacks;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_FAKE_WIRE_H_
