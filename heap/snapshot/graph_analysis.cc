#include "heap/snapshot/graph_analysis.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "heap/snapshot/captured_graph_reader.h"
#include "heap/snapshot/class_names.h"
#include "heap/snapshot/dominators.h"

namespace heapd {
namespace {

// Memory for the time of the analysis.
class WorkMemory {
 public:
  WorkMemory(const AnalysisOptions& options, MemoryBudget* budget)
      : max_bytes_(options.max_bytes != 0 ? options.max_bytes
                                          : budget->total_bytes() / 2),
        account_(budget) {
    account_.SetLimits(max_bytes_, 0).IgnoreError();
  }
  ~WorkMemory() { account_.Give(account_.committed_bytes()); }
  WorkMemory(const WorkMemory&) = delete;
  WorkMemory& operator=(const WorkMemory&) = delete;

  absl::Status Take(uint64_t bytes) {
    if (account_.Take(bytes)) return absl::OkStatus();
    return MakeError(
        absl::StatusCode::kResourceExhausted, reason::kSnapshotBudget,
        absl::StrCat("to analyse the heap takes ", bytes,
                     " bytes, and there are not as many within the daemon's "
                     "budget and the ",
                     max_bytes_, " that it may take"));
  }

 private:
  const uint64_t max_bytes_;
  MemoryAccount account_;
};

// Node 0 holds what roots and sessions hold; object number n is node n + 1.
class Analyzer {
 public:
  Analyzer(const SnapshotCapture& capture, SnapshotSpill* spill)
      : capture_(capture),
        numbering_(capture.numbering()),
        objects_(&capture, spill),
        classes_(capture.types().types.size()) {}

  uint64_t BytesNeeded() const {
    constexpr uint64_t kNodeBytes = 80;
    constexpr uint64_t kEdgeBytes = 8;
    return kNodeBytes * (numbering_.count() + 1) +
           kEdgeBytes * (capture_.edge_count() + HoldCount());
  }

  absl::StatusOr<GraphAnalysis> Run(const AnalysisOptions& options) {
    ReadHolds();
    HEAPD_RETURN_IF_ERROR(ReadObjects());
    dominators_ = FindDominators(edges_);
    edges_ = EdgeLists();
    AddUp();
    GraphAnalysis analysis;
    analysis.object_count = dominators_.order.size() - 1;
    analysis.total_self_size = retained_[0];
    analysis.objects = Largest(options.max_objects);
    analysis.classes = Classes();
    analysis.class_count = analysis.classes.size();
    if (analysis.classes.size() > options.max_classes) {
      analysis.classes.resize(options.max_classes);
    }
    return analysis;
  }

 private:
  uint64_t HoldCount() const {
    return capture_.holds().roots.size() + capture_.holds().holds.size();
  }
  uint32_t NodeOf(Index index) const {
    return static_cast<uint32_t>(numbering_.NumberOf(index)) + 1;
  }

  void ReadHolds() {
    edges_.first.reserve(numbering_.count() + 2);
    edges_.targets.reserve(capture_.edge_count() + HoldCount());
    edges_.first.push_back(0);
    for (const auto& root : capture_.holds().roots) {
      edges_.targets.push_back(NodeOf(root.object));
    }
    for (const Index object : capture_.holds().holds) {
      edges_.targets.push_back(NodeOf(object));
    }
    edges_.first.push_back(static_cast<uint32_t>(edges_.targets.size()));
    AddNode(Ref(), 0, 0);
  }

  void AddNode(Ref ref, uint64_t self_size, uint32_t class_number) {
    refs_.push_back(ref);
    self_size_.push_back(static_cast<uint32_t>(self_size));
    class_.push_back(class_number);
  }

  absl::Status ReadObjects() {
    numbering_.ForEach(0, numbering_.end(), [this](Index index) {
      if (!objects_.status().ok()) return;
      const CapturedGraphReader::Object object = objects_.Next(index);
      AddNode(object.ref, object.self_size, classes_.NumberOf(*object.type));
      for (uint64_t i = 0; i < object.edge_count && objects_.status().ok();
           ++i) {
        const CapturedGraphReader::Edge edge = objects_.NextEdge();
        if (!objects_.status().ok()) return;
        if (!edge.is_weak) edges_.targets.push_back(NodeOf(edge.target));
      }
      edges_.first.push_back(static_cast<uint32_t>(edges_.targets.size()));
    });
    return objects_.status();
  }

