#include "server/service/audited_call.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/auth/forwarded_caller.h"

namespace heapd::server {

AuditedCall::AuditedCall(const ServiceCore& core, const Caller& caller,
                         const grpc::ServerContextBase& context,
                         const MethodPermission& method)
    : audit_(method.audited ? core.security.audit : nullptr), caller_(caller) {
  if (audit_ == nullptr) return;
  record_.principal = caller.principal().name;
  record_.peer = PeerOf(context);
  record_.method = absl::StrCat(method.service, "/", method.method);
}

AuditedCall::~AuditedCall() {
  if (begun_) End(absl::CancelledError("given up")).IgnoreError();
}

void AuditedCall::Describe(const Subject& subject) {
  record_.heap = subject.heap;
  record_.snapshot = subject.snapshot;
  record_.base_snapshot = subject.base_snapshot;
  record_.destination = subject.destination;
  record_.redaction = std::string(subject.redaction);
}

absl::Status AuditedCall::Begin(const Subject& subject) {
  if (audit_ == nullptr) return absl::OkStatus();
  Describe(subject);
  record_.kind = AuditKind::kIntent;
  const absl::StatusOr<uint64_t> seq = audit_->Write(record_);
  if (!seq.ok()) {
    // The log says why; a caller need not know about this machine's disks.
    return MakeError(absl::StatusCode::kUnavailable, ReasonOf(seq.status()),
                     "the audit log cannot be written, so that nothing was "
                     "done");
  }
  record_.call = *seq;
  begun_ = true;
  return absl::OkStatus();
}

void AuditedCall::SetSnapshot(const SnapshotRecord& snapshot) {
  record_.snapshot = snapshot.snapshot;
  record_.destination = snapshot.storage;
}

absl::Status AuditedCall::End(const absl::Status& outcome) {
  if (audit_ == nullptr) return outcome;
  begun_ = false;
  record_.kind = AuditKind::kOutcome;
  record_.outcome = absl::StatusCodeToString(outcome.code());
  record_.reason = ReasonOf(outcome);
  // The log tells of its own errors.
  audit_->Write(record_).status().IgnoreError();
  return outcome;
}

absl::Status AuditedCall::Refuse(const Subject& subject,
                                 const absl::Status& refusal) {
  if (audit_ == nullptr || caller_.principal().is_anonymous()) return refusal;
  Describe(subject);
  record_.kind = AuditKind::kRefused;
  record_.outcome = absl::StatusCodeToString(refusal.code());
  record_.reason = ReasonOf(refusal);
  audit_->Write(record_).status().IgnoreError();
  return refusal;
}

void AuditSnapshotEnd(AuditLog* audit, const SnapshotRecord& snapshot,
                      const absl::Status& end) {
  AuditRecord record;
  record.kind = AuditKind::kSnapshot;
  record.principal = snapshot.requested_by;
  record.heap = snapshot.heap;
  record.snapshot = snapshot.snapshot;
  record.destination = snapshot.storage;
  record.redaction =
      std::string(snapshot.includes_strings ? kWithValues : kRedacted);
  record.outcome = absl::StatusCodeToString(end.code());
  record.reason = ReasonOf(end);
  if (end.ok()) {
    record.bytes = snapshot.size_bytes;
    record.sha256 = snapshot.sha256;
  }
  // The log tells of its own errors.
  audit->Write(std::move(record)).status().IgnoreError();
}

}  // namespace heapd::server
