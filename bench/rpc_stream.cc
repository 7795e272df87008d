// How many messages a second a Connect stream carries over loopback, both ways at once, and how
// much memory a server takes that does nothing.
//
//   bazel run -c opt //bench:rpc_stream [-- <messages>]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesos/rpc.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {
namespace {

using AgentCall = internal::AgentMessage;
using MasterEvent = internal::MasterMessage;

double ResidentMegabytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// As an agent reports a finished task.
AgentCall StatusUpdate(int i) {
  AgentCall call;
  auto* update = call.mutable_status_update();
  update->mutable_framework_id()->set_value("f2c1a7d0-3c1e-4a5b-9a55-0123456789ab-0001");
  auto* status = update->mutable_status();
  status->mutable_task_id()->set_value(absl::StrCat("task-", i));
  status->set_state(v1::TASK_FINISHED);
  status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status->mutable_agent_id()->set_value("f2c1a7d0-3c1e-4a5b-9a55-0123456789ab-S1");
  status->mutable_executor_id()->set_value(absl::StrCat("task-", i));
  status->set_timestamp(1.7e9);
  status->set_uuid("0123456789abcdef");
  return call;
}

// As a master acknowledges it.
MasterEvent Acknowledgement(const AgentCall& call) {
  MasterEvent event;
  auto* acknowledge = event.mutable_acknowledge_update();
  *acknowledge->mutable_framework_id() = call.status_update().framework_id();
  *acknowledge->mutable_task_id() = call.status_update().status().task_id();
  acknowledge->set_uuid(call.status_update().status().uuid());
  return event;
}

template <typename Call, typename Event>
class Nobody final : public Endpoint<Call, Event> {
 public:
  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer) override {
    sink->Closed(absl::UnimplementedError("a benchmark"));
    return nullptr;
  }
};

// Acknowledges every update on the thread it arrives on.
class EchoingAgents final : public AgentEndpoint {
 public:
  std::unique_ptr<Session<AgentCall>> Open(std::shared_ptr<Sink<MasterEvent>> sink, Peer) override {
    return std::make_unique<Echo>(std::move(sink));
  }

 private:
  class Echo final : public Session<AgentCall> {
   public:
    explicit Echo(std::shared_ptr<Sink<MasterEvent>> sink) : sink_(std::move(sink)) {}
    void Send(AgentCall call, Done) override { sink_->Deliver(Acknowledgement(call)); }

   private:
    const std::shared_ptr<Sink<MasterEvent>> sink_;
  };
};

class EchoMaster final : public Master {
 public:
  void Start(Started) override {}
  const v1::MasterInfo& info() const override { return info_; }
  MasterStanding standing() const override { return {}; }
  SchedulerEndpoint& schedulers() override { return schedulers_; }
  AgentEndpoint& agents() override { return agents_; }
  void CallOperator(v1::master::Call, Peer, Called) override {}
  void GetState(StateTaken) override {}
  ChangeEndpoint& changes() override { return changes_; }
  void UpdateWhitelist(std::optional<std::set<std::string>>, Updated) override {}
  void ExplainOffers(FrameworkId, Explained) override {}

 private:
  v1::MasterInfo info_;
  Nobody<v1::scheduler::Call, v1::scheduler::Event> schedulers_;
  EchoingAgents agents_;
  Nobody<v1::master::Call, MasterChange> changes_;
};

class CountingSink final : public Sink<MasterEvent> {
 public:
  explicit CountingSink(int expected) : expected_(expected) {}

  void Deliver(MasterEvent) override {
    if (++count == expected_) done.Notify();
  }
  void Closed(absl::Status reason) override {
    std::fprintf(stderr, "closed: %s\n", reason.ToString().c_str());
    std::exit(1);
  }

  std::atomic<int> count{0};
  absl::Notification done;

 private:
  const int expected_;
};

void Throughput(AgentEndpoint& endpoint, int messages) {
  auto sink = std::make_shared<CountingSink>(messages);
  auto session = endpoint.Open(sink, {});
  const double cpu = CpuSeconds();
  const absl::Time start = absl::Now();
  constexpr int kWindow = 50'000;
  for (int i = 0; i < messages; ++i) {
    while (i - sink->count > kWindow) absl::SleepFor(absl::Milliseconds(1));
    session->Send(StatusUpdate(i));
  }
  sink->done.WaitForNotification();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::printf(
      "%d updates and as many acknowledgements in %.2f s: %.0f messages/s, %.2f us of CPU "
      "each\n",
      messages, seconds, 2 * messages / seconds, (CpuSeconds() - cpu) * 1e6 / (2 * messages));
}

void RoundTrips(AgentEndpoint& endpoint) {
  constexpr int kRounds = 5000;
  auto sink = std::make_shared<CountingSink>(kRounds);
  auto session = endpoint.Open(sink, {});
  const absl::Time start = absl::Now();
  for (int i = 0; i < kRounds; ++i) {
    session->Send(StatusUpdate(i));
    while (sink->count <= i) {
    }
  }
  std::printf("round trip: %.0f us\n", absl::ToDoubleMicroseconds(absl::Now() - start) / kRounds);
}

int Run(int messages) {
  std::printf("resident before: %.1f MB\n", ResidentMegabytes());
  EchoMaster master;
  auto server = CreateGrpcServer({.address = "127.0.0.1:0", .master = &master});
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("resident with an idle server: %.1f MB\n", ResidentMegabytes());
  auto endpoint = CreateGrpcAgentEndpoint(absl::StrCat("127.0.0.1:", (*server)->port())).value();
  Throughput(*endpoint, 1000);
  std::printf("resident with a client as well: %.1f MB\n", ResidentMegabytes());
  RoundTrips(*endpoint);
  Throughput(*endpoint, messages);
  std::printf("resident afterwards: %.1f MB\n", ResidentMegabytes());
  return 0;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  return mesos::Run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 500'000);
}
