// A process that holds a master with memory storage and nothing else: says when the master leads,
// and ends with its input. What //bench:embedding measures, compiled against the installed library.
#include <cstdio>
#include <future>

#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/state_store.h"

int main() {
  auto loop = mesos::CreateThreadEventLoop("master").value();
  auto random = mesos::CreateSystemRandom();
  auto registry = mesos::CreateMemoryStateStore(loop.get()).value();
  auto allocator = mesos::CreateHierarchicalAllocator({}).value();
  auto master =
      mesos::CreateMaster({}, {loop.get(), random.get(), registry.get(), allocator.get()}).value();
  std::promise<void> leads;
  master->Start([&](absl::Status) { leads.set_value(); });
  leads.get_future().wait();
  std::puts("leads");
  std::fflush(stdout);
  std::getchar();
}
