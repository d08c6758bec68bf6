#ifndef HEAPD_CLIENT_IMPORT_V8_SNAPSHOT_HANDLER_H_
#define HEAPD_CLIENT_IMPORT_V8_SNAPSHOT_HANDLER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/import/snapshot_source.h"
#include "client/import/v8_header_reader.h"
#include "client/import/v8_rows.h"
#include "client/import/v8_snapshot.h"
#include "nlohmann/json.hpp"

namespace heapd::importer {

// Takes the events of nlohmann::json::sax_parse() over a heap snapshot and
// builds a V8Snapshot of them. Keeps what it needs and nothing else; memory
// follows what has been read, never what the file claims.
//
// The sections come in the order that V8 writes and DevTools demands: first
// "snapshot", then "nodes", "edges" and "strings"; others are passed over.
//
// Single-threaded. One instance reads one snapshot: after sax_parse() comes
// Finish() if it gave true, else status().
class V8SnapshotHandler {
 public:
  // `source` must outlive this; it is told of each token.
  explicit V8SnapshotHandler(SnapshotSource& source) : source_(source) {}

  // Why parsing was stopped.
  const absl::Status& status() const { return status_; }
  // Checks what could only be checked at the end, and gives the snapshot away.
  absl::StatusOr<V8Snapshot> Finish();

  // What nlohmann::json calls, with names of its choice. False stops it.
  bool null() { return OnOther("null"); }
  bool boolean(bool) { return OnOther("a boolean"); }
  bool number_integer(int64_t) { return OnOther("a negative number"); }
  bool number_unsigned(uint64_t value);
  bool number_float(double, const std::string&) {
    return OnOther("a number that is not whole or too large");
  }
  bool string(std::string& value);
  bool binary(nlohmann::json::binary_t&) { return OnOther("binary data"); }
  bool start_object(size_t);
  bool key(std::string& key);
  bool end_object();
  bool start_array(size_t);
  bool end_array();
  bool parse_error(size_t position, const std::string& last_token,
                   const nlohmann::json::exception& error);

 private:
  enum class Section { kNone, kSnapshot, kNodes, kEdges, kStrings, kSkipped };

  bool Stop(const absl::Status& status);
  bool OnOther(absl::string_view what);
  // What a section that is an array of plain values is called; empty for the
  // others.
  absl::string_view FlatSection() const;
  bool EnterSection(absl::string_view key);
  bool TakeString(std::string& value);

  SnapshotSource& source_;
  absl::Status status_;
  Section section_ = Section::kNone;
  // Objects and arrays that are open; 1 within the outermost object.
  int depth_ = 0;
  bool snapshot_seen_ = false;
  bool nodes_seen_ = false;
  bool edges_seen_ = false;
  bool strings_seen_ = false;
  V8HeaderReader header_;
  V8Rows rows_;
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_SNAPSHOT_HANDLER_H_
