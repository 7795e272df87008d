// The allocator's figures: what is promised of it, measured, and how its rounds grow with the
// cluster.
#ifndef BENCH_ALLOCATOR_FIGURES_H_
#define BENCH_ALLOCATOR_FIGURES_H_

namespace mesos::bench {

// Prints a table of rounds over sizes of clusters, then the figures.
void MeasureAllocator();

}  // namespace mesos::bench

#endif  // BENCH_ALLOCATOR_FIGURES_H_
