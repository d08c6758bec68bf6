#ifndef HEAPD_CLIENT_HEAPCTL_AUDIT_CHAIN_H_
#define HEAPD_CLIENT_HEAPCTL_AUDIT_CHAIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace heapd::heapctl {

// A line of an audit log as somebody noted it at another place.
struct AuditAnchor {
  uint64_t seq = 0;
  std::string hash;  // 64 hex digits
};

// What a whole audit log is.
struct AuditSummary {
  uint64_t line_count = 0;
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  std::string hash;  // of the last line
  // Calls of which the log has no outcome, by the numbers of their intents: the
  // daemon ended during them, or they are not over.
  std::vector<uint64_t> open_calls;
  // Lines that a daemon did not finish and the next one cut off.
  uint64_t torn_line_count = 0;
  // What stands behind the last line without a line end.
  uint64_t unfinished_bytes = 0;
};

// Reads the files of an audit log, in any order, and checks that they are
// whole: that no line was changed, added, taken out or moved. Shares no code
// with what writes them; server/README.md has the format.
//
// DATA_LOSS "FILE:LINE: what" where the chain breaks first, or the anchor is
// not what it says; NOT_FOUND for a file that cannot be read.
//
// It cannot see that lines at the end are missing, or that somebody wrote the
// whole log anew: an anchor can.
absl::StatusOr<AuditSummary> VerifyAuditFiles(
    std::vector<std::string> paths, const std::optional<AuditAnchor>& anchor);

// Reads "SEQ:HASH". INVALID_ARGUMENT.
absl::StatusOr<AuditAnchor> ParseAuditAnchor(const std::string& text);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_AUDIT_CHAIN_H_
