#include "heap/base/error.h"

#include <gtest/gtest.h>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

TEST(ErrorTest, CarriesItsReason) {
  const absl::Status error = MakeError(absl::StatusCode::kNotFound,
                                       reason::kRootNotFound, "no such root");
  EXPECT_TRUE(absl::IsNotFound(error));
  EXPECT_EQ(ReasonOf(error), "ROOT_NOT_FOUND");
  EXPECT_EQ(FieldOf(error), "");
  EXPECT_EQ(OperationOf(error), "");
}

TEST(ErrorTest, AnInvalidFieldIsNamed) {
  const absl::Status error = InvalidField("payload", "at most 64 MiB");
  EXPECT_THAT(error, IsInvalid("payload"));
  EXPECT_EQ(error.message(), "payload: at most 64 MiB");
}

TEST(ErrorTest, NamingTheOperationKeepsWhatWasAttached) {
  const absl::Status error = WithOperation(InvalidField("slot", "is bad"), 12);
  EXPECT_THAT(error, IsInvalid("slot"));
  EXPECT_EQ(OperationOf(error), "12");
  EXPECT_EQ(error.message(), "operation 12: slot: is bad");
}

TEST(ErrorTest, OnlyMemoryIsWorthACollection) {
  const auto exhausted = [](absl::string_view reason) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason, "");
  };
  EXPECT_TRUE(IsOutOfMemory(exhausted(reason::kHeapLimit)));
  EXPECT_TRUE(IsOutOfMemory(exhausted(reason::kBudget)));
  EXPECT_FALSE(IsOutOfMemory(exhausted(reason::kTypeCount)));
  EXPECT_FALSE(IsOutOfMemory(InvalidField("payload", "")));
  EXPECT_FALSE(IsOutOfMemory(absl::OkStatus()));
}

}  // namespace
}  // namespace heapd
