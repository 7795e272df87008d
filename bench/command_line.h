// How long the command line takes, from the start of its process to its end.
#ifndef BENCH_COMMAND_LINE_H_
#define BENCH_COMMAND_LINE_H_

#include <string>

#include "bench/figures.h"

namespace mesos::bench {

// `mesos`: the program; `port`: its master's, here. Tells each command's time on stderr, and the
// slowest one's as cli_ms.
void MeasureCommandLine(const std::string& mesos, int port, Figures* figures);

}  // namespace mesos::bench

#endif  // BENCH_COMMAND_LINE_H_
