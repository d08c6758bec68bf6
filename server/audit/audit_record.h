#ifndef HEAPD_SERVER_AUDIT_AUDIT_RECORD_H_
#define HEAPD_SERVER_AUDIT_AUDIT_RECORD_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace heapd::server {

// What a line of the audit log tells.
enum class AuditKind {
  kStart,     // a daemon begins to write; the first of a file or a later one
  kRotate,    // the first of a file that follows a full one
  kIntent,    // a call is about to do what it was asked for
  kOutcome,   // what became of it
  kRefused,   // a call of which nothing was done
  kSnapshot,  // what became of a snapshot that a call began
};

// One line of the audit log before it has its number, time and hash. Empty
// fields are left out. A value.
struct AuditRecord {
  AuditKind kind = AuditKind::kIntent;
  uint64_t call = 0;          // of an outcome: the number of its intent
  std::string principal;      // Principal::name
  std::string peer;           // "ipv4:127.0.0.1:50112", "unix:"
  std::string method;         // "SnapshotService/CreateSnapshot"
  std::string trigger;        // of what no call asked for: "rule full"
  std::string heap;           // that the call is about
  std::string snapshot;       // likewise; of a comparison the later one
  std::string base_snapshot;  // of a comparison the earlier one
  std::string destination;    // the name of the storage backend
  std::string redaction;      // kRedacted or kWithValues, of snapshots
  std::string outcome;        // a status code: "OK", "NOT_FOUND"
  std::string reason;         // of an error, "SNAPSHOT_NOT_FOUND"
  // What was sent of a download; the size of a snapshot.
  absl::optional<uint64_t> bytes;
  std::string sha256;  // of a snapshot's file, 64 hex digits
  // Of kStart: how much of a line that was never finished was cut off.
  uint64_t torn_bytes = 0;
  // Of kRotate: the name that the full file has now.
  std::string former_file;
};

// Neither payloads nor contents of strings are in the snapshot ...
inline constexpr absl::string_view kRedacted = "redacted";
// ... or contents of strings are.
inline constexpr absl::string_view kWithValues = "with_values";

// Where a chain of lines is. A value.
struct AuditHead {
  uint64_t seq = 0;                         // of the last line; the first has 1
  std::string hash = std::string(64, '0');  // of the last line, lower-case hex
};

// Makes the next line of a chain, its line end included, and moves `head` on
// to it. server/README.md has the format; texts over 300 bytes are cut.
std::string NextAuditLine(const AuditRecord& record, absl::Time time,
                          AuditHead* head);

// The head behind such a line (without its line end), as the line itself says
// it; nothing for what is no such line.
absl::optional<AuditHead> ReadAuditHead(absl::string_view line);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUDIT_AUDIT_RECORD_H_
