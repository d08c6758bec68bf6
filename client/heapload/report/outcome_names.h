#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_OUTCOME_NAMES_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_OUTCOME_NAMES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "client/heapload/report/judgement.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// The words for what came out, in JSON and in tables.

// SERVING, NOT_SERVING, TIMEOUT, FAILED.
absl::string_view NameOf(ProbeOutcome outcome);
std::optional<ProbeOutcome> ParseProbeOutcome(absl::string_view name);

// met, missed, unknown.
absl::string_view NameOf(SloOutcome outcome);

// kept, killed, taken_out, unknown.
absl::string_view NameOf(Fate fate);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_OUTCOME_NAMES_H_
