#ifndef HEAPD_SERVER_OPS_SERVICE_MANAGER_H_
#define HEAPD_SERVER_OPS_SERVICE_MANAGER_H_

#include <atomic>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd::server {

// What the daemon tells who started it: systemd, for units of Type=notify, or
// any other that speaks sd_notify(3). Without one ($NOTIFY_SOCKET is not set)
// nothing is told. A message that cannot be delivered is no error of the
// daemon: the first is logged, and the manager will notice by itself.
//
//   Ready() -> { Reloading() -> Ready() } -> Stopping()
//
// Thread-safe.
class ServiceManager {
 public:
  // Looks into the environment.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  bool is_present() const { return is_present_; }
  // The manager ends the daemon when KeepAlive() was not called for this long;
  // nullopt where it does not watch. Below a second it would end healthy ones.
  std::optional<absl::Duration> watchdog() const { return watchdog_; }

  // The daemon serves; after Reloading(), the reload is over.
  void Ready();
  // It reads its files again.
  void Reloading();
  // It was told to stop, and does.
  void Stopping();

  // How it is, in one line for people.
  void Tell(absl::string_view status);
  // It makes progress.
  void KeepAlive();
  // What it is at (start or stop) may take this long from now, even if that is
  // more than the manager would wait for otherwise.
  void ExtendTimeout(absl::Duration time);

 private:
  void Send(const std::string& message);

  const bool is_present_;
  const std::optional<absl::Duration> watchdog_;
  std::atomic<bool> failure_logged_{false};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_SERVICE_MANAGER_H_
