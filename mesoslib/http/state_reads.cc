#include "mesoslib/http/state_reads.h"

#include <utility>

namespace mesos::http {

void StateReads::Read(const std::string& what, Make make, Done done) {
  {
    MutexLock lock(&mutex_);
    Reading& reading = readings_[what];
    reading.make = std::move(make);
    reading.waiting.push_back(std::move(done));
    if (std::exchange(reading.running, true)) return;
  }
  Take(what);
}

void StateReads::Take(const std::string& what) {
  master_->GetState([self = shared_from_this(), what](auto state) mutable {
    self->Answer(what, std::move(state));
  });
}

// Those who come from here on wait for the next state.
void StateReads::Answer(const std::string& what,
                        absl::StatusOr<std::shared_ptr<const MasterState>> state) {
  Make make;
  std::vector<Done> waiting;
  {
    MutexLock lock(&mutex_);
    Reading& reading = readings_[what];
    make = reading.make;
    waiting = std::exchange(reading.waiting, {});
  }
  auto finish = [self = shared_from_this(), what, make = std::move(make),
                 waiting = std::move(waiting), state = std::move(state)]() mutable {
    if (state.ok()) {
      const Told told = {make(**state), (*state)->version};
      state = absl::UnknownError("told");  // The state goes before those who wait are told.
      for (Done& done : waiting) done(told);
    } else {
      for (Done& done : waiting) done(state.status());
    }
    {
      MutexLock lock(&self->mutex_);
      Reading& reading = self->readings_[what];
      if (reading.waiting.empty()) {
        self->readings_.erase(what);
        return;
      }
    }
    self->Take(what);
  };
  background_(std::move(finish));
}

}  // namespace mesos::http
