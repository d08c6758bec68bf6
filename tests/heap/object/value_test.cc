#include "heap/object/value.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(ValueTest, ZeroIsNull) {
  EXPECT_EQ(Value().kind(), Value::Kind::kNull);
  EXPECT_EQ(Value::Null().bits(), 0u);
}

TEST(ValueTest, SmallIntegersRoundTrip) {
  for (const int32_t number :
       {Value::kMinSmallInteger, -1, 0, 1, Value::kMaxSmallInteger}) {
    const Value value(Value::SmallInteger(number).bits());
    EXPECT_EQ(value.kind(), Value::Kind::kSmallInteger);
    EXPECT_EQ(value.small_integer(), number);
  }
}

TEST(ValueTest, IntegersOf32BitsAreMalformed) {
  EXPECT_EQ(Value::SmallInteger(Value::kMaxSmallInteger + 1).kind(),
            Value::Kind::kMalformed);
  EXPECT_EQ(Value::SmallInteger(Value::kMinSmallInteger - 1).kind(),
            Value::Kind::kMalformed);
}

TEST(ValueTest, RefsKeepTheirBits) {
  const Ref ref(0x3fffffff, 0xffff);
  EXPECT_EQ(Value::Strong(ref).kind(), Value::Kind::kStrong);
  EXPECT_EQ(Value::Strong(ref).ref(), ref);
  EXPECT_EQ(Value::Weak(ref).kind(), Value::Kind::kWeak);
  EXPECT_EQ(Value::Weak(ref).ref(), ref);
}

TEST(ValueTest, LocalRefsNameAnOperation) {
  EXPECT_EQ(Value::LocalStrong(65535).kind(), Value::Kind::kLocalStrong);
  EXPECT_EQ(Value::LocalStrong(65535).local_operation(), 65535u);
  EXPECT_EQ(Value::LocalWeak(3).kind(), Value::Kind::kLocalWeak);
  EXPECT_EQ(Value::LocalWeak(3).local_operation(), 3u);
}

TEST(ValueTest, UnknownTagsAndSurplusBitsAreMalformed) {
  for (const uint64_t tag : {3, 4, 5, 6, 7, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf}) {
    EXPECT_EQ(Value(tag << 60).kind(), Value::Kind::kMalformed) << tag;
  }
  for (const uint64_t tag : {2, 8, 9}) {
    const uint64_t bit_32 = uint64_t{1} << 32;
    EXPECT_EQ(Value(tag << 60 | bit_32).kind(), Value::Kind::kMalformed);
  }
}

}  // namespace
}  // namespace heapd
