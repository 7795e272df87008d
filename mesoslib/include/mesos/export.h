// MESOS_EXPORT: marks what libmesoslib.so offers to its host; everything else is hidden in it.
//
//   class MESOS_EXPORT Offered {
//    public:
//     void Method();
//   };
//
// Threads: a macro; it has nothing to do with them.
// Ownership: none.
// Errors: what is not marked cannot be linked from outside of the shared library.
#ifndef MESOS_EXPORT_H_
#define MESOS_EXPORT_H_

#define MESOS_EXPORT __attribute__((visibility("default")))

#endif  // MESOS_EXPORT_H_
