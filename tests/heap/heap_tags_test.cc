// Tags: which one an object gets, where it is told, and what it costs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/limits.h"
#include "heap/object/block.h"
#include "heap/object/type_table.h"
#include "tests/heap/batch_columns.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapTagsTest : public HeapTest {
 protected:
  static constexpr SessionId kTagged = 8;

  HeapTagsTest() {
    own_ = *heap_->DefineType("Thing", TypeKind::kObject, {}, "own");
    HEAPD_CHECK(heap_->OpenSession(kTagged, "test", "session").ok());
  }
  std::string TagOf(Ref ref) { return std::string(heap_->Describe(ref)->tag); }
  Ref NewIn(SessionId session, TypeId type, absl::string_view tag = {}) {
    return *heap_->Allocate(session, type, "", 0, {}, tag);
  }
  // A batch of one object of each type.
  std::vector<Ref> Apply(SessionId session, absl::string_view tag) {
    BatchColumns columns;
    columns.Allocate(type_, "", 0);
    columns.Allocate(own_, "", 0);
    BatchView view = columns.view();
    view.tag = tag;
    BatchResult result;
    EXPECT_OK(heap_->Apply(session, view, &result));
    std::vector<Ref> refs;
    for (const uint64_t bits : result.refs()) refs.emplace_back(bits);
    return refs;
  }

  TypeId own_ = 0;
};

TEST_F(HeapTagsTest, TheTypesComesBeforeTheCallsBeforeTheSessions) {
  EXPECT_EQ(TagOf(NewIn(kSession, type_)), "");
  EXPECT_EQ(TagOf(NewIn(kTagged, type_)), "session");
  EXPECT_EQ(TagOf(NewIn(kTagged, type_, "call")), "call");
  EXPECT_EQ(TagOf(NewIn(kTagged, own_, "call")), "own");
  EXPECT_EQ(TagOf(NewIn(kSession, type_, "call")), "call");
  EXPECT_EQ(TagOf(NewIn(kSession, own_)), "own");
}

TEST_F(HeapTagsTest, BatchesDoTheSame) {
  const std::vector<Ref> tagged = Apply(kTagged, "batch");
  EXPECT_EQ(TagOf(tagged[0]), "batch");
  EXPECT_EQ(TagOf(tagged[1]), "own");
  const std::vector<Ref> by_session = Apply(kTagged, "");
  EXPECT_EQ(TagOf(by_session[0]), "session");
  EXPECT_EQ(TagOf(by_session[1]), "own");
  EXPECT_EQ(TagOf(Apply(kSession, "")[0]), "");
}

TEST_F(HeapTagsTest, ReadersSeeTheTypeWithoutATag) {
  const Ref tagged = NewIn(kTagged, own_);
  EXPECT_NE(own_, type_);
  EXPECT_EQ(heap_->Describe(tagged)->type, type_);
  EXPECT_EQ(heap_->FindType(own_)->untagged, type_);
  EXPECT_EQ(heap_->FindType(own_)->name, "Thing");
  EXPECT_EQ(heap_->FindType(type_)->untagged, type_);
}

TEST_F(HeapTagsTest, TheSameTagGivesTheSameType) {
  EXPECT_EQ(*heap_->DefineType("Thing", TypeKind::kObject, {}, "own"), own_);
  NewIn(kSession, type_, "call");
  const uint32_t types = heap_->type_count();
  for (int i = 0; i < 100; ++i) NewIn(kSession, type_, "call");
  EXPECT_EQ(heap_->type_count(), types);
}

TEST_F(HeapTagsTest, CopiesAndMovesKeepIt) {
  const Ref tagged = NewIn(kTagged, type_);
  const Ref copy = heap_->Copy(kSession, tagged, 0, 1)->first;
  for (int i = 0; i < 3; ++i) {
    heap_->Collect(CollectionReason::kRequested, CollectionKind::kMinor);
  }
  Collect();
  EXPECT_EQ(TagOf(copy), "session");
  EXPECT_EQ(TagOf(tagged), "session");
}

TEST_F(HeapTagsTest, InternedStringsHaveNone) {
  const Ref string = *heap_->AllocateString(kTagged, "content");
  EXPECT_EQ(TagOf(string), "");
  EXPECT_EQ(*heap_->AllocateString(kSession, "content"), string);
}

