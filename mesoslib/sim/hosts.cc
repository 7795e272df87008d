#include "mesoslib/sim/hosts.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::sim {

// Hears of the process's death in the middle of whatever killed it, and has it buried afterwards.
class DaemonHost::Undertaker final : public Witness {
 public:
  explicit Undertaker(DaemonHost* host) : host_(host) {}
  void Died(const Process&) override {
    host_->around_.world->loop()->Post([host = host_, alive = std::weak_ptr<char>(alive_)] {
      if (!alive.expired()) host->Died();
    });
  }

 private:
  DaemonHost* const host_;
  const std::shared_ptr<char> alive_ = std::make_shared<char>();
};

DaemonHost::DaemonHost(const Surroundings& around, std::string name, int host)
    : around_(around), name_(std::move(name)), host_(host) {}

DaemonHost::~DaemonHost() = default;

void DaemonHost::Start() {
  if (process_ != nullptr || off_ || retired_) return;
  ++start_;
  around_.world->Log(name_, " starts");
  process_ = std::make_shared<Process>(around_.world, name_, host_);
  undertaker_ = std::make_shared<Undertaker>(this);
  process_->AddWitness(undertaker_);
  Build();
}

void DaemonHost::Crash(absl::Duration pause) {
  if (!running()) return;
  around_.world->Log(name_, " is killed");
  pause_ = pause;
  process_->Kill();
}

void DaemonHost::PowerOff(absl::Duration pause) {
  around_.world->Log(name_, "'s machine loses its power");
  off_ = true;
  ++start_;
  around_.network->Isolate(host_);
  if (running()) process_->Kill();
  PowerLost();
  around_.world->loop()->PostAt(around_.world->loop()->Now() + pause, [this] {
    off_ = false;
    around_.network->Restore(host_);
    Start();
  });
}

void DaemonHost::Retire() {
  retired_ = true;
  if (running()) process_->Kill();
}

void DaemonHost::Exits(const absl::Status& why) {
  around_.world->Log(name_, " exits: ", why.message());
  pause_ = around_.world->Between(absl::Milliseconds(100), absl::Seconds(5));
  process_->Kill();
}

void DaemonHost::Died() {
  undertaker_ = nullptr;
  Bury();
  process_ = nullptr;
  StartLater(std::exchange(pause_, absl::Seconds(1)));
}

void DaemonHost::StartLater(absl::Duration pause) {
  around_.world->loop()->PostAt(around_.world->loop()->Now() + pause, [this, start = start_] {
    if (start == start_) Start();
  });
}

// -- A master --

MasterHost::MasterHost(const Surroundings& around, int host, MasterOptions options,
                       AllocatorFactory allocator)
    : DaemonHost(around, absl::StrCat("master-", host), host),
      options_(std::move(options)),
      make_allocator_(std::move(allocator)) {
  options_.hostname = name();
  options_.ip = absl::StrCat("10.0.0.", host);
}

MasterHost::~MasterHost() { Bury(); }

void MasterHost::Build() {
  Process* const loop = process().get();
  MasterDependencies parts;
  parts.loop = loop;
  parts.random = loop->random();
  parts.log = loop->log();
  parts.ended = [this](absl::Status why) { Exits(why); };
  if (around_.coordination != nullptr) {
    client_ = std::make_shared<CoordinationClient>(around_.coordination, process());
    client_->Start();
    parts.registry = client_.get();
    parts.election = client_.get();
  } else {
    store_ = DiskStore::Create(around_.world, process(), &disk_);
    parts.registry = store_.get();
  }
  AllocatorOptions allocation;
  allocation.allocation_interval = options_.allocation_interval;
  allocator_ = make_allocator_ != nullptr ? make_allocator_(allocation)
                                          : CreateHierarchicalAllocator(allocation).value();
  parts.allocator = allocator_.get();
  master_ = CreateMaster(options_, parts).value();
  master_->Start([this](absl::Status status) {
    if (!status.ok()) Exits(status);
  });
}

void MasterHost::Bury() {
  master_ = nullptr;
  allocator_ = nullptr;
  store_ = nullptr;
  client_ = nullptr;
}

AgentServer MasterHost::agents() const {
  if (master_ == nullptr) return {};
  return {process(), &master_->agents()};
}

