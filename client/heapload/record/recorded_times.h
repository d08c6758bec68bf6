#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDED_TIMES_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDED_TIMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace heapd::heapload {

// When the calls of a recording (heapload record) came, in seconds from the
// first of them, ascending; those that failed too. Empty for a recording
// without calls. For the schedule "recorded:FILE".
//
// Of a recording that was cut off, the calls that can be read. NOT_FOUND if
// there is no such file, INVALID_ARGUMENT if it is no recording, DATA_LOSS with
// the offset if it is damaged. Takes 8 bytes a call.
absl::StatusOr<std::vector<double>> RecordedCallTimes(const std::string& path);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDED_TIMES_H_
