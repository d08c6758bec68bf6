#include "heap/object/ref.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(RefTest, IsIncarnationAndIndex) {
  const Ref ref(5, 3);
  EXPECT_EQ(ref.bits(), uint64_t{3} << 32 | 5);
  EXPECT_EQ(ref.index(), 5u);
  EXPECT_EQ(ref.incarnation(), 3u);
  EXPECT_EQ(Ref(ref.bits()), ref);
}

TEST(RefTest, ZeroIsNoObject) {
  EXPECT_TRUE(Ref().is_null());
  EXPECT_FALSE(Ref(1, 0).is_null());
}

}  // namespace
}  // namespace heapd
