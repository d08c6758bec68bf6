#include "client/heapd/value.h"

#include "gtest/gtest.h"

namespace heapd::client {
namespace {

const Value kExamples[] = {
    Value(),
    Value::SmallInteger(0),
    Value::SmallInteger(-1),
    Value::SmallInteger(Value::kMinSmallInteger),
    Value::SmallInteger(Value::kMaxSmallInteger),
    Value::Strong(Ref(0x100000005)),
    Value::Weak(Ref(0x100000005)),
    Value::Strong(Ref(Ref::kMaxId)),
};

TEST(ValueTest, KnowsItsKind) {
  EXPECT_EQ(Value().kind(), Value::Kind::kNull);
  EXPECT_EQ(Value::SmallInteger(-5).kind(), Value::Kind::kSmallInteger);
  EXPECT_EQ(Value::SmallInteger(-5).small_integer(), -5);
  EXPECT_EQ(Value::Strong(Ref(7)).kind(), Value::Kind::kStrong);
  EXPECT_EQ(Value::Weak(Ref(7)).kind(), Value::Kind::kWeak);
  EXPECT_EQ(Value::Weak(Ref(7)).ref(), Ref(7));
  EXPECT_TRUE(Value::SmallInteger(7).ref().is_null());
}

TEST(ValueTest, OfTheNullRefIsNull) {
  EXPECT_TRUE(Value::Strong(Ref()).is_null());
  EXPECT_TRUE(Value::Weak(Ref()).is_null());
}

TEST(ValueTest, SurvivesTextWordAndMessage) {
  for (const Value value : kExamples) {
    EXPECT_EQ(Value::Parse(value.ToString()).value(), value) << value;
    EXPECT_EQ(Value::FromWord(value.word()).value(), value) << value;
    EXPECT_EQ(Value::FromProto(value.ToProto()), value) << value;
  }
}

TEST(ValueTest, HasTheWordsOfTheContract) {
  EXPECT_EQ(Value().word(), 0u);
  EXPECT_EQ(Value::Strong(Ref(5)).word(), 5u);
  EXPECT_EQ(Value::Weak(Ref(5)).word(), 0x1000000000000005u);
  EXPECT_EQ(Value::SmallInteger(-1).word(), 0x20000000FFFFFFFFu);
}

TEST(ValueTest, ReadsARefAloneAsStrong) {
  EXPECT_EQ(Value::Parse("0x5").value(), Value::Strong(Ref(5)));
}

TEST(ValueTest, RefusesWhatIsNoValue) {
  for (const char* text : {"", "nil", "int:", "int:1073741824", "int:1x",
                           "weak:", "strong:0", "weak:null"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Value::Parse(text).status())) << text;
  }
  for (const uint64_t word :
       {0x1000000000000000u, 0x2000000100000000u, 0x3000000000000001u,
        0x8000000000000001u, 0x9000000000000001u}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Value::FromWord(word).status()))
        << word;
  }
}

}  // namespace
}  // namespace heapd::client
