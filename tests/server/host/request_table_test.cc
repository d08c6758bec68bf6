#include "server/host/request_table.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"

namespace heapd::server {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1000);

TEST(RequestTableTest, AnswersARetryFromMemory) {
  RequestTable table;
  ASSERT_EQ(*table.Find("a", 1, kStart), nullptr);
  table.Add("a", 1, "answer", kStart);
  ASSERT_NE(*table.Find("a", 1, kStart), nullptr);
  EXPECT_EQ(**table.Find("a", 1, kStart), "answer");
}

TEST(RequestTableTest, AnotherRequestWithTheSameIdIsAnError) {
  RequestTable table;
  table.Add("a", 1, "answer", kStart);
  const auto found = table.Find("a", 2, kStart);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(found.status()), "REQUEST_ID_REUSED");
}

TEST(RequestTableTest, ForgetsAfterTenMinutes) {
  RequestTable table;
  table.Add("a", 1, "answer", kStart);
  EXPECT_NE(*table.Find("a", 1, kStart + absl::Minutes(10)), nullptr);
  EXPECT_EQ(*table.Find("a", 2, kStart + absl::Minutes(11)), nullptr);
  EXPECT_EQ(table.answer_bytes(), 0u);
}

TEST(RequestTableTest, ForgetsTheOldestOverTheCount) {
  RequestTable table({.max_requests = 3});
  for (int i = 0; i < 5; ++i) table.Add(absl::StrCat(i), i, "x", kStart);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(*table.Find("1", 1, kStart), nullptr);
  EXPECT_NE(*table.Find("2", 2, kStart), nullptr);
}

TEST(RequestTableTest, ForgetsTheOldestOverTheBytes) {
  RequestTable table({.max_answer_bytes = 100});
  table.Add("a", 1, std::string(60, 'a'), kStart);
  table.Add("b", 2, std::string(60, 'b'), kStart);
  EXPECT_EQ(*table.Find("a", 1, kStart), nullptr);
  EXPECT_NE(*table.Find("b", 2, kStart), nullptr);
  table.Add("c", 3, std::string(101, 'c'), kStart);
  EXPECT_NE(*table.Find("b", 2, kStart), nullptr);
  EXPECT_EQ(table.answer_bytes(), 60u);
}

}  // namespace
}  // namespace heapd::server
