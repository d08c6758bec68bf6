#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_JSON_REPORT_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_JSON_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/heapload/report/judgement.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Grows when a reader of the former version would misread the new one; a new
// member alone does not, since readers skip what they do not know.
inline constexpr int kJsonReportVersion = 1;

// A run as JSON: the members are named as the fields of RunReport, times are
// in seconds, sizes in bytes. The judgement is in "judgement", for scripts.
std::string ToJson(const RunReport& report, const Judgement& judgement);

// A run that was saved, and by what it was judged then.
struct SavedRun {
  RunReport report;
  std::vector<std::string> slos;
  std::vector<std::string> balancers;
};

// Reads what ToJson() wrote. INVALID_ARGUMENT: it is not JSON (with the
// position), of another version, or a member is missing or of a wrong type
// (with its path, such as "phases[2].calls.ok").
absl::StatusOr<SavedRun> FromJson(absl::string_view text);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_JSON_REPORT_H_
