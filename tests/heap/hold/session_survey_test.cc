#include "heap/hold/session_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

class SessionSurveyTest : public HeapTest {
 protected:
  // Sessions with ids from 100 on; the fixture's own holds nothing.
  void Open(SessionId session, size_t object_count, size_t payload_bytes = 0,
            const std::string& tag = "") {
    ASSERT_OK(
        heap_->OpenSession(session, "session " + std::to_string(session), tag));
    const std::string payload(payload_bytes, 'x');
    for (size_t i = 0; i < object_count; ++i) {
      ASSERT_OK(heap_->Allocate(session, type_, payload, 0, {}));
    }
  }
  std::vector<SessionHolds> Survey(size_t max_rows, size_t count) const {
    SessionSurvey survey(max_rows);
    while (!heap_->SurveySessions(&survey, count)) {
    }
    return survey.TakeRows();
  }
};

auto IsSession(uint64_t id) { return Field(&SessionHolds::session, id); }

TEST_F(SessionSurveyTest, DescribesASession) {
  Open(100, 2, 40, "route /cart");
  ASSERT_OK(heap_->PushScope(100));
  const Ref ref = *heap_->Allocate(100, type_, "", 3, {});
  const std::vector<SessionHolds> rows = Survey(1, 1000);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].session, 100u);
  EXPECT_EQ(rows[0].label, "session 100");
  EXPECT_EQ(heap_->TagText(rows[0].tag), "route /cart");
  EXPECT_EQ(rows[0].scope_count, 2u);
  EXPECT_EQ(rows[0].hold_count, 3u);
  EXPECT_EQ(rows[0].held_bytes, heap_->used_bytes());
  ASSERT_OK(heap_->Release(100, ref));
  EXPECT_EQ(Survey(1, 1000)[0].hold_count, 2u);
}

TEST_F(SessionSurveyTest, KeepsThoseThatHoldMost) {
  Open(100, 5);
  Open(101, 1, 10'000);
  Open(102, 7);
  Open(103, 7);
  EXPECT_THAT(Survey(3, 1000),
              ElementsAre(IsSession(101), IsSession(102), IsSession(103)));
  EXPECT_THAT(Survey(9, 1000),
              ElementsAre(IsSession(101), IsSession(102), IsSession(103),
                          IsSession(100), IsSession(kSession)));
}

TEST_F(SessionSurveyTest, AHeapWithoutSessionsHasNoRows) {
  ASSERT_OK(heap_->CloseSession(kSession));
  EXPECT_THAT(Survey(5, 1), IsEmpty());
}

// However small the steps are, each looks at something.
TEST_F(SessionSurveyTest, StepsOfAnySizeFindTheSame) {
  std::mt19937 random(7);
  std::map<uint64_t, uint64_t> counts = {{kSession, 0}};
  for (SessionId session = 100; session < 300; ++session) {
    counts[session] = random() % 40;
    Open(session, counts[session]);
  }
  for (const size_t count : {1u, 2u, 7u, 100'000u}) {
    const std::vector<SessionHolds> rows = Survey(1000, count);
    ASSERT_EQ(rows.size(), counts.size());
    for (const SessionHolds& row : rows) {
      EXPECT_EQ(row.hold_count, counts[row.session]) << row.session;
      EXPECT_EQ(row.held_bytes, row.hold_count * rows[0].held_bytes /
                                    std::max<uint64_t>(1, rows[0].hold_count));
    }
  }
}

TEST_F(SessionSurveyTest, SessionsCloseAndOpenMeanwhile) {
  for (SessionId session = 100; session < 300; ++session) Open(session, 10);
  SessionSurvey survey(1000);
  SessionId closed = 100;
  SessionId opened = 300;
  while (!heap_->SurveySessions(&survey, 5)) {
    if (closed < 200) {
      ASSERT_OK(heap_->CloseSession(closed++));
    }
    Open(opened++, 10);
    if (opened > 250) Collect();
  }
  std::vector<SessionHolds> rows = survey.TakeRows();
  // Those that were there all the time are there once, with all that they hold.
  std::map<uint64_t, int> seen;
  for (const SessionHolds& row : rows) {
    ++seen[row.session];
    if (row.session != kSession) {
      EXPECT_EQ(row.hold_count, 10u);
    }
  }
  for (SessionId session = 200; session < 300; ++session) {
    EXPECT_EQ(seen[session], 1) << session;
  }
}

// Only steps of one hold see how a session shrinks from below while it is
// looked at: what is counted then is at most what it held.
TEST_F(SessionSurveyTest, ASessionShrinksWhileItIsLookedAt) {
  ASSERT_OK(heap_->CloseSession(kSession));
  ASSERT_OK(heap_->OpenSession(100, ""));
  std::vector<Ref> refs;
  for (int i = 0; i < 2000; ++i) {
    refs.push_back(*heap_->Allocate(100, type_, "", 0, {}));
  }
  const uint64_t all_bytes = heap_->used_bytes();
  SessionSurvey survey(1);
  size_t released = 0;
  while (!heap_->SurveySessions(&survey, 3)) {
    for (int i = 0; i < 2 && released < refs.size() / 2; ++i) {
      ASSERT_OK(heap_->Release(100, refs[released++]));
    }
  }
  const std::vector<SessionHolds> rows = survey.TakeRows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_LE(rows[0].held_bytes, all_bytes);
  EXPECT_GE(rows[0].held_bytes, all_bytes / 4);
}

}  // namespace
}  // namespace heapd
