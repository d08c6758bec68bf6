#include "server/audit/audit_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

// Far over the longest line (NextAuditLine() cuts every text).
constexpr uint64_t kMaxLineBytes = uint64_t{64} << 10;
// Of FormerName().
constexpr size_t kNumberDigits = 6;

// What the system said when `what` was to be done to the file.
absl::Status SystemError(int error, absl::string_view what,
                         absl::string_view name) {
  return MakeError(absl::StatusCode::kUnavailable, reason::kAudit,
                   absl::StrCat("cannot ", what, " the audit log '", name,
                                "': ", std::strerror(error)));
}

absl::Status NoAuditLog(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat("'", name,
                   "' does not end with a line of an audit log; "
                   "keep it, and give audit.file another name"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditFile>> AuditFile::Open(
    const std::string& path, uint64_t max_file_bytes) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name =
      slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("audit.file '", path, "' names no file"));
  }
  std::unique_ptr<AuditFile> file(new AuditFile(name, max_file_bytes));
  HEAPD_RETURN_IF_ERROR(file->OpenFolder(folder));
  HEAPD_RETURN_IF_ERROR(file->Lock());
  HEAPD_RETURN_IF_ERROR(file->FindFormerFiles());
  HEAPD_RETURN_IF_ERROR(file->Continue());
  return file;
}

absl::Status AuditFile::OpenFolder(const std::string& folder) {
  folder_ = std::make_unique<FileDescriptor>(
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder_->valid()) return absl::OkStatus();
  return SystemError(errno, "open the folder of", name_);
}

