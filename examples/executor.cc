// A custom executor: a process that an agent starts once for a framework, and that runs the
// framework's tasks its own way. This one adds the numbers in a task's data; see scheduler.cc.
//
//   g++ executor.cc $(pkg-config --cflags --libs mesoslib) -o executor
#include "mesos/executor.h"

#include <unistd.h>

#include <cstdio>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/rpc.h"

class Adder : public mesos::Executor {
 public:
  // Runs on the driver's loop. Real work belongs on a thread of its own: the driver may be called
  // from any.
  void LaunchTask(mesos::ExecutorDriver& driver, const mesos::v1::TaskInfo& task) override {
    mesos::v1::TaskStatus status;
    *status.mutable_task_id() = task.task_id();
    status.set_state(mesos::v1::TASK_RUNNING);
    driver.SendStatusUpdate(status).IgnoreError();

    std::istringstream numbers(task.data());
    double sum = 0;
    for (double number; numbers >> number;) sum += number;
    std::printf("%s: the sum is %g\n", task.task_id().value().c_str(), sum);

    const bool good = numbers.eof();
    status.set_state(good ? mesos::v1::TASK_FINISHED : mesos::v1::TASK_FAILED);
    status.set_message(good ? "the sum is " + std::to_string(sum)
                            : "not numbers: '" + task.data() + "'");
    driver.SendStatusUpdate(status).IgnoreError();
  }

  // Tasks end before the next event comes: there is nothing to kill.
  void KillTask(mesos::ExecutorDriver&, const mesos::v1::TaskID&,
                const mesos::v1::KillPolicy&) override {}

  void Shutdown(mesos::ExecutorDriver&) override { End(0); }

  void Error(mesos::ExecutorDriver&, const std::string& message) override {
    std::fprintf(stderr, "the agent has ended this: %s\n", message.c_str());
    End(1);
  }

  int WaitForEnd() { return end_.get_future().get(); }

 private:
  void End(int code) {
    if (!ended_) end_.set_value(code);
    ended_ = true;
  }

  bool ended_ = false;
  std::promise<int> end_;
};

// Where the agent is, and who this is: the agent says so in the environment.
std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (size_t end = text.find('='); end != text.npos) {
      result[text.substr(0, end)] = text.substr(end + 1);
    }
  }
  return result;
}

int main() {
  auto environment = mesos::ParseExecutorEnvironment(Environment());
  if (!environment.ok()) {
    std::fprintf(stderr, "%s\nAn agent starts this program.\n",
                 environment.status().ToString().c_str());
    return 2;
  }
  Adder adder;
  auto agent = mesos::CreateGrpcExecutorEndpoint(environment->agent_address).value();
  auto loop = mesos::CreateThreadEventLoop("executor").value();
  auto random = mesos::CreateSystemRandom();
  auto driver = mesos::CreateExecutorDriver(environment->options,
                                            {loop.get(), random.get(), agent.get(), &adder})
                    .value();
  if (!driver->Start().ok()) return 1;
  return adder.WaitForEnd();
}
