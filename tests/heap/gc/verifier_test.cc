#include "heap/gc/verifier.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

// A heap with some of everything, in which each test breaks one thing.
class VerifierTest : public CoreTest {
 protected:
  VerifierTest() {
    for (Index i = 0; i < 20; ++i) NewHeld(i % 4, std::string(i, 'x'));
    inline_ = NewHeld(2, "inline");
    wide_ = NewHeld(5, "wide");
    large_ = NewHeld(50'000, std::string(50'000, 'l'));
    string_ = NewString("interned");
    Hold(string_);
    victim_ = NewHeld(0, "victim");
    core_->Store(inline_, 0, Slot::Weak(wide_));
    core_->Store(wide_, 4, Slot::Strong(large_));
    const Index dead = New(10, "leaves free runs behind");
    NewHeld(10, "behind the dead");
    free_ = dead;
    Collect();
    EXPECT_OK(Verify());
  }
  // The heap is corrupt: neither destructor nor collector may see it.
  void ExpectBroken(absl::string_view tag) {
    const absl::Status status = Verify();
    EXPECT_TRUE(absl::IsInternal(status)) << status;
    EXPECT_THAT(status, HasReason(reason::kCorrupt));
    EXPECT_TRUE(absl::StartsWith(status.message(), tag)) << status;
  }
  // Restores the word when the test ends.
  template <typename T>
  void Break(T* place, T value, absl::string_view tag) {
    const T former = *place;
    *place = value;
    ExpectBroken(tag);
    *place = former;
    EXPECT_OK(Verify());
  }
  void BreakHeader(Block* block, uint64_t header, absl::string_view tag) {
    const uint64_t former = block->header();
    block->set_header(header);
    ExpectBroken(tag);
    block->set_header(former);
    EXPECT_OK(Verify());
  }

  Index inline_ = 0;
  Index wide_ = 0;
  Index large_ = 0;
  Index string_ = 0;
  Index victim_ = 0;
  Index free_ = 0;
};

TEST_F(VerifierTest, ABlockOfAnotherObjectIsFound) {
  Block* const block = entry(victim_).payload();
  BreakHeader(block, (block->header() & ~uint64_t{0x3fffffff}) | inline_,
              "inv.table");
}

TEST_F(VerifierTest, ALargeBlockOfAnotherObjectIsFound) {
  Block* const block = entry(large_).payload();
  BreakHeader(block, (block->header() & ~uint64_t{0x3fffffff}) | inline_,
              "inv.table");
}

TEST_F(VerifierTest, AnEntryThatLeadsNowhereIsFound) {
  alignas(8) static char stray[64];
  Block::At(stray)->set_header(Block::MakeHeader(victim_, 2, 8));
  TableEntry stray_entry = entry(victim_);
  stray_entry.set_payload(Block::At(stray));
  Break(&entry(victim_), stray_entry, "inv.table");
}

TEST_F(VerifierTest, TwoEntriesOfOneBlockAreFound) {
  TableEntry stolen = entry(victim_);
  stolen.set_payload(entry(inline_).payload());
  Break(&entry(victim_), stolen, "inv.table");
}

TEST_F(VerifierTest, AnObjectOfNoTypeIsFound) {
  Block* const block = entry(victim_).payload();
  const uint32_t extra = Block::PayloadExtra(999, block->padding());
  BreakHeader(block, Block::MakeHeader(victim_, block->units(), extra),
              "inv.type");
}

TEST_F(VerifierTest, ARefToAFreeIndexIsFound) {
  Break(entry(wide_).slots(), Slot::Strong(free_), "inv.slot");
  Break(entry(inline_).slots() + 1, Slot::Strong(0x3ffffff0), "inv.slot");
}

TEST_F(VerifierTest, MoreSlotsThanRoomAreFound) {
  Block* const block = entry(wide_).slot_block();
  BreakHeader(block, Block::MakeHeader(wide_, block->units(), 7), "inv.slot");
}

