#ifndef HEAPD_SERVER_SERVICE_AUDITED_CALL_H_
#define HEAPD_SERVER_SERVICE_AUDITED_CALL_H_

#include <grpcpp/server_context.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/audit/audit_log.h"
#include "server/audit/audit_record.h"
#include "server/service/caller.h"
#include "server/service/method_permission.h"
#include "server/service/service_core.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

// The lines of one call in the audit log: an intent before anything is done,
// an outcome afterwards. Nothing is written where no audit log is configured,
// nor for methods that are not audited. For one call; single-threaded. What it
// is made from outlives it.
class AuditedCall {
 public:
  // What the call is about; see AuditRecord.
  struct Subject {
    std::string heap;
    std::string snapshot;
    std::string base_snapshot;
    std::string destination;
    absl::string_view redaction;
  };

  // `caller` has been identified.
  AuditedCall(const ServiceCore& core, const Caller& caller,
              const grpc::ServerContextBase& context,
              const MethodPermission& method);
  // An outcome that nobody told is that of a call which was given up.
  ~AuditedCall();
  AuditedCall(const AuditedCall&) = delete;
  AuditedCall& operator=(const AuditedCall&) = delete;

  // Writes the intent; waits for the disk. UNAVAILABLE (AUDIT), and then
  // nothing may be done.
  absl::Status Begin(const Subject& subject);

  // What came to light while the call was worked on.
  void SetSnapshot(const SnapshotRecord& snapshot);
  void SetBytes(uint64_t bytes) { record_.bytes = bytes; }

  // Writes the outcome, and gives it back. It stays what it is if it cannot be
  // written: what was done is done. REQUIRES: Begin() was OK.
  absl::Status End(const absl::Status& outcome);

  // Writes that the call was refused before anything was done, in place of the
  // others, and gives the refusal back. What comes without credentials is not
  // written down: whoever can connect could fill the disk with it.
  absl::Status Refuse(const Subject& subject, const absl::Status& refusal);

 private:
  void Describe(const Subject& subject);

  AuditLog* const audit_;  // null: nothing is written
  const Caller& caller_;
  AuditRecord record_;
  bool begun_ = false;  // and not ended
};

// Writes what became of a snapshot after its call had been answered.
void AuditSnapshotEnd(AuditLog* audit, const SnapshotRecord& snapshot,
                      const absl::Status& end);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_AUDITED_CALL_H_
