#include "server/host/collection_watch.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

Collection Numbered(uint64_t sequence) {
  Collection collection;
  collection.sequence = sequence;
  return collection;
}

TEST(CollectionWatchTest, GivesCollectionsInOrder) {
  CollectionWatch watch([] {});
  EXPECT_FALSE(watch.Take().has_value());
  watch.Append(Numbered(1));
  watch.Append(Numbered(2));
  EXPECT_EQ(watch.Take()->collection.sequence, 1u);
  EXPECT_EQ(watch.Take()->collection.sequence, 2u);
  EXPECT_FALSE(watch.Take().has_value());
}

TEST(CollectionWatchTest, LeavesOtherKindsOut) {
  CollectionWatch watch([] {});
  watch.Only(CollectionKind::kMajor);
  Collection minor = Numbered(1);
  minor.kind = CollectionKind::kMinor;
  EXPECT_FALSE(watch.Append(minor));
  EXPECT_TRUE(watch.Append(Numbered(2)));
  EXPECT_EQ(watch.Take()->collection.sequence, 2u);
  EXPECT_FALSE(watch.Take().has_value());
}

TEST(CollectionWatchTest, CountsWhatASlowWatcherMissed) {
  CollectionWatch watch([] {});
  for (int i = 1; i <= 70; ++i) watch.Append(Numbered(i));
  for (int i = 1; i <= 64; ++i) {
    const auto event = watch.Take();
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->dropped, 0u);
  }
  EXPECT_FALSE(watch.Take().has_value());
  watch.Append(Numbered(71));
  EXPECT_EQ(watch.Take()->dropped, 6u);
}

TEST(CollectionWatchTest, IsNotWokenAfterDetach) {
  int wakes = 0;
  CollectionWatch watch([&] { ++wakes; });
  watch.Wake();
  EXPECT_EQ(wakes, 1);
  watch.Detach();
  watch.Wake();
  EXPECT_EQ(wakes, 1);
}

TEST(CollectionWatchTest, TheFirstReasonToCloseStands) {
  CollectionWatch watch([] {});
  EXPECT_TRUE(watch.closed().ok());
  watch.Close(absl::NotFoundError("gone"));
  watch.Close(absl::UnavailableError("later"));
  EXPECT_EQ(watch.closed().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace heapd::server
