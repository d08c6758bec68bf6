#include "client/heapload/load/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace heapd::heapload {
namespace {

ProgressState SomeState() {
  ProgressState state;
  state.at_seconds = 12;
  state.of_seconds = 60;
  state.phase = "peak";
  state.interval.seconds = 0.5;
  state.interval.calls.intended = 1000;
  state.interval.calls.ok = 900;
  state.interval.calls.unsent = 20;
  state.interval.calls.errors = {{"OVERLOADED", 30}, {"UNAVAILABLE", 5}};
  state.interval.calls.refused_with_retry = 30;
  state.interval.latency.p50 = 0.0003;
  state.interval.latency.p99 = 0.002;
  state.interval.latency.max = 0.01;
  state.heap.used_bytes = 41 << 20;
  state.heap.limit_bytes = 64 << 20;
  state.health = {{"liveness", ProbeOutcome::kServing},
                  {"readiness", ProbeOutcome::kTimeout}};
  return state;
}

TEST(ProgressTest, ALineSaysHowTheIntervalWent) {
  EXPECT_EQ(DescribeProgress(SomeState()),
            "12 s of 60 s  peak  2000/s, 1800 ok/s  p50 0.3 p99 2 max 10 ms  "
            "refused 30 errors 5 unsent 20 waiting 45  heap 41 of 64 MiB  "
            "liveness SERVING  readiness TIMEOUT");
}

TEST(ProgressTest, ATerminalsLineIsWrittenOverAndEndedBeforeAWarning) {
  std::ostringstream out;
  {
    Progress progress(out, Progress::Style::kRedraw);
    progress.Show(SomeState());
    progress.Show(SomeState());
    EXPECT_EQ(out.str().find('\n'), std::string::npos);
    progress.Warn("mind this");
  }
  EXPECT_NE(out.str().find("\x1b[K\nheapload: mind this\n"), std::string::npos);
}

TEST(ProgressTest, QuietShowsWarningsOnly) {
  std::ostringstream out;
  Progress progress(out, Progress::Style::kNone);
  progress.Show(SomeState());
  EXPECT_EQ(out.str(), "");
  progress.Warn("mind this");
  EXPECT_EQ(out.str(), "heapload: mind this\n");
}

}  // namespace
}  // namespace heapd::heapload
