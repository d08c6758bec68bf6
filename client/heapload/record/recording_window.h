#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_WINDOW_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "client/heapload/record/recording_reader.h"

namespace heapd::heapload {

// Reads a recording some way ahead of what is being replayed. Entries are in
// the order of the answers, and a replay needs them in that of the calls: what
// came early and was answered late is found within the window. Single-threaded.
class RecordingWindow {
 public:
  // Entries read ahead: at first, and at most where something is looked for;
  // and what they may take, in bytes of the recording.
  static constexpr size_t kEntries = 4096;
  static constexpr size_t kMostEntries = 65536;
  static constexpr size_t kBytes = size_t{256} << 20;

  explicit RecordingWindow(std::unique_ptr<RecordingReader> reader)
      : reader_(std::move(reader)) {}

  // The next entry; null if the window is full, or at the end or the damage of
  // the recording.
  std::unique_ptr<recording::Entry> Next();
  // An entry has left the window, as it was when it came.
  void Left(const recording::Entry& entry);
  // Makes it larger; false if that is not possible, or no use.
  bool Widen();

  bool at_end() const { return at_end_; }
  // Why the recording could not be read to its end.
  const absl::Status& error() const { return error_; }
  const std::string& cut_off() const { return reader_->cut_off(); }
  // How long the recording was.
  double recorded_seconds() const;

 private:
  const std::unique_ptr<RecordingReader> reader_;
  size_t limit_ = kEntries;
  size_t entries_ = 0;
  size_t bytes_ = 0;
  bool at_end_ = false;
  absl::Status error_;
  int64_t last_nanos_ = 0;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_WINDOW_H_
