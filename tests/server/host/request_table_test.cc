#include "server/host/request_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "tests/heap/status_matchers.h"

namespace heapd::server {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1000);
// Larger than what a string keeps inside.
const char kAnswer[] = "an answer of more than fifteen bytes";

// What becomes of a retry.
enum class Outcome { kApplied, kAnswered, kToldThatItWasApplied };

class RequestTableTest : public ::testing::Test {
 protected:
  static Outcome Retry(RequestTable& table, const std::string& id,
                       absl::Time now = kStart) {
    const auto found = table.Find(id, 1, now);
    if (!found.ok()) {
      EXPECT_THAT(found.status(), HasReason("ANSWER_FORGOTTEN"));
      return Outcome::kToldThatItWasApplied;
    }
    return *found == nullptr ? Outcome::kApplied : Outcome::kAnswered;
  }
  static std::string Id(int i) { return absl::StrCat("request-", i); }
};

TEST_F(RequestTableTest, AnswersARetryFromMemory) {
  RequestTable table;
  ASSERT_EQ(*table.Find("a", 1, kStart), nullptr);
  table.Add("a", 1, "answer", kStart);
  ASSERT_NE(*table.Find("a", 1, kStart), nullptr);
  EXPECT_EQ(**table.Find("a", 1, kStart), "answer");
}

TEST_F(RequestTableTest, AnotherRequestWithTheSameIdIsAnError) {
  RequestTable table;
  table.Add("a", 1, "answer", kStart);
  const auto found = table.Find("a", 2, kStart);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(found.status()), "REQUEST_ID_REUSED");
}

TEST_F(RequestTableTest, ForgetsAfterTenMinutes) {
  RequestTable table;
  table.Add("a", 1, kAnswer, kStart);
  EXPECT_EQ(table.NextEnd(), kStart + absl::Minutes(10));
  EXPECT_NE(*table.Find("a", 1, kStart + absl::Minutes(10)), nullptr);
  const absl::Time later = kStart + absl::Minutes(11);
  EXPECT_EQ(*table.Find("a", 2, later), nullptr);
  EXPECT_FALSE(table.Trim(later));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.memory_bytes(), 0u);
  EXPECT_EQ(table.NextEnd(), absl::InfiniteFuture());
}

TEST_F(RequestTableTest, AnIdCanComeBackWhenItsEntryIsTooOldAndStillThere) {
  RequestTable table;
  table.Add("a", 1, "first", kStart);
  const absl::Time later = kStart + absl::Minutes(11);
  ASSERT_EQ(*table.Find("a", 2, later), nullptr);
  table.Add("a", 2, "second", later);
  EXPECT_FALSE(table.Trim(later));
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(**table.Find("a", 2, later), "second");
}

TEST_F(RequestTableTest, TrimmingIsPaced) {
  RequestTable table;
  for (int i = 0; i < 1000; ++i) table.Add(Id(i), 1, kAnswer, kStart);
  const absl::Time later = kStart + absl::Minutes(11);
  int turns = 1;
  for (; table.Trim(later); ++turns) continue;
  EXPECT_GT(turns, 2);
  EXPECT_EQ(table.size(), 0u);
}

TEST_F(RequestTableTest, ForgetsTheOldestOverTheCount) {
  RequestTable table({.max_requests = 3});
  for (int i = 0; i < 5; ++i) table.Add(Id(i), 1, "x", kStart);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(Retry(table, Id(1)), Outcome::kApplied);
  EXPECT_EQ(Retry(table, Id(2)), Outcome::kAnswered);
}

TEST_F(RequestTableTest, OldAnswersGoBeforeIds) {
  RequestTable table({.max_bytes = 4096});
  table.Add("a", 1, std::string(3000, 'a'), kStart);
  table.Add("b", 1, std::string(3000, 'b'), kStart);
  EXPECT_EQ(Retry(table, "a"), Outcome::kToldThatItWasApplied);
  EXPECT_EQ(Retry(table, "b"), Outcome::kAnswered);
  EXPECT_LE(table.memory_bytes(), 4096u);
}