absl::Status AuditFile::Lock() {
  HEAPD_ASSIGN_OR_RETURN(
      lock_, OpenFile(absl::StrCat(name_, ".lock"), O_RDWR | O_CREAT));
  if (flock(lock_->get(), LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return SystemError(errno, "lock", name_);
  return absl::FailedPreconditionError(
      absl::StrCat("audit.file '", name_, "': another heapd writes it"));
}

std::string AuditFile::FormerName(uint64_t number) const {
  return absl::StrFormat("%s.%06d", name_, number);
}

absl::Status AuditFile::FindFormerFiles() {
  // A descriptor of its own: closedir() closes it.
  const int copy = openat(folder_->get(), ".", O_RDONLY | O_CLOEXEC);
  DIR* const entries = copy < 0 ? nullptr : fdopendir(copy);
  if (entries == nullptr) {
    const int error = errno;
    if (copy >= 0) close(copy);
    return SystemError(error, "list the folder of", name_);
  }
  const absl::Cleanup close_entries = [entries] { closedir(entries); };
  while (const dirent* const entry = readdir(entries)) {
    absl::string_view rest = entry->d_name;
    uint64_t number = 0;
    if (absl::ConsumePrefix(&rest, name_) && absl::ConsumePrefix(&rest, ".") &&
        rest.size() >= kNumberDigits &&
        std::all_of(rest.begin(), rest.end(),
                    [](unsigned char c) { return absl::ascii_isdigit(c); }) &&
        absl::SimpleAtoi(rest, &number)) {
      last_number_ = std::max(last_number_, number);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileDescriptor>> AuditFile::OpenFile(
    const std::string& name, int flags) const {
  auto file = std::make_unique<FileDescriptor>(openat(
      folder_->get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file->valid()) return SystemError(errno, "open", name);
  struct stat attributes;
  if (fstat(file->get(), &attributes) != 0 || fchmod(file->get(), 0600) != 0) {
    return SystemError(errno, "open", name);
  }
  if (!S_ISREG(attributes.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("audit.file: '", name, "' is no file"));
  }
  return file;
}

absl::StatusOr<AuditFile::Tail> AuditFile::ReadTail(
    const FileDescriptor& file, const std::string& name) const {
  const off_t end = lseek(file.get(), 0, SEEK_END);
  if (end < 0) return SystemError(errno, "read", name);
  const auto size = static_cast<uint64_t>(end);
  // The last whole line, and what may be left of one behind it.
  std::string text(std::min(size, 2 * kMaxLineBytes), '\0');
  const uint64_t start = size - text.size();
  for (size_t filled = 0; filled < text.size();) {
    const ssize_t count =
        pread(file.get(), text.data() + filled, text.size() - filled,
              static_cast<off_t>(start + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return SystemError(count == 0 ? EIO : errno, "read", name);
    filled += static_cast<size_t>(count);
  }
  Tail tail;
  const size_t last_end = text.rfind('\n');
  if (last_end == std::string::npos) {
    if (start != 0 || size > kMaxLineBytes) return NoAuditLog(name);
    tail.torn_bytes = size;
    return tail;
  }
  tail.torn_bytes = text.size() - last_end - 1;
  tail.whole_bytes = size - tail.torn_bytes;
  const size_t line_end =
      last_end == 0 ? std::string::npos : text.rfind('\n', last_end - 1);
  const size_t line_start = line_end == std::string::npos ? 0 : line_end + 1;
  tail.head = ReadAuditHead(
      absl::string_view(text).substr(line_start, last_end - line_start));
  if (!tail.head.has_value() || tail.torn_bytes > kMaxLineBytes) {
    return NoAuditLog(name);
  }
  return tail;
}

absl::Status AuditFile::Continue() {
  HEAPD_ASSIGN_OR_RETURN(file_, OpenFile(name_, O_RDWR | O_APPEND | O_CREAT));
  HEAPD_ASSIGN_OR_RETURN(Tail tail, ReadTail(*file_, name_));
  AuditRecord start;
  start.kind = AuditKind::kStart;
  start.torn_bytes = tail.torn_bytes;
  if (!tail.head.has_value() && last_number_ != 0) {
    // The daemon ended between the end of a full file and the first line of the
    // next one.
    start.former_file = FormerName(last_number_);
    HEAPD_ASSIGN_OR_RETURN(const auto former,
                           OpenFile(start.former_file, O_RDONLY));
    HEAPD_ASSIGN_OR_RETURN(const Tail former_tail,
                           ReadTail(*former, start.former_file));
    if (!former_tail.head.has_value()) return NoAuditLog(start.former_file);
    tail.head = former_tail.head;
  }
  if (tail.head.has_value()) head_ = *tail.head;
  size_bytes_ = tail.whole_bytes;
  if (tail.torn_bytes != 0) {
    LogWarning("audit_line_torn", {{"file", name_},
                                   {"after_seq", head_.seq},
                                   {"bytes", tail.torn_bytes}});
    if (ftruncate(file_->get(), static_cast<off_t>(size_bytes_)) != 0) {
      return SystemError(errno, "cut", name_);
    }
  }
  HEAPD_RETURN_IF_ERROR(Append({start}));
  if (fsync(folder_->get()) != 0) return SystemError(errno, "flush", name_);
  // What a later check can be compared with, in another place than the file.
  LogInfo("audit_log",
          {{"file", name_}, {"seq", head_.seq}, {"hash", head_.hash}});
  return absl::OkStatus();
}

absl::Status AuditFile::Append(absl::Span<const AuditRecord> records) {
  if (broken_) {
    return MakeError(absl::StatusCode::kUnavailable, reason::kAudit,
                     "the audit log cannot be written since an earlier error; "
                     "the daemon's log has it");
  }
  if (size_bytes_ >= max_file_bytes_) {
    const absl::Status rotated = Rotate();
    // The full one is as good a place as any.
    if (!rotated.ok()) LogWarning("audit_not_rotated", {{"error", rotated}});
    if (broken_) return rotated;
  }
  AuditHead head = head_;
  std::string text;
  const absl::Time now = absl::Now();
  for (const AuditRecord& record : records) {
    absl::StrAppend(&text, NextAuditLine(record, now, &head));
  }
  HEAPD_RETURN_IF_ERROR(Write(text));
  head_ = head;
  return absl::OkStatus();
}

absl::Status AuditFile::Write(absl::string_view text) {
  for (absl::string_view rest = text; !rest.empty();) {
    const ssize_t count = write(file_->get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const absl::Status status = SystemError(errno, "write", name_);
      // What is there of it must not be the beginning of another line.
      broken_ = ftruncate(file_->get(), static_cast<off_t>(size_bytes_)) != 0;
      return status;
    }
    rest.remove_prefix(static_cast<size_t>(count));
  }
  if (fdatasync(file_->get()) != 0) {
    broken_ = true;
    return SystemError(errno, "flush", name_);
  }
  size_bytes_ += text.size();
  return absl::OkStatus();
}

absl::Status AuditFile::Rotate() {
  const std::string former = FormerName(last_number_ + 1);
  if (renameat(folder_->get(), name_.c_str(), folder_->get(), former.c_str()) !=
      0) {
    return SystemError(errno, "rename", name_);
  }
  std::unique_ptr<FileDescriptor> full = std::move(file_);
  const uint64_t full_bytes = size_bytes_;
  const AuditHead full_head = head_;
  const absl::Status begun = BeginFile(former);
  if (begun.ok()) {
    ++last_number_;
    LogInfo("audit_log",
            {{"file", name_}, {"seq", head_.seq}, {"hash", head_.hash}});
    return absl::OkStatus();
  }
  file_ = std::move(full);
  size_bytes_ = full_bytes;
  head_ = full_head;
  // Over the new file, if that was made. Whether this works or not: the name
  // must be that of the file that is written.
  broken_ = renameat(folder_->get(), former.c_str(), folder_->get(),
                     name_.c_str()) != 0;
  return begun;
}

absl::Status AuditFile::BeginFile(const std::string& former) {
  HEAPD_ASSIGN_OR_RETURN(file_,
                         OpenFile(name_, O_RDWR | O_APPEND | O_CREAT | O_EXCL));
  size_bytes_ = 0;
  AuditRecord first;
  first.kind = AuditKind::kRotate;
  first.former_file = former;
  AuditHead head = head_;
  HEAPD_RETURN_IF_ERROR(Write(NextAuditLine(first, absl::Now(), &head)));
  head_ = head;
  if (fsync(folder_->get()) != 0) return SystemError(errno, "flush", name_);
  return absl::OkStatus();
}

}  // namespace heapd::server
