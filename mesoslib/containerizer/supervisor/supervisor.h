// The supervisor: one small process a container, between the containerizer and the task. It starts
// the task, takes in all processes that the task leaves behind, kills them when the task has ended,
// and writes down how the task ended. It outlives the containerizer.
//
//   containerizer            supervisor                         task
//        |--- spawn ------------>| session, subreaper
//   writes `pid`                 |
//        |--- LaunchPlan ------->| opens sandbox
//        |                       |--- vfork ----------------------> | group, user, limits,
//        |                       |                                  | adds itself to `pid`, exec
//        |<-- LaunchReport ------|                                  |
//                                |<-- ends -------------------------|
//                                | kills what is left, writes `status`, ends the same way
//
// Uses nothing but the standard library, and is linked statically.
#ifndef MESOSLIB_CONTAINERIZER_SUPERVISOR_SUPERVISOR_H_
#define MESOSLIB_CONTAINERIZER_SUPERVISOR_SUPERVISOR_H_

namespace mesos {

// Does all of the above; `control` is the supervisor's end of the socket. Returns only if no task
// was started, with the exit code; otherwise the process ends as the task did.
int Supervise(int control);

// The program's main: "mesos-containerizer launch <descriptor>".
int SupervisorMain(int argc, char** argv);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SUPERVISOR_SUPERVISOR_H_
