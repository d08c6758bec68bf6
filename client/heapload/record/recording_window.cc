#include "client/heapload/record/recording_window.h"

#include <algorithm>
#include <utility>

namespace heapd::heapload {

std::unique_ptr<recording::Entry> RecordingWindow::Next() {
  if (at_end_ || entries_ >= limit_ || bytes_ >= kBytes) return nullptr;
  auto entry = std::make_unique<recording::Entry>();
  const absl::StatusOr<bool> more = reader_->Next(entry.get());
  if (!more.ok() || !*more) {
    at_end_ = true;
    error_ = more.status();
    return nullptr;
  }
  ++entries_;
  bytes_ += entry->ByteSizeLong();
  last_nanos_ =
      std::max(last_nanos_, entry->start_nanos() + entry->duration_nanos());
  return entry;
}

void RecordingWindow::Left(const recording::Entry& entry) {
  --entries_;
  bytes_ -= entry.ByteSizeLong();
}

bool RecordingWindow::Widen() {
  if (at_end_ || limit_ >= kMostEntries || bytes_ >= kBytes) return false;
  limit_ += kEntries;
  return true;
}

double RecordingWindow::recorded_seconds() const {
  const int64_t whole = reader_->end().duration_nanos();
  return static_cast<double>(whole != 0 ? whole : last_nanos_) * 1e-9;
}

}  // namespace heapd::heapload
