#ifndef HEAPD_SERVER_SERVICE_RETENTION_AUDIT_H_
#define HEAPD_SERVER_SERVICE_RETENTION_AUDIT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "server/audit/audit_log.h"
#include "server/storage/snapshot_retention.h"

namespace heapd::server {

// Writes into the audit log what retention removes: an intent and an outcome,
// as of a call of DeleteSnapshot, by "heapd" and with the limit in the place of
// the method. What cannot be written down is not removed. Single-threaded.
class RetentionAudit final : public RetentionObserver {
 public:
  // `audit` outlives this.
  explicit RetentionAudit(AuditLog* audit) : audit_(*audit) {}

  absl::Status OnRemove(const ExcessSnapshot& excess) override;
  void OnRemoved(const ExcessSnapshot& excess,
                 const absl::Status& removed) override;

 private:
  AuditLog& audit_;
  uint64_t intent_ = 0;  // of the removal that goes on
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_RETENTION_AUDIT_H_
