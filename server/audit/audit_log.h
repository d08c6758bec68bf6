#ifndef HEAPD_SERVER_AUDIT_AUDIT_LOG_H_
#define HEAPD_SERVER_AUDIT_AUDIT_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/audit/audit_file.h"
#include "server/audit/audit_record.h"

namespace heapd::server {

// The audit log: a line is on the disk when Write() returns. Of those who write
// at the same time one writes for all, with one flush, and holds no lock
// meanwhile. Thread-safe.
class AuditLog {
 public:
  // As AuditFile::Open().
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(
      const std::string& path, uint64_t max_file_bytes);
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Waits for the disk; gives the number of the line. UNAVAILABLE (AUDIT): it
  // is not in the log.
  absl::StatusOr<uint64_t> Write(AuditRecord record) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // One caller of Write().
  struct Line {
    AuditRecord record;
    bool done = false;
    absl::Status status;
    uint64_t seq = 0;
  };

  explicit AuditLog(std::unique_ptr<AuditFile> file) : file_(std::move(file)) {}

  // Waits until the line is written, or gives this caller the lines to write.
  std::vector<Line*> AwaitTurn(Line* line) ABSL_LOCKS_EXCLUDED(mu_);
  void WriteAll(const std::vector<Line*>& lines) ABSL_LOCKS_EXCLUDED(mu_);

  // Of whoever set `writing_`.
  const std::unique_ptr<AuditFile> file_;
  absl::Mutex mu_;  // a leaf of the lock order
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<Line*> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUDIT_AUDIT_LOG_H_
