#ifndef HEAPD_SERVER_OPS_HEALTH_BOARD_H_
#define HEAPD_SERVER_OPS_HEALTH_BOARD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

enum class ServingState { kServing, kNotServing, kUnknownService };

// What a health service answers for each service name; "" is the server as a
// whole. Setting wakes whoever waits for a change. Takes no other lock and
// calls nobody. Thread-safe.
class HealthBoard {
 public:
  // Knows `services` and "", all NOT_SERVING.
  explicit HealthBoard(const std::vector<std::string>& services = {});
  HealthBoard(const HealthBoard&) = delete;
  HealthBoard& operator=(const HealthBoard&) = delete;

  // Sets every known name.
  void SetAll(ServingState state) ABSL_LOCKS_EXCLUDED(mu_);

  ServingState Get(const std::string& service) const ABSL_LOCKS_EXCLUDED(mu_);

  // Waits until the state of `service` is not `seen`, the board is closed, or
  // `timeout` has passed; then returns the state.
  ServingState AwaitChange(const std::string& service,
                           std::optional<ServingState> seen,
                           absl::Duration timeout) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Ends every wait, now and from now on.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);
  bool closed() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  ServingState Find(const std::string& service) const
      ABSL_SHARED_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;  // a leaf of the lock order
  std::map<std::string, ServingState> states_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_HEALTH_BOARD_H_
