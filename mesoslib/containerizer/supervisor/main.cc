// mesos-containerizer: see supervisor.h.
#include "mesoslib/containerizer/supervisor/supervisor.h"

int main(int argc, char** argv) { return mesos::SupervisorMain(argc, argv); }
