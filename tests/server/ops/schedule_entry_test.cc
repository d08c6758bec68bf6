#include "server/ops/schedule_entry.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

std::string ErrorOf(const std::string& text) {
  return std::string(ParseScheduleEntry(text).status().message());
}

TEST(ScheduleEntryTest, WhatIsWrittenIsReadAsTheSame) {
  ScheduleEntry schedule;
  schedule.name = "nightly";
  schedule.heap = "shop-*";
  schedule.interval = absl::Hours(24);
  schedule.offset = absl::Hours(3) + absl::Minutes(30);
  schedule.label = "every night";
  schedule.destination = "archive";
  schedule.compression = "gzip";
  const std::string text = FormatScheduleEntry(schedule);
  EXPECT_EQ(*ParseScheduleEntry(text), schedule) << text;
}

TEST(ScheduleEntryTest, AMistakeIsNamedWithScheduleAndKey) {
  EXPECT_EQ(ErrorOf("{name: n}"),
            "schedule 'n': interval is required, 10s to 8784h");
  EXPECT_EQ(ErrorOf("{name: n, interval: 1s}"),
            "schedule 'n': interval is required, 10s to 8784h");
  EXPECT_EQ(ErrorOf("{name: n, interval: 1h, offset: 1h}"),
            "schedule 'n': offset must be 0 or more, and shorter than "
            "interval");
  EXPECT_EQ(ErrorOf("{name: n, interval: 1h, heap: '*a'}"),
            "schedule 'n': heap must be the id of a heap, or the beginning of "
            "ids with a '*' behind it");
  EXPECT_EQ(ErrorOf("{name: 'n/m', interval: 1h}"),
            "schedule 'n/m': name must be 1 to 64 of a-z, A-Z, 0-9, '.', '_', "
            "'-'");
}

}  // namespace
}  // namespace heapd::server