// It would push out all others.
TEST_F(RequestTableTest, OfAnAnswerOverTheWholeLimitOnlyTheIdStays) {
  RequestTable table({.max_bytes = 4096});
  table.Add("b", 1, std::string(2000, 'b'), kStart);
  table.Add("c", 1, std::string(4097, 'c'), kStart);
  EXPECT_EQ(Retry(table, "b"), Outcome::kAnswered);
  EXPECT_EQ(Retry(table, "c"), Outcome::kToldThatItWasApplied);
  EXPECT_THAT(table.Find("c", 2, kStart).status(),
              HasReason("REQUEST_ID_REUSED"));
}

TEST_F(RequestTableTest, WithoutLargeAnswersTheOldestIdsGo) {
  RequestTable table({.max_bytes = 4096});
  for (int i = 0; i < 100; ++i) table.Add(Id(i), 1, "x", kStart);
  EXPECT_LE(table.memory_bytes(), 4096u);
  EXPECT_GT(table.size(), 10u);
  EXPECT_EQ(Retry(table, Id(0)), Outcome::kApplied);
  EXPECT_EQ(Retry(table, Id(99)), Outcome::kAnswered);
}

// The whole window of ids with answers of any size, by its own count.
TEST_F(RequestTableTest, IsBoundedInEntriesAndBytesWhateverComes) {
  RequestTable table({.max_requests = 2000, .max_bytes = 1 << 20});
  for (int i = 0; i < 20'000; ++i) {
    const size_t size = i % 7 == 0 ? (i * 37) % 200'000 : i % 40;
    table.Add(Id(i) + std::string(i % 50, '-'), 1, std::string(size, 'x'),
              kStart);
    ASSERT_LE(table.memory_bytes(), uint64_t{1} << 20);
    ASSERT_LE(table.size(), 2000u);
  }
  const absl::Time later = kStart + absl::Minutes(11);
  while (table.Trim(later)) continue;
  EXPECT_EQ(table.memory_bytes(), 0u);
}

TEST_F(RequestTableTest, HeapsShareTheBudgetEvenly) {
  AnswerBudget budget(uint64_t{1} << 20);
  const RequestTableLimits limits = {.budget = &budget};
  RequestTable quiet(limits);
  quiet.Add("quiet", 1, kAnswer, kStart);
  RequestTable busy(limits);
  for (int i = 0; i < 10'000; ++i) {
    busy.Add(Id(i), 1, std::string(1000, 'x'), kStart);
  }
  EXPECT_LE(busy.memory_bytes(), budget.share_bytes());
  EXPECT_EQ(Retry(quiet, "quiet"), Outcome::kAnswered);
  EXPECT_EQ(budget.used_bytes(), busy.memory_bytes() + quiet.memory_bytes());
  EXPECT_LE(budget.used_bytes(), budget.total_bytes());
}

TEST_F(RequestTableTest, AShareThatGetsSmallerIsMetLittleByLittle) {
  AnswerBudget budget(uint64_t{1} << 20);
  const RequestTableLimits limits = {.budget = &budget};
  RequestTable table(limits);
  for (int i = 0; i < 10'000; ++i) {
    table.Add(Id(i), 1, std::string(100, 'x'), kStart);
  }
  EXPECT_GT(table.memory_bytes(), uint64_t{1} << 19);
  std::vector<std::unique_ptr<RequestTable>> others;
  for (int i = 0; i < 15; ++i) {
    others.push_back(std::make_unique<RequestTable>(limits));
  }
  EXPECT_GT(table.memory_bytes(), table.max_bytes());
  while (table.Trim(kStart)) continue;
  EXPECT_LE(table.memory_bytes(), uint64_t{1} << 16);
  others.clear();
  EXPECT_EQ(table.max_bytes(), uint64_t{1} << 20);
}

TEST_F(RequestTableTest, ATableThatGoesGivesEverythingBack) {
  AnswerBudget budget(uint64_t{1} << 20);
  {
    RequestTable table({.budget = &budget});
    table.Add("a", 1, kAnswer, kStart);
    EXPECT_GT(budget.used_bytes(), 0u);
  }
  EXPECT_EQ(budget.used_bytes(), 0u);
}

}  // namespace
}  // namespace heapd::server
