#include "server/ops/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

constexpr int kKeepEnvironment = 0;

std::optional<absl::Duration> WatchdogOfEnvironment() {
  uint64_t microseconds = 0;
  // Negative for a value that is none: then nobody can be meant to be watched.
  if (sd_watchdog_enabled(kKeepEnvironment, &microseconds) <= 0) {
    return std::nullopt;
  }
  return absl::Microseconds(microseconds);
}

// CLOCK_MONOTONIC, on which the manager compares messages with its signals.
int64_t MonotonicMicroseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::ToInt64Microseconds(absl::DurationFromTimespec(now));
}

}  // namespace

ServiceManager::ServiceManager()
    : is_present_(std::getenv("NOTIFY_SOCKET") != nullptr),
      watchdog_(WatchdogOfEnvironment()) {}

void ServiceManager::Ready() { Send("READY=1"); }

// systemd 253 and newer (Type=notify-reload) takes only a message that is newer
// than the signal it sent.
void ServiceManager::Reloading() {
  Send(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", MonotonicMicroseconds()));
}

void ServiceManager::Stopping() { Send("STOPPING=1"); }

void ServiceManager::Tell(absl::string_view status) {
  // A line break would begin another assignment.
  Send(absl::StrCat("STATUS=", absl::StrReplaceAll(status, {{"\n", " "}})));
}

void ServiceManager::KeepAlive() { Send("WATCHDOG=1"); }

void ServiceManager::ExtendTimeout(absl::Duration time) {
  Send(absl::StrCat("EXTEND_TIMEOUT_USEC=", absl::ToInt64Microseconds(time)));
}

void ServiceManager::Send(const std::string& message) {
  if (!is_present_) return;
  const int result = sd_notify(kKeepEnvironment, message.c_str());
  if (result >= 0 || failure_logged_.exchange(true)) return;
  LogWarning("service_manager", {{"error", std::strerror(-result)},
                                 {"effect",
                                  "the service manager does not hear how the "
                                  "daemon is, and may end it"}});
}

}  // namespace heapd::server