SchedulerServer MasterHost::schedulers() const {
  if (master_ == nullptr) return {};
  return {process(), &master_->schedulers()};
}

MasterHost* Masters::Find(const v1::MasterInfo& info) const {
  for (const auto& host : *hosts_) {
    if (host->name() == info.hostname()) return host.get();
  }
  return nullptr;
}

namespace {

template <typename Call, typename Event>
std::unique_ptr<Endpoint<Call, Event>> To(const Surroundings& around, MasterHost* host,
                                          std::shared_ptr<Process> process,
                                          Server<Call, Event> (MasterHost::*door)() const,
                                          Transport transport) {
  return std::make_unique<SimulatedEndpoint<Call, Event>>(
      around.network, around.tap, std::move(process), host->host(),
      [host, door] { return (host->*door)(); }, transport);
}

std::shared_ptr<CoordinationClient> Follow(const Surroundings& around,
                                           std::shared_ptr<Process> process) {
  auto client = std::make_shared<CoordinationClient>(around.coordination, std::move(process));
  client->Start();
  return client;
}

}  // namespace

MasterRoute<internal::AgentMessage, internal::MasterMessage> RouteForAgent(
    const Surroundings& around, Masters* masters, std::shared_ptr<Process> process) {
  if (around.coordination == nullptr) {
    return {nullptr, To(around, masters->hosts().front().get(), process, &MasterHost::agents,
                        Transport::kStream)};
  }
  auto client = Follow(around, process);
  auto connect = [around, masters, process](const Leader& leader) {
    return To(around, masters->Find(leader.info), process, &MasterHost::agents, Transport::kStream);
  };
  return {client, CreateLeaderAgentEndpoint(client.get(), connect, process.get()).value()};
}

MasterRoute<v1::scheduler::Call, v1::scheduler::Event> RouteForScheduler(
    const Surroundings& around, Masters* masters, std::shared_ptr<Process> process,
    Transport transport) {
  if (around.coordination == nullptr) {
    return {nullptr, To(around, masters->hosts().front().get(), process, &MasterHost::schedulers,
                        transport)};
  }
  auto client = Follow(around, process);
  auto connect = [around, masters, process, transport](const Leader& leader) {
    return To(around, masters->Find(leader.info), process, &MasterHost::schedulers, transport);
  };
  return {client, CreateLeaderSchedulerEndpoint(client.get(), connect, process.get()).value()};
}

// -- An agent --

AgentHost::AgentHost(const Surroundings& around, Masters* masters, Machine::Owner* owner, int host,
                     AgentOptions options)
    : DaemonHost(around, absl::StrCat("agent-", host), host),
      masters_(masters),
      options_(std::move(options)),
      machine_(around.world, owner, host, options_.resources) {
  options_.hostname = name();
  options_.work_dir = "/var/lib/mesos";
  options_.executor_endpoint = "127.0.0.1:5061";
}

AgentHost::~AgentHost() { Bury(); }

void AgentHost::Build() {
  Process* const loop = process().get();
  options_.boot_id = machine_.boot_id();
  machine_.set_total(options_.resources);
  store_ = DiskStore::Create(around_.world, process(), &machine_.disk());
  containerizer_ = machine_.NewContainerizer(process());
  route_ = RouteForAgent(around_, masters_, process());
  if (!lendable_.empty()) {
    lender_ = std::make_unique<Lender>(around_.world, process(), lendable_);
  }
  agent_ =
      CreateAgent(options_, {loop, loop->random(), route_.endpoint.get(), containerizer_.get(),
                             store_.get(), loop->log(), [this](absl::Status why) { Exits(why); },
                             lender_.get(), lender_.get()})
          .value();
  agent_->Start([this](absl::Status status) {
    if (!status.ok()) Exits(status);
  });
}

void AgentHost::Bury() {
  agent_ = nullptr;
  lender_ = nullptr;
  route_.endpoint = nullptr;
  route_.client = nullptr;
  containerizer_ = nullptr;
  store_ = nullptr;
}

void AgentHost::set_lendable(const Resources& lendable) {
  lendable_ = lendable;
  machine_.set_lendable(lendable);
}

void AgentHost::PowerLost() { machine_.Reboot(); }

ExecutorServer AgentHost::executors() const {
  if (agent_ == nullptr) return {};
  return {process(), &agent_->executors()};
}

}  // namespace mesos::sim
