#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_RECORDER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_RECORDER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/heapload/record/entry_builder.h"
#include "client/heapload/record/observed_call.h"
#include "client/heapload/record/recording_writer.h"

namespace heapd::heapload {

struct CallRecorderOptions {
  RecordedScope scope = {};
  // Most bytes of calls that wait to be written, before whoever brings more
  // waits too: the proxy is then as slow as the disk, not larger.
  size_t max_queued_bytes = size_t{64} << 20;
  // After this time what was recorded is in the file, for whoever ends the
  // process by force.
  absl::Duration flush_interval = absl::Milliseconds(100);
};

// Puts the calls that pass the proxy into an order, and writes them on a thread
// of its own, which also parses them: the proxy's threads only share the bytes.
//
// The order is that of the answers: End() gives the number, and the answer is
// passed on to the client afterwards. So whatever a client knows from an answer
// was recorded before it can use it.
//
// When writing fails, the rest is counted and not recorded; calls go on.
// Thread-safe, but for Finish() and the destructor.
class CallRecorder {
 public:
  // Errors as RecordingWriter::Create().
  static absl::StatusOr<std::unique_ptr<CallRecorder>> Create(
      const std::string& path, CallRecorderOptions options);
  // Stops without an end if Finish() was not called.
  ~CallRecorder();
  CallRecorder(const CallRecorder&) = delete;
  CallRecorder& operator=(const CallRecorder&) = delete;

  void FoundHeap(recording::HeapFound found);

  // A call came. Each Begin() is followed by one End() or Abandon().
  CallStart Begin();
  // It was answered, or never will be: number and end are filled in. May wait.
  void End(ObservedCall call);
  void Abandon(const CallStart& start);
  // A number for a new Pipeline.
  uint32_t NewStream();

  // No calls come any more: writes everything that was given. Heaps that
  // entries are about, in the order of their names.
  std::vector<std::string> Drain();
  // After Drain(): writes counts and the end. The first error of all. Where
  // names are hashed, those of classes in the counts are too.
  absl::Status Finish(std::vector<recording::HeapCounts> counts);

  struct Progress {
    uint64_t calls = 0;     // that passed
    uint64_t entries = 0;   // that were recorded
    uint64_t left_out = 0;  // after an error, or too large
    uint64_t file_bytes = 0;
    absl::Status status;  // the first error
  };
  Progress progress() const;
  // Since the recording began.
  int64_t NowNanos() const;

 private:
  CallRecorder(std::unique_ptr<RecordingWriter> writer,
               CallRecorderOptions options);

  void Run();
  // What came in since the last time, and what was true when it was taken.
  struct Work {
    std::vector<ObservedCall> calls;
    std::vector<recording::HeapFound> found;
    int64_t now_nanos = 0;
    int64_t oldest_call_nanos = 0;
    uint64_t number = 0;
    bool stop = false;
  };
  Work TakeWork();
  void Write(Work work);
  void Write(const std::vector<recording::Entry>& entries);
  void Note(const absl::Status& status);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return queued_bytes_ < options_.max_queued_bytes;
  }
  bool HasMuchWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stop_ || queued_bytes_ >= options_.max_queued_bytes / 16 ||
           queue_.size() >= 1024;
  }
  void RemoveFromFlight(const CallStart& start)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const CallRecorderOptions options_;
  const std::chrono::steady_clock::time_point begin_;

  // Of the thread that writes, and of Finish() after it.
  std::unique_ptr<RecordingWriter> writer_;
  EntryBuilder builder_;

  mutable absl::Mutex mu_;
  std::vector<ObservedCall> queue_ ABSL_GUARDED_BY(mu_);
  std::vector<recording::HeapFound> found_ ABSL_GUARDED_BY(mu_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mu_) = 0;
  uint32_t next_stream_ ABSL_GUARDED_BY(mu_) = 1;
  // How many calls in flight came when.
  absl::btree_map<int64_t, int> in_flight_ ABSL_GUARDED_BY(mu_);
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  Progress progress_ ABSL_GUARDED_BY(mu_);

  std::thread thread_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_RECORDER_H_
