#ifndef HEAPD_CLIENT_IMPORT_V8_ROWS_H_
#define HEAPD_CLIENT_IMPORT_V8_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/import/v8_layout.h"
#include "client/import/v8_snapshot.h"

namespace heapd::importer {

// Puts the numbers of the sections "nodes" and "edges" and the strings together
// to a V8Snapshot and checks them. Every error is INVALID_ARGUMENT and says
// which row is wrong.
//
// Single-threaded. In this order: Start(), all node values, EndNodes(), all
// edge values, EndEdges(), all strings, Finish().
class V8Rows {
 public:
  void Start(V8Layout layout);

  absl::Status AddNodeValue(uint64_t value);
  absl::Status EndNodes();
  absl::Status AddEdgeValue(uint64_t value);
  absl::Status EndEdges();
  absl::Status AddString(std::string&& value);
  absl::StatusOr<V8Snapshot> Finish();

 private:
  absl::Status AddNode();
  absl::Status AddEdge();
  absl::Status CheckNames() const;
  absl::Status CheckIds() const;

  V8Layout layout_;
  std::vector<uint64_t> row_;  // the one being read
  size_t column_ = 0;          // how much of it is there
  uint64_t edge_sum_ = 0;      // of the nodes so far
  V8Snapshot snapshot_;
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_ROWS_H_
