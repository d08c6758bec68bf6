#include "client/heapload/load/churn_profile.h"

#include <array>

namespace heapd::heapload {
namespace {

using client::BatchValue;
using client::LocalRef;

constexpr double kKeptPart = 0.1;
constexpr uint32_t kSlots = 2;

}  // namespace

ChurnProfile::ChurnProfile(const ProfileOptions& options, Leak leak)
    : Profile(options), leak_(leak) {}

void ChurnProfile::Forget() {
  object_count_ = 0;
  trim_hand_ = 0;
}

void ChurnProfile::FillBatch(client::BatchBuilder& batch, BatchMemo& memo) {
  const uint32_t leaked = NextLeakCount();
  // Outside of the scope below, and so held until the session ends.
  for (uint32_t i = 0; i < leaked; ++i) {
    batch.Allocate(workspace().kept, NextPayload(), {}, kSlots);
  }
  // Held while the batch runs, so that each object is really made: what only
  // dead objects of the same batch refer to would not be.
  batch.PushScope();
  AllocateItems(batch, options().batch - leaked);
  batch.PopScope();
  memo.ref_count = options().batch;
}

void ChurnProfile::AllocateItems(client::BatchBuilder& batch, uint32_t count) {
  const client::TypeId kept =
      leak_ == Leak::kYes ? workspace().item : workspace().kept;
  std::array<BatchValue, kSlots> last = {};
  for (uint32_t i = 0; i < count; ++i) {
    if (random().Chance(kKeptPart)) {
      // Without refs: it must not keep alive what shall die.
      const LocalRef item = batch.Allocate(kept, NextPayload(), {}, kSlots);
      batch.Link(workspace().table,
                 static_cast<uint32_t>(random().Below(workspace().places)),
                 BatchValue::Strong(item));
    } else {
      const LocalRef item =
          batch.Allocate(workspace().item, NextPayload(), last);
      last = {BatchValue::Strong(item), last[0]};
    }
  }
}

uint32_t ChurnProfile::NextLeakCount() {
  const uint64_t before = object_count_;
  object_count_ += options().batch;
  if (leak_ == Leak::kNo) return 0;
  const uint64_t every = options().leak_every;
  return static_cast<uint32_t>(object_count_ / every - before / every);
}

void ChurnProfile::FillTrim(client::BatchBuilder& batch, BatchMemo&) {
  if (leak_ == Leak::kYes) return;
  for (uint32_t i = 0; i < trim_count(); ++i) {
    batch.Unlink(workspace().table, trim_hand_++ % workspace().places);
  }
}

}  // namespace heapd::heapload
