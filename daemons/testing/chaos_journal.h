// ChaosJournal: what a scheduler that may be killed at any time has done and heard, in a file: a
// launch before it is sent, an update before it is acknowledged.
#ifndef DAEMONS_TESTING_CHAOS_JOURNAL_H_
#define DAEMONS_TESTING_CHAOS_JOURNAL_H_

#include <map>
#include <set>
#include <string>

#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

struct ChaosTask {
  std::string agent;
  bool is_long = false;
  v1::TaskState state = v1::TASK_STAGING;
  bool ran = false;
  bool kill_asked = false;
  // Of terminal updates: the states, and the uuids of those that are no answer to a question.
  std::set<std::string> ends;
  std::set<std::string> end_uuids;
};

class ChaosJournal {
 public:
  // What is there is read; a line that was being written when the writer was killed is left out.
  explicit ChaosJournal(const std::string& path);

  void SetFramework(const std::string& id);
  void Launch(const std::string& task, const std::string& agent, bool is_long);
  void Kill(const std::string& task);
  void Update(const v1::TaskStatus& status);

  const std::string& framework() const { return framework_; }
  const std::map<std::string, ChaosTask>& tasks() const { return tasks_; }
  // Those that have not ended.
  std::set<std::string> active(bool is_long) const;

 private:
  void Append(const std::string& line);
  void Apply(const std::string& line);

  UniqueFd file_;
  std::string framework_;
  std::map<std::string, ChaosTask> tasks_;
};

}  // namespace mesos

#endif  // DAEMONS_TESTING_CHAOS_JOURNAL_H_
