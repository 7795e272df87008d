// MESOS_EXPORT: marks what libmesoslib.so offers to its host; everything else is hidden in it.
#ifndef MESOS_EXPORT_H_
#define MESOS_EXPORT_H_

#define MESOS_EXPORT __attribute__((visibility("default")))

#endif  // MESOS_EXPORT_H_
