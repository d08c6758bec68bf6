#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_LOAD_RUN_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_LOAD_RUN_H_

#include <atomic>

#include "absl/status/statusor.h"
#include "client/heapload/load/load_options.h"
#include "client/heapload/load/progress.h"
#include "client/heapload/load/schedule.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Loads a heap by the schedule and says what was found, all but the command
// line. Takes as long as the schedule, and the deadline of the last calls; ends
// early, with the report so far, once `stop` is set. `options` are resolved.
//
// An error is one from before the first call: no daemon, no heap, no session.
// What goes wrong afterwards is what the report is about.
absl::StatusOr<RunReport> RunLoad(const LoadOptions& options,
                                  const Schedule& schedule, Progress& progress,
                                  const std::atomic<bool>& stop);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_LOAD_RUN_H_
