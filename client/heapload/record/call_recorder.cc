#include "client/heapload/record/call_recorder.h"

#include <pthread.h>

#include <limits>
#include <utility>

#include "client/heapd/check.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

// What a call takes in the queue beside its bytes.
constexpr size_t kCallBytes = 512;

}  // namespace

absl::StatusOr<std::unique_ptr<CallRecorder>> CallRecorder::Create(
    const std::string& path, CallRecorderOptions options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(std::unique_ptr<RecordingWriter> writer,
                                RecordingWriter::Create(path));
  return std::unique_ptr<CallRecorder>(
      new CallRecorder(std::move(writer), std::move(options)));
}

CallRecorder::CallRecorder(std::unique_ptr<RecordingWriter> writer,
                           CallRecorderOptions options)
    : options_(std::move(options)),
      begin_(std::chrono::steady_clock::now()),
      writer_(std::move(writer)),
      builder_(options_.scope),
      thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "recorder");
}

CallRecorder::~CallRecorder() { Drain(); }

void CallRecorder::FoundHeap(recording::HeapFound found) {
  absl::MutexLock lock(&mu_);
  found_.push_back(std::move(found));
}

CallStart CallRecorder::Begin() {
  absl::MutexLock lock(&mu_);
  CallStart start;
  start.known = next_number_;
  start.start_nanos = NowNanos();
  ++in_flight_[start.start_nanos];
  ++progress_.calls;
  return start;
}

void CallRecorder::End(ObservedCall call) {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &CallRecorder::HasRoom));
  call.number = next_number_++;
  call.end_nanos = NowNanos();
  RemoveFromFlight(call.start);
  queued_bytes_ += call.byte_size() + kCallBytes;
  queue_.push_back(std::move(call));
}

void CallRecorder::Abandon(const CallStart& start) {
  absl::MutexLock lock(&mu_);
  RemoveFromFlight(start);
}

void CallRecorder::RemoveFromFlight(const CallStart& start) {
  const auto found = in_flight_.find(start.start_nanos);
  HEAPD_CLIENT_CHECK(found != in_flight_.end());
  if (--found->second == 0) in_flight_.erase(found);
}

uint32_t CallRecorder::NewStream() {
  absl::MutexLock lock(&mu_);
  return next_stream_++;
}

std::vector<std::string> CallRecorder::Drain() {
  {
    absl::MutexLock lock(&mu_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
  return builder_.Heaps();
}

absl::Status CallRecorder::Finish(std::vector<recording::HeapCounts> counts) {
  HEAPD_CLIENT_CHECK(!thread_.joinable());
  for (recording::HeapCounts& heap : counts) {
    recording::Entry entry;
    builder_.MaskCounts(&heap);
    *entry.mutable_heap_counts() = std::move(heap);
    Write({entry});
  }
  recording::End end;
  end.set_call_count(progress().calls);
  end.set_duration_nanos(NowNanos());
  Note(writer_->Finish(std::move(end)));
  absl::MutexLock lock(&mu_);
  progress_.file_bytes = writer_->file_bytes();
  return progress_.status;
}

CallRecorder::Progress CallRecorder::progress() const {
  absl::MutexLock lock(&mu_);
  return progress_;
}

int64_t CallRecorder::NowNanos() const {
  // Not the time of day, which can jump.
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin_)
      .count();
}

void CallRecorder::Run() {
  while (true) {
    Work work = TakeWork();
    const bool stop = work.stop;
    Write(std::move(work));
    Note(writer_->Flush());
    {
      absl::MutexLock lock(&mu_);
      progress_.file_bytes = writer_->file_bytes();
    }
    if (stop) return;
  }
}

CallRecorder::Work CallRecorder::TakeWork() {
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(this, &CallRecorder::HasMuchWork),
                       options_.flush_interval);
  Work work;
  work.calls.swap(queue_);
  work.found.swap(found_);
  queued_bytes_ = 0;
  work.now_nanos = NowNanos();
  work.oldest_call_nanos = in_flight_.empty()
                               ? std::numeric_limits<int64_t>::max()
                               : in_flight_.begin()->first;
  // Everything taken here has a lower number, everything later a higher one.
  work.number = next_number_++;
  work.stop = stop_;
  return work;
}

void CallRecorder::Write(Work work) {
  for (recording::HeapFound& found : work.found) {
    Write(builder_.FoundHeap(std::move(found)));
  }
  for (ObservedCall& call : work.calls) {
    Write(builder_.Observed(std::move(call)));
  }
  Write(builder_.Expired(work.now_nanos, work.oldest_call_nanos, work.number));
}

void CallRecorder::Write(const std::vector<recording::Entry>& entries) {
  for (const recording::Entry& entry : entries) Note(writer_->Add(entry));
  absl::MutexLock lock(&mu_);
  progress_.entries = writer_->entry_count();
}

void CallRecorder::Note(const absl::Status& status) {
  if (status.ok()) return;
  absl::MutexLock lock(&mu_);
  ++progress_.left_out;
  if (progress_.status.ok()) progress_.status = status;
}

}  // namespace heapd::heapload
