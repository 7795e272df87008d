// The library's version. The API it speaks is Apache Mesos's v1 of the same number.
#ifndef MESOS_VERSION_H_
#define MESOS_VERSION_H_

#define MESOS_VERSION "1.12.0"

#endif  // MESOS_VERSION_H_
