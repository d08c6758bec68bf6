#include "heap/snapshot/dominators.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace heapd {
namespace {

using Edges = std::vector<std::pair<uint32_t, uint32_t>>;

EdgeLists ListsOf(uint32_t nodes, const Edges& edges) {
  EdgeLists lists;
  lists.first.push_back(0);
  for (uint32_t node = 0; node < nodes; ++node) {
    for (const auto& [from, to] : edges) {
      if (from == node) lists.targets.push_back(to);
    }
    lists.first.push_back(static_cast<uint32_t>(lists.targets.size()));
  }
  return lists;
}

// What node 0 reaches when one node is taken out.
std::vector<bool> ReachableWithout(const EdgeLists& lists, uint32_t without) {
  std::vector<bool> seen(lists.node_count());
  std::vector<uint32_t> queue;
  if (without != 0) queue.push_back(0);
  seen[0] = without != 0;
  for (size_t next = 0; next < queue.size(); ++next) {
    for (uint32_t i = lists.first[queue[next]];
         i < lists.first[queue[next] + 1]; ++i) {
      const uint32_t to = lists.targets[i];
      if (to == without || seen[to]) continue;
      seen[to] = true;
      queue.push_back(to);
    }
  }
  return seen;
}

// By definition: a dominates b if b is not reached without a. Of those, the
// immediate one is dominated by all others.
std::vector<uint32_t> ByDefinition(const EdgeLists& lists) {
  const uint32_t count = lists.node_count();
  const std::vector<bool> reachable = ReachableWithout(lists, count);
  std::vector<std::vector<bool>> without;
  for (uint32_t node = 0; node < count; ++node) {
    without.push_back(ReachableWithout(lists, node));
  }
  const auto dominates = [&](uint32_t a, uint32_t b) {
    return a != b && reachable[b] && !without[a][b];
  };
  std::vector<uint32_t> immediate(count, 0);
  for (uint32_t node = 1; node < count; ++node) {
    for (uint32_t a = 0; a < count; ++a) {
      if (!reachable[a] || !dominates(a, node)) continue;
      bool last = true;
      for (uint32_t b = 0; b < count; ++b) {
        if (reachable[b] && dominates(b, node) && dominates(a, b)) last = false;
      }
      if (last) immediate[node] = a;
    }
  }
  return immediate;
}

TEST(DominatorsTest, ADiamondIsDominatedByItsTop) {
  const EdgeLists lists = ListsOf(5, {{0, 1}, {1, 2}, {1, 3}, {2, 4}, {3, 4}});
  EXPECT_EQ(FindDominators(lists).immediate,
            (std::vector<uint32_t>{0, 0, 1, 1, 1}));
}

TEST(DominatorsTest, WhatIsNotReachedHasNoneAndIsNotInTheOrder) {
  const EdgeLists lists = ListsOf(4, {{0, 1}, {2, 3}, {2, 1}});
  const Dominators found = FindDominators(lists);
  EXPECT_EQ(found.immediate, (std::vector<uint32_t>{0, 0, 0, 0}));
  EXPECT_EQ(found.order, (std::vector<uint32_t>{0, 1}));
}

TEST(DominatorsTest, AreThoseOfTheDefinitionInRandomGraphs) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    const uint32_t nodes = 1 + random() % 14;
    Edges edges;
    for (uint32_t i = random() % (3 * nodes); i > 0; --i) {
      edges.emplace_back(random() % nodes, random() % nodes);
    }
    const EdgeLists lists = ListsOf(nodes, edges);
    const Dominators found = FindDominators(lists);
    ASSERT_EQ(found.immediate, ByDefinition(lists)) << "round " << round;
    std::vector<bool> seen(nodes);
    for (const uint32_t node : found.order) {
      ASSERT_TRUE(node == 0 || seen[found.immediate[node]]);
      seen[node] = true;
    }
    ASSERT_EQ(seen, ReachableWithout(lists, nodes));
  }
}

TEST(DominatorsTest, ALongListNeedsNoDeepStack) {
  constexpr uint32_t kNodes = 1'000'000;
  EdgeLists lists;
  for (uint32_t i = 0; i < kNodes; ++i) {
    lists.first.push_back(i);
    if (i + 1 < kNodes) lists.targets.push_back(i + 1);
  }
  lists.first.push_back(kNodes - 1);
  const Dominators found = FindDominators(lists);
  for (uint32_t i = 1; i < kNodes; ++i) {
    ASSERT_EQ(found.immediate[i], i - 1);
  }
}

}  // namespace
}  // namespace heapd
