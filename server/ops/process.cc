#include "server/ops/process.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/ops/crash_report.h"

namespace heapd::server {
namespace {

// Free memory that malloc keeps for each of its arenas, and the size from which
// a piece is a mapping of its own. Both are far above the messages of usual
// calls and far below a heap.
constexpr int kMallocKeepBytes = 16 << 20;
constexpr int kMallocMapBytes = 4 << 20;

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void TuneLibraries() {
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  mallopt(M_TRIM_THRESHOLD, kMallocKeepBytes);
  mallopt(M_MMAP_THRESHOLD, kMallocMapBytes);
}

void PrepareProcess(const char* program) {
  TuneLibraries();
  // It takes SIGTERM too, which is given back below.
  InstallCrashReport(program);
  umask(0077);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // A parent may have had them ignored; they then would never arrive.
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGHUP, SIG_DFL);
  sigset_t signals = StopSignals();
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

absl::Status LockMemory() {
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("memory.lock: ", std::strerror(errno),
                   "; raise the limit of locked memory (ulimit -l, "
                   "LimitMEMLOCK=infinity) or "
                   "turn memory.lock off"));
}

int WaitForStopSignal(const std::function<void()>& reload) {
  const sigset_t stop_signals = StopSignals();
  sigset_t signals = stop_signals;
  sigaddset(&signals, SIGHUP);
  for (;;) {
    int number = 0;
    if (sigwait(&signals, &number) != 0) continue;
    if (number == SIGHUP) {
      reload();
      continue;
    }
    // Nobody handles them: the next one that arrives kills the process.
    pthread_sigmask(SIG_UNBLOCK, &stop_signals, nullptr);
    return number;
  }
}

}  // namespace heapd::server
