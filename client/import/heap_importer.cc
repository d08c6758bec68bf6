#include "client/import/heap_importer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/heapd/status_macros.h"
#include "client/import/graph_diff.h"
#include "client/import/v8_snapshot.h"

namespace heapd::importer {
namespace {

using SteadyClock = std::chrono::steady_clock;

absl::Duration Since(SteadyClock::time_point start) {
  return absl::FromChrono(SteadyClock::now() - start);
}

void CountResult(const GraphChanges& changes, ImportSummary& summary) {
  const ObjectGraph& graph = changes.result;
  summary.object_count = graph.object_count();
  summary.reference_count = static_cast<uint64_t>(
      std::count_if(graph.slots.begin(), graph.slots.end(),
                    [](GraphSlot slot) { return !slot.is_null(); }));
  summary.root_count = graph.roots.size();
  summary.kept_count = changes.kept_count;
  summary.added_count = changes.added_count;
  summary.replaced_count = changes.replaced_count;
  summary.removed_count = changes.removed_count;
}

}  // namespace

absl::StatusOr<ImportSummary> HeapImporter::Load(const std::string& path) {
  ImportSummary summary;
  SteadyClock::time_point start = SteadyClock::now();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(V8Snapshot snapshot, ReadV8SnapshotFile(path));
  summary.node_count = snapshot.node_count();
  summary.edge_count = snapshot.edge_count();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(MappedGraph mapped,
                                MapV8Snapshot(std::move(snapshot), types_));
  summary.losses = mapped.losses;
  summary.read_duration = Since(start);

  start = SteadyClock::now();
  const uint64_t batches_before = writer_.batch_count();
  const uint64_t operations_before = writer_.operation_count();
  GraphChanges changes = DiffGraphs(graph_, std::move(mapped.graph), types_);
  HEAPD_CLIENT_RETURN_IF_ERROR(writer_.Apply(changes));
  CountResult(changes, summary);
  summary.type_count = types_.size();
  summary.batch_count = writer_.batch_count() - batches_before;
  summary.operation_count = writer_.operation_count() - operations_before;
  summary.write_duration = Since(start);
  graph_ = std::move(changes.result);
  return summary;
}

}  // namespace heapd::importer
