#ifndef HEAPD_CLIENT_IMPORT_HEAP_IMPORTER_H_
#define HEAPD_CLIENT_IMPORT_HEAP_IMPORTER_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/session.h"
#include "client/import/graph_writer.h"
#include "client/import/object_graph.h"
#include "client/import/type_table.h"
#include "client/import/v8_mapping.h"

namespace heapd::importer {

// What loading one snapshot file did.
struct ImportSummary {
  // In the file.
  uint64_t node_count = 0;
  uint64_t edge_count = 0;
  // In the heap after it, as far as this file is concerned. References count
  // slots that are not null.
  uint64_t object_count = 0;
  uint64_t reference_count = 0;
  uint64_t type_count = 0;
  uint64_t root_count = 0;
  // Objects that were there already, that are new, and that are not in this
  // file any more; see GraphChanges.
  uint64_t kept_count = 0;
  uint64_t added_count = 0;
  uint64_t replaced_count = 0;
  uint64_t removed_count = 0;
  uint64_t batch_count = 0;
  uint64_t operation_count = 0;
  MappingLosses losses;
  absl::Duration read_duration;   // reading and mapping the file
  absl::Duration write_duration;  // changing the heap
};

// Makes a heap hold what V8 heap snapshots show: first one, then the next ones
// by changing it in place. What else is in the heap is left alone, but for
// roots of the same names, which are taken over.
//
// Single-threaded. The session must outlive it.
class HeapImporter {
 public:
  explicit HeapImporter(const client::Session& session,
                        const BatchLimits& limits = {})
      : writer_(session, types_, limits) {}
  HeapImporter(const HeapImporter&) = delete;
  HeapImporter& operator=(const HeapImporter&) = delete;

  // Turns what the file before left in the heap, at first nothing, into what
  // this file shows. Errors are those of ReadV8SnapshotFile(), MapV8Snapshot()
  // and of the daemon; after one of the daemon's this must not be used again.
  absl::StatusOr<ImportSummary> Load(const std::string& path);
  // The same bit by bit, in that many steps (see GraphSteps): between two of
  // them `between()` is called, whose error ends it. The summary is of all
  // steps together. REQUIRES: at least one step.
  absl::StatusOr<ImportSummary> LoadInSteps(
      const std::string& path, uint32_t step_count,
      absl::FunctionRef<absl::Status()> between);

  // What the heap holds now.
  const ObjectGraph& graph() const { return graph_; }
  const TypeTable& types() const { return types_; }
  const GraphWriter& writer() const { return writer_; }

 private:
  absl::Status MoveTo(ObjectGraph graph, ImportSummary& summary);

  TypeTable types_;
  ObjectGraph graph_;
  GraphWriter writer_;
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_HEAP_IMPORTER_H_
