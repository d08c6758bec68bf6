#include "heap/snapshot/captured_graph.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/snapshot/captured_graph_reader.h"

namespace heapd {
namespace {

uint64_t HoldCount(const SnapshotCapture& capture) {
  return capture.holds().roots.size() + capture.holds().holds.size();
}

class Loader {
 public:
  Loader(const SnapshotCapture& capture, SnapshotSpill* spill)
      : capture_(capture),
        numbering_(capture.numbering()),
        objects_(&capture, spill) {}

  absl::StatusOr<CapturedGraph> Load() {
    LoadHolds();
    numbering_.ForEach(0, numbering_.end(), [this](Index index) {
      if (objects_.status().ok()) LoadObject(index);
    });
    if (!objects_.status().ok()) return objects_.status();
    return std::move(graph_);
  }

 private:
  uint32_t NodeOf(Index index) const {
    return static_cast<uint32_t>(numbering_.NumberOf(index)) + 1;
  }

  void LoadHolds() {
    EdgeLists& edges = graph_.edges;
    edges.first.reserve(numbering_.count() + 2);
    edges.targets.reserve(capture_.edge_count() + HoldCount(capture_));
    edges.first.push_back(0);
    for (const auto& root : capture_.holds().roots) {
      edges.targets.push_back(NodeOf(root.object));
    }
    for (const Index object : capture_.holds().holds) {
      edges.targets.push_back(NodeOf(object));
    }
    EndNode(Ref(), 0, 0);
  }

  void LoadObject(Index index) {
    const CapturedGraphReader::Object object = objects_.Next(index);
    for (uint64_t i = 0; i < object.edge_count && objects_.status().ok(); ++i) {
      const CapturedGraphReader::Edge edge = objects_.NextEdge();
      if (!objects_.status().ok()) return;
      if (!edge.is_weak) graph_.edges.targets.push_back(NodeOf(edge.target));
    }
    EndNode(object.ref, object.self_size, object.type->id);
  }

  // Its edges are there.
  void EndNode(Ref ref, uint64_t self_size, TypeId type) {
    graph_.refs.push_back(ref);
    graph_.self_size.push_back(static_cast<uint32_t>(self_size));
    graph_.types.push_back(type);
    graph_.edges.first.push_back(
        static_cast<uint32_t>(graph_.edges.targets.size()));
  }

  const SnapshotCapture& capture_;
  const NodeNumbering& numbering_;
  CapturedGraphReader objects_;
  CapturedGraph graph_;
};

}  // namespace

absl::StatusOr<CapturedGraph> LoadCapturedGraph(const SnapshotCapture& capture,
                                                SnapshotSpill* spill) {
  return Loader(capture, spill).Load();
}

GraphWorkMemory::GraphWorkMemory(uint64_t max_bytes, MemoryBudget* budget)
    : max_bytes_(max_bytes != 0 ? max_bytes : budget->total_bytes() / 2),
      account_(budget) {
  account_.SetLimits(max_bytes_, 0).IgnoreError();
}

GraphWorkMemory::~GraphWorkMemory() {
  account_.Give(account_.committed_bytes());
}

absl::Status GraphWorkMemory::TakeFor(const SnapshotCapture& capture) {
  constexpr uint64_t kNodeBytes = 80;
  constexpr uint64_t kEdgeBytes = 8;
  const uint64_t bytes =
      kNodeBytes * (capture.numbering().count() + 1) +
      kEdgeBytes * (capture.edge_count() + HoldCount(capture));
  if (account_.Take(bytes)) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kResourceExhausted, reason::kSnapshotBudget,
      absl::StrCat("to analyse the heap takes ", bytes,
                   " bytes, and there are not as many within the daemon's "
                   "budget and the ",
                   max_bytes_, " that it may take"));
}

}  // namespace heapd
