#include "heap/gc/hold_scanner.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class HoldScannerTest : public CoreTest {
 protected:
  HoldScanner Start() {
    StartMarking();
    return HoldScanner(&parts().sessions, &parts().barrier);
  }
  std::set<Index> Shaded() {
    const std::vector<Index> shaded = TakeShaded();
    return {shaded.begin(), shaded.end()};
  }
  Session* OpenSession(uint64_t id) {
    EXPECT_OK(parts().sessions.Open(id, ""));
    return parts().sessions.Find(id);
  }
};

TEST_F(HoldScannerTest, ShadesWhatEverySessionHoldsInPieces) {
  std::set<Index> held;
  for (uint64_t id = 100; id < 110; ++id) {
    Session* const session = OpenSession(id);
    for (uint64_t i = 0; i < id; ++i) {
      ASSERT_TRUE(session->Reserve());
      session->HoldNew(*held.insert(New()).first);
    }
  }
  New();
  HoldScanner scanner = Start();
  int pieces = 1;
  for (; !scanner.Scan(17); ++pieces) continue;
  EXPECT_GT(pieces, 1000 / 17);
  EXPECT_EQ(Shaded(), held);
}

TEST_F(HoldScannerTest, NothingGetsByWhenGapsAreClosed) {
  std::vector<Index> held;
  for (int i = 0; i < 1000; ++i) held.push_back(NewHeld());
  HoldScanner scanner = Start();
  ASSERT_FALSE(scanner.Scan(101));
  // Most of what is scanned and of what is not.
  std::set<Index> kept(held.begin(), held.end());
  for (size_t i = 0; i < held.size(); ++i) {
    if (i % 5 == 0) continue;
    session_->Release(held[i]);
    kept.erase(held[i]);
  }
  session_->Compact();
  ASSERT_LT(session_->hold_count(), 300u);
  while (!scanner.Scan(10)) continue;
  const std::set<Index> shaded = Shaded();
  for (const Index index : kept) EXPECT_EQ(shaded.count(index), 1u) << index;
}

TEST_F(HoldScannerTest, SessionsMayGoAndCome) {
  OpenSession(1);
  Session* const gone = OpenSession(2);
  ASSERT_TRUE(gone->Reserve());
  gone->HoldNew(New());
  HoldScanner scanner = Start();
  parts().sessions.Close(1);
  parts().sessions.Close(2);
  OpenSession(3);
  EXPECT_TRUE(scanner.Scan(100));
}

// Nothing but a client that names it can reach what a session has dropped.
TEST_F(HoldScannerTest, WhatIsDroppedMeanwhileMayDieUnlessItIsNamed) {
  const Index dropped = NewHeld(1);
  const Index child = New();
  core_->Store(dropped, 0, Slot::Strong(child));
  const Index holder = NewHeld(1);
  const Ref child_ref = parts().table.RefOf(child);
  const Ref dropped_ref = parts().table.RefOf(dropped);
  core_->StartMajor(CollectionReason::kRequested);
  session_->Release(dropped);
  core_->Store(holder, 0, Slot::Strong(core_->NameObject(child_ref)));
  while (core_->StepMajor({}) != MajorProgress::kDone) continue;
  EXPECT_NE(parts().Resolve(child_ref), 0u);
  EXPECT_EQ(parts().Resolve(dropped_ref), 0u);
  EXPECT_OK(Verify());
}

}  // namespace
}  // namespace heapd
