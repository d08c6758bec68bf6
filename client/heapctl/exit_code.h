#ifndef HEAPD_CLIENT_HEAPCTL_EXIT_CODE_H_
#define HEAPD_CLIENT_HEAPCTL_EXIT_CODE_H_

#include "absl/status/status.h"

namespace heapd::heapctl {

// What heapctl exits with; scripts depend on them.
enum ExitCode {
  kOk = 0,
  // The call failed for a reason that has no code below.
  kFailed = 1,
  // The command line, or a value in it, is wrong.
  kUsage = 2,
  // No such heap, object, root, session, type, snapshot or file.
  kNotFound = 3,
  // No or bad credentials, or not permitted.
  kDenied = 4,
  // The daemon is away, draining, overloaded, full or too slow.
  kUnavailable = 5,
  // It is there already, or in a state that does not allow this.
  kConflict = 6,
};

ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_EXIT_CODE_H_
