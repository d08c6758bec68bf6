#ifndef HEAPD_TESTS_BENCH_LAYOUT_GRAPH_H_
#define HEAPD_TESTS_BENCH_LAYOUT_GRAPH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace heapd::layout_bench {

inline constexpr uint32_t kPayloadBytes = 32;
inline constexpr uint32_t kMaxSlots = 1u << 20;

// The same object graph is built in every layout. Objects are numbered from 1;
// 0 is null. Object i has slots [first_slot[i], first_slot[i + 1]) of targets.
// All objects are reachable from the roots.
struct Graph {
  std::string name;
  uint32_t object_count = 0;
  std::vector<uint32_t> first_slot;
  std::vector<uint32_t> targets;
  std::vector<uint32_t> roots;
  // Objects in the order in which their payloads lie in memory.
  std::vector<uint32_t> placement;

  uint32_t SlotCount(uint32_t object) const {
    return first_slot[object + 1] - first_slot[object];
  }
  // Arrays carry slots only; everything else has a payload.
  uint32_t PayloadBytes(uint32_t object) const {
    return SlotCount(object) > 8 ? 0 : kPayloadBytes;
  }
};

using Random = std::mt19937_64;

inline uint32_t RandomBelow(Random& random, uint32_t limit) {
  return static_cast<uint32_t>(((random() >> 32) * limit) >> 32);
}

inline std::vector<uint32_t> ShuffledObjects(uint32_t count, Random& random) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 1u);
  for (uint32_t i = count; i > 1; --i) {
    std::swap(order[i - 1], order[RandomBelow(random, i)]);
  }
  return order;
}

// Every eighth-of-eight decision is random: `wide_eighths` of 8 objects have
// eight slots, the others two. The first slots form one random cycle, so that
// everything is reachable; the other slots point anywhere.
inline Graph RandomGraph(std::string name, uint32_t count,
                         uint32_t wide_eighths) {
  Random random(count);
  Graph graph;
  graph.name = std::move(name);
  graph.object_count = count;
  graph.first_slot.assign(count + 2, 0);
  for (uint32_t i = 1; i <= count; ++i) {
    const bool wide = wide_eighths > 0 && random() % 8 < wide_eighths;
    graph.first_slot[i + 1] = graph.first_slot[i] + (wide ? 8 : 2);
  }
  graph.targets.resize(graph.first_slot[count + 1]);
  for (uint32_t& target : graph.targets) {
    target = 1 + RandomBelow(random, count);
  }
  const std::vector<uint32_t> cycle = ShuffledObjects(count, random);
  for (uint32_t i = 0; i < count; ++i) {
    graph.targets[graph.first_slot[cycle[i]]] = cycle[(i + 1) % count];
  }
  graph.roots = {cycle[0]};
  // Index order is as good as any: no link knows of it.
  graph.placement = cycle;
  std::sort(graph.placement.begin(), graph.placement.end());
  return graph;
}

// Adds as many arrays as the limit on slots asks for, which refer to all other
// objects in index order, and makes them the only roots.
inline void HoldByArrays(Graph& graph) {
  const uint32_t count = graph.object_count;
  graph.object_count += (count + kMaxSlots - 1) / kMaxSlots;
  graph.roots.clear();
  uint32_t held = 1;
  for (uint32_t array = count + 1; array <= graph.object_count; ++array) {
    const uint32_t slots = std::min(kMaxSlots, count + 1 - held);
    for (uint32_t s = 0; s < slots; ++s) graph.targets.push_back(held++);
    graph.first_slot.push_back(static_cast<uint32_t>(graph.targets.size()));
    graph.placement.push_back(array);
    graph.roots.push_back(array);
  }
}

// `count` objects with two null slots, placed in index order. Nothing holds
// them yet.
inline Graph UnlinkedGraph(std::string name, uint32_t count) {
  Graph graph;
  graph.name = std::move(name);
  graph.object_count = count;
  graph.first_slot.assign(count + 2, 0);
  graph.targets.assign(size_t{count} * 2, 0);
  for (uint32_t i = 1; i <= count; ++i) graph.first_slot[i + 1] = 2 * i;
  graph.placement.resize(count);
  std::iota(graph.placement.begin(), graph.placement.end(), 1u);
  return graph;
}

// `count` leaves that arrays refer to in index order, all placed at random.
inline Graph LeavesGraph(std::string name, uint32_t count) {
  Graph graph = UnlinkedGraph(std::move(name), count);
  HoldByArrays(graph);
  Random random(count);
  graph.placement = ShuffledObjects(graph.object_count, random);
  return graph;
}

// Each object refers to the next one only, which lies behind it in memory.
inline Graph ListGraph(std::string name, uint32_t count) {
  Graph graph = UnlinkedGraph(std::move(name), count);
  for (uint32_t i = 1; i < count; ++i) {
    graph.targets[graph.first_slot[i]] = i + 1;
  }
  graph.roots = {1};
  return graph;
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_GRAPH_H_
