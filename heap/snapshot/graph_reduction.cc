#include "heap/snapshot/graph_reduction.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "heap/base/status_macros.h"
#include "heap/snapshot/captured_graph.h"
#include "heap/snapshot/dominators.h"
#include "heap/snapshot/type_groups.h"

namespace heapd {
namespace {

// By type id: whether the group's name is asked for; all if none is.
std::vector<bool> Wanted(const TypeGroups& groups,
                         const std::vector<std::string>& names) {
  std::vector<bool> wanted(groups.of_type.size(), names.empty());
  if (names.empty()) return wanted;
  for (size_t type = 1; type < wanted.size(); ++type) {
    wanted[type] = std::find(names.begin(), names.end(),
                             groups.names[groups.of_type[type]]) != names.end();
  }
  return wanted;
}

// Breadth first from node 0: shortest paths.
class PathTree {
 public:
  explicit PathTree(const EdgeLists& edges)
      : parent_(edges.node_count(), kNone) {
    parent_[0] = 0;
    order_.push_back(0);
    size_t level_end = 1;
    for (size_t next = 0; next < order_.size(); ++next) {
      if (next == level_end) {
        level_starts_.push_back(level_end);
        level_end = order_.size();
      }
      const uint32_t from = order_[next];
      for (uint32_t i = edges.first[from]; i < edges.first[from + 1]; ++i) {
        const uint32_t to = edges.targets[i];
        if (parent_[to] != kNone) continue;
        parent_[to] = from;
        order_.push_back(to);
      }
    }
  }

  // What node 0 reaches over at most `depth` edges, itself first, each after
  // its parent; 0: over any number.
  absl::Span<const uint32_t> UpTo(uint32_t depth) const {
    const bool all = depth == 0 || depth >= level_starts_.size();
    return absl::MakeConstSpan(order_).first(all ? order_.size()
                                                 : level_starts_[depth]);
  }
  uint32_t parent(uint32_t node) const { return parent_[node]; }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  std::vector<uint32_t> parent_;
  std::vector<uint32_t> order_;
  // In order_: of the nodes that are one edge away, two edges, and so on.
  std::vector<size_t> level_starts_;
};

}  // namespace

absl::StatusOr<NodeNumbering> ReduceCapturedGraph(
    const SnapshotCapture& capture, SnapshotSpill* spill,
    const SnapshotReduction& reduction, MemoryBudget* budget) {
  GraphWorkMemory memory(/*max_bytes=*/0, budget);
  HEAPD_RETURN_IF_ERROR(memory.TakeFor(capture));
  HEAPD_ASSIGN_OR_RETURN(const CapturedGraph graph,
                         LoadCapturedGraph(capture, spill));
  std::vector<uint64_t> retained;
  if (reduction.min_retained_size > 0) {
    retained = RetainedSizes(FindDominators(graph.edges), graph.self_size);
  }
  const TypeTable::Copy& types = capture.types();
  const auto classes = Wanted(GroupByClass(types), reduction.class_names);
  const auto tags = Wanted(GroupByTag(types), reduction.tags);
  const PathTree paths(graph.edges);
  const absl::Span<const uint32_t> nodes = paths.UpTo(reduction.max_depth);
  std::vector<bool> shown(graph.refs.size());
  std::vector<uint64_t> marks(capture.numbering().end() / 64);
  // Backwards: paths go on from what is shown to the parents.
  for (size_t i = nodes.size(); i-- > 1;) {
    const uint32_t node = nodes[i];
    const TypeId type = graph.types[node];
    const bool is_wanted =
        classes[type] && tags[type] &&
        (retained.empty() || retained[node] >= reduction.min_retained_size);
    if (!is_wanted && !shown[node]) continue;
    shown[paths.parent(node)] = true;
    const Index index = graph.refs[node].index();
    marks[index / 64] |= uint64_t{1} << (index % 64);
  }
  return NodeNumbering(std::move(marks));
}

}  // namespace heapd
