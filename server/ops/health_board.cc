#include "server/ops/health_board.h"

namespace heapd::server {

HealthBoard::HealthBoard(const std::vector<std::string>& services) {
  states_[""] = ServingState::kNotServing;
  for (const std::string& service : services) {
    states_[service] = ServingState::kNotServing;
  }
}

void HealthBoard::SetAll(ServingState state) {
  absl::MutexLock lock(&mu_);
  for (auto& [service, known] : states_) known = state;
}

ServingState HealthBoard::Find(const std::string& service) const {
  const auto found = states_.find(service);
  return found == states_.end() ? ServingState::kUnknownService : found->second;
}

ServingState HealthBoard::Get(const std::string& service) const {
  absl::MutexLock lock(&mu_);
  return Find(service);
}

ServingState HealthBoard::AwaitChange(const std::string& service,
                                      std::optional<ServingState> seen,
                                      absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  const auto changed = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closed_ || seen != Find(service);
  };
  mu_.AwaitWithTimeout(absl::Condition(&changed), timeout);
  return Find(service);
}

void HealthBoard::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
}

bool HealthBoard::closed() const {
  absl::MutexLock lock(&mu_);
  return closed_;
}

}  // namespace heapd::server
