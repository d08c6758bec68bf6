#include "server/ops/crash_report.h"

#include <unistd.h>

#include <atomic>
#include <cstring>

#include "absl/debugging/failure_signal_handler.h"
#include "absl/debugging/symbolize.h"
#include "server/ops/crash_notes.h"

namespace heapd::server {
namespace {

CrashNotesRing frequent_notes;
CrashNotesRing rare_notes;

// Async-signal-safe. There is nothing to do about an error.
void WriteToStderr(const char* text) {
  size_t left = std::strlen(text);
  while (left > 0) {
    const ssize_t written = write(STDERR_FILENO, text, left);
    if (written <= 0) return;
    text += written;
    left -= static_cast<size_t>(written);
  }
}

// Abseil has already written its report to stderr when it calls this for each
// piece of it.
void WriteNotesOnce(const char* /*piece*/) {
  static std::atomic<bool> done{false};
  if (done.exchange(true)) return;
  WriteToStderr("The last collections, major ones first:\n");
  rare_notes.ForEach(WriteToStderr);
  frequent_notes.ForEach(WriteToStderr);
}

}  // namespace

void KeepForCrash(CrashNotes kind, absl::string_view line) {
  (kind == CrashNotes::kRare ? rare_notes : frequent_notes).Add(line);
}

void InstallCrashReport(const char* program) {
  absl::InitializeSymbolizer(program);
  absl::FailureSignalHandlerOptions options;
  options.writerfn = WriteNotesOnce;
  absl::InstallFailureSignalHandler(options);
}

}  // namespace heapd::server
