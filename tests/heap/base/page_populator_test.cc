#include "heap/base/page_populator.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "heap/base/reservation.h"

namespace heapd {
namespace {

constexpr size_t kBytes = 64 * kSystemPageBytes;

size_t ResidentPages(char* data) {
  std::vector<unsigned char> resident(kBytes / kSystemPageBytes);
  EXPECT_EQ(mincore(data, kBytes, resident.data()), 0);
  return std::count_if(resident.begin(), resident.end(),
                       [](unsigned char page) { return (page & 1) != 0; });
}

TEST(PagePopulatorTest, MakesARangeResidentInATask) {
  std::vector<std::function<void()>> tasks;
  Reservation memory(kBytes);
  ASSERT_TRUE(memory.CommitUpTo(kBytes));
  PagePopulator populator(
      [&tasks](std::function<void()> task) { tasks.push_back(task); });
  EXPECT_TRUE(populator.Populate(memory.data(), kBytes));
  EXPECT_EQ(ResidentPages(memory.data()), 0u);
  EXPECT_FALSE(populator.Populate(memory.data(), kBytes));
  ASSERT_EQ(tasks.size(), 1u) << "one at a time";
  tasks[0]();
  EXPECT_EQ(ResidentPages(memory.data()), kBytes / kSystemPageBytes);
}

TEST(PagePopulatorTest, WithoutARunnerNothingHappens) {
  Reservation memory(kBytes);
  ASSERT_TRUE(memory.CommitUpTo(kBytes));
  PagePopulator populator(nullptr);
  EXPECT_FALSE(populator.is_enabled());
  EXPECT_FALSE(populator.Populate(memory.data(), kBytes));
  EXPECT_EQ(ResidentPages(memory.data()), 0u);
}

}  // namespace
}  // namespace heapd
