#include "heap/batch_operands.h"

#include <gtest/gtest.h>

#include <vector>

#include "heap/base/error.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class BatchOperandsTest : public ::testing::Test {
 protected:
  BatchOperandsTest() {
    batch_.refs = refs_;
    batch_.numbers = numbers_;
    batch_.sizes = sizes_;
    batch_.payloads = "abc";
  }

  const std::vector<uint64_t> refs_ = {7, 0, 9};
  const std::vector<uint32_t> numbers_ = {1};
  const std::vector<uint32_t> sizes_ = {2, 2};
  BatchView batch_;
};

TEST_F(BatchOperandsTest, TakesFromEachColumnInOrder) {
  BatchOperands operands(batch_);
  EXPECT_EQ(operands.RefAhead(2), 9u);
  EXPECT_EQ(operands.RefAhead(3), 0u);
  uint64_t ref = 0;
  EXPECT_FALSE(operands.TakeNullRef());
  EXPECT_TRUE(operands.NextRef(&ref));
  EXPECT_EQ(ref, 7u);
  EXPECT_TRUE(operands.TakeNullRef());
  EXPECT_TRUE(operands.NextRef(&ref));
  EXPECT_EQ(ref, 9u);
  EXPECT_FALSE(operands.NextRef(&ref));
  EXPECT_EQ(FieldOf(operands.error()), "batch.refs");
}

TEST_F(BatchOperandsTest, TellsWhichOfTwoColumnsWasTooShort) {
  BatchOperands operands(batch_);
  absl::string_view payload;
  EXPECT_TRUE(operands.NextPayload(&payload));
  EXPECT_EQ(payload, "ab");
  EXPECT_FALSE(operands.NextPayload(&payload));
  EXPECT_EQ(FieldOf(operands.error()), "batch.payloads");
  EXPECT_FALSE(operands.NextPayload(&payload));
  EXPECT_EQ(FieldOf(operands.error()), "batch.sizes");
}

TEST_F(BatchOperandsTest, NamesAColumnThatWasNotUsedUp) {
  batch_.refs = {};
  batch_.sizes = {};
  batch_.payloads = {};
  BatchOperands operands(batch_);
  EXPECT_EQ(FieldOf(operands.CheckUsedUp()), "batch.numbers");
  uint32_t number = 0;
  EXPECT_TRUE(operands.NextNumber(&number));
  EXPECT_OK(operands.CheckUsedUp());
}

}  // namespace
}  // namespace heapd
