#include "server/host/heap_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/heap/status_matchers.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

using HeapRegistryTest = HostFixture;

std::vector<std::string> Names(const std::vector<HeapFigures>& heaps) {
  std::vector<std::string> names;
  for (const HeapFigures& heap : heaps) names.push_back(heap.heap);
  return names;
}

TEST(CheckHeapIdTest, KnowsWhatIsAnId) {
  for (const char* id : {"a", "a-b", "a0", "abc-123-x"}) {
    EXPECT_OK(CheckHeapId(id)) << id;
  }
  EXPECT_OK(CheckHeapId(std::string(63, 'a')));
  for (const char* id :
       {"", "A", "0a", "-a", "a-", "a_b", "a/b", "..", "a b"}) {
    EXPECT_THAT(CheckHeapId(id), IsInvalid("heap")) << id;
  }
  EXPECT_THAT(CheckHeapId(std::string(64, 'a')), IsInvalid("heap"));
}

TEST_F(HeapRegistryTest, AHeapHasTheLimitsThatItWasCreatedWith) {
  const auto figures =
      registry_.Create("b", uint64_t{16} << 20, uint64_t{4} << 20);
  ASSERT_OK(figures);
  EXPECT_EQ(figures->limit_bytes, uint64_t{16} << 20);
  EXPECT_EQ(figures->reservation_bytes, uint64_t{4} << 20);
  const auto by_default = registry_.Create("c", 0, 0);
  ASSERT_OK(by_default);
  EXPECT_EQ(by_default->limit_bytes, kLimitBytes);
}

TEST_F(HeapRegistryTest, AnIdIsUsedOnce) {
  const auto again = registry_.Create("shop", 0, 0);
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(again, HasReason("HEAP_EXISTS"));
}

TEST_F(HeapRegistryTest, TheNumberOfHeapsIsBounded) {
  for (const char* id : {"b", "c", "d"}) {
    ASSERT_OK(registry_.Create(id, 0, 0)) << id;
  }
  EXPECT_THAT(registry_.Create("e", 0, 0), HasReason("HEAP_COUNT"));
  ASSERT_OK(registry_.Delete("d"));
  EXPECT_OK(registry_.Create("e", 0, 0));
}

TEST_F(HeapRegistryTest, AReservationMustFitTheBudget) {
  ASSERT_OK(registry_.Create("b", uint64_t{40} << 20, uint64_t{40} << 20));
  EXPECT_THAT(registry_.Create("c", uint64_t{40} << 20, uint64_t{40} << 20),
              HasReason("BUDGET"));
  // What failed left nothing.
  EXPECT_THAT(registry_.Find("c"), HasReason("HEAP_NOT_FOUND"));
  EXPECT_OK(registry_.Create("c", 0, 0));
}

TEST_F(HeapRegistryTest, ListsInTheOrderOfIds) {
  ASSERT_OK(registry_.Create("b", 0, 0));
  ASSERT_OK(registry_.Create("zoo", 0, 0));
  EXPECT_THAT(Names(registry_.List("", 10)), ElementsAre("b", "shop", "zoo"));
  EXPECT_THAT(Names(registry_.List("b", 1)), ElementsAre("shop"));
}

TEST_F(HeapRegistryTest, UpdatesWhatIsSetAndKeepsTheRest) {
  const auto figures = registry_.Update("shop", {}, uint64_t{4} << 20);
  ASSERT_OK(figures);
  EXPECT_EQ(figures->limit_bytes, kLimitBytes);
  EXPECT_EQ(figures->reservation_bytes, uint64_t{4} << 20);
  EXPECT_THAT(registry_.Update("shop", 1, {}), IsInvalid("limit_bytes"));
  EXPECT_THAT(registry_.Update("none", 1, {}), HasReason("HEAP_NOT_FOUND"));
}

TEST_F(HeapRegistryTest, ADeletedHeapAnswersNotFoundAndGivesItsMemoryBack) {
  ASSERT_OK(registry_.Update("shop", {}, kLimitBytes));
  const uint64_t before = registry_.budget().charged_bytes();
  ASSERT_OK(registry_.Delete("shop"));
  EXPECT_LT(registry_.budget().charged_bytes(), before);
  EXPECT_THAT(registry_.Find("shop"), HasReason("HEAP_NOT_FOUND"));
  EXPECT_THAT(registry_.Delete("shop"), HasReason("HEAP_NOT_FOUND"));
  // A call that had found it before.
  EXPECT_THAT(Run([](HeapAccess&) { return absl::OkStatus(); }),
              HasReason("HEAP_NOT_FOUND"));
}

TEST_F(HeapRegistryTest, AHeapThatIsMadeAgainIsAnotherOne) {
  const std::string instance = shop_->instance();
  ASSERT_OK(registry_.Delete("shop"));
  ASSERT_OK(registry_.Create("shop", 0, 0));
  EXPECT_NE((*registry_.Find("shop"))->instance(), instance);
}

TEST_F(HeapRegistryTest, TheOldestWaitOfAllHeapsIsReported) {
  EXPECT_EQ(registry_.OldestWaitingCallAge(), absl::ZeroDuration());
}

}  // namespace
}  // namespace heapd::server
