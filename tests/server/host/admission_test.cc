#include "server/host/admission.h"

#include <gtest/gtest.h>

#include "heap/base/error.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

TEST(AdmissionTest, RefusesTheCallOverTheBound) {
  Admission admission(2, 1000);
  Admission::Ticket a, b, c;
  EXPECT_TRUE(admission.Admit(1, &a).ok());
  EXPECT_TRUE(admission.Admit(1, &b).ok());
  const absl::Status refused = admission.Admit(1, &c);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(RetryDelayOf(refused).has_value());
  a.Release();
  EXPECT_TRUE(admission.Admit(1, &c).ok());
}

TEST(AdmissionTest, RefusesBytesOverTheBound) {
  Admission admission(10, 1000);
  Admission::Ticket a, b;
  EXPECT_TRUE(admission.Admit(900, &a).ok());
  EXPECT_EQ(ReasonOf(admission.Admit(101, &b)), "OVERLOADED");
  EXPECT_EQ(admission.bytes(), 900u);
  EXPECT_EQ(admission.calls(), 1);
  EXPECT_TRUE(admission.Admit(100, &b).ok());
  EXPECT_FALSE(b.Grow(1).ok());
}

TEST(AdmissionTest, ACallThatIsAloneMayPassTheBound) {
  Admission admission(10, 1000);
  Admission::Ticket a, b;
  EXPECT_TRUE(admission.Admit(2000, &a).ok());
  EXPECT_TRUE(a.Grow(2000).ok());
  EXPECT_FALSE(admission.Admit(1, &b).ok());
}

TEST(AdmissionTest, EverythingIsGivenBack) {
  Admission admission(10, 1000);
  {
    Admission::Ticket a;
    ASSERT_TRUE(admission.Admit(10, &a).ok());
    ASSERT_TRUE(a.Grow(20).ok());
    a.GrowAnyway(5000);
    EXPECT_EQ(admission.bytes(), 5030u);
  }
  EXPECT_EQ(admission.bytes(), 0u);
  EXPECT_EQ(admission.calls(), 0);
}

}  // namespace
}  // namespace heapd::server
