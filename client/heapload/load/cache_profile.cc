#include "client/heapload/load/cache_profile.h"

#include <algorithm>
#include <optional>

#include "client/heapd/value.h"

namespace heapd::heapload {
namespace {

using client::BatchValue;

constexpr double kWritePart = 0.1;
constexpr uint32_t kKeysPerPlace = 2;

}  // namespace

CacheProfile::CacheProfile(const ProfileOptions& options)
    : Profile(options), table_(options.live) {}

void CacheProfile::Forget() {
  table_.Reset();
  place_of_key_.assign(size_t{table_.size()} * kKeysPerPlace, kNone);
  key_of_place_.assign(table_.size(), kNone);
}

void CacheProfile::FillBatch(client::BatchBuilder& batch, BatchMemo& memo) {
  while (batch.op_count() < options().batch) {
    const uint32_t key = RandomKey();
    if (random().Chance(kWritePart)) {
      Put(key, batch, memo);
    } else {
      Get(key, batch, memo);
    }
  }
}

uint32_t CacheProfile::RandomKey() {
  // Half of the time below 1/2, and so among the first eighth of the keys.
  const double fraction = random().Fraction();
  return static_cast<uint32_t>(fraction * fraction * fraction *
                               static_cast<double>(place_of_key_.size()));
}

void CacheProfile::Get(uint32_t key, client::BatchBuilder& batch,
                       BatchMemo& memo) {
  const uint32_t place = place_of_key_[key];
  if (place == kNone) {
    Put(key, batch, memo);
    return;
  }
  if (table_.is_written(place)) {
    Peek(place, batch, memo);
    return;
  }
  table_.BeginUse(place);
  const uint32_t operation = batch.op_count();
  const client::Ref ref = table_.ref(place);
  if (ref.is_null()) {
    batch.ReadSlot(workspace().table, place);
    memo.touches.push_back({.kind = TouchKind::kLearn,
                            .operation = operation,
                            .place = place,
                            .yield = memo.value_count++});
    return;
  }
  batch.ReadPayload(ref);
  ++memo.payload_count;
  memo.touches.push_back(
      {.kind = TouchKind::kUse, .operation = operation, .place = place});
}

void CacheProfile::Put(uint32_t key, client::BatchBuilder& batch,
                       BatchMemo& memo) {
  const uint32_t place = PlaceFor(key);
  if (place == kNone) {
    Peek(0, batch, memo);
    return;
  }
  Unmap(place);
  place_of_key_[key] = place;
  key_of_place_[place] = key;
  const client::Ref former = table_.BeginWrite(place);
  const uint32_t operation = batch.op_count();
  const client::LocalRef entry =
      batch.AllocateUnheld(workspace().kept, NextPayload(), {}, 1);
  batch.Link(workspace().table, place, BatchValue::Strong(entry));
  memo.touches.push_back({.kind = TouchKind::kWrite,
                          .operation = operation,
                          .operation_count = 2,
                          .place = place,
                          .yield = memo.ref_count++,
                          .former = former});
}

void CacheProfile::Peek(uint32_t place, client::BatchBuilder& batch,
                        BatchMemo& memo) {
  batch.ReadSlot(workspace().table, place);
  ++memo.value_count;
}

uint32_t CacheProfile::PlaceFor(uint32_t key) {
  const uint32_t own = place_of_key_[key];
  if (own != kNone) return table_.is_idle(own) ? own : kNone;
  if (const auto free = table_.FindFree(); free.has_value()) return *free;
  return table_.FindToReplace(random()).value_or(kNone);
}

void CacheProfile::Unmap(uint32_t place) {
  const uint32_t key = key_of_place_[place];
  if (key == kNone) return;
  place_of_key_[key] = kNone;
  key_of_place_[place] = kNone;
}

void CacheProfile::FillTrim(client::BatchBuilder& batch, BatchMemo& memo) {
  for (uint32_t i = 0; i < trim_count(); ++i) {
    const std::optional<uint32_t> place = table_.NextToClear();
    if (!place.has_value()) return;
    Unmap(*place);
    const client::Ref former = table_.BeginWrite(*place);
    memo.touches.push_back({.kind = TouchKind::kClear,
                            .operation = batch.op_count(),
                            .place = *place,
                            .former = former});
    batch.Unlink(workspace().table, *place);
  }
}

void CacheProfile::Applied(const BatchMemo& memo,
                           const v1::BatchResult& result) {
  for (const Touch& touch : memo.touches) {
    const auto yield = static_cast<int>(touch.yield);
    switch (touch.kind) {
      case TouchKind::kWrite:
        table_.EndWrite(touch.place, client::Ref(result.refs(yield)));
        break;
      case TouchKind::kClear:
        table_.EndWrite(touch.place, client::Ref());
        break;
      case TouchKind::kLearn:
        table_.EndUse(touch.place);
        Learn(touch.place, result.values(yield));
        break;
      case TouchKind::kUse:
      case TouchKind::kWalk:
        table_.EndUse(touch.place);
        break;
    }
  }
}

void CacheProfile::Learn(uint32_t place, uint64_t word) {
  const auto value = client::Value::FromWord(word);
  if (value.ok() && !value->ref().is_null()) table_.Learn(place, value->ref());
}

void CacheProfile::Failed(const BatchMemo& memo, const CallFailure& failure) {
  for (const Touch& touch : memo.touches) {
    if (touch.kind == TouchKind::kWrite || touch.kind == TouchKind::kClear) {
      // A cache whose write failed does not know the entry any more.
      Unmap(touch.place);
      table_.EndWrite(touch.place, client::Ref());
      continue;
    }
    table_.EndUse(touch.place);
    if (touch.IsAtFault(failure.failed_operation)) {
      table_.Learn(touch.place, client::Ref());
    }
  }
}

}  // namespace heapd::heapload
