#include "server/service/convert.h"

#include <gtest/gtest.h>

#include "tests/heap/status_matchers.h"

namespace heapd::server {
namespace {

TEST(ConvertTest, DurationsGoThereAndBack) {
  const absl::Duration duration = absl::Seconds(3) + absl::Nanoseconds(5);
  EXPECT_EQ(*FromMessage(ToMessage(duration), "d"), duration);
  google::protobuf::Duration message;
  message.set_nanos(1'000'000'000);
  EXPECT_THAT(FromMessage(message, "d"), IsInvalid("d"));
  message.set_nanos(-1);
  message.set_seconds(1);
  EXPECT_THAT(FromMessage(message, "d"), IsInvalid("d"));
  message.set_nanos(0);
  message.set_seconds(INT64_MAX);
  EXPECT_THAT(FromMessage(message, "d"), IsInvalid("d"));
}

TEST(ConvertTest, ARefIsNeverZeroAndHasNoUpperBits) {
  EXPECT_EQ(ToRef(7, "ref")->bits(), 7u);
  EXPECT_THAT(ToRef(0, "ref"), IsInvalid("ref"));
  EXPECT_THAT(ToRef(uint64_t{1} << 60, "ref"), IsInvalid("ref"));
  EXPECT_THAT(ToRef(uint64_t{1} << 63 | 1, "ref"), IsInvalid("ref"));
}

TEST(ConvertTest, ValuesGoThereAndBack) {
  for (const Value value :
       {Value::Null(), Value::SmallInteger(-5), Value::SmallInteger(0),
        Value::SmallInteger(Value::kMinSmallInteger),
        Value::SmallInteger(Value::kMaxSmallInteger), Value::Strong(Ref(9)),
        Value::Weak(Ref(9))}) {
    v1::Value message;
    ToMessage(value, &message);
    EXPECT_EQ(FromMessage(message, "value")->bits(), value.bits());
  }
}

TEST(ConvertTest, ValuesThatCannotBeAreRefused) {
  v1::Value message;
  message.set_small_integer(1 << 30);
  EXPECT_THAT(FromMessage(message, "value"), IsInvalid("value.small_integer"));
  message.set_small_integer(-(1 << 30) - 1);
  EXPECT_THAT(FromMessage(message, "value"), IsInvalid("value.small_integer"));
  message.set_strong_ref(0);
  EXPECT_THAT(FromMessage(message, "value"), IsInvalid("value.strong_ref"));
  // Would be a weak ref if it were taken as it is.
  message.set_strong_ref(uint64_t{1} << 60 | 5);
  EXPECT_THAT(FromMessage(message, "value"), IsInvalid("value.strong_ref"));
  message.set_weak_ref(0);
  EXPECT_THAT(FromMessage(message, "value"), IsInvalid("value.weak_ref"));
}

}  // namespace
}  // namespace heapd::server
