#ifndef HEAPD_CLIENT_HEAPLOAD_EXIT_CODE_H_
#define HEAPD_CLIENT_HEAPLOAD_EXIT_CODE_H_

namespace heapd::heapload {

// What heapload exits with; scripts depend on them.
enum ExitCode {
  kOk = 0,
  // Could not do it at all: no daemon, a file that cannot be written.
  kFailed = 1,
  // The command line, or a value in it, is wrong.
  kUsage = 2,
  // Done, but an SLO was missed.
  kSloMissed = 3,
  // Replayed, but other objects live than in the recording.
  kDifferent = 4,
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_EXIT_CODE_H_
