#include "heap/base/reservation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace heapd {
namespace {

bool IsAligned(const char* data, size_t alignment) {
  return reinterpret_cast<uintptr_t>(data) % alignment == 0;
}

TEST(ReservationTest, CommittedMemoryIsAlignedAndReadsAsZero) {
  Reservation reservation(5 * kHugePageBytes);
  EXPECT_TRUE(IsAligned(reservation.data(), kHugePageBytes));
  ASSERT_TRUE(reservation.CommitUpTo(100));
  EXPECT_EQ(reservation.data()[99], 0);
  ASSERT_TRUE(reservation.CommitUpTo(3 * kHugePageBytes + 1));
  EXPECT_EQ(reservation.data()[3 * kHugePageBytes], 0);
}

TEST(ReservationTest, CommittingMoreKeepsWhatIsThere) {
  Reservation reservation(2 * kHugePageBytes);
  ASSERT_TRUE(reservation.CommitUpTo(1));
  reservation.data()[0] = 42;
  ASSERT_TRUE(reservation.CommitUpTo(2 * kHugePageBytes));
  EXPECT_EQ(reservation.data()[0], 42);
}

TEST(ReservationTest, DiscardedMemoryIsZeroAgainAndUsable) {
  Reservation reservation(kHugePageBytes);
  ASSERT_TRUE(reservation.CommitUpTo(2 * kSystemPageBytes));
  std::memset(reservation.data(), 1, 2 * kSystemPageBytes);
  reservation.Discard(kSystemPageBytes, kSystemPageBytes);
  EXPECT_EQ(reservation.data()[kSystemPageBytes - 1], 1);
  EXPECT_EQ(reservation.data()[kSystemPageBytes], 0);
  reservation.data()[kSystemPageBytes] = 2;
}

TEST(ReservationTest, MovingTakesTheRangeAlong) {
  Reservation first(kHugePageBytes);
  ASSERT_TRUE(first.CommitUpTo(1));
  first.data()[0] = 7;
  Reservation second(std::move(first));
  Reservation third;
  third = std::move(second);
  EXPECT_EQ(third.data()[0], 7);
  EXPECT_EQ(third.size(), kHugePageBytes);
}

TEST(MapAlignedTest, MapsZeroedMemoryAtTheAlignment) {
  char* const data = MapAligned(kHugePageBytes, kHugePageBytes);
  ASSERT_NE(data, nullptr);
  EXPECT_TRUE(IsAligned(data, kHugePageBytes));
  EXPECT_EQ(data[kHugePageBytes - 1], 0);
  Unmap(data, kHugePageBytes);
}

// A process has 65,530 mappings at most (vm.max_map_count).
TEST(MapAlignedTest, FreeingEverySecondOfManyMappingsSucceeds) {
  std::vector<char*> mapped;
  for (int i = 0; i < 140'000; ++i) {
    char* const data = MapAligned(kSystemPageBytes, kSystemPageBytes);
    ASSERT_NE(data, nullptr) << i;
    mapped.push_back(data);
  }
  // The later half first: a hole is joined with the one beside it.
  for (size_t i = 0; i < mapped.size(); i += 2) {
    Unmap(mapped[i], kSystemPageBytes);
  }
  for (size_t i = 1; i < mapped.size(); i += 2) {
    Unmap(mapped[i], kSystemPageBytes);
  }
}

}  // namespace
}  // namespace heapd
