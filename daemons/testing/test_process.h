// A program that a test runs: its output is read, it is waited for, and it never outlives the test.
#ifndef DAEMONS_TESTING_TEST_PROCESS_H_
#define DAEMONS_TESTING_TEST_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace mesos {

class TestProcess {
 public:
  // `program` is a path among the test's data; the file need not be within reach of `uid`, under
  // which it runs. `environment` holds "NAME=value".
  static std::unique_ptr<TestProcess> Start(const std::string& program,
                                            std::vector<std::string> arguments, uid_t uid,
                                            std::vector<std::string> environment = {});
  // Kills it where it still runs.
  ~TestProcess();

  // Waits until the output (stdout and stderr) has `text` and the rest of that line, which is
  // returned. "<none>", and a failure of the test, where the program ends or 30 s pass before.
  std::string WaitFor(const std::string& text);

  // Waits until it ends; the exit code, 128 + the signal's number, or -1 after 30 s.
  int WaitForExit();

  // Whether it has ended, which is left for others to wait for.
  bool HasEnded() const;

  void Signal(int number);
  pid_t pid() const { return pid_; }
  const std::string& output() const { return output_; }
  // So far, without what WaitFor has not seen.
  int lines() const;

 private:
  TestProcess(pid_t pid, int output) : pid_(pid), fd_(output) {}

  // Reads what comes next; false: the end, or nothing before the deadline.
  bool Read(int64_t deadline_ms);

  const pid_t pid_;
  const int fd_;
  bool reaped_ = false;
  std::string output_;
};

}  // namespace mesos

#endif  // DAEMONS_TESTING_TEST_PROCESS_H_
