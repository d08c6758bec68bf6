#include "client/import/heap_importer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/heapd/status_macros.h"
#include "client/import/graph_diff.h"
#include "client/import/graph_steps.h"
#include "client/import/v8_snapshot.h"

namespace heapd::importer {
namespace {

using SteadyClock = std::chrono::steady_clock;

absl::Duration Since(SteadyClock::time_point start) {
  return absl::FromChrono(SteadyClock::now() - start);
}

void CountResult(const ObjectGraph& graph, ImportSummary& summary) {
  summary.object_count = graph.object_count();
  summary.reference_count = static_cast<uint64_t>(
      std::count_if(graph.slots.begin(), graph.slots.end(),
                    [](GraphSlot slot) { return !slot.is_null(); }));
  summary.root_count = graph.roots.size();
}

}  // namespace

absl::StatusOr<ImportSummary> HeapImporter::Load(const std::string& path) {
  return LoadInSteps(path, 1, [] { return absl::OkStatus(); });
}

absl::StatusOr<ImportSummary> HeapImporter::LoadInSteps(
    const std::string& path, uint32_t step_count,
    absl::FunctionRef<absl::Status()> between) {
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
  const uint64_t had_count = graph_.object_count();
  if (step_count > 1) {
    const ObjectGraph from = graph_;
    const GraphSteps steps(from, mapped.graph);
    for (uint32_t step = 1; step < step_count; ++step) {
      HEAPD_CLIENT_RETURN_IF_ERROR(
          MoveTo(steps.After(step, step_count), summary));
      HEAPD_CLIENT_RETURN_IF_ERROR(between());
    }
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(MoveTo(std::move(mapped.graph), summary));
  // What came in a step stays in the later ones.
  summary.kept_count = had_count - summary.removed_count;
  CountResult(graph_, summary);
  summary.type_count = types_.size();
  summary.batch_count = writer_.batch_count() - batches_before;
  summary.operation_count = writer_.operation_count() - operations_before;
  summary.write_duration = Since(start);
  return summary;
}

absl::Status HeapImporter::MoveTo(ObjectGraph graph, ImportSummary& summary) {
  GraphChanges changes = DiffGraphs(graph_, std::move(graph), types_);
  HEAPD_CLIENT_RETURN_IF_ERROR(writer_.Apply(changes));
  summary.added_count += changes.added_count;
  summary.replaced_count += changes.replaced_count;
  summary.removed_count += changes.removed_count;
  graph_ = std::move(changes.result);
  return absl::OkStatus();
}

}  // namespace heapd::importer
