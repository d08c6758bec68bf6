#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAYER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAYER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "client/heapd/credentials.h"
#include "client/heapload/record/call_translator.h"
#include "client/heapload/record/recording_reader.h"
#include "client/heapload/record/recording_window.h"
#include "client/heapload/record/replay_calls.h"
#include "client/heapload/record/replay_heap.h"
#include "client/heapload/record/replay_outcome.h"
#include "client/heapload/record/replay_setup.h"
#include "client/heapload/record/replay_strings.h"

namespace heapd::heapload {

struct ReplayOptions {
  std::string file;
  std::string address;
  client::Credentials credentials = {};
  // Names of heaps in the replay: an entry here, else the recorded one with the
  // suffix.
  std::map<std::string, std::string> heap_names = {};
  std::string heap_suffix = {};
  ReplayLimits limits = {};
  // Recorded seconds a second; unset: as fast as answers come.
  std::optional<double> speed = {};
  // Of one call.
  absl::Duration timeout = absl::Seconds(60);
};

// Does to new heaps what a recording says was done to others, and compares what
// lives at the end.
//
// Calls are sent at their recorded times, or later if what was answered before
// them in the recording is not answered yet. Sessions are opened with the
// longest time to live that the daemon grants, renewed, and closed where they
// were closed or expired in the recording; those that were open at its end stay
// open until the counts are compared. The heaps remain.
//
// Single-threaded; one run.
class Replayer {
 public:
  // Errors of RecordingReader::Open() and Client::Connect().
  static absl::StatusOr<std::unique_ptr<Replayer>> Create(
      ReplayOptions options);
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  // ALREADY_EXISTS if a heap is there already, DATA_LOSS where the recording is
  // damaged (before that everything was replayed), UNAVAILABLE if the daemon
  // goes away. Refused calls are no error.
  absl::StatusOr<ReplayOutcome> Run();

 private:
  using EntryPointer = std::unique_ptr<recording::Entry>;
  enum class Counted { kYes, kNo };

  // A call on its way.
  struct Sent {
    EntryPointer entry;  // its request is in `bytes`, and cleared here
    recording::Entry::WhatCase what;
    std::string method;
    grpc::ByteBuffer bytes;
    ReplayHeap* heap = nullptr;
    uint64_t session = 0;  // as recorded
    Counted counted = Counted::kYes;
    int attempts = 0;
  };

  Replayer(ReplayOptions options, std::unique_ptr<RecordingReader> reader,
           std::unique_ptr<client::Client> client,
           const std::shared_ptr<grpc::Channel>& channel);

  void ReadAhead();
  void Sort(EntryPointer entry);
  ReplayHeap& HeapNamed(const std::string& recorded);

  // Sends all that may go, and says when the next one is due.
  absl::Status SendWhatMay(absl::Time* next);
  absl::Status SendFrom(ReplayHeap& heap, absl::Time* next);
  absl::Status Handle(ReplayHeap& heap, EntryPointer entry);
  absl::Status HandleCall(ReplayHeap& heap, EntryPointer entry);
  void HandleExpiry(ReplayHeap& heap, EntryPointer entry);
  // A call whose needs may be met.
  absl::Status SendOrSetAside(ReplayHeap& heap, EntryPointer entry);
  absl::Status SetTimeToLive(ReplayHeap& heap, recording::Entry* entry);
  void Send(ReplayHeap& heap, EntryPointer entry, Counted counted);
  void SendBytes(uint64_t token);
  void SendAgain(absl::Time* next);
  absl::Status RetryAside(ReplayHeap& heap);
  absl::Time DueTime(const recording::Entry& entry) const;
  void NoteLateness(const recording::Entry& entry);

  absl::Status TakeAnswers(absl::Time until);
  absl::Status TakeAnswer(ReplayCalls::Answer answer);
  // The answer of the daemon in the form of a recorded one.
  absl::StatusOr<recording::Entry> ReadAnswer(
      const Sent& sent, const ReplayCalls::Answer& answer);
  void Succeeded(const Sent& sent, const recording::Entry& replayed);
  absl::Status Failed(const Sent& sent, const absl::Status& status);
  void Lose(ReplayHeap& heap, const recording::Entry& entry, uint64_t* count);

  // Where a heap can go no further, looks further ahead or gives an entry up.
  absl::Status Unstick();
  absl::Status GiveUpOne(ReplayHeap& heap);
  void RenewSessions();
  bool IsDone() const;

  absl::Status CompareHeaps();
  void CloseSessions();

  const ReplayOptions options_;
  const std::unique_ptr<client::Client> client_;
  ReplaySetup setup_;
  RecordingWindow window_;
  ReplayStrings strings_;
  ReplayOutcome outcome_;
  std::map<std::string, std::unique_ptr<ReplayHeap>> heaps_;  // as recorded
  std::vector<recording::HeapCounts> recorded_counts_;

  absl::flat_hash_map<uint64_t, Sent> sent_;   // by token
  std::multimap<absl::Time, uint64_t> again_;  // tokens to send again
  uint64_t next_token_ = 1;                    // 0: nobody waits for it
  absl::Time begin_;
  std::optional<int64_t> first_nanos_;
  absl::Time renewed_;

  // Last, so that nothing comes in while the others go.
  ReplayCalls calls_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAYER_H_
