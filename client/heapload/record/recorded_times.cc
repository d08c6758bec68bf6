#include "client/heapload/record/recorded_times.h"

#include <algorithm>
#include <memory>

#include "client/heapd/status_macros.h"
#include "client/heapload/record/entry.h"
#include "client/heapload/record/recording_reader.h"

namespace heapd::heapload {

absl::StatusOr<std::vector<double>> RecordedCallTimes(const std::string& path) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::unique_ptr<RecordingReader> reader,
                                RecordingReader::Open(path));
  std::vector<double> times;
  recording::Entry entry;
  while (true) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const bool more, reader->Next(&entry));
    if (!more) break;
    if (IsCall(entry)) {
      times.push_back(static_cast<double>(entry.start_nanos()) * 1e-9);
    }
  }
  // Entries are in the order of the answers.
  std::sort(times.begin(), times.end());
  for (size_t i = times.size(); i-- > 0;) times[i] -= times[0];
  return times;
}

}  // namespace heapd::heapload
