#include "client/heapload/load/graph_profile.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/types/span.h"
#include "client/heapd/value.h"

namespace heapd::heapload {
namespace {

using client::BatchValue;
using client::Ref;

constexpr uint32_t kLinks = 4;
// Of the steps, while the graph grows and once it is there.
constexpr double kGrowPart = 0.5;
constexpr double kReplacePart = 0.1;
constexpr double kRelinkPart = 0.2;
constexpr size_t kMaxFrontier = 1024;

}  // namespace

GraphProfile::GraphProfile(const ProfileOptions& options)
    : Profile(options), table_(options.live) {}

void GraphProfile::Forget() {
  table_.Reset();
  place_of_node_.clear();
  frontier_.clear();
}

void GraphProfile::FillBatch(client::BatchBuilder& batch, BatchMemo& memo) {
  while (batch.op_count() < options().batch) {
    const uint32_t before = batch.op_count();
    FillOne(batch, memo);
    if (batch.op_count() > before) continue;
    // Everything is on its way: look at the table.
    batch.ReadSlot(workspace().table,
                   static_cast<uint32_t>(random().Below(workspace().places)));
    ++memo.value_count;
  }
}

void GraphProfile::FillOne(client::BatchBuilder& batch, BatchMemo& memo) {
  const bool grown = table_.taken_count() >= table_.size() - table_.size() / 64;
  const double add = grown ? kReplacePart : kGrowPart;
  const double choice = random().Fraction();
  if (choice < add) {
    AddNode(batch, memo);
  } else if (choice < add + kRelinkPart) {
    Relink(batch, memo);
  } else {
    Walk(batch, memo);
  }
}

void GraphProfile::AddNode(client::BatchBuilder& batch, BatchMemo& memo) {
  std::optional<uint32_t> place = table_.FindFree();
  if (!place.has_value()) place = table_.FindToReplace(random());
  if (!place.has_value()) return;
  const uint32_t begin = batch.op_count();
  const Ref former = BeginWrite(*place, batch);
  std::array<BatchValue, kLinks> links = {};
  const uint32_t operation = batch.op_count();
  for (BatchValue& link : links) {
    Ref node;
    if (!UseNode(operation, TouchKind::kUse, memo, node)) break;
    link = BatchValue::Strong(node);
  }
  const client::LocalRef node =
      batch.AllocateUnheld(workspace().kept, NextPayload(), links);
  batch.Link(workspace().table, *place, BatchValue::Strong(node));
  memo.touches.push_back({.kind = TouchKind::kWrite,
                          .operation = begin,
                          .operation_count = batch.op_count() - begin,
                          .place = *place,
                          .yield = memo.ref_count++,
                          .former = former});
}

Ref GraphProfile::BeginWrite(uint32_t place, client::BatchBuilder& batch) {
  const Ref former = table_.BeginWrite(place);
  if (former.is_null()) return former;
  place_of_node_.erase(former.id());
  for (uint32_t slot = 0; slot < kLinks; ++slot) batch.Unlink(former, slot);
  return former;
}

void GraphProfile::Relink(client::BatchBuilder& batch, BatchMemo& memo) {
  const uint32_t operation = batch.op_count();
  Ref from;
  Ref to;
  if (!UseNode(operation, TouchKind::kUse, memo, from)) return;
  // If there is none, `from` is used for nothing until the answer comes.
  if (!UseNode(operation, TouchKind::kUse, memo, to)) return;
  batch.Link(from, static_cast<uint32_t>(random().Below(kLinks)),
             BatchValue::Strong(to));
}

void GraphProfile::Walk(client::BatchBuilder& batch, BatchMemo& memo) {
  Ref node;
  if (!UseNode(batch.op_count(), TouchKind::kWalk, memo, node)) return;
  for (uint32_t slot = 0; slot < kLinks; ++slot) batch.ReadSlot(node, slot);
  memo.value_count += kLinks;
}

bool GraphProfile::UseNode(uint32_t operation, TouchKind kind, BatchMemo& memo,
                           Ref& node) {
  std::optional<uint32_t> place;
  if (kind == TouchKind::kWalk && !frontier_.empty()) {
    place = frontier_.back();
    frontier_.pop_back();
    if (table_.ref(*place).is_null()) place.reset();  // replaced meanwhile
  }
  if (!place.has_value()) place = table_.FindKnown(random());
  if (!place.has_value()) return false;
  node = table_.ref(*place);
  table_.BeginUse(*place);
  memo.touches.push_back(
      {.kind = kind,
       .operation = operation,
       .operation_count = kind == TouchKind::kWalk ? kLinks : 1,
       .place = *place,
       .yield = memo.value_count});
  return true;
}

void GraphProfile::FillTrim(client::BatchBuilder& batch, BatchMemo& memo) {
  const uint32_t most = std::min(trim_count(), uint32_t{8192});
  for (uint32_t i = 0; i < most; ++i) {
    const std::optional<uint32_t> place = table_.NextToClear();
    if (!place.has_value()) return;
    const uint32_t begin = batch.op_count();
    const Ref former = BeginWrite(*place, batch);
    batch.Unlink(workspace().table, *place);
    memo.touches.push_back({.kind = TouchKind::kClear,
                            .operation = begin,
                            .operation_count = batch.op_count() - begin,
                            .place = *place,
                            .former = former});
  }
}

void GraphProfile::Applied(const BatchMemo& memo,
                           const v1::BatchResult& result) {
  for (const Touch& touch : memo.touches) {
    switch (touch.kind) {
      case TouchKind::kWrite:
        EndWrite(touch.place, Ref(result.refs(static_cast<int>(touch.yield))));
        break;
      case TouchKind::kClear:
        EndWrite(touch.place, Ref());
        break;
      case TouchKind::kWalk:
        table_.EndUse(touch.place);
        Found(touch, result);
        break;
      case TouchKind::kUse:
      case TouchKind::kLearn:
        table_.EndUse(touch.place);
        break;
    }
  }
}

void GraphProfile::EndWrite(uint32_t place, Ref node) {
  table_.EndWrite(place, node);
  if (!node.is_null()) place_of_node_[node.id()] = place;
}

void GraphProfile::Found(const Touch& touch, const v1::BatchResult& result) {
  for (uint32_t i = 0; i < kLinks; ++i) {
    const auto value = client::Value::FromWord(
        result.values(static_cast<int>(touch.yield + i)));
    if (!value.ok()) continue;
    const auto found = place_of_node_.find(value->ref().id());
    if (found == place_of_node_.end()) continue;
    if (frontier_.size() < kMaxFrontier) {
      frontier_.push_back(found->second);
    } else {
      frontier_[random().Below(kMaxFrontier)] = found->second;
    }
  }
}

void GraphProfile::Failed(const BatchMemo& memo, const CallFailure& failure) {
  for (const Touch& touch : memo.touches) {
    const bool at_fault = touch.IsAtFault(failure.failed_operation);
    if (touch.kind == TouchKind::kWrite || touch.kind == TouchKind::kClear) {
      // Who replaced a node that is there still, with its links, may take it
      // back.
      const bool stays = !failure.maybe_applied && !at_fault;
      EndWrite(touch.place, stays ? touch.former : Ref());
      continue;
    }
    table_.EndUse(touch.place);
    if (at_fault) ForgetNode(touch.place);
  }
}

void GraphProfile::ForgetNode(uint32_t place) {
  place_of_node_.erase(table_.ref(place).id());
  if (!table_.is_idle(place)) {
    // Others use it too, and will be told the same.
    table_.Learn(place, Ref());
    return;
  }
  table_.BeginWrite(place);
  table_.EndWrite(place, Ref());
}

}  // namespace heapd::heapload
