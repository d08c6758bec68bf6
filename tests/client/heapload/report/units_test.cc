#include "client/heapload/report/units.h"

#include "gtest/gtest.h"

namespace heapd::heapload {
namespace {

TEST(UnitsTest, WritesTimesWithThreeDigits) {
  EXPECT_EQ(FormatSeconds(0), "0 s");
  EXPECT_EQ(FormatSeconds(1.5e-9), "1.5 ns");
  EXPECT_EQ(FormatSeconds(42e-6), "42 µs");
  EXPECT_EQ(FormatSeconds(0.0012345), "1.23 ms");
  EXPECT_EQ(FormatSeconds(0.0123456), "12.3 ms");
  EXPECT_EQ(FormatSeconds(0.9994), "999 ms");
  EXPECT_EQ(FormatSeconds(0.9996), "1 s");
  EXPECT_EQ(FormatSeconds(61.26), "61.3 s");
  EXPECT_EQ(FormatSeconds(1800), "1800 s");
}

TEST(UnitsTest, WritesSizesInBinaryUnits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1 KiB");
  EXPECT_EQ(FormatBytes(600.0 * 1024 * 1024), "600 MiB");
  EXPECT_EQ(FormatBytes(1.5 * 1024 * 1024 * 1024), "1.5 GiB");
}

TEST(UnitsTest, WritesCountsAndRates) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatRate(0.5), "0.5/s");
  EXPECT_EQ(FormatRate(5120.4), "5,120/s");
}

TEST(UnitsTest, NeverRoundsAShareToNoneOrAll) {
  EXPECT_EQ(FormatPercent(0), "0 %");
  EXPECT_EQ(FormatPercent(1), "100 %");
  EXPECT_EQ(FormatPercent(0.5), "50 %");
  EXPECT_EQ(FormatPercent(0.00001), "< 0.01 %");
  EXPECT_EQ(FormatPercent(0.999999), "> 99.99 %");
  EXPECT_EQ(FormatPercent(0.9995), "99.95 %");
  EXPECT_EQ(FormatPercent(1.5), "150 %");
}

TEST(UnitsTest, KnowsTheUnitsOfEachKind) {
  EXPECT_EQ(UnitFactor(MetricUnit::kSeconds, "ms"), 1e-3);
  EXPECT_EQ(UnitFactor(MetricUnit::kSeconds, ""), std::nullopt);
  EXPECT_EQ(UnitFactor(MetricUnit::kSeconds, "MS"), std::nullopt);
  EXPECT_EQ(UnitFactor(MetricUnit::kBytes, "KiB"), 1024);
  EXPECT_EQ(UnitFactor(MetricUnit::kBytes, "KB"), 1000);
  EXPECT_EQ(UnitFactor(MetricUnit::kCount, ""), 1);
  EXPECT_EQ(UnitFactor(MetricUnit::kCount, "/s"), std::nullopt);
  EXPECT_EQ(UnitFactor(MetricUnit::kRate, "k/s"), 1000);
}

}  // namespace
}  // namespace heapd::heapload
