#include "heap/snapshot/dominators.h"

#include <algorithm>
#include <utility>

namespace heapd {
namespace {

constexpr uint32_t kUnvisited = UINT32_MAX;

// Works on the numbers that nodes have in the order of a depth-first search.
class SemiNca {
 public:
  explicit SemiNca(const EdgeLists& edges) : edges_(edges) {}

  Dominators Find() {
    Search();
    FindPredecessors();
    FindSemidominators();
    return FindImmediate();
  }

 private:
  // Numbers what node 0 reaches.
  void Search() {
    number_.assign(edges_.node_count(), kUnvisited);
    // Nodes with the next of their edges to follow.
    std::vector<std::pair<uint32_t, uint32_t>> path;
    Visit(0, 0, &path);
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == edges_.first[node + 1]) {
        path.pop_back();
        continue;
      }
      const uint32_t target = edges_.targets[next++];
      if (number_[target] == kUnvisited) Visit(target, number_[node], &path);
    }
  }
  void Visit(uint32_t node, uint32_t parent,
             std::vector<std::pair<uint32_t, uint32_t>>* path) {
    number_[node] = static_cast<uint32_t>(order_.size());
    order_.push_back(node);
    parent_.push_back(parent);
    path->emplace_back(node, edges_.first[node]);
  }

  // Of each number, those of the nodes that lead there.
  void FindPredecessors() {
    predecessors_.first.assign(order_.size() + 1, 0);
    for (const uint32_t node : order_) {
      for (uint32_t i = edges_.first[node]; i < edges_.first[node + 1]; ++i) {
        ++predecessors_.first[number_[edges_.targets[i]] + 1];
      }
    }
    for (size_t i = 1; i < predecessors_.first.size(); ++i) {
      predecessors_.first[i] += predecessors_.first[i - 1];
    }
    predecessors_.targets.resize(predecessors_.first.back());
    std::vector<uint32_t> next(predecessors_.first.begin(),
                               predecessors_.first.end() - 1);
    for (uint32_t source = 0; source < order_.size(); ++source) {
      const uint32_t node = order_[source];
      for (uint32_t i = edges_.first[node]; i < edges_.first[node + 1]; ++i) {
        predecessors_.targets[next[number_[edges_.targets[i]]]++] = source;
      }
    }
  }

  void FindSemidominators() {
    const auto count = static_cast<uint32_t>(order_.size());
    ancestor_ = parent_;
    semi_.resize(count);
    label_.resize(count);
    for (uint32_t i = 0; i < count; ++i) semi_[i] = label_[i] = i;
    for (uint32_t w = count; w-- > 1;) {
      semi_[w] = parent_[w];
      for (uint32_t i = predecessors_.first[w]; i < predecessors_.first[w + 1];
           ++i) {
        const uint32_t best = Evaluate(predecessors_.targets[i], w + 1);
        semi_[w] = std::min(semi_[w], semi_[best]);
      }
    }
  }

  // Of the nodes from `v` up to those that are linked, which are the ones from
  // `linked` on, the one with the least semidominator. Makes the way shorter.
  uint32_t Evaluate(uint32_t v, uint32_t linked) {
    if (ancestor_[v] < linked) return label_[v];
    way_.clear();
    uint32_t top = v;
    while (ancestor_[top] >= linked) {
      way_.push_back(top);
      top = ancestor_[top];
    }
    for (size_t i = way_.size(); i-- > 0;) {
      const uint32_t node = way_[i];
      ancestor_[node] = ancestor_[top];
      if (semi_[label_[top]] < semi_[label_[node]]) label_[node] = label_[top];
      top = node;
    }
    return label_[v];
  }

  Dominators FindImmediate() {
    // By number; a parent to begin with.
    std::vector<uint32_t> immediate = parent_;
    for (uint32_t w = 1; w < order_.size(); ++w) {
      while (immediate[w] > semi_[w]) immediate[w] = immediate[immediate[w]];
    }
    Dominators found;
    found.immediate.assign(edges_.node_count(), 0);
    for (uint32_t w = 1; w < order_.size(); ++w) {
      found.immediate[order_[w]] = order_[immediate[w]];
    }
    found.order = std::move(order_);
    return found;
  }

  const EdgeLists& edges_;
  std::vector<uint32_t> number_;  // by node
  // By number.
  std::vector<uint32_t> order_;
  std::vector<uint32_t> parent_;
  std::vector<uint32_t> ancestor_;
  std::vector<uint32_t> semi_;
  std::vector<uint32_t> label_;
  EdgeLists predecessors_;
  std::vector<uint32_t> way_;
};

}  // namespace

Dominators FindDominators(const EdgeLists& edges) {
  return SemiNca(edges).Find();
}

std::vector<uint64_t> RetainedSizes(const Dominators& dominators,
                                    const std::vector<uint32_t>& self_size) {
  std::vector<uint64_t> retained(self_size.begin(), self_size.end());
  // From what is dominated to what dominates.
  const std::vector<uint32_t>& order = dominators.order;
  for (size_t i = order.size(); i-- > 1;) {
    retained[dominators.immediate[order[i]]] += retained[order[i]];
  }
  return retained;
}

}  // namespace heapd