  // From what is dominated to what dominates.
  void AddUp() {
    retained_.assign(self_size_.begin(), self_size_.end());
    const std::vector<uint32_t>& order = dominators_.order;
    for (size_t i = order.size(); i-- > 1;) {
      retained_[dominators_.immediate[order[i]]] += retained_[order[i]];
    }
  }

  std::vector<GraphAnalysis::Object> Largest(size_t count) const {
    std::vector<uint32_t> nodes(dominators_.order.begin() + 1,
                                dominators_.order.end());
    count = std::min(count, nodes.size());
    std::partial_sort(nodes.begin(), nodes.begin() + count, nodes.end(),
                      [this](uint32_t a, uint32_t b) {
                        return std::make_tuple(retained_[b], a) <
                               std::make_tuple(retained_[a], b);
                      });
    std::vector<GraphAnalysis::Object> largest;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t node = nodes[i];
      largest.push_back({refs_[node], classes_.names()[class_[node]],
                         self_size_[node], retained_[node]});
    }
    return largest;
  }

  std::vector<GraphAnalysis::Class> Classes() const {
    std::vector<GraphAnalysis::Class> classes(classes_.names().size());
    for (size_t i = 0; i < classes.size(); ++i) {
      classes[i].name = classes_.names()[i];
    }
    for (size_t i = 1; i < dominators_.order.size(); ++i) {
      const uint32_t node = dominators_.order[i];
      ++classes[class_[node]].count;
      classes[class_[node]].self_size += self_size_[node];
    }
    AddRetained(&classes);
    // One whose objects were all named since the instant has none.
    classes.erase(std::remove_if(classes.begin(), classes.end(),
                                 [](const auto& c) { return c.count == 0; }),
                  classes.end());
    std::sort(classes.begin(), classes.end(), [](const auto& a, const auto& b) {
      return std::tie(b.retained_size, a.name) <
             std::tie(a.retained_size, b.name);
    });
    return classes;
  }

  // A class retains what its objects do, but for those that others of it
  // dominate: they are in that already.
  void AddRetained(std::vector<GraphAnalysis::Class>* classes) const {
    const EdgeLists children = Children();
    std::vector<uint32_t> on_path(classes->size(), 0);  // by class
    // Nodes with the next of their children to look at.
    std::vector<std::pair<uint32_t, uint32_t>> path = {{0, children.first[0]}};
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == children.first[node + 1]) {
        if (node != 0) --on_path[class_[node]];
        path.pop_back();
        continue;
      }
      const uint32_t child = children.targets[next++];
      if (on_path[class_[child]]++ == 0) {
        (*classes)[class_[child]].retained_size += retained_[child];
      }
      path.emplace_back(child, children.first[child]);
    }
  }

  // Of the dominator tree.
  EdgeLists Children() const {
    EdgeLists children;
    children.first.assign(refs_.size() + 1, 0);
    for (size_t i = 1; i < dominators_.order.size(); ++i) {
      ++children.first[dominators_.immediate[dominators_.order[i]] + 1];
    }
    for (size_t i = 1; i < children.first.size(); ++i) {
      children.first[i] += children.first[i - 1];
    }
    children.targets.resize(dominators_.order.size() - 1);
    std::vector<uint32_t> next(children.first.begin(),
                               children.first.end() - 1);
    for (size_t i = 1; i < dominators_.order.size(); ++i) {
      const uint32_t node = dominators_.order[i];
      children.targets[next[dominators_.immediate[node]]++] = node;
    }
    return children;
  }

  const SnapshotCapture& capture_;
  const NodeNumbering& numbering_;
  CapturedGraphReader objects_;
  ClassNames classes_;
  EdgeLists edges_;  // strong ones
  Dominators dominators_;
  // By node.
  std::vector<Ref> refs_;
  std::vector<uint32_t> self_size_;
  std::vector<uint32_t> class_;
  std::vector<uint64_t> retained_;
};

}  // namespace

absl::StatusOr<GraphAnalysis> AnalyzeCapturedGraph(
    const SnapshotCapture& capture, SnapshotSpill* spill,
    const AnalysisOptions& options, MemoryBudget* budget) {
  WorkMemory memory(options, budget);
  Analyzer analyzer(capture, spill);
  HEAPD_RETURN_IF_ERROR(memory.Take(analyzer.BytesNeeded()));
  return analyzer.Run(options);
}

}  // namespace heapd