TEST_F(HeapTagsTest, AWrongTagIsRefusedAndChangesNothing) {
  const std::string long_tag(kMaxTagBytes + 1, 't');
  const uint64_t objects = heap_->object_count();
  EXPECT_THAT(heap_->Allocate(kSession, type_, "", 0, {}, long_tag),
              IsInvalid("tag"));
  EXPECT_THAT(heap_->Allocate(kSession, type_, "", 0, {}, "\xff"),
              IsInvalid("tag"));
  EXPECT_THAT(heap_->OpenSession(9, "", long_tag), IsInvalid("tag"));
  EXPECT_FALSE(heap_->HasSession(9));
  EXPECT_THAT(heap_->DefineType("Other", TypeKind::kObject, {}, long_tag),
              IsInvalid("tag"));
  BatchColumns columns;
  columns.Allocate(type_, "", 0);
  BatchView view = columns.view();
  view.tag = long_tag;
  BatchResult result;
  EXPECT_THAT(heap_->Apply(kSession, view, &result), IsInvalid("tag"));
  EXPECT_EQ(heap_->object_count(), objects);
}

TEST_F(HeapTagsTest, TagsBeyondTheMostAreOneTag) {
  for (uint32_t i = 0; i < kMaxTags + 10; ++i) {
    NewIn(kSession, type_, absl::StrCat("route ", i));
  }
  EXPECT_EQ(TagOf(NewIn(kSession, type_, "route 7")), "route 7");
  EXPECT_EQ(TagOf(NewIn(kSession, type_, "one more")), "(other)");
  EXPECT_EQ(TagOf(NewIn(kSession, type_, "and another")), "(other)");
  // The two types of the fixture, that of strings, and one for each tag.
  EXPECT_LE(heap_->type_count(), kMaxTags + 4);
}

TEST_F(HeapTagsTest, ATagRefusesNoObjectWhenThereAreTooManyTypes) {
  while (heap_
             ->DefineType(absl::StrCat("T", heap_->type_count()),
                          TypeKind::kObject, {})
             .ok()) {
  }
  EXPECT_EQ(TagOf(NewIn(kSession, type_, "new")), "");
  EXPECT_THAT(heap_->DefineType("Thing", TypeKind::kObject, {}, "new"),
              HasReason(reason::kTypeCount));
}

TEST_F(HeapTagsTest, WithoutMemoryForATagThereIsNoneUntilThereIs) {
  MemoryBudget budget(uint64_t{64} << 20);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(uint64_t{1} << 20, 0));
  TypeTable types(&account);
  const TypeId type = *types.Define("T", TypeKind::kObject, {});
  const TagId tag = *types.DefineTag("here");
  const uint64_t rest = (uint64_t{1} << 20) - account.committed_bytes();
  ASSERT_TRUE(account.Take(rest));
  EXPECT_EQ(types.WithTag(type, tag), type);
  account.Give(rest);
  EXPECT_EQ(types.Find(types.WithTag(type, tag))->tag, "here");
}

TEST_F(HeapTagsTest, WhatLivesIsCountedByTypeAndTag) {
  EXPECT_THAT(heap_->live_types(), testing::IsEmpty());
  for (int i = 0; i < 5; ++i) NewIn(kTagged, type_);
  for (int i = 0; i < 3; ++i) NewIn(kSession, own_);
  const Ref large =
      *heap_->Allocate(kSession, type_, std::string(100'000, 'x'), 20'000, {});
  Collect();
  const auto live = [this](absl::string_view tag) {
    LiveType found;
    for (const LiveType& type : heap_->live_types()) {
      if (heap_->FindType(type.type)->tag == tag) found = type;
    }
    return found;
  };
  EXPECT_EQ(live("session").object_count, 5u);
  EXPECT_EQ(live("session").payload_bytes, 5 * Block::kHeaderBytes);
  EXPECT_EQ(live("own").object_count, 3u);
  EXPECT_EQ(live("").object_count, 1u);
  EXPECT_EQ(live("").payload_bytes, 100'000 + Block::kHeaderBytes);
  Release(large);
  Collect();
  EXPECT_EQ(live("").object_count, 0u);
}

}  // namespace
}  // namespace heapd
