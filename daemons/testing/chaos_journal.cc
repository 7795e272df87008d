#include "daemons/testing/chaos_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesos/task_states.h"

namespace mesos {

ChaosJournal::ChaosJournal(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (std::getline(file, line)) {
    if (!file.eof()) Apply(line);
  }
  const bool torn = !line.empty() && file.eof();
  file_.Reset(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (torn) Append("");
}

void ChaosJournal::SetFramework(const std::string& id) { Append(absl::StrCat("framework ", id)); }

void ChaosJournal::Launch(const std::string& task, const std::string& agent, bool is_long) {
  Append(absl::StrCat("launch ", task, " ", agent, " ", is_long ? "long" : "short"));
}

void ChaosJournal::Kill(const std::string& task) { Append(absl::StrCat("kill ", task, " - -")); }

void ChaosJournal::Update(const v1::TaskStatus& status) {
  Append(absl::StrCat("update ", status.task_id().value(), " ", v1::TaskState_Name(status.state()),
                      " ", status.uuid().empty() ? "-" : absl::BytesToHexString(status.uuid())));
}

std::set<std::string> ChaosJournal::active(bool is_long) const {
  std::set<std::string> active;
  for (const auto& [id, task] : tasks_) {
    if (task.ends.empty() && task.is_long == is_long) active.insert(id);
  }
  return active;
}

void ChaosJournal::Append(const std::string& line) {
  const std::string bytes = line + "\n";
  if (write(file_.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) abort();
  Apply(line);
}

void ChaosJournal::Apply(const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (words[0] == "framework" && words.size() == 2) framework_ = words[1];
  if (words.size() != 4) return;
  ChaosTask& task = tasks_[words[1]];
  if (words[0] == "launch") {
    task.agent = words[2];
    task.is_long = words[3] == "long";
  } else if (words[0] == "kill") {
    task.kill_asked = true;
  } else if (words[0] == "update") {
    v1::TaskState_Parse(words[2], &task.state);
    if (task.state == v1::TASK_RUNNING) task.ran = true;
    if (!IsTerminal(task.state)) return;
    task.ends.insert(words[2]);
    if (words[3] != "-") task.end_uuids.insert(words[3]);
  }
}

}  // namespace mesos
