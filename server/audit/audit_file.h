#ifndef HEAPD_SERVER_AUDIT_AUDIT_FILE_H_
#define HEAPD_SERVER_AUDIT_AUDIT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "server/audit/audit_record.h"
#include "server/storage/file_descriptor.h"

namespace heapd::server {

// The file that an audit log is written to, and the full ones before it: when
// FILE has max_file_bytes, it becomes FILE.000001, FILE.000002, ... and a new
// one is begun. The chain of lines goes on across files and restarts. Files
// have mode 0600 and belong to one daemon at a time (FILE.lock).
//
// Single-threaded; every call waits for the disk.
class AuditFile {
 public:
  // Goes on where the chain ends, with a line kStart. What was left of a line
  // that was never finished is cut off, and that line says so.
  //
  // FAILED_PRECONDITION for a file that is no audit log, or that another daemon
  // writes; UNAVAILABLE (AUDIT) for what the system says.
  static absl::StatusOr<std::unique_ptr<AuditFile>> Open(
      const std::string& path, uint64_t max_file_bytes);
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // Appends a line for each record; when this returns OK they are on the disk.
  // After an error (UNAVAILABLE, AUDIT) none of them is in the file, and a
  // later call may succeed; but when the disk itself did not take what was
  // written (fdatasync), nobody knows what it has, and every later call fails
  // too.
  absl::Status Append(absl::Span<const AuditRecord> records);

  // Of the last line on the disk.
  const AuditHead& head() const { return head_; }

 private:
  // What the end of a file says.
  struct Tail {
    absl::optional<AuditHead> head;  // none: the file has no whole line
    uint64_t whole_bytes = 0;
    uint64_t torn_bytes = 0;
  };

  AuditFile(std::string name, uint64_t max_file_bytes)
      : name_(std::move(name)), max_file_bytes_(max_file_bytes) {}

  // Steps of Open().
  absl::Status OpenFolder(const std::string& folder);
  absl::Status Lock();
  absl::Status FindFormerFiles();
  absl::Status Continue();
  absl::StatusOr<Tail> ReadTail(const FileDescriptor& file,
                                const std::string& name) const;

  std::string FormerName(uint64_t number) const;
  absl::StatusOr<std::unique_ptr<FileDescriptor>> OpenFile(
      const std::string& name, int flags) const;
  // Begins a new file, or leaves everything as it was.
  absl::Status Rotate();
  // Makes the new file with its first line.
  absl::Status BeginFile(const std::string& former);
  absl::Status Write(absl::string_view text);

  const std::string name_;  // without its folder
  const uint64_t max_file_bytes_;
  std::unique_ptr<FileDescriptor> folder_;
  std::unique_ptr<FileDescriptor> lock_;
  std::unique_ptr<FileDescriptor> file_;
  uint64_t size_bytes_ = 0;
  uint64_t last_number_ = 0;  // of the full files; 0 if there is none
  AuditHead head_;
  bool broken_ = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUDIT_AUDIT_FILE_H_
