// LargeMaster: a master with many agents and tasks, served over HTTP, in this process.
#ifndef BENCH_LARGE_MASTER_H_
#define BENCH_LARGE_MASTER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bench/bare_agent.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/http.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/state_store.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::bench {

class LargeMaster {
 public:
  // Of kFormerFrameworks frameworks, which hold the offers that are made to them until
  // RemoveFrameworks().
  LargeMaster(int agents, int running, int finished);
  ~LargeMaster();

  Master* master() { return master_.get(); }
  EventLoop* loop() { return loop_.get(); }
  int port() const { return http_->port(); }

  void AddFrameworks(int count);
  // Their schedulers go; what they have run stays.
  void RemoveFrameworks();
  // Something changes that everybody hears of: a framework of that name.
  void Change(const std::string& name);

 private:
  // Says whom the server cuts off, and why: figures are wrong then.
  class Warnings final : public LogSink {
   public:
    void Log(LogLevel level, absl::string_view line) override;
  };

  void OnLoop(const std::function<void()>& run);
  void Subscribe(v1::scheduler::Call call);

  Warnings log_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Allocator> allocator_;
  std::unique_ptr<Master> master_;
  std::unique_ptr<HttpServer> http_;
  std::vector<std::unique_ptr<Session<v1::scheduler::Call>>> frameworks_;
  std::vector<std::unique_ptr<BareAgent>> agents_;
};

}  // namespace mesos::bench

#endif  // BENCH_LARGE_MASTER_H_
