// How the benchmarks of whole programs report: a table that people read, the machine's name above
// it and, as the last line, the same figures as JSON for programs.
#ifndef BENCH_FIGURES_H_
#define BENCH_FIGURES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos::bench {

class Figures {
 public:
  enum class Goal { kAtLeast, kAtMost };

  void Add(absl::string_view name, double value, Goal goal, double target,
           absl::string_view description);

  // The machine, the table, and the line "FIGURES {...}".
  void Print() const;

 private:
  struct Figure {
    std::string name;
    double value;
    Goal goal;
    double target;
    std::string description;
  };
  std::vector<Figure> figures_;
};

// Resident memory of a process, in bytes; 0 where there is none. 0 is this process.
double ResidentBytes(int pid);

// Processor time of this thread, in seconds: others on the machine do not count.
double ThreadCpuSeconds();

}  // namespace mesos::bench

#endif  // BENCH_FIGURES_H_
