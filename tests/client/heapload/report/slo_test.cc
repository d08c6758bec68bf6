#include "client/heapload/report/slo.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::heapload {
namespace {

using ::testing::HasSubstr;

struct Right {
  const char* text;
  const char* metric;
  Comparison comparison;
  double value;
  bool relative = false;
  const char* of = "";
};

TEST(SloTest, ReadsWhatIsRight) {
  const Right rights[] = {
      {"p99 < 50ms", "p99", Comparison::kLess, 0.05},
      {"p99<50ms", "p99", Comparison::kLess, 0.05},
      {"  max  <=  1s  ", "max", Comparison::kLessOrEqual, 1},
      {"p50 < 250us", "p50", Comparison::kLess, 250e-6},
      {"p50 < 250µs", "p50", Comparison::kLess, 250e-6},
      {"p9999 <= 1.5min", "p9999", Comparison::kLessOrEqual, 90},
      {"peak.p99 <= 100 ms", "peak.p99", Comparison::kLessOrEqual, 0.1},
      {"goodput >= 80%", "goodput", Comparison::kGreaterOrEqual, 0.8, true},
      {"goodput_rate >= 5k/s", "goodput_rate", Comparison::kGreaterOrEqual,
       5000},
      {"errors == 0", "errors", Comparison::kEqual, 0},
      {"errors.HEAP_LIMIT == 0", "errors.HEAP_LIMIT", Comparison::kEqual, 0},
      {"peak.errors.OVERLOADED != 0", "peak.errors.OVERLOADED",
       Comparison::kNotEqual, 0},
      {"unsent < 1 %", "unsent", Comparison::kLess, 0.01, true},
      {"liveness.missed == 0", "liveness.missed", Comparison::kEqual, 0},
      {"liveness.p999 <= 50ms", "liveness.p999", Comparison::kLessOrEqual,
       0.05},
      {"resident <= 600MiB", "resident", Comparison::kLessOrEqual,
       600.0 * 1024 * 1024},
      {"used <= 90%", "used", Comparison::kLessOrEqual, 0.9, true},
      {"used < 1GB", "used", Comparison::kLess, 1e9},
      {"longest_pause == 0", "longest_pause", Comparison::kEqual, 0},
      {"killed == 0", "killed", Comparison::kEqual, 0},
      {"after.p99 <= 150% of before.p99", "after.p99", Comparison::kLessOrEqual,
       1.5, true, "before.p99"},
      {"goodput > 50% of intended", "goodput", Comparison::kGreater, 0.5, true,
       "intended"},
  };
  for (const Right& right : rights) {
    SCOPED_TRACE(right.text);
    const auto slo = ParseSlo(right.text);
    ASSERT_TRUE(slo.ok()) << slo.status();
    EXPECT_EQ(slo->metric.ToString(), right.metric);
    EXPECT_EQ(slo->comparison, right.comparison);
    EXPECT_DOUBLE_EQ(slo->value, right.value);
    EXPECT_EQ(slo->relative, right.relative);
    EXPECT_EQ(slo->of.has_value() ? slo->of->ToString() : "", right.of);
  }
}

struct Wrong {
  const char* text;
  const char* message;  // a part of it
  int column;
};

TEST(SloTest, SaysWhatIsWrongAndWhere) {
  const Wrong wrongs[] = {
      {"", "a metric such as p99 or peak.p99 is expected instead of the end",
       1},
      {"< 5ms", "a metric such as", 1},
      {"p9 < 50ms", "no metric is called \"p9\" (\"p90\"?)", 1},
      {"peak.goodptu >= 1", "no metric is called \"goodptu\" (\"goodput\"?)",
       6},
      {"zzzzzzzz < 1", "no metric is called \"zzzzzzzz\", at", 1},
      {"p99 50ms", "one of < <= > >= == != is expected instead of \"50\"", 5},
      {"p99 = 50ms", "equality is written \"==\"", 5},
      {"p99 <", "a number is expected instead of the end", 6},
      {"p99 < fast", "a number is expected instead of \"fast\"", 7},
      {"p99 < -1ms", "a number is expected instead of \"-\"", 7},
      {"p99 < 1.2.3ms", "a number is expected", 7},
      {"p99 < 50", "\"p99\" needs a unit (ns, us, ms, s, min, h)", 9},
      {"p99 < 50MiB", "\"MiB\" is no unit of \"p99\"", 9},
      {"resident < 600", "\"resident\" needs a unit (B, kB", 15},
      {"errors == 3ms", "\"ms\" is no unit of \"errors\"", 12},
      {"p99 < 50ms now", "the expression should end instead of \"now\"", 12},
      {"p99 < 50ms, max < 1s", "should end instead of \",\"", 11},
      {"p99 < 80%", "\"p99\" is no part of a whole", 7},
      {"goodput > 80% off", "nothing but \"of\" and a metric", 15},
      {"goodput > 80% of", "a metric such as", 17},
      {"goodput > 80% of p99", "\"p99\" cannot be compared with \"goodput\"",
       18},
      {"missed == 0", "write liveness.missed or readiness.missed", 1},
      {"peak.resident < 1GB", "is of the whole run: write it without \"peak.\"",
       1},
      {"p99.peak < 1s", "nothing may follow \"p99\"", 4},
      {"errors.A.B == 0", "nothing may follow \"A\"", 9},
      {"peak. < 1s", "a metric such as", 6},
  };
  for (const Wrong& wrong : wrongs) {
    SCOPED_TRACE(wrong.text);
    const auto slo = ParseSlo(wrong.text);
    ASSERT_EQ(slo.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(slo.status().message());
    EXPECT_THAT(message, HasSubstr(wrong.message));
    EXPECT_THAT(message, HasSubstr("at column " + std::to_string(wrong.column) +
                                   " of \"" + wrong.text + "\""));
  }
}

TEST(SloTest, HelpNamesEveryMetricAndItsExamplesAreRight) {
  const std::string help = SloHelp();
  for (const MetricInfo& info : Metrics()) {
    EXPECT_THAT(help, HasSubstr("  " + std::string(info.name) + "  "))
        << info.name;
    EXPECT_FALSE(info.help.empty()) << info.name;
  }
}

}  // namespace
}  // namespace heapd::heapload
