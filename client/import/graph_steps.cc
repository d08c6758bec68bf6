#include "client/import/graph_steps.h"

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "client/heapd/check.h"

namespace heapd::importer {
namespace {

// Multiples of it, less their whole parts, are spread evenly.
constexpr double kGoldenRatio = 0.6180339887498949;

}  // namespace

GraphSteps::GraphSteps(const ObjectGraph& from, const ObjectGraph& to)
    : to_(to),
      parents_(to.object_count(), kNoObject),
      has_come_(to.object_count(), false) {
  const std::vector<uint32_t> breadth_first = FindParents();
  const absl::flat_hash_set<uint64_t> stays(from.ids.begin(), from.ids.end());
  order_.reserve(to.object_count());
  for (uint32_t object = 0; object < to.object_count(); ++object) {
    if (stays.contains(to.ids[object])) Come(object);
  }
  first_count_ = order_.size();
  for (const uint32_t object : Spread(breadth_first)) Come(object);
}

std::vector<uint32_t> GraphSteps::Spread(
    const std::vector<uint32_t>& breadth_first) const {
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> heads;
  std::vector<uint32_t> rest;
  for (const uint32_t object : breadth_first) {
    if (has_come_[object]) continue;
    rest.push_back(object);
    if (IsHead(object)) heads[to_.types[object]].push_back(object);
  }
  // When an object comes, from 0 to 1. Types of few objects do not all come at
  // the same time.
  std::vector<double> times(to_.object_count());
  for (const auto& [type, members] : heads) {
    const double start = std::fmod(type * kGoldenRatio, 1);
    for (size_t i = 0; i < members.size(); ++i) {
      times[members[i]] = (static_cast<double>(i) + start) /
                          static_cast<double>(members.size());
    }
  }
  for (const uint32_t object : rest) {
    if (!IsHead(object)) times[object] = times[parents_[object]];
  }
  std::stable_sort(rest.begin(), rest.end(), [&times](uint32_t a, uint32_t b) {
    return times[a] < times[b];
  });
  return rest;
}

bool GraphSteps::IsHead(uint32_t object) const {
  const uint32_t parent = parents_[object];
  return parent == kNoObject || has_come_[parent];
}

std::vector<uint32_t> GraphSteps::FindParents() {
  std::vector<bool> reached(to_.object_count(), false);
  std::vector<uint32_t> queue;
  queue.reserve(to_.object_count());
  for (const GraphRoot& root : to_.roots) {
    if (reached[root.object]) continue;
    reached[root.object] = true;
    queue.push_back(root.object);
  }
  for (size_t i = 0; i < queue.size(); ++i) {
    for (const GraphSlot slot : to_.slots_of(queue[i])) {
      if (slot.is_null() || slot.weak || reached[slot.target]) continue;
      reached[slot.target] = true;
      parents_[slot.target] = queue[i];
      queue.push_back(slot.target);
    }
  }
  HEAPD_CLIENT_CHECK(queue.size() == to_.object_count());
  return queue;
}

void GraphSteps::Come(uint32_t object) {
  const size_t begin = order_.size();
  while (object != kNoObject && !has_come_[object]) {
    has_come_[object] = true;
    order_.push_back(object);
    object = parents_[object];
  }
  std::reverse(order_.begin() + static_cast<ptrdiff_t>(begin), order_.end());
}

ObjectGraph GraphSteps::After(uint32_t step, uint32_t count) const {
  HEAPD_CLIENT_CHECK(1 <= step && step <= count);
  const size_t come =
      first_count_ + (order_.size() - first_count_) * step / count;
  std::vector<bool> is_there(to_.object_count(), false);
  for (size_t i = 0; i < come; ++i) is_there[order_[i]] = true;
  std::vector<uint32_t> numbers(to_.object_count(), kNoObject);
  ObjectGraph graph;
  graph.strings = to_.strings;
  for (uint32_t object = 0; object < to_.object_count(); ++object) {
    if (!is_there[object]) continue;
    numbers[object] = static_cast<uint32_t>(graph.ids.size());
    graph.ids.push_back(to_.ids[object]);
    graph.types.push_back(to_.types[object]);
    graph.payload_sizes.push_back(to_.payload_sizes[object]);
    graph.texts.push_back(to_.texts[object]);
  }
  for (uint32_t object = 0; object < to_.object_count(); ++object) {
    if (!is_there[object]) continue;
    for (GraphSlot slot : to_.slots_of(object)) {
      if (!slot.is_null()) slot.target = numbers[slot.target];
      graph.slots.push_back(slot.is_null() ? GraphSlot() : slot);
    }
    graph.slot_begins.push_back(graph.slots.size());
  }
  for (const GraphRoot& root : to_.roots) {
    if (!is_there[root.object]) continue;
    graph.roots.push_back({root.name, numbers[root.object]});
  }
  return graph;
}

}  // namespace heapd::importer
