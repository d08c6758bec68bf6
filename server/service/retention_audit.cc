#include "server/service/retention_audit.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/audit/audit_record.h"

namespace heapd::server {
namespace {

AuditRecord RecordOf(const ExcessSnapshot& excess, AuditKind kind) {
  AuditRecord record;
  record.kind = kind;
  record.principal = "heapd";
  record.method = std::string(excess.limit);
  record.heap = excess.record.heap;
  record.snapshot = excess.record.snapshot;
  record.destination = excess.record.storage;
  record.redaction =
      std::string(excess.record.includes_strings ? kWithValues : kRedacted);
  return record;
}

}  // namespace

absl::Status RetentionAudit::OnRemove(const ExcessSnapshot& excess) {
  HEAPD_ASSIGN_OR_RETURN(intent_,
                         audit_.Write(RecordOf(excess, AuditKind::kIntent)));
  return absl::OkStatus();
}

void RetentionAudit::OnRemoved(const ExcessSnapshot& excess,
                               const absl::Status& removed) {
  AuditRecord record = RecordOf(excess, AuditKind::kOutcome);
  record.call = intent_;
  record.outcome = absl::StatusCodeToString(removed.code());
  record.reason = ReasonOf(removed);
  // The log tells of its own errors.
  audit_.Write(std::move(record)).status().IgnoreError();
}

}  // namespace heapd::server