TEST_F(VerifierTest, AValueInAnUnusedInlineSlotIsFound) {
  Break(entry(victim_).inline_slots(), Slot::Strong(inline_), "inv.slot");
}

TEST_F(VerifierTest, AForgottenWeakFlagIsFound) {
  entry(inline_).set_may_have_weak_slots(false);
  ExpectBroken("inv.weak");
  entry(inline_).set_may_have_weak_slots(true);
}

TEST_F(VerifierTest, ALiveEntryWithoutIncarnationIsFound) {
  TableEntry broken = entry(victim_);
  broken.MakeLive(0, entry(victim_).payload(), 0, Age::kOld);
  Break(&entry(victim_), broken, "inv.incarnation");
}

TEST_F(VerifierTest, AnObjectThatDisappearedIsFound) {
  TableEntry gone;
  gone.MakeFree(2, 0);
  Break(&entry(victim_), gone, "inv.free_index");
}

TEST_F(VerifierTest, AFreeIndexThatIsInNoListIsFound) {
  TableEntry cut = entry(free_);
  cut.MakeFree(cut.incarnation(), 0);
  Break(&entry(free_), cut, "inv.free_index");
}

TEST_F(VerifierTest, ABlockWithoutAnObjectIsFound) {
  Block* const block = parts().spaces.old_space().Allocate(2);
  block->set_header(Block::MakeHeader(free_, 2, 8));
  ExpectBroken("inv.page");
  parts().spaces.old_space().Free(block, 2);
}

TEST_F(VerifierTest, ABlockThatItsObjectForgotIsFound) {
  Block* const block = parts().spaces.slot_space().Allocate(2);
  block->set_header(Block::MakeHeader(victim_, 2, 2));
  ExpectBroken("inv.page");
  parts().spaces.slot_space().Free(block, 2);
}

TEST_F(VerifierTest, ALargeBlockWithoutAnObjectIsFound) {
  Block* const block = parts().spaces.large_object_space().Allocate(40'000);
  block->set_header(Block::MakeHeader(free_, 0, 8));
  ExpectBroken("inv.page");
  block->set_header(Block::MakeHeader(victim_, 0, 8));
  ExpectBroken("inv.page");
  parts().spaces.large_object_space().Free(block);
}

TEST_F(VerifierTest, AFreeRunThatTheFreeListMissesIsFound) {
  PagedSpace& space = parts().spaces.old_space();
  Block* run = nullptr;
  space.free_list().ForEach([&run](Block* block) { run = block; });
  ASSERT_NE(run, nullptr);
  // One run in the page becomes two; the list knows the first half only.
  const uint64_t units = run->free_units();
  ASSERT_GE(units, 4u);
  Block* const half = Block::At(run->address() + (units - 2) * kWordBytes);
  half->set_header(Block::MakeFreeHeader(2));
  BreakHeader(run, Block::MakeFreeHeader(units - 2), "inv.free_list");
}

TEST_F(VerifierTest, AHoldOnAFreeIndexIsFound) {
  Hold(free_);
  ExpectBroken("inv.hold");
  session_->Release(free_);
}

TEST_F(VerifierTest, AnObjectHeldTwiceIsFound) {
  ASSERT_TRUE(session_->Reserve());
  session_->HoldNew(victim_);
  ExpectBroken("inv.hold");
  session_->UndoHoldNew();
}

TEST_F(VerifierTest, ARootOfAFreeIndexIsFound) {
  Index former = 0;
  ASSERT_OK(parts().roots.Set("root", free_, &former));
  ExpectBroken("inv.hold");
  parts().roots.Remove("root");
}

TEST_F(VerifierTest, AnInternedStringThatWasWrittenIsFound) {
  core_->MutablePayload(string_)[0] = 'X';
  ExpectBroken("inv.intern");
  core_->MutablePayload(string_)[0] = 'i';
}

TEST_F(VerifierTest, AnInternedObjectOfAnotherTypeIsFound) {
  parts().strings.Insert(victim_);
  ExpectBroken("inv.intern");
  parts().strings.Erase(victim_);
}

}  // namespace
}  // namespace heapd
