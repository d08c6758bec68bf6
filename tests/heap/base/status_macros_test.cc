#include "heap/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

absl::StatusOr<std::unique_ptr<int>> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return std::make_unique<int>(number / 2);
}

absl::StatusOr<int> Quarter(int number) {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(number));
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<int> quarter, Half(*half));
  return *quarter;
}

absl::Status CheckQuarter(int number, bool* passed) {
  *passed = false;
  HEAPD_RETURN_IF_ERROR(Quarter(number).status());
  *passed = true;
  return absl::OkStatus();
}

TEST(StatusMacrosTest, AValueIsAssignedAndAnErrorReturned) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_TRUE(absl::IsInvalidArgument(Quarter(6).status()));
}

TEST(StatusMacrosTest, AnErrorEndsTheFunction) {
  bool passed = false;
  EXPECT_OK(CheckQuarter(4, &passed));
  EXPECT_TRUE(passed);
  EXPECT_FALSE(CheckQuarter(5, &passed).ok());
  EXPECT_FALSE(passed);
}

}  // namespace
}  // namespace heapd
