#include "heap/snapshot/graph_analysis.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "heap/base/status_macros.h"
#include "heap/snapshot/captured_graph.h"
#include "heap/snapshot/dominators.h"
#include "heap/snapshot/type_groups.h"

namespace heapd {
namespace {

using Group = GraphAnalysis::Group;

class Analyzer {
 public:
  Analyzer(CapturedGraph graph, const TypeTable::Copy& types)
      : graph_(std::move(graph)),
        classes_(GroupByClass(types)),
        tags_(GroupByTag(types)),
        dominators_(FindDominators(graph_.edges)),
        retained_(RetainedSizes(dominators_, graph_.self_size)) {
    graph_.edges = EdgeLists();
    children_ = Children();
  }

  GraphAnalysis Run(const AnalysisOptions& options) const {
    GraphAnalysis analysis;
    analysis.object_count = dominators_.order.size() - 1;
    analysis.total_self_size = retained_[0];
    analysis.objects = Largest(options);
    analysis.classes = Groups(classes_);
    analysis.class_count = analysis.classes.size();
    analysis.tags = Groups(tags_);
    for (const Group& tag : analysis.tags) {
      analysis.tag_count += tag.name.empty() ? 0 : 1;
    }
    for (auto* groups : {&analysis.classes, &analysis.tags}) {
      groups->resize(std::min(groups->size(), options.max_classes));
    }
    return analysis;
  }

 private:
  uint32_t GroupOf(uint32_t node, const TypeGroups& groups) const {
    return groups.of_type[graph_.types[node]];
  }
  const std::string& NameOf(uint32_t node, const TypeGroups& groups) const {
    return groups.names[GroupOf(node, groups)];
  }

  std::vector<GraphAnalysis::Object> Largest(
      const AnalysisOptions& options) const {
    std::vector<uint32_t> nodes;
    for (size_t i = 1; i < dominators_.order.size(); ++i) {
      const uint32_t node = dominators_.order[i];
      if ((options.class_name.empty() ||
           options.class_name == NameOf(node, classes_)) &&
          (options.tag.empty() || options.tag == NameOf(node, tags_))) {
        nodes.push_back(node);
      }
    }
    const size_t count = std::min(options.max_objects, nodes.size());
    std::partial_sort(nodes.begin(), nodes.begin() + count, nodes.end(),
                      [this](uint32_t a, uint32_t b) {
                        return std::make_tuple(retained_[b], a) <
                               std::make_tuple(retained_[a], b);
                      });
    std::vector<GraphAnalysis::Object> largest;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t node = nodes[i];
      largest.push_back({graph_.refs[node], NameOf(node, classes_),
                         NameOf(node, tags_), graph_.self_size[node],
                         retained_[node]});
    }
    return largest;
  }

  std::vector<Group> Groups(const TypeGroups& groups) const {
    std::vector<Group> rows(groups.names.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i].name = groups.names[i];
    for (size_t i = 1; i < dominators_.order.size(); ++i) {
      const uint32_t node = dominators_.order[i];
      Group& row = rows[GroupOf(node, groups)];
      ++row.count;
      row.self_size += graph_.self_size[node];
    }
    AddRetained(groups, &rows);
    // One whose objects were all named since the instant has none.
    std::erase_if(rows, [](const Group& row) { return row.count == 0; });
    std::sort(rows.begin(), rows.end(), [](const Group& a, const Group& b) {
      return std::tie(b.retained_size, a.name) <
             std::tie(a.retained_size, b.name);
    });
    return rows;
  }

  // A group retains what its objects do, but for those that others of it
  // dominate: they are in that already.
  void AddRetained(const TypeGroups& groups, std::vector<Group>* rows) const {
    std::vector<uint32_t> on_path(rows->size(), 0);  // by group
    // Nodes with the next of their children to look at.
    std::vector<std::pair<uint32_t, uint32_t>> path = {{0, children_.first[0]}};
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == children_.first[node + 1]) {
        if (node != 0) --on_path[GroupOf(node, groups)];
        path.pop_back();
        continue;
      }
      const uint32_t child = children_.targets[next++];
      const uint32_t group = GroupOf(child, groups);
      if (on_path[group]++ == 0) {
        (*rows)[group].retained_size += retained_[child];
      }
      path.emplace_back(child, children_.first[child]);
    }
  }

  // Of the dominator tree.
  EdgeLists Children() const {
    EdgeLists children;
    children.first.assign(graph_.refs.size() + 1, 0);
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

  CapturedGraph graph_;
  const TypeGroups classes_;
  const TypeGroups tags_;
  const Dominators dominators_;
  const std::vector<uint64_t> retained_;  // by node
  EdgeLists children_;
};

}  // namespace

absl::StatusOr<GraphAnalysis> AnalyzeCapturedGraph(
    const SnapshotCapture& capture, SnapshotSpill* spill,
    const AnalysisOptions& options, MemoryBudget* budget) {
  GraphWorkMemory memory(options.max_bytes, budget);
  HEAPD_RETURN_IF_ERROR(memory.TakeFor(capture));
  HEAPD_ASSIGN_OR_RETURN(CapturedGraph graph,
                         LoadCapturedGraph(capture, spill));
  return Analyzer(std::move(graph), capture.types()).Run(options);
}

}  // namespace heapd
