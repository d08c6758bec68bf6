#include "client/heapload/load/answer_ring.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace heapd::heapload {
namespace {

TEST(AnswerRingTest, GivesEachItemOnceAndInOrder) {
  // Few places, so that both threads go round often.
  constexpr int kCount = 100'000;
  AnswerRing<int> ring(4);
  AnswerRing<int> back(4);
  std::vector<int> items = {0, 0, 0, 0};
  for (int& item : items) back.Push(&item);
  std::thread sender([&] {
    for (int i = 0; i < kCount;) {
      int* const item = back.Pop();
      if (item == nullptr) {
        std::this_thread::yield();
        continue;
      }
      *item = i++;
      ring.Push(item);
    }
  });
  int next = 0;
  while (next < kCount) {
    int* const item = ring.Pop();
    if (item == nullptr) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(*item, next);
    ++next;
    back.Push(item);
  }
  sender.join();
  EXPECT_EQ(ring.Pop(), nullptr);
}

}  // namespace
}  // namespace heapd::heapload
