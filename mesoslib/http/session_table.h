// SessionTable: the subscribed sessions, by the name under which other requests find them.
#ifndef MESOSLIB_HTTP_SESSION_TABLE_H_
#define MESOSLIB_HTTP_SESSION_TABLE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "mesos/endpoint.h"
#include "mesoslib/base/mutex.h"

namespace mesos::http {

// Any thread. Sessions are never destroyed under its lock.
template <typename Call>
class SessionTable {
 public:
  using SessionPtr = std::shared_ptr<Session<Call>>;

  // A later session of the same name takes the earlier one's place.
  void Add(const std::string& name, SessionPtr session) {
    MutexLock lock(&mutex_);
    sessions_[name].swap(session);
  }

  // Nothing happens if another session has the name by now.
  void Remove(const std::string& name, const SessionPtr& session) {
    SessionPtr removed;
    MutexLock lock(&mutex_);
    const auto found = sessions_.find(name);
    if (found == sessions_.end() || found->second != session) return;
    removed.swap(found->second);
    sessions_.erase(found);
  }

  // Null: there is none.
  SessionPtr Find(absl::string_view name) const {
    MutexLock lock(&mutex_);
    const auto found = sessions_.find(name);
    return found == sessions_.end() ? nullptr : found->second;
  }

 private:
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, SessionPtr> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_SESSION_TABLE_H_
