#include "client/heapload/load/request_profile.h"

#include <algorithm>
#include <array>

#include "absl/types/span.h"

namespace heapd::heapload {
namespace {

using client::BatchValue;
using client::LocalRef;

constexpr uint32_t kChildren = 8;

}  // namespace

RequestProfile::RequestProfile(const ProfileOptions& options)
    : Profile(options) {}

void RequestProfile::Forget() {
  next_place_ = 0;
  trim_hand_ = 0;
}

void RequestProfile::FillBatch(client::BatchBuilder& batch, BatchMemo& memo) {
  const uint32_t count = options().batch;
  batch.PushScope();
  // Node n refers to nodes 8 n + 1 to 8 n + 8 as in a heap laid out in an
  // array. A batch can only refer back, so the last node comes first: node n is
  // operation count - n, after the scope's.
  for (uint32_t n = count; n-- > 0;) {
    std::array<BatchValue, kChildren> children = {};
    const uint64_t first = uint64_t{n} * kChildren + 1;
    const uint64_t end = std::min<uint64_t>(first + kChildren, count);
    uint32_t child_count = 0;
    for (uint64_t child = first; child < end; ++child) {
      children[child_count++] =
          BatchValue::Strong(LocalRef(static_cast<uint32_t>(count - child)));
    }
    const bool leaf = n == count - 1;
    batch.Allocate(leaf ? workspace().kept : workspace().item, NextPayload(),
                   absl::MakeConstSpan(children).first(child_count));
  }
  batch.Link(workspace().table, next_place_, BatchValue::Strong(LocalRef(1)));
  batch.PopScope();
  next_place_ = (next_place_ + 1) % workspace().places;
  memo.ref_count = count;
}

void RequestProfile::FillTrim(client::BatchBuilder& batch, BatchMemo&) {
  for (uint32_t i = 0; i < trim_count(); ++i) {
    batch.Unlink(workspace().table, trim_hand_++ % workspace().places);
  }
}

}  // namespace heapd::heapload
