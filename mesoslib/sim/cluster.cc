#include "mesoslib/sim/cluster.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/master_for_testing.h"
#include "mesoslib/sim/agreement.h"
#include "mesoslib/sim/task_executor.h"

namespace mesos::sim {

// -- A framework's host --

FrameworkHost::FrameworkHost(const Surroundings& around, Masters* masters, int host, LoadPlan plan,
                             std::string name)
    : DaemonHost(around, name, host),
      masters_(masters),
      plan_(std::move(plan)),
      transport_(around.world->Chance(500) ? Transport::kRequests : Transport::kStream),
      book_(around.world, std::move(name)) {}

FrameworkHost::~FrameworkHost() { Bury(); }

void FrameworkHost::Build() {
  route_ = RouteForScheduler(around_, masters_, process(), transport_);
  framework_ = std::make_unique<LoadFramework>(around_.world, process(), plan_, &book_,
                                               route_.endpoint.get());
  framework_->set_quiet(quiet_);
}

void FrameworkHost::Bury() {
  framework_ = nullptr;
  route_.endpoint = nullptr;
  route_.client = nullptr;
}

void FrameworkHost::set_quiet(bool quiet) {
  quiet_ = quiet;
  if (framework_ != nullptr) framework_->set_quiet(quiet);
}

void FrameworkHost::EndIfRefused() {
  if (framework_ == nullptr || !framework_->refused() || !running()) return;
  if (framework_->removed()) book_.FrameworkRemoved();
  Crash(absl::Seconds(1));
}

RogueHost::RogueHost(const Surroundings& around, Masters* masters, int host,
                     std::vector<const Book*> victims)
    : DaemonHost(around, absl::StrCat("rogue-", host), host),
      masters_(masters),
      victims_(std::move(victims)) {}

RogueHost::~RogueHost() { Bury(); }

void RogueHost::Build() {
  route_ = RouteForScheduler(around_, masters_, process(), Transport::kStream);
  framework_ = std::make_unique<RogueFramework>(around_.world, process(), route_.endpoint.get(),
                                                victims_);
}

void RogueHost::Bury() {
  framework_ = nullptr;
  route_.endpoint = nullptr;
  route_.client = nullptr;
}

// -- A program's host --

ProgramHost::ProgramHost(const Surroundings& around, Masters* masters, int host, std::string name,
                         Simulation::Program program)
    : DaemonHost(around, std::move(name), host), masters_(masters), program_(std::move(program)) {}

ProgramHost::~ProgramHost() { Bury(); }

void ProgramHost::Build() {
  route_ = RouteForScheduler(around_, masters_, process(), Transport::kStream);
  running_ = program_({process().get(), process()->random(), route_.endpoint.get()});
}

void ProgramHost::Bury() {
  running_ = nullptr;
  route_.endpoint = nullptr;
  route_.client = nullptr;
}

// -- The cluster --

Cluster::Cluster(ClusterOptions options)
    : options_(std::move(options)),
      world_(options_.seed, options_.trace_lines, options_.log),
      network_(&world_),
      observer_(&world_),
      tap_(&world_, &observer_),
      coordination_(&network_, 0),
      around_{&world_, &network_, &tap_, options_.masters > 1 ? &coordination_ : nullptr},
      masters_(&master_hosts_) {
  for (int i = 0; i < options_.masters; ++i) {
    master_hosts_.push_back(
        std::make_unique<MasterHost>(around_, NewHost(), options_.master, options_.allocator));
  }
  for (int i = 0; i < options_.agents; ++i) {
    AgentOptions agent = options_.agent;
    agent.resources = Resources::Parse(options_.resources).value();
    agent_hosts_.push_back(
        std::make_unique<AgentHost>(around_, &masters_, this, NewHost(), std::move(agent)));
    agent_hosts_.back()->set_lendable(options_.lendable);
  }
  for (const LoadPlan& plan : options_.frameworks) {
    const int host = NewHost();
    framework_hosts_.push_back(std::make_unique<FrameworkHost>(around_, &masters_, host, plan,
                                                               absl::StrCat("framework-", host)));
  }
  if (options_.rogue) {
    std::vector<const Book*> victims;
    for (const auto& host : framework_hosts_) victims.push_back(&host->book());
    rogue_ = std::make_unique<RogueHost>(around_, &masters_, NewHost(), std::move(victims));
    rogue_->Start();
  }
  for (const auto& host : master_hosts_) host->Start();
  for (const auto& host : agent_hosts_) host->Start();
  for (const auto& host : framework_hosts_) host->Start();
  world_.set_after_step([this] { AfterStep(); });
}

Cluster::~Cluster() = default;

void Cluster::AfterStep() {
  for (const auto& host : framework_hosts_) host->EndIfRefused();
  if (options_.check_interval == 0 || world_.steps() % options_.check_interval != 0) return;
  for (const auto& host : master_hosts_) {
    if (host->master() == nullptr || !host->running()) continue;
    absl::Status status = master::CheckLedger(*host->master());
    if (!status.ok()) world_.Violation(absl::StrCat(host->name(), ": ", status.message()));
  }
}

absl::Status Cluster::Run(absl::Duration duration) {
  world_.Run(duration);
  return world_.violation();
}

MasterHost* Cluster::leader() {
  if (!coordinated()) return master_hosts_.front().get();
  const Leader* leader = coordination_.leader();
  return leader == nullptr ? nullptr : masters_.Find(leader->info);
}

std::vector<DaemonHost*> Cluster::clients() const {
  std::vector<DaemonHost*> clients;
  for (const auto& host : framework_hosts_) clients.push_back(host.get());
  for (const auto& host : program_hosts_) clients.push_back(host.get());
  return clients;
}

void Cluster::AddProgram(std::string name, Simulation::Program program) {
  program_hosts_.push_back(std::make_unique<ProgramHost>(around_, &masters_, NewHost(),
                                                         std::move(name), std::move(program)));
  program_hosts_.back()->Start();
}

void Cluster::Quiet() {
  for (const auto& host : framework_hosts_) host->set_quiet(true);
  if (rogue_ != nullptr) rogue_->Retire();
}

absl::Status Cluster::Converge(absl::Duration limit) {
  const absl::Duration end = world_.elapsed() + limit;
  absl::Status difference;
  do {
    RETURN_IF_ERROR(Run(absl::Seconds(5)));
    difference = CompareAll(*this);
    RETURN_IF_ERROR(world_.violation());
    if (difference.ok()) return difference;
  } while (world_.elapsed() < end);
  return absl::DeadlineExceededError(absl::StrCat("after ", absl::FormatDuration(limit),
                                                  " without faults: ", difference.message()));
}

absl::Status Cluster::TearDown(absl::Duration limit) {
  RETURN_IF_ERROR(EndAllFrameworks(*this));
  for (const auto& host : framework_hosts_) host->Retire();
  const absl::Duration end = world_.elapsed() + limit;
  absl::Status left;
  do {
    RETURN_IF_ERROR(Run(absl::Seconds(5)));
    left = NothingIsLeft(*this);
    if (left.ok()) return left;
  } while (world_.elapsed() < end);
  return absl::DeadlineExceededError(absl::StrCat(
      absl::FormatDuration(limit), " after all frameworks have ended: ", left.message()));
}

void Cluster::TaskStarts(Machine& machine, const std::string& framework, const std::string& task) {
  observer_.TaskStarts(machine.host(), framework, task);
}

void Cluster::TaskEnds(const std::string& framework, const std::string& task) {
  observer_.TaskEnds(framework, task);
}

std::unique_ptr<ExecutorProcess> Cluster::StartExecutor(
    Machine& machine, const ContainerConfig& config,
    absl::AnyInvocable<void(int wait_status)> ended) {
  AgentHost* agent = nullptr;
  for (const auto& host : agent_hosts_) {
    if (&host->machine() == &machine) agent = host.get();
  }
  const std::string framework = config.environment.at("MESOS_FRAMEWORK_ID");
  auto process = std::make_shared<Process>(
      &world_, absl::StrCat("executor-", config.environment.at("MESOS_EXECUTOR_ID"), "-on-",
                            machine.host()),
      machine.host());
  auto endpoint = std::make_unique<SimulatedEndpoint<v1::executor::Call, v1::executor::Event>>(
      &network_, &tap_, process, machine.host(), [agent] { return agent->executors(); });
  TaskExecutor::Listener listener;
  listener.starts = [this, &machine, framework](const std::string& task) {
    TaskStarts(machine, framework, task);
  };
  listener.ends = [this, framework](const std::string& task) { TaskEnds(framework, task); };
  listener.exits = std::move(ended);
  return std::make_unique<TaskExecutor>(&world_, process, config, std::move(endpoint),
                                        std::move(listener));
}

}  // namespace mesos::sim
