#include "server/audit/audit_log.h"

#include <utility>

#include "heap/base/status_macros.h"
#include "server/ops/logging.h"

namespace heapd::server {

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(
    const std::string& path, uint64_t max_file_bytes) {
  HEAPD_ASSIGN_OR_RETURN(std::unique_ptr<AuditFile> file,
                         AuditFile::Open(path, max_file_bytes));
  return std::unique_ptr<AuditLog>(new AuditLog(std::move(file)));
}

absl::StatusOr<uint64_t> AuditLog::Write(AuditRecord record) {
  Line line;
  line.record = std::move(record);
  const std::vector<Line*> lines = AwaitTurn(&line);
  // This line is among them, or somebody wrote it.
  if (!lines.empty()) WriteAll(lines);
  if (!line.status.ok()) return line.status;
  return line.seq;
}

std::vector<AuditLog::Line*> AuditLog::AwaitTurn(Line* line) {
  const absl::MutexLock lock(&mu_);
  waiting_.push_back(line);
  const auto may_go_on = [this, line]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return line->done || !writing_;
  };
  mu_.Await(absl::Condition(&may_go_on));
  if (line->done) return {};
  writing_ = true;
  return std::exchange(waiting_, {});
}

void AuditLog::WriteAll(const std::vector<Line*>& lines) {
  std::vector<AuditRecord> records;
  records.reserve(lines.size());
  for (Line* const line : lines) records.push_back(std::move(line->record));
  const absl::Status status = file_->Append(records);
  if (!status.ok()) LogError("audit_not_written", {{"error", status}});
  uint64_t seq = file_->head().seq - lines.size();
  const absl::MutexLock lock(&mu_);
  writing_ = false;
  for (Line* const line : lines) {
    line->status = status;
    line->seq = ++seq;
    line->done = true;
  }
}

}  // namespace heapd::server
