#include "mesoslib/containerizer/supervisor/launch_plan.h"

#include <cstdlib>
#include <cstring>

namespace mesos {
namespace {

// Fields follow each other as NUL-terminated text; a list is its length and its members.
class Writer {
 public:
  Writer() : bytes_(sizeof(uint32_t), '\0') {}

  void Text(const std::string& text) { bytes_.append(text.c_str(), text.size() + 1); }
  void Number(uint64_t number) { Text(std::to_string(number)); }
  void List(const std::vector<std::string>& list) {
    Number(list.size());
    for (const std::string& text : list) Text(text);
  }

  std::string Finish() && {
    const uint32_t size = static_cast<uint32_t>(bytes_.size() - sizeof(uint32_t));
    memcpy(bytes_.data(), &size, sizeof(size));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// After the first field that is missing or no number, everything reads as empty.
class Reader {
 public:
  Reader(const char* bytes, size_t size) : position_(bytes), end_(bytes + size) {}

  std::string Text() {
    const void* nul =
        position_ < end_ ? memchr(position_, 0, static_cast<size_t>(end_ - position_)) : nullptr;
    if (nul == nullptr) {
      ok_ = false;
      position_ = end_;
      return "";
    }
    std::string text(position_);
    position_ = static_cast<const char*>(nul) + 1;
    return text;
  }

  uint64_t Number() {
    const std::string text = Text();
    char* end = nullptr;
    const uint64_t number = strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0') ok_ = false;
    return ok_ ? number : 0;
  }

  // A member takes at least one byte, so a length beyond what is left is a lie.
  size_t Length() {
    const uint64_t length = Number();
    if (length > static_cast<uint64_t>(end_ - position_)) ok_ = false;
    return ok_ ? length : 0;
  }

  std::vector<std::string> List() {
    std::vector<std::string> list(Length());
    for (std::string& text : list) text = Text();
    return list;
  }

  bool Finished() const { return ok_ && position_ == end_; }

 private:
  const char* position_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace

std::string EncodePlan(const LaunchPlan& plan) {
  Writer writer;
  writer.Text(plan.runtime_dir);
  writer.Text(plan.sandbox);
  writer.Text(plan.executable);
  writer.List(plan.arguments);
  writer.List(plan.environment);
  writer.List(plan.cgroups);
  writer.Number(plan.rlimits.size());
  for (const LaunchRlimit& rlimit : plan.rlimits) {
    writer.Number(static_cast<uint64_t>(rlimit.resource));
    writer.Number(rlimit.soft);
    writer.Number(rlimit.hard);
  }
  writer.Number(plan.switch_user ? 1 : 0);
  writer.Number(plan.user.uid);
  writer.Number(plan.user.gid);
  writer.Number(plan.user.groups.size());
  for (gid_t group : plan.user.groups) writer.Number(group);
  return std::move(writer).Finish();
}

bool DecodePlan(const char* bytes, size_t size, LaunchPlan* plan) {
  Reader reader(bytes, size);
  plan->runtime_dir = reader.Text();
  plan->sandbox = reader.Text();
  plan->executable = reader.Text();
  plan->arguments = reader.List();
  plan->environment = reader.List();
  plan->cgroups = reader.List();
  plan->rlimits.resize(reader.Length());
  for (LaunchRlimit& rlimit : plan->rlimits) {
    rlimit.resource = static_cast<int>(reader.Number());
    rlimit.soft = reader.Number();
    rlimit.hard = reader.Number();
  }
  plan->switch_user = reader.Number() != 0;
  plan->user.uid = static_cast<uid_t>(reader.Number());
  plan->user.gid = static_cast<gid_t>(reader.Number());
  plan->user.groups.resize(reader.Length());
  for (gid_t& group : plan->user.groups) group = static_cast<gid_t>(reader.Number());
  return reader.Finished();
}

}  // namespace mesos
