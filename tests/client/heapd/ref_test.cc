#include "client/heapd/ref.h"

#include "absl/hash/hash_testing.h"
#include "client/heapd/ids.h"
#include "gtest/gtest.h"

namespace heapd::client {
namespace {

TEST(RefTest, ReadsWhatItWrites) {
  const Ref ref(0x100000005);
  EXPECT_EQ(ref.ToString(), "0x100000005");
  EXPECT_EQ(ref.ToDecimal(), "4294967301");
  EXPECT_EQ(Ref::Parse(ref.ToString()).value(), ref);
  EXPECT_EQ(Ref::Parse(ref.ToDecimal()).value(), ref);
}

TEST(RefTest, NullNamesNothing) {
  EXPECT_TRUE(Ref().is_null());
  EXPECT_EQ(Ref().ToString(), "null");
  EXPECT_FALSE(Ref(1).is_null());
}

TEST(RefTest, RefusesWhatIsNoRef) {
  for (const char* text :
       {"", "0", "0x0", "x", "0x", "12 ", " 12", "-1", "1.5", "0xG",
        "0x1000000000000000", "18446744073709551616"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Ref::Parse(text).status())) << text;
  }
  EXPECT_TRUE(Ref::Parse("0xfffffffffffffff").ok()) << "the largest";
}

TEST(RefTest, HashesLikeItsId) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {Ref(), Ref(1), Ref(uint64_t{1} << 32), Ref(Ref::kMaxId)}));
}

TEST(SessionIdTest, ReadsWhatItWrites) {
  const SessionId session(0xABC);
  EXPECT_EQ(session.ToString(), "0x0000000000000abc");
  EXPECT_EQ(SessionId::Parse(session.ToString()).value(), session);
  EXPECT_TRUE(absl::IsInvalidArgument(SessionId::Parse("0").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SessionId::Parse("abc").status()));
}

}  // namespace
}  // namespace heapd::client
